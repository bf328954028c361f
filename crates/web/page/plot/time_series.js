// The lines of sensors: a mean over the band from minimum to maximum, with gaps left open.

/** Number of usual intervals without a window that form a gap. */
const GAP = 2.5;

/** The first row that ends after a time. */
function firstAfter(rows, time) {
  let [low, high] = [0, rows.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rows[middle].end <= time) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The visible rows, and one before them, so that the line starts at the edge. */
export function seen(rows, from) {
  return rows.slice(Math.max(0, firstAfter(rows, from) - 1));
}

/** Number of windows from which the extremes of one window in twenty do not affect the scale of a cell. */
const MANY = 10;

/** A scale for a small cell: the whole line, and the band except for rare spikes, which are clipped at the edge. */
export function usual(rows, { line, low, high }) {
  const whole = extent(rows, { line, low: null, high: null });
  if (low === null || high === null || rows.length < MANY || !whole) return extent(rows, { line, low, high });
  const sorted = (column) => rows.map(({ values }) => values[column]).filter((v) => v !== null && v !== undefined).sort((a, b) => a - b);
  const [lows, highs] = [sorted(low), sorted(high)];
  const bottom = Math.min(whole.bottom, lows[Math.floor(0.05 * lows.length)] ?? Infinity);
  const top = Math.max(whole.top, highs[Math.ceil(0.95 * highs.length) - 1] ?? -Infinity);
  return { bottom: bottom - 0.04 * (top - bottom), top: top + 0.04 * (top - bottom) };
}

/** Minimum and maximum of the drawn values of a field, with a margin; null if there are none. */
export function extent(rows, { line, low, high }) {
  let [bottom, top] = [Infinity, -Infinity];
  for (const { values } of rows) {
    for (const column of [line, low, high]) {
      const value = column === null ? null : values[column];
      if (value === null || value === undefined) continue;
      if (value < bottom) bottom = value;
      if (value > top) top = value;
    }
  }
  if (bottom > top) return null;
  const room = (top - bottom) * 0.06 || Math.abs(top) * 0.01 || 1;
  return { bottom: bottom - room, top: top + room };
}

/** Number of decimals that a range of values justifies. */
export function digitsOf(range) {
  const size = range ? range.top - range.bottom : 1;
  return Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(size))));
}

/** Draws a field's band and line into a box. `range`: `{ bottom, top }`; `from` and `to` in ms. */
export function drawLines(context, box, rows, field, { range, from, to, colour, band, width = 1.4 }) {
  const x = (time) => box.left + ((time - from) / (to - from)) * box.width;
  const y = (value) => box.top + ((range.top - value) / (range.top - range.bottom)) * box.height;
  const middle = (row) => x((row.start + row.end) / 2);
  const runs = apart(rows, field.line);
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.width, box.height);
  context.clip();
  if (field.low !== null && field.high !== null) {
    context.fillStyle = band;
    for (const run of runs) {
      context.beginPath();
      run.forEach((row) => context.lineTo(middle(row), y(row.values[field.high] ?? row.values[field.line])));
      for (let i = run.length - 1; i >= 0; i--) context.lineTo(middle(run[i]), y(run[i].values[field.low] ?? run[i].values[field.line]));
      context.closePath();
      context.fill();
      if (run.length === 1) {
        const [{ values }] = run;
        context.fillRect(middle(run[0]) - 1.5, y(values[field.high] ?? 0), 3, y(values[field.low] ?? 0) - y(values[field.high] ?? 0));
      }
    }
  }
  context.strokeStyle = context.fillStyle = colour;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.beginPath();
  for (const run of runs) {
    run.forEach((row, i) => context[i ? "lineTo" : "moveTo"](middle(row), y(row.values[field.line])));
  }
  context.stroke();
  for (const run of runs) {
    if (run.length === 1) context.fillRect(middle(run[0]) - width, y(run[0].values[field.line]) - width, 2 * width, 2 * width);
  }
  context.restore();
  context.lineWidth = 1;
}

/** Runs of rows without a gap between them. */
function apart(rows, column) {
  const gap = GAP * stepOf(rows);
  const runs = [];
  let before = null;
  for (const row of rows) {
    const value = row.values[column];
    if (value === null || value === undefined) {
      before = null;
      continue;
    }
    if (!before || (row.start - before.start > gap && row.start > before.end)) runs.push([]);
    runs.at(-1).push(row);
    before = row;
  }
  return runs;
}

/** The median of the latest intervals between windows, in ms. */
export function stepOf(rows) {
  const some = rows.slice(-10);
  const steps = some.slice(1).map((row, i) => row.start - some[i].start).sort((a, b) => a - b);
  return steps[steps.length >> 1] ?? 0;
}
