// What the page is made of, held together: streams, views, panels, and one drawing a frame.
import { Delays } from "./link/delay.js";
import { fileTable, savePlots, saveText, table } from "./ui/export.js";
import { Files } from "./panels/haloscope/recordings.js";
import { findPeaks } from "./plot/peaks.js";
import { KINDS } from "./panels/registry.js";
import { FrameTimes } from "./ui/frame_times.js";
import { make, say } from "./ui/dom.js";
import { radio, width } from "./ui/format.js";
import { now } from "./link/clock.js";
import { Sensors } from "./panels/sensors/windows.js";
import { Stream } from "./panels/spectrum/history.js";
import { Transport } from "./ui/playback.js";
import { View } from "./plot/view.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
/** Who prefers less motion gets a new picture so often, in ms. */
const CALM_PACE = 500;

export class App {
  streams = new Map();
  views = new Map();
  panels = [];
  /** The newest report of each kind, by stream: a description may come after them. */
  reports = new Map();
  described = null;
  generation = null;
  received = 0;
  counts = { thinned: 0, dropped: 0 };
  /** Delay on arrival, and delay until drawn. */
  arrivals = new Delays();
  drawings = new Delays();
  lastArrival = null;
  /** What was late or refused, as the server last told it. */
  refusals = null;
  /** The work of single frames. */
  frames = new FrameTimes();
  /** What one drawing costs, in ms, smoothed. */
  work = 0;

  constructor({ theme, stage, side, title, facts, button, slider, output }) {
    Object.assign(this, { theme, stage, side, title, facts });
    this.redraw = this.redraw.bind(this);
    this.transport = new Transport({ button, slider, output });
    this.transport.addEventListener("change", () => {
      if (!this.paused) this.sensors?.go();
      this.redraw();
    });
    theme.addEventListener("change", this.redraw);
  }

  get paused() {
    return this.transport.paused;
  }
  stream(number) {
    return this.streams.get(number);
  }
  view(number) {
    return this.views.get(number);
  }
  shown(stream) {
    return this.transport.shown(stream);
  }
  stopAt(time) {
    this.transport.stopAt(time);
  }
  /** The spectrum that keys and exports go to. */
  get active() {
    return this.panels.find((p) => p.spectral)?.spectral ?? null;
  }

  /** What the stream is. The same description again, after a reconnection, leaves everything as it stands. */
  describe({ generation, title, panels }) {
    this.generation = generation;
    const text = JSON.stringify([title, panels]);
    if (text === this.described) return;
    this.described = text;
    this.transport.live();
    const before = new Map(this.streams);
    this.streams.clear();
    this.views.clear();
    for (const panel of panels) {
      if (this.streams.has(panel.stream)) continue;
      const recordings = ["band", "table", "series"].includes(panel.kind);
      if (panel.kind === "sensors") {
        const old = before.get(panel.stream);
        const sensors = old?.sensors && old.fits(panel) ? old : new Sensors(panel);
        sensors.describe(panel);
        this.streams.set(panel.stream, sensors);
        continue;
      }
      if (!recordings && !panel.channels) continue;
      const stream = recordings ? this.#files(panel, before.get(panel.stream)) : new Stream(panel);
      const view = new View(stream);
      view.addEventListener("change", this.redraw);
      this.streams.set(panel.stream, stream);
      this.views.set(panel.stream, view);
    }
    this.transport.stream = this.streams.values().next().value ?? null;
    this.panels = panels.map((panel) => KINDS[panel.kind]?.(panel, this) ?? unknown(panel));
    this.stage.querySelectorAll(":scope > :not(.notice)").forEach((old) => old.remove());
    this.stage.append(...this.panels.flatMap((p) => (p.element ? [p.element] : [])));
    this.side.querySelectorAll(".cards").forEach((old) => old.remove());
    this.side.prepend(...this.panels.flatMap((p) => (p.side ? [p.side] : [])));
    document.body.classList.toggle("only-sensors", panels.length > 0 && panels.every((p) => p.kind === "sensors"));
    [this.side, this.stage].forEach((part) => this.theme.paint(part));
    say(this.title, title);
    document.title = title;
    say(this.facts, factsOf(panels[0]));
    this.redraw();
  }

