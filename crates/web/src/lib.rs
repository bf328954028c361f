//! The dashboard: an HTTP server, and the page it serves.
//!
//! [`Live::start`] binds an address and serves it on a separate thread. [`Panel`]s describe the page; each published
//! [`Picture`] is sent to every browser that is ready. Publishing never blocks: a slow browser skips pictures, which
//! are counted, and does not slow the caller.
//!
//! ```
//! use passband_web::{Live, LiveOptions, Panel, Picture, Spectral};
//!
//! let live = Live::start(LiveOptions { listen: "127.0.0.1:0".parse().unwrap(), ..LiveOptions::default() })?;
//! let what = Spectral {
//!     rate: 48_000.0,
//!     length: 8,
//!     hop: 8,
//!     bins: 5,
//!     channels: vec!["left".into(), "right".into()],
//!     ..Spectral::default()
//! };
//! live.describe(vec![Panel::Spectrum(what.clone()), Panel::Waterfall(what)]);
//! live.publish(0, Picture { index: 0, time_us: 0, values: &[-60.0; 2 * 5] });
//! assert!(live.url().starts_with("http://127.0.0.1:"));
//! # Ok::<(), passband_web::LiveError>(())
//! ```
//!
//! The protocol between server and page is documented in [`wire`]. The views that turn results into panels are in
//! `src/view`.

mod error;
mod guard;
mod hub;
mod live;
mod mailbox;
mod metrics;
mod page;
mod panel;
mod picture;
mod record_feed;
mod record_log;
mod refusals;
mod report;
mod router;
mod serve;
mod sink;
mod site;
mod socket;
mod view;
mod window_feed;
mod window_log;
pub mod wire;

pub use error::LiveError;
pub use live::{Live, LiveOptions};
pub use metrics::Counter;
pub use page::find as page_file;
pub use panel::{Axis, Column, Layout, Monitored, Panel, Recorded, Sensed, Spectral};
pub use picture::Picture;
pub use sink::{LiveSink, PARTS, address, registry, serve};
pub use site::{Site, can_listen};
