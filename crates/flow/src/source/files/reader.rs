//! Reads files one after the other, line by line.

use super::backlog::Backlog;
use super::container::Container;
use super::cut::Cut;
use super::lines::{LONGEST, Line, Lines};
use super::open::{Packed, open, stem};
use super::pace::Times;
use crate::data::{Arrival, Data, Input, Origin, Positions, Readings, Refusal, Spare, Stream};
use crate::format::{Encoding, Message, Reach, ReadReadings};
use crate::part::{Control, Source, Turn};
use crate::source::pace::Pace;
use passband_signal::{Fault, Result, iq};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// Maximum number of readings per batch: few enough to stay in the CPU cache until they are folded.
const BATCH: usize = 8192;
/// Maximum number of other items per batch.
const INPUTS: usize = 1024;
/// How long a turn waits when there is no data.
const WAIT: Duration = Duration::from_millis(10);

pub struct Reader {
    backlog: Backlog,
    format: Box<dyn ReadReadings>,
    encoding: Encoding,
    stream: Stream,
    control: Control,
    file: Option<Opened>,
    /// The number of the next line, over all files.
    number: i64,
    /// Lines before this one were processed before a restart.
    from: i64,
    /// State for real-time pace.
    times: Option<Times>,
    spare: Spare,
    /// An item that is not due yet.
    early: Option<(Instant, Input)>,
    done: Arc<AtomicU64>,
    all: u64,
}

struct Opened {
    name: String,
    /// The sensor of readings without a key.
    sensor: String,
    place: Arc<str>,
    lines: Cut,
    /// The number before that of its first line, or of its schema.
    before: i64,
    /// Its metadata when it was opened, or checked last.
    info: iq::Info,
    /// When it was last seen to have grown.
    grew: Instant,
    /// The state of its lines.
    state: State,
}

/// The state of the lines of a file.
enum State {
    /// No line was read yet.
    New,
    /// The first line needs a setting; if the next one does too, the file is refused.
    Doubtful(Refusal),
    /// A line was decoded.
    Read,
    /// The file is refused.
    Refused,
}

impl Reader {
    pub fn new(
        backlog: Backlog,
        format: Box<dyn ReadReadings>,
        encoding: Encoding,
        stream: Stream,
        pace: Pace,
        control: &Control,
    ) -> Self {
        Self {
            all: backlog.size(),
            backlog,
            format,
            encoding,
            stream,
            control: control.clone(),
            file: None,
            number: 0,
            from: 0,
            times: (pace == Pace::RealTime).then(Times::default),
            spare: Spare::new(),
            early: None,
            done: Arc::default(),
        }
    }

    /// Refuses a file, or the rest of it.
    fn refuse(&mut self, name: &str, reason: String, bytes: Vec<u8>, batch: &mut Vec<Input>) {
        let origin = Origin { shard: 0, offset: self.number };
        self.number += 1;
        batch.push(Input::Refused(Refusal { origin, place: format!("file {name}"), reason, bytes }));
    }

    /// Starts a file.
    fn begin(&mut self, name: String, batch: &mut Vec<Input>) -> Result<()> {
        let store = &*self.backlog.store;
        let opened = store.info(&name).and_then(|info| {
            let from = open(store, &name, 0, info.size, &self.done)?;
            let lines = match self.format.in_container() {
                true => Cut::Data(Container::new(from)),
                false => Cut::Lines(Lines::new(from, self.encoding)),
            };
            Ok((info, lines))
        });
        match opened {
            Ok((info, lines)) => {
                let place = format!("file {name}, {} ", lines.unit()).into();
                let (sensor, grew) = (stem(&name).to_owned(), Instant::now());
                let before = self.number - i64::from(!self.format.in_container());
                self.format.begin();
                self.file =
                    Some(Opened { name, sensor, place, lines, before, info, grew, state: State::New });
            }
            Err(error) => {
                let error = or_fault(error, &name)?;
                self.refuse(&name, format!("cannot be opened: {error}"), vec![], batch);
            }
        }
        Ok(())
    }

