//! The page in a real browser.

mod controls;

use passband_testbed::Chromium;
use passband_web::{Counter, Live, LiveOptions, Panel, Picture, Spectral};
use serde_json::Value;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const LIMIT: Duration = Duration::from_secs(60);
const RATE: f64 = 44_100.0;
const LENGTH: usize = 8192;
const BINS: usize = LENGTH / 2 + 1;
/// The bins of 440 Hz and 1 kHz.
const TONES: [usize; 2] = [82, 186];
const LEVEL: f32 = -6.02;

/// One line per channel above a low noise floor, which differs between pictures.
fn stereo(index: u64) -> Vec<f32> {
    let mut values = vec![-100.0 - (index % 8) as f32; 2 * BINS];
    for (channel, bin) in TONES.into_iter().enumerate() {
        let around = channel * BINS + bin;
        for (by, drop) in [(0, 0.0), (1, 6.0), (2, 32.0), (3, 60.0)] {
            values[around - by] = LEVEL - drop;
            values[around + by] = LEVEL - drop - if by == 0 { 0.0 } else { 1.0 };
        }
    }
    values
}

/// A dashboard that receives pictures until it is dropped.
struct Fed {
    live: Arc<Live>,
    stop: Arc<AtomicBool>,
    published: Arc<AtomicU64>,
    hold: Arc<Mutex<()>>,
    feeder: Option<JoinHandle<()>>,
}

impl Fed {
    fn start(port: u16, token: Option<&str>) -> Self {
        let listen = ([127, 0, 0, 1], port).into();
        let options = LiveOptions { listen, token: token.map(str::to_owned), ..LiveOptions::default() };
        let live = Arc::new(Live::start(options).unwrap());
        let channels = vec!["left".to_owned(), "right".to_owned()];
        let what = Spectral { rate: RATE, length: LENGTH, bins: BINS, channels, ..Spectral::default() };
        live.describe(vec![Panel::Spectrum(what.clone()), Panel::Waterfall(what)]);
        live.set_counters(|| vec![Counter::new("passband_gaps_total", "Gaps.", 7.0)]);
        let (stop, published, hold) =
            (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU64::new(0)), Arc::new(Mutex::new(())));
        let feeder = {
            let (live, stop, published, hold) = (live.clone(), stop.clone(), published.clone(), hold.clone());
            thread::spawn(move || {
                while !stop.load(SeqCst) {
                    let _held = hold.lock().unwrap();
                    let index = published.fetch_add(1, SeqCst);
                    let time_us = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_micros() as i64;
                    live.publish(0, Picture { index: index * 256, time_us, values: &stereo(index) });
                    drop(_held);
                    thread::sleep(Duration::from_millis(8));
                }
            })
        };
        Self { live, stop, published, hold, feeder: Some(feeder) }
    }

    fn port(&self) -> u16 {
        self.live.url().rsplit(':').next().unwrap().split('/').next().unwrap().parse().unwrap()
    }
}

impl Drop for Fed {
    fn drop(&mut self) {
        self.stop.store(true, SeqCst);
        let _ = self.feeder.take().unwrap().join();
    }
}

fn wait_for_pictures(page: &Chromium) {
    page.wait_for("window.passband?.state().history > 40", LIMIT);
}

/// The colour of the waterfall at a frequency, some lines below its top.
fn pixel(page: &Chromium, canvas: &str, frequency: f64) -> Vec<u8> {
    page.eval(&format!(
        "(() => {{ const c = document.querySelector('canvas.{canvas}'), r = devicePixelRatio;
            const left = Math.round(46 * r), width = c.width - Math.round(14 * r) - left;
            const x = left + width * Math.log({frequency} / 20) / Math.log({} / 20);
            return [...c.getContext('2d').getImageData(Math.round(x), 20 * r, 1, 1).data]; }})()",
        RATE / 2.0
    ))
}

