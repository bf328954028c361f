// Formats the values of records as text.
import { count, number, significant } from "../../ui/format.js";
import { moment } from "../../plot/time_axis.js";

const DAY = 86_400_000;

/** A time in ms: with its date, unless it is today or relative to the start of a recording. */
export function when(time) {
  if (time === null) return "–";
  const today = Math.abs(Date.now() - time) < DAY / 2;
  return moment(Math.round(time), !today && time >= DAY);
}

/** A value in a table cell. */
export function cellText(value, { kind, role, items }) {
  if (value === null || value === undefined) return "–";
  if (kind === "time" && typeof value === "number") return when(value / 1000);
  if (kind === "numbers") return listText(value, items);
  if (kind === "items") return value.count === 1 ? "1 item" : `${count(value.count)} items`;
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "object") return Object.entries(value).map(([name, v]) => `${name} ${plain(v)}`).join(", ");
  if (typeof value !== "number") return value;
  // names such as the number of a recording have no digit grouping
  return kind === "integer" && role === "name" ? String(value) : significant(value);
}

/** A list as its length, minimum and maximum. */
function listText(value, items) {
  const all = Array.isArray(value) ? value : [];
  if (Array.isArray(value) && (all.length === 1 || items === 1)) return plain(all[0]);
  const numbers = all.filter((v) => v !== null);
  const [low, high, length] = Array.isArray(value)
    ? [Math.min(...numbers), Math.max(...numbers), all.length] : [value.min, value.max, value.count];
  if (!length) return "empty";
  return low === null || !Number.isFinite(low) ? `${length} values` : `${length}: ${plain(low)} … ${plain(high)}`;
}

const plain = (value) => {
  if (value === null) return "–";
  if (typeof value !== "number") return typeof value === "object" ? JSON.stringify(value) : String(value);
  return Number.isFinite(value) ? significant(Number(value.toPrecision(4)), Number.isInteger(value)).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "") : number(value);
};

/** The complete value, for the title of its cell. */
export function fullText(value) {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map((v) => (v === null ? "–" : String(v))).join("  ");
  if (typeof value !== "object") return String(value);
  if (value.items) return value.items.map((item) => plain(item)).join("\n");
  return JSON.stringify(value);
}
