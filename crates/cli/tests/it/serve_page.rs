//! The pages of `passband serve` in a real browser.

use crate::serve::Served;
use passband_testbed::Chromium;
use std::time::Duration;

const LIMIT: Duration = Duration::from_secs(60);

/// Opens a view of the pages.
fn open(served: &Served, hash: &str) -> Option<Chromium> {
    let page = Chromium::open(&format!("{}{hash}", served.url()))?;
    page.wait_for("window.passband?.state().view", LIMIT);
    Some(page)
}

#[test]
fn the_library_filters_and_opens_a_recording_that_plays() {
    let served = Served::new();
    let Some(page) = open(&served, "#/") else { return };
    page.wait_for("passband.state().total === 3 && passband.state().view.rows === 3", LIMIT);
    // a name with markup is text
    page.wait_for("document.body.innerText.includes('<b>&clicks.wav')", LIMIT);
    assert!(
        page.eval::<bool>(
            "![...document.querySelectorAll('b')].some((b) => b.textContent.includes('clicks'))"
        )
    );
    page.eval::<()>("void (location.hash = '#/?search=chord')");
    page.wait_for("passband.state().view.rows === 1 && passband.state().matching === 1", LIMIT);
    let id: String =
        page.eval("fetch('/api/recordings?search=chord').then((r) => r.json()).then((j) => j.rows[0].id)");
    page.eval::<()>(&format!("void (location.hash = '#/recording/{id}')"));
    page.wait_for("passband.state().view?.counts?.chords > 0", LIMIT);
    page.wait_for("passband.state().view.rasters.spectrogram.columns > 100", LIMIT);
    let shown: Vec<String> = page.eval("passband.state().view.shown");
    assert!(["waveform", "chords"].iter().all(|layer| shown.iter().any(|own| own == layer)), "{shown:?}");
    // the cursor moves with the sound
    page.eval::<()>("void document.body.focus()");
    page.press(" ");
    page.wait_for("passband.state().view.playing && passband.state().view.time > 0.5", LIMIT);
    let state = "(({ time, cursor, width, view }) => [time, cursor / width, view.from, view.to])(passband.state().view)";
    let [time, cursor, from, to]: [f64; 4] = page.eval(state);
    let expected = (time - from) / (to - from);
    assert!((expected - cursor).abs() < 0.05, "sound at {expected}, cursor at {cursor} of the width");
    page.press(" ");
    page.wait_for("!passband.state().view.playing", LIMIT);
}

#[test]
fn every_view_opens_without_an_error() {
    let served = Served::new();
    let Some(page) = open(&served, "#/") else { return };
    page.eval::<()>("void (window.wrong = [], addEventListener('error', (e) => wrong.push(String(e.message))), addEventListener('unhandledrejection', (e) => wrong.push(String(e.reason))))");
    for (width, mobile) in [(1280, false), (390, true)] {
        page.viewport(width, 800, mobile);
        for path in [
            "",
            "map",
            "rhythm",
            "harmony",
            "tables/rows",
            "sql?q=SELECT%20key%2C%20count(*)%20AS%20n%20FROM%20rows%20GROUP%20BY%20key",
        ] {
            page.eval::<()>(&format!("void (location.hash = '#/{path}')"));
            let name = path.split(['/', '?']).next().unwrap_or_default();
            page.wait_for(&format!("passband.state().path === '{name}' && passband.state().view"), LIMIT);
            std::thread::sleep(Duration::from_millis(500));
            assert!(page.eval::<bool>("passband.state().fault === null"), "{path}");
            let wide: bool = page.eval("document.documentElement.scrollWidth > innerWidth + 1");
            assert!(!wide, "{path} is wider than {width} pixels");
        }
    }
    let wrong: Vec<String> = page.eval("wrong");
    assert!(wrong.is_empty(), "{wrong:?}");
}
