// Delays, as raw values and as percentiles of the last seconds.

/** The `q` quantile of the sorted numbers (nearest rank). */
export function quantile(sorted, q) {
  return sorted.length ? sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(q * sorted.length) - 1))] : null;
}

export class Delays {
  #recent = [];
  #raw = [];
  #keep;
  #span;

  constructor({ keep = 20_000, span = 10_000 } = {}) {
    this.#keep = keep;
    this.#span = span;
  }

  add(delay, here) {
    this.#recent.push({ delay, here });
    this.#raw.push(delay);
    // truncated in large steps: shifting a long array for each picture is slow
    if (this.#raw.length > this.#keep * 1.25) this.#raw.splice(0, this.#raw.length - this.#keep);
  }

  /** Raw delays in ms, oldest first. */
  list(reset = false) {
    const list = this.#raw.slice(-this.#keep);
    if (reset) this.#raw = [];
    return list;
  }

  /** p50 and p99 in ms of the last ten seconds, and the number of delays. */
  summary(here) {
    const first = this.#recent.findIndex((r) => r.here >= here - this.#span);
    this.#recent.splice(0, first < 0 ? this.#recent.length : first);
    const sorted = Float64Array.from(this.#recent, (r) => r.delay).sort();
    return { p50: quantile(sorted, 0.5), p99: quantile(sorted, 0.99), count: sorted.length };
  }
}
