//! Complete files in an object store.

use super::Upload;
use crate::store::remote::Objects;
use crate::store::remote::upload::Uploading;
use passband_signal::iq::{Read as Ranged, Store};
use std::io::{self, Read};

pub fn create(objects: &Objects, name: &str) -> io::Result<Box<dyn Upload>> {
    Ok(Box::new(Uploading::new(objects, name)?))
}

pub fn open(objects: &Objects, name: &str) -> io::Result<Box<dyn Read + Send>> {
    let size = objects.size(name)?;
    Ok(Box::new(Through { object: objects.open(name)?, at: 0, size }))
}

/// Reads an object from start to end.
struct Through {
    object: Box<dyn Ranged>,
    at: u64,
    size: u64,
}

impl Read for Through {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let count = (self.size - self.at).min(bytes.len() as u64) as usize;
        self.object.read(self.at, &mut bytes[..count])?;
        self.at += count as u64;
        Ok(count)
    }
}

impl Upload for Uploading {
    fn finish(self: Box<Self>) -> io::Result<()> {
        self.complete()
    }
}
