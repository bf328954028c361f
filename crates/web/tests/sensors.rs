//! The page for many sensors: the data given to the sink is read back from a real browser.

mod controls;

use passband_flow::data::{Aggregate, Column, Data, Kind, Of, Origin, Output, Refusal, ResultState, Shape};
use passband_flow::engine::{Context, Control};
use passband_flow::part::{Sink, SinkPlan};
use passband_testbed::Chromium;
use passband_web::LiveSink;
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);
const SENSORS: usize = 200;
/// 2024-03-01T12:00:00Z, and a window length of 10 s, in µs.
const FIRST: i64 = 1_709_294_400_000_000;
const LENGTH: i64 = 10_000_000;

/// The sink `live` as opened by a pipeline, and the sensors whose windows it receives.
struct Sensors {
    sink: Box<dyn Sink>,
    url: String,
    shape: Arc<Shape>,
}

impl Sensors {
    fn open() -> Self {
        let notes = Arc::new(Mutex::new(String::new()));
        let noted = notes.clone();
        let control = Control::with_notes(move |note| noted.lock().unwrap().push_str(&note));
        control.counters.r#in.add(1300);
        control.counters.folded.add(1290);
        control.counters.late.add(7);
        control.counters.refused.add(2);
        control.counters.duplicate.add(1);
        let context = Context { pipeline: "sensors".into(), control, ..Context::default() };
        let plan = LiveSink { listen: "127.0.0.1:0".into(), ..LiveSink::default() };
        assert!(plan.refuses(Aggregate::KIND).is_none() && plan.refuses(Kind::Readings).is_some());
        let sink = plan.open(&[Aggregate::KIND], &context).unwrap();
        let url = notes.lock().unwrap().strip_prefix("page at ").unwrap().to_owned();
        let column = |path: &[&str], of| Column { path: path.iter().map(|p| (*p).to_owned()).collect(), of };
        let value = |index, counts| Of::Value { index, counts };
        let columns = vec![
            column(&["key"], Of::Key),
            column(&["time"], Of::End),
            column(&["temperature", "count"], value(0, true)),
            column(&["temperature", "min"], value(1, false)),
            column(&["temperature", "max"], value(2, false)),
            column(&["temperature", "mean"], value(3, false)),
            column(&["humidity", "last"], value(4, false)),
        ];
        Self { sink, url, shape: Arc::new(Shape::new(columns)) }
    }
    fn window(&self, sensor: usize, window: usize) -> Aggregate {
        let (s, w) = (sensor as f64, window as f64);
        let mean = 20.0
            + 5.0 * (s * 0.37).sin()
            + (1.0 + 0.3 * (s * 1.7).sin()) * (w * 0.21 + s).sin()
            + 0.25 * (w * 1.7 + s * 3.0).cos();
        let wide = 0.35 + 0.25 * (w * 0.9 + s).sin().abs();
        let readings = 90 + (sensor * 7 + window * 3) % 20;
        let humidity = if sensor == 3 { f64::NAN } else { 40.0 + s / 10.0 };
        Aggregate {
            key: format!("{}-{:03}", ["boiler", "cellar", "kiln", "roof"][sensor % 4], sensor).into(),
            start: FIRST + window as i64 * LENGTH,
            end: FIRST + (window as i64 + 1) * LENGTH,
            result: ResultState::Final,
            readings: readings as u64,
            shape: self.shape.clone(),
            values: [readings as f64, mean - wide, mean + 1.3 * wide, mean, humidity].into(),
        }
    }
    /// Sends late and refused readings: 30, 2 and 1 for the three reasons.
    fn leave_out(&mut self) {
        let reading =
            |n: i64| format!(r#"{{"ts": "2024-03-01T12:00:{:02}.250000", "value": 21.{n}}}"#, n % 60);
        for n in 0..33 {
            let (reason, bytes) = match n {
                30 => ("it is not JSON: it ends early, after 12 bytes", [0, 255].repeat(7)[..13].to_vec()),
                31 => ("it is not JSON: it ends early, after 30 bytes", reading(n)[..30].into()),
                32 => ("value is 'n/a', and should be a number", "<b>\"n/a\"</b>\u{7}ä".into()),
                _ => ("late: its window was closed", reading(n).into_bytes()),
            };
            let place =
                format!("topic raw-temperature, partition {}, offset {n}", n % 4 + i64::from(n == 32));
            let refusal = Refusal { origin: Origin::default(), place, reason: reason.into(), bytes };
            assert!(!self.sink.refuse(&refusal).unwrap(), "it is shown, and kept by nobody");
        }
    }
    fn tell(&mut self, window: Aggregate) {
        let data = Data::row(window);
        self.sink
            .write(&Output { stream: "raw-temperature".into(), data, origin: Default::default() })
            .unwrap();
    }
    /// Sends one more window of each sensor.
    fn all(&mut self, window: usize) {
        (0..SENSORS).for_each(|sensor| self.tell(self.window(sensor, window)));
    }
}

/// A window as represented on the page; non-finite values are null.
fn told(window: &Aggregate) -> Value {
    let [count, min, max, mean, humidity] = *window.values else { unreachable!() };
    json!({
        "start": window.start, "end": window.end, "readings": window.readings,
        "early": window.result == ResultState::Early,
        "values": { "temperature.count": count as u64, "temperature.min": min, "temperature.max": max,
            "temperature.mean": mean, "humidity.last": humidity },
    })
}

/// Integers in JSON may be represented as fractions or vice versa, and numbers read from the browser may differ in the
/// last digit. The CSV, which is text, is compared exactly.
fn equal(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            let (a, b) = (a.as_f64().unwrap(), b.as_f64().unwrap());
            (a - b).abs() <= 1e-15 * b.abs()
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(k, v)| b.get(k).is_some_and(|w| equal(v, w)))
        }
        _ => a == b,
    }
}

