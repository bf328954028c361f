// What the page is made of, held together: streams, views, panels, and one drawing a frame.
import { Delays } from "./delay.js";
import { savePicture, saveTable, table } from "./export.js";
import { findPeaks } from "./peaks.js";
import { KINDS } from "./panels/index.js";
import { make, say } from "./dom.js";
import { now } from "./clock.js";
import { Stream } from "./stream.js";
import { Transport } from "./transport.js";
import { View } from "./view.js";

const calm = matchMedia("(prefers-reduced-motion: reduce)");
/** Who prefers less motion gets a new picture so often, in ms. */
const CALM_PACE = 500;

export class App {
  streams = new Map();
  views = new Map();
  panels = [];
  described = null;
  generation = null;
  received = 0;
  counts = { thinned: 0, dropped: 0 };
  /** Delay on arrival, and delay until drawn. */
  arrivals = new Delays();
  drawings = new Delays();
  lastArrival = null;
  /** What one drawing costs, in ms, smoothed. */
  work = 0;

  constructor({ theme, stage, side, title, facts, button, slider, output }) {
    Object.assign(this, { theme, stage, side, title, facts });
    this.redraw = this.redraw.bind(this);
    this.transport = new Transport({ button, slider, output });
    this.transport.addEventListener("change", this.redraw);
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
    this.streams.clear();
    this.views.clear();
    for (const panel of panels) {
      if (this.streams.has(panel.stream) || !panel.channels) continue;
      const stream = new Stream(panel);
      const view = new View(stream);
      view.addEventListener("change", this.redraw);
      this.streams.set(panel.stream, stream);
      this.views.set(panel.stream, view);
    }
    this.transport.stream = this.streams.values().next().value ?? null;
    this.panels = panels.map((panel) => KINDS[panel.kind]?.(panel, this) ?? unknown(panel));
    this.stage.querySelectorAll(".panel").forEach((old) => old.remove());
    this.stage.append(...this.panels.map((p) => p.element));
    this.side.querySelectorAll(".cards").forEach((old) => old.remove());
    this.side.prepend(...this.panels.flatMap((p) => (p.side ? [p.side] : [])));
    say(this.title, title);
    document.title = title;
    say(this.facts, factsOf(panels[0]));
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
    this.#drawnAt = begin;
    this.panels.forEach((panel) => panel.draw());
    this.transport.show();
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
    const strongest = () => this.peaks().sort((a, b) => b.level - a.level)[0]?.interpolated;
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
    return picture ? findPeaks(picture.values, stream) : [];
  }

  csv() {
    const { stream, view } = this.active ?? {};
    const picture = stream && this.shown(stream);
    return picture ? table(stream, view, picture) : "";
  }

  saveTable() {
    const { stream, view } = this.active ?? {};
    const picture = stream && this.shown(stream);
    if (picture) saveTable(stream, view, picture);
  }

  savePicture() {
    this.draw();
    const plots = this.panels.flatMap((p) => (p.plot ? [p.plot] : []));
    const stream = this.active?.stream;
    if (plots.length) savePicture(plots, this.theme, this.title.textContent, stream && this.shown(stream));
  }
}

/** A kind of panel that this page does not know, from a newer server: say so, and draw the others. */
function unknown(panel) {
  const text = `This page cannot draw a panel of the kind “${panel.kind}”. Load it again.`;
  return { element: make("section", { className: "panel unknown" }, make("p", { textContent: text })), draw() {} };
}

function factsOf(panel) {
  if (!panel?.channels) return "";
  const rate = panel.rate >= 1e6 ? `${panel.rate / 1e6} MHz` : `${panel.rate / 1000} kHz`;
  const { title, length, hop, channels } = panel;
  return [title, rate, `window ${length}, hop ${hop}`, channels.join(", ")].filter(Boolean).join("  ·  ");
}
