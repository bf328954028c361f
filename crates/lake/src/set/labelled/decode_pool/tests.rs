use super::*;
use crate::set::labelled::{BlobReader, content_key};
use passband_flow::config::{Node, Raw, Reader, Settings};
use std::path::Path;

/// Rows in memory, as a worker provides them.
struct Listed {
    shards: [Vec<ExampleRow>; 3],
}

impl Rows for Listed {
    fn count(&self, shard: &Shard) -> usize {
        self.shards[shard.number as usize].len()
    }
    fn rows(&self, shard: &Shard, from: usize, take: usize) -> Result<Vec<ExampleRow>> {
        let rows = &self.shards[shard.number as usize];
        assert!(!rows.iter().skip(from).take(take).any(|row| row.blob == "panic"), "as it was asked to");
        Ok(rows.iter().skip(from).take(take).cloned().collect())
    }
}

fn wav(value: i16, count: usize) -> Vec<u8> {
    let bytes = 2 * count as u32;
    let mut file = [b"RIFF", &(36 + bytes).to_le_bytes()[..], b"WAVEfmt \x10\0\0\0\x01\0\x01\0"].concat();
    file.extend([8000, 16_000_u32].iter().flat_map(|n| n.to_le_bytes()));
    file.extend(b"\x02\0\x10\0data");
    file.extend(bytes.to_le_bytes());
    file.extend((0..count).flat_map(|n| value.wrapping_add(n as i16).to_le_bytes()));
    file
}

fn settings(folder: &Path, threads: u32) -> Arc<Labelled> {
    let text = |value: String| Node { line: 1, value: Raw::Text(value) };
    let table = [
        ("path", "none.csv".to_owned()),
        ("blobs", folder.display().to_string()),
        ("threads", threads.to_string()),
        ("length", "100 samples".to_owned()),
        ("hop", "100 samples".to_owned()),
    ];
    let table = table.map(|(key, value)| (key.to_owned(), text(value)));
    let (node, mut faults) = (Node { line: 1, value: Raw::Table(table.into()) }, vec![]);
    let read = Labelled::read(&mut Reader::new("", "labelled", 1, &node, &mut faults));
    Arc::new(read.unwrap_or_else(|| panic!("{faults:?}")))
}

/// Rows of as many files, each with several examples, in three shards of which one is empty.
fn listed(folder: &Path, rows: usize) -> Listed {
    let settings = settings(folder, 1);
    let mut blobs = BlobReader::open(&settings.blobs, &settings.store, &Control::default()).unwrap();
    let mut row = |number: usize| {
        let blob = format!("{number}.wav");
        std::fs::write(folder.join(&blob), wav(number as i16, 100 * (1 + number % 4))).unwrap();
        let found = blobs.inspect(&blob, &settings.cut()).unwrap().unwrap();
        ExampleRow {
            number: number as u64,
            blob,
            label: -1,
            columns: vec![],
            first: 0,
            records: found.examples,
            content: content_key(found.content),
        }
    };
    let (some, others) = ((0..rows / 3).map(&mut row).collect(), (rows / 3..rows).map(row).collect());
    Listed { shards: [some, vec![], others] }
}

fn shards() -> Vec<Arc<Shard>> {
    let shard = |number| Shard { number, split: String::new(), index: number as u32, of: 3, examples: 0 };
    (0..3).map(|number| Arc::new(shard(number))).collect()
}

/// Shard, row and number of all examples, and the first sample of each.
fn all(rows: Listed, folder: &Path, threads: u32) -> Result<Vec<(i32, u64, u32, f32)>> {
    let mut feed =
        DecodePool::start(Arc::new(rows), settings(folder, threads), shards(), &Control::default());
    let mut given = vec![];
    while let Some(examples) = feed.next()? {
        given.extend(examples.into_iter().map(|one| {
            let audio = one.audio.unwrap();
            assert_eq!((audio.len(), one.rate.0, one.channels), (100, 8000.0, 1));
            (one.shard.number, one.row, one.piece, audio[0] * 32_768.0)
        }));
    }
    Ok(given)
}

#[test]
fn examples_come_in_the_order_of_their_shards_with_any_threads() {
    let folder = tempfile::tempdir().unwrap();
    let wanted: Vec<_> = (0..100_u64)
        .flat_map(|row| {
            let shard = if row < 33 { 0 } else { 2 };
            (0..1 + row as u32 % 4)
                .map(move |piece| (shard, row, piece, (row + 100 * u64::from(piece)) as f32))
        })
        .collect();
    for threads in [1, 2, 7] {
        let given = all(listed(folder.path(), 100), folder.path(), threads).unwrap();
        assert_eq!(given, wanted, "{threads} threads");
    }
}

#[test]
fn what_a_shard_has_of_a_row_is_given_and_no_more() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = listed(folder.path(), 12);
    let last = rows.shards[2].last_mut().unwrap();
    (last.first, last.records) = (1, 2);
    let given = all(rows, folder.path(), 2).unwrap();
    assert_eq!(given[given.len() - 2..], [(2, 11, 1, 111.0), (2, 11, 2, 211.0)]);
    assert_eq!(given[given.len() - 3].1, 10);
}

#[test]
fn a_thread_that_panics_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    for threads in [1, 3] {
        let mut rows = listed(folder.path(), 60);
        rows.shards[2][30].blob = "panic".into();
        let fault = all(rows, folder.path(), threads).unwrap_err();
        assert!(fault.to_string().contains("panicked\n  why: as it was asked to"), "{fault}");
    }
}

