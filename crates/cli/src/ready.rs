//! The built-in pipelines.

/// The built-in pipelines, by name.
pub const READY: [(&str, &str); 26] = [
    ("demo", include_str!("../../../pipelines/demo.toml")),
    ("spectrum", include_str!("../../../pipelines/spectrum.toml")),
    ("spectrum-play", include_str!("../../../pipelines/spectrum-play.toml")),
    ("spectrum-file", include_str!("../../../pipelines/spectrum-file.toml")),
    ("spectrum-sampler", include_str!("../../../pipelines/spectrum-sampler.toml")),
    ("spectrum-fft", include_str!("../../../pipelines/spectrum-fft.toml")),
    ("spectrum-plot", include_str!("../../../pipelines/spectrum-plot.toml")),
    ("axion-search", include_str!("../../../pipelines/axion-search.toml")),
    ("axion-search-from-files", include_str!("../../../pipelines/axion-search-from-files.toml")),
    ("axion-send", include_str!("../../../pipelines/axion-send.toml")),
    ("axion-process", include_str!("../../../pipelines/axion-process.toml")),
    ("axion-monitor", include_str!("../../../pipelines/axion-monitor.toml")),
    ("sensors", include_str!("../../../pipelines/sensors.toml")),
    ("sensors-send", include_str!("../../../pipelines/sensors-send.toml")),
    ("sensors-kafka", include_str!("../../../pipelines/sensors-kafka.toml")),
    ("sensors-mqtt", include_str!("../../../pipelines/sensors-mqtt.toml")),
    ("sensors-ndjson", include_str!("../../../pipelines/sensors-ndjson.toml")),
    ("sensors-csv", include_str!("../../../pipelines/sensors-csv.toml")),
    ("analyze", include_str!("../../../pipelines/analyze.toml")),
    ("analyze-table", include_str!("../../../pipelines/analyze-table.toml")),
    ("analyze-plot", include_str!("../../../pipelines/analyze-plot.toml")),
    ("analyze-print", include_str!("../../../pipelines/analyze-print.toml")),
    ("recordings-features", include_str!("../../../pipelines/recordings-features.toml")),
    ("watch-folder", include_str!("../../../pipelines/watch-folder.toml")),
    ("music-live", include_str!("../../../pipelines/music-live.toml")),
    ("dataset", include_str!("../../../pipelines/dataset.toml")),
];

/// The text of a built-in pipeline.
pub fn text(name: &str) -> Option<&'static str> {
    READY.iter().find(|(ready, _)| *ready == name).map(|(_, text)| *text)
}
