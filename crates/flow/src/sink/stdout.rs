//! Writes results to standard output.

use super::card::card;
use super::refused::RefusedFile;
use super::table::Table;
use crate::config::Place;
use crate::data::{Aggregate, Kind, Output, Positions, Refusal};
use crate::format::{Carrier, Choice, Format};
use crate::part::{Commit, Committed, Context, End, Sink, SinkPlan, Writes, Written};
use passband_signal::{Fault, Result};
use std::io::{ErrorKind, Write};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

crate::settings! {
    /// Writes results to standard output, for `jq` and similar programs.
    ///
    /// On a terminal, if all results are windows of sensors, it shows a table of the latest values of each sensor; with
    /// `--json` and in a pipe it writes lines.
    pub struct Stdout {
        /// The format of results.
        format: Choice = "json",
        /// What a terminal shows. With `--json` and in a pipe, results are lines.
        terminal: Terminal = "table",
        /// A file for refused data, one line of JSON each.
        refused: Option<String>,
    }
}

crate::choice! {
    /// What a terminal shows.
    pub enum Terminal {
        /// For windows of sensors, a table of the latest values of each sensor, updated in place; for other results, lines.
        Table = "table",
        /// Each result as a card: the name of its stream, and one line per field.
        Cards = "cards",
        /// Every result in the format.
        Lines = "lines",
    }
}

impl SinkPlan for Stdout {
    fn check_format(&self, kinds: &[Kind], place: &Place, faults: &mut Vec<Fault>) {
        self.format.check_writing(kinds, Carrier::Files, place, faults);
    }
    fn refuses(&self, kind: Kind) -> Option<String> {
        self.format.refuses(kind)
    }
    fn one_kind(&self) -> bool {
        self.format.name != "json"
    }
    fn writes(&self) -> Vec<Writes> {
        std::iter::once(Writes::Out).chain(self.refused.clone().map(Writes::Appended)).collect()
    }
    fn open(&self, kinds: &[Kind], context: &Context) -> Result<Box<dyn Sink>> {
        let refused = self.refused.as_deref().map(RefusedFile::new);
        let table = Arc::new(Mutex::new(Table::default()));
        let drawn = table.clone();
        if self.terminal == Terminal::Table
            && kinds == [Aggregate::KIND]
            && context.control.draw(Arc::new(move |columns, lines| locked(&drawn).text(columns, lines)))
        {
            return Ok(Box::new(LastValues { table, refused }));
        }
        let (mut format, mut bytes) = (self.format.open()?, vec![]);
        let cards = self.terminal == Terminal::Cards && context.control.has_terminal();
        if !cards {
            kinds.iter().take(1).for_each(|kind| format.begin(*kind, &mut bytes));
        }
        let control = context.control.clone();
        Ok(Box::new(Writer { format, cards, bytes, refused, control, results: 0 }))
    }
}

fn locked(table: &Mutex<Table>) -> MutexGuard<'_, Table> {
    table.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Writes windows to a table, which the owner of the terminal draws.
struct LastValues {
    table: Arc<Mutex<Table>>,
    refused: Option<RefusedFile>,
}

impl Sink for LastValues {
    fn write(&mut self, output: &Output) -> Result<()> {
        if let Some(window) = output.data.get::<Aggregate>() {
            locked(&self.table).put(&output.stream, window);
        }
        Ok(())
    }
    fn refuse(&mut self, refusal: &Refusal) -> Result<bool> {
        self.refused.as_mut().map_or(Ok(false), |file| file.add(refusal).map(|()| true))
    }
    fn commit(&mut self, _: &Positions, _: Commit) -> Result<Committed> {
        Ok(Committed::Safe)
    }
    fn finish(&mut self, _: End) -> Result<()> {
        Ok(())
    }
}

struct Writer {
    format: Box<dyn Format>,
    /// Whether results are shown as cards.
    cards: bool,
    bytes: Vec<u8>,
    refused: Option<RefusedFile>,
    control: crate::Control,
    results: u64,
}

impl Writer {
    fn flush(&mut self) -> Result<()> {
        let mut out = std::io::stdout().lock();
        let written = out.write_all(&self.bytes).and_then(|()| out.flush());
        self.bytes.clear();
        match written {
            Ok(()) => Ok(()),
            // the reader has closed the pipe (`| head`): a regular end, not an error
            Err(error) if error.kind() == ErrorKind::BrokenPipe => {
                self.control.enough();
                Ok(())
            }
            Err(error) => Err(Fault::new("standard output cannot be written").why(error)),
        }
    }
}

impl Sink for Writer {
    fn write(&mut self, output: &Output) -> Result<()> {
        match output.data.record().filter(|_| self.cards) {
            Some(record) => self.bytes.extend(card(&output.stream, record).into_bytes()),
            None => self.format.append_of(&output.stream, &output.data, &mut self.bytes)?,
        }
        self.results += 1;
        self.flush()
    }
    fn written(&self) -> Vec<Written> {
        let to = "standard output".to_owned();
        let own = Written { to, bytes: None, rows: self.results, of: "results", whole: true };
        std::iter::once(own).chain(self.refused.as_ref().and_then(RefusedFile::written)).collect()
    }
    fn refuse(&mut self, refusal: &Refusal) -> Result<bool> {
        self.refused.as_mut().map_or(Ok(false), |file| file.add(refusal).map(|()| true))
    }
    fn commit(&mut self, _: &Positions, _: Commit) -> Result<Committed> {
        self.flush().map(|()| Committed::Safe)
    }
    fn finish(&mut self, _: End) -> Result<()> {
        if !self.cards {
            self.format.end(&mut self.bytes)?;
        }
        self.flush()
    }
}
