//! The dashboard: a small server of its own, and the page it serves.
//!
//! [`Live::start`] binds an address and answers from a thread of its own. What is shown is described by
//! [`Panel`]s; each [`Picture`] that is published goes to every browser that can take it. Publishing never
//! waits: a browser that cannot keep up misses pictures, counted and shown, and never slows the caller.
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
//! The protocol between server and page is written down in [`wire`].

mod board;
mod error;
mod feed;
mod guard;
mod hub;
mod live;
mod mailbox;
mod metrics;
mod monitor;
mod page;
mod panel;
mod picture;
mod refusals;
mod report;
mod router;
mod sensors;
mod serve;
mod sink;
mod socket;
pub mod wire;

pub use error::LiveError;
pub use live::{Live, LiveOptions};
pub use metrics::Counter;
pub use panel::{Monitored, Panel, Sensed, Spectral};
pub use picture::Picture;
pub use sink::{LiveSink, PARTS, registry, serve};
