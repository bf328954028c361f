//! Reads recordings one after the other, block by block.

use super::checksum::Checksum;
use super::follow::{Seen, Watch};
use super::pace::FilePace;
use super::plan::{Found, Plan};
use super::shelf::{Group, Shelf, is_wav, without};
use super::{Follow, IqFiles, Layout};
use crate::data::{Data, Input, Mark, Origin, Positions, Refusal, Stream};
use crate::part::{Control, Source, Turn};
use crate::source::pace::Pacer;
use passband_signal::iq::{self, Track, all_finite};
use passband_signal::{Block, Fault, Result, Span};
use std::collections::{HashSet, VecDeque};
use std::time::Duration;

/// How long a turn waits when no file is ready.
const WAIT: Duration = Duration::from_millis(10);
/// Maximum length of a block, in samples.
const LONGEST: u64 = 1 << 24;

pub struct Player {
    shelf: Shelf,
    stream: Stream,
    block: Span,
    pace: FilePace,
    pacer: Pacer,
    control: Control,
    settle: Duration,
    /// Recordings to be read, or refused.
    queue: VecDeque<Next>,
    /// The watch for more files.
    watch: Option<Watch>,
    playing: Option<Playing>,
    /// The checksum of the current file, if its metadata has one.
    checksum: Option<Checksum>,
    /// The first sample to emit after a restart.
    from: Option<Mark>,
    offset: i64,
    /// Duration of the emitted data at this pace.
    seconds: f64,
    done: u64,
    all: u64,
}

struct Next {
    recording: i64,
    place: String,
    plan: Result<Plan, String>,
    /// Anomalies of its files to report.
    odd: Vec<String>,
}

struct Playing {
    recording: i64,
    place: String,
    plan: Plan,
    track: Track,
    index: u64,
}

impl Player {
    /// Lists the files, unless they are followed.
    pub fn open(settings: &IqFiles, shelf: Shelf, stream: Stream, control: &Control) -> Result<Self> {
        let unlisted = |error| {
            let listed = |error| Fault::new("the folder of recordings cannot be listed").why(error);
            iq::fault(error).unwrap_or_else(listed).at(&settings.path)
        };
        let groups = shelf.groups().map_err(unlisted)?;
        let settle = settings.settle.std();
        let follow = settings.follow == Follow::Yes;
        if groups.is_empty() && !follow {
            return Err(nothing(&shelf).at(&settings.path));
        }
        let queue = if follow { VecDeque::new() } else { in_order(&shelf, &groups)? };
        let all = queue.iter().filter_map(|next| Some(next.plan.as_ref().ok()?.samples)).sum();
        Ok(Self {
            watch: follow.then(|| Watch::new(settle, None)),
            shelf,
            stream,
            block: settings.block,
            pace: settings.pace,
            pacer: Pacer::new(settings.pace.pace(), control),
            control: control.clone(),
            settle,
            queue,
            playing: None,
            checksum: None,
            from: None,
            offset: 0,
            seconds: 0.0,
            done: 0,
            all,
        })
    }

    fn origin(&mut self) -> Origin {
        let offset = self.offset;
        self.offset += 1;
        Origin { shard: 0, offset }
    }

    fn refuse(&mut self, place: String, reason: String, batch: &mut Vec<Input>) {
        let origin = self.origin();
        batch.push(Input::Refused(Refusal { origin, place, reason, bytes: vec![] }));
    }

    /// Starts the next recording.
    fn begin(&mut self, next: Next, batch: &mut Vec<Input>) -> Result<()> {
        let Next { recording, place, plan, odd } = next;
        let index = self.from.filter(|from| from.recording == recording).map_or(0, |from| from.index);
        // anomalies of a recording that was started before a restart were already reported
        if index == 0 && !odd.is_empty() {
            self.control.counters.contradicted.add(1);
            self.control.note(|| format!("{place}: {}", odd.join("; ")));
        }
        let plan = match plan {
            Ok(plan) => plan,
            Err(reason) => {
                self.refuse(place, reason, batch);
                return Ok(());
            }
        };
        if index >= plan.samples {
            self.done += plan.samples;
            return Ok(());
        }
        match self.shelf.open(&plan, index) {
            Ok(track) => {
                self.done += index;
                match &plan.checksum {
                    Some(claim) if claim.is_first && index == 0 => self.checksum = Some(claim.begin()),
                    // a recording that was started before a restart was partly read then
                    Some(claim) if !claim.is_first && index == 0 => {}
                    _ => self.checksum = None,
                }
                self.playing = Some(Playing { recording, place, plan, track, index });
            }
            Err(error) => match iq::fault(error) {
                Ok(fault) => {
                    let (at, plan, odd) = (place.clone(), Ok(plan), vec![]);
                    self.queue.push_front(Next { recording, place, plan, odd });
                    return Err(fault.at(at));
                }
                Err(error) => {
                    self.done += plan.samples;
                    let reason = match error.kind() {
                        std::io::ErrorKind::InvalidData => error.to_string(),
                        _ => format!("cannot be opened: {error}"),
                    };
                    self.refuse(place, reason, batch);
                }
            },
        }
        Ok(())
    }

