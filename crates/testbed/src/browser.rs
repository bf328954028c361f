//! A headless Chromium with one page.

use crate::{Held, has_program, need};
use chromiumoxide::browser::Browser;
use chromiumoxide::cdp::browser_protocol::emulation::{MediaFeature, SetDeviceMetricsOverrideParams};
use chromiumoxide::cdp::js_protocol::runtime::EvaluateParams;
use chromiumoxide::handler::HandlerConfig;
use chromiumoxide::page::{Page, ScreenshotParams};
use futures::StreamExt;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::future::Future;
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

/// Time limit of a single step of the browser.
const STEP: Duration = Duration::from_secs(60);

/// A browser with one open page and a synchronous interface. It is closed on drop, and its profile is deleted.
pub struct Chromium {
    page: Page,
    runtime: tokio::runtime::Handle,
    /// Dropping it ends the thread that processes the browser's events.
    _running: tokio::sync::oneshot::Sender<()>,
    _held: Held,
    _folder: tempfile::TempDir,
}

impl Chromium {
    /// Opens `url` in a window of 1280 × 800. `None` if Chromium is not installed.
    ///
    /// # Panics
    /// If Chromium is installed but does not start, or does not load the page.
    pub fn open(url: &str) -> Option<Self> {
        let program = ["chromium", "chromium-browser", "google-chrome"].into_iter().find(|p| has_program(p));
        if !need("a browser (Chromium)", "services/install", program.is_some()) {
            return None;
        }
        let folder = tempfile::Builder::new().prefix("passband-chromium").tempdir().expect("a folder");
        let home = folder.path();
        let profile = format!("--user-data-dir={}", home.join("profile").display());
        let mut args = vec!["--headless=new", "--remote-debugging-port=0", "--no-sandbox", &profile];
        args.extend(["--window-size=1280,800", "--hide-scrollbars", "--mute-audio", "--no-first-run"]);
        args.extend(["--disable-dev-shm-usage", "--disable-background-networking", "--disable-extensions"]);
        // the page must be drawn although it is not visible; WebGL2 is rendered by the processor
        args.extend(["--disable-background-timer-throttling", "--disable-renderer-backgrounding"]);
        args.extend(["--disable-backgrounding-occluded-windows", "--enable-unsafe-swiftshader"]);
        args.push("about:blank");
        let env = [("HOME", home.as_os_str())];
        let held = Held::wrap(home, program?, args, &env).expect("a shell starts");
        let address = devtools(home);

        let (runtime, running) = drive();
        let page = block(&runtime, async {
            let config = HandlerConfig { viewport: None, request_timeout: STEP, ..HandlerConfig::default() };
            let (browser, mut handler) = Browser::connect_with_config(address, config).await?;
            tokio::spawn(async move { while handler.next().await.is_some() {} });
            // the process ends the browser; its handle only has to outlive the page
            let page = browser.new_page("about:blank").await;
            std::mem::forget(browser);
            page
        });
        let chromium = Self { page, runtime, _running: running, _held: held, _folder: folder };
        chromium.goto(url);
        Some(chromium)
    }

    /// Loads another page, and waits until it has loaded.
    pub fn goto(&self, url: &str) {
        block(&self.runtime, self.page.goto(url));
    }

    /// Evaluates a JavaScript expression on the page, awaits it if it is a promise, and returns its value.
    ///
    /// # Panics
    /// If it throws, or if its value is not a `T`.
    pub fn eval<T: DeserializeOwned>(&self, js: &str) -> T {
        let params =
            EvaluateParams::builder().expression(js).await_promise(true).return_by_value(true).build();
        let result = block(&self.runtime, async {
            self.page.evaluate_expression(params.expect("an expression")).await
        });
        let value = result.value().cloned().unwrap_or(Value::Null);
        serde_json::from_value(value.clone()).unwrap_or_else(|e| panic!("`{js}` is {value}: {e}"))
    }

