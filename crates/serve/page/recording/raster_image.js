// Draws rasters: colours, the axis of rows, and the part that is visible.
import { nice } from "/plot/ticks.js";

/** Share of the values below which everything has the lowest colour, and above which the highest. */
const [DARKEST, BRIGHTEST] = [0.04, 0.9995];
/** Least range of levels in dB, so that an even noise is not stretched to all colours. */
const LEAST_RANGE = 30;

/** The range of bytes that gets the colours: percentiles of what is heard, without the empty part of lossy music. */
export function byteRange({ values, bottom, top, scale }) {
  if (top - bottom <= 1.5 || scale === "linear") return { low: 0, high: 255 };
  const counts = new Uint32Array(256);
  for (const value of values) counts[value] += 1;
  const heard = values.length - counts[0];
  if (!heard) return { low: 0, high: 255, silent: true };
  const at = (share) => {
    let sum = 0;
    for (let byte = 1; byte < 256; byte++) if ((sum += counts[byte]) >= share * heard) return byte;
    return 255;
  };
  const high = Math.max(at(BRIGHTEST), 8);
  return { low: Math.max(0, Math.min(at(DARKEST), high - Math.round((255 * LEAST_RANGE) / (top - bottom)))), high };
}

/** A raster as a canvas of one pixel per value, the highest row on top. Kept until the colours change. */
export function image(raster, range, map) {
  const { rows, columns, values, painted } = raster;
  if (painted?.map === map && painted.low === range.low && painted.high === range.high) return painted.canvas;
  const canvas = painted?.canvas ?? document.createElement("canvas");
  Object.assign(canvas, { width: Math.max(1, columns), height: Math.max(1, rows) });
  const colours = new Uint32Array(map.buffer, map.byteOffset, 256);
  const scaled = Uint32Array.from({ length: 256 }, (_, byte) =>
    colours[Math.max(0, Math.min(255, Math.round(((byte - range.low) / (range.high - range.low)) * 255)))]);
  const pixels = new Uint32Array(canvas.width * canvas.height);
  for (let column = 0; column < columns; column++) {
    for (let row = 0, at = column * rows; row < rows; row++, at++) pixels[(rows - 1 - row) * columns + column] = scaled[values[at]];
  }
  canvas.getContext("2d").putImageData(new ImageData(new Uint8ClampedArray(pixels.buffer), canvas.width, canvas.height), 0, 0);
  raster.painted = { canvas, map, low: range.low, high: range.high };
  return canvas;
}

/** Draws what a raster has of the part from `from` to `to`, with the rows from `low` to `high` (shares of the height). */
export function drawRaster(context, box, raster, range, map, { from, to }, rows = { low: 0, high: 1 }) {
  const { first, step, columns } = raster;
  const start = Math.max(from, first);
  const end = Math.min(to, first + step * columns);
  if (!(end > start)) return;
  const canvas = image(raster, range, map);
  const x = (time) => box.left + ((time - from) / (to - from)) * box.width;
  context.save();
  context.imageSmoothingEnabled = raster.rows > 12;
  context.drawImage(canvas, (start - first) / step, (1 - rows.high) * canvas.height, (end - start) / step, (rows.high - rows.low) * canvas.height,
    x(start), box.top, x(end) - x(start), box.height);
  context.restore();
}

const MEL_BREAK = 1000;
const MEL_STEP = Math.log(6.4) / 27;
/** Frequency to mel as librosa and Slaney have it: linear below 1 kHz, logarithmic above. */
const mel = (f) => (f < MEL_BREAK ? (3 * f) / 200 : 15 + Math.log(f / MEL_BREAK) / MEL_STEP);
const hertz = (m) => (m < 15 ? (200 * m) / 3 : MEL_BREAK * Math.exp(MEL_STEP * (m - 15)));

/** The place of a value on the axis of a raster: 0 at the lower edge of the lowest row, 1 at the upper edge of the highest. */
export function placeOf({ low, high, scale }, value) {
  if (scale === "log") return Math.log(value / low) / Math.log(high / low);
  return scale === "mel" ? (mel(value) - mel(low)) / (mel(high) - mel(low)) : (value - low) / (high - low);
}

/** The value at a place of the axis. */
export function valueOf({ low, high, scale }, place) {
  if (scale === "log") return low * (high / low) ** place;
  return scale === "mel" ? hertz(mel(low) + place * (mel(high) - mel(low))) : low + place * (high - low);
}

/** Round values for the axis with their places among the visible rows. */
export function rowTicks(raster, height, { low, high }) {
  const candidates = [];
  const bottom = Math.max(1e-6, valueOf(raster, low));
  const top = valueOf(raster, high);
  if (raster.scale === "linear" || top / bottom < 3) {
    const step = nice((top - bottom) / Math.max(1, height / 26));
    for (let value = Math.ceil(bottom / step) * step; value <= top; value += step) candidates.push([value, 0]);
  } else {
    for (let power = Math.floor(Math.log10(bottom)); 10 ** power <= top; power++) {
      [1, 5, 2, 3, 7].forEach((factor, rank) => candidates.push([factor * 10 ** power, rank]));
    }
  }
  const ticks = [];
  for (const [value] of candidates.sort((a, b) => a[1] - b[1])) {
    const place = (placeOf(raster, value) - low) / (high - low);
    // the unit is in the upper corner
    if (place < 0.02 || (1 - place) * height < 13 || ticks.some((t) => Math.abs(t.place - place) * height < 15)) continue;
    ticks.push({ value, place, label: value >= 1000 ? `${Number((value / 1000).toPrecision(3))}k` : String(Number(value.toPrecision(3))) });
  }
  return ticks;
}
