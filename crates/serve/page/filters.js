// The filters of the collection: one model for library, map, rhythm and harmony. It is kept in the page's address.

/** Parameters of the server that are no columns. */
const WORDS = ["search", "id"];
/** Parameters of the page that its address contains beside the filters. */
const VIEW = ["sort", "order", "view", "x", "y", "colour", "near", "ids"];

/** Dispatches `change` when the recordings that match have changed. */
export class Filters extends EventTarget {
  search = "";
  /** Ranges by number column: `{ lo, hi }`, null for an open end. */
  ranges = new Map();
  /** Accepted texts by column; "" is a missing value (of number columns too). */
  values = new Map();
  /** Recordings by their ids; empty: all. */
  ids = [];

  /** The parameters of a request, as a list of pairs. */
  params({ without = null } = {}) {
    const pairs = [];
    if (this.search) pairs.push(["search", this.search]);
    for (const [column, { lo, hi }] of this.ranges) if (column !== without) pairs.push([column, `${lo ?? ""}..${hi ?? ""}`]);
    for (const [column, texts] of this.values) if (column !== without) for (const text of texts) pairs.push([column, text]);
    for (const id of this.ids) pairs.push(["id", id]);
    return pairs;
  }

  get empty() {
    return !this.search && !this.ranges.size && !this.values.size && !this.ids.length;
  }

  /** A text that is equal for equal filters. */
  get key() {
    return JSON.stringify(this.params());
  }

  /** Whether a column is filtered. */
  has(column) {
    return this.ranges.has(column) || this.values.has(column);
  }

  setSearch(text) {
    if (text === this.search) return;
    this.search = text;
    this.#changed();
  }

  /** Limits a number column; `null` removes the limit. */
  setRange(column, range) {
    this.setRanges([[column, range]]);
  }

  /** Limits several columns at once, such as the two axes of a map. */
  setRanges(list) {
    for (const [column, range] of list) {
      this.values.delete(column);
      if (range && (range.lo !== null || range.hi !== null)) this.ranges.set(column, range);
      else this.ranges.delete(column);
    }
    this.#changed();
  }

  /** Limits a text column to these texts; an empty list removes the limit. */
  setValues(column, texts) {
    this.ranges.delete(column);
    if (texts.length) this.values.set(column, [...texts]);
    else this.values.delete(column);
    this.#changed();
  }

  toggleValue(column, text) {
    const texts = this.values.get(column) ?? [];
    this.setValues(column, texts.includes(text) ? texts.filter((t) => t !== text) : [...texts, text]);
  }

  setIds(ids) {
    this.ids = [...ids];
    this.#changed();
  }

  remove(column) {
    this.ranges.delete(column);
    this.values.delete(column);
    this.#changed();
  }

  clear() {
    if (this.empty) return;
    this.search = "";
    this.ids = [];
    this.ranges.clear();
    this.values.clear();
    this.#changed();
  }

  /**
   * Takes the filters from parameters of an address. The kind of a column decides whether `1..2` is a range or a text;
   * unknown columns are left to the server, which names them in its answer.
   */
  read(params, columns) {
    const before = this.key;
    this.search = params.get("search") ?? "";
    this.ids = params.getAll("id");
    this.ranges.clear();
    this.values.clear();
    for (const name of new Set(params.keys())) {
      if (WORDS.includes(name) || (VIEW.includes(name) && !columns.has(name))) continue;
      const all = params.getAll(name);
      const range = columns.get(name)?.kind === "text" ? null : rangeOf(all[0]);
      if (range) this.ranges.set(name, range);
      else this.values.set(name, all);
    }
    if (this.key !== before) this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** `lo..hi` as `{ lo, hi }`, null if it is none. */
function rangeOf(text) {
  const found = /^(-?[\d.eE+-]*?)\.\.(-?[\d.eE+-]*)$/.exec(text);
  if (!found) return null;
  const [lo, hi] = found.slice(1).map((end) => (end === "" ? null : Number(end)));
  return Number.isNaN(lo) || Number.isNaN(hi) || (lo === null && hi === null) ? null : { lo, hi };
}