fn wait_for_end(page: &Chromium, windows: usize) {
    let end = FIRST + windows as i64 * LENGTH;
    page.wait_for(
        &format!(
            "Object.values(window.passband?.sensors()?.last ?? {{}}).filter((w) => w.end === {end}).length === {SENSORS}"
        ),
        LIMIT,
    );
}

fn set_search(page: &Chromium, text: &str) {
    page.eval::<()>(&format!(
        "(() => {{ const s = document.querySelector('input[type=search]'); s.value = '{text}';
            s.dispatchEvent(new Event('input')); }})()"
    ));
}

#[test]
fn two_hundred_sensors_are_drawn_searched_and_listed() {
    let mut sensors = Sensors::open();
    let Some(page) = Chromium::open(&sensors.url) else { return };
    page.wait_for("window.passband?.state().notice === 'Waiting for the first window …'", LIMIT);
    for window in 0..20 {
        sensors.all(window);
    }
    wait_for_end(&page, 20);
    page.wait_for(&format!("passband.sensors().rows === {}", 20 * SENSORS), LIMIT);
    let s: Value = page.eval("passband.sensors()");
    assert_eq!(s["keys"], SENSORS);
    let columns =
        ["temperature.count", "temperature.min", "temperature.max", "temperature.mean", "humidity.last"];
    assert_eq!(s["columns"], json!(columns));
    for sensor in 0..SENSORS {
        let window = sensors.window(sensor, 19);
        let there = &s["last"][&*window.key];
        assert!(equal(there, &told(&window)), "{}: {there} for {}", window.key, told(&window));
    }
    page.wait_for("document.querySelectorAll('.cell:not([hidden])').length > 20", LIMIT);
    page.wait_for("passband.sensors().shown === 200", LIMIT);
    let drawn = "(() => { const c = document.querySelector('.cell:not([hidden]) canvas');
        const d = c.getContext('2d').getImageData(0, 32, c.width, c.height - 60).data;
        let n = 0; for (let i = 0; i < d.length; i += 4) n += Math.abs(d[i] - d[i + 2]) > 25; return n; })()";
    page.wait_for(&format!("{drawn} > 200"), LIMIT); // a line over its band
    let says = |key: &str, text: &str| {
        let there = format!("document.querySelector('[data-key={key}] dd')?.textContent === '{text}'");
        page.wait_for(&there, LIMIT);
    };
    says("in", "1\u{202f}300");
    says("folded", "1\u{202f}290");
    says("late", "7");
    says("refused", "2");
    says("duplicate", "1");

    // an early result is replaced by the final one of the same window
    let mut early = sensors.window(7, 20);
    early.result = ResultState::Early;
    early.values[3] = 99.0;
    let key = early.key.clone();
    sensors.tell(early);
    page.wait_for(&format!("passband.sensors().last['{key}'].early"), LIMIT);
    sensors.tell(sensors.window(7, 20));
    page.wait_for(&format!("!passband.sensors().last['{key}'].early"), LIMIT);
    let history: Vec<Value> = page.eval(&format!("passband.sensors().history('{key}')"));
    assert_eq!(history.last().unwrap()["end"], FIRST + 21 * LENGTH);
    assert_eq!(history.iter().filter(|w| w["start"] == FIRST + 20 * LENGTH).count(), 1);

    set_search(&page, "kiln");
    page.wait_for("passband.sensors().shown === 50", LIMIT);
    set_search(&page, "KILN 18");
    page.wait_for("passband.sensors().shown === 4", LIMIT);
    let labels = "[...document.querySelectorAll('.cell:not([hidden])')].map((c) => c.title).sort()";
    page.wait_for(&format!("{labels}.join() === 'kiln-018,kiln-118,kiln-182,kiln-186'"), LIMIT);
    set_search(&page, "");

    page.click(".choice [data-value=table]");
    page.wait_for("document.querySelectorAll('.latest-values tbody:not(.room) tr').length > 10", LIMIT);
    let first: Vec<String> =
        page.eval("[...document.querySelectorAll('.latest-values tbody:not(.room) tr')[0].cells].map((c) => c.textContent)");
    let wanted = sensors.window(0, 19);
    assert_eq!(first[..2], ["boiler-000", &format!("{}", wanted.readings)]);
    assert_eq!(
        first[4..],
        [format!("{:.4}", wanted.values[3]), "40.0000".into(), "2024-03-01 12:03:20".into()]
    );
    page.click(".latest-values th[data-column='3'] button");
    let highest = (0..SENSORS).map(|s| sensors.window(s, if s == 7 { 20 } else { 19 }));
    let highest = highest.max_by(|a, b| a.values[3].total_cmp(&b.values[3])).unwrap().key;
    page.wait_for(
        &format!(
            "document.querySelector('.latest-values tbody:not(.room) tr').cells[0].textContent === '{highest}'"
        ),
        LIMIT,
    );
    page.press("v");
    page.press("v");
    page.wait_for("!document.querySelector('.cells').hidden", LIMIT);
    page.wait_for(&format!("[...document.querySelectorAll('.cell')].some((c) => c.title === '{highest}' && /translate\\(8px, 8px/.test(c.style.transform))"), LIMIT);

    let csv: String = page.eval("passband.csv()");
    let rows: Vec<Vec<&str>> = csv.trim_end().split("\r\n").map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), 1 + SENSORS * 20 + 1);
    assert_eq!(rows[0][..5], ["key", "start", "end", "result", "temperature.count"]);
    for row in &rows[1..] {
        let sensor = row[0].split_once('-').unwrap().1.parse().unwrap();
        let window = (0..21).find(|w| row[1] == iso(*w)).unwrap();
        let wanted = sensors.window(sensor, window);
        assert_eq!(row[3], "final");
        for (text, value) in row[4..].iter().zip(&wanted.values) {
            assert!(if value.is_nan() { text.is_empty() } else { text.parse::<f64>().unwrap() == *value });
        }
    }
}

