// The latest windows of each sensor, ordered by time.
import { stepOf } from "../../plot/time_series.js";
import { iso } from "../../plot/time_axis.js";
import { textCell } from "../../ui/csv.js";

/** Windows of one sensor, and of all together, that are kept. */
const EACH = 720;
const ALL = 200_000;
/** Without a new window for so long the page says so: in ms, and in lengths of a window. */
const PATIENCE = 30_000;
const LENGTHS = 3;
/** Beyond so many sensors names are compared by code unit: comparing numbers in them is too slow. */
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
  /** Windows that the server has received. */
  total = 0;
  /** One past the last moment of all windows. */
  end = -Infinity;
  /** Incremented with each new sensor. */
  epoch = 0;

  /** The stream of a panel; the one before where its columns only grew. */
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

  /** Whether the kept rows fit a description: columns are only ever added. */
  fits({ stream, columns }) {
    return stream === this.spec.stream && this.columns.every((name, i) => columns[i] === name);
  }

  reset() {}

  /** Windows are not pictures: none is shown at a moment of the past. */
  at() {
    return null;
  }

  get patience() {
    return Math.max(PATIENCE, LENGTHS * this.length);
  }

  /** The length of the newest window, and usual time from one window to the next, in ms. */
  length = 0;
  step = 0;

  /** Adds windows; while the page is paused the newest of them wait. */
  windows(message, paused) {
    this.#waiting.push(message);
    this.#waits += message.rows.length;
    while (this.#waits > ALL && this.#waiting.length > 1) this.#waits -= this.#waiting.shift().rows.length;
    if (!paused) this.resume();
  }

  #waiting = [];
  #waits = 0;

  /** Adds the windows that waited. */
  resume() {
    this.#waiting.splice(0).forEach((message) => this.#take(message));
    this.#waits = 0;
  }

  #take({ rows, total }) {
    this.total = total; // starts at 0 again when the server is restarted
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
    let at = rows.length && row.end < rows[0].end ? 0 : rows.length; // older windows come in reverse order
    while (at > 0 && (rows[at - 1].end > row.end || (rows[at - 1].end === row.end && rows[at - 1].start >= row.start))) at -= 1;
    const there = rows[at];
    if (there && there.start === row.start && there.end === row.end) {
      rows[at] = row;
      return;
    }
    // older than everything that is kept
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

  /** The sensors whose name has all the words in it. */
  found(search) {
    const words = search.toLowerCase().split(/\s+/).filter(Boolean);
    const all = [...this.keys.values()];
    return words.length ? all.filter(({ name }) => words.every((word) => name.toLowerCase().includes(word))) : all;
  }

  /** Sorts sensors by name (`column` null) or by the last value in a column; without one they come last. */
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

  /** All windows that are kept as comma-separated values (RFC 4180), times as ISO 8601 in UTC. */
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

/** The fields that can be drawn: a mean with its minimum and maximum where there are such columns, and each column. */
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
