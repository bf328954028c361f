//! Random damage to recordings, those in `containers` and real ones (`PASSBAND_DATA`, and `cases` next to it): samples
//! or a clear reason, and the same result from a file, a pipe and a store, and at once.
//!
//! `PASSBAND_DAMAGE` is the number of times that each file is truncated, and the number of bytes that are changed (50
//! for a full run); without it, a few files are damaged a few times.

mod ways;

use std::path::{Path, PathBuf};
use ways::read;

const KINDS: [&str; 16] = [
    "wav", "flac", "mp3", "bit", "ogg", "oga", "m4a", "mp4", "aac", "aif", "aiff", "caf", "mka", "mkv",
    "webm", "wv",
];
/// Size to which longer files are shortened, so that headers are damaged often; every fifth input is the whole file.
const MOST: usize = 200_000;

fn recordings(folder: &Path, found: &mut Vec<PathBuf>) {
    for path in std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
        let kind = path.extension().and_then(|e| e.to_str()).unwrap_or_default().to_lowercase();
        if path.is_dir() {
            recordings(&path, found);
        } else if KINDS.contains(&kind.as_str()) {
            found.push(path);
        }
    }
}

#[test]
fn a_cut_or_changed_file_is_read_the_same_in_every_way() {
    let mut found = Vec::new();
    recordings(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/containers")), &mut found);
    if let Some(data) = passband_testbed::passband_data() {
        recordings(&data.join("../cases/recordings"), &mut found);
        recordings(&data, &mut found);
    }
    found.sort();
    let asked = std::env::var("PASSBAND_DAMAGE").ok().and_then(|n| n.parse::<usize>().ok());
    let (times, step) = asked.map_or((2, (found.len() / 60).max(1)), |n| (n, 1));
    let mut seed = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = |n: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        (seed % n.max(1) as u64) as usize
    };
    let (mut inputs, mut whole, mut part, mut refused) = (0, 0, 0, 0);
    for path in found.iter().step_by(step) {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let good = std::fs::read(path).unwrap();
        if good.is_empty() {
            continue; // there is nothing to damage
        }
        for i in 0..2 * times {
            let mut bytes = good[..if i % 5 == 1 { good.len() } else { good.len().min(MOST) }].to_vec();
            inputs += 1;
            if i % 2 == 0 {
                bytes.truncate(random(bytes.len()));
            } else {
                // a single byte in half of the inputs, otherwise all of them
                for _ in 0..if i % 4 == 1 { 1 } else { times } {
                    let at = random(bytes.len());
                    bytes[at] = random(256) as u8;
                }
            }
            let outcome = read(&bytes, &name);
            match outcome.end {
                Ok(()) => whole += 1,
                Err(fault) => {
                    assert!(fault.to_string().contains("\n  do: "), "{fault}");
                    if outcome.samples.is_empty() { refused += 1 } else { part += 1 }
                }
            }
        }
    }
    let files = found.len().div_ceil(step);
    println!(
        "{files} files, {inputs} inputs: {whole} read to the end, {part} up to a reason, {refused} refused"
    );
    assert!(whole > 0 && refused > 0);
}