#[test]
fn a_blob_that_is_gone_or_changed_is_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let rows = listed(folder.path(), 60);
    std::fs::write(folder.path().join("40.wav"), wav(41, 100)).unwrap();
    let fault = all(rows, folder.path(), 2).unwrap_err();
    assert_eq!(fault.what(), "the blob 40.wav changed while the set was built");
    let rows = listed(folder.path(), 60);
    std::fs::remove_file(folder.path().join("40.wav")).unwrap();
    let fault = all(rows, folder.path(), 2).unwrap_err();
    assert_eq!(fault.what(), "the blob 40.wav cannot be read any more");
    let rows = listed(folder.path(), 60);
    let none = settings(&folder.path().join("none"), 2);
    let mut feed = DecodePool::start(Arc::new(rows), none, shards(), &Control::default());
    assert_eq!(feed.next().unwrap_err().what(), "the folder of blobs does not exist");
}

#[test]
fn it_stops_within_a_long_blob() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = listed(folder.path(), 3);
    // an hour of audio, of which only the end is needed
    let (head, size) = (wav(0, 0), 8000 * 3600 * 2_u32);
    let path = folder.path().join("0.wav");
    std::fs::write(
        &path,
        [&head[..4], &(36 + size).to_le_bytes(), &head[8..40], &size.to_le_bytes()].concat(),
    )
    .unwrap();
    std::fs::File::options().write(true).open(&path).unwrap().set_len(44 + u64::from(size)).unwrap();
    rows.shards[0][0].records = 288_000;
    let control = Control::default();
    let mut feed = DecodePool::start(Arc::new(rows), settings(folder.path(), 1), shards(), &control);
    assert_eq!(feed.next().unwrap().unwrap()[0].row, 0);
    control.stop();
    let mut more = 0;
    while let Some(examples) = feed.next().unwrap() {
        more += examples.len();
    }
    assert!(more < 100_000, "{more}");
}

/// A row with `samples` samples: one example, or examples of 100 samples.
fn large(folder: &Path, number: usize, samples: usize) -> ExampleRow {
    let blob = format!("{number}.wav");
    std::fs::write(folder.join(&blob), wav(number as i16, samples)).unwrap();
    let settings = settings(folder, 1);
    let mut blobs = BlobReader::open(&settings.blobs, &settings.store, &Control::default()).unwrap();
    let found = blobs.inspect(&blob, &whole().cut()).unwrap().unwrap();
    ExampleRow {
        number: number as u64,
        blob,
        label: 0,
        columns: vec![],
        first: 0,
        records: 1,
        content: content_key(found.content),
    }
}

fn whole() -> Labelled {
    let settings = settings(Path::new("."), 1);
    Labelled { length: None, hop: None, ..Labelled::clone(&settings) }
}

#[test]
fn what_is_alive_of_large_examples_is_bounded_and_comes_in_order() {
    const LARGEST: u64 = 40_000;
    let folder = tempfile::tempdir().unwrap();
    let all: Vec<_> =
        (0..60).map(|n| large(folder.path(), n, [40_000, 9000, 1, 25_000, 300][n % 5])).collect();
    for threads in [1, 2, 8] {
        let control = Control::default();
        let settings =
            Labelled { blobs: folder.path().display().to_string(), threads: Some(threads), ..whole() };
        let budget = {
            let all = 20_000 + LARGEST + SAMPLES as u64;
            MemoryBudget::of(all, 20_000, all, &control)
        };
        let rows = Listed { shards: [all[..20].to_vec(), vec![], all[20..].to_vec()] };
        let mut feed =
            DecodePool::within(budget.clone(), Arc::new(rows), Arc::new(settings), shards(), &control);
        let mut given = 0;
        std::thread::scope(|scope| {
            // a sink that receives examples through a bounded queue
            let (queue, taken) = sync_channel::<Example>(3);
            scope.spawn(move || taken.into_iter().for_each(drop));
            while let Some(examples) = feed.next().unwrap() {
                for example in examples {
                    assert_eq!(example.row, given);
                    assert_eq!(example.audio.as_ref().unwrap()[0] * 32_768.0, given as f32);
                    given += 1;
                    queue.send(example).unwrap();
                }
            }
        });
        assert_eq!(given, 60, "{threads} threads");
        assert!(budget.peak() <= 20_000 + LARGEST + SAMPLES as u64, "{threads} threads: {}", budget.peak());
        assert!(budget.peak() > LARGEST);
        assert_eq!(budget.alive(), 0);
    }
}

#[test]
fn one_who_waits_for_room_ends_with_a_stop_or_a_fault() {
    let folder = tempfile::tempdir().unwrap();
    let mut all: Vec<_> = (0..12).map(|n| large(folder.path(), n, 40_000)).collect();
    all[8].blob = "none.wav".into();
    for threads in [1, 2, 8] {
        for stops in [true, false] {
            let control = Control::default();
            let settings =
                Labelled { blobs: folder.path().display().to_string(), threads: Some(threads), ..whole() };
            let budget = {
                let all = 60_000 + SAMPLES as u64;
                MemoryBudget::of(all, 20_000, all, &control)
            };
            let rows = Listed { shards: [all.clone(), vec![], vec![]] };
            let mut feed =
                DecodePool::within(budget.clone(), Arc::new(rows), Arc::new(settings), shards(), &control);
            let first = feed.next().unwrap().unwrap();
            if stops {
                // the first examples are still held, so the other threads wait
                control.stop();
                while feed.next().unwrap().is_some() {}
                drop(first);
            } else {
                drop(first);
                let ended = std::iter::repeat_with(|| feed.next().map(drop)).find(|next| next.is_err());
                assert_eq!(ended.unwrap().unwrap_err().what(), "the blob none.wav cannot be read any more");
            }
            drop(feed);
            // waiting threads end and release their memory
            while Arc::strong_count(&budget) > 1 {
                std::thread::yield_now();
            }
            assert_eq!(budget.alive(), 0);
        }
    }
}
