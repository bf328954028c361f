// A chart of rows: line, bar, scatter or heat map.
import { bins } from "./heat_cells.js";
import { scale } from "./scales.js";
import { significant } from "/ui/format.js";

export const MARKS = { line: "Line", bar: "Bar", point: "Scatter", rect: "Heat map" };

/** Maximum number of series with a colour of their own. */
const SERIES = 8;
/** The first colours of the map are those of the background. */
const FAINTEST = 0.2;

/** A sensible chart for columns `{ name, kind }`; null if there is nothing to draw. */
export function suggestion(columns, rows) {
  const numbers = columns.filter(({ kind }) => kind === "number");
  const times = columns.filter(({ kind }) => kind === "time");
  const texts = columns.filter(({ kind }) => kind === "text");
  if (!numbers.length || !rows.length) return null;
  const few = (column) => {
    const place = columns.indexOf(column);
    return new Set(rows.slice(0, 2000).map((row) => row[place])).size <= SERIES;
  };
  const series = texts.find(few)?.name ?? "";
  if (times.length) return { mark: "line", x: times[0].name, y: numbers[0].name, colour: series };
  if (texts.length && (columns[0].kind === "text" || numbers.length === 1)) {
    const other = texts.find(({ name }) => name !== texts[0].name);
    if (other && numbers.length === 1) return { mark: "rect", x: texts[0].name, y: other.name, colour: numbers[0].name };
    return { mark: "bar", x: texts[0].name, y: numbers[0].name, colour: "" };
  }
  if (numbers.length === 1) return { mark: "bar", x: numbers[0].name, y: numbers[0].name, colour: "" };
  const ordered = rows.every((row, i) => i === 0 || row[columns.indexOf(numbers[0])] >= rows[i - 1][columns.indexOf(numbers[0])]);
  return { mark: ordered && rows.length <= 2000 ? "line" : "point", x: numbers[0].name, y: numbers[1].name, colour: series };
}

/**
 * Draws a chart and returns the data that can be pointed at: `[{ x, y, text }]` in pixels. `settings`:
 * `{ mark, x, y, colour }` with names of columns.
 */
