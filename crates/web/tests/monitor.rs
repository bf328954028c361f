//! The page for a run of files: the data given to the sink is read back from a real browser.

mod controls;
mod haloscope;

use haloscope::{BINS, Haloscope, LINE, OSCILLATOR, RATE, SCANS};
use passband_flow::data::{Data, Kind, Output};
use passband_flow::engine::{Context, Control};
use passband_flow::part::{Sink, SinkPlan};
use passband_flow::transform::line_search::Lines;
use passband_flow::transform::noise::NoiseLevel;
use passband_flow::transform::run::RunStatistics;
use passband_flow::transform::statistics::Statistics;
use passband_testbed::Chromium;
use passband_web::LiveSink;
use serde_json::Value;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);
const KINDS: [Kind; 4] = [Statistics::KIND, RunStatistics::KIND, Lines::KIND, NoiseLevel::KIND];

/// The sink `live` as opened by a pipeline, and the address in its note.
struct Monitor {
    sink: Box<dyn Sink>,
    url: String,
}

impl Monitor {
    fn open(kinds: &[Kind]) -> Self {
        let notes = Arc::new(Mutex::new(String::new()));
        let noted = notes.clone();
        let control = Control::with_notes(move |note| noted.lock().unwrap().push_str(&note));
        let context = Context { pipeline: "axion monitor".into(), control, ..Context::default() };
        let plan = LiveSink { listen: "127.0.0.1:0".into(), ..LiveSink::default() };
        assert!(kinds.iter().all(|kind| plan.refuses(*kind).is_none()));
        let sink = plan.open(kinds, &context).unwrap();
        let url = notes.lock().unwrap().strip_prefix("page at ").unwrap().to_owned();
        Self { sink, url }
    }
    fn tell(&mut self, all: Vec<Data>) {
        for data in all {
            self.sink
                .write(&Output { stream: "chunk_data".into(), data, origin: Default::default() })
                .unwrap();
        }
    }
    /// Sends the next file of a run, and waits until the page has processed it.
    fn file(&mut self, run: &mut Haloscope, page: &Chromium, count: u64) -> Statistics {
        let all = run.next(count);
        let file: Statistics = all[0].clone().take().unwrap();
        self.tell(all);
        let number = file.recording;
        let shown = format!(
            "(() => {{ const m = passband.monitor();
                return m?.files.includes({number}) && m.run?.last === {number} && m.noise.at(-1)?.scans === {}; }})()",
            run.run.pooled.count()
        );
        page.wait_for(&shown, LIMIT);
        file
    }
}

fn near(there: &Value, wanted: impl Iterator<Item = f64>) {
    let there: Vec<f64> = serde_json::from_value(there.clone()).unwrap();
    let wanted: Vec<f64> = wanted.collect();
    assert_eq!(there.len(), wanted.len());
    for (bin, (a, b)) in there.iter().zip(&wanted).enumerate() {
        assert!((a - b).abs() <= 1e-12 * b.abs(), "bin {bin}: {a} for {b}");
    }
}

