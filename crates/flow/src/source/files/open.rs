//! Opens a file of a store as a stream of uncompressed bytes.

use flate2::bufread::MultiGzDecoder;
use passband_signal::iq::{self, Store};
use std::io::{self, BufReader, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The compression of a file, by its name.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Packed {
    No,
    Gzip,
    Zstd,
}

impl Packed {
    pub fn of(name: &str) -> Self {
        let name = name.to_ascii_lowercase();
        match () {
            () if name.ends_with(".gz") => Packed::Gzip,
            () if name.ends_with(".zst") => Packed::Zstd,
            () => Packed::No,
        }
    }
}

/// The name without folder and extensions: `boiler` for `plant/boiler.csv.gz`.
pub fn stem(name: &str) -> &str {
    let name = name.rsplit('/').next().unwrap_or(name);
    let plain = match Packed::of(name) {
        Packed::No => name,
        _ => name.rsplit_once('.').map_or(name, |(plain, _)| plain),
    };
    plain.rsplit_once('.').map_or(plain, |(stem, _)| stem)
}

/// Opens a file from byte `at` to byte `size`; `done` counts the bytes read.
pub fn open(
    store: &dyn Store,
    name: &str,
    at: u64,
    size: u64,
    done: &Arc<AtomicU64>,
) -> io::Result<Box<dyn Read + Send>> {
    let stored = Stored { file: store.open(name)?, at, size, done: done.clone() };
    let buffered = |stored| BufReader::with_capacity(1 << 18, stored);
    Ok(match Packed::of(name) {
        Packed::No => Box::new(stored),
        // concatenated gzip members are one file
        Packed::Gzip => Box::new(MultiGzDecoder::new(buffered(stored))),
        Packed::Zstd => {
            let mut decoder = zstd::stream::read::Decoder::with_buffer(buffered(stored))?;
            // the limit of the command zstd
            decoder.window_log_max(27)?;
            Box::new(decoder)
        }
    })
}

struct Stored {
    file: Box<dyn iq::Read>,
    at: u64,
    size: u64,
    done: Arc<AtomicU64>,
}

impl Read for Stored {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let n = (into.len() as u64).min(self.size.saturating_sub(self.at)) as usize;
        if n > 0 {
            self.file.read(self.at, &mut into[..n])?;
            self.at += n as u64;
            self.done.fetch_add(n as u64, Ordering::Relaxed);
        }
        Ok(n)
    }
}