/// The start of a window as in the CSV.
fn iso(window: usize) -> String {
    format!("2024-03-01T12:{:02}:{:02}.000Z", window / 6, window % 6 * 10)
}

#[test]
fn a_late_browser_has_the_history_and_a_cell_can_be_enlarged() {
    let mut sensors = Sensors::open();
    for window in 0..130 {
        sensors.all(window);
    }
    let Some(page) = Chromium::open(&sensors.url) else { return };
    page.wait_for(&format!("window.passband?.sensors()?.rows === {}", 120 * SENSORS), LIMIT);
    let window = sensors.window(11, 0);
    let history: Vec<Value> = page.eval(&format!("passband.sensors().history('{}')", window.key));
    assert_eq!(history.len(), 120);
    for (there, window) in history.iter().zip(10..130) {
        let wanted = told(&sensors.window(11, window));
        assert!(equal(there, &wanted), "{there} for {wanted}");
    }

    // after a reload, stored windows appear once
    page.goto(&sensors.url);
    page.wait_for(&format!("window.passband?.sensors()?.rows === {}", 120 * SENSORS), LIMIT);
    page.eval::<Value>("passband.sensors(true)");
    sensors.all(130);
    wait_for_end(&page, 131);
    assert_eq!(page.eval::<usize>("passband.sensors().rows"), 121 * SENSORS);

    page.click(".cell:not([hidden])");
    page.wait_for("document.querySelector('.detail h2').textContent", LIMIT);
    let name: String = page.eval("document.querySelector('.detail h2').textContent");
    page.wait_for(&format!("passband.sensors().last['{name}']"), LIMIT);
    let shown = "document.querySelector('.detail dl').innerText";
    page.wait_for(&format!("{shown}.includes('12:21:50') && {shown}.includes('temperature.mean')"), LIMIT);
    let size = "new Promise((done) => { const real = URL.createObjectURL;
            URL.createObjectURL = (blob) => { done(blob); URL.createObjectURL = real; return real(blob); };
            [...document.querySelectorAll('button')].find((b) => b.textContent === 'PNG').click(); })
        .then(createImageBitmap).then((i) => i.width)";
    assert!(
        page.eval::<bool>(&format!(
            "{size}.then((w) => w === document.querySelector('canvas.course').width)"
        ))
    );
    page.press("Escape");
    page.wait_for("document.querySelector('.detail').hidden", LIMIT);
    assert!(page.eval::<u32>(size) > 1000, "all cells in one picture");

    // windows are queued while paused
    page.click("#pause");
    sensors.all(131);
    sensors.all(132);
    page.eval::<()>("new Promise((done) => setTimeout(done, 300))");
    assert_eq!(page.eval::<i64>(&format!("passband.sensors().last['{name}'].end")), FIRST + 131 * LENGTH);
    page.click("#pause");
    wait_for_end(&page, 133);

    page.viewport(390, 844, true);
    page.goto(&sensors.url);
    page.wait_for("document.querySelectorAll('.cell:not([hidden])').length > 2", LIMIT);
    page.wait_for(
        "[...document.querySelectorAll('.cell')].every((c) => c.style.visibility !== 'hidden')",
        LIMIT,
    );
    assert_eq!(page.eval::<u32>("document.documentElement.scrollWidth"), 390, "nothing sticks out");
    let unnamed =
        "[...document.querySelectorAll('button, input, select, canvas:not([aria-hidden])')].filter((e) =>
        !(e.textContent.trim() || e.getAttribute('aria-label'))).map((e) => e.outerHTML)";
    assert_eq!(page.eval::<Vec<String>>(unnamed), Vec::<String>::new(), "every control has a name");
}

