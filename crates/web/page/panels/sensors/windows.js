// The latest windows of each sensor, ordered by time.
import { stepOf } from "../../plot/time_series.js";
import { iso } from "../../plot/time_axis.js";
import { textCell } from "../../ui/csv.js";

/** Maximum number of stored windows of one sensor, and of all sensors. */
const EACH = 720;
const ALL = 200_000;
/** Time without a new window after which the page shows a notice: in ms, and in lengths of a window. */
const PATIENCE = 30_000;
const LENGTHS = 3;
/** Number of sensors above which names are compared by code unit: comparing numbers in them is too slow. */
const NATURAL = 5000;

const natural = new Intl.Collator(undefined, { numeric: true }).compare;
const plain = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

export class Windows {
  pictures = [];
  newest = null;
  columns = [];
  fields = [];
  /** By name: `{ name, rows, version }`; a row is `{ start, end, readings, early, values }`, times in ms. */
  keys = new Map();
  rows = 0;
  /** Number of windows that the server has received. */
  total = 0;
  /** One past the last moment of all windows. */
  end = -Infinity;
  /** Incremented with each new sensor. */
  epoch = 0;

  /** The stream of a panel; the previous one is reused if columns were only added. */
  static open(panel, before) {
    const windows = before instanceof Windows && before.fits(panel) ? before : new Windows();
    windows.describe(panel);
    return windows;
  }

  describe(panel) {
    this.spec = panel;
    this.columns = panel.columns;
    this.fields = fieldsOf(panel.columns);
  }

  /** Whether the stored rows match a description: columns are only ever added. */
  fits({ stream, columns }) {
    return stream === this.spec.stream && this.columns.every((name, i) => columns[i] === name);
  }

  reset() {}

  /** Windows are not pictures: none is shown for a past time. */
  at() {
    return null;
  }

  get patience() {
    return Math.max(PATIENCE, LENGTHS * this.length);
  }

  /** The length of the newest window, and the usual interval between windows, in ms. */
  length = 0;
  step = 0;

  /** Adds windows; while the page is paused, the newest are queued. */
  windows(message, paused) {
    this.#waiting.push(message);
    this.#waits += message.rows.length;
    while (this.#waits > ALL && this.#waiting.length > 1) this.#waits -= this.#waiting.shift().rows.length;
    if (!paused) this.resume();
  }

  #waiting = [];
  #waits = 0;

  /** Adds the queued windows. */
  resume() {
    this.#waiting.splice(0).forEach((message) => this.#take(message));
    this.#waits = 0;
  }

  #take({ rows, total }) {
    this.total = total; // restarts at 0 with the server
    const each = Math.max(2, Math.min(EACH, Math.floor(ALL / Math.max(1, this.keys.size))));
    for (const [name, start, end, readings, early, ...values] of rows) {
      let sensor = this.keys.get(name);
      if (!sensor) {
        sensor = { name, rows: [], version: 0 };
        this.keys.set(name, sensor);
        this.epoch += 1;
      }
      this.#put(sensor, { start: start / 1000, end: end / 1000, readings, early: early === 1, values }, each);
    }
    const newest = this.keys.get(rows.at(-1)?.[0]);
    this.step = (newest && stepOf(newest.rows)) || this.length;
  }

  #put(sensor, row, each) {
    const { rows } = sensor;
    sensor.version += 1;
    let at = rows.length && row.end < rows[0].end ? 0 : rows.length; // older windows arrive in reverse order
    while (at > 0 && (rows[at - 1].end > row.end || (rows[at - 1].end === row.end && rows[at - 1].start >= row.start))) at -= 1;
    const there = rows[at];
    if (there && there.start === row.start && there.end === row.end) {
      rows[at] = row;
      return;
    }
    // older than all stored rows
    if (at === 0 && rows.length >= each) return;
    rows.splice(at, 0, row);
    this.rows += 1;
    if (rows.length > each) {
      this.rows -= rows.length - each;
      rows.splice(0, rows.length - each);
    }
    if (row.end >= this.end) {
      this.end = row.end;
      this.length = row.end - row.start;
    }
  }

  /** The sensors whose name contains all words of the search. */
  found(search) {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const all = [...this.keys.values()];
    return words.length ? all.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word))) : all;
  }

  /** Sorts sensors by name (`column` null) or by the last value in a column; sensors without a value are last. */
  sort(list, column, down) {
    const compare = list.length > NATURAL ? plain : natural;
    const sign = down ? -1 : 1;
    if (column === null) return list.sort((a, b) => sign * compare(a.name, b.name));
    const value = ({ rows }) => (column === "end" ? rows.at(-1).end : rows.at(-1).values[column]) ?? null;
    return list.sort((a, b) => {
      const [x, y] = [value(a), value(b)];
      if (x === y) return compare(a.name, b.name);
      return x === null ? 1 : y === null ? -1 : sign * (x - y);
    });
  }

  /** All stored windows as comma-separated values (RFC 4180), with times in ISO 8601 (UTC). */
  csv(list = this.sort([...this.keys.values()], null, false)) {
    const lines = [["key", "start", "end", "result", ...this.columns].map(textCell).join(",")];
    for (const { name, rows } of list) {
      const key = textCell(name);
      for (const { start, end, early, values } of rows) {
        const cells = this.columns.map((_, i) => values[i] ?? "");
        lines.push([key, iso(start), iso(end), early ? "early" : "final", ...cells].join(","));
      }
    }
    return `${lines.join("\r\n")}\r\n`;
  }
}

/** The fields that can be drawn: a mean with its minimum and maximum if these columns exist, and each column. */
function fieldsOf(columns) {
  const place = new Map(columns.map((name, i) => [name, i]));
  const bands = columns.flatMap((name, line) => {
    const [, before, last] = /^(.*\.|)([^.]*)$/.exec(name);
    if (last !== "mean") return [];
    const of = (other) => place.get(before + other) ?? null;
    return [{ name: before ? before.slice(0, -1) : "mean", line, low: of("min"), high: of("max"), count: of("count") }];
  });
  const single = columns.map((name, line) => ({ name, line, low: null, high: null, count: null }));
  // without a mean, counts are listed last
  if (!bands.length) single.sort((a, b) => Number(/(^|\.)count$/.test(a.name)) - Number(/(^|\.)count$/.test(b.name)));
  return [...bands, ...single.filter(({ name }) => !bands.some((band) => band.name === name))];
}
