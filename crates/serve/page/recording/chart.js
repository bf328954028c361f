// A picture that is not on the time axis: a heading with its menu, a canvas, a line on what is selected, and a table.
import { make, say } from "/ui/dom.js";
import { Surface } from "./surface.js";
import { fileName, saveCsv, savePng, saveSvg } from "./export.js";
import { menu, tableElement } from "./menu.js";

/** Height of a chart that has nothing to draw. */
const EMPTY = 44;

/**
 * `kind`: one of the pictures of `charts/`: `{ height, empty(data), draw(context, width, height, { theme, data, selected }),
 * count(data), hit(x, y, width, height, data), tip(data, index), table(data), summary(data) }`. `choose(index, data)`, if
 * given, is called when a part is pressed.
 */
export class Chart {
  #frame = 0;
  selected = null;
  data = null;

  constructor(kind, { id, name, title = "", theme, file = () => "passband", choose = null, height = null, waiting = "Loading …" }) {
    Object.assign(this, { kind, name, theme, choose, waiting, fixedHeight: height });
    this.plot = new Surface(name, `chart-canvas${choose ? " pressable" : ""}`, () => this.redraw());
    this.plot.background = "surface";
    const { canvas } = this.plot;
    canvas.dataset.chart = id;
    this.readout = make("p", { className: "chart-readout" });
    this.readout.setAttribute("role", "status");
    this.values = make("details", { className: "chart-values", on: { toggle: () => this.#fill() } }, make("summary", { textContent: "Values" }), make("div", { className: "table-scroll", tabIndex: 0 }));
    const whenThere = (act) => () => (this.empty ? null : act());
    const picture = () => ({ width: this.plot.width, height: this.plot.height, name, of: file(), draw: (context, width, height) => this.paint(context, width, height) });
    const saved = () => fileName(file(), id);
    this.element = make("figure", { className: "chart", data: { chart: id } },
      make("figcaption", { title }, make("h3", { textContent: name }), menu(`Pictures and values of ${name}`, "⋯", [
        ["CSV: values", whenThere(() => saveCsv(kind.table(this.data), saved()))],
        ["PNG", whenThere(() => savePng(picture(), theme, saved()))],
        ["SVG", whenThere(() => saveSvg(picture(), theme, saved()))],
      ])), canvas, make("div", { className: "chart-foot" }, this.values, this.readout));
    const spot = (event) => {
      const frame = canvas.getBoundingClientRect();
      return this.empty ? null : kind.hit(event.clientX - frame.left, event.clientY - frame.top, this.plot.width, this.plot.height, this.data);
    };
    canvas.addEventListener("pointermove", (event) => this.select(spot(event)));
    canvas.addEventListener("pointerleave", () => this.select(null));
    canvas.addEventListener("blur", () => this.select(null));
    canvas.addEventListener("click", (event) => {
      const index = spot(event);
      this.select(index);
      if (index !== null) this.choose?.(index, this.data);
    });
    canvas.addEventListener("keydown", (event) => this.#key(event));
    this.themed = () => this.redraw();
    theme.addEventListener("change", this.themed);
    this.#size();
  }

  /** Why there is nothing to draw, or null. */
  get empty() {
    return this.data === null ? this.waiting : this.kind.empty(this.data);
  }

  #size() {
    const { height } = this.kind;
    const full = this.fixedHeight ?? (typeof height === "function" ? height(this.data) : height);
    // a chart that will stay empty takes two lines
    const pixels = this.data !== null && this.empty ? EMPTY : full;
    // a circle needs no more height than the width of a phone
    this.plot.canvas.style.height = this.kind.round ? `min(${pixels}px, 86vw)` : `${pixels}px`;
  }

  update(data) {
    this.data = data;
    this.selected = null;
    this.#size();
    this.values.hidden = this.empty !== null;
    if (this.values.open) this.#fill();
    this.redraw();
  }

  select(index) {
    if (index === this.selected) return;
    this.selected = index;
    say(this.readout, index === null || this.empty ? "" : this.kind.tip(this.data, index));
    this.redraw();
  }

  #key(event) {
    if (this.empty) return;
    const most = this.kind.count(this.data);
    const by = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (by !== undefined) this.select(((this.selected ?? (by > 0 ? -1 : 0)) + by + most) % most);
    else if ((event.key === "Enter" || event.key === " ") && this.choose && this.selected !== null) this.choose(this.selected, this.data);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #fill() {
    if (!this.values.open || this.empty) return;
    this.values.lastElementChild.replaceChildren(tableElement(this.kind.table(this.data), this.name));
  }

  redraw() {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      this.draw();
    });
  }

  draw() {
    if (!this.plot.begin(this.theme)) return;
    this.paint(this.plot.context, this.plot.width, this.plot.height);
    this.plot.canvas.setAttribute("aria-label", `${this.name}: ${this.empty ?? this.kind.summary(this.data)}`);
  }

  paint(context, width, height) {
    const { empty, theme } = this;
    if (!empty) return this.kind.draw(context, width, height, this);
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillStyle = theme.colours.muted;
    const words = empty.split(" ");
    const lines = [""];
    for (const word of words) {
      if (context.measureText(`${lines.at(-1)} ${word}`).width > width - 24) lines.push("");
      lines[lines.length - 1] = `${lines.at(-1)} ${word}`.trim();
    }
    lines.forEach((line, i) => context.fillText(line, width / 2, height / 2 + (i - (lines.length - 1) / 2) * 15));
  }

  destroy() {
    cancelAnimationFrame(this.#frame);
    this.theme.removeEventListener("change", this.themed);
  }
}
