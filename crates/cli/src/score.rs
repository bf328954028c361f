//! `passband score`: writes the notes and rests, chords, beats and key of a recording to a file for music programs.

use crate::print::{self, Print};
use clap::Args;
use passband_dsp::music::{MusicAnalyzer, MusicResult, Stage};
use passband_flow::Control;
use passband_flow::config::PassedOn;
use passband_flow::part::is_one_file;
use passband_flow::store::Directory;
use passband_plot::score::{SCORE_FORMATS, Score as Found, ScoreFormat};
use passband_signal::{Fault, Recording, Result, mean_of_channels};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// `passband score`
#[derive(Args)]
pub struct Score {
    /// The recording.
    pub file: PathBuf,
    /// The score to write; its extension selects the format: .mid, .json, .jams, .lab (chords), .beats or .txt
    /// (Audacity labels).
    #[arg(long, short)]
    pub output: PathBuf,
}

pub fn score(what: &Score, print: Print) -> ExitCode {
    let writer = match writer_of(&what.output).and_then(|writer| keeps(what).map(|()| writer)) {
        Ok(writer) => writer,
        Err(fault) => return print::faulty(&[fault], print),
    };
    let done = read(&what.file).and_then(|found| {
        let (place, name) =
            Directory::of(&what.output.to_string_lossy(), &PassedOn::default(), &Control::default())?;
        // an empty score must not replace an earlier one
        if !(writer.holds)(&found) && place.size(&name)?.is_some() {
            let why = format!("an empty score would replace {}", what.output.display());
            let fault = Fault::new(format!("nothing was found in {}", what.file.display()));
            return Err(fault.why(why).fix("name another file, or remove that one first"));
        }
        place.put(&name, &(writer.write)(&found))?;
        Ok(found)
    });
    match done {
        Ok(found) => {
            if !print.quiet && !print.json {
                print::say(told(&found, &what.output));
            }
            ExitCode::SUCCESS
        }
        Err(fault) => {
            print::fault(&fault, print.json);
            ExitCode::FAILURE
        }
    }
}

fn told(found: &Found, output: &Path) -> String {
    let MusicResult { rhythm, harmony, notes, .. } = &found.music;
    let key = harmony.keys.first().map_or("no key".into(), ToString::to_string);
    let counts =
        format!("{} notes, {} chords, {} beats", notes.len(), harmony.chords.len(), rhythm.beats.len());
    format!("{}: {counts}, {key}", output.display())
}

fn writer_of(output: &Path) -> Result<&'static ScoreFormat> {
    let ending = output.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    ScoreFormat::of(ending).ok_or_else(|| {
        let names: Vec<_> = SCORE_FORMATS.iter().map(|format| format!(".{}", format.extension)).collect();
        let fault = Fault::new(format!("the extension of {} is not that of a format", output.display()));
        fault.at("--output").fix(format!("use one of {}", names.join(", ")))
    })
}

/// Refuses an output that is the same file as the input.
fn keeps(what: &Score) -> Result<()> {
    if !is_one_file(&what.file, &what.output) {
        return Ok(());
    }
    let fault = Fault::new(format!("the recording {} would be overwritten", what.output.display()));
    Err(fault.at("--output").fix("choose another file"))
}

/// Reads and analyses a recording block by block. The mean of several channels is analysed.
fn read(path: &Path) -> Result<Found> {
    let mut recording = Recording::open(path)?;
    let spec = recording.spec();
    let stages = [Stage::Rhythm, Stage::Harmony, Stage::Melody];
    let mut analyzer = MusicAnalyzer::new(spec.rate.0, &stages).map_err(|why| {
        let fault = Fault::new(format!("{} cannot be measured", path.display())).why(why);
        fault.fix("resample it to 22050 or 44100 Hz")
    })?;
    let (mut block, mut mean) = (vec![], vec![]);
    loop {
        let frames = recording.next_block(4096, &mut block)?;
        if frames == 0 {
            break;
        }
        mean_of_channels(&block[..spec.channels * frames], spec.channels, &mut mean);
        analyzer.push(&mean);
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    Ok(Found { name, rate_hz: spec.rate.0, music: analyzer.finish() })
}