#[test]
fn band_run_candidates_and_noise_are_read_back() {
    let mut monitor = Monitor::open(&KINDS);
    let Some(page) = Chromium::open(&monitor.url) else { return };
    let mut run = Haloscope::new("run-7", 30.0, 4);
    for _ in 0..3 {
        monitor.file(&mut run, &page, SCANS);
    }
    monitor.file(&mut run, &page, 1000);
    let file = monitor.file(&mut run, &page, SCANS);
    let m: Value = page.eval("passband.monitor()");
    assert_eq!((&m["file"], &m["count"], &m["of"]), (&4.into(), &SCANS.into(), &SCANS.into()));
    assert_eq!((&m["state"], &m["files"]), (&"complete".into(), &serde_json::json!([0, 1, 2, 3, 4])));
    let frequency = |bin: usize| OSCILLATOR + (bin as f64 - 1536.0) * RATE / BINS as f64;
    near(&m["band"]["frequency"], (0..BINS).map(frequency));
    near(&m["band"]["mean"], file.moments.mean().iter().copied());
    near(&m["band"]["sigma"], file.moments.deviation());
    assert_eq!(
        (&m["run"]["id"], &m["run"]["files"], &m["run"]["incomplete"]),
        (&"run-7".into(), &4.into(), &1.into())
    );
    near(&m["run"]["mean"], run.run.running.mean().iter().copied());
    near(&m["run"]["sigma"], run.run.running.deviation().iter().copied());
    near(&m["run"]["pooled_mean"], run.run.pooled.mean().iter().copied());
    near(&m["run"]["standard_error"], run.run.pooled.standard_error());
    let (first, wanted) = (&m["candidates"][0], &run.lines(4.5).lines[0]);
    assert_eq!(wanted.bin, LINE);
    assert!((first["frequency"].as_f64().unwrap() - frequency(LINE)).abs() < 1e-6, "{first}");
    assert!((first["excess"].as_f64().unwrap() - wanted.excess).abs() < 1e-9, "{first}");
    assert!((first["width"].as_f64().unwrap() - RATE / BINS as f64).abs() < 1e-9, "{first}");
    assert_eq!(m["noise"].as_array().unwrap().len(), 4, "the incomplete file adds no scans: {}", m["noise"]);
    assert_eq!(m["noise"][3]["scans"], 4 * SCANS);
    assert!((m["noise"][3]["sigma"].as_f64().unwrap() / run.noise().sigma - 1.0).abs() < 1e-12);
    assert!(m["rate_mb_s"].as_f64().unwrap() > 0.0 && m["lag_s"].as_f64().unwrap().abs() < 600.0);
    assert_eq!(m["incomplete"], 1);

    let says = |key: &str, text: &str| {
        page.wait_for(
            &format!("document.querySelector('[data-key={key}] dd')?.textContent === '{text}'"),
            LIMIT,
        );
    };
    says("incomplete", "1");
    says("duplicates", "0");
    says("refused", "0");
    let listed = "document.querySelector('.candidates tbody').innerText";
    let excess = wanted.excess;
    page.wait_for(&format!("/1090\\.30208\\s+{excess:.2}/.test({listed})"), LIMIT);
    // when the table is complete, everything is drawn: the candidate's line is at its position in the plot
    let marked = format!(
        "(() => {{ const c = document.querySelector('canvas.band'), r = devicePixelRatio;
            const left = Math.round(46 * r), width = c.width - Math.round(14 * r) - left;
            const [low, high] = passband.state().axis;
            const x = Math.round(left + width * ({} - low) / (high - low));
            const column = (x) => {{ const d = c.getContext('2d').getImageData(x, 60 * r, 1, c.height - 100 * r).data;
                let n = 0; for (let i = 0; i < d.length; i += 4) n += Math.abs(d[i] - d[i + 1]) > 60; return n; }};
            return [Math.max(column(x - 1), column(x), column(x + 1)), column(x - 12)]; }})()",
        frequency(LINE)
    );
    let (there, beside): (u32, u32) = page.eval(&marked);
    assert!(there > beside + 20, "{there} coloured pixels at the candidate, {beside} beside it");
    // the incomplete file, second from the top, has a mark beside its row
    let beside_rows = "(() => { const c = document.querySelector('canvas.waterfall'), r = devicePixelRatio;
            const rows = [];
            for (let k = 0; k < 5; k++) {
                const d = c.getContext('2d').getImageData(c.width - 8 * r, (4 + 8 * k + 4) * r, 1, 1).data;
                rows.push(d[0] > d[2] + 50);
            }
            return rows; })()";
    assert_eq!(page.eval::<[bool; 5]>(beside_rows), [false, true, false, false, false]);
}

