// The colours of points by the values of a column, and their legend.
import { isMinor, pitchClass, rootColour } from "../recording/music.js";
import { lch } from "/ui/colour_map.js";

/** Maximum number of texts with a colour of their own. */
const CLASSES = 10;
/** The first colours of the map are those of the background. */
const FAINTEST = 0.22;
const HUES = [255, 62, 158, 345, 100, 205, 30, 300, 130, 275];

const KEY = /^[A-G][#b]? (major|minor)$/;

const GREY = { dark: [122, 134, 146], light: [120, 130, 140] };

/** A colour for each class. */
function classColour(index, dark) {
  return lch(dark ? 74 : 50, dark ? 52 : 60, HUES[index % HUES.length]);
}

/** One colour for all points. */
export function plain(count, theme) {
  return { tint: filled(count, classColour(0, theme.dark)), legend: null };
}

function filled(count, [r, g, b]) {
  const tint = new Uint8Array(count * 4);
  for (let i = 0; i < count; i++) {
    tint[4 * i] = r;
    tint[4 * i + 1] = g;
    tint[4 * i + 2] = b;
    tint[4 * i + 3] = 255;
  }
  return tint;
}

/**
 * `tint`: four bytes a row; `legend`: `{ kind: "number", low, high }` from the 1st to the 99th percentile, or
 * `{ kind: "text", classes: [{ text, colour }], others }`.
 */
export function colouring({ count, numbers, codes, texts }, column, theme) {
  const grey = theme.dark ? GREY.dark : GREY.light;
  const tint = filled(count, grey);
  if (numbers) {
    const { low, high } = percentiles(numbers);
    const scale = high > low ? (255 * (1 - FAINTEST)) / (high - low) : 0;
    for (let i = 0; i < count; i++) {
      const value = numbers[i];
      if (value !== value) continue;
      const t = Math.round(255 * FAINTEST + Math.max(0, Math.min(255 * (1 - FAINTEST), (value - low) * scale)));
      tint[4 * i] = theme.map[4 * t];
      tint[4 * i + 1] = theme.map[4 * t + 1];
      tint[4 * i + 2] = theme.map[4 * t + 2];
    }
    return { tint, legend: { kind: "number", low, high, faintest: FAINTEST } };
  }
  const sizes = new Uint32Array(texts.length);
  for (const code of codes) if (code < texts.length) sizes[code] += 1;
  // keys have the colours that they have everywhere: those of their tonic on the circle of fifths
  const keys = texts.length > 0 && texts.every((text) => KEY.test(text));
  const order = [...sizes.keys()].sort((a, b) => sizes[b] - sizes[a]).slice(0, keys ? texts.length : CLASSES);
  const classes = order.map((code, i) => ({ text: texts[code], colour: keys ? keyColour(texts[code], theme) : classColour(i, theme.dark) }));
  const place = new Int32Array(texts.length).fill(-1);
  order.forEach((code, i) => (place[code] = i));
  for (let i = 0; i < count; i++) {
    const found = codes[i] < texts.length ? place[codes[i]] : -1;
    if (found >= 0) tint.set(classes[found].colour, 4 * i);
  }
  const others = texts.length > classes.length || codes.includes(0xffffffff);
  return { tint, legend: { kind: "text", classes, others: others ? grey : null } };
}

const keyColour = (key, theme) => rootColour(pitchClass(key), theme, { minor: isMinor(key), bright: true }).match(/[\d.]+/g).slice(0, 3).map(Number);

function percentiles(numbers) {
  const stride = Math.max(1, Math.floor(numbers.length / 20_000));
  const some = [];
  for (let i = 0; i < numbers.length; i += stride) if (numbers[i] === numbers[i]) some.push(numbers[i]);
  some.sort((a, b) => a - b);
  const at = (share) => some[Math.min(some.length - 1, Math.floor(share * some.length))] ?? 0;
  return { low: at(0.01), high: at(0.99) };
}
