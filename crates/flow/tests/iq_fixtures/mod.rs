//! I/Q files as programs write them, by formula: WAV files of receivers, SigMF and its archives; and a reader.
#![allow(dead_code)]

use passband_flow::Control;
use passband_flow::config::PassedOn;
use passband_flow::data::{Data, Input};
use passband_flow::part::{Source, Turn};
use passband_flow::source::iq_files::{FilePace, Follow, IqFiles, Layout};
use passband_flow::source::pace::Pace;
use passband_signal::{Block, Duration, Fault, Hertz, Span};
use std::path::Path;
use std::sync::{Arc, Mutex};

pub fn settings(path: &str, format: Option<Layout>) -> IqFiles {
    IqFiles {
        path: path.into(),
        store: PassedOn::default(),
        format,
        pattern: None,
        rate: None,
        centre: Hertz(5e9),
        stream: None,
        block: Span::Samples(1000),
        length: None,
        pace: FilePace::Signal(Pace::Fast),
        follow: Follow::No,
        settle: Duration(0.1),
    }
}

/// The data read from a source.
#[derive(Default)]
pub struct Given {
    pub blocks: Vec<Block>,
    pub refused: Vec<String>,
    pub notes: Vec<String>,
    pub contradicted: u64,
}

impl Given {
    pub fn add(&mut self, batch: Vec<Input>) {
        for input in batch {
            match input {
                Input::Datum(_, _, Data::Samples(block)) => self.blocks.push(block),
                Input::Refused(refusal) => {
                    assert!(!refusal.reason.is_empty() && !refusal.place.is_empty());
                    self.refused.push(format!("{}: {}", refusal.place, refusal.reason));
                }
                other => panic!("{other:?}"),
            }
        }
    }
    /// Number, samples, rate and centre of each recording; checks that blocks are contiguous up to the declared length.
    pub fn recordings(&self) -> Vec<(i64, u64, f64, Option<f64>)> {
        let mut all: Vec<(i64, u64, f64, Option<f64>)> = vec![];
        for block in &self.blocks {
            let (rate, centre) = (block.spec.rate.0, block.spec.centre.map(|centre| centre.0));
            if block.index == 0 {
                all.push((block.recording, 0, rate, centre));
            }
            let last = all.last_mut().unwrap();
            assert_eq!((block.recording, block.index, rate, centre), *last);
            last.1 = block.end();
            assert!(block.end() <= block.of);
        }
        all
    }
    /// Total number of samples.
    pub fn samples(&self) -> usize {
        self.blocks.iter().map(Block::frames).sum()
    }
    /// The only recording, by channel.
    pub fn channel(&self, channel: usize) -> Vec<f32> {
        self.blocks.iter().flat_map(|block| block.channel(channel).to_vec()).collect()
    }
    /// Everything that must not depend on where the files are; modification times do.
    pub fn content(&self) -> Vec<(i64, u64, u64, Vec<u32>)> {
        let content = |block: &Block| {
            let bits = block.samples.iter().map(|x| x.to_bits()).collect();
            (block.recording, block.index, block.of, bits)
        };
        self.blocks.iter().map(content).collect()
    }
}

pub fn listening() -> (Control, Arc<Mutex<Vec<String>>>) {
    let notes = Arc::new(Mutex::new(vec![]));
    let into = notes.clone();
    (Control::with_notes(move |note| into.lock().unwrap().push(note)), notes)
}

/// Reads a source to its end.
pub fn try_all_of(settings: &IqFiles) -> Result<Given, Fault> {
    let (control, notes) = listening();
    let mut source: Box<dyn Source> = settings.source(&control)?;
    let mut given = Given::default();
    loop {
        let mut batch = vec![];
        let turn = source.next(&mut batch)?;
        given.add(batch);
        if turn == Turn::End {
            break;
        }
    }
    let (done, all) = source.progress().unwrap();
    assert_eq!(done, all);
    given.notes = notes.lock().unwrap().clone();
    given.contradicted = control.counters.contradicted.get();
    Ok(given)
}

pub fn all_of(settings: &IqFiles) -> Given {
    try_all_of(settings).unwrap()
}

pub fn of(path: &Path, format: Option<Layout>) -> Given {
    all_of(&settings(&path.to_string_lossy(), format))
}

/// I and Q of sample `n`, in steps representable in 8 bits.
pub fn value(n: usize) -> [f32; 2] {
    [(n % 200) as f32 - 100.0, 100.0 - (n % 199) as f32].map(|x| x / 128.0)
}

pub fn cf32(samples: usize) -> Vec<u8> {
    (0..samples).flat_map(value).flat_map(f32::to_le_bytes).collect()
}

