//! The transform `plot`: a picture of each recording.

use crate::measure::{HOP, Measure};
use crate::{picture, raster, svg};
use base64::Engine;
use passband_dsp::music::Stage;
use passband_flow::config::Place;
use passband_flow::data::{Data, FileInfo, Kind, Mark};
use passband_flow::part::{Cut, Passes, Start, Takes, Transform, TransformPlan};
use passband_signal::{Block, Fault, Result, SignalSpec};
use std::sync::Arc;

passband_flow::settings! {
    /// A picture of each recording, as librosa's `specshow` draws them: spectrogram over log frequency, mel
    /// spectrogram, MFCC, chroma with chords, onset strength with beats, and tempogram.
    ///
    /// Several channels are averaged and resampled to 22,050 Hz. In a long recording, each column shows the maximum of
    /// several frames, so that memory is bounded. Levels are relative to the maximum of the recording, down to -80 dB.
    /// The picture is 7.5 inches wide, with texts of 8 pt and larger.
    pub struct Plot {
        /// The resolution of the PNG in dots per inch.
        dpi: u32 = "200",
    }
}

passband_flow::record! {
    /// A picture of a recording. The message key is the name of the stream.
    pub struct Picture("pictures", "Picture", streams) {
        /// Names the recording, as in Samples; in a folder, by its number.
        recording: i64 as name,
        /// When the last sample was taken.
        time: i64 as time,
        /// The picture as SVG.
        svg: String,
        /// The picture as PNG, in base64.
        png: String,
    } with {
        fn numbers(&self) -> usize {
            (self.svg.len() + self.png.len()) / 4
        }
    }
}

impl TransformPlan for Plot {
    fn takes(&self) -> Takes<'_> {
        Takes::Rows(&[Kind::Samples], self)
    }
    fn gives(&self) -> Kind {
        Picture::KIND
    }
    fn describes_files(&self) -> bool {
        true
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        if !(36..=1200).contains(&self.dpi) {
            let fault = place.fault("dpi", format!("is {}, outside of 36 to 1200", self.dpi));
            faults.push(fault.fix("set it to 200, or 300 for print"));
        }
    }
}

impl Start for Plot {
    fn start(&self) -> Result<Box<dyn Transform>> {
        Ok(Box::new(Plotter { dpi: f64::from(self.dpi), file: None, open: None, mean: vec![] }))
    }
}

struct Plotter {
    dpi: f64,
    /// Metadata of the file of the next recording.
    file: Option<Arc<FileInfo>>,
    open: Option<Open>,
    /// The mean of the channels.
    mean: Vec<f32>,
}

/// The current recording.
struct Open {
    spec: SignalSpec,
    recording: i64,
    measure: Box<Measure>,
    first: u64,
    /// Index and time of the end of the last block.
    end: u64,
    time: i64,
}

impl Open {
    fn new(block: &Block) -> Result<Open> {
        let measure = Measure::new(block.spec, &[Stage::Rhythm, Stage::Harmony], HOP).map_err(|why| {
            let fault = Fault::new(format!("a signal of {} cannot be drawn", block.spec.rate)).why(why);
            fault.fix("resample it to 22050 or 44100 Hz")
        })?;
        let (spec, recording, first) = (block.spec, block.recording, block.index);
        Ok(Open { spec, recording, measure: Box::new(measure), first, end: first, time: block.time })
    }
}

impl Transform for Plotter {
    fn begin(&mut self, file: &Arc<FileInfo>, _: Passes) {
        self.file = Some(file.clone());
    }
    fn take(&mut self, cut: Cut<'_>, _: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        let Cut::Row(Data::Samples(block)) = cut else { return Ok(()) };
        let known =
            |open: &Open| (open.spec, open.recording, open.end) == (block.spec, block.recording, block.index);
        let open = match self.open.take().filter(known) {
            Some(open) => self.open.insert(open),
            None => self.open.insert(Open::new(&block)?),
        };
        block.mean(&mut self.mean);
        open.measure.push(&self.mean);
        (open.end, open.time) = (block.end(), block.time_of(block.end()));
        Ok(())
    }
    fn restart(&mut self) {
        self.open = None;
    }
    fn pending(&self) -> Option<Mark> {
        self.open.as_ref().map(|open| Mark { recording: open.recording, index: open.first })
    }
    fn close(&mut self, _: i64, give: &mut dyn FnMut(Data) -> Result<()>) -> Result<()> {
        let (file, Some(open)) = (self.file.take(), self.open.take()) else { return Ok(()) };
        let path = file.map_or(String::new(), |file| file.path.clone());
        let name = path.rsplit(['/', '\\']).next().filter(|name| !name.is_empty());
        let name = name.map_or_else(|| format!("recording {}", open.recording), str::to_owned);
        let drawing = picture::draw(&name, &open.measure.finish());
        let png = base64::engine::general_purpose::STANDARD.encode(raster::write(&drawing, self.dpi));
        let (recording, time) = (open.recording, open.time);
        give(Data::row(Picture { recording, time, svg: svg::write(&drawing), png }))
    }
}
