//! A stored plan: `STEM.plan/set.json`, and a file with the rows of each shard.

use crate::set::record::ShardFormat;
use passband_flow::data::{ColumnValue, ExampleRow, Rows, Set, Shard};
use passband_flow::engine::Context;
use passband_flow::store::Directory;
use passband_signal::address::has_secret;
use passband_signal::{Fault, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::sync::Arc;

/// Rows per write.
const ROWS: usize = 4096;

/// The plan of a set as read by workers, without the rows of its shards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PlanFile {
    /// The version of this file.
    version: u32,
    /// The version of Passband: another version may write different bytes.
    passband: String,
    /// The name of the pipeline that builds the set.
    pub pipeline: String,
    /// The variables of the pipeline, except secrets and addresses that contain one.
    pub variables: BTreeMap<String, String>,
    /// The names of the omitted variables: each worker reads them from its environment.
    #[serde(default)]
    pub withheld: Vec<String>,
    /// The id of the plan.
    pub id: String,
    /// The file extension of the shards.
    format: String,
    audio: bool,
    features: Vec<String>,
    columns: Vec<(String, String)>,
    shards: Vec<Value>,
    manifest: Value,
}

/// The rows of one shard, as planned.
pub struct ShardRows {
    number: i32,
    rows: Vec<ExampleRow>,
}

fn folder(stem: &str) -> String {
    format!("{stem}.plan")
}

fn rows_name(stem: &str, number: i32) -> String {
    format!("{stem}.plan/{number:05}.rows")
}

impl PlanFile {
    /// The plan of this set.
    pub fn of(set: &Set, format: ShardFormat, context: &Context) -> Self {
        let kind = |field: &ColumnValue| match field {
            ColumnValue::Int(_) => "integer",
            ColumnValue::Float(_) => "number",
            ColumnValue::Text(_) => "text",
        };
        let shard = |shard: &Arc<Shard>| {
            let Shard { number, split, index, of, examples } = &**shard;
            serde_json::json!([number, split, index, of, examples])
        };
        // this file is readable to everyone who can read the set
        let (secret, open): (Vec<_>, Vec<_>) = context
            .variables
            .iter()
            .partition(|(name, value)| context.secrets.contains(*name) || has_secret(value));
        Self {
            version: 1,
            passband: env!("CARGO_PKG_VERSION").into(),
            pipeline: context.pipeline.clone(),
            variables: open.into_iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            withheld: secret.into_iter().map(|(name, _)| name.clone()).collect(),
            id: set.plan.clone(),
            format: format.extension().into(),
            audio: set.audio,
            features: set.features.clone(),
            columns: set.columns.iter().map(|(name, field)| (name.to_string(), kind(field).into())).collect(),
            shards: set.shards.iter().map(shard).collect(),
            manifest: set.manifest.clone(),
        }
    }

    /// Writes the plan and the rows of the shards that are still to be built, replacing an earlier plan.
    ///
    /// Files of the same plan are kept until each is replaced by the same rows: workers may be building from
    /// them while the planning process restarts.
    pub fn write(&self, place: &Directory, stem: &str, shards: &[Arc<Shard>], rows: &dyn Rows) -> Result<()> {
        if !Self::read(place, stem).is_ok_and(|earlier| earlier.is_some_and(|plan| plan.id == self.id)) {
            place.clear(&folder(stem))?;
        }
        for shard in shards {
            let name = rows_name(stem, shard.number);
            let mut file = place.create(&name)?;
            let mut from = 0;
            while from < rows.count(shard) {
                let text: String = rows.rows(shard, from, ROWS)?.iter().map(|row| line(row) + "\n").collect();
                file.write_all(text.as_bytes()).map_err(|error| place.unwritten(&name, error))?;
                from += ROWS;
            }
            file.finish().map_err(|error| place.unwritten(&name, error))?;
        }
        let text = serde_json::to_vec(self).unwrap_or_default();
        // written last, so that an existing plan is complete
        place.put(&format!("{}/set.json", folder(stem)), &text)
    }

