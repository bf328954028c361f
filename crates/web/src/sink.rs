//! The sink `live`: shows results on the dashboard.

use crate::view::Views;
use crate::{Counter, Live, LiveError, LiveOptions};
use passband_flow::config::{Place, Secret};
use passband_flow::data::{Kind, Output, Positions, Refusal};
use passband_flow::engine::{Context, End};
use passband_flow::part::{Commit, Committed, Part, Sink, SinkPlan};
use passband_flow::sink::each::Each;
use passband_flow::{Control, Registry};
use passband_signal::{Fault, Result};
use std::net::SocketAddr;
use std::time::Duration;

passband_flow::settings! {
    /// Results to the dashboard: a page that this process serves to any browser.
    ///
    /// Any kind of result is shown: its records as a table, its numbers over time, its lists as a heat map, all by the
    /// declaration of the record. Spectra have a spectrum and a waterfall; statistics, runs, lines and noise have the
    /// monitor of an axion search; windows of sensors have a cell for each sensor, with late and refused readings. A slow
    /// browser skips pictures and never slows the pipeline. The counters are at /metrics for Prometheus.
    pub struct LiveSink {
        /// Where the page is served; port 0 takes any free one, and `off` serves none.
        listen: String = "127.0.0.1:7373",
        /// The token that a browser must give; required if other machines can reach the page.
        token: Option<Secret>,
        /// Maximum number of pictures a second that a browser is sent.
        fps: f64 = "60",
        /// What happens to the page when the source ends.
        at_end: AtEnd = "close",
    }
}

passband_flow::choice! {
    /// What happens to the page when the source ends.
    pub enum AtEnd {
        /// The page closes with the pipeline.
        Close = "close",
        /// The page stays until the pipeline is stopped.
        Stay = "stay",
    }
}

/// The parts of the dashboard.
pub static PARTS: &[Part] = &[Part::sink::<LiveSink>("live")];

/// The parts of the engine and the dashboard.
pub fn registry() -> Registry {
    Registry::new(&[PARTS])
}

/// Starts a server that serves the counters of `control` at /metrics; its errors are converted to faults.
pub fn serve(listen: &str, token: Option<&str>, fps: f64, context: (&str, &Control)) -> Result<Live> {
    let (pipeline, control) = context;
    let listen: SocketAddr = address(listen).map_err(Fault::new)?;
    let token = token.map(str::to_owned);
    let options = LiveOptions { listen, token, fps, title: pipeline.to_owned() };
    let live = Live::start(options).map_err(|e: LiveError| Fault::new(e.what()).why(e.why()).fix(e.fix()))?;
    let (counters, name) = (control.counters.clone(), pipeline.to_owned());
    live.set_counters(move || {
        let counter = |(counter, help, value): (&str, &str, u64)| {
            Counter::new(format!("passband_{counter}_total"), help, value as f64).label("pipeline", &name)
        };
        counters.all().into_iter().map(counter).collect()
    });
    Ok(live)
}

/// Parses an address to listen on, such as `127.0.0.1:7373` or `localhost:0`.
///
/// # Errors  text that is no address with a port
pub fn address(text: &str) -> Result<SocketAddr, String> {
    let text = text.replace("localhost:", "127.0.0.1:");
    text.parse().map_err(|_| format!("'{text}' is not an address with a port, like 127.0.0.1:7373"))
}

/// The value of the address that disables the page.
const OFF: &str = "off";

impl SinkPlan for LiveSink {
    fn refuses(&self, kind: Kind) -> Option<String> {
        match kind {
            Kind::Samples => {
                Some("the dashboard shows results and not samples; add a window and a transform".into())
            }
            Kind::Readings => {
                Some("the dashboard shows windows of readings; add a window and 'aggregate'".into())
            }
            Kind::Panes => Some("panes are state of the pipeline and no results".into()),
            Kind::Spectra | Kind::Examples | Kind::Row(_) => None,
        }
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        match address(&self.listen) {
            _ if self.listen == OFF => {}
            Err(why) => faults.push(place.fault("listen", format!("cannot be used: {why}"))),
            Ok(at) if !at.ip().is_loopback() && self.token.is_none() => {
                let error = LiveError::TokenNeeded(at);
                faults
                    .push(Fault::new(error.what()).at(place.of("listen")).why(error.why()).fix(error.fix()));
            }
            Ok(_) => {}
        }
    }
    fn open(&self, kinds: &[Kind], context: &Context) -> Result<Box<dyn Sink>> {
        if self.listen == OFF {
            return Ok(Box::new(Each::new(|_| Ok(()))));
        }
        let token = self.token.as_ref().map(Secret::reveal);
        let live = serve(&self.listen, token, self.fps, (&context.pipeline, &context.control))?;
        context.control.note(|| {
            let url = live.url();
            match url.split_once('?') {
                // the token is a secret and is not printed
                Some((address, _)) => format!("page at {address} (add ?token= and the token)"),
                None => format!("page at {url}"),
            }
        });
        let views = Views::new(kinds);
        live.describe(views.panels());
        Ok(Box::new(Show { live, views, at_end: self.at_end, control: context.control.clone() }))
    }
}

struct Show {
    live: Live,
    views: Views,
    at_end: AtEnd,
    control: Control,
}

impl Sink for Show {
    fn write(&mut self, output: &Output) -> Result<()> {
        self.views.show(output, &self.live);
        Ok(())
    }
    fn refuse(&mut self, refusal: &Refusal) -> Result<bool> {
        self.live.refuse(refusal);
        Ok(false) // shown, not stored
    }
    fn commit(&mut self, _: &Positions, _: Commit) -> Result<Committed> {
        Ok(Committed::Safe) // nothing is stored
    }
    fn finish(&mut self, end: End) -> Result<()> {
        if end == End::Complete && self.at_end == AtEnd::Stay && !self.control.stopping() {
            self.control.note(|| "the source has ended; the page stays until Ctrl-C".into());
            while !self.control.stopping() {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        Ok(())
    }
}