#[test]
fn what_was_late_or_refused_is_told_with_its_reason_and_bytes() {
    let mut sensors = Sensors::open();
    let Some(page) = Chromium::open(&sensors.url) else { return };
    page.wait_for("window.passband?.sensors()", LIMIT);
    page.press("v");
    page.press("v");
    page.wait_for(
        "document.querySelector('.rejected').innerText.includes('No late or refused readings')",
        LIMIT,
    );
    sensors.leave_out();
    page.wait_for("passband.sensors().refusals?.total === 33", LIMIT);
    let text = |selector: &str| -> Vec<Vec<String>> {
        page.eval(&format!(
            "[...document.querySelectorAll('.rejected {selector} tbody tr')].map((r) => [...r.cells].map((c) => c.textContent))"
        ))
    };
    page.wait_for("document.querySelectorAll('.rejected .reasons tbody tr').length === 3", LIMIT);
    let why = [
        "late: its window was closed",
        "it is not JSON: it ends early, after # bytes",
        "value is '…', and should be a number",
    ];
    assert_eq!(text(".reasons"), [["30", why[0]], ["2", why[1]], ["1", why[2]]]);
    let newest = text(".newest");
    assert_eq!(newest.len(), 20);
    assert_eq!(
        newest[0][1..3],
        ["topic raw-temperature, partition 1, offset 32", "value is 'n/a', and should be a number"]
    );
    assert_eq!(newest[0][3..], ["15", "<b>\"n/a\"</b>\u{7}ä"], "as it came, and nothing of it is markup");
    assert_eq!(
        newest[2][2..],
        ["it is not JSON: it ends early, after 12 bytes", "13", "00 ff 00 ff 00 ff 00 ff 00 ff 00 ff 00"]
    );
    page.wait_for("document.querySelector('[data-value=rejected]').textContent === 'Rejected 33'", LIMIT);
}

