//! Recordings as rows: filtered, sorted, near each other, equal to each other.

use super::{Parameters, RawQuery, aside, binary, given, json, number, parameters};
use crate::app::App;
use crate::fault::Answer;
use crate::library::Library;
use crate::library::column::Values;
use crate::library::filter::Filters;
use axum::extract::State;
use axum::response::Response;
use passband_dsp::music::Fingerprint;
use passband_signal::Fault;
use serde_json::{Map, Value, json as of};
use std::collections::HashMap;
use std::sync::Arc;

/// Rows of an answer, if the request names no other number, and at most.
const ROWS: usize = 100;
const MOST_ROWS: usize = 1000;

/// `GET /api/recordings`
pub async fn list(State(app): State<Arc<App>>, query: RawQuery) -> Result<Response, Answer> {
    let parameters = parameters(query);
    aside(move || {
        let library = app.library();
        let columns = columns(&library, &parameters)?;
        let offset: usize = number(&parameters, "offset", 0)?;
        let limit = number(&parameters, "limit", ROWS)?.min(MOST_ROWS);
        let (rows, distances) = ordered(&library, &parameters)?;
        let page = (offset..rows.len().min(offset.saturating_add(limit))).map(|at| {
            let mut told = row(&library, rows[at], &columns);
            if let Some(distances) = &distances {
                told["distance"] = of!(distances[at]);
            }
            told
        });
        let page: Vec<Value> = page.collect();
        Ok(json(&of!({ "total": library.len(), "matching": rows.len(), "rows": page })))
    })
    .await
}

/// The columns of an answer; all of them, if none is named.
fn columns(library: &Library, parameters: &Parameters) -> Result<Vec<usize>, Answer> {
    match given(parameters, "columns") {
        None | Some("") => Ok((0..library.columns.len()).collect()),
        Some(names) => {
            let columns = names.split(',').map(str::trim).filter(|name| !matches!(*name, "id" | "row"));
            columns.map(|name| library.column(name).map_err(|fault| fault.at("columns").into())).collect()
        }
    }
}

/// A recording as an object.
pub fn row(library: &Library, row: u32, columns: &[usize]) -> Value {
    let mut told = Map::new();
    told.insert("id".into(), library.ids[row as usize].clone().into());
    told.insert("row".into(), row.into());
    for column in columns.iter().map(|at| &library.columns[*at]) {
        let value = match &column.values {
            // NaN is null in JSON
            Values::Numbers(numbers) => of!(numbers[row as usize]),
            Values::Texts(texts) => of!(texts.get(row as usize)),
        };
        told.insert(column.name.clone(), value);
    }
    Value::Object(told)
}

/// The recordings that match, in their order, and their distances if they are ordered by it.
fn ordered(library: &Library, parameters: &Parameters) -> Result<(Vec<u32>, Option<Vec<f64>>), Answer> {
    let filters = Filters::of(parameters, library)?;
    if let Some(id) = given(parameters, "near") {
        let Some(near) = library.row(id) else { return Err(unknown(id)) };
        let matching = filters.matching(library);
        let near = library.vectors.near(near as usize);
        return Ok({
            let (rows, distances) = near.into_iter().filter(|(row, _)| matching[*row as usize]).unzip();
            (rows, Some(distances))
        });
    }
    let mut rows = filters.rows(library);
    if let Some(name) = given(parameters, "sort").filter(|name| !name.is_empty()) {
        let at = library.column(name).map_err(|fault| fault.at("sort"))?;
        let descending = match given(parameters, "order").unwrap_or("asc") {
            "asc" => false,
            "desc" => true,
            other => {
                let fault = Fault::new(format!("there is no order {other}")).at("order");
                return Err(fault.fix("write asc or desc").into());
            }
        };
        library.columns[at].sort(&mut rows, descending);
    }
    Ok((rows, None))
}

/// The answer to an id that no recording has.
pub fn unknown(id: &str) -> Answer {
    let fault = Fault::new(format!("there is no recording {id}"));
    Answer::unknown(fault.fix("look for it in /api/recordings: the table may have been written anew"))
}

/// `GET /api/matching`
pub async fn matching(State(app): State<Arc<App>>, query: RawQuery) -> Result<Response, Answer> {
    let parameters = parameters(query);
    aside(move || {
        let library = app.library();
        let (rows, _) = ordered(&library, &parameters)?;
        let mut bits = vec![0u8; library.len().div_ceil(8)];
        rows.iter().for_each(|row| bits[(row >> 3) as usize] |= 1 << (row & 7));
        let mut out = b"PBM1".to_vec();
        out.extend((library.len() as u32).to_le_bytes());
        out.extend((rows.len() as u32).to_le_bytes());
        out.extend(bits);
        let is_ordered =
            ["sort", "near"].iter().any(|name| given(&parameters, name).is_some_and(|v| !v.is_empty()));
        if is_ordered {
            rows.iter().for_each(|row| out.extend(row.to_le_bytes()));
        }
        Ok(binary(out))
    })
    .await
}

