//! A tar archive (POSIX ustar): a sequence of files of known size.

use super::output::Put;
use passband_signal::{Fault, Result};

const BLOCK: usize = 512;

/// Writes the header of a file, without owner and time of modification.
pub fn header(name: &str, size: u64, out: &mut impl Put) -> Result<()> {
    let mut block = [0; BLOCK];
    if name.len() > 100 {
        return Err(Fault::new(format!("{name:?} is too long for a file in a tar"))
            .why("ustar has 100 bytes for it")
            .fix("give the feature a shorter name"));
    }
    if size >= 1 << 33 {
        return Err(
            Fault::new(format!("{name:?} has {size} bytes")).why("a file in a tar has less than 8 GiB")
        );
    }
    let mut lay = |from: usize, bytes: &[u8]| block[from..from + bytes.len()].copy_from_slice(bytes);
    lay(0, name.as_bytes());
    lay(100, b"0000644\0"); // mode
    lay(108, b"0000000\0"); // user
    lay(116, b"0000000\0"); // group
    lay(124, format!("{size:011o}\0").as_bytes());
    lay(136, b"00000000000\0"); // modified
    lay(148, b"        "); // the checksum is computed with its own field as spaces
    lay(156, b"0"); // a regular file
    lay(257, b"ustar\x0000");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    out.put(&block);
    Ok(())
}

/// Pads the last block of a file of this size.
pub fn pad(size: u64, out: &mut impl Put) {
    let over = (size % BLOCK as u64) as usize;
    if over > 0 {
        out.put(&[0; BLOCK][over..]);
    }
}

/// Ends the archive.
pub fn end(out: &mut impl Put) {
    out.put(&[0; 2 * BLOCK]);
}
