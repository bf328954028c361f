// Fits the level range to the incoming data.
import { nice } from "./ticks.js";

/** Widens the range at once, and narrows it only after several seconds of smaller levels. */
export class Ranger {
  #last = -Infinity;
  #smallSince = null;

  /** A new range `{top, bottom}`, or null if the current one still fits. */
  fit(stream, values, level, here) {
    if (here - this.#last < 200) return null;
    this.#last = here;
    const wanted = stream.decibels ? forDecibels(values) : forLinear(values);
    if (!wanted) return null;
    if (wanted.top > level.top || wanted.bottom < level.bottom || this.#smallSince === null) {
      this.#smallSince = here;
      const first = !Number.isFinite(level.fitted ?? NaN);
      return {
        top: first ? wanted.top : Math.max(level.top, wanted.top),
        bottom: first ? wanted.bottom : Math.min(level.bottom, wanted.bottom),
        fitted: here,
      };
    }
    if (wanted.top === level.top && wanted.bottom === level.bottom) this.#smallSince = here;
    if (here - this.#smallSince < 4000) return null;
    this.#smallSince = here;
    return { ...wanted, fitted: here };
  }

  /** Refits the range at the next picture. */
  reset(level) {
    this.#last = -Infinity;
    this.#smallSince = null;
    delete level.fitted;
  }
}

/**
 * From a little below the 10th percentile to a little above the maximum; for loud signals, the range includes 0 dBFS.
 */
function forDecibels(values) {
  const stride = Math.max(1, Math.floor(values.length / 2048));
  const some = [];
  let most = -Infinity;
  for (let i = 0; i < values.length; i++) {
    const v = values[i];
    if (v > most) most = v;
    if (i % stride === 0 && v > -200) some.push(v);
  }
  if (!(most > -200)) return { top: 0, bottom: -120 };
  some.sort((a, b) => a - b);
  const quiet = some[Math.floor(some.length * 0.1)];
  const top = most <= 0 ? Math.min(0, Math.ceil((most + 8) / 20) * 20) : Math.ceil((most + 3) / 10) * 10;
  return { top, bottom: Math.max(-200, Math.min(top - 60, Math.floor((quiet - 6) / 20) * 20)) };
}

function forLinear(values) {
  let most = 0;
  for (const v of values) if (v > most && v < Infinity) most = v;
  return most > 0 ? { top: nice(most * 1.1), bottom: 0 } : null;
}