#[test]
fn the_page_reports_and_draws_what_comes_in() {
    let fed = Fed::start(0, None);
    let Some(page) = Chromium::open(&fed.live.url()) else { return };
    wait_for_pictures(&page);
    let peaks: Vec<Value> = page.eval("passband.peaks()");
    assert_eq!(peaks.len(), 2, "{peaks:?}");
    for (channel, (peak, bin)) in peaks.iter().zip(TONES).enumerate() {
        let frequency = bin as f64 * RATE / LENGTH as f64;
        assert_eq!(peak["channel"], channel);
        assert_eq!(peak["bin"], bin);
        assert!((peak["frequency"].as_f64().unwrap() - frequency).abs() < 1e-9, "{peak}");
        // The parabola through −6, 0 and −7 dB lies (6 − 7) / (2 · 13) bins to the left.
        let interpolated = frequency - RATE / LENGTH as f64 / 26.0;
        assert!((peak["interpolated"].as_f64().unwrap() - interpolated).abs() < 1e-3, "{peak}");
        assert!((peak["level"].as_f64().unwrap() - f64::from(LEVEL)).abs() < 1e-5, "{peak}");
    }

    let state: Value = page.eval("passband.state()");
    assert_eq!(state["connected"], true);
    assert_eq!(state["panels"].as_array().unwrap().len(), 2);
    page.wait_for("passband.state().delay.count > 0 && passband.delays().length > 40", LIMIT);
    let delays: Vec<f64> = page.eval("passband.delays(true)");
    assert!(delays.len() > 40 && delays.iter().all(|d| d.is_finite() && *d > -50.0 && *d < 60_000.0));
    assert!(page.eval::<usize>("passband.delays().length") < delays.len());
    page.wait_for("document.querySelector('[data-key=gaps] dd').textContent === '7'", LIMIT);

    let (tone, quiet) = (pixel(&page, "waterfall", 441.43), pixel(&page, "waterfall", 5000.0));
    let light = |p: &[u8]| p[..3].iter().map(|&v| i32::from(v)).sum::<i32>();
    assert!((light(&tone) - light(&quiet)).abs() > 200, "{tone:?} on {quiet:?}");
    let coloured = "(() => { const c = document.querySelector('canvas.spectrum');
        const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data; let n = 0;
        for (let i = 0; i < d.length; i += 4) if (Math.abs(d[i] - d[i + 2]) > 60) n += 1; return n; })()";
    assert!(page.eval::<u32>(coloured) > 1000, "the traces are drawn in their colours");
}

#[test]
fn csv_and_png_hold_the_shown_picture() {
    let fed = Fed::start(0, None);
    let Some(page) = Chromium::open(&fed.live.url()) else { return };
    wait_for_pictures(&page);
    page.press(" ");
    page.wait_for("passband.state().paused", LIMIT);
    let csv: String = page.eval("passband.csv()");
    let rows: Vec<Vec<&str>> = csv.trim_end().split("\r\n").map(|line| line.split(',').collect()).collect();
    assert_eq!(rows.len(), BINS + 1);
    assert_eq!(rows[0][..3], ["frequency (Hz)", "left (dBFS)", "right (dBFS)"]);
    let shown = page.eval::<u64>("passband.state().shown") / 256;
    let floor = format!("{}", -100.0 - (shown % 8) as f32);
    assert_eq!(rows[1][..3], ["0", &floor, &floor]);
    for (bin, levels) in [(TONES[0], ["-6.02", &floor]), (TONES[1], [&floor, "-6.02"])] {
        let frequency: f64 = rows[1 + bin][0].parse().unwrap();
        assert!((frequency - bin as f64 * RATE / LENGTH as f64).abs() < 1e-6, "{frequency}");
        assert_eq!(rows[1 + bin][1..3], levels);
    }
    assert_eq!(rows[BINS][0], "22050");

    let save = |name: &str| {
        format!(
            "new Promise((done) => {{ const real = URL.createObjectURL;
                URL.createObjectURL = (blob) => {{ done(blob); URL.createObjectURL = real; return real(blob); }};
                [...document.querySelectorAll('button')].find((b) => b.textContent === '{name}').click(); }})"
        )
    };
    let same = format!("{}.then((blob) => blob.text()).then((text) => text === passband.csv())", save("CSV"));
    assert!(page.eval::<bool>(&same), "the file is the table");
    let size = format!("{}.then(createImageBitmap).then((i) => [i.width, i.height])", save("PNG"));
    let (width, height): (u32, u32) = page.eval(&size);
    let plots: (u32, u32) = page.eval(
        "[...document.querySelectorAll('canvas.spectrum, canvas.waterfall')]
            .reduce(([, sum], c) => [c.width, sum + c.height], [0, 0])",
    );
    assert!(width == plots.0 && height > plots.1, "{width} × {height} for plots of {plots:?}");
}

