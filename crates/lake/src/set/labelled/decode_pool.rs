//! A pool of threads that decode the examples, in the order of the plan.

mod chunks;

use super::Labelled;
use super::blobs::BlobReader;
use super::example_spec::ExampleSpec;
use super::memory_budget::{MemoryBudget, Reservation};
use chunks::{Chunk, Chunks, SAMPLES};
use passband_flow::Control;
use passband_flow::data::{Example, ExampleRow, Rows, Shard};
use passband_signal::{Fault, Result};
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

/// A message of a decoding thread.
enum Decoded {
    Examples(Vec<Example>),
    /// The last examples of a chunk.
    Last(Vec<Example>),
    Failed(Fault),
}

/// Decodes shards in order: each thread takes the next chunk of rows.
pub struct DecodePool {
    /// Receivers of the chunks' examples, in order.
    chunks: Receiver<Receiver<Decoded>>,
    now: Option<Receiver<Decoded>>,
    chunk: usize,
    budget: Arc<MemoryBudget>,
    control: Control,
}

/// State shared by the threads.
struct Shared {
    rows: Arc<dyn Rows>,
    settings: Arc<Labelled>,
    chunks: Mutex<(Chunks, SyncSender<Receiver<Decoded>>)>,
    budget: Arc<MemoryBudget>,
    control: Control,
}

impl DecodePool {
    /// Starts the threads for these shards.
    pub fn start(
        rows: Arc<dyn Rows>,
        settings: Arc<Labelled>,
        shards: Vec<Arc<Shard>>,
        control: &Control,
    ) -> Self {
        Self::within(MemoryBudget::new(control), rows, settings, shards, control)
    }

    fn within(
        budget: Arc<MemoryBudget>,
        rows: Arc<dyn Rows>,
        settings: Arc<Labelled>,
        shards: Vec<Arc<Shard>>,
        control: &Control,
    ) -> Self {
        let threads = settings.thread_count();
        // each thread may be one chunk ahead
        let (order, chunks) = sync_channel(threads);
        let next = Mutex::new((Chunks::new(&*rows, shards), order));
        let control = control.clone();
        let work = Arc::new(Shared {
            rows,
            settings,
            chunks: next,
            budget: budget.clone(),
            control: control.clone(),
        });
        for _ in 0..threads {
            let work = work.clone();
            std::thread::spawn(move || work.run());
        }
        Self { chunks, now: None, chunk: 0, budget, control }
    }

    /// The next examples; `None` at the end, or if the pipeline was stopped.
    pub fn next(&mut self) -> Result<Option<Vec<Example>>> {
        loop {
            let Some(now) = &self.now else {
                let Ok(next) = self.chunks.recv() else { return Ok(None) };
                self.now = Some(next);
                continue;
            };
            match now.recv() {
                Ok(Decoded::Examples(examples)) => return Ok(Some(examples)),
                Ok(Decoded::Last(examples)) => {
                    self.now = None;
                    self.chunk += 1;
                    self.budget.chunk(self.chunk);
                    if !examples.is_empty() {
                        return Ok(Some(examples));
                    }
                }
                Ok(Decoded::Failed(fault)) => return Err(fault),
                Err(_) if self.control.stopping() => return Ok(None),
                Err(_) => return Err(Fault::new("a decoding thread ended before its rows were decoded")),
            }
        }
    }
}

impl Drop for DecodePool {
    fn drop(&mut self) {
        self.budget.close();
    }
}

/// The fault of a thread that panicked.
pub fn panicked(panic: &(dyn Any + Send)) -> Fault {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default();
    Fault::new("a decoding thread panicked").why(text).fix("report it with the list and the blob")
}

impl Shared {
    /// The loop of one thread.
    fn run(&self) {
        let mut blobs = None;
        while let Some((chunk, give)) = self.take() {
            let decode = || self.decode(&chunk, &mut blobs, &give);
            let ended = catch_unwind(AssertUnwindSafe(decode));
            match ended.unwrap_or_else(|panic| Err(panicked(&*panic))) {
                Ok(Some(samples)) => self.chunks().0.done(chunk.rows, samples),
                Ok(None) => return,
                Err(fault) => {
                    let _ = give.send(Decoded::Failed(fault));
                    return;
                }
            }
        }
    }

    fn chunks(&self) -> std::sync::MutexGuard<'_, (Chunks, SyncSender<Receiver<Decoded>>)> {
        self.chunks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The next chunk, and the channel for its examples.
    fn take(&self) -> Option<(Chunk, SyncSender<Decoded>)> {
        let mut chunks = self.chunks();
        let chunk = chunks.0.next()?;
        let (give, fed) = sync_channel(2);
        // sent while holding the lock, so that chunks are queued in order
        chunks.1.send(fed).ok()?;
        Some((chunk, give))
    }

    /// Decodes a chunk and returns its number of samples; `None` if the receiver is gone or the pipeline was
    /// stopped.
    fn decode(
        &self,
        chunk: &Chunk,
        blobs: &mut Option<BlobReader>,
        give: &SyncSender<Decoded>,
    ) -> Result<Option<usize>> {
        let Self { settings, control, .. } = self;
        let blobs = match blobs {
            Some(blobs) => blobs,
            None => blobs.insert(BlobReader::open(&settings.blobs, &settings.store, control)?),
        };
        blobs.share(Reservation::new(&self.budget, chunk.number));
        let cut = settings.cut();
        let (mut examples, mut samples, mut all) = (Vec::with_capacity(chunk.rows), 0, 0);
        for row in self.rows.rows(&chunk.shard, chunk.from, chunk.rows)? {
            let mut more = true;
            decode(blobs, &cut, &chunk.shard, row, &mut |example, count| {
                examples.push(example);
                (samples, all) = (samples + count, all + count);
                if samples >= SAMPLES {
                    samples = 0;
                    more = give.send(Decoded::Examples(std::mem::take(&mut examples))).is_ok();
                }
                more && !control.stopping()
            })?;
            if !more || control.stopping() {
                return Ok(None);
            }
        }
        Ok(give.send(Decoded::Last(examples)).is_ok().then_some(all))
    }
}

/// Decodes the examples of a row.
fn decode(
    blobs: &mut BlobReader,
    cut: &ExampleSpec,
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