    /// Reads the plan, if it exists.
    pub fn read(place: &Directory, stem: &str) -> Result<Option<Self>> {
        let Some(text) = place.get(&format!("{}/set.json", folder(stem)))? else { return Ok(None) };
        let plan: Self = serde_json::from_slice(&text)
            .map_err(|error| Fault::new("the plan of a set cannot be read").at(place.at()).why(error))?;
        let own = env!("CARGO_PKG_VERSION");
        if plan.passband != own {
            return Err(Fault::new("the plan of a set is from another version of Passband")
                .at(place.at())
                .why(format!("it is from {}, and this is {own}", plan.passband))
                .fix("run the same Passband everywhere: another version may write other bytes"));
        }
        Ok(Some(plan))
    }

    /// Checks that the stored plan is still this one, in this format, so that a worker does not overwrite the
    /// files of a newer plan.
    pub fn ensure_current(place: &Directory, stem: &str, id: &str, format: ShardFormat) -> Result<()> {
        match Self::read(place, stem)? {
            Some(plan) if plan.id == id && plan.format == format.extension() => Ok(()),
            Some(plan) if plan.id == id => Err(Fault::new("the set was planned in another format")
                .at(place.at())
                .why(format!("it is {}", plan.format))
                .fix("plan it with passband dataset --workers")),
            _ => Err(Fault::new("the set was planned anew")
                .at(place.at())
                .fix("build the shards of the new plan")),
        }
    }

    /// Removes the plan.
    pub fn remove(place: &Directory, stem: &str) -> Result<()> {
        place.clear(&folder(stem))
    }

    /// The format of the shards.
    pub fn format(&self) -> Result<ShardFormat> {
        ShardFormat::by_extension(&self.format).ok_or_else(|| {
            Fault::new("the plan of a set cannot be read")
                .why(format!("{} is not a format of shards", self.format))
        })
    }

    /// The planned set, of which only the shards in `only` are built.
    pub fn set(&self, only: Vec<i32>) -> Result<Set> {
        let column = |(name, kind): &(String, String)| {
            let field = match kind.as_str() {
                "integer" => ColumnValue::Int(0),
                "number" => ColumnValue::Float(0.0),
                _ => ColumnValue::Text(Box::default()),
            };
            (Arc::from(name.as_str()), field)
        };
        let shard = |value: &Value| -> Result<Arc<Shard>, serde_json::Error> {
            let (number, split, index, of, examples) = serde_json::from_value(value.clone())?;
            Ok(Arc::new(Shard { number, split, index, of, examples }))
        };
        let shards = self.shards.iter().map(shard).collect::<Result<Vec<_>, _>>();
        Ok(Set {
            plan: self.id.clone(),
            audio: self.audio,
            features: self.features.clone(),
            columns: self.columns.iter().map(column).collect(),
            shards: shards.map_err(|error| Fault::new("the plan of a set cannot be read").why(error))?,
            only,
            manifest: self.manifest.clone(),
        })
    }
}

impl ShardRows {
    /// Reads the rows of a shard.
    pub fn read(place: &Directory, stem: &str, set: &Set, number: i32) -> Result<Self> {
        let name = rows_name(stem, number);
        let file = place.open(&name)?.ok_or_else(|| {
            let fault = Fault::new(format!("{name} does not exist")).at(place.at());
            fault.why("the plan of the set was removed")
        })?;
        let mut rows = vec![];
        for line in BufReader::new(file).lines() {
            let line = line.map_err(|error| place.unread(&name, error))?;
            rows.push(row(&line, set).map_err(|why| {
                Fault::new(format!("{name} cannot be read")).at(format!("line {}", rows.len() + 1)).why(why)
            })?);
        }
        Ok(Self { number, rows })
    }
}

impl Rows for ShardRows {
    fn count(&self, shard: &Shard) -> usize {
        if shard.number == self.number { self.rows.len() } else { 0 }
    }
    fn rows(&self, shard: &Shard, from: usize, take: usize) -> Result<Vec<ExampleRow>> {
        let end = from.saturating_add(take).min(self.count(shard));
        Ok(self.rows.get(from..end).unwrap_or_default().to_vec())
    }
}

/// A row as a line of JSON. Floating-point numbers are stored as text, so that they are read back exactly.
fn line(row: &ExampleRow) -> String {
    let field = |(_, field): &(Arc<str>, ColumnValue)| match field {
        ColumnValue::Int(value) => Value::from(*value),
        ColumnValue::Float(value) => Value::from(value.to_string()),
        ColumnValue::Text(text) => Value::from(&**text),
    };
    let ExampleRow { number, blob, label, columns, first, records, content } = row;
    let names: Vec<&str> = columns.iter().map(|(name, _)| &**name).collect();
    let fields: Vec<Value> = columns.iter().map(field).collect();
    serde_json::json!([number, blob, label, first, records, content, names, fields]).to_string()
}

