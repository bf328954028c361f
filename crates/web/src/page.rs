//! The page's files, held in the program: it works offline, from one binary.

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const IMAGE: &str = "image/svg+xml";

macro_rules! page {
    ($($path:literal $kind:ident),* $(,)?) => {
        /// Each file of the page: its path on the server, its media type, its bytes.
        pub(crate) const FILES: &[(&str, &str, &[u8])] =
            &[$((concat!("/", $path), $kind, include_bytes!(concat!("../page/", $path)))),*];
    };
}

page! {
    "index.html" HTML,
    "style.css" STYLE,
    "sensors.css" STYLE,
    "icon.svg" IMAGE,
    "ages.js" SCRIPT,
    "app.js" SCRIPT,
    "axes.js" SCRIPT,
    "bands.js" SCRIPT,
    "bandside.js" SCRIPT,
    "bandtools.js" SCRIPT,
    "candidates.js" SCRIPT,
    "cell.js" SCRIPT,
    "cells.js" SCRIPT,
    "clock.js" SCRIPT,
    "colour.js" SCRIPT,
    "columns.js" SCRIPT,
    "connection.js" SCRIPT,
    "counters.js" SCRIPT,
    "csv.js" SCRIPT,
    "delay.js" SCRIPT,
    "dom.js" SCRIPT,
    "enlarged.js" SCRIPT,
    "export.js" SCRIPT,
    "files.js" SCRIPT,
    "format.js" SCRIPT,
    "frametimes.js" SCRIPT,
    "gestures.js" SCRIPT,
    "graph.js" SCRIPT,
    "keys.js" SCRIPT,
    "lastvalues.js" SCRIPT,
    "leftout.js" SCRIPT,
    "levels.js" SCRIPT,
    "main.js" SCRIPT,
    "monitor.js" SCRIPT,
    "overlay.js" SCRIPT,
    "panels/band.js" SCRIPT,
    "panels/index.js" SCRIPT,
    "panels/sensors.js" SCRIPT,
    "panels/series.js" SCRIPT,
    "panels/spectrum.js" SCRIPT,
    "panels/table.js" SCRIPT,
    "panels/waterfall.js" SCRIPT,
    "peaks.js" SCRIPT,
    "plot.js" SCRIPT,
    "protocol.js" SCRIPT,
    "raster.js" SCRIPT,
    "sensors.js" SCRIPT,
    "sensorstold.js" SCRIPT,
    "sidebar.js" SCRIPT,
    "socket.js" SCRIPT,
    "stream.js" SCRIPT,
    "strip.js" SCRIPT,
    "theme.js" SCRIPT,
    "ticks.js" SCRIPT,
    "timeaxis.js" SCRIPT,
    "toolbar.js" SCRIPT,
    "traces.js" SCRIPT,
    "transport.js" SCRIPT,
    "view.js" SCRIPT,
}

/// The media type and the bytes of a file; `/` is the page itself.
pub(crate) fn find(path: &str) -> Option<(&'static str, &'static [u8])> {
    let path = if path == "/" { "/index.html" } else { path };
    FILES.iter().find(|(name, ..)| *name == path).map(|(_, kind, bytes)| (*kind, *bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_file_of_the_page_is_served_and_every_import_is_found() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("page");
        let mut folders = vec![root.clone()];
        let mut count = 0;
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(|e| e.unwrap().path()) {
                if entry.is_dir() {
                    folders.push(entry);
                    continue;
                }
                let path = format!("/{}", entry.strip_prefix(&root).unwrap().to_str().unwrap());
                assert!(find(&path).is_some(), "{path} is not in src/page.rs");
                count += 1;
            }
        }
        assert_eq!(count, FILES.len());
    }

    #[test]
    fn nothing_is_fetched_from_elsewhere() {
        for (path, _, bytes) in FILES {
            let text = std::str::from_utf8(bytes).unwrap();
            let known = text.replace("http://www.w3.org/2000/svg", "");
            assert!(!known.contains("http://") && !known.contains("https://"), "{path}");
        }
    }
}
