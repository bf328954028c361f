//! The windows of pipelines as functions: `tumbling(readings, '10 s', time => 'ts', key => 'sensor')`.
//!
//! A function for each window of readings that the engine has. The rows of the input, sorted by their time, are folded by
//! the window and the transform `aggregate` of the engine, as those of a pipeline are.

mod fold;
mod scan;
mod source;

use super::functions::{Arguments, TableFunction};
use super::names::meant;
use super::session::Shared;
use datafusion::arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::catalog::TableProvider;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder, cast, ident};
use passband_dsp::aggregate::Measure;
use passband_flow::config::{Named, Node, Place, Raw, Reader};
use passband_flow::part::{Clock, Part, Role, WindowPlan};
use passband_flow::transform::aggregate::Aggregate;
use passband_flow::window::WINDOWS;
use passband_signal::{Fault, Result};
use scan::WindowsTable;
use std::sync::Arc;

macro_rules! function {
    ($static:ident, $name:literal, $usage:literal, $summary:literal) => {
        #[doc = $summary]
        pub static $static: TableFunction = TableFunction {
            name: $name,
            usage: $usage,
            summary: $summary,
            takes_table: true,
            call: |arguments, shared| call($name, arguments, shared),
        };
    };
}

function!(
    TUMBLING,
    "tumbling",
    "tumbling(readings, '10 s', time => 'ts', key => 'sensor', measures => 'count, min, max, mean')",
    "What is measured in windows that lie end to end"
);
function!(
    HOPPING,
    "hopping",
    "hopping(readings, '1 min', '10 s', time => 'ts', key => 'sensor')",
    "What is measured in windows that begin a hop after each other"
);
function!(
    SESSION,
    "session",
    "session(readings, '30 s', time => 'ts', key => 'sensor')",
    "What is measured while readings follow each other by less than a gap"
);

/// Settings that only have a meaning while readings arrive: rows of a table are complete, and sorted by their time.
const LIVE: [&str; 4] = ["grace", "idle_after", "early", "max_ahead"];
/// What is measured, where nothing is said.
const MEASURES: &str = "count, min, max, mean";

/// What is folded, and how.
pub struct Job {
    /// The rows: a text, a time in µs, and numbers.
    input: LogicalPlan,
    /// The names of the numbers.
    values: Vec<String>,
    measures: String,
    window: &'static str,
    settings: Vec<(String, String)>,
    schema: SchemaRef,
}

/// A window of the engine as it was read.
pub struct Cutting(Box<dyn WindowPlan>);

impl WindowPlan for Cutting {
    fn clock(&self) -> Option<Result<Clock, String>> {
        self.0.clock()
    }
    fn check(&self, place: &Place, faults: &mut Vec<Fault>) {
        self.0.check(place, faults);
    }
}

fn part(name: &str) -> Result<&'static Part> {
    WINDOWS
        .iter()
        .find(|part| part.name == name)
        .ok_or_else(|| Fault::new(format!("there is no window {name}")))
}

impl Job {
    /// The window; the error says which of its settings is wrong.
    fn window(&self) -> Result<Cutting> {
        let part = part(self.window)?;
        let entries = self.settings.iter();
        let entries =
            entries.map(|(key, text)| (key.clone(), Node { line: 0, value: Raw::Text(text.clone()) }));
        let (node, mut faults) = (Node { line: 0, value: Raw::Table(entries.collect()) }, vec![]);
        let mut reader = Reader::new("", self.window, 0, &node, &mut faults);
        let Role::Window(read) = part.role else { return Err(Fault::new("the function is no window")) };
        let window = read(&mut reader).map(Cutting);
        if let Some(window) = &window {
            let place = Place::named(self.window);
            window.check(&place, &mut faults);
            if let Some(Err(why)) = window.clock() {
                faults.push(Fault::new(format!("{} cannot cut readings so", self.window)).why(why));
            }
        }
        match (window, faults.into_iter().next()) {
            (Some(window), None) => Ok(window),
            (_, fault) => Err(fault.unwrap_or_else(|| Fault::new(format!("{} cannot be read", self.window)))),
        }
    }

    /// What is measured of each window.
    fn aggregate(&self) -> Aggregate {
        let of = |value: &String| (value.clone(), format!("{value}: {}", self.measures));
        Aggregate { output: Named(self.values.iter().map(of).collect()) }
    }
}

