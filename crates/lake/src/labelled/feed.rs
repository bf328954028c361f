//! Examples in the order of the plan, decoded by several threads.

mod turns;

use super::Labelled;
use super::blobs::Blobs;
use super::cut::Cut;
use super::room::{Room, Share};
use passband_flow::Control;
use passband_flow::data::{Example, ExampleRow, Rows, Shard};
use passband_signal::{Fault, Result};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use turns::{SAMPLES, Turn, Turns};

/// What a thread hands over.
enum Fed {
    Examples(Vec<Example>),
    /// The rows of its turn are done with these.
    Last(Vec<Example>),
    Failed(Fault),
}

/// One shard after the other: each thread decodes the next turn of rows that nobody has.
pub struct Feed {
    /// Where each turn comes from, in their order.
    turns: Receiver<Receiver<Fed>>,
    now: Option<Receiver<Fed>>,
    turn: usize,
    room: Arc<Room>,
    control: Control,
}

/// What the threads share.
struct Work {
    rows: Arc<dyn Rows>,
    settings: Arc<Labelled>,
    turns: Mutex<(Turns, SyncSender<Receiver<Fed>>)>,
    room: Arc<Room>,
    control: Control,
}

impl Feed {
    /// Starts the threads, for these shards.
    pub fn start(
        rows: Arc<dyn Rows>,
        settings: Arc<Labelled>,
        shards: Vec<Arc<Shard>>,
        control: &Control,
    ) -> Self {
        Self::within(Room::new(control), rows, settings, shards, control)
    }

    fn within(
        room: Arc<Room>,
        rows: Arc<dyn Rows>,
        settings: Arc<Labelled>,
        shards: Vec<Arc<Shard>>,
        control: &Control,
    ) -> Self {
        let threads = settings.threads();
        // each may be one turn ahead
        let (order, turns) = sync_channel(threads);
        let next = Mutex::new((Turns::new(&*rows, shards), order));
        let control = control.clone();
        let work =
            Arc::new(Work { rows, settings, turns: next, room: room.clone(), control: control.clone() });
        for _ in 0..threads {
            let work = work.clone();
            std::thread::spawn(move || work.run());
        }
        Self { turns, now: None, turn: 0, room, control }
    }

    /// The next examples; none at the end, and when it was stopped.
    pub fn next(&mut self) -> Result<Option<Vec<Example>>> {
        loop {
            let Some(now) = &self.now else {
                let Ok(next) = self.turns.recv() else { return Ok(None) };
                self.now = Some(next);
                continue;
            };
            match now.recv() {
                Ok(Fed::Examples(examples)) => return Ok(Some(examples)),
                Ok(Fed::Last(examples)) => {
                    self.now = None;
                    self.turn += 1;
                    self.room.turn(self.turn);
                    if !examples.is_empty() {
                        return Ok(Some(examples));
                    }
                }
                Ok(Fed::Failed(fault)) => return Err(fault),
                Err(_) if self.control.stopping() => return Ok(None),
                Err(_) => return Err(Fault::new("a thread that decodes ended before its rows did")),
            }
        }
    }
}

impl Drop for Feed {
    fn drop(&mut self) {
        self.room.close();
    }
}

/// The fault of a thread that panicked.
pub fn panicked(panic: &(dyn Any + Send)) -> Fault {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Fault::new("a thread that decodes gave up")
        .why(text)
        .fix("report it, with the list and the blob, if you can")
}

impl Work {
    /// One thread's work.
    fn run(&self) {
        let mut blobs = None;
        while let Some((turn, give)) = self.take() {
            let decode = || self.decode(&turn, &mut blobs, &give);
            let ended = catch_unwind(AssertUnwindSafe(decode));
            match ended.unwrap_or_else(|panic| Err(panicked(&*panic))) {
                Ok(Some(samples)) => self.turns().0.done(turn.rows, samples),
                Ok(None) => return,
                Err(fault) => {
                    let _ = give.send(Fed::Failed(fault));
                    return;
                }
            }
        }
    }

    fn turns(&self) -> std::sync::MutexGuard<'_, (Turns, SyncSender<Receiver<Fed>>)> {
        self.turns.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next turn, and where its examples go.
    fn take(&self) -> Option<(Turn, SyncSender<Fed>)> {
        let mut turns = self.turns();
        let turn = turns.0.next()?;
        let (give, fed) = sync_channel(2);
        // while one waits here, so do those that would come after it
        turns.1.send(fed).ok()?;
        Some((turn, give))
    }

    /// How many samples the turn had; none if nothing is wanted any more.
    fn decode(
        &self,
        turn: &Turn,
        blobs: &mut Option<Blobs>,
        give: &SyncSender<Fed>,
    ) -> Result<Option<usize>> {
        let Self { settings, control, .. } = self;
        let blobs = match blobs {
            Some(blobs) => blobs,
            None => blobs.insert(Blobs::open(&settings.blobs, &settings.store, control)?),
        };
        blobs.share(Share::new(&self.room, turn.number));
        let cut = settings.cut();
        let (mut examples, mut samples, mut all) = (Vec::with_capacity(turn.rows), 0, 0);
        for row in self.rows.rows(&turn.shard, turn.from, turn.rows)? {
            let mut more = true;
            decode(blobs, &cut, &turn.shard, row, &mut |example, count| {
                examples.push(example);
                (samples, all) = (samples + count, all + count);
                if samples >= SAMPLES {
                    samples = 0;
                    more = give.send(Fed::Examples(std::mem::take(&mut examples))).is_ok();
                }
                more && !control.stopping()
            })?;
            if !more || control.stopping() {
                return Ok(None);
            }
        }
        Ok(give.send(Fed::Last(examples)).is_ok().then_some(all))
    }
}

/// The examples of a row, each with its samples.
fn decode(
    blobs: &mut Blobs,
    cut: &Cut,
    shard: &Arc<Shard>,
    row: ExampleRow,
    give: &mut dyn FnMut(Example, usize) -> bool,
) -> Result<()> {
    let ExampleRow { number, blob, label, columns, first, records, content } = row;
    blobs.pieces(&blob, cut, first..first + records, content, &mut |piece, sound| {
        let (rate, channels, samples) = (sound.rate, sound.channels, sound.samples.len());
        let example = Example {
            shard: shard.clone(),
            row: number,
            piece,
            name: blob.as_str().into(),
            label,
            columns: columns.clone(),
            rate,
            channels,
            audio: Some(sound.shared()),
            features: vec![],
        };
        give(example, samples)
    })
}

#[cfg(test)]
mod tests;