    /// Processes a line, or the lines of a row.
    fn line(&mut self, file: &mut Opened, line: Line, readings: &mut Readings, batch: &mut Vec<Input>) {
        let offset = self.number;
        let (known, long) = (offset < self.from, &mut vec![]);
        let (bytes, read) = match line {
            Line::Whole(line, lines) => {
                self.number += lines;
                let bytes = file.lines.bytes(line);
                let decided =
                    !self.format.in_head() && (bytes.is_empty() || matches!(file.state, State::Read));
                if decided && (known || bytes.is_empty()) {
                    return;
                }
                let arrival = Arrival { time: file.info.modified, offset, id: None };
                let message = Message { key: file.sensor.as_bytes(), ..Message::of(bytes) };
                // lines that were counted may still contain the column names, and determine whether the file can be read
                let skipped = known.then(|| Readings::new(self.format.value_names(), file.place.clone()));
                let (read, many) = match skipped {
                    Some(mut skipped) => (self.format.read(&message, arrival, &mut skipped), skipped.len()),
                    None => {
                        let before = readings.len();
                        let read = self.format.read(&message, arrival, readings);
                        (read, readings.len() - before)
                    }
                };
                if read.is_ok() && many > 0 && !matches!(file.state, State::Read) {
                    // the doubtful line was the only one
                    if let State::Doubtful(refusal) = std::mem::replace(&mut file.state, State::Read) {
                        self.push(refusal, batch);
                    }
                }
                (bytes, read)
            }
            Line::Long(begin, length) => {
                self.number += 1;
                let (most, kept) = (LONGEST >> 20, begin.len());
                *long = begin;
                let reason = format!("{length} bytes, more than {most} MiB, of which {kept} are kept");
                (&long[..], Err(reason))
            }
        };
        let Err(reason) = read else { return };
        let (origin, place) = (Origin { shard: 0, offset }, readings.place_of(offset));
        let refusal = Refusal { origin, place, reason, bytes: bytes.to_vec() };
        let reach = if long.is_empty() { self.format.reach() } else { Reach::Line };
        match (reach, &mut file.state) {
            (Reach::Setting, state @ State::New) => *state = State::Doubtful(refusal),
            (Reach::File, state) | (Reach::Setting, state @ State::Doubtful(_)) => {
                let reason = match std::mem::replace(state, State::Refused) {
                    State::Doubtful(first) => format!("{} ({})", first.reason, first.place),
                    _ => format!("{} ({})", refusal.reason, refusal.place),
                };
                let place = format!("file {}", file.name);
                self.push(Refusal { place, reason, ..refusal }, batch);
            }
            _ => self.push(refusal, batch),
        }
    }

    /// Reports a refusal that was not reported before a restart.
    fn push(&self, refusal: Refusal, batch: &mut Vec<Input>) {
        if refusal.origin.offset >= self.from {
            batch.push(Input::Refused(refusal));
        }
    }

    /// Processes lines until the batch is full; returns whether the lines have ended.
    fn lines(&mut self, file: &mut Opened, batch: &mut Vec<Input>) -> io::Result<bool> {
        let mut readings = self.readings(file);
        let most = if self.times.is_some() { 1 } else { BATCH };
        let ended = loop {
            match file.lines.next(&mut *self.format) {
                Some(line) => {
                    self.line(file, line, &mut readings, batch);
                    if matches!(file.state, State::Refused) {
                        break Ok(true);
                    }
                    if readings.len() >= most || readings.is_full() || batch.len() >= INPUTS {
                        break Ok(false);
                    }
                }
                None if self.control.stopping() => break Ok(false),
                None => match file.lines.fill() {
                    Ok(0) => break Ok(true),
                    Ok(_) => {}
                    Err(error) => break Err(error),
                },
            }
        };
        self.give(readings, batch);
        ended
    }

    /// An empty batch for a file.
    fn readings(&self, file: &Opened) -> Box<Readings> {
        let readings = Readings::new(self.format.value_names(), file.place.clone());
        let mut readings = Box::new(readings.with(&self.spare));
        readings.before = file.before;
        readings
    }

    /// Emits readings when they are due.
    fn give(&mut self, readings: Box<Readings>, batch: &mut Vec<Input>) {
        let Some((offset, _)) = readings.offsets() else { return };
        let origin = Origin { shard: 0, offset };
        let due = self.times.as_mut().zip(readings.iter().next());
        let due = due.map(|(times, first)| times.due(first.time, Instant::now()));
        let input = Input::Datum(self.stream.clone(), origin, Data::Readings(readings));
        match due.filter(|due| *due > Instant::now()) {
            Some(due) => self.early = Some((due, input)),
            None => batch.push(input),
        }
    }

    /// Waits for the item that is not due; returns whether it still is not.
    fn wait(&mut self, batch: &mut Vec<Input>) -> bool {
        let Some((due, input)) = self.early.take() else { return false };
        let left = due.saturating_duration_since(Instant::now());
        std::thread::sleep(left.min(2 * WAIT));
        if left > 2 * WAIT {
            self.early = Some((due, input));
            return true;
        }
        batch.push(input);
        false
    }

