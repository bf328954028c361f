//! The sink `live`: results to the dashboard in the browser.

use crate::monitor::{Monitor, first_bin};
use crate::sensors::Sensors;
use crate::{Counter, Live, LiveError, LiveOptions, Panel, Picture, Spectral};
use passband_flow::config::{Place, Secret};
use passband_flow::data::{Aggregate, Data, Kind, Output, Positions, Refusal, Spectrum, Stream};
use passband_flow::engine::{Context, End};
use passband_flow::part::{Commit, Committed, Part, Sink, SinkPlan};
use passband_flow::sink::each::Each;
use passband_flow::{Control, Registry};
use passband_signal::{Fault, Result};
use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

passband_flow::settings! {
    /// Results to the dashboard: a page that this process serves to any browser.
    ///
    /// It draws what the stream describes: a spectrum and a waterfall for each stream of spectra; of statistics, runs,
    /// lines and noise the newest file with its σ, the run, the candidates and how the noise falls; of sensors a cell
    /// for each with its windows, a table, and what was late or refused. A slow browser misses pictures, and never
    /// slows the pipeline. The counters are at /metrics for Prometheus.
    pub struct LiveSink {
        /// Where the page is served; port 0 takes any free one, and `off` serves none.
        listen: String = "127.0.0.1:7373",
        /// What a browser must know; needed when other machines can reach the page.
        token: Option<Secret>,
        /// Pictures a second that a browser gets at most.
        fps: f64 = "60",
        /// What becomes of the page when a source comes to its end.
        at_end: AtEnd = "close",
    }
}

passband_flow::choice! {
    /// What becomes of the page when a source comes to its end.
    pub enum AtEnd {
        /// It closes with the pipeline.
        Close = "close",
        /// It stays, to be looked at, until the pipeline is stopped.
        Stay = "stay",
    }
}

/// The dashboard's parts.
pub static PARTS: &[Part] = &[Part::sink::<LiveSink>("live")];

/// The engine's parts and the dashboard's.
pub fn registry() -> Registry {
    Registry::new(&[PARTS])
}

/// Starts a server, with its errors in the house's words and the counters of `control` at /metrics.
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

fn address(text: &str) -> Result<SocketAddr, String> {
    let text = text.replace("localhost:", "127.0.0.1:");
    text.parse().map_err(|_| format!("'{text}' is not an address with a port, like 127.0.0.1:7373"))
}

/// Instead of an address: nowhere.
const OFF: &str = "off";

impl SinkPlan for LiveSink {
    fn refuses(&self, kind: Kind) -> Option<String> {
        match kind {
            Kind::Samples => Some(
                "the dashboard draws spectra and what comes of them; add a window and a transform".into(),
            ),
            Kind::Readings => {
                Some("the dashboard draws what windows say of readings; add a window and 'aggregate'".into())
            }
            Kind::Examples | Kind::Panes => Some(format!("the dashboard has no panel of {kind}")),
            _ => None,
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
                // the token is a secret: whoever set it knows it
                Some((address, _)) => format!("page at {address} (add ?token= and the token)"),
                None => format!("page at {url}"),
            }
        });
        let (kinds, control) = (kinds.to_vec(), context.control.clone());
        let mut show = Show { live, shown: vec![], kinds, at_end: self.at_end, control };
        if show.kinds.contains(&Aggregate::KIND) {
            show.sensors(); // the page says at once what it waits for
            show.describe();
        }
        Ok(Box::new(show))
    }
}

struct Show {
    live: Live,
    /// The streams by their numbers.
    shown: Vec<(Stream, Shown)>,
    kinds: Vec<Kind>,
    at_end: AtEnd,
    control: Control,
}

/// What a stream consists of.
enum Shown {
    /// Spectra, described so.
    Spectra(Spectral),
    /// Results that stand for recordings.
    Recordings(Box<Monitor>),
    /// The windows of sensors, of all streams.
    Sensors(Box<Sensors>),
}

impl Show {
    fn describe(&self) {
        let panels = |(_, shown): &(Stream, Shown)| match shown {
            Shown::Spectra(s) => vec![Panel::Spectrum(s.clone()), Panel::Waterfall(s.clone())],
            Shown::Recordings(monitor) => monitor.panels(),
            Shown::Sensors(sensors) => vec![sensors.panel()],
        };
        self.live.describe(self.shown.iter().flat_map(panels).collect());
    }

