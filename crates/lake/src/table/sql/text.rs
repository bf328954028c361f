//! Rows as an aligned table for a terminal.

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::datatypes::{DataType, SchemaRef};
use datafusion::arrow::util::display::{ArrayFormatter, FormatOptions};
use passband_signal::{Fault, Result};
use std::fmt::Write;

/// The most characters of a cell; of a longer one the beginning is shown.
const CELL: usize = 60;

/// Rows that are aligned with each other; later ones get widths of their own.
const ALIGNED: usize = 1000;

/// An aligned table, given page by page, so that a long one needs no memory.
///
/// Numbers are aligned to the right; null is an empty cell; of a text longer than 60 characters the beginning is shown.
pub struct TextTable {
    names: Vec<String>,
    right: Vec<bool>,
    rows: Vec<Vec<String>>,
    begun: bool,
    width: fn(&str) -> usize,
}

impl TextTable {
    /// A table with these columns; `width` tells the columns of a terminal that a text takes.
    pub fn new(schema: &SchemaRef, width: fn(&str) -> usize) -> Self {
        let fields = schema.fields();
        let right = |of: &DataType| of.is_numeric();
        Self {
            names: fields.iter().map(|field| one_line(field.name())).collect(),
            right: fields.iter().map(|field| right(field.data_type())).collect(),
            rows: vec![],
            begun: false,
            width,
        }
    }

    /// Takes rows, and gives the pages that are full.
    pub fn add(&mut self, batch: &RecordBatch) -> Result<String> {
        let tell = |error| Fault::new("a value cannot be shown").why(error);
        let options = FormatOptions::default();
        let columns: Result<Vec<_>, _> =
            batch.columns().iter().map(|column| ArrayFormatter::try_new(column, &options)).collect();
        let columns = columns.map_err(tell)?;
        let mut out = String::new();
        for row in 0..batch.num_rows() {
            let cells: Result<Vec<String>, _> = columns
                .iter()
                .map(|column| column.value(row).try_to_string().map(|text| one_line(&text)))
                .collect();
            self.rows.push(cells.map_err(tell)?);
            if self.rows.len() == ALIGNED {
                self.page(&mut out);
            }
        }
        Ok(out)
    }

    /// Gives what is left.
    pub fn finish(mut self) -> String {
        let mut out = String::new();
        if !self.rows.is_empty() || !self.begun {
            self.page(&mut out);
        }
        out
    }

    fn page(&mut self, out: &mut String) {
        let width = self.width;
        let mut widths: Vec<usize> = self.names.iter().map(|name| width(name)).collect();
        for row in &self.rows {
            row.iter().zip(&mut widths).for_each(|(cell, most)| *most = (*most).max(width(cell)));
        }
        let mut line = |cells: &[String]| {
            let mut text = String::new();
            for (at, cell) in cells.iter().enumerate() {
                let space = " ".repeat(widths[at].saturating_sub(width(cell)));
                let gap = if at > 0 { "  " } else { "" };
                let _ = match self.right[at] {
                    true => write!(text, "{gap}{space}{cell}"),
                    false => write!(text, "{gap}{cell}{space}"),
                };
            }
            out.push_str(text.trim_end());
            out.push('\n');
        };
        if !self.begun {
            line(&self.names);
            let rule: Vec<String> = widths.iter().map(|width| "─".repeat(*width)).collect();
            line(&rule);
            self.begun = true;
        }
        self.rows.iter().for_each(|row| line(row));
        self.rows.clear();
    }
}

/// A text that cannot break the table or command the terminal, cut to the width of a cell.
fn one_line(text: &str) -> String {
    let mut out = String::new();
    for (at, letter) in text.chars().enumerate() {
        if at == CELL {
            out.pop();
            out.push('…');
            break;
        }
        match letter {
            '\n' | '\r' | '\t' => out.push(' '),
            letter if letter.is_control() => out.push('·'),
            letter => out.push(letter),
        }
    }
    out
}
