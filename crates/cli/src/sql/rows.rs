//! Writes rows to standard output or a file.

use super::Stop;
use passband_lake::table::sql::{Batch, Output, OutputFormat, Schema, TextTable};
use passband_signal::Fault;
use std::io::{self, ErrorKind, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Writes rows as text or columns; a closed pipe ends the query.
pub struct Rows<W: Write + Send>(Kind<W>, Arc<AtomicBool>);

enum Kind<W: Write + Send> {
    Text(TextTable, Noticed<W>),
    Files(Box<Output<Noticed<W>>>),
}

/// Detects that the reader has closed the pipe.
struct Noticed<W> {
    out: W,
    gone: Arc<AtomicBool>,
}

impl<W: Write> Write for Noticed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.out.write(bytes).inspect_err(|error| self.note(error))
    }
    fn flush(&mut self) -> io::Result<()> {
        self.out.flush().inspect_err(|error| self.note(error))
    }
}

impl<W> Noticed<W> {
    fn note(&self, error: &io::Error) {
        self.gone.fetch_or(error.kind() == ErrorKind::BrokenPipe, Ordering::SeqCst);
    }
}

impl<W: Write + Send> Rows<W> {
    /// Starts the output; without a file format, it is an aligned table.
    pub fn new(format: Option<OutputFormat>, out: W, schema: &Schema) -> Result<Self, Stop> {
        let gone = Arc::<AtomicBool>::default();
        let out = Noticed { out, gone: gone.clone() };
        Ok(Self(
            match format {
                Some(format) => Kind::Files(Box::new(Output::new(format, out, schema)?)),
                None => Kind::Text(TextTable::new(schema, console::measure_text_width), out),
            },
            gone,
        ))
    }

    pub fn write(&mut self, batch: &Batch) -> Result<(), Stop> {
        let Self(kind, gone) = self;
        match kind {
            Kind::Text(table, out) => put(out, &table.add(batch)?, gone),
            Kind::Files(output) => output.write(batch).map_err(|fault| stop(fault, gone)),
        }
    }

    /// Completes the output, and returns the underlying writer.
    pub fn finish(self) -> Result<W, Stop> {
        let Self(kind, gone) = self;
        match kind {
            Kind::Text(table, mut out) => {
                put(&mut out, &table.finish(), &gone)?;
                Ok(out.out)
            }
            Kind::Files(output) => {
                let mut out = output.finish().map_err(|fault| stop(fault, &gone))?;
                out.flush().map_err(|error| stop(unwritten(error), &gone))?;
                Ok(out.out)
            }
        }
    }
}

fn unwritten(error: io::Error) -> Fault {
    Fault::new("the rows cannot be written").why(error).fix("free disk space, or choose another place")
}

fn put<W: Write>(out: &mut W, text: &str, gone: &AtomicBool) -> Result<(), Stop> {
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| stop(unwritten(error), gone))
}

fn stop(fault: Fault, gone: &AtomicBool) -> Stop {
    if gone.load(Ordering::SeqCst) { Stop::Enough } else { Stop::Failed(fault) }
}
