//! Intact sets that are unsuitable for training.

use super::*;

#[test]
fn what_is_wrong_with_sounds_is_warned_of() {
    let audio = |samples: &[f32]| Tensor::waveform(1, Hertz(8000.0), samples.to_vec()).unwrap();
    let noise: Vec<f32> = (0..50).map(|n| (n as f32).sin() * 0.3).collect();
    let mut with_nan = noise.clone();
    with_nan[7] = f32::NAN;
    let mut clipped = noise.clone();
    clipped[10..14].fill(-1.0);
    let quiet: Vec<f32> = noise.iter().map(|x| x / 1000.0).collect();
    let shards = vec![
        vec![with(0, audio(&noise)), with(1, audio(&with_nan)), with(2, audio(&clipped))],
        vec![
            with(3, audio(&quiet)),
            with(4, audio(&[0.0; 40])),
            with(5, audio(&[0.0; 40])),
            with(6, audio(&noise)),
        ],
        vec![with(7, audio(&quiet[1..]))],
    ];
    for format in FORMATS {
        let report = Set::new(format, &[("", shards.clone())]).report();
        assert!(report.is_good(), "{report}");
        let end = format.extension();
        for text in [
            format!("1 record is not finite; the first is digits--00000.{end}, record 1"),
            format!(
                "1 record is clipped; the first is digits--00000.{end}, record 2: 4 samples at full scale"
            ),
            format!("4 records are silent (below -60 dBFS); the first is digits--00001.{end}, record 0"),
            format!(
                "1 record is identical to an earlier one in the split; the first are digits--00000.{end}, record 0"
            ),
            "shards of the set have 1 to 4 records".to_owned(),
        ] {
            assert!(warned(&report, &text), "no {text:?} in {report}");
        }
        assert_eq!(report.warnings.len(), 5, "{report}");
    }
}

#[test]
fn identical_audio_in_two_splits_is_an_error() {
    let again = |number: usize| {
        let mut again = Record::new("999999");
        for (name, feature) in record(number, 300).features() {
            let feature = if name == "label" { 1.into() } else { feature.clone() };
            again.push(name, feature).unwrap();
        }
        again
    };
    let shard = |numbers: std::ops::Range<usize>| numbers.map(|n| record(n, 300)).collect::<Vec<_>>();
    for format in FORMATS {
        let mut test = shard(6..9);
        test.push(again(4));
        let set = Set::new(format, &[("train", vec![shard(0..6)]), ("test", vec![test])]);
        let report = set.report();
        let fault = error(&report);
        assert_eq!(fault.what(), "identical audio is in split 'train' and split 'test'");
        let end = format.extension();
        let place = format!("digits-train-00000.{end}, record 4 and digits-test-00000.{end}, record 3");
        assert_eq!(fault.place(), place);
        assert!(report.to_string().ends_with("not good: 1 error"));
        let json: Value = serde_json::from_str(&report.to_json()).unwrap();
        assert_eq!((&json["good"], &json["errors"][0]["at"]), (&false.into(), &place.into()));
    }
}

#[test]
fn labels_out_of_balance_or_missing() {
    // 12 of label 0, one of label 1, none of 2
    let numbers = (0..12).map(|n| 3 * n).chain([1]);
    let shard: Vec<_> = numbers.map(|n| record(n, 100)).collect();
    let report = Set::new(ShardFormat::TfRecord, &[("train", vec![shard])]).report();
    assert!(report.is_good());
    assert!(warned(&report, "'ant' has 12 records, 'bee' 1 (12 times)"), "{report}");
    assert!(warned(&report, "1 of 3 labels do not occur in split 'train': cow"), "{report}");
}

#[test]
fn features_in_place_of_the_waveform_are_heard_too() {
    let features = |number: usize| {
        let mut record = Record::new(format!("{number:03}"));
        let values = (0..12).map(|n| (n * (number + 1)) as f32 * 9.0).collect();
        record.push("log_mel", Tensor::new(vec![4, 3], values).unwrap()).unwrap();
        record.push("label", 1).unwrap();
        record
    };
    for format in FORMATS {
        let set =
            Set::new(format, &[("a", vec![vec![features(0), features(1)]]), ("b", vec![vec![features(1)]])]);
        let report = set.report();
        assert_eq!(error(&report).what(), "identical audio is in split 'a' and split 'b'");
        assert_eq!((report.frames.range(), report.micros.count()), (Some((4, 4)), 0));
        assert!(!warned(&report, "clipped"));
    }
}