fn row(line: &str, set: &Set) -> Result<ExampleRow, String> {
    type Parts = (u64, String, i64, u32, u32, u64, Vec<String>, Vec<Value>);
    let parts: Parts = serde_json::from_str(line).map_err(|error| error.to_string())?;
    let (number, blob, label, first, records, content, names, fields) = parts;
    let column = |(name, value): (String, Value)| {
        let known = set.columns.iter().find(|(known, _)| **known == *name);
        let (known, kind) = known.ok_or_else(|| format!("the set has no column '{name}'"))?;
        let field = match (kind, &value) {
            (ColumnValue::Int(_), Value::Number(number)) => number.as_i64().map(ColumnValue::Int),
            // a column of numbers may contain single text fields
            (ColumnValue::Float(_), Value::String(text)) => Some(
                text.parse().map_or_else(|_| ColumnValue::Text(text.as_str().into()), ColumnValue::Float),
            ),
            (_, Value::String(text)) => Some(ColumnValue::Text(text.as_str().into())),
            _ => None,
        };
        Ok((known.clone(), field.ok_or_else(|| format!("column '{name}' is {value}"))?))
    };
    let columns = names.into_iter().zip(fields).map(column).collect::<Result<_, String>>()?;
    Ok(ExampleRow { number, blob, label, columns, first, records, content })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use passband_flow::{Control, config::PassedOn};

    fn set() -> Set {
        let column = |name: &str, field| (Arc::from(name), field);
        Set {
            plan: "a8f1".into(),
            audio: true,
            features: vec!["mfcc".into()],
            columns: vec![
                column("age", ColumnValue::Int(0)),
                column("weight", ColumnValue::Float(0.0)),
                column("who", ColumnValue::Text(Box::default())),
            ],
            shards: (0..2)
                .map(|number| {
                    let (split, index) = ("train".into(), number as u32);
                    Arc::new(Shard { number, split, index, of: 2, examples: 3 })
                })
                .collect(),
            only: vec![],
            manifest: serde_json::json!({ "input": { "rows": 6 } }),
        }
    }

    /// The same rows in every shard, with numbers that are difficult to serialise and texts that look like
    /// numbers.
    struct Same(Vec<ExampleRow>);
    impl Rows for Same {
        fn count(&self, _: &Shard) -> usize {
            self.0.len()
        }
        fn rows(&self, _: &Shard, from: usize, take: usize) -> Result<Vec<ExampleRow>> {
            Ok(self.0.iter().skip(from).take(take).cloned().collect())
        }
    }

    fn rows() -> Same {
        let weights = [0.1, f64::MIN_POSITIVE, -0.0, 1e300, 1.0 / 3.0, f64::INFINITY];
        let row = |number: usize| ExampleRow {
            number: number as u64,
            blob: format!("ä \"{number}\",\n.wav"),
            label: i64::MIN + number as i64,
            columns: vec![
                (Arc::from("age"), ColumnValue::Int(i64::MAX - number as i64)),
                (Arc::from("weight"), ColumnValue::Float(weights[number % weights.len()])),
                (
                    Arc::from("who"),
                    ColumnValue::Text(if number.is_multiple_of(2) { "1.5" } else { "" }.into()),
                ),
            ],
            first: 7,
            records: u32::MAX,
            content: u64::MAX >> 1,
        };
        let mut rows: Vec<ExampleRow> = (0..ROWS + 10).map(row).collect();
        rows[3].columns.remove(1);
        rows[4].columns[0].1 = ColumnValue::Text("unknown".into());
        rows[5].columns[1].1 = ColumnValue::Text("much".into());
        Same(rows)
    }

    /// Stores the plan with id a8f1.
    pub fn store(place: &Directory, stem: &str) {
        let set = set();
        let plan = PlanFile::of(&set, ShardFormat::Parquet, &Context::default());
        plan.write(place, stem, &set.shards, &rows()).unwrap();
    }

    #[test]
    fn a_stored_plan_is_read_back_exactly() {
        let folder = tempfile::tempdir().unwrap();
        let prefix = folder.path().join("digits").display().to_string();
        let (place, stem) = Directory::of(&prefix, &PassedOn::default(), &Control::default()).unwrap();
        assert_eq!(PlanFile::read(&place, &stem).unwrap(), None);
        let (set, rows) = (set(), rows());
        let variables = [("RATE".to_owned(), "16 kHz".to_owned())].into();
        let context = Context { pipeline: "dataset".into(), variables, ..Context::default() };
        let plan = PlanFile::of(&set, ShardFormat::Parquet, &context);
        plan.write(&place, &stem, &set.shards[1..], &rows).unwrap();
        let read = PlanFile::read(&place, &stem).unwrap().unwrap();
        assert_eq!(read, plan);
        assert_eq!(read.set(vec![1]).unwrap(), Set { only: vec![1], ..set.clone() });
        let taken = ShardRows::read(&place, &stem, &set, 1).unwrap();
        assert_eq!((taken.count(&set.shards[1]), taken.count(&set.shards[0])), (ROWS + 10, 0));
        assert_eq!(taken.rows(&set.shards[1], 0, usize::MAX).unwrap(), rows.0);
        assert_eq!(taken.rows(&set.shards[1], ROWS, 3).unwrap(), rows.0[ROWS..ROWS + 3]);
        assert!(ShardRows::read(&place, &stem, &set, 0).is_err(), "it was there already");
        // the plan is written again while a worker uses the rows of shard 1
        plan.write(&place, &stem, &set.shards[..1], &rows).unwrap();
        assert_eq!(ShardRows::read(&place, &stem, &set, 1).unwrap().rows.len(), ROWS + 10);
        PlanFile::ensure_current(&place, &stem, "a8f1", ShardFormat::Parquet).unwrap();
        assert!(PlanFile::ensure_current(&place, &stem, "b000", ShardFormat::Parquet).is_err());
        assert!(PlanFile::ensure_current(&place, &stem, "a8f1", ShardFormat::TfRecord).is_err());
        PlanFile::remove(&place, &stem).unwrap();
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_stored_plan_contains_no_secret_of_a_variable() {
        let folder = tempfile::tempdir().unwrap();
        let prefix = folder.path().join("digits").display().to_string();
        let (place, stem) = Directory::of(&prefix, &PassedOn::default(), &Control::default()).unwrap();
        let secret = [
            ("BLOBS", "https://host/x.wav?sig=hunter2"),
            ("LABELS", "s3://ada:hunter2@box/labels.csv"),
            ("STORE", "secret_access_key=hunter2,endpoint=http://host"),
            ("WORKERS_LIBRDKAFKA", "sasl.username=ada,sasl.password=hunter2"),
            ("TOKEN", "hunter2"),
        ];
        let open = [("RATE", "16 kHz"), ("OUTPUT", "s3://box/set")];
        let all = secret.iter().chain(&open).map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let secrets = ["STORE", "WORKERS_LIBRDKAFKA", "TOKEN"].map(str::to_owned).into();
        let context = Context { variables: all.collect(), secrets, ..Context::default() };
        let plan = PlanFile::of(&set(), ShardFormat::Parquet, &context);
        plan.write(&place, &stem, &[], &rows()).unwrap();
        let text = std::fs::read_to_string(folder.path().join("digits.plan/set.json")).unwrap();
        assert!(!text.contains("hunter2") && !text.contains("ada"), "{text}");
        let read = PlanFile::read(&place, &stem).unwrap().unwrap();
        let mut names: Vec<_> = secret.iter().map(|(name, _)| *name).collect();
        names.sort_unstable();
        assert_eq!(read.withheld, names);
        assert_eq!(read.variables.len(), open.len());
        assert!(open.iter().all(|(name, value)| read.variables[*name] == *value));
    }

    #[test]
    fn a_plan_of_another_version_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let prefix = folder.path().join("digits").display().to_string();
        let (place, stem) = Directory::of(&prefix, &PassedOn::default(), &Control::default()).unwrap();
        let plan = PlanFile {
            passband: "0.0.1".into(),
            ..PlanFile::of(&set(), ShardFormat::Parquet, &Context::default())
        };
        plan.write(&place, &stem, &[], &rows()).unwrap();
        let fault = PlanFile::read(&place, &stem).unwrap_err().to_string();
        assert!(fault.contains("0.0.1") && fault.contains("the same Passband everywhere"), "{fault}");
    }
}
