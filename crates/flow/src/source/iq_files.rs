//! I/Q recordings from files without a container, as instruments write them.

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
    /// I/Q recordings from a folder of files, a bucket, or one file: pairs of I and Q files, interleaved numbers, SigMF,
    /// stereo WAV.
    ///
    /// Each file (pair, SigMF capture at a frequency of its own, channel of I/Q where SigMF has several) is a recording,
    /// named by the number in its name, and they come in the order of their numbers; of WAVs the number is the date and
    /// time in the name. Files without numbers, or with the same, come by name and are counted from 0. Folders in the
    /// folder are not entered, and a file with several names (links) is read once.
    ///
    /// Every whole sample is read: what a header claims and the bytes contradict (sizes, `core:sha512`), bytes after the
    /// last whole sample, and what one half of a pair has beyond the other are noted and counted as `contradicted`.
    /// Half a pair, a wrong `length`, a file of plain numbers that has a header (a WAV, an archive) and what cannot be
    /// read are refused by name, and the next file follows; a block that holds NaN or infinity is refused alone. Real
    /// samples in SigMF stay real, with their channels.
    pub struct IqFiles {
        /// The folder, or one file of it; or `s3://bucket/prefix` in an object store (S3, MinIO, Ozone, Ceph), and
        /// likewise `gs://` (Google) and `az://` (Azure).
        path: String,
        /// How the object store is reached, over what the environment says (`AWS_ACCESS_KEY_ID`,
        /// `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`, `AWS_ALLOW_HTTP`, and their like of `GOOGLE_` and
        /// `AZURE_`): `endpoint`, `region`, `allow_http` (plain http to another machine), `skip_signature` (a bucket
        /// that everybody may read), `timeout` of one request ("30 s"), `retry_timeout` ("20 s"; how long what may pass
        /// is tried again), and every other option of the crate object_store. Secrets are never printed.
        store: PassedOn,
        /// How the files are written. If it is not given: by the ending of `path` (`.wav`, `.sigmf-meta`, `.sigmf-data`,
        /// `.sigmf`, `.cf32`, `.ci16`, `.ci8`, `.cu8`), else `pairs`.
        format: Option<Layout>,
        /// Which files, by name: `{iq}` stands for `i` or `q`, `{number}` for digits, `*` for anything. For pairs
        /// `duck_{iq}_{number}.dat`, for WAV every file that ends so, else every file.
        pattern: Option<String>,
        /// Sample rate. For pairs 2 MHz; SigMF and WAV files tell their own.
        rate: Option<Hertz>,
        /// The frequency in the middle, that of the local oscillator. SigMF files tell their own, and WAVs in a chunk
        /// `auxi` or by their name.
        centre: Hertz = "0 Hz",
        /// The name of the stream; the beginning of the pattern of pairs ("duck"), else "iq".
        stream: Option<String>,
        /// Samples handed on together.
        block: Span = "30720 samples",
        /// Samples that a file must have; one with another length is refused.
        length: Option<Span>,
        /// How fast it comes: `real time`, `as fast as it goes`, or a time for each file such as `5 s a file`.
        pace: FilePace = "as fast as it goes",
        /// Whether to wait for more files. A file is taken when it has its `length`, or has not grown for `settle`. One
        /// that is not whole holds up those after it, until one of them is whole and both have rested for `settle`;
        /// then it is refused. A file that comes after one with a higher number is refused too. What is not whole when
        /// the pipeline stops is left for the next start.
        follow: Follow = "no",
        /// How long a file must not have grown to be taken as whole.
        settle: Duration = "1 s",
    }
}

crate::choice! {
    /// How I/Q files are written.
    pub enum Layout {
        /// Two files of the same number, one of I and one of Q: 32-bit floats, lowest byte first.
        Pairs = "pairs",
        /// I and Q in turn: 32-bit floats, lowest byte first.
        Cf32 = "cf32",
        /// I and Q in turn: 16-bit integers, lowest byte first; full scale is 32,768.
        Ci16 = "ci16",
        /// I and Q in turn: signed bytes; full scale is 128.
        Ci8 = "ci8",
        /// I and Q in turn: unsigned bytes; zero and full scale are 127.5.
        Cu8 = "cu8",
        /// SigMF: a description (.sigmf-meta) beside the samples (.sigmf-data), or both in an archive (.sigmf).
        Sigmf = "sigmf",
        /// WAV of two channels, I left and Q right, as HDSDR, SDR#, SDRuno and SDR++ record it; also RF64.
        Wav = "wav",
    }
}

crate::choice! {
    /// Whether to wait for more files.
    pub enum Follow {
        /// More files are waited for until the pipeline is stopped.
        Yes = "yes",
        /// The files that are there are all.
        No = "no",
    }
}

/// Endings of names that tell a format.
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
    /// Whether a recording is more than one file.
    fn is_split(self) -> bool {
        matches!(self, Layout::Pairs | Layout::Sigmf)
    }
}

impl IqFiles {
    /// How the files are written: as it is set, or as the path ends.
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
                Err(format!("'{text}' does not hold {{iq}} and {{number}}, which tell pairs"))
            }
            Layout::Pairs => Ok(Some(pattern)),
            _ if pattern.halves() => Err(format!("'{text}' holds {{iq}}, but only pairs have halves")),
            _ => Ok(Some(pattern)),
        }
    }
    /// The rate, if it is known before a file is opened.
    fn file_rate(&self) -> Option<Hertz> {
        self.rate.or((self.layout() == Layout::Pairs).then_some(Hertz(2e6)))
    }

    /// Opens it outside a pipeline, to be stopped by `control`.
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
        // one file of a pair, or a description, is read with its other half
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
            faults.push(place.fault("path", "is empty").fix("name a folder or a file"));
        }
        store::check(&self.path, &self.store, place, faults);
        if let Err(why) = self.name_pattern() {
            let fault = place.fault("pattern", "cannot be used").why(why);
            faults.push(fault.fix("write it like \"duck_{iq}_{number}.dat\""));
        }
        match self.file_rate() {
            None if !matches!(self.layout(), Layout::Sigmf | Layout::Wav) => {
                let fault = place.fault("rate", "is missing").why("these files do not tell it");
                faults.push(fault.fix("add the sample rate, such as rate = \"2 MHz\""));
            }
            Some(rate) if rate.0 <= 0.0 => {
                faults.push(place.fault("rate", "is 0 Hz").fix("set it to a rate such as \"2 MHz\""));
            }
            _ => {}
        }
        for (key, span) in [("block", Some(self.block)), ("length", self.length)] {
            if matches!(span, Some(Span::Samples(0))) {
                faults.push(place.fault(key, "is 0 samples").fix("give it at least 1 sample"));
            }
        }
    }

    fn open(&self, context: &Context) -> Result<Box<dyn Source>> {
        self.source(&context.control)
    }
}