#[test]
fn a_late_browser_sees_the_newest_state_and_the_files_before() {
    let mut monitor = Monitor::open(&KINDS);
    let mut run = Haloscope::new("night", 30.0, 6);
    for _ in 0..6 {
        monitor.tell(run.next(SCANS));
    }
    let Some(page) = Chromium::open(&monitor.url) else { return };
    page.wait_for("window.passband?.monitor()?.files.length === 6 && passband.monitor().candidates", LIMIT);
    let m: Value = page.eval("passband.monitor()");
    assert_eq!((&m["file"], &m["files"]), (&5.into(), &serde_json::json!([0, 1, 2, 3, 4, 5])));
    near(&m["run"]["pooled_mean"], run.run.pooled.mean().iter().copied());
    assert_eq!(m["noise"].as_array().unwrap().len(), 6, "the whole course of the noise");
    assert_eq!(m["candidates"].as_array().unwrap().len(), run.lines(4.5).lines.len());
    assert_eq!(page.eval::<String>("passband.state().notice"), "");

    // after a reload, stored reports appear once; another run starts a new series
    page.goto(&monitor.url);
    page.wait_for("window.passband?.monitor()?.files.length === 6", LIMIT);
    let mut next = Haloscope::new("day", 0.0, 1);
    next.files = 6;
    monitor.file(&mut next, &page, SCANS);
    let m: Value = page.eval("passband.monitor()");
    assert_eq!(
        (&m["run"]["id"], &m["run"]["files"], &m["noise"].as_array().unwrap().len()),
        (&"day".into(), &1.into(), &1)
    );
}

#[test]
fn history_keys_and_export_follow_the_shown_file() {
    let mut monitor = Monitor::open(&KINDS);
    let Some(page) = Chromium::open(&monitor.url) else { return };
    let mut run = Haloscope::new("run-1", 0.0, 1);
    let mut files = vec![];
    for _ in 0..4 {
        files.push(monitor.file(&mut run, &page, SCANS));
    }
    page.press(" ");
    page.press("ArrowLeft");
    page.press("ArrowLeft");
    page.wait_for("passband.monitor().file === 1", LIMIT);
    monitor.tell(run.next(SCANS));
    let all = run.run.pooled.count();
    page.wait_for(
        &format!("passband.monitor().files.length === 5 && passband.monitor().noise.at(-1).scans === {all}"),
        LIMIT,
    );
    let m: Value = page.eval("passband.monitor()");
    assert_eq!(
        (&m["file"], &m["run"]["files"]),
        (&1.into(), &2.into()),
        "the file, and the run as it was then"
    );
    near(&m["band"]["mean"], files[1].moments.mean().iter().copied());
    assert_eq!(m["files"], serde_json::json!([0, 1, 2, 3, 4]), "the history goes on meanwhile");
    page.wait_for("document.getElementById('when').textContent.startsWith('file 1, ')", LIMIT);

    let csv: String = page.eval("passband.csv()");
    let rows: Vec<Vec<&str>> = csv.trim_end().split("\r\n").map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), BINS + 1);
    assert_eq!(rows[0][..3], ["frequency (Hz)", "mean (FS²/Hz)", "sigma (FS²/Hz)"]);
    assert_eq!(rows[0][6], "standard error (FS²/Hz)");
    assert_eq!(rows[1][0], "1089000000");
    assert_eq!(rows[1 + LINE][1].parse::<f64>().unwrap(), files[1].moments.mean()[LINE]);
    page.press("End");
    page.wait_for("passband.monitor().file === 4", LIMIT);

    let level = "Number(document.querySelector('[aria-label=\"Highest level shown\"]').value)";
    // twice the mean, in FS²/Hz
    page.wait_for(&format!("{level} > 1e-12 && {level} < 1e-10"), LIMIT);
    page.press("d");
    page.wait_for(&format!("{level} < -100 && {level} > -120"), LIMIT);
    page.press("d");
    page.click("[data-trace=sigma]");
    page.wait_for(&format!("{level} > 3e-12 && {level} < 5e-12"), LIMIT);
    // a cursor near the lower edge, so that zooming removes little of the band below it
    page.eval::<()>(
        "(() => { const c = document.querySelector('canvas.band'), { left, top } = c.getBoundingClientRect();
            c.dispatchEvent(new PointerEvent('pointermove', { clientX: left + 56, clientY: top + 90 })); })()",
    );
    page.press("+");
    page.wait_for("passband.state().axis[0] > 1089e6", LIMIT);
    assert!(page.eval::<f64>("passband.state().axis[0]") < 1089.05e6);
    let whole =
        "![...document.querySelectorAll('button')].find((b) => b.textContent === 'Whole axis').hidden";
    page.wait_for(&format!("passband.state().axis[1] < 1090.6e6 && {whole}"), LIMIT);
    page.press("0");
    page.wait_for("passband.state().axis[0] === 1089e6", LIMIT);

    let size = "new Promise((done) => { const real = URL.createObjectURL;
            URL.createObjectURL = (blob) => { done(blob); URL.createObjectURL = real; return real(blob); };
            [...document.querySelectorAll('button')].find((b) => b.textContent === 'PNG').click(); })
        .then(createImageBitmap).then((i) => i.width === document.querySelector('canvas.band').width)";
    assert!(page.eval::<bool>(size));

    page.viewport(390, 844, true);
    page.goto(&monitor.url);
    page.wait_for("window.passband?.monitor()?.files.length === 5", LIMIT);
    assert_eq!(page.eval::<u32>("document.documentElement.scrollWidth"), 390, "nothing sticks out");
    let unnamed =
        "[...document.querySelectorAll('button, input, select, canvas:not([aria-hidden])')].filter((e) =>
        !(e.textContent.trim() || e.getAttribute('aria-label'))).map((e) => e.outerHTML)";
    assert_eq!(page.eval::<Vec<String>>(unnamed), Vec::<String>::new(), "every control has a name");
}

