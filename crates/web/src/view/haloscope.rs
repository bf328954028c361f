//! The monitor of a haloscope: statistics of recordings, the run, candidates and noise.

use super::spectra::first_bin;
use super::{Panels, View};
use crate::report::{Body, Candidate, File, Found, Noise, Point, Run};
use crate::{Live, Monitored, Panel, Spectral};
use passband_flow::data::{Axis, Data, Kind, Output, Sides, Stream};
use passband_flow::transform::line_search::{Line, Lines};
use passband_flow::transform::noise::NoiseLevel;
use passband_flow::transform::run::RunStatistics;
use passband_flow::transform::statistics::{State, Statistics};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Number of files over which the throughput is computed.
const FILES: usize = 16;
/// Age above which files are ignored for the throughput.
const RECENT: Duration = Duration::from_secs(120);
/// Maximum number of stored points of the noise; above it, every second one is removed.
const POINTS: usize = 1024;
/// Maximum number of candidates sent to a page: a longer list does not contain real candidates.
const CANDIDATES: usize = 200;

/// The results of one stream of recordings.
pub(crate) struct Haloscope {
    stream: usize,
    title: String,
    /// Whether lines are searched for and noise is measured, according to the pipeline or to a result received. A topic
    /// may contain more kinds than its source declares.
    searched: bool,
    measured: bool,
    axis: Option<Spectral>,
    rate: Rate,
    files: u64,
    incomplete: u64,
    duplicates: u64,
    noise: Vec<Point>,
    noise_run: Option<String>,
    /// Whether lines of the run have been received; lines of single recordings are then no longer sent.
    run_searched: bool,
}

impl View for Haloscope {
    fn panels(&self) -> Vec<Panel> {
        let monitored = Monitored { stream: self.stream, title: self.title.clone(), searched: self.searched };
        let mut panels = vec![];
        if let Some(axis) = &self.axis {
            panels.extend([Panel::HaloscopeBand(axis.clone()), Panel::HaloscopeWaterfall(axis.clone())]);
        }
        panels.push(Panel::HaloscopeRun(monitored.clone()));
        if self.measured {
            panels.push(Panel::HaloscopeNoise(monitored));
        }
        panels
    }
    fn learn(&mut self, output: &Output) -> Panels {
        let data = &output.data;
        let changed = if let Some(s) = statistics(data) {
            self.describe(&s.axis, s.moments.bins())
        } else if let Some(r) = data.get::<RunStatistics>() {
            self.describe(&r.axis, r.pooled.bins())
        } else if data.get::<Lines>().is_some() {
            !std::mem::replace(&mut self.searched, true)
        } else if data.get::<NoiseLevel>().is_some() {
            !std::mem::replace(&mut self.measured, true)
        } else {
            false
        };
        if changed { Panels::Changed } else { Panels::Same }
    }
    fn publish(&mut self, output: &Output, live: &Live) {
        let data = &output.data;
        let body = if let Some(s) = statistics(data) {
            Some(Body::Statistics(self.file(s, Instant::now())))
        } else if let Some(r) = data.get::<RunStatistics>() {
            Some(Body::Run(run(r)))
        } else if let Some(lines) = data.get::<Lines>() {
            self.found(lines).map(Body::Lines)
        } else {
            data.get::<NoiseLevel>().map(|noise| Body::Noise(self.noise(noise)))
        };
        if let Some(body) = body {
            live.report(self.stream, body);
        }
    }
}

/// The statistics of a whole recording; a share is not a result yet.
fn statistics(data: &Data) -> Option<&Statistics> {
    data.get::<Statistics>().filter(|s| s.state != State::Share)
}

impl Haloscope {
    /// The view of a stream, in a pipeline whose results are of these kinds.
    pub fn new(stream: usize, title: &Stream, kinds: &[Kind]) -> Self {
        Self {
            stream,
            title: title.to_string(),
            searched: kinds.contains(&Lines::KIND),
            measured: kinds.contains(&NoiseLevel::KIND),
            axis: None,
            rate: Rate::default(),
            files: 0,
            incomplete: 0,
            duplicates: 0,
            noise: vec![],
            noise_run: None,
            run_searched: false,
        }
    }

    fn describe(&mut self, axis: &Axis, bins: usize) -> bool {
        let Axis { rate, length, band, scale } = *axis;
        let first = first_bin(band.sides, bins);
        let axis = Spectral {
            stream: self.stream,
            title: self.title.clone(),
            unit: scale.unit().to_owned(),
            rate: rate.0,
            length: length as usize,
            hop: length as usize,
            bins,
            offset: band.frequency(first, rate, length).0,
            centre: band.centre.0,
            channels: vec!["mean".to_owned()],
        };
        let changed = self.axis.as_ref() != Some(&axis);
        self.axis = Some(axis);
        changed
    }

    fn file(&mut self, s: &Statistics, now: Instant) -> File {
        self.files += 1;
        self.incomplete += u64::from(s.state == State::Incomplete);
        self.duplicates += s.duplicates;
        let order = |values: Vec<f64>| sorted(values, s.axis.band.sides);
        File {
            file: s.recording,
            time_us: s.time,
            count: s.moments.count(),
            of: s.of,
            state: s.state.name(),
            mean: order(s.moments.mean().to_vec()),
            sigma: order(s.moments.deviation().collect()),
            files: self.files,
            incomplete: self.incomplete,
            duplicates: self.duplicates,
            // an I/Q sample is 8 bytes, a real sample 4
            rate_mb_s: {
                let sample = if s.axis.band.sides == Sides::One { 4 } else { 8 };
                self.rate.add(now, s.moments.count() * s.axis.length * sample)
            },
        }
    }

