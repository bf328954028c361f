//! Reads I/Q recordings from files without a container, as written by instruments.

mod checksum;
mod follow;
mod pace;
mod plan;
mod player;
mod shelf;

pub use pace::FilePace;

use crate::config::{PassedOn, Place};
use crate::data::{Kind, Stream};
use crate::part::{Context, Control, Reads, Source, SourcePlan};
use crate::store;
use passband_signal::iq::Pattern;
use passband_signal::{Duration, Fault, Hertz, Result, Span};
use player::Player;
use shelf::Shelf;

crate::settings! {
    /// Reads I/Q recordings from a folder of files, a bucket, or one file: pairs of I and Q files, interleaved samples,
    /// SigMF, stereo WAV.
    ///
    /// Each file (pair, SigMF capture at another frequency, I/Q channel of SigMF) is a recording, numbered by the number in
    /// its name, and recordings are read in the order of their numbers; for WAV files, the number is the date and time in
    /// the name. Files without numbers, or with equal numbers, are read by name and numbered from 0. Subfolders are not
    /// read, and a file with several names (links) is read once.
    ///
    /// All complete samples are read. Header fields that the data contradicts (sizes, `core:sha512`), bytes after the last
    /// complete sample, and the excess of one half of a pair are noted and counted as `contradicted`. A half pair, a wrong
    /// `length`, a file of raw samples that has a header (a WAV, an archive), and unreadable files are refused by name, and
    /// the next file follows; a block with NaN or infinity is refused alone. Real samples in SigMF stay real, with their
    /// channels.
    pub struct IqFiles {
        /// The folder, or one file of it; or `s3://bucket/prefix` in an object store (S3, MinIO, Ozone, Ceph), likewise `gs://`
        /// (Google) and `az://` (Azure).
        path: String,
        /// Options of the object store, which override the environment (`AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`,
        /// `AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_ALLOW_HTTP`, and the equivalents of `GOOGLE_` and `AZURE_`): `endpoint`,
        /// `region`, `allow_http` (unencrypted HTTP to another machine), `skip_signature` (a public bucket), `timeout` of one
        /// request ("30 s"), `retry_timeout` ("20 s"; how long transient errors are retried), and all other options of the
        /// crate object_store. Secrets are never printed.
        store: PassedOn,
        /// The format of the files. Default: by the extension of `path` (`.wav`, `.sigmf-meta`, `.sigmf-data`, `.sigmf`,
        /// `.cf32`, `.ci16`, `.ci8`, `.cu8`), otherwise `pairs`.
        format: Option<Layout>,
        /// The names of files to read: `{iq}` stands for `i` or `q`, `{number}` for digits, `*` for anything. Default: for
        /// pairs `duck_{iq}_{number}.dat`, for WAV all files with that extension, otherwise all files.
        pattern: Option<String>,
        /// Sample rate. Default for pairs: 2 MHz; SigMF and WAV files contain it.
        rate: Option<Hertz>,
        /// The centre frequency, that of the local oscillator. SigMF files contain it, and WAV files in a chunk `auxi` or in
        /// their name.
        centre: Hertz = "0 Hz",
        /// The name of the stream. Default: the start of the pattern of pairs ("duck"), otherwise "iq".
        stream: Option<String>,
        /// Samples per block.
        block: Span = "30720 samples",
        /// Number of samples that a file must have; others are refused.
        length: Option<Span>,
        /// The pace of reading: `real time`, `as fast as it goes`, or a time per file such as `5 s a file`.
        pace: FilePace = "as fast as it goes",
        /// Whether to wait for more files. A file is read when it has its `length`, or has not grown for `settle`. An incomplete
        /// file blocks those after it, until one of them is complete and both have not grown for `settle`; it is then refused.
        /// A file that arrives after one with a higher number is refused too. Files that are incomplete when the pipeline stops
        /// are left to the next start.
        follow: Follow = "no",
        /// A file that has not grown for this time is complete.
        settle: Duration = "1 s",
    }
}

crate::choice! {
    /// The format of I/Q files.
    pub enum Layout {
        /// Two files of the same number, one of I and one of Q: 32-bit floats, little-endian.
        Pairs = "pairs",
        /// I and Q interleaved: 32-bit floats, little-endian.
        Cf32 = "cf32",
        /// I and Q interleaved: 16-bit integers, little-endian; full scale is 32,768.
        Ci16 = "ci16",
        /// I and Q interleaved: signed bytes; full scale is 128.
        Ci8 = "ci8",
        /// I and Q interleaved: unsigned bytes; zero and full scale are 127.5.
        Cu8 = "cu8",
        /// SigMF: metadata (.sigmf-meta) with samples (.sigmf-data), or both in an archive (.sigmf).
        Sigmf = "sigmf",
        /// WAV of two channels, I left and Q right, as recorded by HDSDR, SDR#, SDRuno and SDR++; also RF64.
        Wav = "wav",
    }
}

crate::choice! {
    /// Whether to wait for more files.
    pub enum Follow {
        /// Waits until the pipeline is stopped.
        Yes = "yes",
        /// Reads the existing files.
        No = "no",
    }
}

