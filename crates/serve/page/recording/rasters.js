// Spectrograms and other rasters: fetched, and fetched again in finer steps for the visible part.
import { aborted } from "../api.js";

/** Wait before a finer raster is requested, in ms: until zooming and panning have come to rest. */
const REST = 180;
/** Columns per pixel below which a finer raster is requested. */
const COARSE = 0.7;
/** Part beside the visible one that is fetched too, so that panning does not blur at once: share of the visible part. */
const BESIDE = 0.3;
/** Share of the shortest part without finer columns at which they are requested again. */
const CLOSER = 0.7;
/** Wait before a busy server is asked again, in ms. */
const BUSY = 3000;
/** Ratio of two steps from which they are the same. */
const FINER = 0.95;
/** Bytes before the values. */
const HEAD = 56;

/** Reads the binary form of a raster. `values`: column by column, lowest row first. */
export function parse(buffer) {
  const view = new DataView(buffer);
  if (buffer.byteLength < HEAD || view.getUint32(0) !== 0x50425231) throw new Error("the answer is not a raster");
  const u32 = (at) => view.getUint32(at, true);
  const f64 = (at) => view.getFloat64(at, true);
  const [rows, columns] = [u32(4), u32(8)];
  if (buffer.byteLength < HEAD + rows * columns) throw new Error("the raster is cut short");
  return {
    rows, columns, step: f64(12), first: f64(20), low: f64(28), high: f64(36),
    scale: ["log", "linear", "mel"][u32(44)] ?? "linear",
    bottom: view.getFloat32(48, true), top: view.getFloat32(52, true), values: new Uint8Array(buffer, HEAD, rows * columns),
  };
}

export const endOf = ({ first, step, columns }) => first + step * columns;

/** The value at a time and a row; null outside. */
export function valueAt({ first, step, rows, columns, values, bottom, top }, time, row) {
  const column = Math.floor((time - first) / step);
  if (column < 0 || column >= columns || row < 0 || row >= rows) return null;
  return bottom + ((top - bottom) * values[column * rows + row]) / 255;
}

/** The rasters of one recording. Dispatches `change` when one has arrived or failed. */
export class Rasters extends EventTarget {
  /** By name: `{ state: "loading" | "ready" | "failed", whole, fine, fault }`. */
  #known = new Map();
  #stop = new AbortController();

  constructor(api, path) {
    super();
    Object.assign(this, { api, path });
  }

  state(name) {
    return this.#known.get(name)?.state ?? "none";
  }
  fault(name) {
    return this.#known.get(name)?.fault ?? null;
  }
  whole(name) {
    return this.#known.get(name)?.whole ?? null;
  }
  fine(name) {
    return this.#known.get(name)?.fine ?? null;
  }

  /** Requests a raster of the whole recording, once; again if it has failed and `retry` was called. */
  async want(name) {
    if (this.#known.has(name)) return;
    const one = { state: "loading", whole: null, fine: null, fault: null, timer: 0, abort: null, last: "", asked: 0, coarsest: Infinity };
    this.#known.set(name, one);
    const { signal } = this.#stop;
    try {
      one.whole = parse(await patient(() => this.api.binary(`${this.path}/${name}`, {}, { signal }), signal));
      one.state = "ready";
    } catch (error) {
      if (aborted(error)) return;
      Object.assign(one, { state: "failed", fault: error });
    }
    this.dispatchEvent(new Event("change"));
  }

  /** Forgets what has failed, so that it is requested again. */
  retry() {
    for (const [name, { state }] of this.#known) if (state === "failed") this.#known.delete(name);
  }

  /** Requests finer columns of the visible part, if those at hand are wider than the pixels. */
  refine(name, { from, to, span, duration }, width) {
    const one = this.#known.get(name);
    if (!one?.whole || one.whole.columns < 2) return;
    clearTimeout(one.timer);
    const enough = ({ step }) => span / step > COARSE * width;
    const covers = ({ first, step, columns }) => first <= from + step && first + step * columns >= Math.min(to, duration) - step;
    if (enough(one.whole)) {
      one.abort?.abort();
      one.fine = null;
      return;
    }
    // the server may have no finer steps: the same part is asked for once, and a closer one only if it is much shorter
    const here = `${from} ${to}`;
    if (here === one.last || span > CLOSER * one.coarsest) return;
    if (one.fine && covers(one.fine) && (enough(one.fine) || span > CLOSER * one.asked)) return;
    one.timer = setTimeout(() => this.#fetch(one, name, from, to, duration), REST);
  }

  async #fetch(one, name, from, to, duration) {
    one.abort?.abort();
    one.abort = new AbortController();
    const { signal } = one.abort;
    const beside = BESIDE * (to - from);
    const [start, end] = [Math.max(0, from - beside), Math.min(duration, to + beside)];
    try {
      const fine = parse(await this.api.binary(`${this.path}/${name}`, { from: start, to: end }, { signal }));
      one.last = `${from} ${to}`;
      // long parts are answered with what is known already
      if (!(fine.columns > 0) || fine.step >= one.whole.step * FINER) {
        one.coarsest = to - from;
        return;
      }
      Object.assign(one, { fine, asked: to - from });
      this.dispatchEvent(new Event("change"));
    } catch {
      // aborted, or failed: the coarse raster remains, and the next movement asks again
    }
  }

  destroy() {
    this.#stop.abort();
    for (const one of this.#known.values()) {
      clearTimeout(one.timer);
      one.abort?.abort();
    }
  }
}

/** Makes a request again for as long as the server is busy with others. */
export async function patient(request, signal) {
  for (;;) {
    try {
      return await request();
    } catch (error) {
      if (error.status !== 503 || signal.aborted) throw error;
      await new Promise((done) => setTimeout(done, BUSY));
      signal.throwIfAborted();
    }
  }
}
