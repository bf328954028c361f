// The plot of the map: axes, points, the brush, and the pointer.
import { enclosed } from "./lasso.js";
import { even } from "/plot/ticks.js";
import { number } from "/ui/format.js";
import { oncePerFrame } from "../latest.js";
import { Plot } from "/plot/plot.js";
import { PointIndex } from "./point_index.js";
import { PointRenderer } from "./point_renderer.js";

const SLOP = 4;
const REACH = 12;
const MARGIN = 0.04;

/**
 * `brushed(range | null)` with `{ x0, x1, y0, y1 }`, `lassoed({ rows, box })`, `hovered(row)`, `clicked(row, event)`.
 * Coordinates are in units of the axes. `tool`: what dragging does: `select`, `lasso` or `move`.
 */
export class PointPlot {
  view = { x0: 0, x1: 1, y0: 0, y1: 1 };
  brush = null;
  /** The path of the lasso while it is drawn. */
  path = null;
  hover = -1;
  ringed = [];
  tip = null;
  tool = "select";
  #pointers = new Map();
  #held = null;
  #pinch = null;

  constructor({ theme, frames, brushed, lassoed, hovered, clicked, names }) {
    Object.assign(this, { theme, frames, brushed, lassoed, hovered, clicked, names });
    this.draw = oncePerFrame(() => this.#draw());
    this.plot = new Plot("Map of recordings: arrow keys move between points, Enter opens, N shows those most like it", "point-map", () => this.draw());
    this.canvas = this.plot.canvas;
    this.renderer = new PointRenderer();
    this.#gestures();
  }

  destroy() {
    this.draw.stop();
  }

  setPoints(points) {
    this.points = points;
    this.index = new PointIndex(points);
    this.renderer.set("x", points.x);
    this.renderer.set("y", points.y);
    this.match = new Uint8Array(points.count).fill(1);
    this.renderer.set("match", this.match);
    this.matching = points.count;
    this.hover = -1;
    this.whole();
  }

  setMatching({ count, matching, bits }) {
    this.matching = matching;
    for (let i = 0, end = Math.min(count, this.match.length); i < end; i++) this.match[i] = (bits[i >> 3] >> (i & 7)) & 1;
    this.renderer.set("match", this.match);
    this.draw();
  }

  setTint(tint) {
    this.renderer.set("tint", tint);
    this.draw();
  }

  whole() {
    const { left, bottom, width, height } = this.index.extent;
    this.view = { x0: left - MARGIN * width, x1: left + (1 + MARGIN) * width, y0: bottom - MARGIN * height, y1: bottom + (1 + MARGIN) * height };
    this.draw();
  }

  zoom(factor, px = 0.5, py = 0.5) {
    const { x0, x1, y0, y1 } = this.view;
    const { width, height } = this.index.extent;
    const w = Math.min(width * 1.5, Math.max(width * 1e-5, (x1 - x0) / factor));
    const h = Math.min(height * 1.5, Math.max(height * 1e-5, (y1 - y0) / factor));
    const [ax, ay] = [x0 + px * (x1 - x0), y0 + py * (y1 - y0)];
    this.view = { x0: ax - px * w, x1: ax + (1 - px) * w, y0: ay - py * h, y1: ay + (1 - py) * h };
    this.draw();
  }

  #pan(dx, dy) {
    const box = this.box;
    const { x0, x1, y0, y1 } = this.view;
    const [sx, sy] = [(-dx / box.width) * (x1 - x0), (dy / box.height) * (y1 - y0)];
    this.view = { x0: x0 + sx, x1: x1 + sx, y0: y0 + sy, y1: y1 + sy };
    this.draw();
  }

