//! Damage anywhere in a shard is detected, without a panic.

use super::*;
use passband_signal::{Hertz, Result};

const FORMATS: [ShardFormat; 4] = [
    ShardFormat::TfRecord,
    ShardFormat::TfRecordGzip { level: 6 },
    ShardFormat::Parquet,
    ShardFormat::WebDataset,
];

/// A record with every kind of feature; each number gives a different record.
fn record(number: i64) -> Record {
    let mut record = Record::new(format!("{number:06}"));
    let samples = (0..10 * number).map(|n| (n % 7) as f32 / 8.0).collect();
    let features: [(&str, Feature); 7] = [
        ("speaker", format!("spéaker {number}").into()),
        ("label", number.into()),
        ("audio", Tensor::waveform(1, Hertz(8000.0), samples).unwrap().into()),
        ("image", Tensor::new(vec![2, 1, 2], vec![1.0, f32::NAN, -0.0, number as f32]).unwrap().into()),
        ("ints", (0..number).map(|n| n - 1).collect::<Vec<i64>>().into()),
        ("floats", (0..number).map(|n| n as f32 / 4.0).collect::<Vec<f32>>().into()),
        ("raw", vec![number as u8; number as usize].into()),
    ];
    for (name, feature) in features {
        record.push(name, feature).unwrap();
    }
    record
}

fn schema() -> Schema {
    Schema::of(&[&record(0), &record(1), &record(2)]).unwrap()
}

fn shard(format: ShardFormat, records: impl IntoIterator<Item = Record>) -> (Vec<u8>, Written) {
    let mut file = vec![];
    let mut writer = format.open(&schema(), &mut file).unwrap();
    records.into_iter().for_each(|record| writer.add(&record).unwrap());
    let written = writer.finish().unwrap();
    (file, written)
}

/// All readable records, and the places of the damaged ones.
fn read(file: &[u8]) -> (Vec<Vec<u8>>, Vec<String>) {
    let (mut records, mut faults) = (vec![], vec![]);
    let mut shard = TfRecords::new(file).unwrap();
    loop {
        match shard.next() {
            Ok(Some(bytes)) => records.push(bytes.to_vec()),
            Ok(None) => return (records, faults),
            Err(fault) => faults.push(fault.place().to_owned()),
        }
    }
}

#[test]
fn same_records_same_bytes() {
    // if one of these changes, a new version writes shards with different bytes: mention it in the changelog
    let sums = [0x533f_2e18, 0x5541_c761, 0x506e_2449, 0x7c1b_c3e0];
    for (format, sum) in FORMATS.into_iter().zip(sums) {
        let (first, written) = shard(format, (0..30).map(record));
        let (second, again) = shard(format, (0..30).map(record));
        assert!(first == second, "{format:?}");
        assert_eq!(written, again);
        assert_eq!((written.records, written.bytes), (30, first.len() as u64), "{format:?}");
        assert_eq!(written.crc32c, crc::crc32c(&first), "{format:?}");
        assert_eq!(written.crc32c, sum, "{format:?}: {:#010x}", written.crc32c);
        let (other, _) = shard(format, (0..31).map(record));
        assert!(first != other, "{format:?}");
    }
}

#[test]
fn examples_come_back() {
    for number in [0, 1, 5, 300] {
        let record = record(number);
        let mut bytes = vec![];
        example::encode(&record, &mut bytes);
        let mut example = example::Example::default();
        assert_eq!(example.measure(&record), bytes.len());
        let read = example::decode(&bytes).unwrap();
        assert_eq!(read.features().len(), record.features().len());
        for ((name, feature), (read_name, read)) in record.features().zip(read.features()) {
            assert_eq!(name, read_name);
            match (feature, read) {
                (Feature::Tensor(tensor), Feature::Bytes(bytes)) => {
                    let read = tensor::decode(bytes).unwrap();
                    assert_eq!(read.shape(), tensor.shape());
                    let bits =
                        |tensor: &Tensor| tensor.values().iter().map(|x| x.to_bits()).collect::<Vec<_>>();
                    assert_eq!(bits(&read), bits(tensor));
                }
                (Feature::Text(text), Feature::Bytes(bytes)) => assert_eq!(text.as_bytes(), bytes),
                _ => assert_eq!(feature, read, "{name}"),
            }
        }
    }
}

