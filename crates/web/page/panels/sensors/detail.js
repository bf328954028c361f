// One sensor in detail: its values over time, and all values of one window.
import { count, lasting, significant } from "../../ui/format.js";
import { drawLines, extent, seen } from "../../plot/time_series.js";
import { levelAxis } from "../../plot/axes.js";
import { make, say } from "../../ui/dom.js";
import { moment, timeAxis } from "../../plot/time_axis.js";
import { Plot } from "../../plot/plot.js";

export class Detail {
  #pointed = null;
  #listed = "";
  sensor = null;

  constructor({ close, redraw }) {
    this.plot = new Plot("Values of a sensor over time", "course", redraw);
    this.title = make("h2");
    this.note = make("span", { className: "hint" });
    const shut = make("button", { type: "button", className: "icon small", textContent: "✕", title: "Close (Escape)", aria: { label: "Close" }, on: { click: close } });
    this.values = make("dl", { className: "levels facts" });
    this.element = make("section", { className: "panel detail", hidden: true, aria: { label: "Sensor" } },
      make("div", { className: "head" }, this.title, this.note, make("span", { className: "grow" }), shut),
      make("div", { className: "course-and-values" }, this.plot.canvas, this.values));
    const { canvas } = this.plot;
    canvas.addEventListener("pointermove", ({ offsetX }) => {
      this.#pointed = offsetX;
      redraw();
    });
    canvas.addEventListener("pointerleave", () => {
      this.#pointed = null;
      redraw();
    });
    // arrow keys move from window to window
    canvas.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      this.#step(by);
      redraw();
    });
  }

  #rows = [];
  #place = () => 0;
  #step(by) {
    const at = this.#rows.indexOf(this.#near() ?? this.#rows.at(-1));
    const row = this.#rows[Math.max(0, Math.min(this.#rows.length - 1, at + by))];
    if (row) this.#pointed = this.#place(row);
  }
  #near() {
    if (this.#pointed === null) return null;
    return this.#rows.reduce((best, row) =>
      (!best || Math.abs(this.#place(row) - this.#pointed) < Math.abs(this.#place(best) - this.#pointed) ? row : best), null);
  }

  show(sensor) {
    if (this.sensor?.name !== sensor?.name) this.#pointed = null;
    this.sensor = sensor;
    this.element.hidden = !sensor;
  }

  draw({ field, from, to, theme, columns }) {
    const { sensor, plot } = this;
    if (!sensor) return;
    const last = sensor.rows.at(-1);
    say(this.title, sensor.name);
    const rows = seen(sensor.rows, from).filter((row) => row.end > from);
    this.#rows = rows;
    const length = lasting(last.end - last.start);
    say(this.note, `${columns[field.line]}${field.low === null ? "" : ", band from least to greatest"} · windows of ${length} · ${count(sensor.rows.length)} kept`);
    if (!plot.begin(theme)) return this.#list(last, columns);
    const { context } = plot;
    const { colours } = theme;
    const box = plot.inside(10, 24);
    const range = extent(rows, field); // including spikes
    this.#place = ({ start, end }) => box.left + (((start + end) / 2 - from) / (to - from)) * box.width;
    timeAxis(context, box, from, to, colours);
    if (range) {
      levelAxis(context, box, range, "", colours);
      drawLines(context, box, rows, field, { range, from, to, colour: theme.channel(0), band: theme.channel(0, 0.26), width: 1.8 });
    }
    const pointed = this.#near();
    if (pointed) {
      context.fillStyle = colours.text;
      context.globalAlpha = 0.6;
      context.fillRect(Math.round(this.#place(pointed)), box.top, 1, box.height);
      context.globalAlpha = 1;
    }
    this.#list(pointed ?? last, columns);
  }

  #list(row, columns) {
    const days = [row.start, row.end].map((time) => moment(time, true).slice(0, 10));
    const day = days[0] !== days[1];
    const rows = [...columns.map((name, i) => [name, significant(row.values[i])]),
      ...(row.early ? [["Result", "early, will change"]] : []), ["Readings", count(row.readings)],
      ["From", moment(row.start, day)], ["Until", moment(row.end, day)], ...(day ? [] : [["Day", days[0]]])];
    const text = JSON.stringify(rows);
    if (text === this.#listed) return;
    this.#listed = text;
    this.values.replaceChildren(...rows.flatMap(([name, value]) =>
      [make("dt", { textContent: name, title: name }), make("dd", { textContent: value, title: value })]));
  }
}
