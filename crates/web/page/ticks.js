// Where the lines and labels of an axis go.

/** The nearest step of 1, 2 or 5 times a power of ten that is not below `least`. */
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
