//! Simulated readings of sensors over a network: most in order, some late, some duplicate, some lost.

use super::Simulate;
use super::waveform::uniform;
use crate::data::{Arrival, Data, Input, Origin, Positions, Readings, Stream};
use crate::part::{Control, Source, Turn};
use crate::source::pace::Pace;
use passband_signal::{Result, now};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::f64::consts::TAU;
use std::io::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Maximum number of readings per batch.
const BATCH: usize = 8192;
/// How long a turn waits for the next reading.
const WAIT: Duration = Duration::from_millis(20);

/// The random quantities of a reading, each with its own sequence.
#[derive(Clone, Copy)]
enum Draw {
    Gap,
    Disorder,
    Delay,
    Late,
    Lateness,
    Doubled,
    Again,
    Broken,
    Spike,
    Noise,
    Phase,
}

pub struct Sensors {
    settings: Simulate,
    stream: Stream,
    fields: Arc<[String]>,
    place: Arc<str>,
    names: Vec<String>,
    /// Time of the first reading: at the first turn, since opening the sinks takes time.
    began: Option<i64>,
    /// The wall-clock time of `began`.
    clock: Option<Instant>,
    /// The next reading to be taken.
    index: u64,
    count: Option<u64>,
    /// Readings in transit: time of arrival, and index. Duplicates are included twice.
    under_way: BinaryHeap<Reverse<(i64, u64)>>,
    /// Number of readings that have arrived.
    came: i64,
    /// Number of readings that arrived before this start, which are not emitted again.
    known: i64,
    control: Control,
    text: Vec<u8>,
}

impl Sensors {
    pub fn new(settings: &Simulate, control: &Control) -> Self {
        Self {
            stream: Stream::from(settings.name.as_str()),
            fields: ["value".to_owned()].into(),
            place: format!("{}, reading ", settings.name).into(),
            names: (1..=settings.sensors).map(|n| format!("Sensor{n}")).collect(),
            began: settings.recording,
            clock: None,
            index: 0,
            count: settings.count(),
            under_way: BinaryHeap::new(),
            came: 0,
            known: 0,
            control: control.clone(),
            text: vec![],
            settings: settings.clone(),
        }
    }

    fn draw(&self, what: Draw, index: u64) -> f64 {
        uniform(self.settings.seed, 1000 + what as u64, index)
    }

    /// When a reading is taken, in µs after the first.
    fn taken(&self, index: u64) -> i64 {
        let every = (self.settings.every.0 * 1e6) as u128;
        (u128::from(index) * every / u128::from(self.settings.sensors)) as i64
    }

    /// Takes readings until the next arrival is known; returns its time, in µs after the first, and its index.
    fn next(&mut self) -> Option<(i64, u64)> {
        while self.count.is_none_or(|count| self.index < count) {
            let (index, taken) = (self.index, self.taken(self.index));
            // readings taken from now on arrive later
            if let Some(Reverse((comes, _))) = self.under_way.peek()
                && *comes <= taken
            {
                break;
            }
            self.index += 1;
            let s = &self.settings;
            if self.draw(Draw::Gap, index) < s.gaps.0 {
                continue;
            }
            let delay = if self.draw(Draw::Late, index) < s.late.0 {
                s.late_by.0 * (1.0 + self.draw(Draw::Lateness, index))
            } else if self.draw(Draw::Disorder, index) < s.disorder.0 {
                s.delay.0 * self.draw(Draw::Delay, index)
            } else {
                0.0
            };
            let comes = taken + (delay * 1e6) as i64;
            self.under_way.push(Reverse((comes, index)));
            if self.draw(Draw::Doubled, index) < s.doubled.0 {
                let duplicate = comes + (s.delay.0 * self.draw(Draw::Again, index) * 1e6) as i64;
                self.under_way.push(Reverse((duplicate, index)));
            }
        }
        self.under_way.peek().map(|Reverse(next)| *next)
    }

