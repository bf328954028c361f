// Layers that are rasters: spectrogram, mel spectrogram, tempogram, chroma.
import { choice } from "/ui/dom.js";
import { hertz, number } from "/ui/format.js";
import { byteRange, drawRaster, rowTicks, valueOf } from "../raster_image.js";
import { endOf, valueAt } from "../rasters.js";
import { PITCHES } from "../music.js";

const NAMES = {
  spectrogram: ["Log", "Spectrogram with a logarithmic frequency axis", "Hz"],
  mel: ["Mel", "Mel spectrogram", "Hz"],
  chroma: ["Chroma", "Energy of the twelve pitch classes", ""],
  tempogram: ["Tempo", "Strength of each tempo over time (tempogram)", "BPM"],
};
const ALL = { low: 0, high: 1 };
/** Rows of the table of a raster; more columns are merged, because the CSV would have millions of values. */
const MOST_COLUMNS = 2400;

/** Why the raster of a layer cannot be drawn, or null. */
function none(page, name) {
  const { rasters, layers, model } = page;
  if (rasters.state(name) === "ready") return rasters.whole(name).columns ? null : "The file has no samples.";
  if (rasters.state(name) === "failed") return rasters.fault(name).status === 409 ? "Needs the file: see the message above." : `${rasters.fault(name).error ?? rasters.fault(name).message}`;
  if (layers === "failed") return "Needs the file: see the message above.";
  return model?.measured && !model.rasters.includes(name) ? "The server does not offer this layer." : "Being measured from the file …";
}

function rangeOf(rasters, name) {
  const whole = rasters.whole(name);
  return (whole.range ??= byteRange(whole));
}

function draw(context, box, page, name, rows) {
  const { rasters, view, theme } = page;
  const whole = rasters.whole(name);
  const range = rangeOf(rasters, name);
  const fine = rasters.fine(name);
  const covered = fine && fine.first <= view.from && endOf(fine) >= Math.min(view.to, endOf(whole));
  if (!covered) drawRaster(context, box, whole, range, theme.map, view, rows);
  if (fine) drawRaster(context, box, fine, range, theme.map, view, rows);
  // what is visible has been drawn; now finer columns may be requested
  rasters.refine(name, view, box.width * Math.min(2, devicePixelRatio || 1));
}

function axis(context, box, raster, rows, unit, { colours }) {
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillStyle = colours.muted;
  for (const { label, place } of rowTicks(raster, box.height, rows)) context.fillText(label, box.left - 6, box.top + (1 - place) * box.height);
  context.fillText(unit, box.left - 6, box.top + 5);
}

function table({ rasters }, name) {
  const whole = rasters.whole(name);
  const { rows, columns, step, first } = whole;
  const unit = NAMES[name]?.[2] ?? "";
  const names = Array.from({ length: rows }, (_, row) => (name === "chroma" ? PITCHES[row % 12] : `${Number(valueOf(whole, (row + 0.5) / rows).toPrecision(5))} ${unit}`));
  const every = Math.ceil(columns / MOST_COLUMNS);
  return {
    columns: ["time (s)", ...names],
    rows: Array.from({ length: Math.ceil(columns / every) }, (_, i) => {
      const time = first + i * every * step;
      return [time, ...names.map((_, row) => valueAt(whole, time + step / 2, row))];
    }),
  };
}

const text = (name, raster, place, value) => {
  const unit = raster.top - raster.bottom > 1.5 ? `${number(value, 1)} dB` : number(value, 2);
  const at = valueOf(raster, place);
  if (name === "chroma") return [PITCHES[Math.floor(place * 12)], unit];
  return [name === "tempogram" ? `${number(at, 1)} BPM` : hertz(at, at / 100), unit];
};

function tip({ rasters }, name, time, place) {
  const fine = rasters.fine(name);
  const raster = fine && time >= fine.first && time < endOf(fine) ? fine : rasters.whole(name);
  const value = valueAt(raster, time, Math.floor(place * raster.rows));
  return value === null ? null : text(name, raster, place, value);
}

/** One of the rasters by choice, with a zoom of its frequency axis. */
export const spectrogram = {
  id: "spectrogram",
  name: "Spectrogram",
  title: "Level over time and frequency, below the loudest; the colours follow what is heard. Wheel over the axis: zoom in frequency",
  height: 190,
  axis: true,
  start: () => ({ rows: { ...ALL } }),
  none: (page) => none(page, page.raster),
  controls(page) {
    const { element, show } = choice("Kind of spectrogram", Object.fromEntries(Object.entries(NAMES).map(([name, [short, long]]) => [name, [short, long]])), (name) => {
      page.setRaster(name);
      show(name);
    });
    show(page.raster);
    return [element];
  },
  note({ rasters, raster, model }) {
    const whole = rasters.whole(raster);
    if (!whole) return "";
    if (rangeOf(rasters, raster).silent) return "silence";
    if (short(model)) return "shorter than a frame: padded with zeros";
    if (whole.top - whole.bottom <= 1.5) return "";
    const level = (byte) => number(whole.bottom + ((whole.top - whole.bottom) * byte) / 255, 0);
    const { low, high } = rangeOf(rasters, raster);
    return `${level(low)} to ${level(high)} dB`;
  },
  summary: ({ raster, rasters }) => `${NAMES[raster][1]}, ${rasters.whole(raster).rows} rows and ${rasters.whole(raster).columns} columns`,
  draw(context, box, page, { state }) {
    const rows = page.raster === "chroma" ? ALL : state.rows;
    draw(context, box, page, page.raster, rows);
    if (page.raster === "chroma") pitchNames(context, box, page.theme);
    else axis(context, box, page.rasters.whole(page.raster), rows, NAMES[page.raster][2], page.theme);
  },
  tip: (page, time, place, { state }) => tip(page, page.raster, time, page.raster === "chroma" ? place : state.rows.low + place * (state.rows.high - state.rows.low)),
  table: (page) => table(page, page.raster),
  /** Zooms the frequency axis by a factor around a place, or shows all of it. */
  zoomRows({ state }, factor, place = 0.5) {
    const { low, high } = state.rows;
    const size = factor === null ? 1 : Math.min(1, Math.max(0.04, (high - low) / factor));
    const fixed = low + place * (high - low);
    const start = Math.max(0, Math.min(1 - size, fixed - place * size));
    state.rows = { low: start, high: start + size };
  },
  panRows({ state }, by) {
    const size = state.rows.high - state.rows.low;
    const start = Math.max(0, Math.min(1 - size, state.rows.low + by * size));
    state.rows = { low: start, high: start + size };
  },
};

/** Samples of a usual frame of analysis. */
const FRAME = 2048;
const short = ({ duration, sample_rate }) => duration * (sample_rate ?? 44_100) < FRAME;

export const chroma = {
  id: "chroma",
  name: "Chroma",
  title: "Energy of the twelve pitch classes, C lowest",
  height: 92,
  none: (page) => none(page, "chroma"),
  summary: ({ rasters }) => `energy of the twelve pitch classes in ${rasters.whole("chroma").columns} columns`,
  draw(context, box, page) {
    draw(context, box, page, "chroma", ALL);
    pitchNames(context, box, page.theme);
  },
  tip: (page, time, place) => tip(page, "chroma", time, place),
  table: (page) => table(page, "chroma"),
};

function pitchNames(context, box, { colours }) {
  const each = box.height / 12;
  const every = Math.ceil(10 / each);
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillStyle = colours.muted;
  PITCHES.forEach((name, i) => i % every === 0 && context.fillText(name, box.left - 6, box.top + (11.5 - i) * each));
}
