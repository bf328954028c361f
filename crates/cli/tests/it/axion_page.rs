//! The monitor in a real browser, over Kafka, also after a restart of all processes.

use crate::haloscope::{LIMIT, Search, bins_of};
use crate::passband::{good, write};
use passband_testbed::{Chromium, Kafka, Process};
use serde_json::Value;
use std::collections::BTreeMap;

/// The noise of a cavity with a line 200 bins above the centre, whose mean exceeds the noise by 0.3 · √1200 = 10 σ.
const DETECTOR: &str = r#"
[source]
type = "simulate"
signal = "cavity"
rate = "2 MHz"
centre = "10.4 GHz"
line = "10400130208.333 Hz"
line_strength = 0.3
file = "122880 samples"
files = 30
block = "30720 samples"
pace = "as fast as it goes"

[[sink]]
type = "kafka"
brokers = "${KAFKA_BROKERS}"
topic = "${CHUNKS}"
format = { type = "quax", scans = 10, file = 122880 }
delivery = "exactly_once"
partitions = 4
"#;
const LINE: f64 = 10_400_130_208.333;

fn page_of(process: &Process) -> String {
    let line: Value = serde_json::from_str(&process.wait_line("\"page\"", LIMIT)).expect("JSON");
    line["page"].as_str().expect("an address").to_owned()
}

/// The page shows the newest file, the run and the line as on the topics.
fn expect_search(page: &Chromium, results: &BTreeMap<u64, Value>) {
    let whole = "window.passband?.monitor()?.run?.files === 30 && passband.monitor().candidates?.length > 0";
    page.wait_for(&format!("{whole} && passband.monitor().noise?.length > 0"), LIMIT);
    let shown: Value = page.eval("passband.monitor()");
    let list =
        |of: &Value| -> Vec<f64> { of.as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect() };
    // slices of the last files are in several partitions: any of them may be completed last
    let file = shown["file"].as_u64().expect("a number");
    assert!((26..30).contains(&file), "file {file}");
    assert_eq!((&shown["count"], &shown["of"]), (&40.into(), &40.into()));

    // the newest file and its σ, bin for bin; the page has them as 32-bit numbers
    let (mean, sigma) = (list(&shown["band"]["mean"]), list(&shown["band"]["sigma"]));
    let bins = bins_of(&results[&file]);
    assert_eq!((mean.len(), bins.len()), (3072, 3072));
    for (bin, (want_mean, want_sigma, _)) in bins.iter().enumerate() {
        assert!((mean[bin] / want_mean - 1.0).abs() < 1e-6, "bin {bin}: {} {want_mean}", mean[bin]);
        assert!((sigma[bin] / want_sigma - 1.0).abs() < 1e-6, "bin {bin}: {} {want_sigma}", sigma[bin]);
    }
    let frequency = list(&shown["band"]["frequency"]);
    assert!((frequency[0] - 10.399e9).abs() < 1.0 && (frequency[1536] - 10.4e9).abs() < 1.0, "{frequency:?}");

    // the line is the first candidate, and the run-wide trace rises there
    let first = &shown["candidates"][0];
    assert!((first["frequency"].as_f64().unwrap() - LINE).abs() < 1.0, "{first}");
    assert!((6.0..15.0).contains(&first["excess"].as_f64().unwrap()), "{first}");
    let run = list(&shown["run"]["mean"]);
    let beside =
        (run[1736 - 20..1736 - 2].iter().sum::<f64>() + run[1736 + 3..1736 + 21].iter().sum::<f64>()) / 36.0;
    assert!((1.15..1.5).contains(&(run[1736] / beside)), "{} over {beside}", run[1736]);
    let cell = "document.querySelector('.candidates tbody tr')?.textContent ?? ''";
    page.wait_for(&format!("{cell}.includes('10400.13')"), LIMIT);
}

#[test]
fn the_monitor_shows_band_run_and_candidate_also_after_every_process_was_restarted() {
    let Some(kafka) = Kafka::shared() else { return };
    let mut search = Search::new(kafka, (3072, 122_880, 10));
    search.more = vec![("CENTRE", "10.4 GHz".into())];
    let folder = tempfile::tempdir().unwrap();
    let set = [("KAFKA_BROKERS", search.brokers.as_str()), ("CHUNKS", &search.chunks)];
    good(&["run", &write(&folder, &format!("{}.toml", search.name), DETECTOR)], &set);
    let mut process = search.start("process", "1", &[]);
    let results = search.results(30);
    let mut monitor = search.start("monitor", "1", &[]);
    let url = page_of(&monitor);
    let Some(page) = Chromium::open(&url) else { return };
    expect_search(&page, &results);

    process.kill();
    monitor.kill();
    page.wait_for("!passband.state().connected", LIMIT);
    let _process = search.start("process", "1", &[]);
    let address = url.trim_start_matches("http://").trim_end_matches('/').to_owned();
    let _monitor = search.start("monitor", "1", &[("LISTEN", &address)]);
    page.wait_for("passband.state().connected", LIMIT);
    expect_search(&page, &results);
    page.goto(&url);
    expect_search(&page, &results);
    assert_eq!(search.results(30).len(), 30, "nothing came twice");
}
