//! The selected fields of an object, and their possible positions.

use crate::config::Named;
use crate::format::json::Json;
use crate::format::json::path::Path;
use crate::format::json::scan::{Found, Is, Wanted};
use crate::format::json::text::unescape;
use crate::format::number::number;
use crate::format::time::{ARRIVAL, named};

/// The fields of a reading.
pub struct Fields {
    pub wanted: Wanted,
    /// The path of each field, followed by alternative paths.
    pub paths: Vec<String>,
    // the slots of the fields
    pub key: Option<usize>,
    pub time: Option<usize>,
    pub id: Option<usize>,
    pub values: Vec<usize>,
    /// An alternative path, and its field.
    others: Vec<(usize, usize)>,
}

impl Fields {
    /// Selects the fields of the settings.
    ///
    /// # Errors   invalid paths
    pub fn new(settings: &Json) -> Result<Self, String> {
        let (mut wanted, mut paths, mut all) = (Wanted::default(), vec![], vec![]);
        let mut want = |text: &str| -> Result<usize, String> {
            let path = Path::read(text)?;
            let slot = wanted.add(&path.names(), paths.len());
            if slot == paths.len() {
                paths.push(text.to_owned());
                all.push(path);
            }
            Ok(slot)
        };
        let key = settings.key.as_deref().map(&mut want).transpose()?;
        let time = (settings.time != ARRIVAL).then(|| want(&settings.time)).transpose()?;
        let id = settings.id.as_deref().map(&mut want).transpose()?;
        let values = values(&settings.values).iter().map(|path| want(path)).collect::<Result<_, _>>()?;
        let (mut others, mut slots) = (vec![], paths.len());
        for (slot, path) in all.iter().enumerate() {
            for names in path.others() {
                // a path that is selected itself is not an alternative of another
                if wanted.add(&names, slots) == slots {
                    others.push((slots, slot));
                    slots += 1;
                }
            }
        }
        Ok(Self { wanted, paths, key, time, id, values, others })
    }

    /// Number of paths.
    pub fn len(&self) -> usize {
        self.paths.len() + self.others.len()
    }

    /// Moves values found at alternative paths to their fields.
    ///
    /// # Errors   a field occurs at two paths
    #[inline]
    pub fn choose(&self, found: &mut [Found]) -> Result<(), String> {
        for (other, slot) in &self.others {
            let there = std::mem::take(&mut found[*other]);
            match (found[*slot].is, there.is) {
                (_, Is::Missing) => {}
                (Is::Missing, _) => found[*slot] = there,
                _ => {
                    let path = &self.paths[*slot];
                    return Err(format!(
                        "{path} occurs twice, as a member of an object and as a name with a dot: put names in double \
                         quotes in the path"
                    ));
                }
            }
        }
        Ok(())
    }

    /// The content of a field as text; numbers as written.
    pub fn text<'a>(
        &self,
        slot: usize,
        found: &[Found],
        text: &'a str,
        scratch: &'a mut String,
    ) -> Result<&'a str, String> {
        let raw = &text[found[slot].from..found[slot].to];
        match found[slot].is {
            Is::Text | Is::Number => Ok(raw),
            Is::Escaped => {
                unescape(raw, scratch).map_err(|why| format!("{}: {why}", self.paths[slot]))?;
                Ok(scratch)
            }
            _ => Err(unfit(&self.paths[slot], found[slot], text, "a string or a number")),
        }
    }

    /// Why a field is not a number.
    pub fn no_number(&self, slot: usize, found: &[Found], text: &str) -> String {
        let (found, path) = (found[slot], &self.paths[slot]);
        let raw = &text[found.from..found.to];
        match found.is {
            Is::Number => format!("{path} is out of range: {raw}"),
            Is::Text if number(raw.trim()).is_some() => {
                format!(
                    "{path} is a string, and should be a number (numbers_as_text = \"yes\" reads \"{raw}\")"
                )
            }
            Is::Truth => {
                unfit(path, found, text, "a number") + " (words = { true = 1, false = 0 } maps it to one)"
            }
            _ => unfit(path, found, text, "a number"),
        }
    }
}

/// The paths of the values.
fn values(settings: &Named) -> Vec<String> {
    named(settings).into_iter().map(|(_, path)| path).collect()
}

/// "value is null, and should be a number".
pub fn unfit(path: &str, found: Found, text: &str, wanted: &str) -> String {
    let is = match found.is {
        Is::Missing => return format!("there is no field {path}"),
        Is::Null => "null",
        Is::Truth | Is::NoNumber => &text[found.from..found.to],
        Is::Number => "a number",
        Is::Text | Is::Escaped => "a string",
        Is::List => "a list",
        Is::Object => "an object",
    };
    format!("{path} is {is}, and should be {wanted}")
}