    /// At the end of the existing data of a file: what to do next, if it may grow.
    fn grows(&mut self, file: &mut Opened) -> Result<Option<Step>> {
        let Some(settle) = self.backlog.settle().filter(|_| Packed::of(&file.name) == Packed::No) else {
            return Ok(None);
        };
        let (store, name, known) = (&*self.backlog.store, &file.name, file.info.size);
        let more = store.info(name).and_then(|info| {
            let more = (info.size > known).then(|| open(store, name, known, info.size, &self.done));
            Ok((info, more.transpose()?))
        });
        match more {
            // the existing data has been read
            Err(error) => or_fault(error, name).map(|_| None),
            Ok((info, Some(more))) => {
                file.lines.go_on(more);
                (file.info, file.grew) = (info, Instant::now());
                Ok(Some(Step::Again))
            }
            Ok((info, None)) if info.size < known => {
                let fault = format!("the file has become shorter: {} bytes, was {known}", info.size);
                let fault = Fault::new(fault).at(name);
                Err(fault.fix("only append to files, and start new ones under later names"))
            }
            Ok(_) if self.backlog.waits() && file.grew.elapsed() >= settle => Ok(None),
            Ok(_) => Ok(Some(Step::Nothing)),
        }
    }

    fn step(&mut self, batch: &mut Vec<Input>) -> Result<Step> {
        let Some(mut file) = self.file.take() else {
            if let Some(name) = self.backlog.next() {
                return self.begin(name, batch).map(|()| Step::Again);
            }
            if self.backlog.settle().is_none() {
                return Ok(Step::End);
            }
            self.look(batch)?;
            return Ok(Step::Nothing);
        };
        match self.lines(&mut file, batch) {
            Ok(false) => {
                self.file = Some(file);
                return Ok(Step::Enough);
            }
            // data that may be appended is refused too
            Ok(true) if matches!(file.state, State::Refused) => {
                self.backlog.ended(&file.name, u64::MAX);
                return Ok(Step::Again);
            }
            Ok(true) if !file.lines.is_over() => {
                self.look(batch)?;
                if let Some(step) = self.grows(&mut file)? {
                    self.file = Some(file);
                    return Ok(step);
                }
                match file.lines.finish() {
                    Ok(()) => {
                        self.file = Some(file);
                        return Ok(Step::Again);
                    }
                    Err(error) => self.unreadable(&mut file, error, batch)?,
                }
            }
            Ok(true) => {}
            Err(error) => self.unreadable(&mut file, error, batch)?,
        }
        if let State::Doubtful(refusal) = std::mem::replace(&mut file.state, State::Read) {
            self.push(refusal, batch);
        }
        self.backlog.ended(&file.name, file.info.size);
        Ok(Step::Again)
    }

    /// Refuses the rest of a file that cannot be read further.
    fn unreadable(&mut self, file: &mut Opened, error: io::Error, batch: &mut Vec<Input>) -> Result<()> {
        let error = or_fault(error, &file.name)?;
        let read = (self.number - file.before - 1).max(0);
        let reason = format!("cannot be read after {} {read}: {error}", file.lines.unit());
        self.refuse(&file.name, reason, file.lines.rest(), batch);
        Ok(())
    }

    /// Looks for more files.
    fn look(&mut self, batch: &mut Vec<Input>) -> Result<()> {
        for (name, why) in self.backlog.look()? {
            self.refuse(&name, why.into(), vec![], batch);
        }
        Ok(())
    }

    fn turn(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        while !self.wait(batch) {
            match self.step(batch)? {
                // the last item may not be due yet
                Step::End if self.early.is_none() => return Ok(Turn::End),
                Step::Nothing if self.early.is_none() => {
                    if batch.is_empty() {
                        std::thread::sleep(WAIT);
                    }
                    break;
                }
                Step::Enough if self.times.is_none() => break,
                _ => {}
            }
            if self.control.stopping() || batch.len() >= INPUTS || !batch.is_empty() && self.early.is_some() {
                break;
            }
        }
        Ok(Turn::More)
    }
}

/// The outcome of a step.
enum Step {
    /// Another step may follow immediately.
    Again,
    /// The batch is full.
    Enough,
    /// There is no data at the moment.
    Nothing,
    /// The source has ended.
    End,
}

/// Returns a fault of the store as an error; an error of the file alone is returned as a value.
fn or_fault(error: io::Error, name: &str) -> Result<io::Error> {
    match iq::fault(error) {
        Ok(fault) => Err(fault.at(name)),
        Err(error) => Ok(error),
    }
}

impl Source for Reader {
    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        match self.turn(batch) {
            // a stop while waiting for a store is not an error
            Err(fault) if fault.is_passing() && self.control.stopping() => Ok(Turn::More),
            turn => turn,
        }
    }

    fn resume(&mut self, positions: &Positions) -> Result<()> {
        let Some(position) = positions.get(&0) else { return Ok(()) };
        let needed = position.resume.get(&*self.stream).and_then(|resume| resume.offset);
        self.from = needed.unwrap_or(position.offset);
        Ok(())
    }

    fn progress(&self) -> Option<(u64, u64)> {
        self.backlog.settle().is_none().then(|| (self.done.load(Ordering::Relaxed), self.all))
    }
}
