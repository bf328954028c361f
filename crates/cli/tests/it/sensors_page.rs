//! The page of sensors in a real browser, over Kafka: it shows the content of the topic, also after a kill of its
//! process.

use crate::passband::{good, pipeline, start, write};
use crate::topic::read;
use passband_testbed::{Chromium, Kafka, Process, Stream, unique};
use serde_json::Value;
use std::collections::BTreeMap;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);
const SENSORS: usize = 200;
/// Readings of the first and of the second half, ten per second and sensor.
const FIRST: u64 = 40_000;
const SECOND: u64 = 24_000;

/// Irregular readings from a fixed time, so that the second half follows the first.
const SENDER: &str = r#"
[source]
type = "simulate"
signal = "sensors"
sensors = 200
every = "100 ms"
readings = "${COUNT}"
recording = "${BEGINS}"
disorder = "5 %"
late = "0.5 %"
late_by = "5 s"
doubled = "0.2 %"
broken = "0.2 %"
pace = "${PACE}"

[[sink]]
type = "kafka"
brokers = "${KAFKA_BROKERS}"
topic = "${READINGS}"
partitions = 4
"#;

/// By sensor and end of the window (ms): count, minimum, maximum, mean.
type Windows = BTreeMap<(String, i64), [f64; 4]>;

struct Job<'a> {
    brokers: &'a str,
    readings: String,
    aggregates: String,
    refused: String,
    group: String,
}

impl Job<'_> {
    fn start(&self, page: &str) -> Process {
        let set = [
            ("KAFKA_BROKERS", self.brokers),
            ("READINGS", &self.readings),
            ("AGGREGATES", &self.aggregates),
            ("REFUSED", &self.refused),
            ("GROUP", &self.group),
            ("ID", "id"),
            ("WINDOW", "1 s"),
            ("IDLE_AFTER", "4 s"),
            ("PAGE", page),
        ];
        start(&["run", "--json", &pipeline("sensors-kafka.toml")], &set)
    }

    /// The content of the topic when no more arrives.
    fn windows(&self) -> Windows {
        let mut windows = Windows::new();
        for record in read(self.brokers, &self.aggregates, usize::MAX, Duration::from_secs(8)) {
            let row: Value = serde_json::from_slice(&record.value).unwrap();
            let values =
                ["count", "min", "max", "mean"].map(|name| row["temperature"][name].as_f64().unwrap());
            let key = (String::from_utf8(record.key).unwrap(), row["time"].as_i64().unwrap());
            assert!(windows.insert(key, values).is_none(), "a window came twice: {row}");
        }
        windows
    }
}

/// All windows stored by the page.
fn shown(page: &Chromium) -> Windows {
    let all: BTreeMap<String, Vec<Value>> = page.eval(
        "(({ last, history }) => Object.fromEntries(Object.keys(last).map((key) => [key, history(key)])))(passband.sensors())",
    );
    let row = |key: &String, row: &Value| {
        let number = |name: &str| row["values"][format!("temperature.{name}")].as_f64().unwrap();
        let end = row["end"].as_i64().unwrap();
        assert_eq!(end - row["start"].as_i64().unwrap(), 1_000_000, "{row}");
        ((key.clone(), end / 1000), ["count", "min", "max", "mean"].map(number))
    };
    all.iter().flat_map(|(key, rows)| rows.iter().map(move |one| row(key, one))).collect()
}

fn same(a: &[f64; 4], b: &[f64; 4]) -> bool {
    a.iter().zip(b).all(|(a, b)| (a - b).abs() <= 1e-15 * b.abs())
}

/// The newest window of each sensor.
fn last(windows: &Windows) -> BTreeMap<&str, i64> {
    windows.keys().map(|(key, end)| (&**key, *end)).collect()
}

fn counter(page: &Chromium, name: &str) -> u64 {
    page.eval(&format!("passband.state().counters.find((c) => c.name === 'passband_{name}_total').value"))
}

