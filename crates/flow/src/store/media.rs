//! A recording in an object store or on an HTTP server, read by ranges.

use crate::config::PassedOn;
use crate::part::Control;
use passband_signal::iq::{self, Read};
use passband_signal::{Fault, MediaSource, RangedSource, Ranges, Result};
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

/// Maximum size of a recording that is read as a whole, into memory, from a server without byte ranges.
const MOST_WHOLE: u64 = 256 << 20;

/// Opens the recording at an address, such as `s3://bucket/song.flac` or `https://host/song.mp3`.
pub fn media(address: &str, options: &PassedOn, control: &Control) -> Result<Box<dyn MediaSource>> {
    // an address with a query cannot be split into folder and name
    let (folder, name) = match address.rsplit_once('/') {
        Some((folder, name)) if !address.contains('?') && !folder.ends_with('/') => (folder, name),
        _ => (address, ""),
    };
    let store = super::unlisted(folder, options, control)?;
    let tell = |error: io::Error| match iq::fault(error) {
        Ok(fault) => fault.at(address),
        Err(error) => {
            let fault = Fault::new("the recording cannot be opened").at(address).why(error);
            fault.fix("check path and its permissions")
        }
    };
    let size = store.info(name).map_err(tell)?.size;
    let mut file = store.open(name).map_err(tell)?;
    match file.read(0, &mut [0][..size.min(1) as usize]) {
        Err(error) if error.kind() == io::ErrorKind::Unsupported && size <= MOST_WHOLE => {
            let mut bytes = vec![];
            store.whole(name, MOST_WHOLE, &mut bytes).map_err(tell)?;
            Ok(Box::new(io::Cursor::new(bytes)))
        }
        Err(error) => Err(tell(error)),
        Ok(()) => Ok(far(file, size).0),
    }
}

/// A fault of the store that occurred while a recording was read.
pub type Away = Arc<Mutex<Option<Fault>>>;

/// An open object as a recording; a fault of its store is recorded as well, since decoders keep only its text.
pub fn far(file: Box<dyn Read>, size: u64) -> (Box<dyn MediaSource>, Away) {
    let away = Away::default();
    let far = Far { size, file: Mutex::new(file), away: away.clone() };
    (Box::new(RangedSource::new(far)), away)
}

struct Far {
    size: u64,
    file: Mutex<Box<dyn Read>>,
    away: Away,
}

impl Ranges for Far {
    fn len(&self) -> u64 {
        self.size
    }
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.read(offset, bytes).map_err(|error| match iq::fault(error) {
            Ok(fault) => {
                *self.away.lock().unwrap_or_else(PoisonError::into_inner) = Some(fault.clone());
                io::Error::other(fault)
            }
            Err(error) => error,
        })
    }
}
