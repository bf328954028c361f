//! Encodes PNG files (ISO/IEC 15948).

use crate::colormap::Rgb;
use flate2::write::ZlibEncoder;
use flate2::{Compression, Crc};
use std::io::Write;

/// Pixels and their format.
pub enum Pixels<'a> {
    /// A palette and indices of one byte per pixel.
    Indexed(&'a [Rgb; 256], &'a [u8]),
    /// Three bytes per pixel: red, green, blue.
    Rgb(&'a [u8]),
}

/// The chunk `tEXt` that names the program that wrote the file.
pub const SOFTWARE: &[u8] = b"Software\0Passband";

/// Encodes a PNG of `columns` × `rows` pixels, top row first. `dpi` is the print resolution.
///
/// # Panics     if the number of pixels is not `columns` × `rows`
pub fn encode(columns: usize, rows: usize, pixels: &Pixels<'_>, dpi: Option<f64>) -> Vec<u8> {
    let (colour, each, bytes) = match pixels {
        Pixels::Indexed(_, bytes) => (3, 1, bytes),
        Pixels::Rgb(bytes) => (2, 3, bytes),
    };
    assert_eq!(bytes.len(), columns * rows * each, "pixels");
    let mut png = b"\x89PNG\r\n\x1a\n".to_vec();
    let mut header = vec![];
    header.extend((columns as u32).to_be_bytes());
    header.extend((rows as u32).to_be_bytes());
    header.extend([8, colour, 0, 0, 0]);
    chunk(&mut png, b"IHDR", &header);
    chunk(&mut png, b"tEXt", SOFTWARE);
    if let Some(dpi) = dpi {
        let per_metre = (dpi / 0.0254).round() as u32;
        let size: Vec<u8> =
            [per_metre, per_metre].into_iter().flat_map(u32::to_be_bytes).chain([1]).collect();
        chunk(&mut png, b"pHYs", &size);
    }
    if let Pixels::Indexed(palette, _) = pixels {
        chunk(&mut png, b"PLTE", palette.as_flattened());
    }
    chunk(&mut png, b"IDAT", &compressed(bytes, columns * each));
    chunk(&mut png, b"IEND", &[]);
    png
}

/// Compresses all rows as one zlib stream, each preceded by filter type 0 (none).
fn compressed(bytes: &[u8], row: usize) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(vec![], Compression::new(6));
    // writing to memory cannot fail
    for row in bytes.chunks_exact(row.max(1)) {
        let _ = encoder.write_all(&[0]).and_then(|()| encoder.write_all(row));
    }
    encoder.finish().unwrap_or_default()
}

fn chunk(png: &mut Vec<u8>, name: &[u8; 4], content: &[u8]) {
    let mut crc = Crc::new();
    crc.update(name);
    crc.update(content);
    png.extend((content.len() as u32).to_be_bytes());
    png.extend(name);
    png.extend(content);
    png.extend(crc.sum().to_be_bytes());
}
