//! Reads and writes the manifest file; it is written atomically.

use super::{Manifest, VERSION};
use passband_flow::store::Directory;
use passband_signal::{Fault, Result};
use serde::Deserialize;
use serde_json::Value;
use std::path::Path;

impl Manifest {
    /// The file name of the manifest: that of the stem `v1.2` is `v1.2.json`.
    pub fn name(stem: &str) -> String {
        format!("{stem}.json")
    }

    /// The manifest as it is stored: sorted by name, one per line.
    pub fn to_json(&self) -> String {
        let value = serde_json::to_value(self).map(sorted).unwrap_or_default();
        format!("{value:#}\n")
    }

    /// Parses a stored manifest.
    pub fn from_json(text: &str) -> Result<Self> {
        /// The fields of every version.
        #[derive(Deserialize)]
        struct Head {
            manifest: u64,
            #[serde(default)]
            passband: String,
        }
        let unread = |error: serde_json::Error| {
            Fault::new("the manifest cannot be read")
                .why(error)
                .fix("give the prefix of a set that Passband wrote")
        };
        let head: Head = serde_json::from_str(text).map_err(unread)?;
        if head.manifest != u64::from(VERSION) {
            return Err(Fault::new(format!("the manifest is of version {}", head.manifest))
                .why(format!("this Passband reads version {VERSION}"))
                .fix(match head.passband.as_str() {
                    "" => "use the version of Passband that wrote the set".into(),
                    made => format!("use Passband {made}, which wrote the set"),
                }));
        }
        let manifest: Self = serde_json::from_str(text).map_err(unread)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// Reads the manifest of a set.
    pub fn read(place: &Directory, stem: &str) -> Result<Self> {
        let (name, at) = (Self::name(stem), place.at());
        let bytes = place.get(&name)?.ok_or_else(|| {
            Fault::new(format!("there is no manifest {name}"))
                .at(at.clone())
                .why("the manifest is written when a set is complete")
                .fix("give the prefix that the set was built with, or finish its build")
        })?;
        Self::from_json(&String::from_utf8_lossy(&bytes)).map_err(|fault| fault.at(format!("{at}/{name}")))
    }

    /// Writes the manifest atomically: after a crash the file is the new manifest or the earlier one.
    pub fn write(&self, place: &Directory, stem: &str) -> Result<()> {
        let name = Self::name(stem);
        self.check().map_err(|fault| fault.at(format!("{}/{name}", place.at())))?;
        place.put(&name, self.to_json().as_bytes())
    }
}

/// A path without the parts that depend on the machine or are secret.
pub(super) fn plain(path: &str) -> String {
    match path.split_once("://") {
        Some((scheme, rest)) => {
            let rest = rest.split(['?', '#']).next().unwrap_or_default();
            let (host, file) = rest.split_once('/').map_or((rest, None), |(host, file)| (host, Some(file)));
            let host = host.rsplit('@').next().unwrap_or_default();
            file.map_or_else(|| format!("{scheme}://{host}"), |file| format!("{scheme}://{host}/{file}"))
        }
        None if Path::new(path).is_absolute() => {
            Path::new(path).file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned())
        }
        None => path.to_owned(),
    }
}

/// The value with the keys of all objects sorted.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(map) => {
            let mut entries: Vec<(String, Value)> = map.into_iter().collect();
            entries.sort_by(|a, b| a.0.cmp(&b.0));
            entries.into_iter().map(|(name, value)| (name, sorted(value))).collect()
        }
        Value::Array(values) => values.into_iter().map(sorted).collect(),
        other => other,
    }
}