fn call(window: &'static str, arguments: Arguments, shared: &Arc<Shared>) -> Result<Arc<dyn TableProvider>> {
    let Arguments { positional, mut named, input } = arguments;
    let input = input.ok_or_else(|| {
        Fault::new(format!("{window} needs a table")).fix(format!(
            "write {window}(readings, …), {window}('readings.csv', …) or {window}((SELECT …), …)"
        ))
    })?;
    let mut take = |name: &str| {
        let at = named.iter().position(|(known, _)| known == name)?;
        Some(named.remove(at).1)
    };
    let (key, time, value) = (take("key"), take("time"), take("value"));
    let measures = take("measures").unwrap_or_else(|| MEASURES.into());
    let fields: Vec<&str> = (part(window)?.fields)().iter().map(|field| field.name).collect();
    let own: Vec<&str> = fields.into_iter().filter(|name| !LIVE.contains(name)).collect();
    if positional.len() > own.len() {
        let fault = Fault::new(format!("{window} has too many arguments without a name"));
        return Err(fault
            .why(format!("after the table it takes {}", own.join(", ")))
            .fix("name the others: time => 'ts'"));
    }
    let mut settings: Vec<(String, String)> =
        own.iter().map(|name| (*name).to_owned()).zip(positional).collect();
    for (name, text) in named {
        if !own.contains(&name.as_str()) {
            let known: Vec<&str> = own.iter().copied().chain(["key", "time", "value", "measures"]).collect();
            let fault = Fault::new(format!("{window} has no argument {name}"));
            return Err(fault.why(meant(&name, known.iter().copied())).fix("correct the name"));
        }
        if settings.iter().any(|(known, _)| *known == name) {
            return Err(Fault::new(format!("the argument {name} is given twice")).fix("leave one out"));
        }
        settings.push((name, text));
    }
    for measure in measures.split(',').map(str::trim) {
        Measure::by_name(measure)
            .map_err(|why| Fault::new("the argument measures cannot be used").why(why))?;
    }
    let columns = Columns::of(&input, window, key, time, value)?;
    let schema = columns.schema(&measures);
    let input = columns
        .project(input)
        .map_err(|error| Fault::new("the columns cannot be used").why(error.message()))?;
    let job = Job { input, values: columns.values, measures, window, settings, schema };
    job.window()?;
    Ok(Arc::new(WindowsTable { job: Arc::new(job), shared: shared.clone() }))
}

/// The columns of the input that are used.
struct Columns {
    key: Option<String>,
    time: String,
    values: Vec<String>,
}

impl Columns {
    fn of(
        input: &LogicalPlan,
        window: &str,
        key: Option<String>,
        time: Option<String>,
        value: Option<String>,
    ) -> Result<Self> {
        let fields: Vec<_> = input.schema().fields().iter().cloned().collect();
        let names: Vec<&str> = fields.iter().map(|field| field.name().as_str()).collect();
        let known = |argument: &str, name: &str| {
            let name = name.trim();
            fields.iter().find(|field| field.name() == name).ok_or_else(|| {
                let fault =
                    Fault::new(format!("the argument {argument} of {window} names no column: {name}"));
                fault.why(meant(name, names.iter().copied())).fix("correct the name")
            })
        };
        let time = match time {
            Some(time) => known("time", &time)?.name().clone(),
            None => {
                let mut times =
                    fields.iter().filter(|field| matches!(field.data_type(), DataType::Timestamp(..)));
                match (times.next(), times.next()) {
                    (Some(time), None) => time.name().clone(),
                    _ => {
                        let fault =
                            Fault::new(format!("{window} needs the column with the time of a reading"));
                        return Err(fault
                            .why(format!("the columns are {}", names.join(", ")))
                            .fix("write time => 'ts'"));
                    }
                }
            }
        };
        let kind = known("time", &time)?.data_type();
        if kind.is_numeric() {
            return Err(Fault::new(format!("the column {time} holds numbers, and no times")).fix(format!(
                "make them times: {window}((SELECT to_timestamp_millis({time}) AS t, … ), …, time => 't')"
            )));
        }
        if let Some(key) = &key {
            known("key", key)?;
        }
        let values: Vec<String> = match value {
            Some(list) => {
                let names =
                    list.split(',').map(|name| known("value", name).map(|field| field.name().clone()));
                names.collect::<Result<_>>()?
            }
            None => {
                let other = |name: &String| *name != time && Some(name) != key.as_ref();
                let numbers =
                    fields.iter().filter(|field| field.data_type().is_numeric() && other(field.name()));
                numbers.map(|field| field.name().clone()).collect()
            }
        };
        if values.is_empty() {
            let fault = Fault::new(format!("{window} finds no column of numbers"));
            return Err(fault
                .why(format!("the columns are {}", names.join(", ")))
                .fix("write value => 'temperature'"));
        }
        let unfit = |name: &&String| name.contains([',', ':', '.']);
        if let Some(name) = values.iter().find(unfit) {
            let fault =
                Fault::new(format!("the column {name} has a mark in its name that lists of columns use"));
            return Err(fault.fix(format!("give it another name: (SELECT \"{name}\" AS v, …)")));
        }
        Ok(Self { key, time, values })
    }

    /// The rows as the engine takes them.
    fn project(&self, input: LogicalPlan) -> Result<LogicalPlan, datafusion::common::DataFusionError> {
        let utc = DataType::Timestamp(TimeUnit::Microsecond, None);
        let of = |name: &String, kind: DataType| cast(ident(name.clone()), kind);
        let key = match &self.key {
            Some(key) => of(key, DataType::Utf8),
            None => datafusion::logical_expr::lit(""),
        };
        let mut columns: Vec<Expr> = vec![key.alias("key"), of(&self.time, utc).alias("time")];
        let values = self.values.iter().enumerate();
        columns.extend(values.map(|(at, value)| of(value, DataType::Float64).alias(format!("value{at}"))));
        LogicalPlanBuilder::from(input).project(columns)?.build()
    }

    /// The columns of the result.
    fn schema(&self, measures: &str) -> SchemaRef {
        let time = |name: &str| {
            Field::new(name, DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), false)
        };
        let mut fields = vec![Field::new("key", DataType::Utf8, true), time("start"), time("end")];
        fields.push(Field::new("readings", DataType::Int64, false));
        for value in &self.values {
            for measure in measures.split(',').map(str::trim) {
                let kind = if measure == "count" { DataType::Int64 } else { DataType::Float64 };
                fields.push(Field::new(format!("{value}_{}", measure.replace('.', "_")), kind, true));
            }
        }
        Arc::new(Schema::new(fields))
    }
}
