//! Detects the columns of labels and of blob names, if this is unambiguous.
//!
//! A column is identified by its name ([`LABELS`], [`BLOBS`]); that of blob names also by its values, which are names
//! of recordings or of existing blobs. Of two columns, one identifies the other. The position of a column is not
//! considered.

use super::Header;
use super::header::{list, loose, quoted};
use super::records::Record;
use passband_signal::{Fault, Result, has_recording_extension};

/// Names of columns of labels, without case, spaces, `_` and `-`. The first has precedence, the others must be unique.
const LABELS: [&str; 9] =
    ["label", "class", "category", "target", "labels", "classname", "classid", "labelname", "labelid"];
/// Names of columns of blob names.
const BLOBS: [&str; 23] = [
    "blobname",
    "blob",
    "filename",
    "filepath",
    "file",
    "fname",
    "path",
    "wav",
    "wavfile",
    "wavpath",
    "wavfilename",
    "audiofile",
    "audiopath",
    "audiofilepath",
    "audiofilename",
    "soundfile",
    "soundfilename",
    "slicefilename",
    "relativepath",
    "url",
    "uri",
    "objectname",
    "recordingpath",
];
/// Number of rows that are examined.
const ROWS: usize = 50;

/// The header and the first rows of a list.
pub(super) struct ColumnDetector<'a> {
    pub names: &'a [String],
    pub header: Header,
    pub sample: &'a [Record],
    /// Whether a blob of that name exists.
    pub is_blob: &'a dyn Fn(&str) -> bool,
}

impl ColumnDetector<'_> {
    /// The columns of labels and of blob names; at most one of them is given.
    pub fn detect(&self, label: Option<usize>, blob: Option<usize>) -> Result<(usize, usize)> {
        let names = self.names;
        let seen = [label, blob].iter().all(Option::is_none) && self.header == Header::Present;
        let number = || names.iter().any(|name| name.parse::<f64>().is_ok());
        let called = (self.called(&LABELS, label, "label")?, self.called(&BLOBS, blob, "blob")?);
        if seen && (names.iter().any(|name| self.is_name(name)) || (called == (None, None) && number())) {
            return Err(Fault::new("the list of labels has no header")
                .at("line 1")
                .why(format!("its first line is {}", list(names)))
                .fix("add the line Label,Blob Name, or set --no-header"));
        }
        let given = label;
        let (label, found) = called;
        let by_content: Vec<usize> =
            (0..names.len()).filter(|at| Some(*at) != given && self.holds(*at)).collect();
        let sure = found.is_some_and(|at| by_content.contains(&at));
        if let [other, ..] = by_content[..]
            && blob.is_none()
            && !sure
            && (found.is_some() || (by_content.len() == 1 && Some(other) == label))
        {
            let why = match found {
                Some(at) => {
                    format!("column {} has them, and {} does not", quoted(&names[other]), quoted(&names[at]))
                }
                None => format!("column {} has them", quoted(&names[other])),
            };
            let what = "the names of the list's columns contradict their values";
            let why = format!("names of recordings: {why}");
            return Err(Fault::new(what).at("line 1").why(why).fix(COLUMNS));
        }
        let found = match (found, &by_content[..]) {
            (Some(at), _) => Some(at),
            (None, [one]) => Some(*one),
            (None, _) => None,
        };
        match (label, found) {
            (Some(label), Some(blob)) => Ok((label, blob)),
            (Some(one), None) if names.len() == 2 => Ok((one, 1 - one)),
            (None, Some(one)) if names.len() == 2 => Ok((1 - one, one)),
            (None, None) => Err(self.unknown("which column is the label and which the recording's name")),
            (None, _) => Err(self.unknown("which column is the label")),
            (_, None) => Err(self.unknown("which column is the recording's name")),
        }
    }

    /// The column that is given, or identified by its name.
    fn called(&self, known: &[&str], given: Option<usize>, option: &str) -> Result<Option<usize>> {
        if given.is_some() || self.header == Header::Absent {
            return Ok(given);
        }
        let (first, others) = known.split_at(1);
        for known in [first, others] {
            let found: Vec<usize> = (0..self.names.len())
                .filter(|at| known.contains(&loose(&self.names[*at]).as_str()))
                .collect();
            match found[..] {
                [] => {}
                [at] => return Ok(Some(at)),
                [..] => {
                    let found: Vec<String> = found.iter().map(|at| self.names[*at].clone()).collect();
                    let what = format!("the column of the {option} is ambiguous");
                    let why = format!("it could be {}; the columns are {}", list(&found), list(self.names));
                    let fix = format!("set --{option} COLUMN, and give each column a unique name");
                    return Err(Fault::new(what).at("line 1").why(why).fix(fix));
                }
            }
        }
        Ok(None)
    }

    fn unknown(&self, what: &str) -> Fault {
        Fault::new(format!("the list does not say {what}"))
            .at("line 1")
            .why(format!("there are {}", list(self.names)))
            .fix(COLUMNS)
    }

    /// Whether most values of a column are names of recordings.
    fn holds(&self, at: usize) -> bool {
        let fields = self.sample.iter().take(ROWS).filter_map(|record| record.text(at).ok());
        let (mut names, mut others) = (0, 0);
        for field in fields.filter(|field| !field.is_empty()) {
            *if self.is_name(field) { &mut names } else { &mut others } += 1;
        }
        names > others
    }

    fn is_name(&self, text: &str) -> bool {
        let plain = text.split(['?', '#']).next().unwrap_or(text);
        has_recording_extension(plain) || (self.is_blob)(text)
    }
}

const COLUMNS: &str = "set --label COLUMN and --blob COLUMN (without a header, their numbers from 1)";
