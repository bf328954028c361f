//! Messages of `chunk_data`: some scans of a file, all I and then all Q.

use super::Quax;
use crate::format::Message;
use passband_signal::{Block, SignalSpec};

/// The numbers of the file and of the message, big-endian.
pub fn key(quax: &Quax, block: &Block) -> Result<[u8; 4], String> {
    let file = u16::try_from(block.recording)
        .map_err(|_| format!("file {} has a number that does not fit 2 bytes", block.recording))?;
    if !block.index.is_multiple_of(quax.message()) {
        let (index, size) = (block.index, quax.message());
        return Err(format!(
            "a block of file {file} begins at sample {index}, which is not a multiple of {size}"
        ));
    }
    let number = u16::try_from(block.index / quax.message())
        .map_err(|_| format!("sample {} of file {file} is beyond 65536 messages", block.index))?;
    let ([a, b], [c, d]) = (file.to_be_bytes(), number.to_be_bytes());
    Ok([a, b, c, d])
}

/// Appends the value; nothing for the end of a file that fills no scan.
pub fn write(quax: &Quax, block: &Block, out: &mut Vec<u8>) -> Result<(), String> {
    key(quax, block)?;
    if block.spec.channels != 2 || block.spec.centre.is_none() {
        return Err("the samples are not I/Q".into());
    }
    let frames = block.frames() as u64;
    let file = if block.of > 0 { block.of } else { quax.file_length() };
    let last = block.end() == file && frames < quax.message();
    if frames != quax.message() && !last {
        let (recording, index, size) = (block.recording, block.index, quax.message());
        return Err(format!(
            "the block of file {recording} at sample {index} has {frames} samples, a message has {size}"
        ));
    }
    let whole = (frames - frames % quax.scan_length()) as usize;
    out.reserve(whole * 8);
    for channel in 0..2 {
        let at = out.len();
        out.resize(at + whole * 4, 0);
        for (bytes, value) in out[at..].as_chunks_mut().0.iter_mut().zip(block.channel(channel)) {
            *bytes = value.to_le_bytes();
        }
    }
    Ok(())
}

/// Reads a message: its position from the key, its samples from the value.
pub fn read(quax: &Quax, message: &Message<'_>) -> Result<Block, String> {
    let [a, b, c, d] = *message.key else {
        let length = message.key.len();
        return Err(format!("the key has {length} bytes; file and message number have 4"));
    };
    let (file, number) = (u16::from_be_bytes([a, b]), u16::from_be_bytes([c, d]));
    let index = u64::from(number) * quax.message();
    let whole = quax.file_length() - quax.file_length() % quax.scan_length();
    // only the last message of a file is shorter: any other was sent with different settings, and its position is unknown
    let frames = quax.message().min(whole.saturating_sub(index));
    if frames == 0 {
        return Err(format!(
            "message {number} of file {file} begins at sample {index}, but the complete scans of the file have {whole}"
        ));
    }
    if message.bytes.len() as u64 != frames * 8 {
        let (got, scans) = (message.bytes.len(), frames / quax.scan_length());
        return Err(format!(
            "message {number} of file {file} has {got} bytes, not {} for {scans} scans of {} samples",
            frames * 8,
            quax.scan_length()
        ));
    }
    Ok(Block {
        spec: SignalSpec::iq(quax.rate, quax.centre),
        recording: file.into(),
        index,
        time: message.time,
        of: quax.file_length(),
        samples: message.bytes.as_chunks().0.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect(),
    })
}
