// A table over time: a lane per field, a line per key, with zoom and pan.
import { aborted } from "../api.js";
import { count, number, span } from "/ui/format.js";
import { digitsOf, drawLines } from "/plot/time_series.js";
import { emptyState, faultCard } from "../notice.js";
import { extentQuery, keysQuery, query, seriesQuery } from "./series_query.js";
import { fileName, save } from "../save.js";
import { latest, oncePerFrame } from "../latest.js";
import { levelAxis } from "/plot/axes.js";
import { make, remember, say } from "/ui/dom.js";
import { moment, timeAxis } from "/plot/time_axis.js";
import { Plot } from "/plot/plot.js";
import { TimeWindow } from "./time_window.js";

/** Maximum number of keys that can be chosen, of lines at first, and of lanes at first. */
const KEYS = 40;
const LINES = 8;
const LANES = 3;
/** Maximum number of rows of an answer. */
const ROWS = 10_000;
/** Width of a bucket in pixels. */
const PIXELS = 2;
/** Share of the window that is fetched beside it. */
const BESIDE = 0.5;

export function timeSeries(host, { api, theme, frames, table, setOwn, own }) {
  const time = table.time;
  const numbers = table.columns.filter(({ kind, name }) => kind === "number" && name !== time);
  const texts = table.columns.filter(({ kind }) => kind === "text");
  // integers are mostly counts and numbers of things
  const measured = numbers.some(({ type }) => !/int/i.test(type)) ? numbers.filter(({ type }) => !/int/i.test(type)) : numbers;
  const kept = remember(`serve.series.${table.name}`) ?? {};
  const state = {
    fields: (kept.fields ?? measured.slice(0, LANES).map(({ name }) => name)).filter((name) => numbers.some((n) => n.name === name)),
    key: texts.some(({ name }) => name === kept.key) || kept.key === "" ? kept.key : (texts[0]?.name ?? ""), keys: [], known: [],
  };
  let data = null;
  let pointed = null;
  const view = new TimeWindow(() => {
    draw();
    load();
    keepRange();
  });
  const plot = new Plot(`${table.name} over time: arrow keys move, + and − zoom, 0 shows everything`, "time-series", () => { draw(); load(); });
  const legend = make("div", { className: "series-legend", aria: { label: "Lines" } });
  legend.setAttribute("role", "group");
  const facts = make("span", { className: "hint", role: "status" });
  const keySelect = make("select", { aria: { label: "Lines by" }, on: { change: () => { state.key = keySelect.value; start(); } } },
    make("option", { value: "", textContent: "one line" }), ...texts.map(({ name }) => make("option", { value: name, textContent: name })));
  keySelect.value = state.key;
  const fieldButtons = numbers.map(({ name, doc, unit }) => make("button", { type: "button", textContent: name, title: [doc, unit].filter(Boolean).join(" · "), on: { click: () => toggle("fields", name) } }));
  const button = (textContent, title, click, label = title) => make("button", { type: "button", className: "icon", textContent, title, aria: { label }, on: { click } });
  const head = make("div", { className: "head" },
    make("div", { className: "group", role: "group", aria: { label: "Fields" } }, ...fieldButtons),
    ...(texts.length ? [make("label", { className: "labelled" }, make("span", { textContent: "lines by" }), keySelect)] : []),
    make("span", { className: "grow" }), facts,
    button("−", "Zoom out (−)", () => view.zoom(1 / 1.6)), button("+", "Zoom in (+)", () => view.zoom(1.6)),
    make("button", { type: "button", textContent: "Whole", title: "Everything (0)", on: { click: () => view.whole() } }),
    make("button", { type: "button", textContent: "PNG", title: "The plot as a picture",
      on: { click: () => plot.canvas.toBlob((blob) => blob && save(blob, fileName(table.name, "png")), "image/png") } }));
  const fault = make("div");
  const element = make("section", { className: "table-panel", aria: { label: `${table.name} over time` } }, head, legend, fault, plot.canvas);
  host.append(element);
  if (!numbers.length) {
    plot.canvas.remove();
    element.append(emptyState("No numbers", "The table has a time, but no numbers to draw over it. Its rows are in the grid."));
  }
  const draw = oncePerFrame(drawNow);
  view.gestures(plot.canvas, () => box());
  plot.canvas.addEventListener("pointermove", ({ offsetX }) => { pointed = offsetX; draw(); });
  plot.canvas.addEventListener("pointerleave", () => { pointed = null; draw(); });
  const repaint = () => { legendButtons(); draw(); };
  theme.addEventListener("change", repaint);

  const failure = (error) => !aborted(error) && fault.replaceChildren(faultCard(error, start));

  /** The extent of the table, and its keys. */
  async function start() {
    if (!numbers.length) return;
    remember(`serve.series.${table.name}`, { fields: state.fields, key: state.key });
    data = null;
    try {
      fault.replaceChildren();
      const [extent, keys] = await Promise.all([
        query(api, extentQuery(table.name, time)),
        state.key ? query(api, keysQuery(table.name, state.key, KEYS)) : null,
      ]);
      const [first, last, rows] = extent.rows[0];
      if (first === null) {
        element.replaceChildren(head, emptyState("No rows", `No row of ${table.name} has a time.`));
        return;
      }
      state.rows = rows;
      state.known = (keys?.rows ?? []).filter(([key]) => key !== null).map(([key]) => String(key));
      state.known.sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
      state.keys = state.known.slice(0, LINES);
      const linked = ["from", "to"].map((name) => (own().get(name) ? Number(own().get(name)) : NaN));
      view.limit(first, last > first ? last : first + 1, Number.isFinite(linked[0]) && linked[1] > linked[0] ? linked : null);
      legendButtons();
      load();
    } catch (error) {
      failure(error);
    }
  }

  function keepRange() {
    clearTimeout(keepRange.wait);
    keepRange.wait = setTimeout(() => setOwn(view.zoomed ? { from: view.from.toFixed(3), to: view.to.toFixed(3) } : { from: null, to: null }), 250);
  }

  function toggle(name, value) {
    const list = state[name];
    state[name] = list.includes(value) ? list.filter((one) => one !== value) : name === "fields" ? numbers.map((n) => n.name).filter((n) => list.includes(n) || n === value) : [...list, value];
    remember(`serve.series.${table.name}`, { fields: state.fields, key: state.key });
    legendButtons();
    data = null;
    load();
    draw();
  }

  const colourOf = (key) => (state.key ? theme.channel(Math.max(0, state.known.indexOf(key))) : theme.channel(0));

  function legendButtons() {
    fieldButtons.forEach((b, i) => b.setAttribute("aria-pressed", String(state.fields.includes(numbers[i].name))));
    legend.hidden = !state.key;
    legend.replaceChildren(...state.known.map((key) => {
      const chip = make("i", { className: "chip" });
      chip.style.background = colourOf(key);
      return make("button", { type: "button", className: "small", aria: { pressed: String(state.keys.includes(key)) },
        on: { click: () => toggle("keys", key) } }, chip, make("span", { textContent: key || "(empty)" }));
    }));
  }

  const box = () => plot.inside(8, 22);

  /** Fetches what the window needs, unless it is there at this resolution. */
  const load = latest(async (signal) => {
    const width = plot.canvas.clientWidth;
    if (!view.known || width < 80 || !state.fields.length || (state.key && !state.keys.length)) return;
    const length = view.to - view.from;
    const fine = data && length / data.length > 0.6 && length / data.length < 1.7;
    if (fine && data.from <= Math.max(view.first, view.from) && data.to >= Math.min(view.last, view.to)) return;
    const lines = state.key ? state.keys.length : 1;
    const across = Math.max(20, Math.min(Math.floor(box().width / PIXELS), Math.floor(ROWS / lines / (1 + 2 * BESIDE)) - 1));
    const buckets = Math.ceil(across * (1 + 2 * BESIDE));
    const [from, to] = [view.from - BESIDE * length, view.to + BESIDE * length];
    const { fields, keys } = state;
    try {
      const answer = await query(api, seriesQuery({ table: table.name, time, key: state.key, keys, fields, from, to, buckets }), { limit: ROWS, signal });
      const each = (to - from) / buckets;
      const groups = new Map();
      for (const [bucket, key, n, ...values] of answer.rows) {
        const name = state.key ? String(key) : "";
        if (!groups.has(name)) groups.set(name, []);
        groups.get(name).push({ start: 1000 * (from + bucket * each), end: 1000 * (from + (bucket + 1) * each), n, values });
      }
      data = { from, to, length, fields, groups, rows: answer.rows.length, each, more: answer.more };
      fault.replaceChildren();
      say(facts, `${count(state.rows)} rows · ${span(each * 1000)} a point`);
      draw();
    } catch (error) {
      failure(error);
    }
  });

  function drawNow() {
    frames?.begin(true);
    if (!plot.begin(theme) || !view.known) return;
    const { context } = plot;
    const whole = box();
    const fields = data?.fields ?? state.fields;
    if (!fields.length) {
      context.fillStyle = theme.colours.muted;
      context.fillText("Choose a field above.", whole.left, whole.top + 30);
      return;
    }
    const each = whole.height / fields.length;
    const [from, to] = [view.from * 1000, view.to * 1000];
    fields.forEach((name, i) => {
      const lane = { ...whole, top: whole.top + i * each, height: each - (i + 1 < fields.length ? 12 : 0) };
      if (lane.height < 20) return;
      timeAxis(context, lane, from, to, theme.colours, i + 1 === fields.length);
      drawLane(lane, i, numbers.find((n) => n.name === name), from, to);
    });
    if (pointed !== null && pointed >= whole.left && pointed <= whole.left + whole.width) {
      context.fillStyle = theme.colours.text;
      context.globalAlpha = 0.5;
      context.fillRect(Math.round(pointed), whole.top, 1, whole.height);
      context.globalAlpha = 1;
    }
    frames?.end();
  }

  function drawLane(lane, i, field, from, to) {
    const { context } = plot;
    const groups = [...(data?.groups ?? [])].map(([key, rows]) => [key, rows.filter((row) => row.end > from && row.start < to)]);
    groups.sort(([a], [b]) => state.known.indexOf(a) - state.known.indexOf(b));
    let [low, high] = [Infinity, -Infinity];
    for (const [, rows] of groups) {
      for (const { values } of rows) {
        if (typeof values[3 * i + 1] === "number") low = Math.min(low, values[3 * i + 1]);
        if (typeof values[3 * i + 2] === "number") high = Math.max(high, values[3 * i + 2]);
      }
    }
    const room = (high - low) * 0.06 || Math.abs(high) * 0.01 || 1;
    const range = low <= high ? { bottom: low - room, top: high + room } : { bottom: 0, top: 1 };
    levelAxis(context, lane, range, field.unit ?? field.name, theme.colours, field.unit ? field.name : "");
    const readings = [];
    for (const [key, rows] of groups) {
      const colour = colourOf(key);
      drawLines(context, lane, rows, { line: 3 * i, low: 3 * i + 1, high: 3 * i + 2 },
        { range, from, to, colour, band: colour.replace("/ 1)", groups.length > 3 ? "/ 0.12)" : "/ 0.22)") });
      const near = pointed === null ? null : from + ((pointed - lane.left) / lane.width) * (to - from);
      const row = near === null ? null : rows.find((r) => r.start <= near && r.end > near && r.values[3 * i] !== null);
      if (row) readings.push([key, row, colour]);
    }
    if (pointed === null || pointed < lane.left || pointed > lane.left + lane.width) return;
    const digits = digitsOf(range);
    const texts = readings.map(([key, { values, n }, colour]) => {
      const [mean, least, most] = values.slice(3 * i, 3 * i + 3).map((value) => number(value, digits));
      return [[key, mean, n > 1 ? `(${least} … ${most})` : ""].filter(Boolean).join(" "), colour];
    });
    if (i === 0) texts.unshift([moment(Math.round(from + ((pointed - lane.left) / lane.width) * (to - from)), true).slice(0, 19), theme.colours.muted]);
    readout(lane, texts);
  }

  /** The values at the pointer, on the side where it is not. */
  function readout(lane, texts) {
    if (!texts.length) return;
    const { context } = plot;
    context.font = `11px ${theme.font}`;
    const wide = Math.max(...texts.map(([text]) => context.measureText(text).width)) + 14;
    const most = Math.max(1, Math.floor((lane.height - 8) / 15));
    const shown = texts.slice(0, most);
    const left = pointed > lane.left + lane.width / 2 ? lane.left + 8 : lane.left + lane.width - wide - 6;
    const top = lane.top + 22;
    context.globalAlpha = 0.88;
    context.fillStyle = theme.colours.surface;
    context.fillRect(left, top, wide, shown.length * 15 + 6);
    context.globalAlpha = 1;
    context.textAlign = "left";
    context.textBaseline = "top";
    shown.forEach(([text, colour], k) => {
      context.fillStyle = colour;
      context.fillText(text, left + 7, top + 4 + 15 * k);
    });
  }

  start();
  return {
    destroy() {
      clearTimeout(keepRange.wait);
      load.stop();
      draw.stop();
      theme.removeEventListener("change", repaint);
      element.remove();
    },
    state: () => ({ kind: "series", from: view.from ?? null, to: view.to ?? null, fields: state.fields, keys: state.keys, rows: data?.rows ?? null,
      lines: data?.groups.size ?? null, secondsPerPoint: data?.each ?? null, total: state.rows ?? null }),
  };
}
