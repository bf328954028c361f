//! Every control of a page is pressed: live and while it is paused, in light and in dark.

use passband_testbed::Chromium;

/// Presses all that the DOM holds, and all keys that the page lists; a control that is added later is pressed as well.
///
/// # Panics
/// If anything throws, rejects or complains on the console, or if one of `among` was not there to be pressed.
pub fn press_all(page: &Chromium, among: &[&str]) {
    let mut all: Vec<String> = vec![];
    for (scheme, paused) in [("light", false), ("dark", true)] {
        page.prefers("prefers-color-scheme", scheme);
        let script = format!("{}({paused})", include_str!("press.js").trim_end());
        let (pressed, wrong): (Vec<String>, Vec<String>) = page.eval(&script);
        assert!(wrong.is_empty(), "{wrong:#?}");
        all.extend(pressed);
    }
    for wanted in among.iter().chain(&["Pause", "key Space", "key ←", "key T", "dialog Close"]) {
        assert!(all.iter().any(|pressed| pressed.contains(wanted)), "{wanted} is not among {all:#?}");
    }
}
