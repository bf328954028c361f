//! Tables and queries.

use super::{RawQuery, aside, given, json, number, parameters};
use crate::app::App;
use crate::fault::Answer;
use crate::library::about;
use crate::source::{Source, Sources, quoted};
use arrow_ipc::writer::StreamWriter;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use passband_lake::table::sql::{
    Batch, ColumnKind, Interrupt, Output, OutputFormat, Schema, TABLE_FUNCTIONS, numbers,
};
use passband_signal::Fault;
use serde::Deserialize;
use serde_json::{Value, json as of};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

/// Rows of an answer, if the request names no other number, and at most.
const ROWS: usize = 10_000;
const MOST_ROWS: usize = 1_000_000;
/// The stack of the thread of a query: long expressions are walked by recursion.
const STACK: usize = 64 << 20;
/// The media type of Arrow IPC streams.
const ARROW: &str = "application/vnd.apache.arrow.stream";

/// `GET /api/tables`
pub async fn tables(State(app): State<Arc<App>>) -> Result<Response, Answer> {
    aside(move || {
        let tables: Vec<Value> = app.sources.all.iter().map(|source| table(&app, source)).collect();
        let functions: Vec<&str> = TABLE_FUNCTIONS.iter().map(|function| function.name).collect();
        let words = app.sources.open().map(|session| session.words()).unwrap_or_default();
        Ok(json(&of!({ "tables": tables, "functions": functions, "keywords": words })))
    })
    .await
}

fn table(app: &App, source: &Source) -> Value {
    let kind = if app.recordings.as_ref() == Some(source) { "recordings" } else { "rows" };
    let schema = match app.sources.schema(&source.name) {
        Ok(schema) => schema,
        Err(_) => {
            return of!({ "name": source.name, "kind": kind, "rows": null, "columns": [], "time": null });
        }
    };
    let columns = schema.fields().iter().enumerate().map(|(at, field)| {
        of!({
            "name": field.name(), "type": field.data_type().to_string(),
            "kind": word(ColumnKind::of(field.data_type())),
            "unit": about(&schema, at, "unit"), "doc": about(&schema, at, "doc"),
        })
    });
    let columns: Vec<Value> = columns.collect();
    let time = columns.iter().find(|column| column["kind"] == "time").map(|column| column["name"].clone());
    of!({ "name": source.name, "kind": kind, "rows": rows(&app.sources, &source.name), "columns": columns, "time": time })
}

fn rows(sources: &Sources, name: &str) -> Option<u64> {
    let mut count = None;
    let query = format!("SELECT count(*) FROM {}", quoted(name));
    let read = sources.read(&query, drop, |_, batch| {
        let first = batch.and_then(|batch| numbers(batch.columns().first()?)?.first().copied());
        count = count.or(first.map(|first| first as u64));
        Ok(true)
    });
    read.ok().and(count)
}

fn word(kind: ColumnKind) -> &'static str {
    match kind {
        ColumnKind::Number => "number",
        ColumnKind::Text => "text",
        ColumnKind::Time => "time",
        ColumnKind::List => "list",
        ColumnKind::Other => "other",
    }
}

#[derive(Deserialize)]
struct Asked {
    query: String,
    limit: Option<usize>,
}

/// `GET /api/sql`
pub async fn get(
    State(app): State<Arc<App>>,
    query: RawQuery,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    let parameters = parameters(query);
    let limit = number(&parameters, "limit", ROWS)?;
    answer(app, given(&parameters, "query").unwrap_or_default().to_owned(), limit, &headers).await
}

/// `POST /api/sql`
pub async fn post(State(app): State<Arc<App>>, headers: HeaderMap, body: Bytes) -> Result<Response, Answer> {
    let asked: Asked = serde_json::from_slice(&body).map_err(|error| {
        let fault = Fault::new("the request cannot be read").why(error);
        Answer::wrong(fault.fix("send {\"query\": \"SELECT …\", \"limit\": 1000} as JSON"))
    })?;
    answer(app, asked.query, asked.limit.unwrap_or(ROWS), &headers).await
}

