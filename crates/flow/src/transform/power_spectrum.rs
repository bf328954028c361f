//! The power spectrum of each scan, or mean and deviation over the scans of a file.

use super::gather::{Merge, Open};
use super::spectrum::{ScaleName, TaperName};
use super::statistics::{State, Statistics};
use crate::config::{Node, Place, Shape, Value, unknown};
use crate::data::{Axis, Band, Data, Kind, Scans, Sides, Spectrum as Row};
use crate::part::{Cut, Frame, Gather, Groups, Shares, Start, Takes, Transform, TransformPlan};
use passband_dsp::iq::{FACTORS, Factor, IqSpectrum, Order as BinOrder};
use passband_dsp::moments::Moments;
use passband_dsp::spectrum::{Scale, Spectrum};
use passband_dsp::taper::Taper;
use passband_signal::{Duration, Fault, Result};
use std::sync::LazyLock;

crate::settings! {
    /// The power spectrum of each scan: two-sided for I/Q, one-sided for a real signal.
    ///
    /// With `over = "file"` it gives mean, standard deviation and count of each bin over all scans of a file, as soon as
    /// all scans have arrived, in any order. A file that is incomplete at its deadline is emitted as incomplete. With
    /// `shares`, the scans of a file may be in several partitions, read by several processes: each process sends its
    /// partial sums to that topic, in one transaction with its positions, and one process merges them.
    pub struct PowerSpectrum {
        /// The weights on a scan, which reduce the leakage of strong lines.
        taper: TaperName = "rectangular",
        /// The parameter of the taper, for tapers that have one.
        parameter: Option<f64>,
        /// The scale of the values.
        scale: ScaleName = "density",
        /// A constant factor of an experiment's definition of power.
        factor: FactorName = "one",
        /// The position of the negative frequencies of I/Q.
        order: Order = "centred",
        /// Whether there is one result per scan or per file.
        over: Over = "scan",
        /// Over files: how long to wait for the rest of a file before emitting it as incomplete. Default: wait for ever.
        deadline: Option<Duration>,
        /// Over files: how many newer files may begin before an incomplete one is emitted as incomplete; at most 256, since
        /// positions list all open files.
        open_files: u32 = "256",
        /// Over files: the topic through which processes merge their shares of a file.
        shares: Option<String>,
        /// The interval at which shares are sent.
        share_every: Duration = "250 ms",
    }
}

crate::choice! {
    /// The position of the negative frequencies.
    pub enum Order {
        /// Before the positive ones: 0 Hz in the middle.
        Centred = "centred",
        /// After the positive ones: 0 Hz first.
        FromZero = "from_zero",
    }
}

crate::choice! {
    /// The extent of a result.
    pub enum Over {
        /// One scan.
        Scan = "scan",
        /// All scans of a file.
        File = "file",
    }
}

/// The name of a constant factor.
#[derive(Clone, Copy, Debug)]
pub struct FactorName(pub Factor);

impl Value for FactorName {
    fn shape() -> Shape {
        static NAMES: LazyLock<Vec<&str>> = LazyLock::new(|| FACTORS.iter().map(|f| f.name).collect());
        Shape::Choice(&NAMES)
    }
    fn read(node: &Node) -> Result<Self, String> {
        let (Shape::Choice(names), name) = (Self::shape(), node.text()?) else { return Err(String::new()) };
        Factor::by_name(&name).map(Self).map_err(|_| unknown(&name, names))
    }
    fn written(&self) -> String {
        self.0.name.to_owned()
    }
}

/// Maximum number of open files per partition, if files follow each other.
const IN_A_PARTITION: usize = 4;

impl PowerSpectrum {
    fn groups_of(&self, length: u64, shares: bool) -> Groups {
        let open = if shares { IN_A_PARTITION } else { self.open_files as usize };
        let deadline = self.deadline.filter(|_| !shares).map(|d| d.std());
        Groups { open, deadline, length, shares }
    }
    fn fold(&self) -> Self {
        Self { shares: None, ..self.clone() }
    }
    fn measure(&self, share: bool) -> Result<Box<dyn Transform>> {
        let taper = Taper::by_name(self.taper.0, self.parameter).map_err(Fault::new)?;
        let (settings, open) = (self.clone(), Open::default());
        Ok(Box::new(Measure { settings, taper, plan: None, open, nothing: None, share }))
    }
}

/// The stage that folds, if another one merges.
struct Fold(PowerSpectrum);

impl TransformPlan for Fold {
    fn takes(&self) -> Takes<'_> {
        Takes::Frames(self)
    }
    fn gives(&self) -> Kind {
        Statistics::KIND
    }
    fn groups(&self, length: u64) -> Option<Groups> {
        Some(self.0.groups_of(length, true))
    }
}

impl Start for Fold {
    fn start(&self) -> Result<Box<dyn Transform>> {
        self.0.measure(true)
    }
}

impl TransformPlan for PowerSpectrum {
    fn takes(&self) -> Takes<'_> {
        Takes::Frames(self)
    }
    fn gives(&self) -> Kind {
        if self.over == Over::File { Statistics::KIND } else { Kind::Spectra }
    }
    fn groups(&self, length: u64) -> Option<Groups> {
        (self.over == Over::File).then(|| self.groups_of(length, false))
    }
    fn gather(&self) -> Option<Gather> {
        let topic = self.shares.clone()?;
        let merge = Box::new(Merge { groups: self.groups_of(0, false) });
        let (kind, every) = (Statistics::KIND, self.share_every.std());
        let shares = Shares { topic, kind, every, refused: None };
        Some(Gather { shares, fold: Box::new(Fold(self.fold())), merge })
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if let Err(why) = Taper::by_name(self.taper.0, self.parameter) {
            faults.push(place.fault("parameter", format!("cannot be used: {why}")));
        }
        let alone = [("shares", self.shares.is_some()), ("deadline", self.deadline.is_some())];
        for (key, _) in alone.iter().filter(|(_, given)| *given && self.over == Over::Scan) {
            faults.push(
                place.fault(key, "has no effect on single scans").fix("set over = \"file\", or remove it"),
            );
        }
        if !(1..=256).contains(&self.open_files) {
            let fault = place.fault("open_files", format!("is {}", self.open_files));
            faults.push(fault.fix("set it from 1 to 256"));
        }
    }
}

