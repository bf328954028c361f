// Numerical readout of cursor, peaks and markers.
import { make, say } from "../../ui/dom.js";
import { hertz, level, note, number } from "../../ui/format.js";
import { now } from "../../link/clock.js";
import { reading } from "../../plot/overlay.js";
import { findPeaks } from "../../plot/peaks.js";

/** Interval between two updates of numbers, in ms; shorter intervals are unreadable. */
const PACE = 150;
const ROWS = 10;

export function sidebar(stream, view, app) {
  const { channels, unit } = stream.spec;
  const chip = (c) => make("i", { className: "chip", data: { channel: c }, title: channels[c] });
  // One unit for the whole table, so that rows can be compared.
  const [scaleName, scale] = view.top >= 1e6 ? ["MHz", 1e6] : view.top >= 1e5 ? ["kHz", 1e3] : ["Hz", 1];
  const fine = Math.max(0, Math.ceil(-Math.log10(stream.step / scale)) + (scale > 1 ? 0 : 1));
  const inTable = (f) => number(f / scale, scale > 1 ? fine : f < 10_000 ? Math.min(2, fine) : 0);
  const value = () => make("output", { textContent: "–" });

  const where = value();
  const pitch = make("span", { className: "note" });
  const levels = channels.map(value);
  const cursor = make(
    "section",
    { className: "card" },
    make("h2", { textContent: "Cursor" }),
    make("p", { className: "big" }, where, pitch),
    make("dl", { className: "levels" },
      ...channels.flatMap((name, c) => [make("dt", {}, chip(c), name), make("dd", {}, levels[c], ` ${unit}`)])),
  );

  const body = make("tbody");
  const peaksCard = make(
    "section",
    { className: "card" },
    make("h2", { textContent: "Peaks" }),
    make("table", {},
      make("thead", {}, make("tr", {},
        ...[["", ""], [scaleName, "Parabola through the strongest bins"], ["bin", `Frequency of the strongest bin, in ${scaleName}`], ["note", ""], [unit, "Level of the strongest bin"]]
          .map(([text, title]) => make("th", { scope: "col", textContent: text, title })))),
      body),
  );

  const list = make("tbody");
  const markersCard = make(
    "section",
    { className: "card" },
    make("h2", { textContent: "Markers" }),
    make("p", { className: "hint", textContent: "Click in the spectrum, or press M, to set one." }),
    make("table", {}, list),
  );
  const element = make("div", { className: "cards" }, cursor, peaksCard, markersCard);

  const self = { element, peaks: [], readings: [], show };
  let last = -Infinity;
  let shown = null;
  let pointed = null;

  function show(picture) {
    if (picture) numbers(picture);
    paint();
  }

  function numbers(picture) {
    if (picture !== shown) self.peaks = findPeaks(picture.values, stream);
    const here = now();
    // while paused, no further drawing follows, so an update must not be skipped
    const urgent = app.paused || view.cursor !== pointed;
    shown = picture;
    if (here - last < PACE && !urgent) return;
    last = here;
    pointed = view.cursor;
    self.readings = view.cursor === null ? []
      : channels.map((_, c) => level(reading(stream, picture.values, c, view.cursor), stream.decibels));
    say(where, view.cursor === null ? "–" : hertz(view.cursor, stream.step));
    say(pitch, view.cursor === null ? "" : note(view.cursor));
    levels.forEach((output, c) => say(output, self.readings[c] ?? "–"));
    peakRows();
    markerRows(picture);
  }

  /** The strongest peaks by frequency, so that rows keep their positions. */
  function peakRows() {
    peaksCard.hidden = !view.showPeaks;
    const some = [...self.peaks].sort((a, b) => b.level - a.level).slice(0, ROWS)
      .sort((a, b) => a.frequency - b.frequency || a.channel - b.channel);
    rows(body, Math.max(1, some.length), 5);
    if (!some.length) return fillRow(body.rows[0], ["", "no peak", "", "", ""]);
    some.forEach((peak, i) => fillRow(body.rows[i], [
      peak.channel, inTable(peak.interpolated), inTable(peak.frequency), note(peak.interpolated), level(peak.level, stream.decibels),
    ]));
  }

  function markerRows(picture) {
    markersCard.querySelector(".hint").hidden = view.markers.length > 0;
    const [reference] = view.markers;
    const lines = view.markers.flatMap((marker) => channels.map((_, c) => ({ marker, c })));
    while (list.rows.length > lines.length) list.deleteRow(-1);
    while (list.rows.length < lines.length) {
      const row = list.insertRow();
      for (let i = 0; i < 5; i++) row.insertCell();
    }
    lines.forEach(({ marker, c }, i) => {
      const here = reading(stream, picture.values, c, marker.frequency);
      const there = reading(stream, picture.values, c, reference.frequency);
      const delta = marker !== reference;
      const sign = (v, text) => (v >= 0 ? `+${text}` : text);
      const cells = list.rows[i].cells;
      say(cells[0], c ? "" : `${delta ? "Δ" : ""}${marker.number}`);
      const apart = marker.frequency - reference.frequency;
      say(cells[1], c ? "" : delta ? sign(apart, hertz(apart, stream.step)) : hertz(marker.frequency, stream.step));
      cell(cells[2], c);
      say(cells[3], delta && stream.decibels ? sign(here - there, number(here - there, 1)) : level(here, stream.decibels));
      if (!c && cells[4].marker !== marker) {
        cells[4].marker = marker;
        cells[4].replaceChildren(make("button", {
          type: "button", className: "icon small", textContent: "×", aria: { label: `Remove marker ${marker.number}` },
          on: { click: () => view.removeMarker(marker) },
        }));
      } else if (c && cells[4].childNodes.length) {
        cells[4].marker = null;
        cells[4].replaceChildren();
      }
      list.rows[i].title = `${hertz(marker.frequency, stream.step)}  ${note(marker.frequency)}`;
    });
  }

  function rows(table, count, cells) {
    while (table.rows.length > count) table.deleteRow(-1);
    while (table.rows.length < count) {
      const row = table.insertRow();
      for (let i = 0; i < cells; i++) row.insertCell();
    }
  }

  function fillRow(row, [channel, ...texts]) {
    cell(row.cells[0], channel);
    texts.forEach((text, i) => say(row.cells[i + 1], text));
  }

  function cell(place, channel) {
    if (place.dataset.channel === String(channel)) return;
    place.dataset.channel = channel;
    place.replaceChildren(...(channel === "" ? [] : [chip(channel)]));
  }

  let painted = null;
  function paint() {
    if (painted !== app.theme.map) {
      painted = app.theme.map;
      channels.forEach((_, c) => document.documentElement.style.setProperty(`--channel-${c}`, app.theme.channel(c)));
    }
    for (const i of element.querySelectorAll(".chip:not([style])")) {
      i.style.background = `var(--channel-${i.dataset.channel})`;
    }
  }

  return self;
}
