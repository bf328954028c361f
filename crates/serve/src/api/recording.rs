//! One recording: its row, its sound, its layers, its score.

use super::recordings::unknown;
use super::{RawQuery, aside, binary, json, number, parameters};
use crate::app::App;
use crate::fault::Answer;
use crate::recording::file::FileState;
use crate::recording::{Span, Whole, audio, layers, measure, raster as rasters};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Response};
use passband_plot::measure::{HOP, MOST_COLUMNS, RATE_HZ};
use passband_plot::score::{Score, ScoreFormat};
use passband_signal::Fault;
use serde_json::json as of;
use std::sync::Arc;
use std::time::Duration;

/// How long a request waits for a recording that is measured; connections end after a minute.
const PATIENCE: Duration = Duration::from_secs(25);
/// The longest part of a recording that is measured for a closer look, in seconds.
const LONGEST_PART_S: f64 = 600.0;

/// `GET /api/recordings/ID`
pub async fn row(State(app): State<Arc<App>>, Path(id): Path<String>) -> Result<Response, Answer> {
    let library = app.library();
    let row = library.row(&id).ok_or_else(|| unknown(&id))?;
    let store = app.store.as_ref().ok_or_else(|| unknown(&id))?;
    let stored = store.get(&id).map_err(|_| Answer::failed("the store cannot be read"))?;
    let stored = stored.ok_or_else(|| unknown(&id))?;
    let (_, state, _) = app.file(&library, row);
    let name = library.text("name", row as usize);
    let mut about =
        of!({ "id": id, "row": row, "name": name, "file": { "state": state.word() } }).to_string();
    // the stored row is an object, whose members follow
    about.pop();
    let row = String::from_utf8_lossy(&stored);
    let members = row.trim().strip_prefix('{').unwrap_or("}");
    let comma = if members.trim_start().starts_with('}') { "" } else { "," };
    let body = format!("{about}{comma}{members}");
    Ok(([(header::CONTENT_TYPE, "application/json")], body).into_response())
}

/// The address of a recording whose file can be used, and the key of its content.
async fn usable(app: &Arc<App>, id: &str) -> Result<(String, String, String), Answer> {
    let (app, id) = (app.clone(), id.to_owned());
    aside(move || {
        let library = app.library();
        let row = library.row(&id).ok_or_else(|| unknown(&id))?;
        let (address, state, key) = app.file(&library, row);
        let name = library.text("name", row as usize).unwrap_or_default().to_owned();
        match state {
            FileState::Present | FileState::Remote => Ok((address, key, name)),
            FileState::Missing => {
                let fault = Fault::new("the recording is not there").at(address);
                let fault = fault.why("it was moved or removed after it was analysed");
                Err(Answer::gone(fault.fix("put it back, or analyse it where it is now")))
            }
            FileState::Changed => {
                let fault = Fault::new("the recording has changed").at(address);
                let fault = fault.why("its content is another one than the one that was analysed");
                Err(Answer::gone(fault.fix("analyse it again")))
            }
        }
    })
    .await
}

/// Measures a recording, or gives the measurements that are kept.
async fn measured(app: &Arc<App>, id: &str) -> Result<(Arc<Whole>, String, String), Answer> {
    let (address, key, name) = usable(app, id).await?;
    let app = app.clone();
    let measured = aside(move || {
        let whole = app.measurements.of(&key, &address).map_err(Answer::gone)?;
        Ok((whole, address, name))
    });
    // it goes on meanwhile, and a later request finds what it has measured
    tokio::time::timeout(PATIENCE, measured).await.unwrap_or_else(|_| {
        let fault = Fault::new("the recording is being measured");
        Err(Answer::busy(fault.why("it is long").fix("ask again in some seconds")))
    })
}

/// `GET /api/recordings/ID/WHAT`
pub async fn part(
    State(app): State<Arc<App>>,
    Path((id, what)): Path<(String, String)>,
    headers: HeaderMap,
) -> Result<Response, Answer> {
    match what.as_str() {
        "audio" => Ok(audio::file(usable(&app, &id).await?.0, headers).await),
        "audio.wav" => Ok(audio::wav(usable(&app, &id).await?.0, headers).await),
        "layers" => {
            let (whole, ..) = measured(&app, &id).await?;
            aside(move || Ok(json(&layers::layers(&whole)))).await
        }
        what => {
            let format = what.strip_prefix("score.").and_then(ScoreFormat::of);
            let Some(format) = format else {
                let fault = Fault::new(format!("a recording has no {what}"));
                return Err(Answer::unknown(fault.fix("see /api/openapi.json")));
            };
            let (whole, _, name) = measured(&app, &id).await?;
            aside(move || {
                let (rate_hz, music) = (whole.measured.spec.rate.0, whole.music().clone());
                let score = Score { name: name.clone(), rate_hz, music };
                if !(format.holds)(&score) {
                    let fault = Fault::new(format!(
                        "nothing was found in {name} that .{} can hold",
                        format.extension
                    ));
                    return Err(Answer::unknown(fault));
                }
                let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
                let plain = |c: char| if c.is_ascii_graphic() && !"\"\\;%".contains(c) { c } else { '_' };
                let file: String = stem.chars().map(plain).collect();
                let disposition = format!("attachment; filename=\"{file}.{}\"", format.extension);
                let about = [
                    (header::CONTENT_TYPE, format.media.to_owned()),
                    (header::CONTENT_DISPOSITION, disposition),
                ];
                Ok((about, (format.write)(&score)).into_response())
            })
            .await
        }
    }
}

/// `GET /api/recordings/ID/rasters/NAME`
pub async fn raster(
    State(app): State<Arc<App>>,
    Path((id, name)): Path<(String, String)>,
    query: RawQuery,
) -> Result<Response, Answer> {
    let parameters = parameters(query);
    let (whole, address, _) = measured(&app, &id).await?;
    aside(move || {
        let duration = whole.duration();
        let from = number::<f64>(&parameters, "from", 0.0)?.clamp(0.0, duration);
        let to = number::<f64>(&parameters, "to", duration)?.clamp(from, duration);
        let columns = duration.min(to - from) * RATE_HZ / HOP as f64;
        let is_part = to > from && to - from < 0.9 * duration && to - from <= LONGEST_PART_S;
        // the tempogram looks at seconds around each frame, and is not finer in a part
        let raster = if is_part && name != "tempogram" {
            // more frames where they are fewer than columns
            let finer = (0..3).find(|finer| columns * f64::from(2 << finer) > MOST_COLUMNS as f64);
            let span = Span { from, to };
            let part = measure(&address, Some(span), &[], HOP >> finer.unwrap_or(3)).map_err(Answer::gone)?;
            rasters::raster(&name, &whole, Some((&part, span)))
        } else {
            rasters::raster(&name, &whole, None)
        };
        raster.map(binary).ok_or_else(|| {
            let fault = Fault::new(format!("there is no raster {name}"));
            Answer::unknown(fault.fix(format!("use one of {}", rasters::RASTERS.join(", "))))
        })
    })
    .await
}
