//! The dashboard's handle: starts the server, describes the panels, publishes pictures.

use crate::error::LiveError;
use crate::guard::{Guard, is_loopback};
use crate::hub::Hub;
use crate::metrics::Counter;
use crate::panel::Panel;
use crate::picture::Picture;
use crate::record_log;
use crate::report::Body;
use crate::router::router;
use crate::serve::serve;
use crate::window_log::Window;
use passband_flow::data::Refusal;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use tokio::sync::oneshot;

/// The options of a dashboard.
#[derive(Clone)]
pub struct LiveOptions {
    /// The address to listen on; port 0 takes any free one.
    pub listen: SocketAddr,
    /// The token that browsers must send. Required if `listen` is reachable from other machines.
    pub token: Option<String>,
    /// Maximum number of pictures per second that a browser receives of one stream.
    pub fps: f64,
    /// The page's title.
    pub title: String,
}

impl Default for LiveOptions {
    /// `127.0.0.1:7373`, no token, 60 pictures per second.
    fn default() -> Self {
        let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 7373));
        Self { listen, token: None, fps: 60.0, title: "Passband".to_owned() }
    }
}

impl std::fmt::Debug for LiveOptions {
    /// Omits the token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let token = self.token.as_ref().map(|_| "…");
        let Self { listen, fps, title, .. } = self;
        write!(f, "LiveOptions {{ listen: {listen}, token: {token:?}, fps: {fps}, title: {title:?} }}")
    }
}

/// A running dashboard. Dropping it stops the server and closes its sockets.
pub struct Live {
    hub: Arc<Hub>,
    address: SocketAddr,
    token: Option<String>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Live {
    /// Binds the address and serves it on a separate thread.
    ///
    /// # Errors
    /// The port is in use, the address cannot be bound, the address is reachable from other machines without a token,
    /// or `fps` is not a number above 0.
    pub fn start(options: LiveOptions) -> Result<Self, LiveError> {
        let LiveOptions { listen, token, fps, title } = options;
        let token = token.filter(|token| !token.is_empty());
        if let Some(why) = token.as_deref().and_then(unfit) {
            return Err(LiveError::Token(why));
        }
        if !(fps.is_finite() && fps > 1e-3) {
            return Err(LiveError::PictureRate(fps));
        }
        if token.is_none() && !is_loopback(listen.ip()) {
            return Err(LiveError::TokenNeeded(listen));
        }
        let bind = |e: io::Error| match e.kind() {
            io::ErrorKind::AddrInUse => LiveError::PortInUse(listen),
            _ => LiveError::Bind(listen, e),
        };
        let listener = TcpListener::bind(listen).map_err(bind)?;
        let address = listener.local_addr().map_err(bind)?;
        listener.set_nonblocking(true).map_err(bind)?;

        let hub = Arc::new(Hub::new(title, fps));
        let app = router(hub.clone(), Arc::new(Guard { token: token.clone(), address }));
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
        };
        let thread =
            thread::Builder::new().name("passband-live".into()).spawn(run).map_err(LiveError::Thread)?;
        Ok(Self { hub, address, token, stop: Some(stop), thread: Some(thread) })
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

    /// Sends the description of the panels to all browsers, now and when they connect. Pictures published earlier are
    /// discarded. Panels with the same stream must agree on its channels and bins.
    pub fn describe(&self, panels: Vec<Panel>) {
        self.hub.describe(panels);
    }

    /// Publishes a picture of a stream. Never blocks: each browser receives the newest picture when it is ready.
    ///
    /// A picture that does not match a described stream (`values` must be channels × bins) is not shown, but counted
    /// in `passband_live_misfit_total`.
    pub fn publish(&self, stream: usize, picture: Picture<'_>) {
        self.hub.publish(stream, picture);
    }

    /// Publishes a report of a stream of recordings. Never blocks.
    pub(crate) fn report(&self, stream: usize, body: Body) {
        self.hub.report(stream, body);
    }

    /// Publishes a window of a sensor. Never blocks.
    pub(crate) fn window(&self, told: Window<'_>) {
        self.hub.window(told);
    }

    /// Publishes a record. Never blocks.
    pub(crate) fn record(&self, stream: usize, entry: record_log::Entry) {
        self.hub.record(stream, entry);
    }

    /// Counts and shows a refusal. Never blocks.
    pub(crate) fn refuse(&self, refusal: &Refusal) {
        self.hub.refuse(refusal);
    }

    /// Sets the provider of the counters for `/metrics` and the status bar; it is called about once per second. The
    /// status bar shows counters whose name contains `gaps`, `lost`, `refused` or `late`.
    pub fn set_counters(&self, provider: impl Fn() -> Vec<Counter> + Send + Sync + 'static) {
        self.hub.set_counters(provider);
    }
}

impl Drop for Live {
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