  /** The files of a stream; its history stays where the same stream is described again. */
  #files(panel, before) {
    if (before?.files && JSON.stringify(before.spec) === JSON.stringify(new Files(panel).spec)) return before;
    const files = new Files(panel);
    this.reports.get(panel.stream)?.forEach(({ report, kept }) => files.report(report, kept));
    return files;
  }

  /** What came of a stream of recordings. The history goes on while an older file is shown. */
  tell({ stream: number, report, kept, arrived }) {
    this.received += 1;
    if (!this.reports.has(number)) this.reports.set(number, new Map());
    const newest = this.reports.get(number);
    const before = newest.get(report.kind)?.report;
    if (!(kept && before && before.time_us > report.time_us)) newest.set(report.kind, { report, kept });
    if (!kept) this.lastArrival = arrived;
    this.streams.get(number)?.report?.(report, kept);
    this.redraw();
  }

  /** The stream of sensors, and what draws it, if there is one. */
  get sensors() {
    return [...this.streams.values()].find((stream) => stream.sensors) ?? null;
  }
  get sensorPanel() {
    return this.panels.find((panel) => panel.act) ?? null;
  }

  /** Windows of sensors. */
  windows(message) {
    const { sensors } = this;
    if (!sensors) return;
    this.frames.begin();
    this.received += 1;
    if (!message.kept) this.lastArrival = message.arrived;
    sensors.windows(message, this.paused);
    this.frames.end();
    this.redraw();
  }

  counted({ refusals }) {
    if (refusals?.total === this.refusals?.total) return;
    this.refusals = refusals;
    this.redraw();
  }

  take(picture) {
    this.received += 1;
    this.counts = { thinned: picture.thinned, dropped: picture.dropped };
    const stream = this.streams.get(picture.stream);
    if (!stream || picture.generation !== this.generation) return;
    if (!picture.kept) this.lastArrival = picture.arrived;
    if (picture.delay !== null) this.arrivals.add(picture.delay, picture.arrived);
    if (this.paused) return;
    stream.push(picture);
    this.redraw();
  }

  #frame = 0;
  #drawnAt = -Infinity;
  /** Asks for one drawing in the next frame, however often it is called. */
  redraw() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      const wait = calm.matches && !this.paused ? CALM_PACE - (now() - this.#drawnAt) : 0;
      if (wait > 0) {
        this.#frame = -1;
        setTimeout(() => {
          this.#frame = 0;
          this.redraw();
        }, wait);
      } else {
        this.draw();
      }
    });
  }

  draw() {
    const begin = now();
    this.frames.begin(true);
    this.#drawnAt = begin;
    this.panels.forEach((panel) => panel.draw());
    this.transport.show();
    this.frames.end();
    const here = now();
    this.work += (here - begin - this.work) / 16;
    for (const { newest } of this.streams.values()) {
      if (!newest || newest.drawn || newest.delay === null || this.paused) continue;
      newest.drawn = true;
      this.drawings.add(newest.delay + (here - newest.arrived), here);
    }
  }

  resetHolds() {
    this.streams.forEach((stream) => stream.reset());
    this.redraw();
  }

  zoom(factor) {
    const view = this.active?.view;
    if (!view) return;
    const place = view.cursor === null ? 0.5 : view.place(view.cursor);
    view.zoom(factor, place >= 0 && place <= 1 ? place : 0.5);
  }

  moveCursor(bins) {
    const { view, stream } = this.active ?? {};
    if (!view) return;
    const from = view.cursor ?? view.frequency(0.5);
    view.setCursor(stream.frequency(Math.round((from - stream.spec.offset) / stream.step) + bins));
  }

  mark() {
    const view = this.active?.view;
    if (!view) return;
    const { stream } = this.active;
    const strongest = () => stream.files
      ? stream.with(this.shown(stream)).lines?.lines[0]?.frequency
      : this.peaks().sort((a, b) => b.level - a.level)[0]?.interpolated;
    const frequency = view.cursor ?? strongest();
    if (frequency !== undefined) view.addMarker(frequency);
  }

  unmark() {
    const view = this.active?.view;
    if (view?.markers.length) view.removeMarker(view.markers.at(-1));
  }

  peaks() {
    const stream = this.active?.stream;
    const picture = stream && this.shown(stream);
    return picture && !stream.files ? findPeaks(picture.values, stream) : [];
  }

  csv() {
    if (!this.active && this.sensorPanel) return this.sensorPanel.csv();
    const { stream, view } = this.active ?? {};
    const picture = stream && this.shown(stream);
    if (stream?.files) return picture || stream.run ? fileTable(stream, picture) : "";
    return picture ? table(stream, view, picture) : "";
  }

  saveTable() {
    const stream = this.active?.stream;
    const picture = stream && this.shown(stream);
    const text = this.csv();
    if (text) saveText(text, picture);
  }

  savePicture() {
    this.draw();
    const plots = this.panels.flatMap((p) => (p.plot ? [p.plot] : []));
    const stream = this.active?.stream;
    if (plots.length) savePlots(plots, this.theme, this.title.textContent, stream && this.shown(stream));
  }
}

/** A kind of panel that this page does not know, from a newer server: say so, and draw the others. */
function unknown(panel) {
  const text = `This page cannot draw a panel of the kind “${panel.kind}”. Load it again.`;
  return { element: make("section", { className: "panel unknown" }, make("p", { textContent: text })), draw() {} };
}

function factsOf(panel) {
  if (panel?.kind === "sensors") return panel.title;
  if (!panel?.channels) return "";
  const rate = panel.rate >= 1e6 ? `${panel.rate / 1e6} MHz` : `${panel.rate / 1000} kHz`;
  const { title, length, hop, channels } = panel;
  if (panel.kind === "band") {
    const oscillator = panel.centre ? `LO ${radio(panel.centre, 1)}` : "";
    return [title, `${panel.rate / 1e6} MS/s`, `${panel.bins} bins of ${width(panel.rate / length)}`, oscillator]
      .filter(Boolean).join("  ·  ");
  }
  return [title, rate, `window ${length}, hop ${hop}`, channels.join(", ")].filter(Boolean).join("  ·  ");
}
