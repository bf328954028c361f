// Cards beside the layers: score, values of the row, keys.
import { allValues } from "./facts.js";
import { KEYS } from "./keyboard.js";
import { make } from "/ui/dom.js";

/** Formats of the score with what they hold. */
const SCORES = [
  ["mid", "MIDI"], ["json", "JSON"], ["jams", "JAMS"], ["lab", "chords (.lab)"], ["beats", "beats"], ["txt", "Audacity labels"],
];
const GESTURES = [
  ["Click", "go there"], ["Drag", "move the axis"], ["Wheel, pinch", "zoom; over the frequency axis: zoom in frequency"],
  ["Shift + drag", "select a part; in the ruler, drag"], ["Double click", "the whole recording"], ["↑ ↓", "on the spectrogram: zoom in frequency"],
];

export function sideCards(page) {
  const { api, path } = page;
  const link = (address, textContent, download) => make("a", { href: api.url(address), textContent, ...(download ? { download: "" } : {}) });
  const files = make("div", { className: "links" }, ...SCORES.map(([ending, text]) => link(`${path}/score.${ending}`, text, true)), link(`${path}/audio`, "the recording itself", true));
  const without = make("p", { className: "hint", textContent: "Needs the file.", hidden: true });
  const score = make("section", { className: "card", aria: { label: "Score" } },
    make("h2", { textContent: "Score", title: "Notes, rests, chords, beats and key, measured from the file" }), files, without,
    make("div", { className: "links" }, link(path, "the row as JSON")));
  const values = make("details", { className: "card" }, make("summary", {}, make("h2", { textContent: "All values of the row" })));
  const keys = make("details", { className: "card" }, make("summary", {}, make("h2", { textContent: "Keys and gestures" })),
    make("dl", { className: "keys" }, ...[...KEYS.map(({ label, text }) => [label, text]), ...GESTURES].flatMap(([name, text]) =>
      [make("dt", {}, make("kbd", { textContent: name })), make("dd", { textContent: text })])));
  page.addEventListener("row", () => values.replaceChildren(values.firstChild, allValues(page.row)));
  page.addEventListener("fault", () => {
    files.hidden = page.fault !== null && page.fault.status !== 503;
    without.hidden = !files.hidden;
  });
  return [score, values, keys];
}
