// The positions of the lines and labels of an axis.
import { number } from "../ui/format.js";

/** The smallest step of 1, 2 or 5 times a power of ten that is not below `least`. */
export function nice(least) {
  const power = 10 ** Math.floor(Math.log10(least));
  const factor = [1, 2, 5, 10].find((f) => f * power >= least * 0.999999);
  return factor * power;
}

/** Evenly spaced ticks. */
export function even(low, high, most) {
  const step = nice((high - low) / Math.max(1, most));
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const values = Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => (first + i) * step);
  return { step, digits, values };
}

/** Ticks of the frequency axis: `{frequency, label, strong}`; weak ones have no label. */
export function frequencies(view, width) {
  if (view.log && view.high / view.low > 6) return decades(view, width);
  const { values, step } = even(view.low, view.high, width / 74);
  return values.map((frequency) => ({ frequency, label: short(frequency, step), strong: true }));
}

/**
 * As above for a band around a local oscillator, with one unit for all labels: 1089.5 MHz. At a higher resolution,
 * labels are offsets from a round frequency, which is part of the unit: +1.5 of "kHz + 1089.51 MHz".
 */
export function carried(view, width) {
  if (view.log && view.high / view.low > 6) return { ticks: decades(view, width), unit: "Hz" };
  const { values, step } = even(view.low, view.high, width / 74);
  const size = Math.max(Math.abs(view.low), Math.abs(view.high));
  const sized = (v) => (v >= 1e9 && step >= 1e8 ? ["GHz", 1e9] : v >= 1e6 ? ["MHz", 1e6] : v >= 1e3 ? ["kHz", 1e3] : ["Hz", 1]);
  const [unit, scale] = sized(size);
  const digits = Math.max(0, -Math.floor(Math.log10(step / scale) + 1e-9));
  const tick = (text) => (frequency) => ({ frequency, label: text(frequency), strong: true });
  if (digits <= 3) return { ticks: values.map(tick((f) => number(f / scale, digits))), unit };
  const round = nice((view.high - view.low) * 2);
  const from = Math.floor(view.low / round) * round;
  const [small, by] = sized(view.high - from);
  const fine = Math.max(0, -Math.floor(Math.log10(step / by) + 1e-9));
  const base = String(Number((from / scale).toFixed(Math.max(0, Math.ceil(-Math.log10(round / scale)) + 1))));
  return { ticks: values.map(tick((f) => `+${number((f - from) / by, fine)}`)), unit: `${small} + ${base} ${unit}` };
}

function decades({ low, high }, width) {
  const perDecade = width / Math.log10(high / low);
  const labelled = perDecade > 150 ? [1, 2, 5] : perDecade > 80 ? [1, 3] : [1];
  const ticks = [];
  for (let p = Math.floor(Math.log10(low)); p <= Math.log10(high); p++) {
    for (let m = 1; m < 10; m++) {
      const frequency = m * 10 ** p;
      if (frequency < low * 0.9999 || frequency > high * 1.0001) continue;
      ticks.push({ frequency, label: labelled.includes(m) ? short(frequency, 10 ** p) : "", strong: m === 1 });
    }
  }
  return ticks;
}

function short(frequency, step) {
  const size = Math.max(Math.abs(frequency), 1e-9);
  const [unit, scale] = size >= 1e6 ? ["M", 1e6] : size >= 1e3 ? ["k", 1e3] : ["", 1];
  const digits = Math.max(0, Math.min(6, -Math.floor(Math.log10(step / scale) + 1e-9)));
  const text = (frequency / scale).toFixed(digits);
  return text.includes(".") ? text.replace(/\.?0+$/, "") + unit : text + unit;
}
