// A number column as a histogram on which a range can be brushed.
import { label, numberText, valueText } from "../value_text.js";
import { make, say } from "/ui/dom.js";
import { oncePerFrame } from "../latest.js";

const EDGE = 6;
/** Pixels by which the pointer must move until a press becomes a brush. */
const SLOP = 3;

export class NumberFacet {
  kind = "number";
  data = null;
  #brush = null;

  constructor(column, { filters, theme, frames }) {
    Object.assign(this, { column, filters, theme, frames });
    this.canvas = make("canvas", { className: "histogram", tabIndex: 0,
      aria: { label: `${label(column.name)}: histogram; arrow keys move the range, Shift widens it` } });
    this.canvas.setAttribute("role", "img");
    this.lo = this.#input("from");
    this.hi = this.#input("to");
    this.note = make("span", { className: "hint" });
    this.missing = make("button", { type: "button", className: "small link-like", on: { click: () => this.#toggleMissing() } });
    this.element = make("div", { className: "number-facet" }, this.canvas, make("div", { className: "ends" }, this.lo, this.note, this.hi), this.missing);
    this.draw = oncePerFrame(() => this.#draw());
    this.resized = new ResizeObserver(() => this.draw());
    this.resized.observe(this.canvas);
    this.#gestures();
  }

  get bins() {
    return 48;
  }

  destroy() {
    this.draw.stop();
    this.resized.disconnect();
  }

  show(data) {
    this.data = data;
    const [all, matching] = data.missing ?? [0, 0];
    this.missing.hidden = !all;
    say(this.missing, this.filters.values.has(this.column.name) ? "not only missing" : `missing: ${matching === all ? numberText(all) : `${numberText(matching)} of ${numberText(all)}`}`);
    this.draw();
  }

  #input(name) {
    const commit = (input) => {
      const text = input.value.trim();
      const value = text === "" ? null : Number(text.replace(",", ".").replace("\u2212", "-"));
      if (Number.isNaN(value)) return this.draw();
      const range = { ...(this.filters.ranges.get(this.column.name) ?? { lo: null, hi: null }), [name === "from" ? "lo" : "hi"]: value };
      this.filters.setRange(this.column.name, range);
    };
    const input = make("input", {
      type: "text", inputMode: "decimal", className: "end", aria: { label: `${label(this.column.name)} ${name}` },
      on: { change: () => commit(input), keydown: (event) => event.key === "Enter" && input.blur() },
    });
    return input;
  }

  #toggleMissing() {
    const { name } = this.column;
    if (this.filters.values.has(name)) this.filters.remove(name);
    else this.filters.setValues(name, [""]);
  }

  #x(value) {
    const { lo, hi } = this.data;
    return ((value - lo) / (hi - lo)) * this.canvas.clientWidth;
  }
  #value(x) {
    const { lo, hi } = this.data;
    return lo + (Math.max(0, Math.min(this.canvas.clientWidth, x)) / this.canvas.clientWidth) * (hi - lo);
  }
  /** The brushed range as pixels, null if there is none. */
  #ends() {
    const range = this.filters.ranges.get(this.column.name);
    if (!range || !this.drawable) return null;
    return [range.lo === null ? 0 : this.#x(range.lo), range.hi === null ? this.canvas.clientWidth : this.#x(range.hi)];
  }
  get drawable() {
    return this.data && Number.isFinite(this.data.lo) && this.data.hi > this.data.lo;
  }

  /** Limits the column to a range of pixels; ends at the edge of the histogram are open. */
  #limit(a, b) {
    const [left, right] = a < b ? [a, b] : [b, a];
    const width = this.canvas.clientWidth;
    const round = (value) => Number(value.toPrecision(5));
    this.filters.setRange(this.column.name, {
      lo: left <= 0 ? null : round(this.#value(left)), hi: right >= width ? null : round(this.#value(right)),
    });
  }