    fn found(&mut self, lines: &Lines) -> Option<Found> {
        self.run_searched |= lines.run.is_some();
        if self.run_searched && lines.run.is_none() {
            return None;
        }
        let candidate = |line: &Line| Candidate {
            frequency: line.frequency.0,
            excess: line.excess,
            width: line.width.0,
            value: line.value,
            baseline: line.baseline,
        };
        Some(Found {
            run: lines.run.clone(),
            file: lines.recording,
            time_us: lines.time,
            scans: lines.scans,
            threshold: lines.threshold,
            expected: lines.expected,
            scatter: lines.scatter,
            lines: lines.lines.iter().take(CANDIDATES).map(candidate).collect(),
            all: lines.lines.len(),
        })
    }

    /// Adds a point to the noise of a run; a different run, or a smaller number of scans than before, starts a new
    /// series.
    fn noise(&mut self, noise: &NoiseLevel) -> Noise {
        let again = self.noise.last().is_some_and(|last| last.scans > noise.scans);
        if self.noise_run != noise.run || again {
            self.noise.clear();
            self.noise_run.clone_from(&noise.run);
        }
        let point = Point { scans: noise.scans, sigma: noise.sigma, expected: noise.expected };
        match self.noise.last_mut().filter(|last| last.scans == noise.scans) {
            Some(last) => *last = point,
            None => self.noise.push(point),
        }
        if self.noise.len() > POINTS {
            // The first and the last point are kept.
            let last = self.noise.len() - 1;
            let mut at = 0..;
            self.noise.retain(|_| at.next().is_some_and(|k| k % 2 == 0 || k == last));
        }
        let (run, points) = (self.noise_run.clone(), self.noise.clone());
        Noise { run, time_us: noise.time, slope: noise.slope, points }
    }
}

fn run(r: &RunStatistics) -> Run {
    let order = |values: Vec<f64>| sorted(values, r.axis.band.sides);
    Run {
        id: r.run.clone(),
        start_us: r.start,
        end_us: r.end,
        time_us: r.time,
        last: r.last,
        files: r.running.files(),
        incomplete: r.incomplete,
        scans: r.pooled.count(),
        mean: order(r.running.mean().to_vec()),
        sigma: order(r.running.deviation().to_vec()),
        pooled_mean: order(r.pooled.mean().to_vec()),
        standard_error: order(r.pooled.standard_error().collect()),
    }
}

/// Values in order of frequency.
fn sorted(mut values: Vec<f64>, sides: Sides) -> Vec<f64> {
    let first = first_bin(sides, values.len());
    values.rotate_left(first);
    values
}

/// Throughput in bytes per second, by the arrival of results.
#[derive(Default)]
struct Rate {
    newest: VecDeque<(Instant, u64)>,
}

impl Rate {
    /// Counts a file. Returns the throughput in MB/s from the first of the newest files to this one.
    fn add(&mut self, now: Instant, bytes: u64) -> Option<f64> {
        self.newest.push_back((now, bytes));
        while self.newest.len() > FILES
            || self.newest.front().is_some_and(|(then, _)| now.duration_since(*then) > RECENT)
        {
            self.newest.pop_front();
        }
        let since = now.duration_since(self.newest.front()?.0).as_secs_f64();
        let bytes: u64 = self.newest.iter().skip(1).map(|(_, bytes)| bytes).sum();
        (since > 1e-3).then_some(bytes as f64 / since / 1e6)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use passband_flow::data::Band;
    use passband_signal::Hertz;

    #[test]
    fn the_rate_is_that_of_the_newest_files() {
        let (mut rate, start) = (Rate::default(), Instant::now());
        let at = |tenths: u64| start + Duration::from_millis(100 * tenths);
        assert_eq!(rate.add(at(0), 67_000_000), None);
        // a pair of files of the experiment every 4.2 s
        for file in 1..=40 {
            let now = rate.add(at(42 * file), 67_117_056).unwrap();
            assert!((now - 67.117_056 / 4.2).abs() < 1e-9, "{now}");
        }
        assert_eq!(rate.add(at(42 * 40 + 3000), 1), None, "what was minutes ago says nothing of now");
    }

    #[test]
    fn values_ascend_with_their_frequencies() {
        for length in [4, 5] {
            let band = Band { sides: Sides::FromZero, centre: Hertz(100.0) };
            let frequency = |bin| band.frequency(bin, Hertz(1.0), length).0;
            let all: Vec<f64> = (0..length as usize).map(frequency).collect();
            let there = sorted(all, band.sides);
            assert!(there.is_sorted(), "{there:?}");
            assert_eq!(there[0], frequency(first_bin(band.sides, length as usize)));
        }
    }

    #[test]
    fn the_noise_keeps_its_course_and_begins_anew_with_a_run() {
        let mut haloscope = Haloscope::new(0, &"".into(), &[NoiseLevel::KIND]);
        let mut noise =
            NoiseLevel { run: Some("a".into()), time: 0, scans: 0, sigma: 0.5, expected: 0.5, slope: None };
        let mut points = vec![];
        for scans in 1..=5000 {
            noise.scans = scans;
            points = haloscope.noise(&noise).points;
        }
        assert!(points.len() <= POINTS && points.len() > POINTS / 2);
        assert_eq!((points[0].scans, points.last().unwrap().scans), (1, 5000));
        assert!(points.is_sorted_by(|a, b| a.scans < b.scans));
        noise.run = Some("b".into());
        assert_eq!(haloscope.noise(&noise).points.len(), 1);
    }
}