/// Verifies in = folded + late + refused + duplicate for this process; returns the latter four.
fn balance(page: &Chromium) -> [u64; 4] {
    let parts = ["folded", "late", "refused", "duplicate"];
    let sum = parts.map(|name| format!("c('{name}')")).join(" + ");
    page.wait_for(
        &format!(
            "(() => {{ const all = passband.state().counters;
                const c = (name) => all.find((c) => c.name === `passband_${{name}}_total`)?.value;
                return c('in') > 0 && c('in') === {sum}; }})()"
        ),
        LIMIT,
    );
    parts.map(|name| counter(page, name))
}

fn frames(page: &Chromium, what: &str) {
    let (slowest, work, frames): (f64, f64, u32) =
        page.eval("(({ slowest, work, frames }) => [slowest, work, frames])(passband.sensors(true))");
    println!("{what}: slowest of {frames} frames {slowest:.1} ms, of which our code at most {work:.1} ms");
}

fn search(page: &Chromium, text: &str) {
    page.eval::<()>(&format!(
        "(() => {{ const s = document.querySelector('input[type=search]'); s.value = '{text}';
            s.dispatchEvent(new Event('input')); }})()"
    ));
}

#[test]
fn the_page_equals_the_topic_for_two_hundred_sensors_after_a_kill() {
    let Some(kafka) = Kafka::shared() else { return };
    let [readings, aggregates, refused, group] = ["raw", "agg", "refused", "group"].map(unique);
    let job = Job { brokers: kafka.bootstrap(), readings, aggregates, refused, group };
    let folder = tempfile::tempdir().unwrap();
    let sender = write(&folder, "send.toml", SENDER);
    let set = |count, begins, pace| {
        [
            ("KAFKA_BROKERS", kafka.bootstrap()),
            ("READINGS", job.readings.as_str()),
            ("COUNT", count),
            ("BEGINS", begins),
            ("PACE", pace),
        ]
    };
    let (first, second) = (FIRST.to_string(), SECOND.to_string());
    good(&["run", &sender], &set(&first, "1709294400000000", "as fast as it goes"));

    let mut process = job.start("127.0.0.1:0");
    let line: Value = serde_json::from_str(&process.wait_line("\"page\"", LIMIT)).unwrap();
    let url = line["page"].as_str().unwrap().to_owned();
    let Some(page) = Chromium::open(&url) else { return };
    let windows = job.windows();
    assert_eq!(last(&windows).len(), SENSORS);
    page.wait_for(&format!("window.passband?.sensors()?.rows === {}", windows.len()), LIMIT);
    frames(&page, "all windows at once");

    // all windows of all sensors, as on the topic
    let on_page = shown(&page);
    assert!(on_page.keys().eq(windows.keys()));
    for (of, values) in &on_page {
        assert!(same(values, &windows[of]), "{of:?}: {values:?} {:?}", windows[of]);
    }
    let [folded, late, refused, duplicate] = balance(&page);
    assert_eq!(folded as f64, windows.values().map(|[count, ..]| count).sum::<f64>());
    assert!(late > 0 && refused > 0 && duplicate > 0, "{late} {refused} {duplicate}");
    let sent = read(job.brokers, &job.readings, usize::MAX, Duration::from_secs(2)).len() as u64;
    assert_eq!(folded + late + refused + duplicate, sent);

    // rejected readings, as on their topic
    let kept = read(job.brokers, &job.refused, usize::MAX, Duration::from_secs(2));
    assert_eq!(kept.len() as u64, late + refused);
    page.wait_for(&format!("passband.sensors().refusals?.total === {}", kept.len()), LIMIT);
    let told: Value = page.eval("passband.sensors().refusals");
    assert_eq!(told["reasons"]["late: its window was closed"], late);
    let sum: u64 = told["reasons"].as_object().unwrap().values().map(|n| n.as_u64().unwrap()).sum();
    assert_eq!(sum, late + refused);
    for newest in told["newest"].as_array().unwrap() {
        assert!(
            newest["place"].as_str().unwrap().starts_with(&format!("topic {}, partition ", job.readings))
        );
        let excerpt = newest["excerpt"].as_str().unwrap();
        assert!(kept.iter().any(|record| record.value == excerpt.as_bytes()), "{newest}");
    }
    page.click(".choice [data-value=rejected]");
    page.wait_for(
        "document.querySelector('.rejected .reasons').innerText.includes('late: its window was closed')",
        LIMIT,
    );
    page.click(".choice [data-value=cells]");

    search(&page, "sensor17");
    page.wait_for("passband.sensors().shown === 11", LIMIT); // 17 and 170 to 179
    search(&page, "sensor177");
    page.wait_for("passband.sensors().shown === 1", LIMIT);
    page.click(".cell:not([hidden])");
    page.wait_for("document.querySelector('.detail h2').textContent === 'Sensor177'", LIMIT);
    let (_, [count, ..]) = windows.iter().rfind(|((key, _), _)| key == "Sensor177").unwrap();
    let beside = "[...document.querySelectorAll('.detail dt')].find((d) => d.textContent === 'temperature.count').nextSibling";
    page.wait_for(&format!("{beside}.textContent === '{count}'"), LIMIT);
    let drawn = "(() => { const c = document.querySelector('canvas.course');
        const d = c.getContext('2d').getImageData(60, 10, c.width - 80, c.height - 50).data;
        let n = 0; for (let i = 0; i < d.length; i += 4) n += Math.abs(d[i] - d[i + 2]) > 25; return n; })()";
    page.wait_for(&format!("{drawn} > 1000"), LIMIT); // a line over its band
    search(&page, "");
    page.wait_for(&format!("passband.sensors().shown === {SENSORS}"), LIMIT);
    frames(&page, "search, views and a large plot");

    // live, with a kill: displayed data remains, and the page continues
    let mut sending = start(&["run", "--json", &sender], &set(&second, "1709294500000000", "real time"));
    page.wait_for(&format!("passband.sensors().rows > {}", windows.len() + 3 * SENSORS), LIMIT);
    frames(&page, "live, one large");
    process.kill();
    page.wait_for("!passband.state().connected", LIMIT);
    let address = url.trim_start_matches("http://").trim_end_matches('/');
    let _again = job.start(address);
    page.wait_for("passband.state().connected", LIMIT);
    assert!(sending.wait(LIMIT).is_some_and(|status| status.success()), "{:?}", sending.lines(Stream::Err));
    let windows = job.windows();
    frames(&page, "live, after a restart");
    let ends = last(&windows);
    let all = ends.values().copied().min().unwrap();
    page.wait_for(&format!("Object.values(passband.sensors().last).every((w) => w.end >= {all}000)"), LIMIT);
    let on_page = shown(&page);
    assert_eq!(last(&on_page), ends);
    for (of, values) in &on_page {
        assert!(same(values, &windows[of]), "{of:?}: {values:?} {:?}", windows[of]);
    }
    balance(&page);
}

/// `SHOT=docs/pictures/sensors.png cargo test --test it picture_of_the_sensors -- --ignored` renders the picture of the
/// documentation, in two minutes.
#[test]
#[ignore = "for people who look"]
fn picture_of_the_sensors() {
    let Ok(picture) = std::env::var("SHOT") else { return };
    let process = start(&["run", "--json", "sensors"], &[("LISTEN", "127.0.0.1:0")]);
    let line: Value = serde_json::from_str(&process.wait_line("\"page\"", LIMIT)).unwrap();
    let Some(page) = Chromium::open(line["page"].as_str().unwrap()) else { return };
    page.prefers("prefers-color-scheme", "dark");
    page.viewport(1280, 600, false);
    page.wait_for("window.passband?.sensors()?.rows > 61 * 12", 3 * LIMIT);
    page.click(".cell[title=Sensor4]");
    page.eval::<()>("new Promise((done) => setTimeout(done, 1500))");
    page.screenshot(passband_testbed::workspace().join(picture));
}
