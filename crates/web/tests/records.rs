//! Records of any kind on the page, shown by their declaration: the data given to the sink is read back from a real
//! browser.

mod controls;
mod haloscope;

use haloscope::{Haloscope, SCANS};
use passband_flow::data::{
    Aggregate, Column, ColumnValue, Data, Example, Feature, Kind, Of, Output, ResultState, Shape, Shard,
};
use passband_flow::engine::Context;
use passband_flow::part::{Sink, SinkPlan};
use passband_flow::transform::statistics::Statistics;
use passband_flow::{Control, Pipeline, run};
use passband_signal::Hertz;
use passband_testbed::Chromium;
use passband_web::{LiveSink, registry};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);
/// 2024-03-01T12:00:00Z in µs.
const FIRST: i64 = 1_709_294_400_000_000;

passband_flow::record! {
    /// The state of a cryostat. No code of the dashboard knows this record.
    pub struct Cryostat("cryostats", "Cryostat") {
        /// The stage that was measured.
        stage: String as key,
        /// When it was measured.
        time: i64 as time,
        /// Temperature of the stage.
        temperature: f64 as unit "K",
        /// Flow of the coolant.
        flow: Option<f64> as unit "mol/s",
        /// Cycles of the compressor.
        cycles: u64,
    }
}

/// The sink `live` as opened by a pipeline, and the address of its page.
fn open(kinds: &[Kind]) -> (Box<dyn Sink>, String) {
    let notes = Arc::new(Mutex::new(String::new()));
    let noted = notes.clone();
    let control = Control::with_notes(move |note| noted.lock().unwrap().push_str(&note));
    let context = Context { pipeline: "records".into(), control, ..Context::default() };
    let plan = LiveSink { listen: "127.0.0.1:0".into(), ..LiveSink::default() };
    assert!(kinds.iter().all(|kind| plan.refuses(*kind).is_none()));
    let sink = plan.open(kinds, &context).unwrap();
    let url = notes.lock().unwrap().strip_prefix("page at ").unwrap().to_owned();
    (sink, url)
}

fn write(sink: &mut dyn Sink, stream: &str, data: Data) {
    sink.write(&Output { stream: stream.into(), data, origin: Default::default() }).unwrap();
}

fn cryostat(n: i64) -> Cryostat {
    let stage = ["4 K plate", "still", "mixing chamber"][n as usize % 3];
    let base = [4.1, 0.71, 0.0123][n as usize % 3];
    Cryostat {
        stage: stage.into(),
        time: FIRST + n / 3 * 1_000_000,
        temperature: base * (1.0 + 0.05 * (n as f64 * 0.11).sin()),
        flow: (n % 7 != 0).then_some(4.2e-4 + n as f64 * 1e-7),
        cycles: 1000 + n as u64,
    }
}

/// The text of the table's heading and of its visible rows.
const TABLE: &str = "[...document.querySelectorAll('.panel.records thead tr, .panel.records tbody:not(.room) tr')].map((row) => [...row.cells].map((cell) => cell.innerText.replace(/\\s+/g, ' ').replaceAll('\\u200b', '')))";
/// The number of coloured pixels of a canvas.
fn coloured(canvas: &str) -> String {
    format!(
        "(() => {{ const c = document.querySelector('canvas.{canvas}'); const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;
            let n = 0; for (let i = 0; i < d.length; i += 4) n += Math.max(d[i], d[i + 1], d[i + 2]) - Math.min(d[i], d[i + 1], d[i + 2]) > 60; return n; }})()"
    )
}

/// Numbers from the browser may differ in the last digit.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 1e-15 * b.abs()
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(name, a)| b.get(name).is_some_and(|b| equal(a, b)))
        }
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| equal(a, b)),
        (a, b) => a == b,
    }
}

/// Stops the pipeline at the end of the test, also if the test fails.
struct Stop<'a>(&'a Control);

impl Drop for Stop<'_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

fn shot(page: &Chromium, name: &str) {
    if let Ok(folder) = std::env::var("PASSBAND_SHOTS") {
        page.screenshot(std::path::Path::new(&folder).join(name));
    }
}

