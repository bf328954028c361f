//! The dashboard's handle: starts the server, describes the panels, publishes pictures.

use crate::error::LiveError;
use crate::hub::Hub;
use crate::metrics::Counter;
use crate::panel::Panel;
use crate::picture::Picture;
use crate::record_log;
use crate::report::Body;
use crate::router::router;
use crate::site::Site;
use crate::window_log::Window;
use passband_flow::data::Refusal;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

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
    site: Site,
}

impl Live {
    /// Binds the address and serves it on a separate thread.
    ///
    /// # Errors
    /// The port is in use, the address cannot be bound, the address is reachable from other machines without a token,
    /// or `fps` is not a number above 0.
    pub fn start(options: LiveOptions) -> Result<Self, LiveError> {
        let LiveOptions { listen, token, fps, title } = options;
        if !(fps.is_finite() && fps > 1e-3) {
            return Err(LiveError::PictureRate(fps));
        }
        let hub = Arc::new(Hub::new(title, fps));
        let site = Site::start("passband-live", listen, token, router(hub.clone()))?;
        Ok(Self { hub, site })
    }

    /// The page's address, including the token if there is one.
    pub fn url(&self) -> String {
        self.site.url()
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
