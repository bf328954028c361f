// What the page knows of the collection: its columns, single columns as arrays, and the recordings that match.
import { search } from "./api.js";

/** Number of columns and pairs of axes that are kept. */
const KEPT = 12;

export class Collection {
  /** The description of `/api/library`; null until it is known. */
  library = null;
  /** Columns by name. */
  columns = new Map();
  #arrays = new Map();

  constructor(api) {
    this.api = api;
  }

  async describe(signal) {
    const library = await this.api.json("/api/library", null, { signal });
    if (this.library && (this.library.refreshed !== library.refreshed || this.library.total !== library.total)) this.#arrays.clear();
    this.library = library;
    this.columns = new Map(library.columns.map((column) => [column.name, column]));
    return library;
  }

  get total() {
    return this.library?.total ?? 0;
  }
  get numbers() {
    return [...this.columns.values()].filter(({ kind }) => kind === "number");
  }
  get texts() {
    return [...this.columns.values()].filter(({ kind }) => kind === "text");
  }
  get mapped() {
    return this.columns.has("map_x") && this.columns.has("map_y");
  }

  /** Two columns as coordinates by row: `{ count, x, y }`; NaN is missing. */
  points(x, y, signal) {
    return this.#cached(`points ${x} ${y}`, async () => {
      const buffer = await this.api.binary("/api/points", { x, y }, { signal });
      const count = checked(buffer, "PBP1");
      return { count, x: new Float32Array(buffer, 8, count), y: new Float32Array(buffer, 8 + 4 * count, count) };
    });
  }

  /** A column by row: `{ count, numbers }`, or `{ count, codes, texts }` with code 0xFFFFFFFF where it is missing. */
  values(column, signal) {
    return this.#cached(`values ${column}`, async () => {
      const buffer = await this.api.binary("/api/values", { column }, { signal });
      const count = checked(buffer, "PBV1");
      const view = new DataView(buffer);
      if (view.getUint32(8, true) === 0) return { count, numbers: new Float32Array(buffer, 12, count) };
      const length = view.getUint32(12 + 4 * count, true);
      const texts = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 16 + 4 * count, length)));
      return { count, codes: new Uint32Array(buffer, 12, count), texts };
    });
  }

  /** Which rows match: `{ count, matching, has(row) }`. */
  async matching(filters, signal, { without = [] } = {}) {
    const params = filters.params().filter(([name]) => !without.includes(name));
    const buffer = await this.api.binary("/api/matching", search(params), { signal });
    const count = checked(buffer, "PBM1");
    const matching = new DataView(buffer).getUint32(8, true);
    const bits = new Uint8Array(buffer, 12, (count + 7) >> 3);
    return { count, matching, bits, has: (row) => ((bits[row >> 3] >> (row & 7)) & 1) === 1 };
  }

  #cached(key, load) {
    const kept = this.#arrays.get(key);
    if (kept) return kept;
    const loading = load();
    this.#arrays.set(key, loading);
    loading.catch(() => this.#arrays.delete(key));
    if (this.#arrays.size > KEPT) this.#arrays.delete(this.#arrays.keys().next().value);
    return loading;
  }
}

/** The number of rows of a binary answer, after a check of its first bytes. */
function checked(buffer, magic) {
  const bytes = new Uint8Array(buffer, 0, Math.min(4, buffer.byteLength));
  if (buffer.byteLength < 8 || String.fromCharCode(...bytes) !== magic) throw new Error(`The answer of the server is no ${magic}`);
  return new DataView(buffer).getUint32(4, true);
}
