// Values of columns as text.
import { count, number, significant } from "/ui/format.js";

/** Minutes and seconds: `3:41`, `1:02:07`; tenths below ten seconds. */
export function lengthText(seconds) {
  if (seconds === null || seconds === undefined || !Number.isFinite(seconds)) return "–";
  if (seconds < 10) return `0:0${seconds.toFixed(1)}`;
  const whole = Math.round(seconds);
  const two = (v) => String(v).padStart(2, "0");
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return h ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Names of integers that identify something and have no digit grouping. */
const NAMES = /(^|_)(version|track|disc|year|recording|id|row)$/;

/** The value of a column (`{ name, unit, min, max }`, as far as known) in a table. */
export function valueText(value, column = {}) {
  const { name = "", unit = null } = column;
  if (value === null || value === undefined) return "–";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (Array.isArray(value)) return listText(value);
  if (typeof value === "object") return JSON.stringify(value);
  if (typeof value !== "number") return value;
  if (!Number.isFinite(value)) return number(value);
  if (name === "duration" && (unit === "s" || unit === null)) return lengthText(value);
  if (unit === "Hz" && Number.isInteger(value)) return count(value);
  if (NAMES.test(name)) return String(value);
  const whole = Number.isInteger(value) && Number.isInteger(column.min ?? 0) && Number.isInteger(column.max ?? 0);
  const digits = whole ? null : digitsOf(column);
  return digits === null || Math.abs(value) >= 1e5 ? numberText(value) : number(value, digits);
}

/** A number with four significant digits; integers in full. */
export function numberText(value) {
  if (Number.isInteger(value)) return significant(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e15)) return significant(value, false);
  if (size >= 1e5) return significant(Math.round(value));
  const power = Math.floor(Math.log10(size));
  return number(value, Math.max(0, Math.min(6, (size >= 1 ? 3 : 2) - power)));
}

/** The decimals that show a thousandth of a column's range, so that its values are aligned; null for integers. */
export function digitsOf({ min, max }) {
  if (typeof min !== "number" || typeof max !== "number") return null;
  const size = max - min || Math.abs(max) || 1;
  return Math.max(0, Math.min(6, 3 - Math.floor(Math.log10(size))));
}

function listText(list) {
  if (!list.length) return "empty";
  const shown = list.slice(0, 4).map((v) => (typeof v === "number" ? numberText(v) : v === null ? "–" : typeof v === "object" ? JSON.stringify(v) : v));
  return `${list.length}: ${shown.join(", ")}${list.length > 4 ? " …" : ""}`;
}

/** The complete value, for the title of its cell. */
export function fullText(value) {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The name of a column for people: `key_confidence` → `key confidence`. */
export const label = (name) => name.replaceAll("_", " ");
