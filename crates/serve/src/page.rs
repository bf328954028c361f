//! The files of the pages, embedded in the binary; those shared with the dashboard come from there.

const HTML: &str = "text/html; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";

macro_rules! page {
    ($($path:literal $kind:ident),* $(,)?) => {
        /// Path on the server, media type, content.
        const FILES: &[(&str, &str, &[u8])] =
            &[$((concat!("/", $path), $kind, include_bytes!(concat!("../page/", $path)))),*];
    };
}

page! {
    "address.js" SCRIPT,
    "api.js" SCRIPT,
    "app.js" SCRIPT,
    "charts/bars.js" SCRIPT,
    "charts/chart.js" SCRIPT,
    "charts/chart_view.js" SCRIPT,
    "charts/chord_wheel.js" SCRIPT,
    "charts/heat_cells.js" SCRIPT,
    "charts/key_wheel.js" SCRIPT,
    "charts/painter.js" SCRIPT,
    "charts/scales.js" SCRIPT,
    "charts/step_grid.js" SCRIPT,
    "collection.js" SCRIPT,
    "filters.js" SCRIPT,
    "grid/blocks.js" SCRIPT,
    "grid/result_table.js" SCRIPT,
    "grid/virtual_table.js" SCRIPT,
    "index.html" HTML,
    "keys.js" SCRIPT,
    "latest.js" SCRIPT,
    "library/column_choice.js" SCRIPT,
    "library/compare.js" SCRIPT,
    "library/duplicates.js" SCRIPT,
    "library/facets.js" SCRIPT,
    "library/filter_layout.js" SCRIPT,
    "library/library.js" SCRIPT,
    "library/library_table.js" SCRIPT,
    "library/number_facet.js" SCRIPT,
    "library/small_plot.js" SCRIPT,
    "library/text_facet.js" SCRIPT,
    "map/colouring.js" SCRIPT,
    "map/lasso.js" SCRIPT,
    "map/legend.js" SCRIPT,
    "map/map.js" SCRIPT,
    "map/point_index.js" SCRIPT,
    "map/point_plot.js" SCRIPT,
    "map/point_renderer.js" SCRIPT,
    "map/recording_list.js" SCRIPT,
    "notice.js" SCRIPT,
    "recording/cards.js" SCRIPT,
    "recording/chart.js" SCRIPT,
    "recording/collection_view.js" SCRIPT,
    "recording/cursor.js" SCRIPT,
    "recording/export.js" SCRIPT,
    "recording/facts.js" SCRIPT,
    "recording/gestures.js" SCRIPT,
    "recording/harmony.js" SCRIPT,
    "recording/head.js" SCRIPT,
    "recording/hover.js" SCRIPT,
    "recording/keyboard.js" SCRIPT,
    "recording/layers.js" SCRIPT,
    "recording/menu.js" SCRIPT,
    "recording/model.js" SCRIPT,
    "recording/music.js" SCRIPT,
    "recording/overview.js" SCRIPT,
    "recording/page.js" SCRIPT,
    "recording/player.js" SCRIPT,
    "recording/raster_image.js" SCRIPT,
    "recording/rasters.js" SCRIPT,
    "recording/recording.css" STYLE,
    "recording/recording.js" SCRIPT,
    "recording/rhythm.js" SCRIPT,
    "recording/side.js" SCRIPT,
    "recording/similar.js" SCRIPT,
    "recording/state.js" SCRIPT,
    "recording/surface.js" SCRIPT,
    "recording/svg_context.js" SCRIPT,
    "recording/time_view.js" SCRIPT,
    "recording/tint.js" SCRIPT,
    "recording/track.js" SCRIPT,
    "recording/tracks/harmony.js" SCRIPT,
    "recording/tracks/missing.js" SCRIPT,
    "recording/tracks/notes.js" SCRIPT,
    "recording/tracks/raster.js" SCRIPT,
    "recording/tracks/rhythm.js" SCRIPT,
    "recording/tracks/waveform.js" SCRIPT,
    "recording/transport.js" SCRIPT,
    "save.js" SCRIPT,
    "selection.js" SCRIPT,
    "serve.css" STYLE,
    "sql/completion.js" SCRIPT,
    "sql/editor.js" SCRIPT,
    "sql/history.js" SCRIPT,
    "sql/result.js" SCRIPT,
    "sql/schema_list.js" SCRIPT,
    "sql/sql.js" SCRIPT,
    "sql/tokens.js" SCRIPT,
    "tables/grid.js" SCRIPT,
    "tables/row_detail.js" SCRIPT,
    "tables/series.js" SCRIPT,
    "tables/series_query.js" SCRIPT,
    "tables/tables.js" SCRIPT,
    "tables/time_window.js" SCRIPT,
    "value_text.js" SCRIPT,
}

/// The media type and the bytes of a file; `/` is the page itself.
pub fn find(path: &str) -> Option<(&'static str, &'static [u8])> {
    let path = if path == "/" { "/index.html" } else { path };
    let own = FILES.iter().find(|(name, ..)| *name == path).map(|(_, kind, bytes)| (*kind, *bytes));
    own.or_else(|| passband_web::page_file(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn every_file_of_the_pages_is_served_and_fetches_nothing_from_elsewhere() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("page");
        let (mut folders, mut count) = (vec![root.clone()], 0);
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if entry.is_dir() {
                    folders.push(entry);
                    continue;
                }
                count += 1;
                let path = format!("/{}", entry.strip_prefix(&root).unwrap().to_str().unwrap());
                let (_, bytes) = find(&path).unwrap_or_else(|| panic!("{path} is not in src/page.rs"));
                let text = std::str::from_utf8(bytes).unwrap().replace("http://www.w3.org/", "");
                assert!(!text.contains("http://") && !text.contains("https://"), "{path}");
            }
        }
        assert_eq!(count, FILES.len());
    }

    #[test]
    fn imports_are_served() {
        for (path, _, bytes) in FILES.iter().filter(|(path, ..)| path.ends_with(".js")) {
            for line in std::str::from_utf8(bytes).unwrap().lines().filter(|line| line.starts_with("import "))
            {
                let Some(target) = line.split('"').nth(1) else { continue };
                let mut parts: Vec<&str> = path.split('/').collect();
                parts.pop();
                match target.strip_prefix('/') {
                    Some(rest) => parts = std::iter::once("").chain(rest.split('/')).collect(),
                    None => target.split('/').for_each(|part| match part {
                        "." => {}
                        ".." => drop(parts.pop()),
                        part => parts.push(part),
                    }),
                }
                assert!(find(&parts.join("/")).is_some(), "{path} imports {target}, which is not served");
            }
        }
    }
}
