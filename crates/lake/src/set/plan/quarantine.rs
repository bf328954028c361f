//! The quarantine: rows that are in no shard, with reasons.

use super::{Inspections, SetPlan};
use crate::set::labels::{Refusals, Refused, Table};
use passband_signal::address::{redact, shown};
use std::io::{self, Write};

/// The rows that the quarantine is derived from.
#[derive(Clone, Copy)]
pub struct Quarantine<'a> {
    /// The rows that can be used.
    pub table: &'a Table,
    /// The rows that the list refuses.
    pub refusals: &'a Refusals,
    /// The inspections, with the blobs that cannot be used.
    pub inspections: &'a Inspections,
    /// The plan, with the rows that are left out.
    pub plan: &'a SetPlan,
}

/// A position in the quarantine.
#[derive(Clone, Copy, Debug, Default)]
pub struct QuarantineCursor {
    blob: usize,
    left_out: usize,
    listed: usize,
}

impl Quarantine<'_> {
    /// The next quarantined row, in the order of the list. Rows are produced one by one, because they may be many.
    pub fn next(self, cursor: &mut QuarantineCursor) -> Option<Refused> {
        let Self { table, refusals, inspections, plan } = self;
        let blob = inspections.refused_from(cursor.blob);
        cursor.blob = blob.as_ref().map_or(table.len(), |(row, _)| *row);
        let left_out = plan.left_out_at(cursor.left_out, table);
        let in_table = match (&blob, &left_out) {
            (Some((a, _)), Some((b, _))) => Some(a.min(b)),
            (one, other) => one.as_ref().or(other.as_ref()).map(|(row, _)| row),
        };
        let listed = refusals.row(cursor.listed);
        if let (Some(first), row) = (listed, in_table.map(|row| table.number(*row)))
            && row.is_none_or(|row| first < row)
        {
            cursor.listed += 1;
            return Some(refusals.get(cursor.listed - 1));
        }
        let row = *in_table?;
        let (blob, left_out) = (blob.filter(|(at, _)| *at == row), left_out.filter(|(at, _)| *at == row));
        cursor.blob += usize::from(blob.is_some());
        cursor.left_out += usize::from(blob.is_none());
        let (_, reason) = blob.or(left_out)?;
        Some(Refused { row: table.number(row), line: table.line(row), blob: table.blob(row), reason })
    }
}

/// Writes the quarantine as CSV `row,line,blob,reason`, in the order of the list: rows that the list refuses,
/// rows whose blob cannot be used, and rows that the plan leaves out. Returns their number.
///
/// The text is UTF-8 with LF; fields with a comma, a quote or a line break are quoted (RFC 4180).
///
/// ```
/// use passband_lake::set::{labels, plan};
/// let csv = "Label,Blob Name\n0,a.wav\n,b.wav\n1,\"c, d.wav\"\n";
/// let (table, refused) = labels::read(csv.as_bytes(), &labels::Options::default()).unwrap();
/// let mut inspections = plan::Inspections::new(table.len());
/// inspections.good(0, 42, 1);
/// inspections.refuse(1, "there is no such blob");
/// let plan = plan::SetPlan::new(&table, &inspections, &plan::Options::default()).unwrap();
/// let mut text = vec![];
/// let quarantine = plan::Quarantine { table: &table, refusals: &refused, inspections: &inspections, plan: &plan };
/// assert_eq!(plan::write_quarantine(quarantine, &mut text).unwrap(), 2);
/// assert_eq!(
///     String::from_utf8(text).unwrap(),
///     "row,line,blob,reason\n2,3,b.wav,the label is empty\n3,4,\"c, d.wav\",there is no such blob\n"
/// );
/// ```
pub fn write_quarantine(quarantine: Quarantine<'_>, mut out: impl Write) -> io::Result<u64> {
    out.write_all(b"row,line,blob,reason\n")?;
    let (mut count, mut cursor) = (0, QuarantineCursor::default());
    while let Some(refused) = quarantine.next(&mut cursor) {
        out.write_all(&quarantine_row(&refused))?;
        count += 1;
    }
    out.flush()?;
    Ok(count)
}

/// One line of the quarantine; addresses are written without secrets.
pub fn quarantine_row(refused: &Refused) -> Vec<u8> {
    let Refused { row, line, blob, reason } = refused;
    format!("{row},{line},{},{}\n", field(&shown(blob)), field(&redact(reason))).into_bytes()
}

fn field(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains(['"', ',', '\r', '\n']) || text.starts_with(' ') || text.ends_with(' ') {
        format!("\"{}\"", text.replace('"', "\"\"")).into()
    } else {
        text.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_with_special_characters_are_quoted() {
        let line = |blob: &str, reason: &str| {
            let refused = Refused { row: 7, line: 9, blob: blob.into(), reason: reason.into() };
            String::from_utf8(quarantine_row(&refused)).unwrap()
        };
        assert_eq!(
            line("a b.wav", "label 'x' is not an integer"),
            "7,9,a b.wav,label 'x' is not an integer\n"
        );
        assert_eq!(line("a\"b\".wav", "x, y"), "7,9,\"a\"\"b\"\".wav\",\"x, y\"\n");
        assert_eq!(line("a\r\nb", ""), "7,9,\"a\r\nb\",\n");
    }
}
