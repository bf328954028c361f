// A time axis in UTC: round moments, and labels that say as much as is needed.

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const STEPS = [
  1, 2, 5, 10, 20, 50, 100, 200, 500,
  ...[1, 2, 5, 10, 15, 30].map((n) => n * SECOND), ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE),
  ...[1, 2, 3, 6, 12].map((n) => n * HOUR), ...[1, 2, 7, 14, 28, 91, 182, 364, 1820, 3640].map((n) => n * DAY),
];

/** Ticks from `low` to `high` (ms), at most `most`: `{ time, label }`, and the day or year that all lie in. */
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

/** A moment: `12:00:10`, with the day before it where that is asked for. */
export function moment(time, day = false) {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return "–";
  const text = date.toISOString();
  const clock = text.slice(11, time % SECOND ? 23 : 19);
  return day ? `${text.slice(0, 10)} ${clock}` : clock;
}