#[test]
fn a_record_that_nobody_knew_is_a_table_and_lines_over_time() {
    let (mut sink, url) = open(&[Cryostat::KIND]);
    let Some(page) = Chromium::open(&url) else { return };
    // the columns are derived from the declaration
    page.wait_for("window.passband?.records().cryostats?.columns.length === 5", LIMIT);
    page.wait_for("passband.state().notice === 'Waiting for the first record …'", LIMIT);
    for n in 0..300 {
        write(&mut *sink, "cryo-1", Data::row(cryostat(n)));
    }
    page.wait_for("passband.records().cryostats.rows.length === 300", LIMIT);
    let rows: Vec<Value> = page.eval("passband.records().cryostats.rows");
    for (n, row) in rows.iter().enumerate() {
        let wanted = cryostat(n as i64);
        let values = json!({ "stage": wanted.stage, "time": wanted.time, "temperature": wanted.temperature,
            "flow": wanted.flow, "cycles": wanted.cycles });
        assert!(equal(&row["values"], &values), "{row}");
        assert_eq!(row["time"], wanted.time);
        assert_eq!((&row["stream"], &row["key"]), (&"cryo-1".into(), &wanted.stage.as_str().into()));
    }
    page.wait_for(&format!("{TABLE}[1]?.[5].endsWith('299')"), LIMIT);
    page.wait_for(&format!("{} > 500", coloured("record-series")), LIMIT);
    shot(&page, "records.png");
    let table: Vec<Vec<String>> = page.eval(TABLE);
    assert_eq!(table[0], ["time UTC", "stream", "key", "temperature K", "flow mol/s", "cycles"]);
    assert_eq!(table[1][..3], ["2024-03-01 12:01:39", "cryo-1", "mixing chamber"]);
    assert!(table[1][3].starts_with("0.012"), "{:?}", table[1]);
    assert!(table.iter().any(|row| row[4] == "–"), "a missing value");
    assert!(table.len() < 60, "only rows in sight are in the DOM");
    // a plot per field, a line per key
    page.wait_for(&format!("{} > 500", coloured("record-series")), LIMIT);
    let legend: Vec<String> =
        page.eval("[...document.querySelectorAll('.legend > span')].map((s) => s.textContent)");
    assert_eq!(legend.len(), 3, "{legend:?}");
    let on = "[...document.querySelectorAll('.records-series .group button[aria-pressed=true]')].map((b) => b.textContent)";
    assert_eq!(page.eval::<Vec<String>>(on), ["temperature", "flow"]);

    let csv: String = page.eval("passband.csv()");
    let mut lines = csv.lines();
    assert_eq!(lines.next(), Some("stream,stage,time,temperature (K),flow (mol/s),cycles"));
    let first = cryostat(0);
    assert_eq!(
        lines.next().unwrap(),
        format!("cryo-1,4 K plate,2024-03-01T12:00:00.000Z,{},,1000", first.temperature)
    );

    // the table is frozen while paused, and shows the new rows when resumed
    page.press(" ");
    write(&mut *sink, "cryo-1", Data::row(cryostat(300)));
    write(&mut *sink, "cryo-2", Data::row(cryostat(301)));
    page.wait_for("passband.state().pictures >= 2", LIMIT);
    assert_eq!(page.eval::<usize>("passband.records().cryostats.rows.length"), 300);
    page.press(" ");
    page.wait_for("passband.records().cryostats.rows.length === 302", LIMIT);
    // a browser that connects later receives the earlier records once
    page.goto(&url);
    page.wait_for("window.passband?.records().cryostats?.rows.length === 302", LIMIT);
    controls::press_all(&page, &["CSV", "canvas", "temperature"]);
}