pub fn ci16(samples: usize) -> Vec<u8> {
    (0..samples).flat_map(value).flat_map(|x| ((x * 32768.0) as i16).to_le_bytes()).collect()
}

/// Whether every recording holds the samples of [`value`].
pub fn is_right(given: &Given, samples: usize) -> bool {
    [0, 1].iter().all(|c| given.channel(*c) == (0..samples).map(|n| value(n)[*c]).collect::<Vec<_>>())
}

pub const CAPTURE: &str =
    r#"{"core:sample_start": 0, "core:frequency": 1e8, "core:datetime": "2026-03-01T12:00:00Z"}"#;

/// A SigMF description of complex floats at 1 MHz.
pub fn meta(global: &str, captures: &str) -> String {
    let comma = if global.is_empty() { "" } else { ", " };
    format!(
        "{{\"global\": {{\"core:datatype\": \"cf32_le\", \"core:sample_rate\": 1e6, \"core:version\": \"1.2.0\"{comma}{global}}}, \
         \"captures\": [{captures}], \"annotations\": []}}"
    )
}

/// A tar header.
pub fn header(name: &str, size: &[u8], kind: u8) -> Vec<u8> {
    let mut head = vec![0; 512];
    let (prefix, name) = match name.len() > 100 {
        true => name.rsplit_once('/').unwrap(),
        false => ("", name),
    };
    head[..name.len()].copy_from_slice(name.as_bytes());
    head[345..345 + prefix.len()].copy_from_slice(prefix.as_bytes());
    head[100..107].copy_from_slice(b"0000644");
    head[124..124 + size.len()].copy_from_slice(size);
    head[156] = kind;
    head[257..265].copy_from_slice(b"ustar\x0000");
    head[148..156].fill(b' ');
    let sum: u32 = head.iter().map(|b| u32::from(*b)).sum();
    head[148..155].copy_from_slice(format!("{sum:06o}\0").as_bytes());
    head
}

/// A tar member with its padding.
pub fn member(name: &str, bytes: &[u8]) -> Vec<u8> {
    let mut all = header(name, format!("{:011o}", bytes.len()).as_bytes(), b'0');
    all.extend_from_slice(bytes);
    all.resize(all.len().next_multiple_of(512), 0);
    all
}

pub fn tar(members: &[Vec<u8>]) -> Vec<u8> {
    [members.concat(), vec![0; 1024]].concat()
}

/// A WAV file: chunks before the samples, the sizes that its header claims, and the bytes that follow.
pub struct Wav {
    pub tag: u16,
    pub bits: u16,
    pub channels: u16,
    pub rate: u32,
    pub before: Vec<u8>,
    pub samples: Vec<u8>,
    pub claimed: Option<u32>,
    pub behind: Vec<u8>,
}

pub fn chunk(name: &str, body: &[u8]) -> Vec<u8> {
    let mut all = [name.as_bytes(), &(body.len() as u32).to_le_bytes(), body].concat();
    all.resize(all.len().next_multiple_of(2), 0);
    all
}

/// The chunk `auxi` as HDSDR, SDR#, SDRuno and SpectraVue write it: 2026-03-01 12:00:00.250, and a frequency.
pub fn auxi(centre: u32) -> Vec<u8> {
    let time = [2026u16, 3, 0, 1, 12, 0, 0, 250].map(u16::to_le_bytes).concat();
    let mut body = [time.clone(), time, centre.to_le_bytes().to_vec()].concat();
    body.resize(164, 0);
    chunk("auxi", &body)
}

impl Wav {
    pub fn of(samples: usize) -> Self {
        Self {
            tag: 1,
            bits: 16,
            channels: 2,
            rate: 192_000,
            before: auxi(1_200_000),
            samples: ci16(samples),
            claimed: None,
            behind: vec![],
        }
    }
    pub fn bytes(&self) -> Vec<u8> {
        let frame = self.channels * self.bits / 8;
        let format = [self.tag.to_le_bytes(), self.channels.to_le_bytes()].concat();
        let format =
            [format, self.rate.to_le_bytes().to_vec(), (self.rate * u32::from(frame)).to_le_bytes().into()];
        let format = [format.concat(), frame.to_le_bytes().into(), self.bits.to_le_bytes().into()].concat();
        let size = self.claimed.unwrap_or(self.samples.len() as u32);
        let data = [b"data".to_vec(), size.to_le_bytes().into(), self.samples.clone()].concat();
        let body = [b"WAVE".to_vec(), chunk("fmt ", &format), self.before.clone(), data, self.behind.clone()]
            .concat();
        let riff = self.claimed.map_or(body.len() as u32, |size| size.saturating_add(36));
        [b"RIFF".to_vec(), riff.to_le_bytes().into(), body].concat()
    }
}
