// What is known of a recording: first from its row, which is there at once, then from its layers, measured from the file.
import { pitchClass } from "./music.js";

/** Shortest pause between two notes that is a rest, in seconds. */
const SHORTEST_REST = 0.03;

/** The row of the table in the form of the layers. Absent columns are empty lists. */
export function fromRow(row) {
  const list = (name) => (Array.isArray(row[name]) ? row[name] : []);
  const duration = row.duration ?? 0;
  const beats = list("beats");
  const spans = (starts, texts, make) => starts.slice(0, texts.length)
    .map((start, i) => ({ start, end: starts[i + 1] ?? Math.max(duration, start), ...make(texts[i]) }));
  const [ends, pitches, frequencies, levels, confidences] = ["ends", "pitches", "frequencies", "levels", "confidences"].map((name) => list(`note_${name}`));
  return complete({
    duration,
    ...Object.fromEntries(["sample_rate", "tempo", "tempo_confidence", "second_tempo", "key", "key_confidence", "second_key", "time_signature", "tuning"]
      .map((name) => [name, row[name] ?? null])),
    beats,
    downbeats: list("downbeats"),
    onsets: list("onsets"),
    tempo_curve: curve(beats, list("tempo_curve")),
    bar_pattern: list("bar_pattern"),
    bar_pattern_low: list("bar_pattern_low"),
    chords: spans(list("chord_starts"), list("chords"), (label) => ({ label, root: pitchClass(label), confidence: null })),
    local_keys: spans(list("local_key_starts"), list("local_keys"), (key) => ({ key })),
    /** Candidates with their probabilities; the row has the first two without the second's. */
    keys: [],
    notes: list("note_onsets").map((start, i) => ({
      start, end: ends[i] ?? start, pitch: pitches[i] ?? null, frequency: frequencies[i] ?? null, level: levels[i] ?? null, confidence: confidences[i] ?? null,
    })).filter(({ pitch }) => pitch !== null),
    sections: list("section_borders"),
    waveform: null,
    onset_strength: null,
    rasters: [],
    measured: false,
  });
}

/** The layers on top of what the row holds. */
export function withLayers(model, layers) {
  const given = Object.fromEntries(Object.entries(layers).filter(([, value]) => value !== null && value !== undefined));
  if (given.duration === undefined || !(given.duration > 0)) delete given.duration;
  return complete({ ...model, ...given, measured: true });
}

/** The tempo between neighbouring beats: as stored, or from the beats themselves. */
function curve(beats, tempi) {
  const times = beats.slice(1).map((beat, i) => (beat + beats[i]) / 2);
  if (tempi.length === times.length) return { times, tempi };
  return { times, tempi: beats.slice(1).map((beat, i) => 60 / (beat - beats[i])) };
}

function complete(model) {
  // frames reach beyond the last sample
  const clipped = (spans) => spans.filter(({ start }) => start < model.duration).map((span) => ({ ...span, end: Math.min(span.end, model.duration) }));
  const rests = [];
  model.notes.forEach(({ end }, i) => {
    const next = model.notes[i + 1]?.start;
    if (next - end >= SHORTEST_REST) rests.push({ start: end, end: next });
  });
  const borders = [0, ...model.sections.filter((s) => s > 0 && s < model.duration), model.duration];
  const parts = model.sections.length ? borders.slice(1).map((end, i) => ({ start: borders[i], end, number: i + 1 })) : [];
  return { ...model, chords: clipped(model.chords), local_keys: clipped(model.local_keys), rests, parts };
}

/** The number of values of a sorted list that are at most `value`. */
export function upTo(list, value, key = (v) => v) {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (key(list[middle]) <= value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The spans (`{ start, end }`, in order) that overlap a part of the time axis. */
export function within(spans, from, to) {
  const first = Math.max(0, upTo(spans, from, (s) => s.start) - 1);
  return spans.slice(first, upTo(spans, to, (s) => s.start)).filter((s) => s.end >= from);
}

/** The span that contains a time, or null. */
export function spanAt(spans, time) {
  const last = spans[upTo(spans, time, (s) => s.start) - 1];
  return last && time < last.end ? last : null;
}

/** The interval between two neighbouring beats, or bars, at a time: `{ start, end, number }`, or null. */
export function intervalAt(times, time) {
  const number = upTo(times, time);
  if (number < 1 || number >= times.length + 1) return null;
  const start = times[number - 1];
  // after the last one, an interval as long as the one before it
  const end = times[number] ?? start + (times.length > 1 ? start - times.at(-2) : 0);
  return time < end ? { start, end, number } : null;
}

/** The position at a time as bar and beat, both from 1; null without beats. */
export function position(model, time) {
  const beat = intervalAt(model.beats, time);
  if (!beat) return null;
  // a downbeat is one of the beats; times that differ by rounding are the same beat
  const bar = upTo(model.downbeats, beat.start + 1e-3);
  if (!bar) return { bar: null, beat: beat.number, interval: beat };
  const first = upTo(model.beats, model.downbeats[bar - 1] - 1e-3);
  return { bar, beat: beat.number - first, interval: beat };
}

/** How often each chord follows each other one: `{ chords, counts }`, most frequent first; places without a chord separate. */
export function transitions(chords) {
  const pairs = new Map();
  const totals = new Map();
  let before = null;
  for (const { label } of chords) {
    if (label === "N") {
      before = null;
      continue;
    }
    if (before !== null && before !== label) {
      pairs.set(`${before} ${label}`, (pairs.get(`${before} ${label}`) ?? 0) + 1);
      for (const one of [before, label]) totals.set(one, (totals.get(one) ?? 0) + 1);
    }
    before = label;
  }
  const names = [...totals].sort((a, b) => b[1] - a[1] || a[0].localeCompare(b[0])).map(([name]) => name);
  return { chords: names, counts: names.map((from) => names.map((to) => pairs.get(`${from} ${to}`) ?? 0)) };
}

/** Counts of values in `bins` equal parts from `lo` to `hi`; values beyond are in the first and last. */
export function histogram(values, lo, hi, bins) {
  const counts = new Array(bins).fill(0);
  for (const value of values) counts[Math.max(0, Math.min(bins - 1, Math.floor(((value - lo) / (hi - lo)) * bins)))] += 1;
  return { lo, hi, counts };
}

export const intervals = (beats) => beats.slice(1).map((beat, i) => beat - beats[i]);
