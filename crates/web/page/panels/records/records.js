// The latest records of one kind, in order of arrival.
import { textCell } from "../../ui/csv.js";
import { iso } from "../../plot/time_axis.js";

/** Maximum number of stored records, and of numbers in them. */
const MOST = 4000;
const NUMBERS = 2e6;
/** Time without a new record after which the page shows a notice, in ms. */
const PATIENCE = 30_000;

export class Records {
  pictures = [];
  newest = null;
  patience = PATIENCE;
  /** `{ number, stream, key, time, values }`; times in ms or null. */
  rows = [];
  /** Number of records added since the server started. */
  total = 0;
  /** The number of the newest record in `rows`. */
  last = 0;
  /** Incremented with each change. */
  version = 0;
  #numbers = 0;
  #waiting = [];
  #waits = 0;

  /** The stream of a panel; the previous one is reused if it matches. */
  static open(panel, before) {
    const records = before instanceof Records && before.spec.records === panel.records ? before : new Records();
    records.spec = panel;
    records.columns = panel.columns;
    records.version += 1;
    return records;
  }

  reset() {}

  /** Records are not pictures: none is shown for a past time. */
  at() {
    return null;
  }

  /** Queues records; while the page is paused, only the newest are retained. */
  records(message, paused) {
    this.#waiting.push(message);
    this.#waits += message.rows.length;
    while (this.#waits > MOST && this.#waiting.length > 1) this.#waits -= this.#waiting.shift().rows.length;
    if (!paused) this.resume();
  }

  /** Processes the queued records. */
  resume() {
    this.#waiting.splice(0).forEach((message) => this.#take(message));
    this.#waits = 0;
  }

  #take({ first, rows, total }) {
    // the server was restarted
    if (total < this.last) Object.assign(this, { rows: [], last: 0 });
    this.total = total;
    rows.forEach(([stream, key, time, ...values], i) => {
      // the server sends its stored records again after each reconnection
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

  /** The columns that a predicate accepts, each with its index. */
  those(test) {
    return this.columns.map((column, place) => ({ ...column, place })).filter(test);
  }

  /** The rows by stream and key; the group of the newest record is last. */
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

  /** All stored records as comma-separated values (RFC 4180); a list has a column per item. */
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

/** The name of a line over time. */
export const nameOf = ({ stream, key }) => (key === null || key === stream ? stream : stream ? `${stream} · ${key}` : key);

/** The numbers of a list: a long list is sent in reduced form, with its length, minimum and maximum. */
export const list = (value) => (Array.isArray(value) ? value : (value?.values ?? null));

/** A number, including that of a list with one item. */
export const scalar = (value) => {
  const one = Array.isArray(value) ? value[0] : value;
  return typeof one === "number" ? one : null;
};

const size = (values) => values.reduce((sum, value) => sum + (list(value)?.length ?? 1), 0);

/** The state of the records by kind, for tests. Times in µs. */
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
