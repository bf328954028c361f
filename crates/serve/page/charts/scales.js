// Scales of a chart's axes: numbers, times, and texts.
import { even } from "/plot/ticks.js";
import { number, significant } from "/ui/format.js";
import { moment, times } from "/plot/time_axis.js";

/** Maximum number of texts on an axis. */
const MOST = 200;

/** A value as ms since 1970: ISO 8601, or a number of s, ms, µs or ns by its size. */
export function instant(value) {
  if (value === null || value === undefined) return NaN;
  if (typeof value === "number") {
    const size = Math.abs(value);
    return size > 1e17 ? value / 1e6 : size > 1e14 ? value / 1e3 : size > 1e11 ? value : value * 1e3;
  }
  const text = String(value);
  // a time without a zone is UTC
  return Date.parse(/T|\s\d/.test(text) && !/(Z|[+-]\d\d:?\d\d)$/.test(text) ? `${text.replace(" ", "T")}Z` : text);
}

/**
 * A scale over values: `{ kind, of(value) → 0…1 or NaN, ticks(most) → [{ at, text }], text(value), step }`, where `step`
 * is the share of a text or null. `zero`: the scale of numbers includes 0. `padded`: it has a margin.
 */
export function scale(values, kind, { zero = false, padded = true } = {}) {
  if (kind === "time") {
    const ms = values.map(instant);
    const { low, high } = extent(ms, padded, false);
    return {
      kind, of: (value) => (instant(value) - low) / (high - low), text: (value) => moment(instant(value), true), step: null,
      ticks: (most) => times(low, high, most).map(({ time, label }) => ({ at: (time - low) / (high - low), text: label })),
    };
  }
  if (kind === "number") {
    const { low, high } = extent(values.map((v) => (typeof v === "number" ? v : NaN)), padded, zero);
    return {
      kind, low, high, of: (value) => (typeof value === "number" ? (value - low) / (high - low) : NaN), step: null,
      text: (value) => (typeof value === "number" ? significant(Number(value.toPrecision(5))) : "–"),
      ticks: (most) => {
        const { values: all, digits } = even(low, high, most);
        return all.map((v) => ({ at: (v - low) / (high - low),
          text: Math.abs(v) >= 1e6 || (v !== 0 && digits > 6) ? v.toExponential(1).replace("-", "\u2212") : number(v, digits), value: v }));
      },
    };
  }
  const texts = [...new Set(values.map((v) => (v === null || v === undefined ? "–" : String(v))))].slice(0, MOST);
  const places = new Map(texts.map((text, i) => [text, (i + 0.5) / texts.length]));
  return {
    kind: "text", step: 1 / Math.max(1, texts.length), texts,
    of: (value) => places.get(value === null || value === undefined ? "–" : String(value)) ?? NaN,
    text: (value) => (value === null || value === undefined ? "–" : String(value)),
    ticks: (most) => {
      const stride = Math.max(1, Math.ceil(texts.length / Math.max(1, most)));
      return texts.filter((_, i) => i % stride === 0).map((text) => ({ at: places.get(text), text }));
    },
  };
}

function extent(values, padded, zero) {
  let [low, high] = zero ? [0, 0] : [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (!(low <= high)) return { low: 0, high: 1 };
  if (low === high) return zero && low === 0 ? { low: 0, high: 1 } : { low: low - (Math.abs(low) * 0.05 || 0.5), high: high + (Math.abs(high) * 0.05 || 0.5) };
  const room = padded ? (high - low) * 0.04 : 0;
  return { low: zero && low === 0 ? 0 : low - room, high: zero && high === 0 ? 0 : high + room };
}
