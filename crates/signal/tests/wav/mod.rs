//! Writes WAV files, to compare the samples read with the samples written.

#![allow(dead_code, reason = "each test file uses its own part of it")]

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Int16,
    Int24,
    Int32,
    Float,
    /// WAVE_FORMAT_EXTENSIBLE with 24 bits.
    Extensible24,
}

/// The bytes of a WAV file of these channels.
pub fn wav(format: Format, rate: u32, channels: &[Vec<f32>]) -> Vec<u8> {
    let (tag, bits) = match format {
        Format::Int16 => (1u16, 16u16),
        Format::Int24 => (1, 24),
        Format::Int32 => (1, 32),
        Format::Float => (3, 32),
        Format::Extensible24 => (0xfffe, 24),
    };
    let count = channels.len() as u16;
    let mut head = Vec::new();
    head.extend(tag.to_le_bytes());
    head.extend(count.to_le_bytes());
    head.extend(rate.to_le_bytes());
    head.extend((rate * u32::from(count * bits / 8)).to_le_bytes());
    head.extend((count * bits / 8).to_le_bytes());
    head.extend(bits.to_le_bytes());
    if format == Format::Extensible24 {
        head.extend(22u16.to_le_bytes());
        head.extend(bits.to_le_bytes());
        head.extend(((1u32 << count) - 1).to_le_bytes());
        head.extend(b"\x01\0\0\0\0\0\x10\0\x80\0\0\xaa\0\x38\x9b\x71");
    }
    let mut data = Vec::new();
    for i in 0..channels[0].len() {
        for channel in channels {
            let scaled = |bits: u32| (f64::from(channel[i]) * f64::from(bits - 1).exp2()) as i64;
            match format {
                Format::Float => data.extend(channel[i].to_le_bytes()),
                Format::Int16 => data.extend(&scaled(16).to_le_bytes()[..2]),
                Format::Int32 => data.extend(&scaled(32).to_le_bytes()[..4]),
                Format::Int24 | Format::Extensible24 => data.extend(&scaled(24).to_le_bytes()[..3]),
            }
        }
    }
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((20 + head.len() as u32 + data.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend((head.len() as u32).to_le_bytes());
    file.extend(head);
    file.extend(b"data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    file
}
