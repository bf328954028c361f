//! A server of pages: a thread with its connections, and the access control before them.

use crate::error::LiveError;
use crate::guard::{self, Guard, is_loopback};
use crate::serve::serve;
use axum::Router;
use axum::middleware::from_fn_with_state;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use tokio::sync::oneshot;

/// A running server. Dropping it stops the server and closes its connections.
///
/// Without a token it answers only on loopback, and only requests that are addressed to this machine by a page of its
/// own; see the rules in `guard.rs`.
pub struct Site {
    address: SocketAddr,
    token: Option<String>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Site {
    /// Binds the address and serves `app` on a separate thread of this name.
    ///
    /// # Errors
    /// The port is in use, the address cannot be bound, or the address is reachable from other machines without a
    /// token.
    pub fn start(
        name: &str,
        listen: SocketAddr,
        token: Option<String>,
        app: Router,
    ) -> Result<Self, LiveError> {
        let token = token.filter(|token| !token.is_empty());
        let listener = bound(listen, token.as_deref())?;
        let bind = |e: io::Error| LiveError::Bind(listen, e);
        let address = listener.local_addr().map_err(bind)?;
        listener.set_nonblocking(true).map_err(bind)?;
        let guard = Arc::new(Guard { token: token.clone(), address });
        let app = app.layer(from_fn_with_state(guard, guard::check));
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(LiveError::Thread)?;
        let listener = {
            let _inside = runtime.enter();
            tokio::net::TcpListener::from_std(listener).map_err(LiveError::Thread)?
        };
        let (stop, stopped) = oneshot::channel();
        let run = move || {
            runtime.block_on(async move {
                tokio::select! {
                    () = serve(listener, app) => {}
                    _ = stopped => {}
                }
            });
            // work that no one waits for any more must not delay the end
            runtime.shutdown_background();
        };
        let thread = thread::Builder::new().name(name.into()).spawn(run).map_err(LiveError::Thread)?;
        Ok(Self { address, token, stop: Some(stop), thread: Some(thread) })
    }

    /// The page's address, including the token if there is one.
    pub fn url(&self) -> String {
        let mut at = self.address;
        if at.ip().is_unspecified() {
            at.set_ip(outward(at.is_ipv4()));
        }
        match &self.token {
            Some(token) => format!("http://{at}/?token={}", percent(token)),
            None => format!("http://{at}/"),
        }
    }
}

/// Checks that a site can be started at an address, without starting it.
///
/// # Errors  as of [`Site::start`]
pub fn can_listen(listen: SocketAddr, token: Option<&str>) -> Result<(), LiveError> {
    bound(listen, token.filter(|token| !token.is_empty())).map(drop)
}

fn bound(listen: SocketAddr, token: Option<&str>) -> Result<TcpListener, LiveError> {
    if let Some(why) = token.and_then(unfit) {
        return Err(LiveError::Token(why));
    }
    if token.is_none() && !is_loopback(listen.ip()) {
        return Err(LiveError::TokenNeeded(listen));
    }
    TcpListener::bind(listen).map_err(|error| match error.kind() {
        io::ErrorKind::AddrInUse => LiveError::PortInUse(listen),
        _ => LiveError::Bind(listen, error),
    })
}

impl Drop for Site {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The reason why a token cannot be sent in a URL or a header, if it cannot.
fn unfit(token: &str) -> Option<&'static str> {
    if token.trim() != token {
        return Some("it begins or ends with white space, which headers lose");
    }
    token.contains(char::is_control).then_some("it holds a control character, which no header can carry")
}

/// The address at which other machines reach this one. Connecting a UDP socket sends nothing.
fn outward(v4: bool) -> IpAddr {
    let (here, there) = if v4 { ("0.0.0.0:0", "192.0.2.1:9") } else { ("[::]:0", "[2001:db8::1]:9") };
    let socket = UdpSocket::bind(here).and_then(|s| s.connect(there).map(|()| s));
    socket.and_then(|s| s.local_addr()).map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |a| a.ip())
}

fn percent(token: &str) -> String {
    token.bytes().fold(String::new(), |mut out, byte| {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => out.push(byte.into()),
            _ => out.push_str(&format!("%{byte:02X}")),
        }
        out
    })
}
