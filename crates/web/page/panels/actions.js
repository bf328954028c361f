// The actions of keys and buttons on the active spectrum.
import { fileTable, savePlots, saveText, table } from "../ui/export.js";

/** Resets the hold traces. */
export function resetHolds(app) {
  app.streams.forEach((stream) => stream.reset());
  app.redraw();
}

/** Zooms the frequency axis around the cursor, or around its middle. */
export function zoom(app, factor) {
  const view = app.active?.view;
  if (!view) return;
  const place = view.cursor === null ? 0.5 : view.place(view.cursor);
  view.zoom(factor, place >= 0 && place <= 1 ? place : 0.5);
}

export function moveCursor(app, bins) {
  const { view, stream } = app.active ?? {};
  if (!view) return;
  const from = view.cursor ?? view.frequency(0.5);
  view.setCursor(stream.frequency(Math.round((from - stream.spec.offset) / stream.step) + bins));
}

/** Sets a marker at the cursor, or at the strongest peak or candidate. */
export function addMarker(app) {
  const view = app.active?.view;
  if (!view) return;
  const { stream } = app.active;
  const strongest = () => stream.files
    ? stream.with(app.shown(stream)).lines?.lines[0]?.frequency
    : app.peaks().sort((a, b) => b.level - a.level)[0]?.interpolated;
  const frequency = view.cursor ?? strongest();
  if (frequency !== undefined) view.addMarker(frequency);
}

export function removeMarker(app) {
  const view = app.active?.view;
  if (view?.markers.length) view.removeMarker(view.markers.at(-1));
}

/** The visible data as comma-separated values. */
export function csv(app) {
  if (!app.active) return (app.sensorPanel ?? app.panels.find((panel) => panel.csv))?.csv() ?? "";
  const { stream, view } = app.active;
  const picture = app.shown(stream);
  if (stream.files) return picture || stream.run ? fileTable(stream, picture) : "";
  return picture ? table(stream, view, picture) : "";
}

export function saveTable(app) {
  const stream = app.active?.stream;
  const text = csv(app);
  if (text) saveText(text, stream && app.shown(stream));
}

export function savePicture(app) {
  app.draw();
  const plots = app.panels.flatMap((p) => (p.plot ? [p.plot] : []));
  const stream = app.active?.stream;
  if (plots.length) savePlots(plots, app.theme, app.title.textContent, stream && app.shown(stream));
}
