//! Recordings in a store with range requests: few requests, and little memory.

mod wav;

use passband_signal::{Fault, RangedSource, Ranges, Recording};
use std::io;
use std::sync::{Arc, Mutex};
use wav::{Format, wav};

/// A store that records its requests.
#[derive(Clone)]
struct Counting {
    bytes: Arc<Vec<u8>>,
    requests: Arc<Mutex<Vec<(u64, usize)>>>,
}

impl Counting {
    fn new(bytes: Vec<u8>) -> Self {
        Self { bytes: Arc::new(bytes), requests: Arc::default() }
    }

    fn counted(&self) -> (usize, usize, usize) {
        let requests = self.requests.lock().unwrap();
        let sizes = requests.iter().map(|r| r.1);
        (requests.len(), sizes.clone().sum(), sizes.max().unwrap_or(0))
    }
}

impl Ranges for Counting {
    fn len(&self) -> u64 {
        self.bytes.len() as u64
    }
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        self.requests.lock().unwrap().push((offset, bytes.len()));
        let from = offset as usize;
        bytes.copy_from_slice(&self.bytes[from..from + bytes.len()]);
        Ok(())
    }
}

fn through(recording: &mut Recording) -> Vec<f32> {
    let (mut whole, mut block) = (Vec::new(), Vec::new());
    while recording.next_block(4096, &mut block).unwrap() > 0 {
        whole.extend_from_slice(&block);
    }
    whole
}

fn container(file: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/containers/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

#[test]
fn small_objects_are_one_or_two_requests() {
    for file in ["aac.m4a", "aac-front.m4a", "lame.mp3", "alac.caf", "flac.mkv", "flac.ogg", "mulaw.wav"] {
        let store = Counting::new(container(file));
        let mut from_store = Recording::read(Box::new(RangedSource::new(store.clone())), file).unwrap();
        let mut from_memory = Recording::read(Box::new(io::Cursor::new(container(file))), file).unwrap();
        assert!(through(&mut from_store) == through(&mut from_memory), "{file}");
        assert_eq!(store.counted().0, 1, "{file}: {:?}", store.requests);
    }
}

/// 38 MB: requests grow to 4 MiB, and no byte is requested twice.
#[test]
fn a_long_object_is_read_ahead_in_great_pieces() {
    let signal: Vec<f32> = (0..4_800_000).map(|i| ((i * 31) % 65_536) as f32 / 32_768.0 - 1.0).collect();
    let store = Counting::new(wav(Format::Float, 48_000, &[signal.clone(), signal.clone()]));
    let mut recording = Recording::read(Box::new(RangedSource::new(store.clone())), "long.wav").unwrap();
    let (mut frames, mut block) = (0, Vec::new());
    loop {
        let n = recording.next_block(10_000, &mut block).unwrap();
        if n == 0 {
            break;
        }
        assert!(block[..n] == signal[frames..frames + n]);
        frames += n;
    }
    let (requests, bytes, largest) = store.counted();
    assert_eq!((frames, bytes, largest), (4_800_000, store.bytes.len(), 4 << 20));
    assert!(requests <= 16, "{requests}");
    // a seek costs one small request, and does not read the bytes in between
    recording.seek(2_000_000).unwrap();
    assert_eq!(recording.next_block(10, &mut block).unwrap(), 10);
    assert!(block[..10] == signal[2_000_000..2_000_010]);
    assert!(store.counted().1 - bytes <= 128 << 10, "{:?}", store.requests);
}

/// An MP4 whose index follows 20 MB of audio data: reads the beginning, the end, and then the audio data once.
#[test]
fn an_index_at_the_end_is_sought_there() {
    let mut file = container("aac.m4a");
    let mdat = file.windows(4).position(|w| w == b"mdat").unwrap();
    let size = u32::from_be_bytes(file[mdat - 4..mdat].try_into().unwrap());
    // the box of the audio data is extended after its samples, so that their positions are unchanged
    let more = 20_000_000;
    file[mdat - 4..mdat].copy_from_slice(&(size + more).to_be_bytes());
    let end = mdat - 4 + size as usize;
    file.splice(end..end, std::iter::repeat_n(0, more as usize));
    let store = Counting::new(file);
    let mut recording = Recording::read(Box::new(RangedSource::new(store.clone())), "late.m4a").unwrap();
    assert_eq!(through(&mut recording).len(), 5000);
    let (requests, bytes, _) = store.counted();
    assert!(requests <= 4 && bytes < 1 << 20, "{:?}", store.requests);
}

#[test]
fn compressed_recordings_are_read_once_through() {
    let Some(data) = passband_testbed::passband_data() else { return };
    for file in [
        "flac-conformance/subset/45 - no total number of samples set.flac",
        "chords-and-codecs/s16_mono_22_5kHz.mp3",
        "containers/good/empty.ogg",
        "containers/good/alac.m4a",
    ] {
        let bytes = std::fs::read(data.join(file)).unwrap();
        let store = Counting::new(bytes.clone());
        let mut recording = Recording::read(Box::new(RangedSource::new(store.clone())), file).unwrap();
        let mut from_memory = Recording::read(Box::new(io::Cursor::new(bytes)), file).unwrap();
        assert!(through(&mut recording) == through(&mut from_memory), "{file}");
        let (requests, asked, _) = store.counted();
        println!("{file}: {} bytes in {requests} requests of {asked} bytes", store.bytes.len());
        assert!(requests <= 10 && asked <= store.bytes.len() + (256 << 10), "{file}: {:?}", store.requests);
    }
}

struct Away;

impl Ranges for Away {
    fn len(&self) -> u64 {
        1000
    }
    fn read_at(&self, _: u64, _: &mut [u8]) -> io::Result<()> {
        Err(io::Error::other(Fault::new("the store does not answer").fix("start it").passing()))
    }
}

/// The fault of a store is returned unchanged, including its transient flag.
#[test]
fn a_stores_own_fault_is_told() {
    let fault = Recording::read(Box::new(RangedSource::new(Away)), "s3://a/b.wav").err().unwrap();
    assert!(fault.is_passing() && fault.what() == "the store does not answer", "{fault}");
}
