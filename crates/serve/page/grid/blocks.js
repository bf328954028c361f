// Rows of a long answer, fetched in blocks as they become visible.
import { aborted } from "../api.js";

const BLOCK = 200;
/** Number of blocks that are kept. */
const KEPT = 60;

/** `fetch(offset, limit, signal)` returns `{ total, rows }`; `arrived()` is called after each block, `failed(error)` on a fault. */
export class Blocks {
  total = 0;
  #blocks = new Map();
  #loading = new Map();

  constructor(fetch, { arrived, failed, size = BLOCK } = {}) {
    Object.assign(this, { fetch, arrived, failed, size });
  }

  /** Fetches the block of a row, so that there is something to show at once. */
  async start(index = 0) {
    await this.#load(Math.floor(index / this.size), false);
    return this;
  }

  stop() {
    this.arrived = this.failed = null;
    for (const controller of this.#loading.values()) controller.abort();
  }

  at = (index) => {
    const number = Math.floor(index / this.size);
    return this.#blocks.get(number)?.[index - number * this.size];
  };

  /** Fetches the blocks of visible rows, and the next one; requests for rows that are no longer visible are aborted. */
  need = (first, end) => {
    if (end <= first) return;
    const [from, to] = [Math.floor(first / this.size), Math.floor((end - 1) / this.size)];
    for (const [number, controller] of this.#loading) {
      if (number < from - 1 || number > to + 1) controller.abort();
    }
    const last = Math.floor((this.total - 1) / this.size);
    for (let number = from; number <= Math.min(last, to); number++) this.#fetchMissing(number);
    // the next block in the direction of scrolling, when more than half of this one has passed
    const next = (end % this.size) > this.size / 2 ? to + 1 : (first % this.size) < this.size / 4 ? from - 1 : -1;
    if (next >= 0 && next <= last) this.#fetchMissing(next);
  };

  #fetchMissing(number) {
    const kept = this.#blocks.get(number);
    if (kept) {
      this.#blocks.delete(number);
      this.#blocks.set(number, kept);
    } else if (!this.#loading.has(number)) {
      this.#load(number, true).catch((error) => !aborted(error) && this.failed?.(error));
    }
  }

  async #load(number, tell) {
    const controller = new AbortController();
    this.#loading.set(number, controller);
    try {
      const { total, rows } = await this.fetch(number * this.size, this.size, controller.signal);
      this.total = total;
      this.#blocks.set(number, rows);
      if (this.#blocks.size > KEPT) this.#blocks.delete(this.#blocks.keys().next().value);
    } finally {
      this.#loading.delete(number);
    }
    if (tell) this.arrived?.();
  }
}