#[test]
fn pause_history_and_keys() {
    let fed = Fed::start(0, None);
    let Some(page) = Chromium::open(&fed.live.url()) else { return };
    wait_for_pictures(&page);
    page.press(" ");
    page.wait_for("passband.state().paused", LIMIT);
    let stopped: Value = page.eval("passband.state()");
    let came = stopped["pictures"].as_u64().unwrap();
    page.wait_for(&format!("passband.state().pictures > {came} + 10"), LIMIT);
    let later: Value = page.eval("passband.state()");
    assert_eq!(later["shown"], stopped["shown"], "what is shown stands still while more comes in");
    assert_eq!(later["history"], stopped["history"]);

    page.press("ArrowLeft");
    page.press("ArrowLeft");
    page.wait_for("passband.state().back === -2", LIMIT);
    let back: u64 = page.eval("passband.state().shown");
    assert!(back < stopped["shown"].as_u64().unwrap());
    page.press("ArrowRight");
    page.wait_for("passband.state().back === -1", LIMIT);
    page.eval::<Value>(
        "(() => { const s = document.getElementById('back'); s.value = 0; s.dispatchEvent(new Event('input')); })()",
    );
    page.wait_for("passband.state().back === 1 - passband.state().history", LIMIT);
    page.press("End");
    page.wait_for(&format!("!passband.state().paused && passband.state().shown > {}", later["shown"]), LIMIT);

    let pressed =
        |name: &str| format!("document.querySelector('[data-value={name}]').ariaPressed === 'true'");
    for (key, name) in [("l", "lin"), ("l", "log"), ("o", "apart"), ("o", "over")] {
        page.press(key);
        page.wait_for(&pressed(name), LIMIT);
    }
    page.press("m");
    page.wait_for("document.querySelector('[aria-label=\"Remove marker 1\"]')", LIMIT);
    page.press("Delete");
    page.wait_for("!document.querySelector('[aria-label=\"Remove marker 1\"]')", LIMIT);
    page.press("?");
    page.wait_for("document.getElementById('keys').open", LIMIT);
}

/// Dispatches pointer events on the spectrum, at positions relative to the plot; `what` is a list of `[type, x, y,
/// id]`.
fn point(page: &Chromium, what: &str) {
    let script = "for (const [type, x, y, id] of LIST) {
            const canvas = document.querySelector('canvas.spectrum'), frame = canvas.getBoundingClientRect();
            const left = 46, width = frame.width - 60;
            const at = { clientX: frame.left + left + x * width, clientY: frame.top + y * frame.height,
                bubbles: true, cancelable: true, pointerId: id, pointerType: 'mouse', deltaY: -400 };
            const kind = type === 'wheel' ? WheelEvent : type === 'dblclick' ? MouseEvent : PointerEvent;
            canvas.dispatchEvent(new kind(type, at)); }";
    page.eval::<Value>(&format!("(() => {{ {} }})()", script.replace("LIST", what)));
}

#[test]
fn zoom_pan_pinch_and_markers() {
    let fed = Fed::start(0, None);
    let Some(page) = Chromium::open(&fed.live.url()) else { return };
    wait_for_pictures(&page);
    let axis = || page.eval::<(f64, f64)>("passband.state().axis");
    let frequency = |(low, high): (f64, f64), x: f64| low * (high / low).powf(x);
    let whole = axis();
    assert_eq!(whole, (20.0, RATE / 2.0));

    point(&page, "[['wheel', 0.5, 0.5, 1]]");
    let zoomed = axis();
    assert!(zoomed.0 > whole.0 && zoomed.1 < whole.1, "{zoomed:?}");
    let (before, after) = (frequency(whole, 0.5), frequency(zoomed, 0.5));
    assert!((after / before - 1.0).abs() < 0.01, "what is under the pointer stays: {before} Hz, {after} Hz");
    point(&page, "[['pointerdown', 0.5, 0.5, 1], ['pointermove', 0.4, 0.5, 1], ['pointerup', 0.4, 0.5, 1]]");
    let panned = axis();
    assert!((frequency(panned, 0.4) / after - 1.0).abs() < 0.01, "it goes with the pointer: {panned:?}");
    point(&page, "[['dblclick', 0.5, 0.5, 1]]");
    assert_eq!(axis(), whole);
    point(
        &page,
        "[['pointerdown', 0.4, 0.5, 1], ['pointerdown', 0.6, 0.5, 2], ['pointermove', 0.3, 0.5, 1],
          ['pointermove', 0.7, 0.5, 2], ['pointerup', 0.3, 0.5, 1], ['pointerup', 0.7, 0.5, 2]]",
    );
    let pinched = axis();
    let share = (pinched.1 / pinched.0).ln() / (whole.1 / whole.0).ln();
    assert!((share - 0.5).abs() < 0.01, "twice as far apart shows half: {share}");
    page.press("0");
    page.wait_for("passband.state().axis[0] === 20", LIMIT);

    point(&page, "[['pointerdown', 0.25, 0.5, 1], ['pointerup', 0.25, 0.5, 1]]");
    page.wait_for("passband.state().markers.length === 1", LIMIT);
    let set: Vec<f64> = page.eval("passband.state().markers");
    assert!((set[0] / frequency(whole, 0.25) - 1.0).abs() < 0.01, "{set:?}");
    point(
        &page,
        "[['pointerdown', 0.25, 0.5, 1], ['pointermove', 0.75, 0.5, 1], ['pointerup', 0.75, 0.5, 1]]",
    );
    let dragged: Vec<f64> = page.eval("passband.state().markers");
    assert!((dragged[0] / frequency(whole, 0.75) - 1.0).abs() < 0.01, "{dragged:?}");
    assert_eq!(axis(), whole, "a marker was dragged, not the axis");
}