    /// Reads a block, and returns its number of samples over all channels.
    fn read(&mut self, mut playing: Playing, batch: &mut Vec<Input>) -> Result<usize> {
        let Playing { recording, index, .. } = playing;
        let Plan { spec, samples: of, began, .. } = playing.plan;
        let frames = self.block.samples(spec.rate).clamp(1, LONGEST).min(of - index);
        let end = index + frames;
        let mut samples = vec![];
        if let Err(error) = playing.track.read(index, frames as usize, &mut samples) {
            match iq::fault(error) {
                // a fault of the store, not of this file
                Ok(fault) => {
                    let fault = fault.at(playing.place.clone());
                    self.playing = Some(playing);
                    return Err(fault);
                }
                Err(error) => {
                    self.done += of - index;
                    let reason = format!("cannot be read from sample {index} on: {error}");
                    self.refuse(playing.place, reason, batch);
                    return Ok(0);
                }
            }
        }
        self.sum_up(&mut playing, end == of);
        // a block is due at the time of its last sample
        self.seconds += self.pace.seconds(frames as f64 / spec.rate.0, frames as f64 / of as f64);
        self.pacer.wait(self.seconds);
        self.done += frames;
        let numbers = samples.len();
        let time = began.saturating_add((index as f64 * 1e6 / spec.rate.0).round() as i64);
        // check for non-finite samples only if there is one
        let odd = !all_finite(&samples);
        let block = Block { spec, recording, index, time, of, samples };
        match odd.then(|| block.check().err()).flatten() {
            Some(fault) => {
                let place = format!("{}, samples {index} to {}", playing.place, end - 1);
                self.refuse(place, fault.what().to_owned(), batch);
            }
            None => {
                let origin = self.origin();
                batch.push(Input::Datum(self.stream.clone(), origin, Data::Samples(block)));
            }
        }
        playing.index = end;
        self.playing = (end < of).then_some(playing);
        Ok(numbers)
    }

    /// Adds the samples that were read to the checksum of the file.
    fn sum_up(&mut self, playing: &mut Playing, is_over: bool) {
        let Some(checksum) = &mut self.checksum else { return };
        let summed = checksum.read(&mut playing.track).and_then(|()| match &playing.plan.checksum {
            Some(claim) if claim.is_last && is_over => {
                claim.contradicted(checksum, &mut playing.track).map(Some)
            }
            _ => Ok(None),
        });
        let place = &playing.place;
        match summed {
            Ok(None) => return,
            Ok(Some(odd)) => {
                if let Some(odd) = odd {
                    self.control.counters.contradicted.add(1);
                    self.control.note(|| format!("{place}: {odd}"));
                }
            }
            // bytes that are not samples cannot be read
            Err(error) => self.control.note(|| format!("{place}: core:sha512 was not verified: {error}")),
        }
        self.checksum = None;
    }

    /// Requests files that are complete by now.
    fn look(&mut self, batch: &mut Vec<Input>) -> Result<()> {
        let Some(watch) = &mut self.watch else { return Ok(()) };
        let mut seen = vec![];
        watch.next(&self.shelf, &mut seen).map_err(|error| {
            let listed = |error| Fault::new("the folder of recordings cannot be listed any more").why(error);
            iq::fault(error).unwrap_or_else(|error| listed(error).passing())
        })?;
        for seen in seen {
            match seen {
                Seen::Refuse(group, why) => self.refuse(group.place(), why.into(), batch),
                Seen::Take(group) => {
                    let mut found = self.shelf.plans(&group)?;
                    if found.plans.len() > 1 {
                        let why =
                            "contains several recordings, which cannot be numbered with follow = \"yes\"";
                        found.plans = vec![Err(why.into())];
                    }
                    let (place, recording) = (group.place(), group.number.unwrap_or(0));
                    let mut odd = found.odd;
                    let next = |plan| {
                        let odd = std::mem::take(&mut odd);
                        Next { recording, place: place.clone(), plan, odd }
                    };
                    self.queue.extend(found.plans.into_iter().map(next));
                }
            }
        }
        Ok(())
    }