#[test]
fn single_kinds_shares_and_other_orders() {
    use passband_flow::data::Sides;
    use passband_flow::transform::statistics::State;
    let mut monitor = Monitor::open(&[Statistics::KIND]);
    let Some(page) = Chromium::open(&monitor.url) else { return };
    let mut run = Haloscope::new("", 0.0, 1);
    let mut share = run.file(100);
    share.state = State::Share;
    monitor.tell(vec![Data::row(share)]);
    let mut file = run.file(SCANS);
    file.axis.band.sides = Sides::FromZero;
    monitor.tell(vec![Data::row(file.clone())]);
    page.wait_for("window.passband?.monitor()?.file === 1", LIMIT);
    let m: Value = page.eval("passband.monitor()");
    assert_eq!(m["files"], serde_json::json!([1]), "a share is not a file");
    assert_eq!(m["band"]["frequency"][0], OSCILLATOR - RATE / 2.0);
    let mean = file.moments.mean();
    near(&m["band"]["mean"], mean[BINS / 2..].iter().chain(&mean[..BINS / 2]).copied());
    assert_eq!((&m["run"], &m["candidates"]), (&Value::Null, &Value::Null));

    // a topic may contain more kinds than its source declares: panels appear with their first data
    assert!(
        page.eval::<bool>(
            "!document.querySelector('.candidates') && !document.querySelector('canvas.series')"
        )
    );
    let mut run = Haloscope::new("run-2", 30.0, 1);
    monitor.file(&mut run, &page, SCANS);
    page.wait_for(
        "document.querySelectorAll('.candidates tbody tr').length > 0 && document.querySelector('canvas.series')",
        LIMIT,
    );

    let mut lines = Monitor::open(&[Lines::KIND]);
    page.goto(&lines.url);
    lines.tell(vec![Data::row(run.lines(-1.0))]);
    page.wait_for("window.passband?.monitor()?.candidates?.length === 200", LIMIT);
    page.wait_for("document.querySelectorAll('.candidates tbody tr').length === 20", LIMIT);
}

#[test]
fn every_control_can_be_pressed() {
    let mut monitor = Monitor::open(&KINDS);
    let mut run = Haloscope::new("night", 30.0, 6);
    for _ in 0..6 {
        monitor.tell(run.next(SCANS));
    }
    let Some(page) = Chromium::open(&monitor.url) else { return };
    page.wait_for("window.passband?.monitor()?.files.length === 6 && passband.monitor().candidates", LIMIT);
    controls::press_all(&page, &["PNG", "CSV", "canvas", "key D"]);
}
