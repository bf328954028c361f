//! Operates every control of a page: live and paused, with a light and a dark theme.

use passband_testbed::Chromium;

/// Presses all controls in the DOM, and all keys listed on the page; controls added later are included.
///
/// # Panics
/// If there is an exception, a rejection or a console error, or if a control in `among` was not found.
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