  #gestures() {
    const { canvas } = this;
    const grab = (x) => {
      const ends = this.#ends();
      if (ends && Math.abs(x - ends[0]) <= EDGE) return "left";
      if (ends && Math.abs(x - ends[1]) <= EDGE) return "right";
      return ends && x > ends[0] && x < ends[1] ? "inside" : "new";
    };
    canvas.addEventListener("pointerdown", (event) => {
      if (!this.drawable || event.button !== 0) return;
      canvas.setPointerCapture(event.pointerId);
      this.#brush = { part: grab(event.offsetX), from: event.offsetX, ends: this.#ends(), moved: false };
    });
    canvas.addEventListener("pointermove", (event) => {
      const x = event.offsetX;
      if (!this.#brush) {
        canvas.style.cursor = { left: "ew-resize", right: "ew-resize", inside: "grab", new: "crosshair" }[this.drawable ? grab(x) : "new"];
        return;
      }
      const brush = this.#brush;
      if (!brush.moved && Math.abs(x - brush.from) < SLOP) return;
      brush.moved = true;
      this.frames?.begin(true);
      if (brush.part === "new") this.#limit(brush.from, x);
      else if (brush.part === "left") this.#limit(x, brush.ends[1]);
      else if (brush.part === "right") this.#limit(brush.ends[0], x);
      else {
        const by = Math.max(-brush.ends[0], Math.min(canvas.clientWidth - brush.ends[1], x - brush.from));
        this.#limit(brush.ends[0] + by, brush.ends[1] + by);
      }
      this.draw();
      this.frames?.end();
    });
    const up = () => (this.#brush = null);
    canvas.addEventListener("pointerup", up);
    canvas.addEventListener("pointercancel", up);
    canvas.addEventListener("dblclick", () => this.filters.setRange(this.column.name, null));
    canvas.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (event.key === "Escape" || event.key === "Delete") this.filters.setRange(this.column.name, null);
      if (!step || !this.drawable) return;
      event.preventDefault();
      const width = canvas.clientWidth;
      const [a, b] = this.#ends() ?? [width * 0.4, width * 0.6];
      const by = (step * width) / this.bins;
      if (event.shiftKey) this.#limit(a, Math.max(a + 1, b + by));
      else this.#limit(Math.max(0, a + by), Math.min(width, b + by));
    });
  }

  #draw() {
    const { canvas, theme } = this;
    const range = this.filters.ranges.get(this.column.name);
    for (const [input, end, edge] of [[this.lo, range?.lo, this.data?.lo], [this.hi, range?.hi, this.data?.hi]]) {
      if (document.activeElement !== input) input.value = end === null || end === undefined ? "" : String(end);
      input.placeholder = edge === undefined || edge === null ? "" : valueText(edge, this.column);
    }
    const ratio = Math.min(3, devicePixelRatio || 1);
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width || !height) return;
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    const context = canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    if (!this.drawable) return;
    const { all, matching, lo, hi } = this.data;
    const ends = this.#ends();
    if (ends) {
      context.fillStyle = theme.colours.accent;
      context.globalAlpha = 0.14;
      context.fillRect(ends[0], 0, Math.max(1, ends[1] - ends[0]), height);
      context.globalAlpha = 1;
    }
    const most = all.reduce((a, b) => Math.max(a, b), 1);
    const each = width / all.length;
    const bar = (value, i) => {
      const tall = value ? Math.max(1, (value / most) * (height - 4)) : 0;
      context.fillRect(i * each + 0.5, height - tall, Math.max(0.5, each - 1), tall);
    };
    context.fillStyle = theme.colours["grid-strong"];
    all.forEach(bar);
    matching.forEach((value, i) => {
      const middle = lo + ((i + 0.5) / all.length) * (hi - lo);
      const inside = !range || ((range.lo === null || middle >= range.lo) && (range.hi === null || middle <= range.hi));
      context.fillStyle = theme.colours.accent;
      context.globalAlpha = inside ? 1 : 0.35;
      bar(value, i);
    });
    context.globalAlpha = 1;
    if (ends) {
      context.fillStyle = theme.colours.text;
      for (const x of ends) context.fillRect(Math.max(0, Math.min(width - 1.5, x - 0.75)), 0, 1.5, height);
    }
  }
}
