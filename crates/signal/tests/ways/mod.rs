//! Reads a recording in all possible ways, which must agree.

use passband_signal::{Limits, RangedSource, Ranges, ReadOnlySource, Recording, Remark, Result, read_all};
use std::io::{self, Cursor, Read};
use std::time::Duration;

pub const LIMITS: Limits = Limits { samples: 8 << 20, time: Some(Duration::from_secs(60)) };

/// The result of reading a recording.
#[allow(dead_code)] // each test uses a part of it
#[derive(Debug)]
pub struct Outcome {
    pub rate: f64,
    pub channels: usize,
    /// Interleaved samples; gaps are replaced by silence.
    pub samples: Vec<f32>,
    pub damaged: u64,
    pub remarks: Vec<Remark>,
    /// The error at which reading ended, if any.
    pub end: Result<()>,
}

#[allow(dead_code)]
impl Outcome {
    pub fn frames(&self) -> usize {
        self.samples.len() / self.channels.max(1)
    }

    pub fn contradicted(&self) -> usize {
        self.remarks.iter().filter(|remark| matches!(remark, Remark::Contradicted(_))).count()
    }
}

struct Memory(Vec<u8>);

impl Ranges for Memory {
    fn len(&self) -> u64 {
        self.0.len() as u64
    }
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        bytes.copy_from_slice(&self.0[offset as usize..offset as usize + bytes.len()]);
        Ok(())
    }
}

/// A pipe that returns few bytes per call.
struct Trickle(Cursor<Vec<u8>>, usize);

impl Read for Trickle {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.1 = self.1 % 4000 + 333;
        let n = bytes.len().min(self.1);
        self.0.read(&mut bytes[..n])
    }
}

/// Reads all blocks.
pub fn through(opened: Result<Recording>) -> Outcome {
    let mut recording = match opened {
        Ok(recording) => recording,
        Err(fault) => {
            return Outcome {
                rate: 0.0,
                channels: 0,
                samples: vec![],
                damaged: 0,
                remarks: vec![],
                end: Err(fault),
            };
        }
    };
    let spec = recording.spec();
    let (mut samples, mut block) = (Vec::new(), Vec::new());
    let end = loop {
        match recording.next_block(4096, &mut block) {
            Ok(0) => break Ok(()),
            Err(fault) => break Err(fault),
            Ok(n) => {
                let at = recording.index() as usize * spec.channels;
                samples.resize(at.max(samples.len()), 0.0);
                samples
                    .extend((0..n * spec.channels).map(|i| block[i % spec.channels * n + i / spec.channels]));
            }
        }
    };
    let (damaged, remarks) = (recording.damaged(), recording.remarks());
    Outcome { rate: spec.rate.0, channels: spec.channels, samples, damaged, remarks, end }
}

fn bits(samples: &[f32]) -> impl Iterator<Item = u32> {
    samples.iter().map(|x| x.to_bits())
}

/// Reads a recording from a file, a pipe and a store, and at once; all results must be equal.
pub fn read(bytes: &[u8], name: &str) -> Outcome {
    let open = |source| Recording::read_within(LIMITS, source, name);
    let file = through(open(Box::new(Cursor::new(bytes.to_vec()))));
    let pipe = through(open(Box::new(ReadOnlySource::new(Trickle(Cursor::new(bytes.to_vec()), 0)))));
    let store = through(open(Box::new(RangedSource::new(Memory(bytes.to_vec())))));
    for (way, other) in [("a pipe", &pipe), ("a store", &store)] {
        assert_eq!(other.end, file.end, "{name} from {way}");
        assert_eq!(other.frames(), file.frames(), "{name} from {way}");
        assert!(bits(&other.samples).eq(bits(&file.samples)), "{name} from {way}");
        assert_eq!((other.damaged, &other.remarks), (file.damaged, &file.remarks), "{name} from {way}");
    }
    let mut samples = Vec::new();
    match read_all(bytes, name, &LIMITS, &mut samples) {
        Ok(format) => {
            assert!(file.end.is_ok(), "{name} at once: {:?}", file.end);
            assert_eq!((format.rate, format.channels), (file.rate, file.channels), "{name} at once");
            assert_eq!((format.damaged, &format.remarks), (file.damaged, &file.remarks), "{name} at once");
            assert_eq!(format.frames as usize, file.frames(), "{name} at once");
        }
        Err(fault) => assert_eq!(Err(fault), file.end, "{name} at once"),
    }
    if file.channels > 0 && !file.end.as_ref().is_err_and(|fault| fault.what().contains("longer than")) {
        assert!(bits(&samples).eq(bits(&file.samples)), "{name} at once: {} samples", samples.len());
    }
    file
}
