// A time axis in UTC: round times, with labels that are as short as possible.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500,
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND), ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR), ...[1, 2, 7, 14, 28, 91, 182, 364, 1820, 3640].map((n) => n * DAY),
];

/** Ticks from `low` to `high` (ms), at most `most`: `{ time, label }`, and the common day or year. */
export function times(low, high, most) {
  const step = STEPS.find((s) => (high - low) / s <= most) ?? (high - low) / Math.max(1, most);
  const ticks = [];
  for (let time = Math.ceil(low / step) * step; time <= high; time += step) ticks.push({ time, label: label(time, step) });
  return ticks;
}

function label(time, step) {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "";
  const text = date.toISOString();
  if (step >= 364 * DAY) return text.slice(0, 7);
  if (step >= DAY || time % DAY === 0) return text.slice(0, 10);
  return text.slice(11, step < SECOND ? 23 : step < MINUTE ? 19 : 16);
}

/** A time as `12:00:10`, preceded by the date if requested. */
export function moment(time, day = false) {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "–";
  const text = date.toISOString();
  const clock = text.slice(11, time % SECOND ? 23 : 19);
  return day ? `${text.slice(0, 10)} ${clock}` : clock;
}

/** Vertical lines at round times with labels below them, and the day at the left. Times in ms. */
export function timeAxis(context, box, from, to, colours, labels = true) {
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  const bottom = box.top + box.height;
  // times relative to the start of a recording have no day
  const day = from < DAY && from >= 0 ? "" : `${moment(from, true).slice(0, 10)} UTC`;
  let free = box.left + (day ? context.measureText(day).width + 8 : -30);
  context.fillStyle = colours.muted;
  context.textAlign = "left";
  if (labels) context.fillText(day, box.left, bottom + 15);
  context.textAlign = "center";
  for (const { time, label } of times(from, to, box.width / 86)) {
    const x = box.left + ((time - from) / (to - from)) * box.width;
    context.fillStyle = colours.grid;
    context.fillRect(x, box.top, 1, box.height);
    const half = context.measureText(label).width / 2;
    if (!labels || x - half < free || x + half > box.left + box.width + 12) continue;
    context.fillStyle = colours.muted;
    context.fillText(label, x, bottom + 15);
    free = x + half + 8;
  }
}

/** ISO 8601 in UTC; times outside the range of dates remain numbers (ms). */
export function iso(time) {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : date.toISOString();
}
