//! What planning a long list takes: memory after each step, for a list that is made up on the way in.
//!
//! `cargo run --release -p passband-lake --example plan_memory -- [ROWS] [--split] [--groups] [--pieces] [--refused]`

use passband_lake::set::labels::{self, ChecksumReader};
use passband_lake::set::plan::{Inspections, Options, Quarantine, QuarantineCursor, SetPlan, ShardCount};
use std::error::Error;
use std::io::Read;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let has = |name: &str| arguments.iter().any(|argument| argument == name);
    let rows = arguments.iter().find_map(|rows| rows.parse().ok()).unwrap_or(10_000_000);
    let began = Instant::now();
    let step = |name: &str| {
        let of = |what: &str| {
            let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap_or("? kB");
            line.trim().trim_end_matches(" kB").parse().map_or(f64::NAN, |kb: f64| kb / 1000.0)
        };
        let (now, most) = (of("VmRSS:"), of("VmHWM:"));
        println!("{name:<28}{now:>8.1} MB, most {most:>6.1} MB, {:>6.1} s", began.elapsed().as_secs_f64());
    };
    step("begin");
    let options = labels::Options {
        group: has("--groups").then(|| r"speaker(\d+)".into()),
        ..labels::Options::default()
    };
    let mut list = ChecksumReader::new(List { rows, row: 0, line: b"Label,Blob Name\n".to_vec(), taken: 0 });
    let (mut table, refusals) = labels::read(&mut list, &options)?;
    step("list read");
    let mut inspections = Inspections::new(table.len());
    for row in 0..table.len() {
        match row % 3 {
            0 if has("--refused") => inspections.refuse(row, "there is no such blob"),
            // a thousandth of all contents come twice
            _ => inspections.good(
                row,
                u128::from(mix(row as u64 % (rows - rows / 1000))),
                if has("--pieces") { 1 + row as u32 % 3 } else { 1 },
            ),
        }
    }
    step("blobs inspected");
    let shares = has("--split").then(|| "train=0.8,validation=0.1,test=0.1".parse()).transpose()?;
    let mut plan = SetPlan::new(
        &table,
        &inspections,
        &Options { shares, shards: ShardCount::Total(100), ..Options::default() },
    )?;
    step("planned");
    let (mut cursor, mut aside) = (QuarantineCursor::default(), 0);
    let quarantine =
        Quarantine { table: &table, refusals: &refusals, inspections: &inspections, plan: &plan };
    while quarantine.next(&mut cursor).is_some() {
        aside += 1;
    }
    drop((refusals, inspections));
    table.forget_splits();
    plan.forget_left_out();
    step("ready to build");
    let records: u64 = plan.splits().iter().map(|split| split.records).sum();
    println!("{rows} rows, CRC-32C {:08x}, {aside} set aside, {records} records", list.crc32c());
    Ok(())
}

/// A list as a program writes it: names that count up, with the speaker in them.
struct List {
    rows: u64,
    row: u64,
    line: Vec<u8>,
    taken: usize,
}

impl Read for List {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        if self.taken == self.line.len() && self.row < self.rows {
            let (row, random) = (self.row, mix(self.row));
            self.line = format!("{},speaker{:05}/take_{row:08}.wav\n", random % 10, random / 10 % 50_000)
                .into_bytes();
            (self.row, self.taken) = (row + 1, 0);
        }
        let length = bytes.len().min(self.line.len() - self.taken);
        bytes[..length].copy_from_slice(&self.line[self.taken..][..length]);
        self.taken += length;
        Ok(length)
    }
}

/// The finalizer of SplitMix64 (Steele, Lea and Flood 2014).
fn mix(n: u64) -> u64 {
    let z = (n ^ (n >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
