//! Verifies the SHA-512 in SigMF metadata against the bytes of the samples' file while they are read.

use passband_signal::iq::Track;
use ring::digest::{Context, SHA512};
use std::io;
use std::ops::Range;

/// Size of the reads of bytes that are not samples.
const PIECE: u64 = 1 << 18;

/// The checksum of a file, which may contain several recordings.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The digest in lowercase hexadecimal.
    pub sha512: String,
    /// The bytes it covers: those of the file, or of a member of an archive.
    pub bytes: Range<u64>,
    /// Whether the recording is the first or the last of the file.
    pub is_first: bool,
    pub is_last: bool,
}

/// The state of the checksum.
pub struct Checksum {
    context: Context,
    /// The first byte that is not included yet.
    at: u64,
}

impl Claim {
    pub fn begin(&self) -> Checksum {
        Checksum { context: Context::new(&SHA512), at: self.bytes.start }
    }

    /// Completes the checksum with the rest of the file; returns a description of a mismatch.
    pub fn contradicted(&self, checksum: &mut Checksum, track: &mut Track) -> io::Result<Option<String>> {
        checksum.up_to(self.bytes.end, track)?;
        let digest = checksum.context.clone().finish();
        let sha512: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let short = |digits: &str| digits.get(..16).unwrap_or_default().to_owned();
        Ok((sha512 != self.sha512).then(|| {
            format!(
                "core:sha512 is {}…, but that of the samples is {}…: they were changed after the metadata was written",
                short(&self.sha512),
                short(&sha512)
            )
        }))
    }
}

impl Checksum {
    /// Adds the last samples read, and the bytes before them; interleaved channels are read several times.
    pub fn read(&mut self, track: &mut Track) -> io::Result<()> {
        let (from, _) = track.bytes();
        self.up_to(from, track)?;
        let (_, bytes) = track.bytes();
        let known = usize::try_from(self.at - from).unwrap_or(usize::MAX);
        if let Some(new) = bytes.get(known..) {
            self.context.update(new);
            self.at += new.len() as u64;
        }
        Ok(())
    }

    /// Adds the bytes up to an offset.
    fn up_to(&mut self, end: u64, track: &mut Track) -> io::Result<()> {
        let mut bytes = vec![0; end.saturating_sub(self.at).min(PIECE) as usize];
        while self.at < end {
            bytes.truncate((end - self.at).min(PIECE) as usize);
            track.read_bytes(self.at, &mut bytes)?;
            self.context.update(&bytes);
            self.at += bytes.len() as u64;
        }
        Ok(())
    }
}