export function drawChart(painter, { columns, rows }, settings, theme) {
  const { width, height } = painter;
  const { colours } = theme;
  painter.rect(0, 0, width, height, colours.plot);
  const column = (name) => columns.find((one) => one.name === name);
  const place = (name) => columns.findIndex((one) => one.name === name);
  const [xc, yc, cc] = [column(settings.x), column(settings.y), column(settings.colour)];
  if (!xc || !yc) return [];
  const [xi, yi, ci] = [place(settings.x), place(settings.y), cc ? place(settings.colour) : -1];
  const kindOf = ({ kind }) => (kind === "number" || kind === "time" ? kind : "text");
  const { mark } = settings;
  const heat = mark === "rect";
  const numberColour = cc?.kind === "number" && mark !== "line" && mark !== "bar";
  const classes = cc && !numberColour ? [...new Set(rows.map((row) => String(row[ci] ?? "–")))] : [];
  const shown = classes.slice(0, SERIES);
  const ramp = cc && numberColour && !heat ? scale(rows.map((row) => row[ci]), "number", { padded: false }) : null;
  const classColour = (text) => {
    const i = shown.indexOf(text);
    return i < 0 ? colours.muted : theme.channel(i);
  };
  const colourOf = (row) => (ramp ? mapColour(theme, ramp.of(row[ci])) : cc ? classColour(String(row[ci] ?? "–")) : theme.channel(0));

  if (heat) return heatMap(painter, { columns, rows }, { xi, yi, ci, xc, yc, cc, kindOf }, theme);

  const bandX = mark === "bar" && kindOf(xc) !== "time" && new Set(rows.map((row) => row[xi])).size <= 60;
  const x = scale(rows.map((row) => row[xi]), bandX ? "text" : kindOf(xc), { padded: mark !== "line" });
  const y = scale(rows.map((row) => row[yi]), kindOf(yc), { zero: mark === "bar" });
  const box = frame(painter, { x, y, xName: xc.name, yName: yc.name, legend: shown.length ? 18 : ramp ? 18 : 0 }, colours);
  const at = (row) => [box.left + x.of(row[xi]) * box.width, box.top + (1 - y.of(row[yi])) * box.height];
  const hits = [];
  const hit = (row, [px, py]) => hits.push({ x: px, y: py, text: [[xc.name, x.text(row[xi])], [yc.name, y.text(row[yi])],
    ...(cc ? [[cc.name, String(typeof row[ci] === "number" ? significant(row[ci]) : row[ci] ?? "–")]] : [])] });

  painter.clip(box, () => {
    if (mark === "line") {
      const groups = new Map();
      for (const row of rows) {
        const key = cc ? String(row[ci] ?? "–") : "";
        if (!groups.has(key)) groups.set(key, []);
        groups.get(key).push(row);
      }
      for (const [key, group] of groups) {
        group.sort((a, b) => x.of(a[xi]) - x.of(b[xi]));
        const points = group.map((row) => (Number.isFinite(y.of(row[yi])) && Number.isFinite(x.of(row[xi])) ? at(row) : null));
        painter.line(points, cc ? classColour(key) : theme.channel(0));
        points.forEach((point, i) => {
          if (!point) return;
          if (points.length <= 80) painter.circle(...point, 2.2, cc ? classColour(key) : theme.channel(0));
          hit(group[i], point);
        });
      }
    } else if (mark === "bar") {
      const base = box.top + (1 - Math.max(0, Math.min(1, y.of(0)))) * box.height;
      const series = cc ? Math.max(1, shown.length) : 1;
      const whole = x.step ? x.step * box.width * 0.8 : Math.max(1, Math.min(24, (box.width / Math.max(1, rows.length)) * 0.8));
      const each = whole / series;
      for (const row of rows) {
        const [px, py] = at(row);
        if (!Number.isFinite(px) || !Number.isFinite(py)) continue;
        const s = cc ? shown.indexOf(String(row[ci] ?? "–")) : 0;
        if (s < 0) continue;
        const left = px - whole / 2 + s * each;
        painter.rect(left, Math.min(py, base), Math.max(1, each - (each > 4 ? 1 : 0)), Math.max(1, Math.abs(base - py)), colourOf(row));
        hit(row, [left + each / 2, py]);
      }
    } else {
      const many = rows.length > 3000;
      for (const row of rows) {
        const point = at(row);
        if (!Number.isFinite(point[0]) || !Number.isFinite(point[1])) continue;
        if (many) painter.rect(point[0] - 1, point[1] - 1, 2, 2, colourOf(row), 0.7);
        else painter.circle(...point, 3, colourOf(row), 0.8);
        hit(row, point);
      }
    }
  });
  if (shown.length) classLegend(painter, shown, classes.length, classColour, colours, box);
  if (ramp) rampLegend(painter, cc.name, ramp.low, ramp.high, theme, box);
  return hits;
}

function heatMap(painter, { rows }, { xi, yi, ci, xc, yc, cc, kindOf }, theme) {
  const across = bins(rows.map((row) => row[xi]), kindOf(xc));
  const up = bins(rows.map((row) => row[yi]), kindOf(yc));
  const box = frame(painter, { x: across.scale, y: up.scale, xName: xc.name, yName: yc.name, legend: 18, cells: true }, theme.colours);
  const sums = new Map();
  const byNumber = cc?.kind === "number";
  rows.forEach((row) => {
    const [c, r] = [across.of(row[xi]), up.of(row[yi])];
    if (c < 0 || r < 0 || (byNumber && typeof row[ci] !== "number")) return;
    const key = c * up.count + r;
    const cell = sums.get(key) ?? { c, r, sum: 0, n: 0 };
    cell.sum += byNumber ? row[ci] : 1;
    cell.n += 1;
    sums.set(key, cell);
  });
  const value = ({ sum, n }) => (byNumber ? sum / n : sum);
  let [low, high] = [Infinity, -Infinity];
  for (const cell of sums.values()) {
    low = Math.min(low, value(cell));
    high = Math.max(high, value(cell));
  }
  const [w, h] = [box.width / across.count, box.height / up.count];
  const hits = [];
  painter.clip(box, () => {
    for (const cell of sums.values()) {
      const [left, top] = [box.left + cell.c * w, box.top + box.height - (cell.r + 1) * h];
      painter.rect(left, top, w + (w < 3 ? 0.5 : -0.5), h + (h < 3 ? 0.5 : -0.5), mapColour(theme, high > low ? (value(cell) - low) / (high - low) : 1));
      hits.push({ x: left + w / 2, y: top + h / 2, text: [[xc.name, across.text(cell.c)], [yc.name, up.text(cell.r)],
        [byNumber ? cc.name : "rows", significant(Number(value(cell).toPrecision(5)))]] });
    }
  });
  if (sums.size) rampLegend(painter, byNumber ? cc.name : "rows", low, high, theme, box);
  return hits;
}

