// Lines and ±σ bands of mean spectra, and the range of levels that fits them.
import { even } from "../../plot/ticks.js";

/** The traces: label and style. */
export const LINES = {
  sigma: { label: "±σ", title: "Mean ± σ of the newest file's scans", channel: 0, opacity: 0.2 },
  runSigma: { label: "Run ±σ", title: "σ of the running mean", channel: 1, opacity: 0.3 },
  newest: { label: "File", title: "Mean of the newest file", channel: 0, opacity: 1, width: 1 },
  run: { label: "Run", title: "Running mean of all files of the run", channel: 1, opacity: 1, width: 1.6 },
};

/**
 * For each column, the minimum and maximum of `value(k)` over its bins; between bins, values are interpolated linearly.
 */
function envelope({ first, last, middle, width }, value, bins) {
  const low = new Float64Array(width);
  const high = new Float64Array(width);
  for (let x = 0; x < width; x++) {
    let [least, most] = [Infinity, -Infinity];
    for (let k = first[x]; k < last[x]; k++) {
      const v = value(k);
      if (v < least) least = v;
      if (v > most) most = v;
    }
    if (least > most) {
      const a = Math.min(Math.max(0, bins - 2), Math.floor(middle[x]));
      const [from, to] = [value(a), value(Math.min(bins - 1, a + 1))];
      least = most = from + (to - from) * (middle[x] - a);
    }
    low[x] = least;
    high[x] = most;
  }
  return { low, high };
}

/** Power in the scale of the axis; the logarithm of 0 is replaced by a value far below the plot. */
const scale = (decibels) => (decibels ? (v) => (v > 0 ? 10 * Math.log10(v) : -1e4) : (v) => v);

/** Maps values to heights, at most slightly outside the box, so that clipping hides values out of range. */
const heights = (box, { top, bottom }) => (v) =>
  box.top + Math.min(box.height + 4, Math.max(-4, ((top - v) / (top - bottom)) * box.height));

/** Maps a power to its height in the box. */
export const heightOf = (box, range, decibels) => {
  const [shown, y] = [scale(decibels), heights(box, range)];
  return (v) => y(shown(v));
};

export function drawLine(context, box, table, { mean, channel, opacity, width }, range, decibels, theme) {
  const shown = scale(decibels);
  const { low, high } = envelope(table, (k) => shown(mean[k]), mean.length);
  const y = heights(box, range);
  const step = box.width / table.width;
  const line = new Path2D();
  for (let x = 0; x < table.width; x++) {
    const at = box.left + (x + 0.5) * step;
    // the alternating direction connects neighbouring columns
    const [a, b] = x % 2 ? [high[x], low[x]] : [low[x], high[x]];
    if (x === 0) line.moveTo(box.left, y(a));
    line.lineTo(at, y(a));
    if (a !== b) line.lineTo(at, y(b));
  }
  context.strokeStyle = theme.channel(channel, opacity);
  context.lineWidth = width;
  context.lineJoin = "round";
  context.stroke(line);
}

export function drawBand(context, box, table, { mean, sigma, channel, opacity }, range, decibels, theme) {
  const shown = scale(decibels);
  const upper = envelope(table, (k) => shown(mean[k] + sigma[k]), mean.length).high;
  const lower = envelope(table, (k) => shown(mean[k] - sigma[k]), mean.length).low;
  const y = heights(box, range);
  const step = box.width / table.width;
  const area = new Path2D();
  for (let x = 0; x < table.width; x++) area.lineTo(box.left + (x + 0.5) * step, y(upper[x]));
  for (let x = table.width - 1; x >= 0; x--) area.lineTo(box.left + (x + 0.5) * step, y(lower[x]));
  area.closePath();
  context.fillStyle = theme.channel(channel, opacity);
  context.fill(area);
}

/** A range around the visible values, rounded to ticks, so that noise does not change it. */
export function fitted(traces, view, stream, decibels) {
  const bin = (f) => (f - stream.spec.offset) / stream.step;
  const from = Math.max(0, Math.floor(bin(view.low)));
  const to = Math.min(stream.size - 1, Math.ceil(bin(view.high)));
  const shown = scale(decibels);
  let [least, most, floor] = [Infinity, -Infinity, Infinity];
  for (const { mean, sigma } of traces) {
    for (let k = from; k <= to; k++) {
      const up = shown(mean[k] + (sigma ? sigma[k] : 0));
      const down = shown(mean[k] - (sigma ? sigma[k] : 0));
      if (up > most) most = up;
      if (down < least) least = down;
      floor = Math.min(floor, shown(mean[k]));
    }
  }
  // noise reaches down to 0: in decibels, the range ends a little below the mean
  if (decibels) least = Math.max(least, floor - 0.25 * Math.max(12, most - floor));
  if (!(most > least)) return most === least && Number.isFinite(most) ? around(most) : {};
  const room = (most - least) * 0.06;
  const { step } = even(least - room, most + room, 10);
  const bottom = Math.floor((least - room) / step) * step;
  const top = Math.ceil((most + room) / step) * step;
  // the band may reach below 0, but power cannot
  return { top, bottom: !decibels && floor >= 0 ? Math.max(0, bottom) : bottom };
}

const around = (value) => ({ top: value + (Math.abs(value) || 1) * 0.1, bottom: value - (Math.abs(value) || 1) * 0.1 });
