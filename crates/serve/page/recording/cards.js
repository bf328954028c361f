// Rhythm and harmony of one recording, beside its layers.
import { make } from "/ui/dom.js";
import { number } from "/ui/format.js";
import { Chart } from "./chart.js";
import { chordWheel } from "../charts/chord_wheel.js";
import { histogramBars } from "../charts/bars.js";
import { keyWheel } from "../charts/key_wheel.js";
import { stepGrid } from "../charts/step_grid.js";
import { histogram, intervals, transitions } from "./model.js";
import { keyName } from "./music.js";

/** Width of a part of the histogram of intervals between beats, in ms: the resolution of the beats. */
const PART = 10;
const MOST_PARTS = 60;

/** Charts of the rhythm and of the harmony, and a function that shows a model. */
export function musicCards({ theme, rasters, name }) {
  const chart = (kind, options) => new Chart(kind, { theme, file: name, ...options });
  const pattern = chart(stepGrid, { id: "bar-pattern", name: "Bar pattern", title: "Mean onset strength in the course of a bar, four steps a beat; the strongest step is 1" });
  const beats = chart(histogramBars, { id: "beat-histogram", name: "Beat histogram", title: "How strong each tempo is, over the whole recording: the mean of the tempogram", waiting: "Being measured from the file …" });
  const gaps = chart(histogramBars, { id: "beat-intervals", name: "Inter-beat intervals", title: "Time from each beat to the next" });
  const chords = chart(chordWheel, { id: "chord-transitions", name: "Chord transitions", title: "Which chord follows which: an arc per chord, as long as it is left often" });
  const keys = chart(keyWheel, { id: "key-wheel", name: "Keys", title: "How probable each of the 24 keys is, for the whole recording" });
  const likely = make("p", { className: "hint" });
  const all = [pattern, beats, gaps, chords, keys];

  function show(model) {
    pattern.update({ all: model.bar_pattern, low: model.bar_pattern_low });
    gaps.update(intervalData(model.beats));
    chords.update(transitions(model.chords));
    keys.update(keyData(model));
    const second = model.second_key ? `, or ${keyName(model.second_key)}` : "";
    likely.textContent = model.key ? `${keyName(model.key)}${model.key_confidence === null ? "" : ` with probability ${number(model.key_confidence, 2)}`}${second}` : "";
    tempogram(model);
  }

  function tempogram(model) {
    const raster = rasters.whole("tempogram");
    if (raster) beats.update(beatData(raster, model));
    else if (rasters.state("tempogram") === "failed" || (model.measured && !model.rasters.includes("tempogram"))) {
      beats.update({ counts: [], none: "Needs the file." });
    }
  }

  return {
    rhythm: make("section", { className: "card", aria: { label: "Rhythm" } }, make("h2", { textContent: "Rhythm" }), pattern.element, beats.element, gaps.element),
    harmony: make("section", { className: "card", aria: { label: "Harmony" } }, make("div", { className: "card-head" }, make("h2", { textContent: "Harmony" }), likely), make("div", { className: "beside" }, chords.element, keys.element)),
    charts: all,
    show,
    tempogram,
    missing: () => beats.update({ counts: [], none: "Needs the file." }),
    destroy: () => all.forEach((one) => one.destroy()),
  };
}

/** Intervals of beats in ms, from the shortest to the longest without rare outliers. */
export function intervalData(beats) {
  const values = intervals(beats).map((s) => 1000 * s).sort((a, b) => a - b);
  if (!values.length) return { counts: [], none: "Fewer than two beats." };
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  const deviation = Math.sqrt(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length);
  const at = (share) => values[Math.round(share * (values.length - 1))];
  const room = Math.max(20, 0.1 * (at(0.98) - at(0.02)));
  const [lo, hi] = [Math.max(0, Math.floor((at(0.02) - room) / 10) * 10), Math.ceil((at(0.98) + room) / 10) * 10];
  return {
    ...histogram(values, lo, hi, Math.min(MOST_PARTS, Math.round((hi - lo) / PART))), unit: "ms", digits: 0, what: "intervals",
    marks: [{ value: mean, label: `mean ${number(mean, 0)} ± ${number(deviation, 1)} ms` }],
  };
}

/** The mean of the tempogram over time. */
function beatData(raster, { tempo, second_tempo: second }) {
  const { rows, columns, values, low, high, scale } = raster;
  const sums = new Array(rows).fill(0);
  for (let i = 0; i < rows * columns; i++) sums[i % rows] += values[i];
  const most = Math.max(...sums);
  const marks = [[tempo, 1], [second, 0]].filter(([value]) => value !== null && value !== undefined).map(([value]) => ({ value, label: number(value, 1) }));
  return { lo: low, hi: high, log: scale === "log", counts: most > 0 ? sums.map((v) => v / most) : [], unit: "BPM", digits: 1, marks, none: "No onsets." };
}

/** The candidates with their probabilities; without them, the key of the row. */
function keyData({ keys, key, key_confidence: confidence }) {
  const known = keys.map(({ key: name, confidence: share }) => [name, share]);
  return { values: known.length || !key ? known : [[key, confidence ?? 1]], what: "probability", digits: 2 };
}
