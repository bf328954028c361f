// Lists of numbers over time as colour: a column of pixels per record, the newest at the right.
import { choice, make, say } from "../../ui/dom.js";
import { even } from "../../plot/ticks.js";
import { list } from "./records.js";
import { number, significant } from "../../ui/format.js";
import { Plot } from "../../plot/plot.js";
import { when } from "./cell_text.js";

/** Maximum number of records drawn, and minimum width of a record in CSS pixels. */
const MOST = 1200;
const LEAST = 1;

export function createHeatMap(panel, app) {
  const stream = app.stream(panel.stream);
  const plot = new Plot(`${panel.records}: lists of numbers over time`, "heat-map", app.redraw);
  const columns = stream.those(({ kind, items }) => kind === "numbers" && items !== 1);
  const state = { column: columns[0].name, key: "", scale: "common" };
  const option = (value, textContent = value) => make("option", { value, textContent });
  const which = make("select", { aria: { label: "Field" }, on: { change: () => set({ column: which.value }) } }, ...columns.map(({ name }) => option(name)));
  const keys = make("select", { aria: { label: "Stream" }, on: { change: () => set({ key: keys.value }) } }, option("", "newest stream"));
  const scales = choice("Scale", {
    common: ["Common scale", "One range of colours for all items"],
    item: ["Each item", "A range of colours for each item"],
  }, (scale) => set({ scale }));
  const bar = make("canvas", { className: "bar", width: 120, height: 1, aria: { hidden: "true" } });
  const ends = [make("span"), make("span")];
  const legend = make("span", { className: "scale" }, ends[0], bar, ends[1]);
  const heading = make("h2");
  const element = make("section", { className: "panel heat-map", aria: { label: `Heat map of ${panel.records}` } },
    make("div", { className: "head" }, heading, which, keys, scales.element, make("span", { className: "grow" }), legend), plot.canvas);
  which.hidden = columns.length < 2;
  const surface = make("canvas");
  let pointed = null;
  let listed = "";
  let mapShown = null;
  plot.canvas.addEventListener("pointermove", ({ offsetX, offsetY }) => { pointed = [offsetX, offsetY]; app.redraw(); });
  plot.canvas.addEventListener("pointerleave", () => { pointed = null; app.redraw(); });

  function set(values) {
    Object.assign(state, values);
    app.redraw();
  }

  function draw() {
    const groups = stream.groups();
    const names = groups.map(({ name }) => name);
    if (listed !== names.join("\n")) {
      listed = names.join("\n");
      keys.replaceChildren(option("", "newest stream"), ...names.map((name) => option(name)));
      keys.value = names.includes(state.key) ? state.key : "";
    }
    keys.hidden = names.length < 2;
    scales.show(state.scale);
    const column = columns.find(({ name }) => name === state.column);
    const group = groups.find(({ name }) => name === state.key) ?? groups.at(-1);
    say(heading, group?.name && !keys.hidden ? `${column.name} of ${group.name}` : column.name);
    if (!plot.begin(app.theme)) return;
    const box = plot.inside(10, 22);
    const drawn = (group?.rows ?? []).filter(({ values }) => list(values[column.place])?.length).slice(-Math.min(MOST, Math.floor(box.width / LEAST)));
    legend.hidden = !drawn.length;
    if (!drawn.length) return;
    const items = drawn.reduce((most, { values }) => Math.max(most, list(values[column.place]).length), 0);
    const ranges = rangesOf(drawn, column.place, items);
    paint(box, drawn, column, items, ranges);
    axes(box, drawn, column, items);
    label(ranges, column);
    if (pointed) read(box, drawn, column, items);
  }

  /** The range of each item: a common one, or its own. */
  function rangesOf(rows, place, items) {
    const stride = Math.max(1, Math.floor((rows.length * items) / 60_000));
    const range = (values) => {
      values.sort((a, b) => a - b);
      const at = (share) => values[Math.min(values.length - 1, Math.floor(share * values.length))];
      const [low, high] = values.length ? [at(0.01), at(0.99)] : [0, 1];
      return { low, high: high > low ? high : low + (Math.abs(low) || 1) * 1e-9 };
    };
    const each = (item) => rows.flatMap(({ values }) => list(values[place])[item] ?? []);
    if (state.scale === "item") return Array.from({ length: items }, (_, item) => range(each(item)));
    const common = range(rows.flatMap(({ values }, i) => list(values[place]).filter((v, k) => v !== null && (i + k) % stride === 0)));
    return Array.from({ length: items }, () => common);
  }

  function paint(box, rows, { place }, items, ranges) {
    Object.assign(surface, { width: rows.length, height: items });
    const context = surface.getContext("2d");
    const image = context.createImageData(rows.length, items);
    const pixels = new Uint32Array(image.data.buffer);
    const colours = new Uint32Array(app.theme.map.buffer);
    rows.forEach(({ values }, x) => {
      list(values[place]).forEach((value, item) => {
        if (value === null) return;
        const { low, high } = ranges[item];
        const t = Math.min(1, Math.max(0, (value - low) / (high - low)));
        pixels[(items - 1 - item) * rows.length + x] = colours[Math.round(t * 255)];
      });
    });
    context.putImageData(image, 0, 0);
    plot.context.imageSmoothingEnabled = false;
    plot.context.drawImage(surface, box.left, box.top, box.width, box.height);
  }

  function axes(box, rows, { axis, items: length }, items) {
    const { context } = plot;
    const { colours } = app.theme;
    // items are numbered from 0, unless the record has an axis
    const [from, to] = axis && length === items ? [axis.from, axis.to] : [0, items - 1];
    const half = items > 1 ? (to - from) / (items - 1) / 2 : 0.5;
    const { values, digits } = even(from, to, box.height / 26);
    context.textAlign = "right";
    context.textBaseline = "middle";
    context.fillStyle = colours.muted;
    for (const value of values.filter((v) => axis || Number.isInteger(v))) {
      const y = box.top + (1 - (value - from + half) / (to - from + 2 * half)) * box.height;
      context.fillRect(box.left - 4, y, 4, 1);
      context.fillText(number(value, digits), box.left - 7, y);
    }
    context.textBaseline = "alphabetic";
    const bottom = box.top + box.height + 15;
    const many = Math.max(2, Math.floor(box.width / 150));
    for (let i = 0; i < many; i++) {
      const at = Math.round((i / (many - 1)) * (rows.length - 1));
      const { time, number: nth } = rows[at];
      context.textAlign = i === 0 ? "left" : i === many - 1 ? "right" : "center";
      context.fillText(time === null ? `record ${nth}` : when(time), box.left + (i / (many - 1)) * box.width, bottom);
    }
  }

  function label(ranges, { unit }) {
    const [{ low, high }] = ranges;
    const own = state.scale === "item";
    say(ends[0], own ? "least" : significant(Number(low.toPrecision(3)), true));
    say(ends[1], own ? "greatest of the item" : `${significant(Number(high.toPrecision(3)), true)} ${unit}`.trim());
    if (mapShown === app.theme.map) return;
    mapShown = app.theme.map;
    const context = bar.getContext("2d");
    const strip = context.createImageData(120, 1);
    for (let x = 0; x < 120; x++) strip.data.set(mapShown.subarray(Math.round((x / 119) * 255) * 4).subarray(0, 4), x * 4);
    context.putImageData(strip, 0, 0);
  }

  /** Shows the value under the pointer. */
  function read(box, rows, column, items) {
    const [px, py] = pointed;
    const row = rows[Math.floor(((px - box.left) / box.width) * rows.length)];
    const item = items - 1 - Math.floor(((py - box.top) / box.height) * items);
    const value = row && list(row.values[column.place])[item];
    plot.canvas.title = value === undefined || value === null ? ""
      : `${column.name}[${item}] = ${value} ${column.unit}`.trim() + (row.time === null ? `, record ${row.number}` : `, ${when(row.time)}`);
  }

  return { element, draw, plot };
}