/// A sweep of two seconds as WAV.
fn wav() -> Vec<u8> {
    let mut bytes = vec![];
    bytes.extend(b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x22\x56\0\0\x44\xac\0\0\x02\0\x10\0data");
    bytes.extend(88_200u32.to_le_bytes());
    let samples = (0..44_100).map(|n| (f64::from(n) * (0.03 + f64::from(n) * 4e-6)).sin() * 9000.0);
    samples.for_each(|sample| bytes.extend((sample as i16).to_le_bytes()));
    let size = bytes.len() as u32 - 8;
    bytes[4..8].copy_from_slice(&size.to_le_bytes());
    bytes
}

#[test]
fn features_of_recordings_are_shown_as_the_file_sink_writes_them() {
    let folder = std::env::temp_dir().join(format!("passband-records-{}", std::process::id()));
    std::fs::create_dir_all(folder.join("in")).unwrap();
    for name in ["a", "b"] {
        std::fs::write(folder.join(format!("in/{name}.wav")), wav()).unwrap();
    }
    let text = format!(
        "[source]\ntype = \"recordings\"\npath = \"{0}/in\"\n\n[[transform]]\ntype = \"features\"\nnames = \"mfcc,log_mel\"\n\
         settings = {{ n_mfcc = 13, n_mels = 40 }}\n\n[[sink]]\ntype = \"file\"\npath = \"{0}/out.jsonl\"\n\n\
         [[sink]]\ntype = \"live\"\nlisten = \"127.0.0.1:0\"\nat_end = \"stay\"\n",
        folder.display()
    );
    let pipeline = Pipeline::parse(&text, "features.toml", &|_| None, &registry()).unwrap();
    let notes = Arc::new(Mutex::new(vec![]));
    let noted = notes.clone();
    let control = Control::with_notes(move |note| noted.lock().unwrap().push(note));
    std::thread::scope(|scope| {
        let running = scope.spawn(|| run(&pipeline, &control));
        let stop = Stop(&control);
        let url = loop {
            assert!(!running.is_finished(), "{:?}", notes.lock());
            let all = notes.lock().unwrap().clone();
            if let Some(url) = all.iter().find_map(|note| note.strip_prefix("page at ")) {
                break url.to_owned();
            }
            std::thread::sleep(Duration::from_millis(20));
        };
        // the page of features has no panels of a haloscope
        if let Some(page) = Chromium::open(&url) {
            page.wait_for("window.passband?.records().features?.total === 174", LIMIT);
            page.wait_for("passband.records().features.rows.length === 174", LIMIT);
            let rows: Vec<Value> = page.eval("passband.records().features.rows");
            let shown: BTreeMap<_, _> = rows
                .iter()
                .map(|row| {
                    let key = (
                        row["stream"].as_str().unwrap().to_owned(),
                        row["values"]["frame"].as_u64().unwrap(),
                    );
                    (key, row["values"].clone())
                })
                .collect();
            let written = std::fs::read_to_string(folder.join("out.jsonl")).unwrap_or_default();
            let mut frames = 0;
            for line in written.lines() {
                let value: Value = serde_json::from_str(line).unwrap();
                let key = (value["stream"].as_str().unwrap().to_owned(), value["frame"].as_u64().unwrap());
                for field in ["mfcc", "log_mel", "start", "recording"] {
                    assert!(equal(&shown[&key][field], &value[field]), "{key:?}: {field}");
                }
                frames += 1;
            }
            assert_eq!(frames, 174, "2 recordings of 87 frames");
            page.wait_for(&format!("{TABLE}.length > 3 && {} > 2000", coloured("heat-map")), LIMIT);
            let table: Vec<Vec<String>> = page.eval(TABLE);
            assert_eq!(
                table[0],
                ["time UTC", "stream", "recording", "frame", "start", "rate Hz", "mfcc dB", "log_mel dB"]
            );
            assert!(table[1][6].starts_with("13: "), "{:?}", table[1]);
            assert!(page.eval::<bool>("!document.querySelector('canvas.band, .candidates')"));
            assert_eq!(page.eval::<Value>("passband.monitor()"), Value::Null);
            shot(&page, "features.png");
            page.eval::<()>("(() => { const s = document.querySelector('.heat-map select'); s.value = 'log_mel'; s.dispatchEvent(new Event('change')); })()");
            page.wait_for("document.querySelector('.heat-map h2').textContent.startsWith('log_mel')", LIMIT);
            page.prefers("prefers-color-scheme", "dark");
            shot(&page, "log-mel.png");
            page.viewport(390, 844, true);
            page.goto(&url);
            page.wait_for("window.passband?.records().features?.rows.length === 174", LIMIT);
            assert_eq!(page.eval::<u32>("document.documentElement.scrollWidth"), 390, "nothing sticks out");
            shot(&page, "features-phone.png");
        }
        drop(stop);
        running.join().unwrap().unwrap();
    });
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn kinds_with_panels_of_their_own_have_the_table_too() {
    let (mut sink, url) = open(&[Statistics::KIND, Aggregate::KIND]);
    let Some(page) = Chromium::open(&url) else { return };
    let mut run = Haloscope::new("night", 30.0, 6);
    for _ in 0..3 {
        for data in run.next(SCANS) {
            write(&mut *sink, "chunk_data", data);
        }
    }
    let path = |name: &str| name.split('.').map(str::to_owned).collect();
    let columns = vec![
        Column { path: path("key"), of: Of::Key },
        Column { path: path("time"), of: Of::EndIso },
        Column { path: path("temperature.mean"), of: Of::Value { index: 0, counts: false } },
    ];
    let shape = Arc::new(Shape::new(columns));
    for window in 0..10 {
        let (start, end) = (FIRST + window * 10_000_000, FIRST + (window + 1) * 10_000_000);
        let values = [20.0 + window as f64].into();
        let (result, shape) = (ResultState::Final, shape.clone());
        let data =
            Data::row(Aggregate { key: "boiler".into(), start, end, result, readings: 7, shape, values });
        write(&mut *sink, "raw", data);
    }
    let all = "(() => { const r = window.passband?.records() ?? {}; return Object.entries(r).map(([k, v]) => `${k} ${v.rows.length}`).sort(); })()";
    page.wait_for(&format!("{all}.join() === 'aggregates 10,lines 3,noise 3,runs 3,statistics 3'"), LIMIT);
    let r: Value = page.eval("passband.records()");
    let newest = &r["statistics"]["rows"][2];
    assert_eq!((&newest["values"]["recording"], &newest["values"]["scans"]), (&2.into(), &SCANS.into()));
    let mean = &newest["values"]["mean"];
    assert_eq!(
        (&mean["count"], mean["values"].as_array().unwrap().len()),
        (&3072.into(), 256),
        "long lists are reduced"
    );
    assert_eq!(r["aggregates"]["rows"][9]["values"]["temperature.mean"], 29.0);
    assert_eq!(r["aggregates"]["rows"][9]["key"], "boiler");
    // collapsed below the specific panels of these kinds
    assert!(page.eval::<bool>("document.querySelector('canvas.band') && document.querySelector('.panel.sensors') && ![...document.querySelectorAll('details.records')].some((d) => d.open)"));
    shot(&page, "collapsed.png");
    page.eval::<bool>(
        "document.querySelector('details.records[aria-label=\"Table of statistics\"]').open = true",
    );
    page.wait_for(
        "document.querySelector('details.records[open] tbody:not(.room) tr')?.cells.length > 5",
        LIMIT,
    );
    shot(&page, "statistics.png");
}

#[test]
fn labelled_examples_are_rows_with_the_columns_of_their_list() {
    let (mut sink, url) = open(&[Kind::Examples]);
    let Some(page) = Chromium::open(&url) else { return };
    let shard = Shard { number: 0, split: "train".into(), index: 0, of: 1, examples: 3 };
    let shard = Arc::new(shard);
    for row in 1..=3 {
        let values =
            (0..26).map(|at| row as f32 + (at % 13) as f32 + if at < 13 { -1.0 } else { 1.0 }).collect();
        let example = Example {
            shard: shard.clone(),
            row,
            piece: 0,
            name: format!("{row}.wav").into(),
            label: 7,
            columns: vec![("instrument".into(), ColumnValue::Text("=viola".into()))],
            rate: Hertz(22_050.0),
            channels: 1,
            audio: Some(vec![0.0; 11_025].into()),
            features: vec![Feature { name: "mfcc", width: 13, values }],
        };
        write(&mut *sink, "", Data::Example(Box::new(example)));
    }
    page.wait_for("window.passband?.records().examples?.rows.length === 3", LIMIT);
    let rows: Vec<Value> = page.eval("passband.records().examples.rows.map((row) => row.values)");
    let mean: Vec<f64> = (0..13).map(|at| 3.0 + f64::from(at)).collect();
    let wanted = json!({ "row": 3, "piece": 0, "recording": "3.wav", "label": 7, "instrument": "=viola", "split": "train",
        "rate": 22_050.0, "channels": 1, "duration": 0.5, "mfcc": mean });
    assert!(equal(&rows[2], &wanted), "{}", rows[2]);
    page.wait_for(&format!("{TABLE}.length === 4"), LIMIT);
    shot(&page, "examples.png");
    let table: Vec<Vec<String>> = page.eval(TABLE);
    assert_eq!(table[1][1..6], ["3", "0", "3.wav", "7", "=viola"]);
    assert!(page.eval::<String>("passband.csv()").contains(",'=viola,"), "no formula for a spreadsheet");
}
