//! A minimal HTTP and WebSocket client that can send invalid requests.
#![allow(dead_code)] // each test file uses its own part

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, Instant};

/// Time limit of all operations, ample for any machine.
pub const LIMIT: Duration = Duration::from_secs(60);

pub struct Answer {
    pub status: u16,
    pub head: String,
    pub body: String,
}

pub struct Socket {
    stream: BufReader<TcpStream>,
}

#[derive(Debug)]
pub enum Message {
    Text(serde_json::Value),
    Picture { flags: u8, generation: u32, index: u64, dropped: u32, values: Vec<f32> },
}

/// The socket address of a dashboard's URL.
pub fn address(url: &str) -> SocketAddr {
    url.trim_start_matches("http://").split('/').next().unwrap().parse().unwrap()
}

/// Requests a path with additional header lines. Without a `Host` header, the address is used.
pub fn get(at: SocketAddr, path: &str, headers: &[&str]) -> Answer {
    let (mut stream, status, head) = request(at, path, headers, "Connection: close\r\n");
    let mut body = String::new();
    stream.read_to_string(&mut body).unwrap();
    Answer { status, head, body }
}

impl Socket {
    /// Opens `/live`; returns the HTTP status if the request is refused.
    pub fn open(at: SocketAddr, path: &str, headers: &[&str]) -> Result<Self, u16> {
        let upgrade = "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n\
            Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
        let (stream, status, _) = request(at, path, headers, upgrade);
        if status == 101 { Ok(Self { stream }) } else { Err(status) }
    }

    /// The next message.
    pub fn next(&mut self) -> Message {
        let mut head = [0; 2];
        self.stream.read_exact(&mut head).unwrap();
        let length = match head[1] & 127 {
            126 => u64::from(u16::from_be_bytes(self.take())),
            127 => u64::from_be_bytes(self.take()),
            short => u64::from(short),
        };
        let mut body = vec![0; length as usize];
        self.stream.read_exact(&mut body).unwrap();
        if head[0] & 15 == 1 {
            return Message::Text(serde_json::from_slice(&body).unwrap());
        }
        assert_eq!(head[0] & 15, 2, "binary");
        let number = |at: usize| u32::from_le_bytes(body[at..at + 4].try_into().unwrap());
        Message::Picture {
            flags: body[1],
            generation: number(4),
            index: u64::from_le_bytes(body[8..16].try_into().unwrap()),
            dropped: number(28),
            values: body[32..].chunks_exact(4).map(|b| f32::from_le_bytes(b.try_into().unwrap())).collect(),
        }
    }

    /// The next JSON message of this type.
    pub fn text(&mut self, kind: &str) -> serde_json::Value {
        loop {
            if let Message::Text(text) = self.next()
                && text["type"] == kind
            {
                return text;
            }
        }
    }

    /// The index of the next picture.
    pub fn picture(&mut self) -> u64 {
        loop {
            if let Message::Picture { index, .. } = self.next() {
                return index;
            }
        }
    }

    /// Sends JSON. The mask is zero, which is valid.
    pub fn say(&mut self, text: &str) {
        let mut frame = vec![0x81, 0x80 | text.len() as u8, 0, 0, 0, 0];
        frame.extend(text.bytes());
        self.stream.get_mut().write_all(&frame).unwrap();
    }

    /// Sends raw bytes.
    pub fn send(&mut self, bytes: &[u8]) {
        self.stream.get_mut().write_all(bytes).unwrap();
    }

    /// Waits until the server closes the connection.
    pub fn ended(&mut self) {
        let mut rest = vec![];
        if let Err(error) = self.stream.read_to_end(&mut rest) {
            assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset, "it is not open for ever");
        }
    }

    pub fn acknowledge(&mut self) {
        self.say(r#"{"type":"ack"}"#);
    }

    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut bytes = [0; N];
        self.stream.read_exact(&mut bytes).unwrap();
        bytes
    }
}

fn request(at: SocketAddr, path: &str, headers: &[&str], more: &str) -> (BufReader<TcpStream>, u16, String) {
    let mut stream = TcpStream::connect(at).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let own = if headers.iter().any(|h| h.starts_with("Host:")) {
        String::new()
    } else {
        format!("Host: {at}\r\n")
    };
    let lines: String = headers.iter().map(|h| format!("{h}\r\n")).collect();
    write!(stream, "GET {path} HTTP/1.1\r\n{own}{lines}{more}\r\n").unwrap();
    let mut stream = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(stream.read_line(&mut head).unwrap(), 0, "the server hung up after {head:?}");
    }
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (stream, status, head)
}

/// Waits until a condition is true.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let end = Instant::now() + LIMIT;
    while !holds() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// The value of a metric without labels.
pub fn metric(at: SocketAddr, name: &str) -> u64 {
    let text = get(at, "/metrics", &[]).body;
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} ")));
    line.unwrap_or_else(|| panic!("{name} is not in\n{text}")).parse().unwrap()
}
