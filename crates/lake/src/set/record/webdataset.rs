//! WebDataset: a tar archive in which the files of a record are consecutive and have the same name up to the first dot.
//!
//! | feature | file |
//! |---|---|
//! | `label`, one whole number | `KEY.cls` |
//! | `audio`, a waveform | `KEY.wav`, 32-bit float |
//! | `audio`, another tensor | `KEY.npy` |
//! | other tensors | `KEY.NAME.wav`, `KEY.NAME.npy` |
//! | bytes | `KEY.NAME.bin` |
//! | all else | `KEY.json` |

use super::output::{Buffer, Checked, Put, unwritten};
use super::schema::place;
use super::{Feature, Kind, Record, Schema, ShardWriter, Tensor, Written, member, tar};
use passband_signal::{Fault, Result};
use std::io::Write;

pub struct WebDataset<W> {
    out: Buffer<Checked<W>>,
    /// The key of the previous record.
    key: String,
    json: String,
    records: u64,
}

impl<W: Write> WebDataset<W> {
    pub fn new(schema: &Schema, out: Checked<W>) -> Result<Self> {
        let mut seen = std::collections::BTreeSet::new();
        for (name, kind) in schema.features() {
            let file = matches!(kind, Kind::Bytes | Kind::Tensor);
            let good = |c: char| !c.is_control() && !"./\\".contains(c);
            if file && (name.is_empty() || !name.chars().all(good)) {
                return Err(Fault::new(format!("the feature {name:?} cannot name a file in a WebDataset")));
            }
            if file && !seen.insert(name.to_lowercase()) {
                return Err(Fault::new(format!(
                    "two features of a WebDataset are named {:?}",
                    name.to_lowercase()
                ))
                .why("its readers do not tell capitals from small letters")
                .fix("give one of them another name"));
            }
        }
        Ok(Self { out: Buffer::new(out), key: String::new(), json: String::new(), records: 0 })
    }

    fn tensor(&mut self, key: &str, name: &str, tensor: &Tensor) -> Result<()> {
        let own = if name == "audio" { String::new() } else { format!("{name}.") };
        let (head, kind) = match member::wav(tensor)? {
            Some(head) => (head, "wav"),
            None => (member::npy(tensor.shape())?, "npy"),
        };
        let size = (head.len() + 4 * tensor.values().len()) as u64;
        tar::header(&format!("{key}.{own}{kind}"), size, &mut self.out)?;
        self.out.put(&head);
        self.out.put_floats(tensor.values());
        tar::pad(size, &mut self.out);
        Ok(())
    }

    fn file(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        tar::header(name, bytes.len() as u64, &mut self.out)?;
        self.out.put(bytes);
        tar::pad(bytes.len() as u64, &mut self.out);
        Ok(())
    }

    fn members(&mut self, record: &Record) -> Result<()> {
        let key = record.key();
        let class = record.features().find_map(|(name, feature)| match feature {
            Feature::Ints(values) if name == "label" && values.len() == 1 => Some(values[0]),
            _ => None,
        });
        for (name, feature) in record.features() {
            match feature {
                Feature::Tensor(tensor) => self.tensor(key, name, tensor)?,
                Feature::Bytes(bytes) => self.file(&format!("{key}.{name}.bin"), bytes)?,
                _ => {}
            }
        }
        if let Some(class) = class {
            self.file(&format!("{key}.cls"), class.to_string().as_bytes())?;
        }
        let mut json = std::mem::take(&mut self.json);
        member::json(record.features().filter(|(name, _)| class.is_none() || *name != "label"), &mut json);
        // a record without features has a file as well, since it would be lost otherwise
        if !json.is_empty() || record.features().len() == 0 {
            self.file(&format!("{key}.json"), if json.is_empty() { b"{}" } else { json.as_bytes() })?;
        }
        self.json = json;
        Ok(())
    }
}

impl<W: Write + Send> ShardWriter for WebDataset<W> {
    fn add(&mut self, record: &Record) -> Result<()> {
        member::check_key(record)?;
        if self.key == record.key() {
            return Err(Fault::new("two records that follow each other have the same key")
                .at(place(record))
                .why("a reader of WebDataset takes them for one"));
        }
        self.members(record).map_err(|fault| fault.at(place(record)))?;
        self.key.clear();
        self.key.push_str(record.key());
        self.records += 1;
        self.out.check()
    }

    fn finish(mut self: Box<Self>) -> Result<Written> {
        tar::end(&mut self.out);
        let mut out = self.out.finish()?;
        out.flush().map_err(unwritten)?;
        Ok(Written { records: self.records, bytes: out.bytes, crc32c: out.crc.value() })
    }
}