#[test]
fn gzip_has_no_time_in_it_and_reads_as_plain() {
    let (plain, _) = shard(FORMATS[0], (0..30).map(record));
    let (gzip, _) = shard(FORMATS[1], (0..30).map(record));
    assert_eq!(gzip[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
    assert_eq!(read(&gzip), read(&plain));
    assert_eq!(read(&plain).0.len(), 30);
}

#[test]
fn a_plain_shard_that_begins_as_gzip_does_is_plain() {
    // the length of this record begins with the magic bytes of GZIP
    let mut record = Record::new("0");
    record.push("raw", vec![0u8; 0x8b1f - 25]).unwrap();
    let (file, _) = shard(FORMATS[0], [record]);
    assert_eq!(file[..2], [0x1f, 0x8b]);
    assert_eq!(read(&file).0.len(), 1);
}

#[test]
fn every_flipped_bit_is_found_in_its_record() {
    let (file, _) = shard(FORMATS[0], (0..3).map(record));
    let (whole, none) = read(&file);
    assert!(none.is_empty() && whole.len() == 3);
    let starts: Vec<usize> = whole
        .iter()
        .scan(0, |start, record| {
            *start += record.len() + 16;
            Some(*start - record.len() - 16)
        })
        .collect();
    for place in 0..file.len() {
        let mut file = file.clone();
        file[place] ^= 1 << (place % 8);
        let number = starts.iter().rposition(|start| *start <= place).unwrap();
        let (records, faults) = read(&file);
        assert_eq!(faults, [format!("record {number}, byte {}", starts[number])], "byte {place} changed");
        let expected = if place - starts[number] < 12 { number } else { 2 };
        assert_eq!(records.len(), expected, "byte {place} changed");
    }
}

#[test]
fn a_file_cut_anywhere_is_a_fault_but_between_records() {
    let (file, _) = shard(FORMATS[0], (0..3).map(record));
    let between: Vec<usize> = (0..=3).map(|n| shard(FORMATS[0], (0..n).map(record)).0.len()).collect();
    for length in 0..=file.len() {
        let (records, faults) = read(&file[..length]);
        let good = between.contains(&length);
        assert_eq!(faults.len(), usize::from(!good), "cut to {length}");
        assert_eq!(records.len(), between.iter().rposition(|end| *end <= length).unwrap(), "cut to {length}");
    }
    let (gzip, _) = shard(FORMATS[1], (0..3).map(record));
    for length in 12..gzip.len() {
        assert_eq!(read(&gzip[..length]).1.len(), 1, "gzip cut to {length}");
    }
}

#[test]
fn a_length_that_lies_takes_no_memory() {
    for length in [u64::MAX, 1 << 31, (1 << 31) - 1] {
        let head = length.to_le_bytes();
        let crc = crc::masked(crc::crc32c(&head)).to_le_bytes();
        let file = [&head[..], &crc, b"little"].concat();
        let mut shard = TfRecords::new(&file[..]).unwrap();
        assert_eq!(shard.next().unwrap_err().place(), "record 0, byte 0");
        assert!(shard.next().unwrap().is_none());
    }
}

#[test]
fn garbage_is_a_fault_or_a_record_never_a_panic() {
    let mut state = 1u64;
    let mut random = move || {
        state ^= state << 13; // xorshift64 (Marsaglia 2003)
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 32) as u32
    };
    let mut whole = vec![];
    example::encode(&record(3), &mut whole);
    let mut tensor_bytes = vec![];
    tensor::encode(&Tensor::new(vec![3, 1], vec![1.0, 2.0, 3.0]).unwrap(), &mut tensor_bytes);
    let mut faults = 0;
    for round in 0..20_000 {
        let mut bytes = match round % 3 {
            0 => (0..random() % 64).map(|_| random() as u8).collect(),
            1 => whole.clone(),
            _ => tensor_bytes.clone(),
        };
        for _ in 0..=random() % 3 {
            if let Some(byte) = (random() as usize).checked_rem(bytes.len()) {
                bytes[byte] = random() as u8;
            }
        }
        bytes.truncate(random() as usize % (2 * bytes.len() + 1));
        faults +=
            usize::from(example::decode(&bytes).is_err()) + usize::from(tensor::decode(&bytes).is_err());
        let (_, places) = read(&bytes);
        faults += places.len();
    }
    assert!(faults > 20_000, "{faults} faults in all");
}

#[test]
fn what_a_format_cannot_hold_is_refused() {
    let with = |name: &str, feature: Feature| {
        let mut record = Record::new("a");
        record.push(name, feature).map(|()| record).unwrap()
    };
    let open = |format: ShardFormat, record: &Record| -> Result<Written> {
        let mut writer = format.open(&Schema::of(&[record])?, vec![])?;
        writer.add(record)?;
        writer.finish()
    };
    let tensor = Tensor::new(vec![1], vec![1.0]).unwrap();
    let mut shape = with("a", tensor.clone().into());
    shape.push("a_shape", 1).unwrap();
    assert!(open(FORMATS[2], &shape).unwrap_err().what().contains("is reserved"));
    assert!(open(FORMATS[2], &Record::new("a")).unwrap_err().what().contains("needs a feature"));
    assert!(
        open(FORMATS[3], &with("a/b", tensor.clone().into()))
            .unwrap_err()
            .what()
            .contains("cannot name a file")
    );
    let mut capitals = with("Image", tensor.clone().into());
    capitals.push("image", tensor.clone()).unwrap();
    assert!(open(FORMATS[3], &capitals).unwrap_err().what().contains("are named"));
    assert!(
        open(FORMATS[3], &with(&"x".repeat(100), tensor.into())).unwrap_err().what().contains("too long")
    );
    for key in ["", "a.b", "a/b", "ä", &"k".repeat(65)] {
        let fault = open(FORMATS[3], &Record::new(key)).unwrap_err();
        assert!(fault.what().contains("the key of a record"), "{key}");
    }
    let mut writer = FORMATS[3].open(&schema(), vec![]).unwrap();
    writer.add(&record(1)).unwrap();
    assert!(writer.add(&record(1)).unwrap_err().what().contains("the same key"));
    let mut writer = FORMATS[2].open(&schema(), vec![]).unwrap();
    let fault = writer.add(&with("label", "seven".into())).unwrap_err();
    assert_eq!(fault.what(), r#"the feature "label" is text here, and int elsewhere"#);
    assert_eq!(fault.place(), r#"record "a""#);
}

/// A row group ends when it has enough bytes; further rows are in the next one.
#[test]
fn parquet_has_many_groups_when_there_is_much() {
    let mut writer = FORMATS[2].open(&schema(), vec![]).unwrap();
    for number in 0..5 {
        let mut record = Record::new(number.to_string());
        let samples = (0..3_000_000).map(|n| (n % 97) as f32).collect();
        record.push("audio", Tensor::waveform(1, Hertz(8000.0), samples).unwrap()).unwrap();
        writer.add(&record).unwrap();
    }
    let written = writer.finish().unwrap();
    assert_eq!(written.records, 5);
    assert!(written.bytes < 5 * 3_000_000, "{} bytes", written.bytes);
}