/// `SHOTS=folder cargo test -p passband-web --test sensors -- --ignored` writes screenshots of the page to a folder,
/// and prints the slowest frames.
#[test]
#[ignore = "for people who look"]
fn pictures_and_frames() {
    let Ok(folder) = std::env::var("SHOTS") else { return };
    let mut sensors = Sensors::open();
    for window in 0..60 {
        sensors.all(window);
    }
    let Some(page) = Chromium::open(&sensors.url) else { return };
    page.prefers("prefers-color-scheme", "dark");
    page.viewport(1400, 900, false);
    page.wait_for(&format!("window.passband?.sensors()?.rows === {}", 60 * SENSORS), LIMIT);
    let shot = |name: &str| {
        page.eval::<()>("new Promise((done) => setTimeout(done, 1500))");
        page.screenshot(std::path::Path::new(&folder).join(name));
    };
    let told = |what: &str| {
        let (slowest, work, frames): (f64, f64, u32) =
            page.eval("(({ slowest, work, frames }) => [slowest, work, frames])(passband.sensors(true))");
        println!("{what}: slowest frame {slowest:.1} ms, our code {work:.1} ms, {frames} frames");
    };
    told("history");
    shot("dark.png");
    told("still");
    for window in 60..100 {
        sensors.all(window);
        page.eval::<()>("new Promise((done) => setTimeout(done, 150))");
    }
    told("40 × 200 windows, cells");
    page.click(".cell:not([hidden])");
    told("opening");
    for window in 100..120 {
        sensors.all(window);
        page.eval::<()>("new Promise((done) => setTimeout(done, 150))");
    }
    told("20 × 200 windows, cells and one large");
    shot("enlarged.png");
    page.press("Escape");
    page.eval::<()>(
        "(async () => { const c = document.querySelector('.cells');
        for (let i = 0; i < 60; i++) { c.scrollTop += 60; await new Promise(requestAnimationFrame); } c.scrollTop = 0; })()",
    );
    told("scrolling");
    page.press("v");
    for window in 120..140 {
        sensors.all(window);
        page.eval::<()>("new Promise((done) => setTimeout(done, 150))");
    }
    told("20 × 200 windows, table");
    shot("table.png");
    sensors.leave_out();
    page.press("v");
    page.wait_for("passband.sensors().refusals?.total === 33", LIMIT);
    shot("left.png");
    page.press("v");
    page.prefers("prefers-color-scheme", "light");
    shot("light.png");
    page.viewport(390, 844, true);
    page.goto(&sensors.url);
    page.wait_for("document.querySelectorAll('.cell:not([hidden])').length > 2", LIMIT);
    shot("phone.png");
    page.click(".cell:not([hidden])");
    page.eval::<()>("void scrollTo(0, 0)");
    shot("phone-large.png");
    page.press("Escape");
    page.press("v");
    shot("phone-table.png");
    page.press("v");
    shot("phone-left.png");
}

#[test]
fn every_control_can_be_pressed() {
    let mut sensors = Sensors::open();
    (0..8).for_each(|window| sensors.all(window));
    sensors.leave_out();
    let Some(page) = Chromium::open(&sensors.url) else { return };
    wait_for_end(&page, 8);
    page.press(" ");
    page.wait_for("document.body.classList.contains('paused')", LIMIT);
    page.press("ArrowLeft");
    page.press(" ");
    page.wait_for("!document.body.classList.contains('paused')", LIMIT);
    controls::press_all(&page, &["PNG", "CSV", "Search sensors", "canvas", "key V", "Close"]);
}

#[test]
fn no_text_of_a_table_is_a_formula() {
    let sensors = Sensors::open();
    let Some(page) = Chromium::open(&sensors.url) else { return };
    let cells = |texts: Value| -> Vec<String> {
        page.eval(&format!("import('/ui/csv.js').then(({{ textCell }}) => {texts}.map(textCell))"))
    };
    let formulas = json!(["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "=HYPERLINK(\"x\",\"y\")"]);
    assert_eq!(
        cells(formulas),
        ["'=1+1", "'+1", "'-1", "'@SUM(A1)", "'\t=1", "\"'\r=1\"", "\"'=HYPERLINK(\"\"x\"\",\"\"y\"\")\""]
    );
    assert_eq!(cells(json!(["kiln-1", "a=b", "", "a,b"])), ["kiln-1", "a=b", "", "\"a,b\""]);
}
