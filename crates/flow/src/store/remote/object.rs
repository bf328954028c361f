//! Reads one object sequentially in large ranges.

use super::{Client, Failed};
use object_store::path::Path;
use object_store::{GetOptions, GetRange};
use passband_signal::iq::Read;
use std::io;
use std::sync::Arc;
use tokio::task::JoinSet;

/// Size of a range: large enough that latency is small relative to transfer time.
const PIECE: u64 = 4 << 20;

/// An open object. It buffers the current range and prefetches the next one.
pub struct Object {
    client: Arc<Client>,
    path: Path,
    prefix: String,
    size: u64,
    tag: Option<String>,
    /// The current range, and its offset.
    piece: Vec<u8>,
    begin: u64,
    /// The prefetched range, and its offset. Dropping it cancels the request.
    coming: Option<(u64, JoinSet<object_store::Result<Vec<u8>>>)>,
}

impl Object {
    pub fn new(client: Arc<Client>, path: Path, prefix: String, size: u64, tag: Option<String>) -> Self {
        Self { client, path, prefix, size, tag, piece: vec![], begin: 0, coming: None }
    }

    /// The end of the range that starts at `begin`.
    fn end(&self, begin: u64) -> u64 {
        (begin + PIECE).min(self.size)
    }

    /// Requests a range.
    fn send_for(&self, begin: u64) -> (u64, JoinSet<object_store::Result<Vec<u8>>>) {
        let (store, path, end) = (self.client.store.clone(), self.path.clone(), self.end(begin));
        let options = GetOptions {
            range: Some(GetRange::Bounded(begin..end)),
            // fails if the object was overwritten
            if_match: self.tag.clone(),
            ..GetOptions::default()
        };
        let mut coming = JoinSet::new();
        if let Some(runtime) = &self.client.runtime {
            let get = async move { Ok(store.get_opts(&path, options).await?.bytes().await?.into()) };
            coming.spawn_on(get, runtime.handle());
        }
        (begin, coming)
    }

    /// Waits for the range that starts at `begin`.
    fn bring(&mut self, begin: u64) -> Result<Vec<u8>, Failed> {
        let coming = self.coming.take().filter(|(coming, _)| *coming == begin);
        let (_, mut coming) = coming.unwrap_or_else(|| self.send_for(begin));
        let client = &self.client;
        client.wait(async {
            match coming.join_next().await {
                Some(Ok(got)) => got,
                Some(Err(source)) => Err(object_store::Error::JoinError { source }),
                None => Err(object_store::Error::NotImplemented {
                    operation: "reading".into(),
                    implementer: "a client that is closed".into(),
                }),
            }
        })
    }

    /// Makes the range that starts at `begin` the current one.
    fn turn_to(&mut self, begin: u64) -> io::Result<()> {
        let (client, prefix) = (self.client.clone(), self.prefix.clone());
        let piece = client.of_object(&prefix, || self.bring(begin))?;
        let end = self.end(begin);
        if piece.len() as u64 != end - begin {
            let why = format!("{} bytes arrived of {begin} to {end}", piece.len());
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, why));
        }
        (self.piece, self.begin) = (piece, begin);
        self.coming = (end < self.size).then(|| self.send_for(end));
        Ok(())
    }
}

impl Read for Object {
    fn read(&mut self, mut at: u64, mut bytes: &mut [u8]) -> io::Result<()> {
        if at.checked_add(bytes.len() as u64).is_none_or(|end| end > self.size) {
            let why = format!("ends after {} bytes", self.size);
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, why));
        }
        while !bytes.is_empty() {
            let here = at.checked_sub(self.begin).and_then(|from| self.piece.get(from as usize..));
            let Some(here) = here.filter(|here| !here.is_empty()) else {
                self.turn_to(at)?;
                continue;
            };
            let taken = here.len().min(bytes.len());
            let (now, later) = bytes.split_at_mut(taken);
            now.copy_from_slice(&here[..taken]);
            (at, bytes) = (at + taken as u64, later);
        }
        Ok(())
    }
}