/** Axes with grid, labels and names; returns the area inside. */
function frame(painter, { x, y, xName, yName, legend, cells = false }, colours) {
  const { width, height } = painter;
  const yTicks = y.ticks(Math.max(2, (height - 60) / 34));
  const fit = (text, most) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
  const widest = Math.min(150, Math.max(28, ...yTicks.map(({ text }) => painter.measure(fit(text, 22)))));
  const box = { left: widest + 12, top: 22 + legend, width: width - widest - 12 - 16, height: height - 22 - legend - 40 };
  if (box.width < 20 || box.height < 20) return { left: 0, top: 0, width, height };
  for (const { at, text } of yTicks) {
    const py = box.top + (1 - at) * box.height;
    if (!cells && y.kind !== "text") painter.rect(box.left, py, box.width, 1, colours.grid);
    painter.text(fit(text, 22), box.left - 6, py + 4, { align: "right", fill: colours.muted });
  }
  let free = -Infinity;
  for (const { at, text } of x.ticks(Math.max(2, box.width / (x.kind === "text" ? 46 : 80)))) {
    const px = box.left + at * box.width;
    if (!cells && x.kind !== "text") painter.rect(px, box.top, 1, box.height, colours.grid);
    const shown = fit(text, 20);
    const half = painter.measure(shown) / 2;
    if (px - half < free || px + half > width) continue;
    painter.text(shown, px, box.top + box.height + 15, { align: "center", fill: colours.muted });
    free = px + half + 6;
  }
  painter.rect(box.left, box.top + box.height, box.width, 1, colours["grid-strong"]);
  painter.text(fit(xName, 60), box.left + box.width, box.top + box.height + 32, { align: "right", fill: colours.text });
  painter.text(fit(yName, 60), 8, 14, { fill: colours.text });
  return box;
}

function classLegend(painter, shown, total, classColour, colours, box) {
  let left = box.left;
  for (const text of [...shown, ...(total > shown.length ? [`${total - shown.length} others`] : [])]) {
    const label = text.length > 24 ? `${text.slice(0, 23)}…` : text;
    const wide = painter.measure(label) + 26;
    if (left + wide > box.left + box.width) break;
    painter.rect(left, 22, 9, 9, shown.includes(text) ? classColour(text) : colours.muted);
    painter.text(label, left + 14, 31, { fill: colours.muted });
    left += wide;
  }
}

function rampLegend(painter, name, low, high, theme, box) {
  const [from, to] = [low, high].map((v) => significant(Number(v.toPrecision(4))));
  let left = box.left;
  painter.text(`${name}  ${from}`, left, 31, { fill: theme.colours.muted });
  left += painter.measure(`${name}  ${from}`) + 8;
  for (let i = 0; i < 60; i++) painter.rect(left + 2 * i, 23, 2.5, 8, mapColour(theme, i / 59));
  painter.text(to, left + 128, 31, { fill: theme.colours.muted });
}

function mapColour(theme, share) {
  if (!Number.isFinite(share)) return theme.colours.muted;
  const t = Math.round(255 * (FAINTEST + (1 - FAINTEST) * Math.max(0, Math.min(1, share))));
  return `rgb(${theme.map[4 * t]},${theme.map[4 * t + 1]},${theme.map[4 * t + 2]})`;
}
