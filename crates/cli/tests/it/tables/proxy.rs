//! A proxy in front of a catalogue that loses replies.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Accepts one request per connection for a catalogue on this port; two of three replies to changes are discarded.
pub fn forgetful(port: u16) -> (u16, Arc<AtomicUsize>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (own, lost) = (listener.local_addr().unwrap().port(), Arc::new(AtomicUsize::new(0)));
    let (changes, counted) = (Arc::new(AtomicUsize::new(0)), lost.clone());
    std::thread::spawn(move || {
        for client in listener.incoming() {
            let (changes, lost) = (changes.clone(), counted.clone());
            std::thread::spawn(move || -> std::io::Result<()> {
                let mut client = client?;
                let request = request(&mut client)?;
                let mut server = TcpStream::connect(("127.0.0.1", port))?;
                server.write_all(&request)?;
                let mut reply = vec![];
                server.read_to_end(&mut reply)?;
                let is_change =
                    request.starts_with(b"POST ") && String::from_utf8_lossy(&request).contains("/tables");
                if is_change && changes.fetch_add(1, Ordering::SeqCst) % 3 != 2 {
                    lost.fetch_add(1, Ordering::SeqCst);
                    return Ok(());
                }
                client.write_all(&reply)
            });
        }
    });
    (own, lost)
}

/// Reads a request, and sets its header `Connection: close`.
fn request(client: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let (mut bytes, mut more) = (vec![], [0; 4096]);
    let head = loop {
        let read = client.read(&mut more)?;
        bytes.extend_from_slice(&more[..read]);
        match bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            Some(at) => break at,
            None if read == 0 => return Ok(bytes),
            None => {}
        }
    };
    let text = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let length =
        text.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:").map(str::to_owned));
    let length: usize = length.map_or(0, |length| length.trim().parse().unwrap());
    while bytes.len() < head + 4 + length {
        let read = client.read(&mut more)?;
        bytes.extend_from_slice(&more[..read]);
    }
    let lines = text.lines().filter(|line| !line.to_lowercase().starts_with("connection:"));
    let mut request: Vec<u8> = lines.flat_map(|line| format!("{line}\r\n").into_bytes()).collect();
    request.extend_from_slice(b"Connection: close\r\n\r\n");
    request.extend_from_slice(&bytes[head + 4..]);
    Ok(request)
}
