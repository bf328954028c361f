//! A shard that is being written: it appears under its name when it is complete.

use crate::set::record::{Kind, Record, Schema, ShardFormat, ShardWriter, Tensor, Written};
use passband_flow::data::{ColumnValue, Example, Set, Shard};
use passband_flow::store::{Directory, Upload};
use passband_signal::{Fault, Result};
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// A shard that is being written.
pub struct ShardFile {
    pub shard: Arc<Shard>,
    pub file: String,
    writer: Box<dyn ShardWriter + Send>,
    out: Out,
    left: u64,
    /// Names of the features that every record has.
    label: Arc<str>,
    audio: Arc<str>,
}

/// The file name of a shard.
pub fn name(stem: &str, shard: &Shard, format: ShardFormat) -> String {
    super::names::shard(stem, &shard.split, (shard.index, shard.of), format)
}

/// The features of all examples of a set.
pub fn schema(set: &Set) -> Result<Schema> {
    let mut schema = Schema::new();
    schema.add("label", Kind::Int)?;
    if set.audio {
        schema.add("audio", Kind::Tensor)?;
    }
    for feature in &set.features {
        schema.add(feature.clone(), Kind::Tensor)?;
    }
    for (name, field) in &set.columns {
        let kind = match field {
            ColumnValue::Int(_) => Kind::Int,
            ColumnValue::Float(_) => Kind::Float,
            ColumnValue::Text(_) => Kind::Text,
        };
        schema.add(name.clone(), kind)?;
    }
    Ok(schema)
}

impl ShardFile {
    pub fn start(
        place: &Directory,
        file: String,
        shard: Arc<Shard>,
        format: ShardFormat,
        schema: &Schema,
    ) -> Result<Self> {
        let out = Out(Arc::new(Mutex::new(Some(place.create(&file)?))));
        let writer = format.open(schema, out.clone())?;
        let left = shard.examples;
        Ok(Self { shard, file, writer, out, left, label: "label".into(), audio: "audio".into() })
    }

    /// Adds an example; returns true if the shard now has all of its examples.
    pub fn add(&mut self, example: &Example) -> Result<bool> {
        let record = self.record(example).and_then(|record| self.writer.add(&record));
        record.map_err(|fault| unwritten(fault, &self.file))?;
        self.left -= 1;
        Ok(self.left == 0)
    }

    fn record(&self, example: &Example) -> Result<Record> {
        let mut record = Record::new(format!("{:08}-{:04}", example.row, example.piece));
        record.push(self.label.clone(), example.label)?;
        if let Some(audio) = &example.audio {
            record.push(
                self.audio.clone(),
                Tensor::shared_waveform(example.channels, example.rate, audio.share())?,
            )?;
        }
        for feature in &example.features {
            let shape = vec![(feature.values.len() / feature.width.max(1)) as u64, feature.width as u64];
            record.push(feature.name, Tensor::new(shape, feature.values.clone())?)?;
        }
        for (name, field) in &example.columns {
            match field {
                ColumnValue::Int(value) => record.push(name.clone(), *value)?,
                ColumnValue::Float(value) => record.push(name.clone(), *value as f32)?,
                ColumnValue::Text(text) => record.push(name.clone(), &**text)?,
            }
        }
        Ok(record)
    }

    /// Completes the shard: it appears under its name.
    pub fn finish(self, place: &Directory) -> Result<Written> {
        let written = self.writer.finish().map_err(|fault| unwritten(fault, &self.file))?;
        let upload = self.out.take();
        upload.map_or(Ok(()), Upload::finish).map_err(|error| place.unwritten(&self.file, error))?;
        Ok(written)
    }
}

fn unwritten(fault: Fault, file: &str) -> Fault {
    fault.at(file.to_owned()).fix("free some space, or choose another output")
}

/// The output of the writer, which is retrieved when the shard is complete.
#[derive(Clone)]
struct Out(Arc<Mutex<Option<Box<dyn Upload>>>>);

impl Out {
    fn take(&self) -> Option<Box<dyn Upload>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Write for Out {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(upload) => upload.write(bytes),
            None => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