    /// A drift over minutes, a little noise, and rare spikes; in hundredths.
    fn value(&self, index: u64) -> f64 {
        let sensor = index % u64::from(self.settings.sensors);
        let seconds = self.taken(index) as f64 / 1e6;
        let phase = self.draw(Draw::Phase, sensor);
        let drift = 2.0 * (TAU * (seconds / (300.0 + 600.0 * phase) + phase)).sin();
        let [a, b] =
            [0, 1].map(|row| uniform(self.settings.seed, 1000 + Draw::Noise as u64 + 100 * (row + 1), index));
        let noise = 0.1 * (-2.0 * (1.0 - a).ln()).sqrt() * (TAU * b).cos();
        let spike = if self.draw(Draw::Spike, index) < self.settings.spikes.0 { 25.0 } else { 0.0 };
        ((20.0 + (sensor % 10) as f64 + drift + noise + spike) * 100.0).round() / 100.0
    }

    /// Adds a reading that arrives now.
    fn add(&mut self, comes: i64, index: u64, into: &mut Readings) {
        let began = self.began.unwrap_or(0);
        let (time, value) = (began + self.taken(index), self.value(index));
        let sensor = (index % u64::from(self.settings.sensors)) as usize;
        let mut text = std::mem::take(&mut self.text);
        text.clear();
        let name = &self.names[sensor];
        // writing to memory cannot fail
        let _ = write!(text, "{{\"key\": \"{name}\", \"ts\": \"");
        iso(time, &mut text);
        let _ = write!(text, "\", \"value\": {value}, \"id\": {index}}}");
        if self.draw(Draw::Broken, index) < self.settings.broken.0 {
            text.truncate(text.len() / 2);
        }
        let arrival = Arrival { time: began + comes, offset: self.came, id: Some(index) };
        into.push(name, time, &[value], arrival, &text);
        self.text = text;
    }

    /// Time until this arrival.
    fn left(&mut self, comes: i64) -> Duration {
        if self.settings.pace == Pace::Fast {
            return Duration::ZERO;
        }
        let now = Instant::now();
        let at = |comes: i64| Duration::from_micros(comes.max(0) as u64);
        // arrivals before a restart are not waited for again
        let clock = *self.clock.get_or_insert_with(|| now.checked_sub(at(comes)).unwrap_or(now));
        (clock + at(comes)).saturating_duration_since(now)
    }
}

impl Source for Sensors {
    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        self.began.get_or_insert_with(now);
        let mut readings = Box::new(Readings::new(self.fields.clone(), self.place.clone()));
        let mut turn = Turn::More;
        while readings.len() < BATCH && !self.control.stopping() {
            let Some((comes, index)) = self.next() else {
                turn = Turn::End;
                break;
            };
            if self.came >= self.known {
                let left = self.left(comes);
                if !left.is_zero() {
                    if readings.is_empty() {
                        std::thread::sleep(left.min(WAIT));
                    }
                    break;
                }
                self.add(comes, index, &mut readings);
            }
            self.under_way.pop();
            self.came += 1;
        }
        if let Some((offset, _)) = readings.offsets() {
            let origin = Origin { shard: 0, offset };
            batch.push(Input::Datum(self.stream.clone(), origin, Data::Readings(readings)));
        }
        Ok(turn)
    }

    fn resume(&mut self, positions: &Positions) -> Result<()> {
        self.known = positions.get(&0).map_or(0, |position| position.offset);
        Ok(())
    }

    fn progress(&self) -> Option<(u64, u64)> {
        self.count.map(|count| (self.index, count))
    }
}

/// A time as written by Python's `isoformat`: without a zone, and without a zero fraction.
fn iso(time: i64, out: &mut Vec<u8>) {
    let (days, micros) = (time.div_euclid(86_400_000_000), time.rem_euclid(86_400_000_000));
    let (year, month, day) = civil(days);
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let (h, m, s) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    let _ = write!(out, "{year:04}-{month:02}-{day:02}T{h:02}:{m:02}:{s:02}");
    if fraction > 0 {
        let _ = write!(out, ".{fraction:06}");
    }
}

/// The date of a day since 1970 (Hinnant 2013, `civil_from_days`).
fn civil(days: i64) -> (i64, i64, i64) {
    let z = days + 719_468;
    let (era, day) = (z.div_euclid(146_097), z.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let (day, month) = (of_year - (153 * month + 2) / 5 + 1, if month < 10 { month + 3 } else { month - 9 });
    (year + era * 400 + i64::from(month <= 2), month, day)
}
