//! Avro object container files: a header with the schema, then blocks of data between sync markers.
//!
//! Reference: Apache Avro 1.12 specification, "Object Container Files".

use super::avro::long;

/// A block is written when it has reached this size in bytes.
const BLOCK: usize = 64 * 1024;

/// The state of a container file being written.
#[derive(Default)]
pub struct Container {
    sync: [u8; 16],
    block: Vec<u8>,
    count: i64,
}

impl Container {
    /// Appends the header.
    pub fn begin(&mut self, schema: &str, out: &mut Vec<u8>) {
        // any 16 bytes that are unlikely in the data; a hash of the schema, so that the same input gives the same bytes
        let mut hash = 0xcbf2_9ce4_8422_2325u64;
        for byte in self.sync.iter_mut().zip(schema.bytes().cycle().skip(7)).enumerate() {
            let (i, (slot, letter)) = byte;
            hash = (hash ^ u64::from(letter) ^ (i as u64) << 32).wrapping_mul(0x0100_0000_01b3);
            *slot = (hash >> 40) as u8;
        }
        out.extend_from_slice(b"Obj\x01");
        long(2, out);
        for (key, value) in [("avro.schema", schema), ("avro.codec", "null")] {
            for text in [key, value] {
                long(text.len() as i64, out);
                out.extend_from_slice(text.as_bytes());
            }
        }
        out.push(0);
        out.extend_from_slice(&self.sync);
    }

    /// Appends a datum, and writes the block when it is full.
    pub fn append(&mut self, out: &mut Vec<u8>, datum: impl FnOnce(&mut Vec<u8>)) {
        datum(&mut self.block);
        self.count += 1;
        if self.block.len() >= BLOCK {
            self.end(out);
        }
    }

    /// Writes the last block.
    pub fn end(&mut self, out: &mut Vec<u8>) {
        if self.count == 0 {
            return;
        }
        long(self.count, out);
        long(self.block.len() as i64, out);
        out.append(&mut self.block);
        out.extend_from_slice(&self.sync);
        self.count = 0;
    }
}