  get box() {
    return this.plot.inside(8, 24);
  }
  toX(value) {
    const { x0, x1 } = this.view;
    return this.box.left + ((value - x0) / (x1 - x0)) * this.box.width;
  }
  toY(value) {
    const { y0, y1 } = this.view;
    return this.box.top + ((y1 - value) / (y1 - y0)) * this.box.height;
  }
  /** The coordinates of a pixel. */
  at(px, py) {
    const { x0, x1, y0, y1 } = this.view;
    const { left, top, width, height } = this.box;
    return { x: x0 + ((px - left) / width) * (x1 - x0), y: y1 - ((py - top) / height) * (y1 - y0) };
  }

  /** The point under the pointer; those that match come first. */
  #pick(px, py) {
    const { x, y } = this.at(px, py);
    const { x0, x1, y0, y1 } = this.view;
    const [rx, ry] = [(REACH / this.box.width) * (x1 - x0), (REACH / this.box.height) * (y1 - y0)];
    const matching = this.index.nearest(x, y, rx, ry, (i) => this.match[i] === 1);
    return matching >= 0 ? matching : this.index.nearest(x, y, rx, ry);
  }

  /** Moves the pointed point with the keyboard. */
  step(dx, dy) {
    const accept = (i) => this.match[i] === 1;
    const { x0, x1, y0, y1 } = this.view;
    const next = this.hover < 0
      ? this.index.nearest((x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0, accept)
      : this.index.towards(this.hover, dx, dy, this.view, accept);
    if (next >= 0) this.point(next);
  }

  point(row) {
    if (row === this.hover) return;
    this.hover = row;
    this.tip = null;
    this.hovered(row);
    this.draw();
  }

  #gestures() {
    const { canvas } = this;
    const inBrush = (p) => {
      if (!this.brush) return false;
      const { x, y } = this.at(p.x, p.y);
      return x >= this.brush.x0 && x <= this.brush.x1 && y >= this.brush.y0 && y <= this.brush.y1;
    };
    const spread = () => {
      const [a, b] = [...this.#pointers.values()];
      return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, distance: Math.max(24, Math.hypot(a.x - b.x, a.y - b.y)) };
    };
    const at = (event) => ({ x: event.offsetX, y: event.offsetY });
    canvas.addEventListener("pointerdown", (event) => {
      if (!this.index || event.button > 1) return;
      const p = at(event);
      canvas.setPointerCapture(event.pointerId);
      this.#pointers.set(event.pointerId, p);
      if (this.#pointers.size === 2) {
        this.#pinch = spread();
        this.#held = null;
        return;
      }
      const move = event.shiftKey || event.button === 1 || this.tool === "move";
      this.#held = { kind: move ? "pan" : this.tool === "lasso" ? "lasso" : inBrush(p) ? "shift" : "brush", from: p, last: p,
        start: this.at(p.x, p.y), brush: this.brush, moved: false };
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!this.index) return;
      const p = at(event);
      if (!this.#pointers.has(event.pointerId)) {
        canvas.style.cursor = this.tool === "move" || event.shiftKey ? "grab" : inBrush(p) ? "move" : "crosshair";
        return this.point(this.#pick(p.x, p.y));
      }
      this.#pointers.set(event.pointerId, p);
      if (this.#pointers.size === 2) {
        const next = spread();
        const { left, top, width, height } = this.box;
        this.zoom(next.distance / this.#pinch.distance, (next.x - left) / width, 1 - (next.y - top) / height);
        this.#pan(next.x - this.#pinch.x, next.y - this.#pinch.y);
        this.#pinch = next;
        return;
      }
      const held = this.#held;
      if (!held || (!held.moved && Math.hypot(p.x - held.from.x, p.y - held.from.y) < SLOP)) return;
      held.moved = true;
      const here = this.at(p.x, p.y);
      if (held.kind === "pan") this.#pan(p.x - held.last.x, p.y - held.last.y);
      else if (held.kind === "lasso") {
        this.path ??= [[held.start.x, held.start.y]];
        this.path.push([here.x, here.y]);
        this.draw();
      } else if (held.kind === "shift") {
        const [dx, dy] = [here.x - held.start.x, here.y - held.start.y];
        const { x0, x1, y0, y1 } = held.brush;
        this.#brushTo({ x0: x0 + dx, x1: x1 + dx, y0: y0 + dy, y1: y1 + dy });
      } else {
        this.#brushTo({ x0: Math.min(held.start.x, here.x), x1: Math.max(held.start.x, here.x), y0: Math.min(held.start.y, here.y),
          y1: Math.max(held.start.y, here.y) });
      }
      held.last = p;
    });
    const up = (event) => {
      const held = this.#held;
      const p = this.#pointers.get(event.pointerId);
      this.#pointers.delete(event.pointerId);
      this.#held = null;
      if (this.path) {
        const { path } = this;
        this.path = null;
        this.draw();
        if (path.length > 2 && event.type === "pointerup") this.lassoed(enclosed(this.points, path));
        return;
      }
      if (!held || held.moved || !p || event.type === "pointercancel") return;
      const row = this.#pick(p.x, p.y);
      this.point(row);
      if (row >= 0 && event.button === 0) this.clicked(row, event);
    };
    canvas.addEventListener("pointerup", up);
    canvas.addEventListener("pointercancel", up);
    canvas.addEventListener("pointerleave", () => !this.#pointers.size && this.point(-1));
    canvas.addEventListener("dblclick", () => {
      if (this.brush) this.#brushTo(null);
      else this.whole();
    });
    canvas.addEventListener("wheel", (event) => {
      if (!this.index) return;
      event.preventDefault();
      const { left, top, width, height } = this.box;
      this.zoom(Math.exp(-event.deltaY * (event.deltaMode === 1 ? 30 : 1) * 0.002), (event.offsetX - left) / width, 1 - (event.offsetY - top) / height);
    }, { passive: false });
    canvas.addEventListener("keydown", (event) => {
      if (!this.index || event.ctrlKey || event.metaKey) return;
      const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] }[event.key];
      if (step) this.step(...step);
      else if (event.key === "Enter" && this.hover >= 0) this.clicked(this.hover, event);
      else if (event.key.toLowerCase() === "n" && this.hover >= 0) this.clicked(this.hover, { altKey: true });
      else if (event.key === "+" || event.key === "=") this.zoom(1.4);
      else if (event.key === "-") this.zoom(1 / 1.4);
      else if (event.key === "0") this.whole();
      else if (event.key === "Escape") this.#brushTo(null);
      else return;
      event.preventDefault();
    });
  }

  #brushTo(brush) {
    this.brush = brush;
    this.brushed(brush);
    this.draw();
  }

  #draw() {
    const { plot, theme } = this;
    this.frames?.begin(true);
    if (!plot.begin(theme)) return;
    const { context } = plot;
    const box = this.box;
    this.#axes(context, box);
    if (this.index && this.renderer.ready) {
      const [width, height] = [Math.round(box.width * plot.ratio), Math.round(box.height * plot.ratio)];
      const dim = theme.dark ? [58, 70, 82, 255] : [205, 212, 219, 255];
      const share = (this.view.x1 - this.view.x0) / this.index.extent.width;
      const zoom = 1 / Math.sqrt(Math.max(0.02, Math.min(1, share)));
      const sized = (many) => plot.ratio * Math.min(8, (many > 20_000 ? 2 : many > 2000 ? 3 : many > 300 ? 5 : 7) * zoom);
      const other = sized(this.points.count);
      const sizes = [this.points.count > 2000 ? other / 2 : other, sized(this.matching)];
      context.drawImage(this.renderer.image({ width, height, view: this.view, sizes, dim }), box.left, box.top, box.width, box.height);
      this.#overlay(context, box);
    }
    this.frames?.end();
  }

  #axes(context, box) {
    const { colours } = this.theme;
    const { x0, x1, y0, y1 } = this.view;
    const [across, up] = [even(x0, x1, box.width / 90), even(y0, y1, box.height / 50)];
    context.textBaseline = "alphabetic";
    context.textAlign = "center";
    for (const value of across.values) {
      const x = this.toX(value);
      context.fillStyle = value === 0 ? colours["grid-strong"] : colours.grid;
      context.fillRect(Math.round(x), box.top, 1, box.height);
      context.fillStyle = colours.muted;
      if (x < box.left + box.width - 60) context.fillText(number(value, across.digits), x, box.top + box.height + 15);
    }
    context.textAlign = "right";
    context.fillText(this.names?.().x ?? "", box.left + box.width, box.top + box.height + 15);
    context.textBaseline = "middle";
    for (const value of up.values) {
      const y = this.toY(value);
      context.fillStyle = value === 0 ? colours["grid-strong"] : colours.grid;
      context.fillRect(box.left, Math.round(y), box.width, 1);
      context.fillStyle = colours.muted;
      if (y > box.top + 20) context.fillText(number(value, up.digits), box.left - 5, y);
    }
    context.textAlign = "left";
    context.textBaseline = "top";
    context.fillText(this.names?.().y ?? "", 6, box.top);
  }

  #overlay(context, box) {
    const { colours } = this.theme;
    const { points } = this;
    context.save();
    context.beginPath();
    context.rect(box.left, box.top, box.width, box.height);
    context.clip();
    if (this.brush) {
      const { x0, x1, y0, y1 } = this.brush;
      const [left, top, right, bottom] = [this.toX(x0), this.toY(y1), this.toX(x1), this.toY(y0)];
      context.fillStyle = context.strokeStyle = colours.accent;
      context.globalAlpha = 0.1;
      context.fillRect(left, top, right - left, bottom - top);
      context.globalAlpha = 1;
      context.strokeRect(left, top, right - left, bottom - top);
    }
    if (this.path) {
      context.strokeStyle = colours.accent;
      context.setLineDash([4, 3]);
      context.beginPath();
      for (const [x, y] of this.path) context.lineTo(this.toX(x), this.toY(y));
      context.closePath();
      context.stroke();
      context.setLineDash([]);
    }
    const ring = (row, radius, width, colour) => {
      context.lineWidth = width;
      context.strokeStyle = colour;
      context.beginPath();
      context.arc(this.toX(points.x[row]), this.toY(points.y[row]), radius, 0, 7);
      context.stroke();
    };
    for (const row of this.ringed) {
      ring(row, 5, 3.5, colours.plot);
      ring(row, 5, 1.5, colours.text);
    }
    if (this.hover >= 0) {
      ring(this.hover, 7, 4, colours.plot);
      ring(this.hover, 7, 2, colours.accent);
    }
    context.lineWidth = 1;
    context.restore();
    if (this.hover >= 0 && this.tip) this.#label(context, box);
  }

  /** Name and values of the pointed recording. */
  #label(context, box) {
    const { colours, font } = this.theme;
    const lines = this.tip;
    context.font = `12px ${font}`;
    const fit = (text) => (text.length > 60 ? `${text.slice(0, 59)}…` : text);
    const width = Math.max(...lines.map((line) => context.measureText(fit(line)).width)) + 18;
    const height = 17 * lines.length + 9;
    const [x, y] = [this.toX(this.points.x[this.hover]), this.toY(this.points.y[this.hover])];
    const left = Math.max(box.left, x + 14 + width > box.left + box.width ? x - 14 - width : x + 14);
    const top = Math.max(box.top, Math.min(box.top + box.height - height, y - height / 2));
    context.fillStyle = colours.surface;
    context.strokeStyle = colours.line;
    context.beginPath();
    context.roundRect(left, top, width, height, 6);
    context.fill();
    context.stroke();
    context.textAlign = "left";
    context.textBaseline = "top";
    lines.forEach((line, i) => {
      context.fillStyle = i ? colours.muted : colours.text;
      context.fillText(fit(line), left + 9, top + 6 + 17 * i);
    });
  }
}
