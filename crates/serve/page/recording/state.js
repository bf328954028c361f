// The state of the recording page for tests and scripts.
import { position, spanAt } from "./model.js";

export function stateOf(page, { overlay, tracks, cards, similar }) {
  const { model, player, view, rasters } = page;
  const at = model ? position(model, player.time) : null;
  return {
    id: page.id,
    row: page.row !== null,
    file: page.row?.file?.state ?? null,
    layers: page.layers,
    fault: page.fault ? { error: page.fault.error ?? page.fault.message, why: page.fault.why, status: page.fault.status } : null,
    rasters: Object.fromEntries(["spectrogram", "mel", "chroma", "tempogram", "waveform"].map((name) => [name, {
      state: rasters.state(name), columns: rasters.whole(name)?.columns ?? null, step: rasters.whole(name)?.step ?? null, fine: rasters.fine(name)?.step ?? null,
    }])),
    raster: page.raster,
    view: { from: view.from, to: view.to, duration: view.duration },
    playing: player.playing,
    time: player.time,
    cursor: overlay.shownAt(),
    width: overlay.width(),
    decoded: player.decodedByServer,
    playFault: player.fault?.error ?? null,
    region: player.region,
    loop: player.loop,
    follow: page.follow,
    bar: at?.bar ?? null,
    beat: at?.beat ?? null,
    chord: model ? (spanAt(model.chords, player.time)?.label ?? null) : null,
    shown: [...tracks.keys()].filter((layer) => page.shown.has(layer)),
    empty: Object.fromEntries([...tracks].map(([layer, track]) => [layer, model ? track.layer.none(page, track) : "no row"])),
    counts: model ? { beats: model.beats.length, downbeats: model.downbeats.length, chords: model.chords.length, notes: model.notes.length, rests: model.rests.length, parts: model.parts.length } : null,
    charts: Object.fromEntries(cards.charts.map((chart) => [chart.name, chart.empty])),
    similar: similar.count(),
  };
}