/// Extensions that determine a format.
const ENDINGS: [(&str, Layout); 11] = [
    (".sigmf-meta", Layout::Sigmf),
    (".sigmf-data", Layout::Sigmf),
    (".sigmf-collection", Layout::Sigmf),
    (".sigmf", Layout::Sigmf),
    (".cf32", Layout::Cf32),
    (".cfile", Layout::Cf32),
    (".ci16", Layout::Ci16),
    (".cs16", Layout::Ci16),
    (".ci8", Layout::Ci8),
    (".cs8", Layout::Ci8),
    (".cu8", Layout::Cu8),
];

impl Layout {
    /// Whether a recording consists of several files.
    fn is_split(self) -> bool {
        matches!(self, Layout::Pairs | Layout::Sigmf)
    }
}

impl IqFiles {
    /// The format: as set, or by the extension of the path.
    fn layout(&self) -> Layout {
        let by_ending = || ENDINGS.iter().find(|(ending, _)| shelf::without(&self.path, ending).is_some());
        match self.format {
            Some(format) => format,
            None if shelf::is_wav(&self.path) => Layout::Wav,
            None => by_ending().map_or(Layout::Pairs, |(_, layout)| *layout),
        }
    }
    fn name_pattern(&self) -> Result<Option<Pattern>, String> {
        let usual = (self.layout() == Layout::Pairs).then_some("duck_{iq}_{number}.dat");
        let Some(text) = self.pattern.as_deref().or(usual) else { return Ok(None) };
        let pattern: Pattern = text.parse()?;
        match self.layout() {
            Layout::Pairs if !(pattern.halves() && pattern.numbers()) => {
                Err(format!("'{text}' does not contain {{iq}} and {{number}}, which identify pairs"))
            }
            Layout::Pairs => Ok(Some(pattern)),
            _ if pattern.halves() => Err(format!("'{text}' contains {{iq}}, but only pairs have halves")),
            _ => Ok(Some(pattern)),
        }
    }
    /// The rate, if it is known before a file is opened.
    fn file_rate(&self) -> Option<Hertz> {
        self.rate.or((self.layout() == Layout::Pairs).then_some(Hertz(2e6)))
    }

    /// Opens it outside a pipeline; `control` stops it.
    pub fn source(&self, control: &Control) -> Result<Box<dyn Source>> {
        let pattern = self.name_pattern().map_err(|why| Fault::new(why).at("pattern"))?;
        let usual = pattern.as_ref().filter(|_| self.layout() == Layout::Pairs).map(Pattern::prefix);
        let usual = usual.filter(|prefix| !prefix.is_empty()).unwrap_or("iq");
        let stream = Stream::from(self.stream.as_deref().unwrap_or(usual));
        let (store, only) = store::at(&self.path, &self.store, control)?;
        let shelf = Shelf {
            store,
            only,
            layout: self.layout(),
            pattern,
            rate: self.file_rate(),
            centre: self.centre,
            length: self.length,
        };
        Ok(Box::new(Player::open(self, shelf, stream, control)?))
    }
}

impl SourcePlan for IqFiles {
    fn gives(&self) -> Kind {
        Kind::Samples
    }
    fn reads(&self) -> Vec<Reads> {
        let (path, pattern) = (self.path.clone(), self.name_pattern().ok().flatten());
        let (sigmf, wav) = (self.layout() == Layout::Sigmf, self.layout() == Layout::Wav);
        let meant = move |name: &str| match &pattern {
            Some(pattern) => pattern.read(name).is_some(),
            None if sigmf => name.to_ascii_lowercase().contains(".sigmf"),
            None if wav => shelf::is_wav(name),
            None => !name.starts_with('.'),
        };
        // one file of a pair, or metadata, is read together with its counterpart
        let parent = std::path::Path::new(&path).parent().map(|folder| folder.display().to_string());
        let parent = parent.map(|folder| if folder.is_empty() { ".".to_owned() } else { folder });
        let path = match parent {
            Some(folder) if self.layout().is_split() && std::path::Path::new(&path).is_file() => folder,
            _ => path,
        };
        vec![Reads::Files(path, Box::new(meant))]
    }
    fn ends(&self) -> bool {
        self.follow == Follow::No
    }
    fn resumes(&self) -> bool {
        true
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if self.path.is_empty() {
            faults.push(place.fault("path", "is empty").fix("set path to a folder or a file"));
        }
        store::check(&self.path, &self.store, place, faults);
        if let Err(why) = self.name_pattern() {
            let fault = place.fault("pattern", "cannot be used").why(why);
            faults.push(fault.fix("write it like \"duck_{iq}_{number}.dat\""));
        }
        match self.file_rate() {
            None if !matches!(self.layout(), Layout::Sigmf | Layout::Wav) => {
                let fault = place.fault("rate", "is missing").why("these files do not contain it");
                faults.push(fault.fix("add the sample rate, such as rate = \"2 MHz\""));
            }
            Some(rate) if rate.0 <= 0.0 => {
                faults.push(place.fault("rate", "is 0 Hz").fix("set it to a rate such as \"2 MHz\""));
            }
            _ => {}
        }
        for (key, span) in [("block", Some(self.block)), ("length", self.length)] {
            if matches!(span, Some(Span::Samples(0))) {
                faults.push(place.fault(key, "is 0 samples").fix("set it to at least 1 sample"));
            }
        }
    }

    fn open(&self, context: &Context) -> Result<Box<dyn Source>> {
        self.source(&context.control)
    }
}
