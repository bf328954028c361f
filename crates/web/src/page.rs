//! The page's files, embedded in the binary, so that the page works offline.

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const IMAGE: &str = "image/svg+xml";

macro_rules! page {
    ($($path:literal $kind:ident),* $(,)?) => {
        /// The files of the page: path on the server, media type, content.
        pub(crate) const FILES: &[(&str, &str, &[u8])] =
            &[$((concat!("/", $path), $kind, include_bytes!(concat!("../page/", $path)))),*];
    };
}

page! {
    "keyboard.js" SCRIPT,
    "app.js" SCRIPT,
    "icon.svg" IMAGE,
    "index.html" HTML,
    "main.js" SCRIPT,
    "link/clock.js" SCRIPT,
    "link/connection.js" SCRIPT,
    "link/delay.js" SCRIPT,
    "link/protocol.js" SCRIPT,
    "link/socket_worker.js" SCRIPT,
    "panels/actions.js" SCRIPT,
    "panels/haloscope/band.js" SCRIPT,
    "panels/haloscope/band_readout.js" SCRIPT,
    "panels/haloscope/band_toolbar.js" SCRIPT,
    "panels/haloscope/candidates.js" SCRIPT,
    "panels/haloscope/error_band.js" SCRIPT,
    "panels/haloscope/noise.js" SCRIPT,
    "panels/haloscope/recordings.js" SCRIPT,
    "panels/haloscope/run.js" SCRIPT,
    "panels/haloscope/state.js" SCRIPT,
    "panels/music/music.css" STYLE,
    "panels/music/music.js" SCRIPT,
    "panels/music/strip.js" SCRIPT,
    "panels/records/cell_text.js" SCRIPT,
    "panels/records/heat_map.js" SCRIPT,
    "panels/records/records.css" STYLE,
    "panels/records/records.js" SCRIPT,
    "panels/records/series.js" SCRIPT,
    "panels/records/table.js" SCRIPT,
    "panels/registry.js" SCRIPT,
    "panels/sensors/cell.js" SCRIPT,
    "panels/sensors/detail.js" SCRIPT,
    "panels/sensors/grid.js" SCRIPT,
    "panels/sensors/latest_values.js" SCRIPT,
    "panels/sensors/rejected.js" SCRIPT,
    "panels/sensors/sensors.css" STYLE,
    "panels/sensors/sensors.js" SCRIPT,
    "panels/sensors/state.js" SCRIPT,
    "panels/sensors/windows.js" SCRIPT,
    "panels/spectrum/history.js" SCRIPT,
    "panels/spectrum/readout.js" SCRIPT,
    "panels/spectrum/spectrum.js" SCRIPT,
    "panels/spectrum/toolbar.js" SCRIPT,
    "panels/spectrum/traces.js" SCRIPT,
    "panels/spectrum/waterfall.js" SCRIPT,
    "panels/spectrum/waterfall_axis.js" SCRIPT,
    "plot/autoscale.js" SCRIPT,
    "plot/axes.js" SCRIPT,
    "plot/gestures.js" SCRIPT,
    "plot/overlay.js" SCRIPT,
    "plot/peaks.js" SCRIPT,
    "plot/pixel_columns.js" SCRIPT,
    "plot/plot.js" SCRIPT,
    "plot/raster.js" SCRIPT,
    "plot/ticks.js" SCRIPT,
    "plot/time_axis.js" SCRIPT,
    "plot/time_series.js" SCRIPT,
    "plot/view.js" SCRIPT,
    "ui/colour_map.js" SCRIPT,
    "ui/counters.js" SCRIPT,
    "ui/csv.js" SCRIPT,
    "ui/dom.js" SCRIPT,
    "ui/export.js" SCRIPT,
    "ui/format.js" SCRIPT,
    "ui/frame_times.js" SCRIPT,

    "ui/playback.js" SCRIPT,
    "ui/status_bar.js" SCRIPT,
    "ui/style.css" STYLE,
    "ui/theme.js" SCRIPT,
}

/// The media type and the bytes of a file of the page, such as `/ui/dom.js`; `/` is the page itself.
pub fn find(path: &str) -> Option<(&'static str, &'static [u8])> {
    let path = if path == "/" { "/index.html" } else { path };
    FILES.iter().find(|(name, ..)| *name == path).map(|(_, kind, bytes)| (*kind, *bytes))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_file_of_the_page_is_served() {
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

    /// Resolves `..` and `.` in a path of the page.
    fn normalised(path: &Path) -> String {
        let mut parts: Vec<&str> = vec![];
        for part in path.iter().filter_map(|part| part.to_str()) {
            match part {
                "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part),
            }
        }
        parts.join("/")
    }

    #[test]
    fn imports_are_served_and_point_down() {
        // a module imports only from its own layer or from lower layers
        let layers = ["link", "ui", "plot", "panels"];
        let layer = |path: &str| layers.iter().position(|l| path.split('/').next() == Some(l)).unwrap_or(4);
        for (path, _, bytes) in FILES.iter().filter(|(path, ..)| path.ends_with(".js")) {
            let path = path.trim_start_matches('/');
            for line in std::str::from_utf8(bytes).unwrap().lines() {
                let Some((_, rest)) = line.split_once(" from \"").filter(|_| !line.starts_with(' ')) else {
                    continue;
                };
                let folder = Path::new(path).parent().unwrap();
                let target = normalised(&folder.join(rest.trim_end_matches("\";")));
                assert!(
                    find(&format!("/{target}")).is_some(),
                    "{path} imports {target}, which is not served"
                );
                assert!(layer(&target) <= layer(path), "{path} imports {target}, a layer above");
            }
        }
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
