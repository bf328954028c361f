// Numbers, levels, frequencies and durations as text.

const MINUS = "\u2212";
const THIN = "\u202f";
const NAMES = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];

/** A number with a true minus sign. */
export function number(value, digits = 1) {
  if (value === null || value === undefined || Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value < 0 ? `${MINUS}∞` : "∞";
  const text = Math.abs(value).toFixed(digits);
  return value < 0 && Number(text) !== 0 ? MINUS + text : text;
}

/** A level: decibels with one decimal; linear values with three significant digits. */
export function level(value, decibels = true) {
  if (decibels || !Number.isFinite(value)) return number(value <= FLOOR ? -Infinity : value, 1);
  return value === 0 ? "0" : value.toPrecision(3).replace("e-", `e${MINUS}`);
}
const FLOOR = -399;

/** A frequency with the digits that a resolution (Hz from bin to bin) justifies. */
export function hertz(frequency, resolution = 1) {
  const [unit, scale] = magnitude(Math.abs(frequency));
  const digits = Math.max(0, Math.min(4, Math.ceil(-Math.log10(resolution / scale)) + 1));
  return `${number(frequency / scale, unit === "Hz" ? Math.min(digits, 2) : digits)}${THIN}${unit}`;
}

/** A radio frequency in full, with the digits that a resolution in Hz justifies. */
export function radio(frequency, resolution = 1) {
  const size = Math.abs(frequency);
  const [unit, scale] = size >= 1e6 ? ["MHz", 1e6] : size >= 1e4 ? ["kHz", 1e3] : ["Hz", 1];
  const digits = Math.max(0, Math.min(6, Math.ceil(-Math.log10(resolution / scale)) + 1));
  const text = number(frequency / scale, digits);
  return `${text.includes(".") ? text.replace(/\.?0+$/, "") : text}${THIN}${unit}`;
}

/** A width in Hz with three significant digits. */
export function width(hz) {
  const [unit, scale] = hz >= 1e6 ? ["MHz", 1e6] : hz >= 1e3 ? ["kHz", 1e3] : ["Hz", 1];
  return `${Number((hz / scale).toPrecision(3))}${THIN}${unit}`;
}

function magnitude(frequency) {
  if (frequency >= 1e9) return ["GHz", 1e9];
  if (frequency >= 1e6) return ["MHz", 1e6];
  if (frequency >= 1e4) return ["kHz", 1e3];
  return ["Hz", 1];
}

/** The nearest note of equal temperament with A4 = 440 Hz, and the distance to it in cents. */
export function note(frequency) {
  if (!(frequency > 8 && frequency < 25_000)) return "";
  const exact = 69 + 12 * Math.log2(frequency / 440);
  const nearest = Math.round(exact);
  const cents = Math.round((exact - nearest) * 100);
  const sign = cents < 0 ? MINUS : "+";
  return `${NAMES[((nearest % 12) + 12) % 12]}${Math.floor(nearest / 12) - 1} ${sign}${Math.abs(cents)}${THIN}¢`;
}

/** A span of time in ms. */
export function span(ms) {
  if (ms === null || Number.isNaN(ms)) return "–";
  const size = Math.abs(ms);
  if (size < 10) return `${number(ms, 1)}${THIN}ms`;
  if (size < 1000) return `${number(ms, 0)}${THIN}ms`;
  if (size < 60_000) return `${number(ms / 1000, size < 10_000 ? 2 : 1)}${THIN}s`;
  if (size < 5_400_000) return `${number(ms / 60_000, 0)}${THIN}min`;
  if (size < 172_800_000) return `${number(ms / 3_600_000, 0)}${THIN}h`;
  return `${number(ms / 86_400_000, 0)}${THIN}d`;
}

/** The length of a window in ms: `10 s`, `1.5 min`. */
export function lasting(ms) {
  const [unit, scale] = [["d", 86_400_000], ["h", 3_600_000], ["min", 60_000], ["s", 1000]].find(([, s]) => ms >= s) ?? ["ms", 1];
  return `${Number((ms / scale).toPrecision(3))}${THIN}${unit}`;
}

/** An integer, in groups of three digits. */
export function count(value) {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, THIN);
}

/** A value with six significant digits; integers in full. */
export function significant(value, whole = true) {
  if (value === null || value === undefined) return "–";
  if (whole && Number.isInteger(value) && Math.abs(value) < 1e15) return value < 0 ? number(value, 0) : count(value);
  const size = value === 0 ? 0 : Math.floor(Math.log10(Math.abs(value)));
  return size < -4 || size > 8 ? value.toExponential(4).replace("-", "\u2212") : number(value, Math.max(0, Math.min(8, 5 - size)));
}