async fn answer(app: Arc<App>, query: String, limit: usize, headers: &HeaderMap) -> Result<Response, Answer> {
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    let is_arrow = accepts.contains(ARROW);
    let begun = Instant::now();
    let Rows { schema, batches, more } = ask(app, query, limit.min(MOST_ROWS)).await?;
    aside(move || {
        if is_arrow {
            return Ok(([(header::CONTENT_TYPE, ARROW)], arrow(&schema, &batches)?).into_response());
        }
        let columns = schema.fields().iter().map(|field| {
            let kind = word(ColumnKind::of(field.data_type()));
            of!({ "name": field.name(), "type": field.data_type().to_string(), "kind": kind })
        });
        let columns: Vec<Value> = columns.collect();
        let mut rows: Vec<Value> = vec![];
        for batch in &batches {
            rows.extend(objects(batch)?.into_iter().map(|row| {
                Value::Array(schema.fields().iter().map(|field| row[field.name().as_str()].clone()).collect())
            }));
        }
        let seconds = begun.elapsed().as_secs_f64();
        Ok(json(&of!({ "columns": columns, "rows": rows, "more": more, "seconds": seconds })))
    })
    .await
}

/// The rows of a batch as objects.
pub fn objects(batch: &Batch) -> Result<Vec<Value>, Answer> {
    let mut lines = Output::new(OutputFormat::Json, Vec::new(), &batch.schema())?;
    lines.write(batch)?;
    let lines = lines.finish()?;
    let lines = lines.split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
    let parsed = lines.map(serde_json::from_slice);
    parsed.collect::<Result<_, _>>().map_err(|_| Answer::failed("the rows cannot be written as JSON"))
}

fn arrow(schema: &Schema, batches: &[Batch]) -> Result<Vec<u8>, Answer> {
    let failed = |_| Answer::failed("the rows cannot be written as Arrow");
    let mut out = StreamWriter::try_new(Vec::new(), schema).map_err(failed)?;
    batches.iter().try_for_each(|batch| out.write(batch)).map_err(failed)?;
    out.finish().map_err(failed)?;
    out.into_inner().map_err(failed)
}

/// The rows of a query.
pub struct Rows {
    /// The columns.
    pub schema: Schema,
    /// The rows.
    pub batches: Vec<Batch>,
    /// Whether there are more rows than were asked for.
    pub more: bool,
}

/// Stops a query whose answer no one waits for any more.
#[derive(Clone, Default)]
struct Cancel(Arc<(AtomicBool, Mutex<Option<Interrupt>>)>);

/// Cancels when the request is dropped.
struct Waiting(Cancel);

impl Drop for Waiting {
    fn drop(&mut self) {
        let Cancel(shared) = &self.0;
        shared.0.store(true, Ordering::SeqCst);
        if let Some(interrupt) = &*shared.1.lock().unwrap_or_else(PoisonError::into_inner) {
            interrupt.stop();
        }
    }
}

/// Runs a query on a thread of its own; it is stopped if the request is dropped.
pub async fn ask(app: Arc<App>, query: String, limit: usize) -> Result<Rows, Answer> {
    let permit = app.queries.clone().acquire_owned().await;
    let cancel = Cancel::default();
    let waiting = Waiting(cancel.clone());
    let (send, receive) = tokio::sync::oneshot::channel();
    let work = move || {
        let _permit = permit;
        drop(send.send(run(&app.sources, &query, limit, &cancel)));
    };
    let thread = std::thread::Builder::new().name("passband-query".into()).stack_size(STACK).spawn(work);
    thread.map_err(|_| Answer::busy(Fault::new("no thread for the query").fix("try again later")))?;
    let rows = receive.await.map_err(|_| Answer::failed("the query failed"))?;
    drop(waiting);
    rows
}

fn run(sources: &Sources, query: &str, limit: usize, cancel: &Cancel) -> Result<Rows, Answer> {
    let (mut rows, mut count) = (None, 0);
    let began = |interrupt: Interrupt| {
        *cancel.0.1.lock().unwrap_or_else(PoisonError::into_inner) = Some(interrupt);
    };
    sources.read(query, began, |schema, batch| {
        let rows = rows.get_or_insert_with(|| Rows { schema: schema.clone(), batches: vec![], more: false });
        if let Some(batch) = batch {
            let taken = batch.num_rows().min(limit - count);
            rows.more = taken < batch.num_rows();
            count += taken;
            if taken > 0 {
                rows.batches.push(batch.slice(0, taken));
            }
        }
        Ok(!rows.more && !cancel.0.0.load(Ordering::SeqCst))
    })?;
    rows.ok_or_else(|| Answer::failed("the query has no answer"))
}
