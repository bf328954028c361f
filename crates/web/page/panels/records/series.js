// The numbers of records over time: a plot per field, a line per stream and key.
import { make, say } from "../../ui/dom.js";
import { count, significant } from "../../ui/format.js";
import { levelAxis } from "../../plot/axes.js";
import { scalar } from "./records.js";
import { Plot } from "../../plot/plot.js";
import { timeAxis } from "../../plot/time_axis.js";
import { when } from "./cell_text.js";

/** Maximum number of lines in a plot, and of plots shown initially. */
const LINES = 8;
const PLOTS = 4;

export function createSeries(panel, app) {
  const stream = app.stream(panel.stream);
  const plot = new Plot(`${panel.records} over time`, "record-series", app.redraw);
  const fields = stream.those(isScalar);
  /** By field name, whether the user has switched it on or off; other fields are on if they vary. */
  const chosen = new Map();
  const buttons = fields.map(({ name, doc }) => make("button", {
    type: "button", textContent: name, title: doc,
    on: { click: () => { chosen.set(name, !on.some((field) => field.name === name)); app.redraw(); } },
  }));
  const legend = make("span", { className: "legend" });
  const note = make("span", { className: "hint" });
  const element = make("section", { className: "panel records-series", aria: { label: `${panel.records} over time` } },
    make("div", { className: "head" }, make("h2", { textContent: "Over time" }),
      make("div", { className: "group", role: "group", aria: { label: "Fields" } }, ...buttons), legend, note), plot.canvas);
  let on = [];
  let pointed = null;
  plot.canvas.addEventListener("pointermove", ({ offsetX }) => { pointed = offsetX; app.redraw(); });
  plot.canvas.addEventListener("pointerleave", () => { pointed = null; app.redraw(); });

  function choose(rows) {
    const ranged = fields.map((field) => ({ ...field, ...extent(rows, field.place) }));
    // constants, such as a sample rate, and positions in the recording are not informative over time
    const telling = ranged.filter(({ low, high, kind, role }) => low < high && (kind !== "integer" || role === "count" || !fields.some((f) => f.kind !== "integer")));
    const first = telling.slice(0, PLOTS).map(({ name }) => name);
    on = ranged.filter(({ name }) => chosen.get(name) ?? first.includes(name));
    buttons.forEach((button, i) => button.setAttribute("aria-pressed", String(on.some(({ name }) => name === fields[i].name))));
  }

  function draw() {
    const groups = stream.groups();
    const lines = groups.slice(-LINES);
    const rows = lines.flatMap((group) => group.rows);
    choose(rows);
    const hasLists = stream.columns.some(({ kind, items }) => kind === "numbers" && items !== 1);
    // with lists, numbers that never change need no plot
    element.hidden = hasLists && !on.length && !chosen.size;
    if (element.hidden) return;
    say(note, groups.length > LINES ? `the newest ${LINES} of ${count(groups.length)} keys` : "");
    const names = lines.map(({ name }) => name);
    if (legend.dataset.names !== names.join("\n")) {
      legend.dataset.names = names.join("\n");
      legend.replaceChildren(...(names.length < 2 && !names[0] ? [] : names.map((name, c) =>
        make("span", { title: name }, make("i", { className: "chip", style: `background:${app.theme.channel(c)}` }), name))));
    }
    [...legend.querySelectorAll(".chip")].forEach((chip, c) => (chip.style.background = app.theme.channel(c)));
    if (!plot.begin(app.theme) || !rows.length) return;
    const timed = rows.some(({ time }) => time !== null);
    const across = ({ time, number }) => (timed ? time : number);
    const places = rows.map(across).filter((v) => v !== null);
    let [from, to] = [places.reduce((a, b) => Math.min(a, b)), places.reduce((a, b) => Math.max(a, b))];
    if (from === to) [from, to] = [from - 500, to + 500];
    const whole = plot.inside(8, 22);
    const each = whole.height / Math.max(1, on.length);
    const x = (row) => whole.left + ((across(row) - from) / (to - from)) * whole.width;
    on.forEach((field, i) => {
      const box = { ...whole, top: whole.top + i * each, height: each - (i + 1 < on.length ? 12 : 0) };
      if (box.height < 24) return;
      if (timed) timeAxis(plot.context, box, from, to, app.theme.colours, i + 1 === on.length);
      lane(box, field, lines, x);
    });
    if (!timed) numberAxis(whole, from, to);
  }

  function lane(box, field, lines, x) {
    const { context } = plot;
    const { theme } = app;
    const range = roomy(field);
    levelAxis(context, box, range, field.unit, theme.colours, field.name);
    const y = (v) => box.top + ((range.top - v) / (range.top - range.bottom)) * box.height;
    const readings = [];
    context.save();
    context.beginPath();
    context.rect(box.left, box.top, box.width, box.height);
    context.clip();
    lines.forEach(({ rows }, c) => {
      context.strokeStyle = context.fillStyle = theme.channel(c);
      context.lineWidth = 1.4;
      context.lineJoin = "round";
      context.beginPath();
      let pen = false;
      const there = [];
      for (const row of rows) {
        const value = scalar(row.values[field.place]);
        pen = value !== null && (pen ? context.lineTo(x(row), y(value)) : context.moveTo(x(row), y(value)), true);
        if (value !== null) there.push(row);
      }
      context.stroke();
      // few points are marked, so that a single one is visible
      if (there.length <= 60) there.forEach((row) => context.fillRect(x(row) - 2, y(scalar(row.values[field.place])) - 2, 4, 4));
      const row = pointed === null ? there.at(-1)
        : there.reduce((best, r) => (!best || Math.abs(x(r) - pointed) < Math.abs(x(best) - pointed) ? r : best), null);
      if (row) readings.push({ row, value: scalar(row.values[field.place]), colour: theme.channel(c, 1, theme.dark ? 8 : -6) });
    });
    context.restore();
    context.lineWidth = 1;
    if (pointed !== null && pointed >= box.left && pointed <= box.left + box.width) {
      context.fillStyle = theme.colours.text;
      context.globalAlpha = 0.5;
      context.fillRect(Math.round(pointed), box.top, 1, box.height);
      context.globalAlpha = 1;
    }
    // the values at the pointer, or the newest, in the upper right corner
    context.textAlign = "right";
    context.textBaseline = "top";
    let right = box.left + box.width - 6;
    const texts = readings.slice(-4).reverse().map(({ value, colour }) => [significant(value, field.kind === "integer"), colour]);
    if (pointed !== null && readings[0]) texts.push([readings[0].row.time === null ? `record ${readings[0].row.number}` : when(readings[0].row.time), theme.colours.muted]);
    for (const [text, colour] of texts) {
      context.strokeStyle = theme.colours.plot;
      context.lineWidth = 4;
      context.strokeText(text, right, box.top + 6);
      context.lineWidth = 1;
      context.fillStyle = colour;
      context.fillText(text, right, box.top + 6);
      right -= context.measureText(text).width + 10;
    }
  }

  /** Without event times, the axis counts records. */
  function numberAxis(box, from, to) {
    const { context } = plot;
    context.fillStyle = app.theme.colours.muted;
    context.textBaseline = "alphabetic";
    for (const [text, align, at] of [[`record ${count(Math.max(1, from))}`, "left", 0], [count(to), "right", 1]]) {
      context.textAlign = align;
      context.fillText(text, box.left + at * box.width, box.top + box.height + 15);
    }
  }

  return { element, draw, plot };
}

/** Fields that measure or count, including lists with one number. */
const isScalar = ({ kind, role, items }) =>
  ["value", "count"].includes(role) && (kind === "number" || kind === "integer" || (kind === "numbers" && items === 1));

function extent(rows, place) {
  let [low, high] = [Infinity, -Infinity];
  for (const { values } of rows) {
    const value = scalar(values[place]);
    if (value === null) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return { low, high };
}

function roomy({ low, high }) {
  if (!(low <= high)) return { bottom: 0, top: 1 };
  const room = (high - low) * 0.08 || Math.abs(high) * 0.05 || 1;
  return { bottom: low - room, top: high + room };
}

