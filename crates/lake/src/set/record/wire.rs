//! The wire format of Protocol Buffers. Lengths are computed beforehand, so that a message is written in a single pass.

use super::output::Put;
use passband_signal::{Fault, Result};

/// The size of a number as a varint, in bytes: seven bits per byte.
pub fn varint_len(value: u64) -> usize {
    (64 - (value | 1).leading_zeros() as usize).div_ceil(7)
}

/// The size of a field with `length` bytes of content. The field number is below 16.
pub fn field_len(length: usize) -> usize {
    1 + varint_len(length as u64) + length
}

pub fn varint(value: u64, out: &mut impl Put) {
    let mut bytes = [0; 10];
    let (mut rest, mut length) = (value, 0);
    while rest >= 0x80 {
        bytes[length] = rest as u8 | 0x80;
        rest >>= 7;
        length += 1;
    }
    bytes[length] = rest as u8;
    out.put(&bytes[..=length]);
}

/// Writes the header of a field of bytes: its number, wire type 2, and the length.
pub fn head(number: u8, length: usize, out: &mut impl Put) {
    out.put(&[number << 3 | 2]);
    varint(length as u64, out);
}

/// The undecoded value of a field.
#[derive(Debug, PartialEq)]
pub enum Value<'a> {
    Varint(u64),
    Fixed64([u8; 8]),
    Bytes(&'a [u8]),
    Fixed32([u8; 4]),
}

/// The fields of a message, in order. Iteration ends after a fault.
pub struct Fields<'a>(pub &'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<(u64, Value<'a>)>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field();
        if field.is_none() {
            self.0 = &[];
        }
        Some(field.ok_or_else(|| Fault::new("a message is not in the wire format of Protocol Buffers")))
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<(u64, Value<'a>)> {
        let key = read_varint(&mut self.0)?;
        let value = match key & 7 {
            0 => Value::Varint(read_varint(&mut self.0)?),
            1 => Value::Fixed64(self.take(8)?.try_into().ok()?),
            2 => {
                let length = read_varint(&mut self.0)?;
                Value::Bytes(self.take(usize::try_from(length).ok()?)?)
            }
            5 => Value::Fixed32(self.take(4)?.try_into().ok()?),
            _ => return None,
        };
        Some((key >> 3, value))
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }
}

/// Reads a number from the front.
pub fn read_varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut value = 0;
    for (place, byte) in bytes.iter().take(10).enumerate() {
        value |= u64::from(byte & 0x7f) << (7 * place);
        if byte & 0x80 == 0 {
            *bytes = &bytes[place + 1..];
            return Some(value);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_length_told_and_come_back() {
        for bits in 0..64 {
            for value in [1u64 << bits, (1 << bits) - 1, u64::MAX >> bits] {
                let mut bytes = vec![];
                varint(value, &mut bytes);
                assert_eq!(bytes.len(), varint_len(value), "{value}");
                let mut rest = &bytes[..];
                assert_eq!(read_varint(&mut rest), Some(value));
                assert!(rest.is_empty());
                assert_eq!(read_varint(&mut &bytes[..bytes.len() - 1]), None);
            }
        }
        assert_eq!(read_varint(&mut &[0x80; 11][..]), None);
    }

    #[test]
    fn fields_of_each_wire_type() {
        // field 3: varint 150; field 1: the bytes "hi"; field 2: four bytes; field 4: eight bytes
        let bytes =
            [&[0x18, 0x96, 1, 0x0a, 2][..], b"hi", &[0x15, 1, 2, 3, 4], &[0x21, 0, 0, 0, 0, 0, 0, 0, 9]];
        let fields: Vec<_> =
            Fields(&bytes.concat()).map(|f| f.map(|(n, v)| (n, format!("{v:?}"))).unwrap()).collect();
        let expected = [
            (3, "Varint(150)"),
            (1, "Bytes([104, 105])"),
            (2, "Fixed32([1, 2, 3, 4])"),
            (4, "Fixed64([0, 0, 0, 0, 0, 0, 0, 9])"),
        ];
        assert_eq!(fields, expected.map(|(n, v)| (n, v.to_owned())));
    }

    #[test]
    fn what_is_cut_short_is_a_fault_and_the_end() {
        for bytes in
            [&[0x0a, 5, 1][..], &[0x0b], &[0x80], &[0x0a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]]
        {
            let mut fields = Fields(bytes);
            assert!(fields.next().unwrap().is_err(), "{bytes:?}");
            assert!(fields.next().is_none());
        }
    }
}
