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
    "charts/chord_wheel.js" SCRIPT,
    "charts/key_wheel.js" SCRIPT,
    "charts/step_grid.js" SCRIPT,
    "collection.js" SCRIPT,
    "filters.js" SCRIPT,
    "grid/blocks.js" SCRIPT,
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
    "notice.js" SCRIPT,
    "recording/chart.js" SCRIPT,
    "recording/cursor.js" SCRIPT,
    "recording/export.js" SCRIPT,
    "recording/gestures.js" SCRIPT,
    "recording/keyboard.js" SCRIPT,
    "recording/menu.js" SCRIPT,
    "recording/model.js" SCRIPT,
    "recording/music.js" SCRIPT,
    "recording/overview.js" SCRIPT,
    "recording/player.js" SCRIPT,
    "recording/raster_image.js" SCRIPT,
    "recording/rasters.js" SCRIPT,
    "recording/svg_context.js" SCRIPT,
    "recording/time_view.js" SCRIPT,
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
    "value_text.js" SCRIPT,
}

/// The media type and the bytes of a file; `/` is the page itself.
pub fn find(path: &str) -> Option<(&'static str, &'static [u8])> {
    let path = if path == "/" { "/index.html" } else { path };
    let own = FILES.iter().find(|(name, ..)| *name == path).map(|(_, kind, bytes)| (*kind, *bytes));
    own.or_else(|| passband_web::page_file(path))
}
