// The latest records of one kind, in the order of their arrival.
import { textCell } from "../../ui/csv.js";
import { iso } from "../../plot/time_axis.js";

/** Records, and numbers in them, that are kept. */
const MOST = 4000;
const NUMBERS = 2e6;
/** Without a new record for so long the page says so, in ms. */
const PATIENCE = 30_000;

export class Records {
  pictures = [];
  newest = null;
  patience = PATIENCE;
  /** `{ number, stream, key, time, values }`; times in ms or null. */
  rows = [];
  /** Records that the server was given since its start. */
  total = 0;
  /** The number of the newest record here. */
  last = 0;
  /** Grows with each change. */
  version = 0;
  #numbers = 0;
  #waiting = [];
  #waits = 0;

  /** The stream of a panel; the old one where it fits. */
  static open(panel, before) {
    const records = before instanceof Records && before.spec.records === panel.records ? before : new Records();
    records.spec = panel;
    records.columns = panel.columns;
    records.version += 1;
    return records;
  }

  reset() {}

  /** Records are not pictures: none is shown at a moment of the past. */
  at() {
    return null;
  }

  /** Takes records. While the page is paused the newest of them wait. */
  records(message, paused) {
    this.#waiting.push(message);
    this.#waits += message.rows.length;
    while (this.#waits > MOST && this.#waiting.length > 1) this.#waits -= this.#waiting.shift().rows.length;
    if (!paused) this.resume();
  }

  /** Takes what waited. */
  resume() {
    this.#waiting.splice(0).forEach((message) => this.#take(message));
    this.#waits = 0;
  }

  #take({ first, rows, total }) {
    // the server was started again
    if (total < this.last) Object.assign(this, { rows: [], last: 0 });
    this.total = total;
    rows.forEach(([stream, key, time, ...values], i) => {
      // what the server keeps comes again after each reconnection
      if (first + i <= this.last) return;
      this.last = first + i;
      this.rows.push({ number: this.last, stream, key, time: time === null ? null : time / 1000, values });
      this.#numbers += size(values);
    });
    while (this.rows.length > MOST || (this.#numbers > NUMBERS && this.rows.length > 1)) {
      this.#numbers -= size(this.rows.shift().values);
    }
    this.version += 1;
  }

  /** The columns that a test accepts, each with its place. */
  those(test) {
    return this.columns.map((column, place) => ({ ...column, place })).filter(test);
  }

  /** The rows by stream and key, those of the newest record last. */
  groups() {
    const groups = new Map();
    for (const row of this.rows) {
      const name = nameOf(row);
      const group = groups.get(name) ?? { name, rows: [] };
      group.rows.push(row);
      group.last = row.number;
      groups.set(name, group);
    }
    return [...groups.values()].sort((a, b) => a.last - b.last);
  }

  /** All records that are kept as comma-separated values (RFC 4180); a list is a column for each item. */
  csv() {
    const widths = this.columns.map(({ kind }, i) =>
      kind === "numbers" ? this.rows.reduce((most, { values }) => Math.max(most, list(values[i])?.length ?? 0), 0) : null);
    const names = this.columns.flatMap(({ name, unit }, i) => {
      const named = (n) => (unit ? `${n} (${unit})` : n);
      return widths[i] === null ? [named(name)] : Array.from({ length: widths[i] }, (_, k) => named(`${name}_${k}`));
    });
    const text = (value, { kind }) => {
      if (value === null || value === undefined) return "";
      if (kind === "time" && typeof value === "number") return iso(value / 1000);
      return typeof value === "number" || typeof value === "boolean" ? String(value)
        : textCell(typeof value === "string" ? value : JSON.stringify(value));
    };
    const lines = this.rows.map(({ stream, values }) => [textCell(stream), ...this.columns.flatMap((column, i) =>
      widths[i] === null ? [text(values[i], column)]
        : Array.from({ length: widths[i] }, (_, k) => text(list(values[i])?.[k], column)))].join(","));
    return `${[["stream", ...names].map(textCell).join(","), ...lines].join("\r\n")}\r\n`;
  }
}

/** What a line over time is named after. */
export const nameOf = ({ stream, key }) => (key === null || key === stream ? stream : stream ? `${stream} · ${key}` : key);

/** The numbers of a list: a long one comes reduced, with its length and extremes. */
export const list = (value) => (Array.isArray(value) ? value : (value?.values ?? null));

/** A number, also of a list with one item. */
export const scalar = (value) => {
  const one = Array.isArray(value) ? value[0] : value;
  return typeof one === "number" ? one : null;
};

const size = (values) => values.reduce((sum, value) => sum + (list(value)?.length ?? 1), 0);

/** The records of each kind in numbers, for tests. Times in µs. */
export function recordsState(app) {
  const all = [...app.streams.values()].filter((stream) => stream instanceof Records);
  const state = ({ columns, rows, total }) => ({
    columns, total,
    rows: rows.map(({ number, stream, key, time, values }) => ({
      number, stream, key, time: time === null ? null : Math.round(time * 1000),
      values: Object.fromEntries(columns.map(({ name }, i) => [name, values[i] ?? null])),
    })),
  });
  return Object.fromEntries(all.map((stream) => [stream.spec.records, state(stream)]));
}
