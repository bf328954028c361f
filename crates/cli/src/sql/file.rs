//! Writes rows to a file, which is renamed to its final name when complete.

use super::Stop;
use super::rows::Rows;
use crate::print::{self, Print, say};
use passband_flow::Control;
use passband_flow::config::PassedOn;
use passband_flow::store::Directory;
use passband_lake::table::sql::{OutputFormat, Session, Statement};
use passband_signal::Fault;
use std::io::BufWriter;
use std::path::Path;

/// The destination of a statement's rows.
pub struct OutputFile<'a> {
    pub path: &'a Path,
    pub format: Option<OutputFormat>,
    pub print: Print,
}

impl OutputFile<'_> {
    /// Runs the statement, and writes its rows.
    pub fn write(&self, session: &Session, statement: &Statement) -> Result<(), Stop> {
        let name = self.path.display().to_string();
        if self.path.is_dir() {
            return Err(Stop::Wrong(
                Fault::new(format!("{name} is a folder")).at("--output").fix("name a file"),
            ));
        }
        let none = || {
            let fault = Fault::new("the statement returns no rows").at("--output");
            Stop::Wrong(fault.fix("remove --output, or add a query after the statement"))
        };
        // refused before the rows are in the table
        if statement.writes() {
            return Err(none());
        }
        let mut answer = session.run(statement)?;
        if answer.schema().fields().is_empty() {
            return Err(none());
        }
        if let Some(why) = session.reads(self.path) {
            let fault = Fault::new(format!("{name} would overwrite the input")).at("--output").why(why);
            return Err(Stop::Wrong(fault.fix("choose another place for the output")));
        }
        // the target of a link is written, so that the link remains
        let target = std::fs::canonicalize(self.path).unwrap_or_else(|_| self.path.to_owned());
        // a pipe or device is written directly: it has no complete state, and must not be replaced
        let direct = std::fs::metadata(&target).is_ok_and(|known| !known.is_file());
        let unopened =
            |error| Fault::new(format!("{name} cannot be written")).why(error).fix("choose another place");
        let (directory, stem) =
            Directory::of(&target.to_string_lossy(), &PassedOn::default(), &Control::default())?;
        let mut count = 0;
        if direct {
            let file = std::fs::File::options().write(true).open(&target).map_err(unopened)?;
            let mut rows = Rows::new(self.format, BufWriter::new(file), answer.schema())?;
            while let Some(batch) = answer.next_rows()? {
                count += batch.num_rows();
                rows.write(&batch)?;
            }
            rows.finish()?;
        } else {
            let upload = BufWriter::with_capacity(1 << 18, directory.create(&stem)?);
            let mut rows = Rows::new(self.format, upload, answer.schema())?;
            while let Some(batch) = answer.next_rows()? {
                count += batch.num_rows();
                rows.write(&batch)?;
            }
            let upload = rows.finish()?.into_inner().map_err(|error| unopened(error.into_error()))?;
            upload.finish().map_err(|error| directory.unwritten(&stem, error))?;
        }
        self.tell(&name, count);
        Ok(())
    }

    fn tell(&self, name: &str, count: usize) {
        match self.print {
            Print { json: true, .. } => {
                say(serde_json::json!({ "written": [{ "to": name, "rows": count }] }))
            }
            Print { quiet: true, .. } => {}
            _ => say(format_args!("{name}: {} rows", print::digits(count as u64))),
        }
    }
}
