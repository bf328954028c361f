// Chords, keys and sections: spans with a colour and a name.
import { chordName, clock, isMinor, keyName, pitchClass, rootColour } from "../music.js";
import { spanAt, within } from "../model.js";
import { inside } from "../track.js";
import { missing } from "./missing.js";
import { tint } from "../tint.js";

/** Draws spans as blocks; the text is left out where it does not fit. */
function blocks(context, box, { view, theme }, spans, { colour, text }) {
  inside(context, box, () => {
    context.textAlign = "left";
    context.textBaseline = "middle";
    for (const span of within(spans, view.from, view.to)) {
      const left = box.left + view.place(span.start) * box.width;
      const right = box.left + view.place(span.end) * box.width;
      context.fillStyle = colour(span);
      context.fillRect(left, box.top, Math.max(0.75, right - left - (right - left > 4 ? 1 : 0)), box.height);
      const name = text(span);
      const from = Math.max(left, box.left);
      const room = Math.min(right, box.left + box.width) - from - 7;
      if (room < 8 || context.measureText(name).width > room) continue;
      context.fillStyle = theme.colours.text;
      context.fillText(name, from + 4, box.top + box.height / 2 + 0.5);
    }
  });
}

const percent = (share) => (share === null || share === undefined ? null : `${Math.round(100 * share)} %`);

export const chords = {
  id: "chords",
  name: "Chords",
  title: "Chords, coloured by root: neighbours in the circle of fifths have similar colours",
  height: 30,
  none: ({ model, ...page }) => (model.chords.length ? null : missing({ model, ...page }) ?? "No chords."),
  note: ({ model }) => (model.chords.length && model.chords.every(({ label }) => label === "N") ? "no chord sounds" : ""),
  summary: ({ model }) => `${model.chords.length} chords: ${model.chords.slice(0, 12).map(({ label, start }) => `${chordName(label)} at ${clock(start, 0)}`).join(", ")}${model.chords.length > 12 ? " …" : ""}`,
  draw: (context, box, page) => blocks(context, box, page, page.model.chords, {
    colour: ({ label, root }) => rootColour(root, page.theme, { minor: isMinor(label), opacity: label === "N" ? 0.5 : 1 }),
    text: ({ label }) => chordName(label),
  }),
  tip({ model }, time) {
    const chord = spanAt(model.chords, time);
    return chord && [chord.label === "N" ? "no chord" : `${chordName(chord.label)} (${chord.label})`, `${clock(chord.start)} – ${clock(chord.end)}`, percent(chord.confidence)].filter(Boolean);
  },
  table: ({ model }) => ({
    columns: ["start (s)", "end (s)", "chord", "root", "confidence"],
    rows: model.chords.map(({ start, end, label, confidence }) => [start, end, label, label === "N" ? "" : label.split(":")[0], confidence ?? null]),
  }),
};

export const keys = {
  id: "keys",
  name: "Keys",
  title: "The key over time",
  height: 26,
  none: ({ model, ...page }) => (model.local_keys.length ? null : missing({ model, ...page }) ?? "No keys over time."),
  summary: ({ model }) => model.local_keys.slice(0, 12).map(({ key, start }) => `${key} from ${clock(start, 0)}`).join(", "),
  draw: (context, box, page) => blocks(context, box, page, page.model.local_keys, {
    colour: ({ key }) => rootColour(pitchClass(key), page.theme, { minor: isMinor(key), opacity: 0.8 }),
    text: ({ key }) => keyName(key),
  }),
  tip({ model }, time) {
    const key = spanAt(model.local_keys, time);
    return key && [keyName(key.key), `${clock(key.start)} – ${clock(key.end)}`];
  },
  table: ({ model }) => ({ columns: ["start (s)", "end (s)", "key"], rows: model.local_keys.map(({ start, end, key }) => [start, end, key]) }),
};

export const structure = {
  id: "structure",
  name: "Structure",
  title: "Parts between which the harmony changes",
  height: 26,
  none: ({ model, ...page }) => (model.parts.length ? null : missing({ model, ...page }) ?? "One part: no border at which the harmony changes."),
  summary: ({ model }) => `${model.parts.length} parts, starting at ${model.parts.map(({ start }) => clock(start, 0)).join(", ")}`,
  draw: (context, box, page) => blocks(context, box, page, page.model.parts, {
    colour: ({ number }) => tint(page.theme, number - 1, 0.35),
    text: ({ number, start }) => (number > 1 ? `${number} · ${clock(start, 0)}` : "1"),
  }),
  tip({ model }, time) {
    const part = spanAt(model.parts, time);
    return part && [`part ${part.number}`, `${clock(part.start)} – ${clock(part.end)}`];
  },
  table: ({ model }) => ({ columns: ["part", "start (s)", "end (s)"], rows: model.parts.map(({ number, start, end }) => [number, start, end]) }),
};
