//! A connection to a PulseAudio or PipeWire server.

use crate::{Fault, Result};
use pulseaudio::protocol::{self as pulse, Command, CommandReply, ProtocolError};
use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::{Duration, Instant};

/// The timeout of an answer.
const ANSWER: Duration = Duration::from_secs(10);
/// Maximum size of a message that is accepted.
const LONGEST: usize = 16 << 20;

/// A message: the channel of a stream, or `None` for a command.
pub struct Message {
    pub channel: Option<u32>,
    /// The message including its descriptor.
    bytes: Vec<u8>,
}

impl Message {
    pub fn payload(&self) -> &[u8] {
        &self.bytes[pulse::DESCRIPTOR_SIZE..]
    }

    /// The command, if it is known.
    pub fn command(&self, version: u16) -> Option<Command> {
        pulse::read_command_message(&mut self.bytes.as_slice(), version).ok().map(|(_, command)| command)
    }
}

enum Socket {
    Unix(UnixStream),
    Tcp(TcpStream),
}

pub struct Wire {
    socket: Socket,
    server: String,
    pub version: u16,
    sequence: u32,
    /// Bytes of incomplete messages.
    pending: Vec<u8>,
}

impl Wire {
    /// Connects to `PULSE_SERVER`, or to the default server, and registers the client.
    pub fn connect() -> Result<Self> {
        let servers = servers();
        let mut why = String::new();
        for server in &servers {
            match dial(server) {
                Ok(socket) => return Self::introduce(socket, server),
                Err(e) => why += &format!("{}{server}: {e}", if why.is_empty() { "" } else { "; " }),
            }
        }
        Err(Fault::new("there is no sound server")
            .why(why)
            .fix("start PipeWire or PulseAudio, or set PULSE_SERVER to its address"))
    }

    fn introduce(socket: Socket, server: &str) -> Result<Self> {
        let version = pulse::MAX_VERSION;
        let mut wire = Self { socket, server: server.to_owned(), version, sequence: 0, pending: Vec::new() };
        let cookie = pulseaudio::cookie_path_from_env().and_then(|path| std::fs::read(path).ok());
        let auth = pulse::AuthParams {
            version,
            supports_shm: false,
            supports_memfd: false,
            cookie: cookie.unwrap_or_else(|| vec![0; 256]),
        };
        let reply: pulse::AuthReply = wire.ask(&Command::Auth(auth))?;
        wire.version = version.min(reply.version);
        let mut props = pulse::Props::new();
        props.set(pulse::Prop::ApplicationName, c"Passband");
        let _: pulse::SetClientNameReply = wire.ask(&Command::SetClientName(props))?;
        Ok(wire)
    }

    /// Sends a command and waits for its answer; other messages received before it are ignored.
    pub fn ask<T: CommandReply>(&mut self, command: &Command) -> Result<T> {
        self.sequence += 1;
        let mut bytes = Vec::new();
        let written = pulse::write_command_message(&mut bytes, self.sequence, command, self.version);
        written.map_err(|e| self.odd(e))?;
        let sent = match &mut self.socket {
            Socket::Unix(socket) => socket.write_all(&bytes),
            Socket::Tcp(socket) => socket.write_all(&bytes),
        };
        sent.map_err(|e| self.gone(e))?;
        let end = Instant::now() + ANSWER;
        while let Some(message) = self.receive(end)? {
            if message.channel.is_some() {
                continue;
            }
            match pulse::read_reply_message::<T>(&mut message.bytes.as_slice(), self.version) {
                Ok((sequence, reply)) if sequence == self.sequence => return Ok(reply),
                Ok(_) | Err(ProtocolError::UnexpectedCommand(_)) => {}
                Err(ProtocolError::ServerError(error)) => {
                    return Err(Fault::new(format!("the sound server refuses: {error:?}"))
                        .at(&self.server)
                        .fix("run as the user it belongs to, or set PULSE_COOKIE to its cookie file"));
                }
                Err(e) => return Err(self.odd(e)),
            }
        }
        Err(self.gone(format!("no answer within {ANSWER:?}")))
    }

    /// The next message; `None` after the timeout.
    pub fn receive(&mut self, end: Instant) -> Result<Option<Message>> {
        loop {
            if let Some(message) = self.complete()? {
                return Ok(Some(message));
            }
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(None);
            }
            let mut chunk = [0; 16_384];
            let read = match &mut self.socket {
                Socket::Unix(s) => s.set_read_timeout(Some(left)).and_then(|()| s.read(&mut chunk)),
                Socket::Tcp(s) => s.set_read_timeout(Some(left)).and_then(|()| s.read(&mut chunk)),
            };
            match read {
                Ok(0) => return Err(self.gone("it closed the connection")),
                Ok(n) => self.pending.extend_from_slice(&chunk[..n]),
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {}
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(self.gone(e)),
            }
        }
    }

    fn complete(&mut self) -> Result<Option<Message>> {
        if self.pending.len() < pulse::DESCRIPTOR_SIZE {
            return Ok(None);
        }
        let head = pulse::read_descriptor(&mut self.pending.as_slice()).map_err(|e| self.odd(e))?;
        let length = head.length as usize;
        if length > LONGEST {
            return Err(self.odd(format!("a message of {length} bytes")));
        }
        let whole = pulse::DESCRIPTOR_SIZE + length;
        if self.pending.len() < whole {
            return Ok(None);
        }
        let rest = self.pending.split_off(whole);
        let bytes = std::mem::replace(&mut self.pending, rest);
        Ok(Some(Message { channel: (head.channel != u32::MAX).then_some(head.channel), bytes }))
    }

    fn gone(&self, why: impl std::fmt::Display) -> Fault {
        Fault::new("the sound server has disappeared")
            .at(&self.server)
            .why(why)
            .fix("restart it, then restart this program")
    }

    fn odd(&self, why: impl std::fmt::Display) -> Fault {
        Fault::new("the answer of the sound server cannot be decoded")
            .at(&self.server)
            .why(why)
            .fix("check that PULSE_SERVER points to a PulseAudio or PipeWire server")
    }
}

fn dial(server: &str) -> std::io::Result<Socket> {
    let tcp = ["tcp:", "tcp4:", "tcp6:"].iter().find_map(|prefix| server.strip_prefix(prefix));
    match tcp {
        None if server.starts_with("unix:") || server.starts_with('/') => {
            UnixStream::connect(server.trim_start_matches("unix:")).map(Socket::Unix)
        }
        _ => {
            let host = tcp.unwrap_or(server);
            let bare = host.rsplit_once(':').is_none_or(|(_, port)| port.parse::<u16>().is_err());
            let address = if bare { format!("{host}:4713") } else { host.to_owned() };
            let socket = TcpStream::connect(address)?;
            socket.set_nodelay(true)?;
            Ok(Socket::Tcp(socket))
        }
    }
}

/// The addresses of possible servers, in the order of libpulse.
fn servers() -> Vec<String> {
    if let Some(list) = std::env::var("PULSE_SERVER").ok().filter(|list| !list.trim().is_empty()) {
        // each may have a host name in braces before it
        let bare = |server: &str| server.rsplit_once('}').map_or(server, |(_, s)| s).to_owned();
        return list.split_whitespace().map(bare).collect();
    }
    let folder = |name| std::env::var_os(name).map(PathBuf::from);
    let places = [
        folder("PULSE_RUNTIME_PATH").map(|path| path.join("native")),
        folder("XDG_RUNTIME_DIR").map(|path| path.join("pulse/native")),
        Some("/run/pulse/native".into()),
    ];
    places.into_iter().flatten().map(|path| format!("unix:{}", path.display())).collect()
}