#[test]
fn the_page_comes_back_after_a_restart_and_says_when_nothing_comes() {
    let first = Fed::start(0, Some("a token"));
    let (url, port) = (first.live.url(), first.port());
    let Some(page) = Chromium::open(&url) else { return };
    wait_for_pictures(&page);
    assert_eq!(page.eval::<String>("location.search"), "", "the token does not stay in the address");
    drop(first);
    page.wait_for("document.getElementById('link').textContent.startsWith('reconnecting')", LIMIT);
    assert!(!page.eval::<bool>("passband.state().connected"));
    let before: u64 = page.eval("passband.state().pictures");
    let second = Fed::start(port, Some("a token"));
    page.wait_for(&format!("passband.state().connected && passband.state().pictures > {before} + 20"), LIMIT);
    assert!(page.eval::<u64>("passband.state().history") > 40, "what was there before is kept");
    let held = second.hold.lock().unwrap();
    page.wait_for("passband.state().notice.startsWith('No new data for')", LIMIT);
    drop(held);
    page.wait_for("passband.state().notice === ''", LIMIT);
    assert!(second.published.load(SeqCst) > 0);
}

#[test]
fn both_ways_to_draw_the_waterfall_agree_and_it_fits_a_phone() {
    let fed = Fed::start(0, None);
    let url = fed.live.url();
    let Some(page) = Chromium::open(&url) else { return };
    let mut colours = Vec::new();
    for wanted in ["true", "null"] {
        page.eval::<Value>(&format!("localStorage.setItem('passband.webgl2', '{wanted}')"));
        page.goto(&url);
        wait_for_pictures(&page);
        page.press(" ");
        page.wait_for("passband.state().paused", LIMIT);
        let raster: String = page.eval("passband.state().raster");
        colours.push((raster, pixel(&page, "waterfall", 441.43)));
    }
    if colours[0].0 == "canvas" {
        println!("skipped: this browser has no WebGL2 to compare with");
    } else {
        assert_eq!(colours[0].0, "webgl2");
    }
    let apart = colours[0].1.iter().zip(&colours[1].1).map(|(a, b)| a.abs_diff(*b)).max();
    assert!(apart <= Some(4), "{colours:?}");

    page.viewport(390, 844, true);
    page.goto(&url);
    wait_for_pictures(&page);
    assert_eq!(page.eval::<u32>("document.documentElement.scrollWidth"), 390, "nothing sticks out");
    let unnamed =
        "[...document.querySelectorAll('button, input, select, canvas:not([aria-hidden])')].filter((e) =>
        !(e.textContent.trim() || e.getAttribute('aria-label'))).map((e) => e.outerHTML)";
    assert_eq!(page.eval::<Vec<String>>(unnamed), Vec::<String>::new(), "every control has a name");

    page.prefers("prefers-reduced-motion", "reduce");
    page.goto(&url);
    page.wait_for("window.passband?.state().history > 100", LIMIT);
    let (drawn, came): (u32, u32) = page.eval("[passband.state().delay.count, passband.state().pictures]");
    assert!(drawn * 4 < came, "{drawn} of {came} were drawn for who prefers less motion");
}

#[test]
fn every_control_can_be_pressed() {
    let fed = Fed::start(0, None);
    let Some(page) = Chromium::open(&fed.live.url()) else { return };
    wait_for_pictures(&page);
    controls::press_all(&page, &["PNG", "CSV", "canvas", "key M"]);
}