    fn turn(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        let mut numbers = 0;
        loop {
            if let Some(playing) = self.playing.take() {
                numbers += self.read(playing, batch)?;
                if self.pacer.enough(numbers) {
                    return Ok(Turn::More);
                }
            } else if let Some(next) = self.queue.pop_front() {
                self.begin(next, batch)?;
            } else if self.watch.is_some() {
                self.look(batch)?;
                if self.queue.is_empty() {
                    if batch.is_empty() {
                        std::thread::sleep(WAIT);
                    }
                    return Ok(Turn::More);
                }
            } else {
                return Ok(Turn::End);
            }
            if self.control.stopping() {
                return Ok(Turn::More);
            }
        }
    }
}

impl Source for Player {
    fn next(&mut self, batch: &mut Vec<Input>) -> Result<Turn> {
        match self.turn(batch) {
            // a stop while waiting for a store is not an error
            Err(fault) if fault.is_passing() && self.control.stopping() => Ok(Turn::More),
            turn => turn,
        }
    }

    fn resume(&mut self, positions: &Positions) -> Result<()> {
        let Some(position) = positions.get(&0) else { return Ok(()) };
        self.offset = position.reached;
        let Some(resume) = position.resume.get(&*self.stream) else { return Ok(()) };
        let from = resume.next;
        self.from = Some(from);
        if self.watch.is_some() {
            self.watch = Some(Watch::new(self.settle, Some(from.recording)));
            return Ok(());
        }
        let before = self.queue.iter().take_while(|next| next.recording < from.recording).count();
        let passed = self.queue.drain(..before).filter_map(|next| Some(next.plan.ok()?.samples));
        self.done += passed.sum::<u64>();
        if from.index > 0 && self.queue.front().is_none_or(|next| next.recording != from.recording) {
            let Mark { recording, index } = from;
            self.control
                .note(|| format!("recording {recording} was read up to sample {index} and no longer exists"));
        }
        Ok(())
    }

    fn progress(&self) -> Option<(u64, u64)> {
        self.watch.is_none().then_some((self.done, self.all))
    }
}

/// The fault if there is no readable file; mentions files that other settings would read.
fn nothing(shelf: &Shelf) -> Fault {
    let fault = Fault::new("no file is a recording of this format and pattern");
    let names = shelf.store.names().unwrap_or_default();
    let some = |ends: &dyn Fn(&str) -> bool| names.iter().any(|name| ends(name));
    let sigmf =
        |name: &str| [".sigmf-meta", ".sigmf-data", ".sigmf"].iter().any(|e| without(name, e).is_some());
    match shelf.layout {
        Layout::Wav | Layout::Sigmf => fault.fix("check path, format and pattern"),
        _ if some(&sigmf) => fault.fix("set format = \"sigmf\", which matches the names of the files"),
        _ if some(&is_wav) => fault.fix("set format = \"wav\", which matches the names of the files"),
        _ => fault.fix("check path, format and pattern"),
    }
}

/// The recordings of all groups with their numbers, or counted if numbers are not unique.
fn in_order(shelf: &Shelf, groups: &[Group]) -> Result<VecDeque<Next>> {
    let found = groups.iter().map(|group| Ok((group, shelf.plans(group)?)));
    let mut found: Vec<(&Group, Found)> = found.collect::<Result<_>>()?;
    let mut numbers = HashSet::new();
    let numbered = found.iter().all(|(group, found)| {
        found.plans.len() == 1 && group.number.is_some_and(|number| numbers.insert(number))
    });
    if !numbered {
        found.sort_by(|(a, _), (b, _)| a.key.cmp(&b.key));
    }
    let mut queue = VecDeque::new();
    for (group, Found { plans, mut odd }) in found {
        for plan in plans {
            let recording = group.number.filter(|_| numbered).unwrap_or(queue.len() as i64);
            queue.push_back(Next { recording, place: group.place(), plan, odd: std::mem::take(&mut odd) });
        }
    }
    Ok(queue)
}
