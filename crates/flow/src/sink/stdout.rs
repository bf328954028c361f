//! Results to standard output.

use super::refused::RefusedFile;
use crate::data::{Kind, Output, Positions, Refusal};
use crate::engine::{Context, End};
use crate::format::{Choice, Format};
use crate::part::{Sink, SinkPlan};
use passband_signal::{Fault, Result};
use std::io::{ErrorKind, Write};

crate::settings! {
    /// Results to standard output, for `jq` and its kin.
    pub struct Stdout {
        /// How results are written.
        format: Choice = "json",
        /// A file for what was refused, a line of JSON each.
        refused: Option<String>,
    }
}

impl SinkPlan for Stdout {
    fn refuses(&self, kind: Kind) -> Option<String> {
        self.format.refuses(kind)
    }
    fn one_kind(&self) -> bool {
        self.format.name != "json"
    }
    fn open(&self, kinds: &[Kind], context: &Context) -> Result<Box<dyn Sink>> {
        let (mut format, mut bytes) = (self.format.open()?, vec![]);
        kinds.iter().take(1).for_each(|kind| format.begin(*kind, &mut bytes));
        let refused = self.refused.as_deref().map(RefusedFile::new);
        Ok(Box::new(Writer { format, bytes, refused, control: context.control.clone() }))
    }
}

struct Writer {
    format: Box<dyn Format>,
    bytes: Vec<u8>,
    refused: Option<RefusedFile>,
    control: crate::Control,
}

impl Writer {
    fn flush(&mut self) -> Result<()> {
        let mut out = std::io::stdout().lock();
        let written = out.write_all(&self.bytes).and_then(|()| out.flush());
        self.bytes.clear();
        match written {
            Ok(()) => Ok(()),
            // the reader has seen enough (`| head`): that is an end, not an error
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.control.stop();
                Ok(())
            }
            Err(error) => Err(Fault::new("standard output cannot be written").why(error)),
        }
    }
}

impl Sink for Writer {
    fn write(&mut self, output: &Output) -> Result<()> {
        self.format.append(&output.data, &mut self.bytes)?;
        self.flush()
    }
    fn refuse(&mut self, refusal: &Refusal) -> Result<bool> {
        self.refused.as_mut().map_or(Ok(false), |file| file.add(refusal).map(|()| true))
    }
    fn commit(&mut self, _: &Positions) -> Result<bool> {
        self.flush().map(|()| false)
    }
    fn finish(&mut self, _: End) -> Result<()> {
        self.format.end(&mut self.bytes);
        self.flush()
    }
}
