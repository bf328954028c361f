//! Errors of starting a dashboard.

use std::fmt;
use std::io;
use std::net::SocketAddr;

/// Why [`Live::start`](crate::Live::start) failed. Prints as lines: what, at, why, do.
#[derive(Debug)]
#[non_exhaustive]
pub enum LiveError {
    /// The port is in use by another program.
    PortInUse(SocketAddr),
    /// The address is reachable from other machines, and no token (or an empty one) is set.
    TokenNeeded(SocketAddr),
    /// The token cannot be used, for this reason, which does not include the token.
    Token(&'static str),
    /// The address cannot be bound for another reason: it is not local, or not permitted.
    Bind(SocketAddr, io::Error),
    /// The maximum picture rate is not a number above 0.
    PictureRate(f64),
    /// The server's thread did not start.
    Thread(io::Error),
}

impl LiveError {
    /// The requested address, if the fault is about it.
    pub fn address(&self) -> Option<SocketAddr> {
        match self {
            Self::PortInUse(at) | Self::TokenNeeded(at) | Self::Bind(at, _) => Some(*at),
            Self::Token(_) | Self::PictureRate(_) | Self::Thread(_) => None,
        }
    }
    /// What happened, in one line.
    pub fn what(&self) -> String {
        match self {
            Self::PortInUse(at) => format!("port {} is in use", at.port()),
            Self::TokenNeeded(at) => format!("{at} is open to other machines, and no token is set"),
            Self::Token(_) => "the token cannot be used".to_owned(),
            Self::Bind(at, _) => format!("the dashboard cannot listen on {at}"),
            Self::PictureRate(fps) => format!("fps is {fps}"),
            Self::Thread(_) => "the dashboard's thread did not start".to_owned(),
        }
    }
    /// Why it happened, or why it matters.
    pub fn why(&self) -> String {
        match self {
            Self::PortInUse(_) => "another program, perhaps another dashboard, listens there".to_owned(),
            Self::TokenNeeded(_) => "whoever reaches that address could listen in".to_owned(),
            Self::Token(why) => (*why).to_owned(),
            Self::Bind(_, e) | Self::Thread(e) => e.to_string(),
            Self::PictureRate(_) => "it is the most pictures a second that a browser is sent".to_owned(),
        }
    }
    /// How to fix it.
    pub fn fix(&self) -> &'static str {
        match self {
            Self::PortInUse(_) => "stop that program, or choose another port; port 0 takes any free one",
            Self::TokenNeeded(_) => "set a token, or listen on 127.0.0.1",
            Self::Token(_) => "choose another, such as the output of: openssl rand -hex 16",
            Self::Bind(..) => "listen on 127.0.0.1, or on an address of this machine, with a port above 1023",
            Self::PictureRate(_) => "give a number above 0, such as 60",
            Self::Thread(_) => "look at the limits on threads and memory",
        }
    }
}

impl fmt::Display for LiveError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error: {}", self.what())?;
        if let Some(at) = self.address() {
            write!(f, "\n  at: {at}")?;
        }
        write!(f, "\n  why: {}\n  do: {}", self.why(), self.fix())
    }
}

impl std::error::Error for LiveError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Bind(_, e) | Self::Thread(e) => Some(e),
            _ => None,
        }
    }
}