    /// The number of a stream of spectra, described anew when it has changed.
    fn stream(&mut self, name: &Stream, spectrum: &Spectrum) -> usize {
        let here = |(shown, what): &(Stream, Shown)| shown == name && matches!(what, Shown::Spectra(_));
        let at = self.shown.iter().position(here);
        let spectral = Spectral {
            stream: at.unwrap_or(self.shown.len()),
            title: name.to_string(),
            unit: spectrum.scale.unit().to_owned(),
            rate: spectrum.rate.0,
            length: spectrum.length as usize,
            hop: spectrum.hop as usize,
            bins: spectrum.bins(),
            offset: spectrum.frequency(first_bin(spectrum.band.sides, spectrum.bins())).0,
            centre: spectrum.band.centre.0,
            channels: vec![],
        };
        let same = |old: &Spectral| {
            let of = |s: &Spectral| (s.rate, s.length, s.hop, s.bins, s.offset, s.centre);
            of(old) == of(&spectral) && old.channels.len() == spectrum.channels && old.unit == spectral.unit
        };
        if let Some(at) = at
            && matches!(&self.shown[at].1, Shown::Spectra(old) if same(old))
        {
            return at;
        }
        let stream = spectral.stream;
        let shown = Shown::Spectra(Spectral { channels: channels(spectrum.channels), ..spectral });
        match at {
            Some(at) => self.shown[at].1 = shown,
            None => self.shown.push((name.clone(), shown)),
        }
        self.describe();
        stream
    }

    /// Tells what stands for recordings.
    fn tell(&mut self, name: &Stream, data: &Data) {
        let here = |(shown, what): &(Stream, Shown)| shown == name && matches!(what, Shown::Recordings(_));
        let known = self.shown.iter().position(here);
        let stream = known.unwrap_or(self.shown.len());
        if known.is_none() {
            let monitor = Monitor::new(stream, name, &self.kinds);
            self.shown.push((name.clone(), Shown::Recordings(Box::new(monitor))));
        }
        let Shown::Recordings(monitor) = &mut self.shown[stream].1 else { return };
        let (body, changed) = monitor.take(data, Instant::now());
        if changed || known.is_none() {
            self.describe();
        }
        if let Some(body) = body {
            self.live.report(stream, body);
        }
    }

    /// The place of the sensors among the streams.
    fn sensors(&mut self) -> usize {
        let known = self.shown.iter().position(|(_, shown)| matches!(shown, Shown::Sensors(_)));
        known.unwrap_or_else(|| {
            let stream = self.shown.len();
            self.shown.push(("".into(), Shown::Sensors(Box::new(Sensors::new(stream)))));
            stream
        })
    }

    /// Shows a window of a sensor.
    fn window(&mut self, name: &Stream, window: &Aggregate) {
        let at = self.sensors();
        let Shown::Sensors(sensors) = &mut self.shown[at].1 else { return };
        if sensors.take(name, window) {
            self.describe();
        }
        let Shown::Sensors(sensors) = &self.shown[at].1 else { return };
        sensors.tell(name, window, |told| self.live.window(told));
    }
}

/// The values of a picture, each channel from its lowest frequency upwards.
fn ascending(spectrum: &Spectrum) -> Cow<'_, [f32]> {
    match first_bin(spectrum.band.sides, spectrum.bins()) {
        0 => Cow::Borrowed(&spectrum.values),
        first => {
            let mut values = spectrum.values.clone();
            values.chunks_exact_mut(spectrum.bins()).for_each(|channel| channel.rotate_left(first));
            Cow::Owned(values)
        }
    }
}

fn channels(count: usize) -> Vec<String> {
    match count {
        1 => vec!["mono".into()],
        2 => vec!["left".into(), "right".into()],
        n => (1..=n).map(|c| format!("channel {c}")).collect(),
    }
}

impl Sink for Show {
    fn write(&mut self, output: &Output) -> Result<()> {
        match (&output.data, output.data.get::<Aggregate>()) {
            (Data::Spectrum(spectrum), _) => {
                let stream = self.stream(&output.stream, spectrum);
                let values = ascending(spectrum);
                let picture = Picture { index: spectrum.start, time_us: spectrum.time, values: &values };
                self.live.publish(stream, picture);
            }
            (_, Some(window)) => self.window(&output.stream, window),
            (data, _) => self.tell(&output.stream, data),
        }
        Ok(())
    }
    fn refuse(&mut self, refusal: &Refusal) -> Result<bool> {
        self.live.refuse(refusal);
        Ok(false) // it is shown, and kept by nobody
    }
    fn commit(&mut self, _: &Positions, _: Commit) -> Result<Committed> {
        Ok(Committed::Safe) // a picture is seen or missed; there is nothing to make safe
    }
    fn finish(&mut self, end: End) -> Result<()> {
        if end == End::Complete && self.at_end == AtEnd::Stay && !self.control.stopping() {
            self.control.note(|| "that was all; the page stays until Ctrl-C".into());
            while !self.control.stopping() {
                std::thread::sleep(Duration::from_millis(50));
            }
        }
        Ok(())
    }
}
