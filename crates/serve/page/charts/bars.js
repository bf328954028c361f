// Histograms over a number, and bars of named counts.
import { count, number } from "/ui/format.js";
import { nice } from "/plot/ticks.js";
import { tint } from "../recording/tint.js";

const LEFT = 8;
const BELOW = 18;
const ABOVE = 16;

/** The value at a share of the axis. */
export const valueAt = ({ lo, hi, log }, share) => (log ? lo * (hi / lo) ** share : lo + share * (hi - lo));
const shareOf = ({ lo, hi, log }, value) => (log ? Math.log(value / lo) / Math.log(hi / lo) : (value - lo) / (hi - lo));

/** Whether a part is within the chosen range, if there is one. */
function inRange(data, i) {
  const { chosen, counts } = data;
  if (!chosen) return true;
  const middle = valueAt(data, (i + 0.5) / counts.length);
  return (chosen.lo === null || middle >= chosen.lo) && (chosen.hi === null || middle <= chosen.hi);
}

/**
 * Data: `{ lo, hi, counts, unit, digits, log, marks: [{ value, label }], chosen: { lo, hi } }`: counts in equal parts of an axis;
 * with `log`, equal ratios. `what` names a count, such as "recordings"; without it the counts are strengths.
 */
export const histogramBars = {
  height: 132,
  empty: (data) => (data?.counts?.some((n) => n > 0) ? null : (data?.none ?? "No values.")),

  draw(context, width, height, { theme, data, selected }) {
    const { colours } = theme;
    const most = Math.max(...data.counts);
    const box = { left: LEFT, top: ABOVE, width: width - 2 * LEFT, height: height - ABOVE - BELOW };
    const x = (value) => box.left + shareOf(data, value) * box.width;
    const each = box.width / data.counts.length;
    context.fillStyle = colours["grid-strong"];
    context.fillRect(box.left, box.top + box.height, box.width, 1);
    data.counts.forEach((n, i) => {
      if (!(n > 0)) return;
      const tall = Math.max(1, (n / most) * box.height);
      context.fillStyle = tint(theme, 0, i === selected ? 1 : inRange(data, i) ? 0.72 : 0.25);
      context.fillRect(box.left + i * each, box.top + box.height - tall, Math.max(1, each - (each > 4 ? 1 : 0)), tall);
    });
    axis(context, box, data, x, colours);
    let free = [];
    context.textBaseline = "alphabetic";
    for (const { value, label } of data.marks ?? []) {
      if (!(value >= data.lo && value <= data.hi)) continue;
      context.fillStyle = tint(theme, 1);
      context.fillRect(x(value) - 0.75, box.top - 3, 1.5, box.height + 3);
      const half = context.measureText(label).width / 2;
      const middle = Math.max(box.left + half, Math.min(box.left + box.width - half, x(value)));
      if (free.some(([a, b]) => middle - half < b && middle + half > a)) continue;
      free.push([middle - half - 5, middle + half + 5]);
      context.textAlign = "center";
      context.fillText(label, middle, box.top - 5);
    }
  },

  count: (data) => data.counts.length,
  hit(x, y, width, height, data) {
    const i = Math.floor(((x - LEFT) / (width - 2 * LEFT)) * data.counts.length);
    return i >= 0 && i < data.counts.length ? i : null;
  },
  tip(data, i) {
    const n = data.counts[i];
    const digits = data.digits ?? 0;
    const edges = [0, 1].map((by) => number(valueAt(data, (i + by) / data.counts.length), digits));
    return `${edges.join(" to ")} ${data.unit}: ${data.what ? `${count(n)} ${data.what}` : number(n, 2)}`;
  },
  table: (data) => ({
    columns: [`from (${data.unit})`, `to (${data.unit})`, data.what ?? "strength"],
    rows: data.counts.map((n, i) => [valueAt(data, i / data.counts.length), valueAt(data, (i + 1) / data.counts.length), n]),
  }),
  summary(data) {
    const top = data.counts.indexOf(Math.max(...data.counts));
    return `most at ${histogramBars.tip(data, top)}`;
  },
};

function axis(context, box, data, x, colours) {
  const ticks = [];
  if (data.log) {
    for (let value = data.lo; value <= data.hi * 1.001; value *= 2) ticks.push(value);
  } else {
    const step = nice((data.hi - data.lo) / Math.max(2, box.width / 44));
    for (let value = Math.ceil(data.lo / step - 1e-9) * step; value <= data.hi * 1.0001; value += step) ticks.push(value);
  }
  const unit = context.measureText(data.unit).width;
  context.textBaseline = "alphabetic";
  context.fillStyle = colours.muted;
  context.textAlign = "right";
  context.fillText(data.unit, box.left + box.width, box.top + box.height + 14);
  for (const value of ticks) {
    const text = String(Number(value.toPrecision(4)));
    const half = context.measureText(text).width / 2;
    context.fillRect(x(value), box.top + box.height, 1, 3);
    if (x(value) + half > box.left + box.width - unit - 6) continue;
    context.textAlign = "center";
    context.fillText(text, Math.max(half, x(value)), box.top + box.height + 14);
  }
}

const ROW = 20;
const MOST = 12;

/** Data: `{ values: [[name, count]], chosen: [name], what }`, most frequent first. */
export const namedBars = {
  height: (data) => Math.max(40, 8 + ROW * Math.min(MOST, data?.values?.length ?? 1)),
  empty: (data) => (data?.values?.length ? null : "No values."),

  draw(context, width, height, { theme, data, selected }) {
    const shown = data.values.slice(0, MOST);
    const most = Math.max(...shown.map(([, n]) => n));
    const left = Math.min(120, Math.max(...shown.map(([name]) => context.measureText(name).width)) + 16);
    context.textBaseline = "middle";
    shown.forEach(([name, n], i) => {
      const top = 4 + i * ROW;
      context.textAlign = "right";
      context.fillStyle = theme.colours.text;
      context.fillText(name, left - 8, top + ROW / 2);
      context.fillStyle = tint(theme, 0, i === selected ? 1 : !data.chosen || data.chosen.includes(name) ? 0.72 : 0.25);
      const long = Math.max(1, (n / most) * (width - left - 60));
      context.fillRect(left, top + 3, long, ROW - 6);
      context.textAlign = "left";
      context.fillStyle = theme.colours.muted;
      context.fillText(count(n), left + long + 6, top + ROW / 2);
    });
  },

  count: (data) => Math.min(MOST, data.values.length),
  hit(x, y, width, height, data) {
    const i = Math.floor((y - 4) / ROW);
    return i >= 0 && i < Math.min(MOST, data.values.length) ? i : null;
  },
  tip: (data, i) => `${data.values[i][0]}: ${count(data.values[i][1])} ${data.what}`,
  table: (data) => ({ columns: ["value", data.what], rows: data.values }),
  summary: (data) => data.values.slice(0, 6).map(([name, n]) => `${name} ${n}`).join(", "),
};
