// A layer on the time axis: a heading with its menu, and a canvas.
import { make, say } from "/ui/dom.js";
import { Surface } from "./surface.js";
import { even } from "/plot/ticks.js";
import { number } from "/ui/format.js";
import { clock } from "./music.js";
import { fileName, saveCsv, savePng, saveSvg } from "./export.js";
import { menu, showTable } from "./menu.js";

/** Space above and below a layer, in pixels. */
const PAD = 3;
/** Height of the time axis of a saved picture. */
const TIMES = 18;
/** Height of a layer that has nothing to draw. */
const EMPTY = 26;
const STEPS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200];

/** Round times of the visible part: `{ time, label }`. */
export function timeTicks({ from, to }, most) {
  const step = STEPS.find((s) => (to - from) / s <= Math.max(1, most)) ?? 14_400;
  const digits = step < 0.01 ? 3 : step < 0.1 ? 2 : step < 1 ? 1 : 0;
  const first = Math.ceil(from / step - 1e-9);
  return Array.from({ length: Math.max(0, Math.floor(to / step + 1e-9) - first + 1) }, (_, i) => ({ time: (first + i) * step, label: clock((first + i) * step, digits) }));
}

/** Vertical lines at round times. */
export function timeGrid(context, box, view, { colours }) {
  context.fillStyle = colours.grid;
  for (const { time } of timeTicks(view, box.width / 86)) context.fillRect(box.left + view.place(time) * box.width, box.top, 1, box.height);
}

/** Times below a box. */
function timeLabels(context, box, view, { colours }) {
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  context.fillStyle = colours.muted;
  for (const { time, label } of timeTicks(view, box.width / 86)) context.fillText(label, box.left + view.place(time) * box.width, box.top + box.height + 12);
}

/** Horizontal lines at values with their labels at the left. */
export function valueAxis(context, box, { bottom, top }, { colours }) {
  const { values, digits } = even(bottom, top, Math.max(1, box.height / 24));
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const value of values) {
    const y = box.top + ((top - value) / (top - bottom)) * box.height;
    context.fillStyle = colours.grid;
    context.fillRect(box.left, y, box.width, 1);
    context.fillStyle = colours.muted;
    context.fillText(number(value, digits), box.left - 6, Math.max(box.top + 5, Math.min(box.top + box.height - 5, y)));
  }
}

/** A sentence in the middle of a layer that has nothing to draw. */
function sentence(context, box, text, { colours }) {
  context.textAlign = "left";
  context.textBaseline = "middle";
  context.fillStyle = colours.muted;
  context.fillText(text, box.left + 8, box.top + box.height / 2);
}

/**
 * `layer`: `{ id, name, title, height, draw(context, box, page), none(page), table(page), summary(page), tip(page, time, place),
 * controls(page, track), axis }`. `none` returns why there is nothing to draw, or null; `place` is 0 at the bottom and 1 on top.
 */
export class Track {
  #described = "";

  constructor(layer, page) {
    Object.assign(this, { layer, page });
    this.plot = new Surface(layer.name, "track-canvas", () => page.redraw(this));
    this.plot.canvas.dataset.layer = layer.id;
    this.state = layer.start?.() ?? {};
    const name = () => fileName(page.model?.name ?? "recording", layer.id);
    const picture = () => ({
      width: this.plot.width, height: this.plot.height + TIMES, name: layer.name, of: page.model?.name ?? "", draw: (context, width, height) => {
        const box = this.#box(width, height - TIMES);
        this.paint(context, box);
        timeLabels(context, { ...box, height: box.height + PAD }, page.view, page.theme);
      },
    });
    const caption = () => `${layer.name} of ${page.model?.name ?? "the recording"}`;
    const whenThere = (act) => () => (layer.none(page, this) ? null : act());
    this.menu = menu(`Values and pictures of ${layer.name}`, "⋯", [
      ["Show as table", whenThere(() => showTable(layer.table(page, this), caption()))],
      ["CSV: values", whenThere(() => saveCsv(layer.table(page, this), name()))],
      ["PNG: this picture", whenThere(() => savePng(picture(), page.theme, name()))],
      ["SVG: this picture", whenThere(() => saveSvg(picture(), page.theme, name()))],
      ["Hide", () => page.setLayer(layer.id, false)],
    ]);
    this.note = make("span", { className: "track-note" });
    this.head = make("div", { className: "track-head" }, make("h2", { textContent: layer.name, title: layer.title ?? "" }),
      ...(layer.controls?.(page, this) ?? []), this.note, this.menu);
    this.element = make("section", { className: "track", aria: { label: layer.name }, data: { layer: layer.id } }, this.head, this.plot.canvas);
    this.fit();
  }

  /** A layer that will stay empty takes one line. */
  fit() {
    const { layer, page, plot: { canvas } } = this;
    const empty = page.model && page.layers !== "waiting" && layer.none(page, this) !== null && page.rasters.state(page.raster) !== "loading";
    const height = `${empty ? Math.min(layer.height, EMPTY) : layer.height}px`;
    if (canvas.style.height !== height) canvas.style.height = height;
  }

  #box(width, height) {
    const left = this.plot.inside(PAD, PAD).left;
    return { left, top: PAD, width: width - 14 - left, height: height - 2 * PAD };
  }
  /** The area inside the margins. */
  get box() {
    return this.plot.inside(PAD, PAD);
  }

  draw() {
    const { layer, page, plot } = this;
    this.fit();
    if (!plot.begin(page.theme)) return;
    this.paint(plot.context, this.box);
    // texts do not depend on the visible part
    const known = `${page.version} ${page.layers} ${page.raster}`;
    if (this.#described === known) return;
    this.#described = known;
    say(this.note, layer.note?.(page, this) ?? "");
    plot.canvas.setAttribute("aria-label", `${layer.name}: ${layer.none(page, this) ?? layer.summary(page, this)}`);
  }

  paint(context, box) {
    const { layer, page } = this;
    context.save();
    timeGrid(context, box, page.view, page.theme);
    const none = layer.none(page, this);
    if (none) sentence(context, box, none, page.theme);
    else layer.draw(context, box, page, this);
    context.restore();
  }
}

/** Limits drawing to the area inside the margins. */
export function inside(context, box, draw) {
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.width, box.height);
  context.clip();
  draw();
  context.restore();
}