/// Values of a fingerprint that must agree before two recordings are compared: the middle is looked up.
const PROBED: usize = 24;
/// Recordings that may share a value of a fingerprint; silence is shared by more, and says nothing.
const SHARED: usize = 200;

/// `GET /api/duplicates`
pub async fn duplicates(State(app): State<Arc<App>>, query: RawQuery) -> Result<Response, Answer> {
    let parameters = parameters(query);
    aside(move || {
        let library = app.library();
        let Some(prints) = &library.fingerprints else {
            let why = "the table has no column fingerprint: analyze with --features …,fingerprint";
            return Ok(json(&of!({ "groups": [], "why": why })));
        };
        let matching = Filters::of(&parameters, &library)?.matching(&library);
        let parsed = prints.iter().zip(&matching).map(|(print, matches)| {
            print.as_deref().filter(|_| *matches).and_then(|text| Fingerprint::parse(text).ok())
        });
        let parsed: Vec<Option<Fingerprint>> = parsed.collect();
        let groups = groups(&parsed).into_iter().map(|(rows, similarity)| {
            let ids: Vec<&String> = rows.iter().map(|row| &library.ids[*row]).collect();
            of!({ "ids": ids, "similarity": similarity })
        });
        Ok(json(&of!({ "groups": groups.collect::<Vec<_>>() })))
    })
    .await
}

/// Groups of the same sound in different encodings, with the least similarity of the pairs that were compared.
fn groups(prints: &[Option<Fingerprint>]) -> Vec<(Vec<usize>, f64)> {
    // recordings that share a value of their middle are compared; encodings of one recording share most of them
    let mut by_value: HashMap<u32, Vec<usize>> = HashMap::new();
    for (row, print) in prints.iter().enumerate() {
        for value in print.iter().flat_map(|print| print.values()) {
            let rows = by_value.entry(*value).or_default();
            if rows.last() != Some(&row) && rows.len() <= SHARED {
                rows.push(row);
            }
        }
    }
    let mut group: Vec<usize> = (0..prints.len()).collect();
    fn root(group: &mut [usize], mut row: usize) -> usize {
        while group[row] != row {
            group[row] = group[group[row]];
            row = group[row];
        }
        row
    }
    let mut least: HashMap<usize, f64> = HashMap::new();
    for (row, print) in prints.iter().enumerate() {
        let Some(print) = print else { continue };
        let values = print.values();
        let start = values.len().saturating_sub(PROBED) / 2;
        let mut others: Vec<usize> = vec![];
        for value in &values[start..(start + PROBED).min(values.len())] {
            let sharing = by_value.get(value).filter(|rows| rows.len() <= SHARED);
            others.extend(sharing.into_iter().flatten().filter(|other| **other > row));
        }
        others.sort_unstable();
        others.dedup();
        for other in others {
            let Some(found) = prints[other].as_ref().and_then(|two| print.compare(two)) else { continue };
            if found.is_same() {
                let (one, two) = (root(&mut group, row), root(&mut group, other));
                let known = |at: usize| least.get(&at).copied().unwrap_or(1.0);
                let similarity = (1.0 - found.bit_error_rate).min(known(one)).min(known(two));
                group[two.max(one)] = one.min(two);
                least.insert(one.min(two), similarity);
            }
        }
    }
    let mut all: HashMap<usize, Vec<usize>> = HashMap::new();
    for row in 0..prints.len() {
        let root = root(&mut group, row);
        all.entry(root).or_default().push(row);
    }
    let mut groups: Vec<_> = all.into_iter().filter(|(_, rows)| rows.len() > 1).collect();
    groups.sort();
    groups.into_iter().map(|(root, rows)| (rows, least.get(&root).copied().unwrap_or(1.0))).collect()
}

#[cfg(test)]
mod tests {
    use super::groups;
    use passband_dsp::music::{Fingerprint, Fingerprinter};

    /// A melody of steps of a quarter of a second, at a sample rate.
    fn melody(seed: u64, rate: f64) -> Option<Fingerprint> {
        let mut print = Fingerprinter::new(rate).unwrap();
        let pitch = |at: u64| (at + 1).wrapping_mul(seed).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 59;
        let (mut phase, mut block) = (0.0f64, vec![]);
        for n in 0..(30.0 * rate) as u64 {
            let hz = 220.0 * 2f64.powf(pitch((n as f64 / rate * 4.0) as u64) as f64 / 12.0);
            phase += std::f64::consts::TAU * hz / rate;
            block.push((0.4 * phase.sin() + 0.2 * (2.0 * phase).sin()) as f32);
        }
        print.push(&block);
        print.finish()
    }

    #[test]
    fn the_same_melody_at_two_rates_is_a_group() {
        let prints = [melody(3, 22_050.0), melody(7, 22_050.0), None, melody(3, 44_100.0)];
        let found = groups(&prints);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].0 == [0, 3] && found[0].1 > 0.9, "{found:?}");
    }
}
