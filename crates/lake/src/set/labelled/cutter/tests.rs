use super::*;
use crate::set::labelled::resample::Resamplers;
use crate::set::labelled::{Normalise, Short};
use passband_signal::Span;

const WHOLE: ExampleSpec = ExampleSpec {
    length: None,
    hop: None,
    short: Short::Pad,
    channels: None,
    rate: None,
    normalise: Normalise::No,
    min: None,
    max: None,
};

/// Cuts a recording that is pushed in blocks of `block` frames.
fn pieces(
    cut: &ExampleSpec,
    of: RecordingFormat,
    samples: &[f32],
    block: usize,
    records: Option<Range<u32>>,
) -> Vec<ExampleAudio> {
    let all = cut.examples((samples.len() / of.channels) as u64, of) as u32;
    let mut resamplers = Resamplers::default();
    let resampler =
        cut.resampled(of).map(|(from, to)| resamplers.get(from, to, Cutter::cut_channels(cut, of)).unwrap());
    let records = records.unwrap_or(0..all);
    let mut cutter = Cutter::new(cut, of, records.clone(), resampler);
    let mut given = vec![];
    let mut give = |piece, sound| {
        given.push((piece, sound));
        Ok(())
    };
    for block in samples.chunks(block * of.channels) {
        cutter.push(block, &mut give).unwrap();
    }
    cutter.finish(&mut give).unwrap();
    assert!(given.iter().map(|(piece, _)| *piece).eq(records));
    given.into_iter().map(|(_, sound)| sound).collect()
}

/// Cuts a recording that is pushed as a whole.
fn at_once(
    cut: &ExampleSpec,
    of: RecordingFormat,
    samples: &[f32],
    records: Option<Range<u32>>,
) -> Vec<ExampleAudio> {
    let all = cut.examples((samples.len() / of.channels) as u64, of) as u32;
    let (mut given, mut samples) = (vec![], samples.to_vec());
    let mut cutter = Cutter::new(cut, of, records.unwrap_or(0..all), None);
    let mut give = |_, sound| {
        given.push(sound);
        Ok(())
    };
    cutter.push_whole(&mut samples, &mut give).unwrap();
    cutter.finish(&mut give).unwrap();
    given
}

#[test]
fn pieces_hold_what_lies_at_their_place() {
    let of = RecordingFormat { rate: 8000.0, channels: 2 };
    for (frames, length, hop) in [
        (10, 4, 2),
        (11, 4, 2),
        (11, 4, 4),
        (3, 4, 2),
        (4, 4, 1),
        (9, 4, 7),
        (6, 4, 7),
        (30, 2, 11),
        (1, 1, 1),
    ] {
        let samples: Vec<f32> = (0..2 * frames).map(|n| n as f32 + 1.0).collect();
        for short in [Short::Pad, Short::Drop] {
            let cut = ExampleSpec {
                length: Some(Span::Samples(length)),
                hop: Some(Span::Samples(hop)),
                short,
                ..WHOLE
            };
            let all = pieces(&cut, of, &samples, usize::MAX / 2, None);
            for (number, piece) in all.iter().enumerate() {
                let from = (2 * number as u64 * hop) as usize;
                let there = &samples[from..(from + 2 * length as usize).min(samples.len())];
                assert!(!there.is_empty() && piece.samples.starts_with(there));
                assert_eq!(piece.samples.len(), 2 * length as usize);
                assert!(piece.samples[there.len()..].iter().all(|x| *x == 0.0));
                assert!(short == Short::Pad || there.len() == piece.samples.len());
            }
            if hop <= length && short == Short::Pad {
                assert!(samples.iter().all(|x| all.iter().any(|piece| piece.samples.contains(x))));
            }
            assert_eq!(at_once(&cut, of, &samples, None), all, "{frames} {length} {hop}");
            for block in [1, 3, 7] {
                assert_eq!(pieces(&cut, of, &samples, block, None), all, "{frames} {length} {hop} {block}");
            }
            for from in 0..all.len() {
                let some = pieces(&cut, of, &samples, 3, Some(from as u32..all.len() as u32));
                assert_eq!(some, all[from..]);
                assert_eq!(at_once(&cut, of, &samples, Some(from as u32..all.len() as u32)), some);
            }
        }
    }
}

#[test]
fn a_beginning_is_cropped_or_padded() {
    let of = RecordingFormat { rate: 8000.0, channels: 1 };
    let cut = ExampleSpec { length: Some(Span::Samples(3)), ..WHOLE };
    assert_eq!(pieces(&cut, of, &[1.0, 2.0, 3.0, 4.0], 1, None)[0].samples, [1.0, 2.0, 3.0]);
    assert_eq!(pieces(&cut, of, &[1.0, 2.0], 1, None)[0].samples, [1.0, 2.0, 0.0]);
    assert!(pieces(&ExampleSpec { short: Short::Drop, ..cut }, of, &[1.0, 2.0], 1, None).is_empty());
    assert_eq!(pieces(&WHOLE, of, &[1.0, 2.0], 1, None)[0].samples, [1.0, 2.0]);
    let mut whole = vec![1.0, 2.0];
    let place = whole.as_ptr();
    let mut moved = false;
    let mut give = |_, sound: ExampleAudio| {
        moved = (sound.samples.as_ptr(), &sound.samples[..]) == (place, &[1.0, 2.0]);
        Ok(())
    };
    let mut cutter = Cutter::new(&WHOLE, of, 0..1, None);
    cutter.push_whole(&mut whole, &mut give).unwrap();
    cutter.finish(&mut give).unwrap();
    assert!(moved);
}

#[test]
fn one_channel_is_the_mean_and_many_are_one() {
    let mono = ExampleSpec { channels: Some(1), ..WHOLE };
    let two = RecordingFormat { rate: 8000.0, channels: 2 };
    assert_eq!(pieces(&mono, two, &[1.0, 0.5, -1.0, 0.0], 1, None)[0].samples, [0.75, -0.5]);
    let one = RecordingFormat { rate: 8000.0, channels: 1 };
    let stereo = ExampleSpec {
        channels: Some(2),
        normalise: Normalise::Peak,
        length: Some(Span::Samples(3)),
        ..WHOLE
    };
    let sound = &pieces(&stereo, one, &[1.0, 0.5], 1, None)[0];
    assert_eq!((sound.channels, &sound.samples[..]), (2, &[1.0, 1.0, 0.5, 0.5, 0.0, 0.0][..]));
}

#[test]
fn what_is_resampled_is_the_same_whatever_the_blocks() {
    let of = RecordingFormat { rate: 44_100.0, channels: 2 };
    let samples: Vec<f32> = (0..2 * 30_000).map(|n| (n as f32 * 0.01).sin()).collect();
    let cut = ExampleSpec {
        rate: Some(16_000),
        length: Some(Span::Samples(4000)),
        hop: Some(Span::Samples(1500)),
        ..WHOLE
    };
    let all = pieces(&cut, of, &samples, 30_000, None);
    // 30,000 frames are resampled to 10,884; the last example overlaps the previous one
    assert_eq!(all.len(), 6);
    assert_eq!(pieces(&cut, of, &samples, 777, None), all);
    assert_eq!(pieces(&cut, of, &samples, 777, Some(3..5)), all[3..5]);
    let whole = &pieces(&ExampleSpec { length: None, hop: None, ..cut }, of, &samples, 777, None)[0];
    assert_eq!(whole.samples.len(), 2 * 10_884);
    assert_eq!(whole.samples[2 * 1500..2 * 5500], all[1].samples);
}
