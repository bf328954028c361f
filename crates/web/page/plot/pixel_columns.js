// Maps bins to columns of pixels.

/** The lowest level that is drawn; silence is −∞ dB. */
export const FLOOR = -400;

/** For each column: the bins in it, and the position of its middle between bins. */
export function columns(view, stream, width) {
  const first = new Int32Array(width);
  const last = new Int32Array(width);
  const middle = new Float32Array(width);
  const { bins, offset } = stream.spec;
  const bin = (x) => (view.frequency(x / width) - offset) / stream.step;
  const clamp = (b) => Math.min(bins, Math.max(0, b));
  for (let x = 0; x < width; x++) {
    first[x] = clamp(Math.ceil(bin(x) - 1e-6));
    last[x] = clamp(Math.ceil(bin(x + 1) - 1e-6));
    middle[x] = Math.min(bins - 1, Math.max(0, bin(x + 0.5)));
  }
  // The last bin is at the right edge.
  if (last[width - 1] === bins - 1) last[width - 1] = bins;
  return { first, last, middle, width };
}

/**
 * One value per column: the maximum of its bins, so that narrow lines are preserved; between bins, linear
 * interpolation. With `raise`, `out` is increased where exceeded instead of overwritten.
 */
export function reduce(values, start, bins, { first, last, middle, width }, out, raise = false) {
  for (let x = 0; x < width; x++) {
    let v = FLOOR;
    if (last[x] > first[x]) {
      for (let k = start + first[x], end = start + last[x]; k < end; k++) if (values[k] > v) v = values[k];
    } else {
      const a = Math.min(bins - 2, Math.floor(middle[x]));
      const from = Math.max(FLOOR, values[start + Math.max(0, a)]);
      const to = Math.max(FLOOR, values[start + Math.max(0, a) + (bins > 1 ? 1 : 0)]);
      v = from + (to - from) * (middle[x] - a);
    }
    if (!raise || v > out[x]) out[x] = v;
  }
  return out;
}