    /// Waits until a JavaScript condition is true.
    ///
    /// # Panics
    /// If the condition is still false after `limit`; the message contains the text of the page.
    pub fn wait_for(&self, condition: &str, limit: Duration) {
        let end = Instant::now() + limit;
        while !self.eval::<bool>(&format!("!!({condition})")) {
            if Instant::now() > end {
                let text: String = self.eval("document.body?.innerText ?? ''");
                panic!("`{condition}` did not come true in {limit:?}; the page says:\n{text}");
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Writes a screenshot (PNG) of the visible area.
    pub fn screenshot(&self, path: impl AsRef<Path>) {
        block(&self.runtime, self.page.save_screenshot(ScreenshotParams::builder().build(), path));
    }

    /// Sets the size of the page in CSS pixels; `mobile` emulates a phone with a pixel ratio of two.
    pub fn viewport(&self, width: u32, height: u32, mobile: bool) {
        let scale = if mobile { 2.0 } else { 1.0 };
        let params = SetDeviceMetricsOverrideParams::new(width, height, scale, mobile);
        block(&self.runtime, self.page.execute(params));
    }

    /// Sets a media feature, such as `("prefers-color-scheme", "dark")`.
    pub fn prefers(&self, feature: &str, value: &str) {
        let features = vec![MediaFeature::new(feature, value)];
        block(&self.runtime, self.page.emulate_media_features(features));
    }

    /// Presses a key, with its name in JavaScript: "ArrowLeft", "p", " ".
    pub fn press(&self, key: &str) {
        block(&self.runtime, async {
            self.page.find_element("body").await?.press_key(key).await.map(|_| ())
        });
    }

    /// Clicks the middle of the element that a CSS selector matches.
    pub fn click(&self, selector: &str) {
        block(&self.runtime, async { self.page.find_element(selector).await?.click().await.map(|_| ()) });
    }
}

/// Starts a runtime on a separate thread, which ends when the sender is dropped.
fn drive() -> (tokio::runtime::Handle, tokio::sync::oneshot::Sender<()>) {
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (send, receive) = mpsc::channel();
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let _ = send.send(runtime.handle().clone());
        let _ = runtime.block_on(stopped);
    });
    (receive.recv().expect("the thread sends it"), stop)
}

fn block<T, E: std::fmt::Display>(
    runtime: &tokio::runtime::Handle,
    step: impl Future<Output = Result<T, E>>,
) -> T {
    match runtime.block_on(async { tokio::time::timeout(STEP, step).await }) {
        Ok(Ok(value)) => value,
        Ok(Err(e)) => panic!("Chromium: {e}"),
        Err(_) => panic!("Chromium does not answer within {STEP:?}"),
    }
}

/// The address that Chromium writes to its profile when it accepts connections.
fn devtools(home: &Path) -> String {
    let end = Instant::now() + STEP;
    loop {
        let text = std::fs::read_to_string(home.join("profile/DevToolsActivePort")).unwrap_or_default();
        if let Some((port, path)) = text.trim_end().split_once('\n') {
            return format!("ws://127.0.0.1:{port}{path}");
        }
        let log = || std::fs::read_to_string(home.join("log")).unwrap_or_default();
        assert!(Instant::now() < end, "Chromium does not start: {}", log());
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_draws_and_presses() {
        let page = "data:text/html,<meta name=viewport content=width=device-width><body onkeydown=\"document.title=event.key\"><canvas id=c></canvas>";
        let Some(chromium) = Chromium::open(page) else { return };
        assert_eq!(chromium.eval::<i32>("Promise.resolve(6 * 7)"), 42);
        chromium.press("ArrowLeft");
        chromium.wait_for("document.title === 'ArrowLeft'", STEP);
        chromium.viewport(390, 800, true);
        assert_eq!(chromium.eval::<(u32, f64)>("[innerWidth, devicePixelRatio]"), (390, 2.0));
        chromium.prefers("prefers-color-scheme", "dark");
        assert!(chromium.eval::<bool>("matchMedia('(prefers-color-scheme: dark)').matches"));
        assert!(chromium.eval::<bool>("!!document.createElement('canvas').getContext('webgl2')"));
        let picture = chromium._folder.path().join("page.png");
        chromium.screenshot(&picture);
        assert!(std::fs::read(&picture).unwrap().starts_with(b"\x89PNG"));
        let folder = chromium._folder.path().to_owned();
        drop(chromium);
        assert!(!folder.exists());
    }
}
