// Music features of a live signal: chord, key, tempo and loudness as numbers; chroma, chords, onset strength and beats
// over time.
import { make, say } from "../../ui/dom.js";
import { Plot } from "../../plot/plot.js";
import { timeAxis } from "../../plot/time_axis.js";
import { strip } from "./strip.js";

/** The time span of the strip, in ms. */
const SPAN = 30_000;
/** The range of the loudness meters, in LUFS. */
const [QUIET, LOUD] = [-60, 0];

export function createMusic(panel, app) {
  const stream = app.stream(panel.stream);
  const place = Object.fromEntries(stream.columns.map(({ name }, i) => [name, i]));
  const plot = new Plot("Chroma, chords, onset strength and beats of the last 30 seconds", "music-strip", app.redraw);
  const cell = (name, title) => {
    const value = make("output", { className: "value", aria: { label: name } });
    const note = make("small");
    return { value, note, element: make("div", { className: "music-cell", title }, make("h3", { textContent: name }), value, note) };
  };
  const chord = cell("Chord", "The chord that sounds");
  const key = cell("Key", "The key of everything since the start, with its probability among the 24 keys");
  const tempo = cell("Tempo", "The tempo of the last 12 seconds, with the probability that it is within 4 %");
  const meter = (name, title) => {
    const bar = make("meter", { min: QUIET, max: LOUD, high: -9, optimum: -20, aria: { label: name } });
    const value = make("output");
    return { bar, value, element: make("label", { title }, make("span", { textContent: name }), bar, value) };
  };
  const meters = {
    momentary: meter("Momentary", "Loudness of the last 400 ms (EBU R128)"),
    short_term: meter("Short-term", "Loudness of the last 3 s (EBU R128)"),
    integrated: meter("Integrated", "Loudness since the start (EBU R128)"),
  };
  const loudness = make("div", { className: "music-cell meters" }, make("h3", { textContent: "Loudness" }), ...Object.values(meters).map(({ element }) => element));
  const which = make("span", { className: "hint" });
  const element = make("section", { className: "panel music", aria: { label: "Music" } },
    make("div", { className: "head" }, make("h2", { textContent: "Music", title: panel.doc }), which),
    make("div", { className: "music-row" }, chord.element, key.element, tempo.element, loudness), plot.canvas);

  function draw() {
    const groups = stream.groups();
    const group = groups.at(-1);
    const newest = group?.rows.at(-1);
    say(which, groups.length > 1 ? `${group.name}, the newest of ${groups.length} streams` : "");
    const of = (name) => newest?.values[place[name]] ?? null;
    say(chord.value, of("chord") ?? "–");
    say(key.value, of("key") ?? "–");
    say(key.note, of("key") === null ? "" : percent(of("key_confidence")));
    say(tempo.value, of("tempo") === null ? "–" : `${of("tempo").toFixed(1)} bpm`);
    say(tempo.note, of("tempo") === null ? "" : percent(of("tempo_confidence")));
    for (const [name, { bar, value }] of Object.entries(meters)) {
      const level = of(name);
      bar.value = level ?? QUIET;
      say(value, level === null ? "–" : `${level.toFixed(1)} LUFS`);
    }
    if (!plot.begin(app.theme) || !newest) return;
    const to = newest.time;
    const rows = group.rows.filter(({ time }) => time > to - SPAN).map(({ time, values }) => ({
      time, chord: values[place.chord], chroma: values[place.chroma], strength: values[place.onset_strength],
      beats: (values[place.beats] ?? []).map((beat) => Number(beat) / 1000),
    }));
    const box = plot.inside(16, 22);
    timeAxis(plot.context, box, to - SPAN, to, app.theme.colours, true);
    strip(plot.context, box, rows, { from: to - SPAN, to, theme: app.theme });
  }

  return { element, draw, plot };
}

const percent = (share) => `${Math.round(100 * share)} %`;
