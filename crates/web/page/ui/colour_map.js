// Colours, computed in CIELAB so that equal steps look equal.

/** Converts CIELAB (D65; lightness, chroma, hue in degrees) to linear sRGB, which may be outside 0 to 1. */
function linear(lightness, chroma, hue) {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const fy = (lightness + 16) / 116;
  const cube = (f) => (f > 6 / 29 ? f ** 3 : 3 * (6 / 29) ** 2 * (f - 4 / 29));
  const x = 0.95047 * cube(fy + a / 500);
  const y = cube(fy);
  const z = 1.08883 * cube(fy - b / 200);
  // IEC 61966-2-1.
  return [
    3.2406 * x - 1.5372 * y - 0.4986 * z,
    -0.9689 * x + 1.8758 * y + 0.0415 * z,
    0.0557 * x - 0.204 * y + 1.057 * z,
  ];
}

/** The maximum chroma that the screen can show at this lightness and hue, limited to the given one. */
function showable(lightness, chroma, hue) {
  const fits = (c) => linear(lightness, c, hue).every((v) => v >= -1e-4 && v <= 1.0001);
  if (fits(chroma)) return chroma;
  let [low, high] = [0, chroma];
  for (let i = 0; i < 12; i++) {
    const middle = (low + high) / 2;
    if (fits(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** The sRGB colour, 0 to 255 each; chroma is reduced to what the screen can show. */
export function lch(lightness, chroma, hue) {
  const gamma = (v) => (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055);
  return linear(lightness, showable(lightness, chroma, hue), hue)
    .map((v) => Math.round(255 * gamma(Math.min(1, Math.max(0, v)))));
}

/** Blue and orange first: distinct in all common colour vision deficiencies. */
const HUES = [255, 62, 158, 345, 100, 205, 30, 300];

/** A channel's colour as `rgb(…)` with an opacity. */
export function channel(index, dark, opacity = 1, shift = 0) {
  const lightness = (dark ? 74 : 47) + shift;
  const [r, g, b] = lch(lightness, dark ? 52 : 62, HUES[index % HUES.length]);
  return `rgb(${r} ${g} ${b} / ${opacity})`;
}

/** Paths through lightness, chroma and hue; `t` runs from quiet to loud. */
const MAPS = {
  lagoon: (t, dark) => [14 + 24 * Math.sin(Math.PI * t) + 12 * t, 288 - (dark ? 190 : 92) * (0.35 * t + 0.65 * t * t * (3 - 2 * t))],
  ember: (t) => [4 + 74 * Math.sin(Math.PI * t) ** 0.8, 285 + 170 * t ** 0.85],
  grey: () => [0, 0],
};

export const MAP_NAMES = Object.keys(MAPS);

/**
 * A colour map for the waterfall: 256 RGBA colours at equal distances in CIELAB (ΔE 1976), from the page's background
 * for low levels to its opposite for high ones. Lightness is monotonic.
 */
export function colourMap(name, dark) {
  const path = MAPS[name] ?? MAPS.lagoon;
  const at = (t) => {
    // hues follow lightness, so their order is reversed on a light page
    const [chroma, hue] = path(dark ? t : 1 - t, dark);
    return dark ? [6 + 90 * t, chroma, hue] : [98 - 80 * t, chroma * Math.min(1, 0.15 + 1.3 * t), hue];
  };
  const steps = 1024;
  const length = new Float64Array(steps + 1);
  let before = null;
  for (let i = 0; i <= steps; i++) {
    const [lightness, chroma, hue] = at(i / steps);
    const c = showable(lightness, chroma, hue);
    const here = [lightness, c * Math.cos((hue * Math.PI) / 180), c * Math.sin((hue * Math.PI) / 180)];
    if (before) length[i] = length[i - 1] + Math.hypot(...here.map((v, k) => v - before[k]));
    before = here;
  }
  const map = new Uint8Array(1024);
  for (let i = 0, k = 0; i < 256; i++) {
    while (k < steps && length[k] < (length[steps] * i) / 255) k += 1;
    map.set([...lch(...at(k / steps)), 255], i * 4);
  }
  return map;
}
