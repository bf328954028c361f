//! Recordings without a table: they are measured once, and their rows kept in a file in the cache folder.

use crate::source::stamp;
use passband_lake::table::iceberg::WarehouseSettings;
use passband_lake::table::sql::{Output, OutputFormat, Session, SqlError};
use passband_signal::{Fault, Result, has_recording_extension};
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use xxhash_rust::xxh3::Xxh3;

/// The columns of the rows: what the pages show.
const COLUMNS: &str = "path, duration, sample_rate, channels, samples, container, codec, content_hash, feature_version, \
    title, artist, album, genre, date, tempo, tempo_confidence, second_tempo, beats, onsets, time_signature, downbeats, \
    bar_pattern, bar_pattern_low, key, key_confidence, second_key, tuning, chords, chord_starts, loudness, \
    loudness_range, true_peak, fingerprint, mfcc_mean, mfcc_deviation";

/// Whether a path is a recording, or a folder with recordings in it and no files of rows.
pub fn is_of_recordings(path: &str) -> bool {
    let path = Path::new(path);
    if path.is_file() {
        return path.to_str().is_some_and(has_recording_extension);
    }
    let mut names =
        std::fs::read_dir(path).into_iter().flatten().filter_map(Result::ok).map(|entry| entry.file_name());
    names.any(|name| name.to_str().is_some_and(has_recording_extension))
}

/// The file with the rows of recordings; they are measured if that file is not there, or if the recordings have changed.
///
/// # Errors  no recording that can be measured, a cache folder that cannot be written
pub fn rows(path: &str, cache: &Path, note: &dyn Fn(String)) -> Result<PathBuf> {
    let mut hash = Xxh3::new();
    hash.update(path.as_bytes());
    hash.update(std::fs::canonicalize(path).unwrap_or_default().as_os_str().as_encoded_bytes());
    hash.update(stamp(path).as_bytes());
    hash.update(COLUMNS.as_bytes());
    hash.update(env!("CARGO_PKG_VERSION").as_bytes());
    let file = cache.join(format!("recordings-{:032x}.parquet", hash.digest128()));
    if file.exists() {
        return Ok(file);
    }
    note(format!("measuring {path}"));
    let unwritten = |error: std::io::Error| {
        let fault = Fault::new("the rows of the recordings cannot be kept").at(cache.display().to_string());
        fault.why(error).fix("set XDG_CACHE_HOME to a folder that can be written")
    };
    std::fs::create_dir_all(cache).map_err(unwritten)?;
    let part = file.with_extension(format!("{}.part", std::process::id()));
    let refused = Arc::new(Mutex::new(vec![]));
    let written = write(path, &part, &refused).map_err(|error| match error {
        SqlError::Statement(fault) | SqlError::Query(fault) => fault,
        SqlError::Interrupted => Fault::new("the measurement was interrupted"),
    });
    let refused = std::mem::take(&mut *refused.lock().unwrap_or_else(PoisonError::into_inner));
    refused.into_iter().for_each(note);
    match written {
        Ok(0) => {
            let _ = std::fs::remove_file(&part);
            let fault = Fault::new(format!("no recording of {path} can be measured"));
            Err(fault.fix(format!("see why: passband analyze {path}")))
        }
        Ok(_) => std::fs::rename(&part, &file).map(|()| file).map_err(unwritten),
        Err(fault) => {
            let _ = std::fs::remove_file(&part);
            Err(fault)
        }
    }
}

/// Measures recordings; which of them are refused, and why, is added to `refused`.
fn write(path: &str, part: &Path, refused: &Arc<Mutex<Vec<String>>>) -> Result<u64, SqlError> {
    let refused = refused.clone();
    let noted = move |text| refused.lock().unwrap_or_else(PoisonError::into_inner).push(text);
    let session = Session::with_notes(WarehouseSettings::default(), noted).map_err(SqlError::Query)?;
    let query = format!("SELECT {COLUMNS} FROM recordings('{}')", path.replace('\'', "''"));
    let statements = session.parse(&query)?;
    let Some(statement) = statements.first() else { return Ok(0) };
    let mut answer = session.run(statement)?;
    let file =
        File::create(part).map_err(|error| SqlError::Query(Fault::new("no file for the rows").why(error)))?;
    let out = Output::new(OutputFormat::Parquet, BufWriter::new(file), answer.schema());
    let mut out = out.map_err(SqlError::Query)?;
    let mut rows = 0;
    while let Some(batch) = answer.next_rows()? {
        rows += batch.num_rows() as u64;
        out.write(&batch).map_err(SqlError::Query)?;
    }
    out.finish().map_err(SqlError::Query)?;
    Ok(rows)
}
