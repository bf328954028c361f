//! Recordings found in practice (`cases` next to the folder of `PASSBAND_DATA`): the samples are correct for every way
//! of reading.

mod ways;

use std::path::PathBuf;
use ways::read;

fn cases() -> Option<PathBuf> {
    let folder = passband_testbed::passband_data()?.parent()?.join("cases/recordings");
    if !folder.is_dir() {
        println!("skipped: there is no folder {}", folder.display());
        return None;
    }
    Some(folder)
}

#[test]
fn every_case_gives_its_samples() {
    let Some(folder) = cases() else { return };
    // frames, channels, number of claims that contradict the bytes
    for (file, frames, channels, contradicted) in [
        ("vbr_loud_quiet.mp3", 1_324_800, 1, 0),
        // only the audible samples, without the encoder's delay and padding
        ("cat.mp3", 88_200, 1, 0),
        // 40 frames of 1152 without the delay of 1105; the padding is not removed
        ("xing_frames0.mp3", 44_975, 1, 1),
        ("info_crc.mp3", 44_100, 1, 0),
        ("two_wavs.wav", 4000, 1, 0),
        ("arecord_pipe.wav", 4000, 1, 1),
        ("data0_riffbig.wav", 4000, 1, 1),
        ("vorbis6_tones.ogg", 88_200, 6, 0),
        ("id3v1_end.flac", 44_100, 1, 0),
        ("minblock0.flac", 44_100, 1, 1),
        ("logic_fl32.aif", 1000, 2, 0),
        ("id3_empty.aiff", 1000, 2, 0),
        ("form_size0.aiff", 1000, 2, 0),
    ] {
        let outcome = read(&std::fs::read(folder.join(file)).unwrap(), file);
        println!("{file}: {} frames, {:?}", outcome.frames(), outcome.remarks);
        assert_eq!(outcome.end, Ok(()), "{file}");
        assert_eq!((outcome.frames(), outcome.channels, outcome.damaged), (frames, channels, 0), "{file}");
        assert_eq!(outcome.contradicted(), contradicted, "{file}: {:?}", outcome.remarks);
    }
}

#[test]
fn aac_of_more_than_two_channels_is_refused_in_plain_words() {
    let Some(folder) = cases() else { return };
    let outcome = read(&std::fs::read(folder.join("m51.m4a")).unwrap(), "m51.m4a");
    let text = outcome.end.unwrap_err().to_string();
    assert!(text.contains("AAC of 6 channels; AAC-LC of one or two channels is decoded"), "{text}");
}

/// The amplitude of a frequency in a channel.
fn amplitude(samples: &[f32], channels: usize, channel: usize, rate: f64, hertz: f64) -> f64 {
    let (mut re, mut im, mut n) = (0.0, 0.0, 0.0);
    for (i, x) in samples.iter().skip(channel).step_by(channels).enumerate() {
        let turn = std::f64::consts::TAU * hertz * i as f64 / rate;
        (re, im, n) = (re + f64::from(*x) * turn.cos(), im + f64::from(*x) * turn.sin(), n + 1.0);
    }
    2.0 * f64::hypot(re, im) / n
}

#[test]
fn the_tones_of_six_channels_stay_apart() {
    let Some(folder) = cases() else { return };
    let file = "vorbis6_tones.ogg";
    let outcome = read(&std::fs::read(folder.join(file)).unwrap(), file);
    // front left and right, centre, LFE (whose tone is above its range and removed by the encoder), rear
    let tones = [Some(300), Some(700), Some(500), None, Some(1100), Some(1300)];
    for (channel, hertz) in tones.iter().enumerate().filter_map(|(channel, hertz)| Some((channel, (*hertz)?)))
    {
        for other in 0..6 {
            let loud = amplitude(&outcome.samples, 6, other, outcome.rate, f64::from(hertz));
            let right = if other == channel { (0.29..0.31).contains(&loud) } else { loud < 0.01 };
            assert!(right, "{hertz} Hz of channel {channel} in {other}: {loud}");
        }
    }
}
