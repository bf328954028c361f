//! The SHA-512 that a description has of its samples' file, held against the bytes while they are read.

use passband_signal::iq::Track;
use ring::digest::{Context, SHA512};
use std::io;
use std::ops::Range;

/// Bytes that are no samples are read in pieces of so many.
const PIECE: u64 = 1 << 18;

/// A checksum of the bytes of a file, which may hold several recordings.
#[derive(Clone, Debug)]
pub struct Claim {
    /// In small hexadecimal digits.
    pub sha512: String,
    /// Which bytes: those of the file, or of a member of an archive.
    pub bytes: Range<u64>,
    /// Whether the recording is the first of the file, and whether it is the last.
    pub is_first: bool,
    pub is_last: bool,
}

/// The checksum of a file so far.
pub struct Checksum {
    context: Context,
    /// The first byte that is not in it.
    at: u64,
}

impl Claim {
    pub fn begin(&self) -> Checksum {
        Checksum { context: Context::new(&SHA512), at: self.bytes.start }
    }

    /// Ends a checksum with the rest of the file; tells how the file differs from what is claimed, if it does.
    pub fn contradicted(&self, checksum: &mut Checksum, track: &mut Track) -> io::Result<Option<String>> {
        checksum.up_to(self.bytes.end, track)?;
        let digest = checksum.context.clone().finish();
        let sha512: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
        let short = |digits: &str| digits.get(..16).unwrap_or_default().to_owned();
        Ok((sha512 != self.sha512).then(|| {
            format!(
                "core:sha512 is {}…, and that of the samples is {}…: they were changed after they were described",
                short(&self.sha512),
                short(&sha512)
            )
        }))
    }
}

impl Checksum {
    /// Takes in the samples that were read last, and what stands before them; channels side by side come again.
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

    /// Reads what is not in it up to a byte.
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
