// The cells of a heat map along one axis.
import { instant, scale } from "./scales.js";

/** Number of distinct values up to which each has its own cell, and of cells otherwise. */
const OWN = 120;
const CELLS = 60;

/** `{ count, of(value) → cell or −1, text(cell), scale }`, where the scale places values at the middles of their cells. */
export function bins(values, kind) {
  const key = (value) => (kind === "time" ? instant(value) : value);
  const present = values.filter((v) => v !== null && v !== undefined);
  const distinct = [...new Set(present.map(key))];
  if (kind !== "text") distinct.sort((a, b) => a - b);
  if (kind === "text" || distinct.length <= OWN) {
    const kept = distinct.slice(0, 2 * OWN);
    const places = new Map(kept.map((value, i) => [value, i]));
    const text = scale(present, kind).text;
    const original = new Map(present.map((value) => [key(value), value]));
    const names = kept.map((value) => text(original.get(value)));
    const labels = scale(names, "text");
    return { count: Math.max(1, kept.length), of: (value) => places.get(key(value)) ?? -1, text: (i) => names[i], scale: labels };
  }
  const [low, high] = [distinct[0], distinct.at(-1)];
  const whole = scale(present, kind, { padded: false });
  const middle = (i) => low + ((i + 0.5) / CELLS) * (high - low);
  return {
    count: CELLS, scale: whole, text: (i) => `≈ ${whole.text(middle(i))}`,
    of: (value) => {
      const v = key(value);
      return v === null || v === undefined || Number.isNaN(v) ? -1 : Math.min(CELLS - 1, Math.floor(((v - low) / (high - low)) * CELLS));
    },
  };
}
