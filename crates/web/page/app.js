// The page's state: streams, frequency views and panels, and one drawing per frame.
import { Delays } from "./link/delay.js";
import { findPeaks } from "./plot/peaks.js";
import { FrameTimes } from "./ui/frame_times.js";
import { KINDS, facts } from "./panels/registry.js";
import { make, say } from "./ui/dom.js";
import { now } from "./link/clock.js";
import { Playback } from "./ui/playback.js";
import { View } from "./plot/view.js";

const reducedMotion = matchMedia("(prefers-reduced-motion: reduce)");
/** Interval between two drawings if the user prefers reduced motion, in ms. */
const REDUCED_PACE = 500;

export class App {
  streams = new Map();
  views = new Map();
  panels = [];
  /** The newest report of each kind, by stream: a description may arrive after them. */
  reports = new Map();
  described = null;
  generation = null;
  received = 0;
  counts = { thinned: 0, dropped: 0 };
  /** Delays on arrival, and delays until drawn. */
  arrivals = new Delays();
  drawings = new Delays();
  lastArrival = null;
  /** Late and refused data, as counted by the server. */
  refusals = null;
  frames = new FrameTimes();
  /** Duration of a drawing in ms, smoothed. */
  work = 0;

  constructor({ theme, stage, side, title, facts: factsElement, button, slider, output }) {
    Object.assign(this, { theme, stage, side, title, factsElement });
    this.redraw = this.redraw.bind(this);
    this.playback = new Playback({ button, slider, output });
    this.playback.addEventListener("change", () => {
      if (!this.paused) this.streams.forEach((stream) => stream.resume?.());
      this.redraw();
    });
    theme.addEventListener("change", this.redraw);
  }

  get paused() {
    return this.playback.paused;
  }
  stream(number) {
    return this.streams.get(number);
  }
  view(number) {
    return this.views.get(number);
  }
  shown(stream) {
    return this.playback.shown(stream);
  }
  stopAt(time) {
    this.playback.stopAt(time);
  }
  /** The spectrum that keys and exports apply to. */
  get active() {
    return this.panels.find((p) => p.spectral)?.spectral ?? null;
  }
  /** The first stream of sensors, and its panel. */
  get sensors() {
    return [...this.streams.values()].find((stream) => stream.windows) ?? null;
  }
  get sensorPanel() {
    return this.panels.find((panel) => panel.act) ?? null;
  }

  /** Processes the description of the panels. The same description after a reconnection has no effect. */
  describe({ generation, title, panels }) {
    this.generation = generation;
    const text = JSON.stringify([title, panels]);
    if (text === this.described) return;
    this.described = text;
    this.playback.live();
    const before = new Map(this.streams);
    this.streams.clear();
    this.views.clear();
    for (const panel of panels) {
      if (this.streams.has(panel.stream) || !KINDS[panel.kind]) continue;
      const old = before.get(panel.stream);
      const stream = KINDS[panel.kind].open(panel, old);
      if (stream !== old) this.reports.get(panel.stream)?.forEach(({ report, kept }) => stream.report?.(report, kept));
      this.streams.set(panel.stream, stream);
      if (!stream.frequency) continue;
      const view = new View(stream);
      view.addEventListener("change", this.redraw);
      this.views.set(panel.stream, view);
    }
    this.playback.stream = this.streams.values().next().value ?? null;
    this.panels = panels.map((panel) => KINDS[panel.kind]?.create(panel, this) ?? unknown(panel));
    this.stage.querySelectorAll(":scope > :not(.notice)").forEach((old) => old.remove());
    this.stage.append(...this.panels.flatMap((p) => (p.element ? [p.element] : [])));
    // collapsed tables of results with specific panels are placed in one row below these
    const collapsed = this.panels.flatMap((p) => (p.collapsed ? [p.collapsed] : []));
    if (collapsed.length) this.stage.append(make("div", { className: "collapsed-tables" }, ...collapsed));
    this.side.querySelectorAll(".cards").forEach((old) => old.remove());
    this.side.prepend(...this.panels.flatMap((p) => (p.side ? [p.side] : [])));
    // the panels have the whole width if there are no measurements beside them and no history of pictures
    document.body.classList.toggle("whole-width", panels.length > 0 && this.views.size === 0);
    [this.side, this.stage].forEach((part) => this.theme.paint(part));
    say(this.title, title);
    document.title = title;
    say(this.factsElement, panels.length ? facts(panels[0]) : "");
    this.redraw();
  }

  /** Processes a report of a haloscope. The history continues while an older file is shown. */
  report({ stream: number, report, kept, arrived }) {
    this.received += 1;
    if (!this.reports.has(number)) this.reports.set(number, new Map());
    const newest = this.reports.get(number);
    const before = newest.get(report.kind)?.report;
    if (!(kept && before && before.time_us > report.time_us)) newest.set(report.kind, { report, kept });
    if (!kept) this.lastArrival = arrived;
    this.streams.get(number)?.report?.(report, kept);
    this.redraw();
  }

  /** Processes windows of sensors. */
  windows(message) {
    this.#rows(this.sensors, "windows", message);
  }

  /** Processes records. */
  records(message) {
    this.#rows(this.streams.get(message.stream), "records", message);
  }

  #rows(stream, name, message) {
    if (!stream?.[name]) return;
    this.frames.begin();
    this.received += 1;
    if (!message.kept) this.lastArrival = message.arrived;
    stream[name](message, this.paused);
    this.frames.end();
    this.redraw();
  }

  counted({ refusals }) {
    if (refusals?.total === this.refusals?.total) return;
    this.refusals = refusals;
    this.redraw();
  }

  picture(picture) {
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
  /** Requests one drawing in the next frame, regardless of the number of calls. */
  redraw() {
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      const wait = reducedMotion.matches && !this.paused ? REDUCED_PACE - (now() - this.#drawnAt) : 0;
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
    this.playback.show();
    this.frames.end();
    const here = now();
    this.work += (here - begin - this.work) / 16;
    for (const { newest } of this.streams.values()) {
      if (!newest || newest.drawn || newest.delay === null || this.paused) continue;
      newest.drawn = true;
      this.drawings.add(newest.delay + (here - newest.arrived), here);
    }
  }

  peaks() {
    const stream = this.active?.stream;
    const picture = stream && this.shown(stream);
    return picture && !stream.files ? findPeaks(picture.values, stream) : [];
  }
}

/** A placeholder for a kind of panel from a newer server, which this page does not support. */
function unknown(panel) {
  const text = `This page cannot draw a panel of the kind “${panel.kind}”. Reload it.`;
  return { element: make("section", { className: "panel unknown" }, make("p", { textContent: text })), draw() {} };
}