impl Start for PowerSpectrum {
    fn start(&self) -> Result<Box<dyn Transform>> {
        self.measure(false)
    }
}

/// The key of a plan: length and rate of a frame, and the centre frequency of I/Q.
type Key = (u64, f64, Option<f64>);

/// Created at the first frame, when length and rate are known.
enum Plan {
    Iq(Box<IqSpectrum>),
    Real(Box<Spectrum>, Vec<f32>),
}

struct Measure {
    settings: PowerSpectrum,
    taper: Taper,
    plan: Option<(Plan, Key)>,
    open: Open,
    /// An empty group, for files that are closed without any scan.
    nothing: Option<Statistics>,
    /// Whether its groups are shares, merged by another stage.
    share: bool,
}

impl Measure {
    fn plan(&self, frame: &Frame<'_>, length: usize) -> Result<Plan> {
        let PowerSpectrum { scale, factor, order, .. } = &self.settings;
        let tell = |why: String| Fault::new("the spectrum cannot be measured").why(why);
        let rate = frame.rate.0;
        if frame.centre.is_some() {
            let order = if *order == Order::Centred { BinOrder::Centred } else { BinOrder::FromZero };
            let plan = IqSpectrum::new(length, rate, &self.taper, scale.0, factor.0, order);
            return Ok(Plan::Iq(Box::new(plan.map_err(tell)?)));
        }
        if factor.0 != Factor::ONE {
            return Err(tell("the factor is defined for I/Q only".into()).fix("remove factor"));
        }
        if frame.channels.len() != 1 && self.settings.over == Over::File {
            let what = format!("a real signal of {} channels cannot be averaged", frame.channels.len());
            return Err(Fault::new(what).fix("set over = \"scan\", or use a source of one channel"));
        }
        let plan = Spectrum::new(length, rate, &self.taper, scale.0).map_err(tell)?;
        let row = vec![0.0; plan.bins() * frame.channels.len()];
        Ok(Plan::Real(Box::new(plan), row))
    }

    fn band(&self, frame: &Frame<'_>) -> Band {
        let sides = match (frame.centre, self.settings.order) {
            (None, _) => Sides::One,
            (Some(_), Order::Centred) => Sides::Centred,
            (Some(_), Order::FromZero) => Sides::FromZero,
        };
        Band { sides, centre: frame.centre.unwrap_or_default() }
    }
}

impl Transform for Measure {
    fn take(&mut self, cut: Cut<'_>, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        let Cut::Frame(frame) = cut else { return Ok(()) };
        let length = frame.channels.first().map_or(0, |c| c.len());
        let key = (length as u64, frame.rate.0, frame.centre.map(|centre| centre.0));
        if self.plan.as_ref().is_none_or(|(_, known)| *known != key) {
            self.plan = Some((self.plan(frame, length)?, key));
            // for any file: its length and time are not known yet
            let nothing = empty(frame, key.0, self.band(frame), self.settings.scale.0);
            self.nothing = Some(Statistics { of: 0, time: i64::MIN, ..nothing });
        }
        let (band, scale, length) = (self.band(frame), self.settings.scale.0, length as u64);
        let Frame { recording, start, time, rate, hop, .. } = *frame;
        let Some((plan, ..)) = &mut self.plan else { return Ok(()) };
        if self.settings.over == Over::Scan {
            let channels = if let Plan::Iq(_) = plan { 1 } else { frame.channels.len() };
            let mut values = vec![0.0; band.bins(length) * channels];
            match plan {
                Plan::Iq(plan) => plan.measure(frame.channels[0], frame.channels[1], &mut values),
                Plan::Real(plan, _) => plan.measure(frame.channels, &mut values),
            }
            let row = Row { recording, start, time, rate, length, hop, band, scale, channels, values };
            return give(Data::Spectrum(row));
        }
        let of = frame.of / length;
        let group = self.open.of(recording, || empty(frame, length, band, scale));
        match plan {
            Plan::Iq(plan) => {
                plan.fold(frame.channels[0], frame.channels[1], &mut group.moments);
            }
            Plan::Real(plan, row) => {
                plan.measure(frame.channels, row);
                group.moments.add(row);
            }
        }
        group.scans.add(start / length..start / length + 1);
        (group.time, group.of) = (group.time.max(time), group.of.max(of));
        Ok(())
    }
    fn restart(&mut self) {
        self.open.clear();
    }
    fn settle(&mut self, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        self.open.take().try_for_each(give)
    }
    fn close(&mut self, recording: i64, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        self.open.close(recording, self.share).map_or(Ok(()), give)
    }
    fn count_duplicates(&mut self, recording: i64, scans: u64) {
        if let Some(nothing) = &self.nothing {
            self.open.of(recording, || Statistics { recording, ..nothing.clone() }).duplicates += scans;
        }
    }
}

fn empty(frame: &Frame<'_>, length: u64, band: Band, scale: Scale) -> Statistics {
    Statistics {
        recording: frame.recording,
        time: frame.time,
        axis: Axis { rate: frame.rate, length, band, scale },
        of: frame.of / length,
        state: State::Share,
        duplicates: 0,
        scans: Scans::default(),
        moments: Moments::start(band.bins(length)),
    }
}
