// Notes and rests as a piano roll.
import { note, number } from "/ui/format.js";
import { BLACK, clock, pitchName } from "../music.js";
import { tint } from "../tint.js";
import { spanAt, within } from "../model.js";
import { inside } from "../track.js";
import { missing } from "./missing.js";

/** Levels between which a note becomes opaque, in dB. */
const [FAINT, FULL] = [-50, -10];
/** Height of the row of rests below the roll, in pixels. */
const RESTS = 7;

/** The pitches on the axis: whole octaves are not needed, but at least one is shown. */
function pitches(model) {
  model.pitchRange ??= (() => {
    let [low, high] = [Infinity, -Infinity];
    for (const { pitch } of model.notes) {
      low = Math.min(low, pitch);
      high = Math.max(high, pitch);
    }
    const missing = Math.max(0, 12 - (high - low)) / 2;
    return { low: Math.floor(low - missing) - 1, high: Math.ceil(high + missing) + 1 };
  })();
  return model.pitchRange;
}

const roll = (box) => ({ ...box, height: box.height - RESTS - 3 });
const opacity = (level) => (level === null ? 0.8 : 0.25 + 0.75 * Math.max(0, Math.min(1, (level - FAINT) / (FULL - FAINT))));

export const notes = {
  id: "notes",
  name: "Notes and rests",
  title: "Notes of one voice; the louder the more opaque. The lowest row has the rests",
  height: 150,
  none: ({ model, ...page }) => (model.notes.length ? null : missing({ model, ...page }) ?? "No voice was found: no notes."),
  summary({ model }) {
    const all = model.notes.map(({ pitch }) => pitch).sort((a, b) => a - b);
    return `${all.length} notes from ${pitchName(Math.round(all[0]))} to ${pitchName(Math.round(all.at(-1)))}, ${model.rests.length} rests`;
  },
  note: ({ model }) => (model.notes.length ? `${model.notes.length} notes, ${model.rests.length} rests` : ""),

  draw(context, whole, { model, view, theme }, track) {
    const box = roll(whole);
    const { low, high } = pitches(model);
    const each = box.height / (high - low);
    const y = (pitch) => box.top + (high - pitch) * each;
    stripes(context, box, { low, high, each, y }, theme);
    const [colour, marked] = [tint(theme, 0, 1, theme.dark ? 4 : -4), theme.colours.text];
    inside(context, whole, () => {
      for (const one of within(model.notes, view.from, view.to)) {
        const left = box.left + view.place(one.start) * box.width;
        const width = Math.max(1.5, ((one.end - one.start) / view.span) * box.width);
        const thick = Math.max(3, Math.min(11, each));
        const hovered = one === track.state.hovered;
        context.fillStyle = hovered ? marked : colour;
        context.globalAlpha = hovered ? 1 : opacity(one.level);
        if (width < 4) {
          // corners cannot be seen, and take much longer for the thousands of notes of a long recording
          context.fillRect(left, y(one.pitch) - thick / 2, width, thick);
          continue;
        }
        context.beginPath();
        context.roundRect(left, y(one.pitch) - thick / 2, width, thick, 2);
        context.fill();
      }
      context.globalAlpha = 1;
      context.fillStyle = theme.colours["grid-strong"];
      for (const { start, end } of within(model.rests, view.from, view.to)) {
        context.fillRect(box.left + view.place(start) * box.width, whole.top + whole.height - RESTS, Math.max(1, ((end - start) / view.span) * box.width - 1), RESTS - 2);
      }
    });
  },

  tip({ model }, time, place, track) {
    const height = track.box.height;
    track.state.hovered = null;
    if (place * height < RESTS + 1) {
      const rest = spanAt(model.rests, time);
      return rest && ["rest", `${number(rest.end - rest.start, 2)} s`];
    }
    const { low, high } = pitches(model);
    const pitch = high - ((1 - place) * height / (height - RESTS - 3)) * (high - low);
    // the nearest note of those that sound at this time, if it is within three semitones
    const near = within(model.notes, time, time + 1e-9).filter(({ start, end }) => start <= time && end >= time)
      .sort((a, b) => Math.abs(a.pitch - pitch) - Math.abs(b.pitch - pitch))[0];
    if (!near || Math.abs(near.pitch - pitch) > Math.max(3, (high - low) / 8)) return [pitchName(Math.round(pitch))];
    track.state.hovered = near;
    const frequency = near.frequency ?? 440 * 2 ** ((near.pitch - 69) / 12);
    return [note(frequency), `${number(near.level, 1)} dB`, `${clock(near.start)} – ${clock(near.end)}`];
  },

  table({ model }) {
    const rows = [...model.notes.map((n) => ["note", n.start, n.end, pitchName(Math.round(n.pitch)), 100 * (n.pitch - Math.round(n.pitch)), n.pitch, n.frequency, n.level, n.confidence]),
      ...model.rests.map(({ start, end }) => ["rest", start, end, null, null, null, null, null, null])].sort((a, b) => a[1] - b[1]);
    return { columns: ["kind", "start (s)", "end (s)", "name", "cents", "pitch (MIDI)", "frequency (Hz)", "level (dB)", "confidence"], rows };
  },
};

/** Rows of the black keys, and the names of the notes C. */
function stripes(context, box, { low, high, each, y }, { colours }) {
  context.textAlign = "right";
  context.textBaseline = "middle";
  const every = each * 12 >= 14 ? 12 : 24;
  for (let pitch = Math.ceil(low); pitch <= high; pitch++) {
    const top = Math.max(box.top, y(pitch) - each / 2);
    if (BLACK.includes(((pitch % 12) + 12) % 12)) {
      context.fillStyle = colours.grid;
      context.fillRect(box.left, top, box.width, Math.max(0, Math.min(each, box.top + box.height - top)));
    } else if (pitch % 12 === 0) {
      context.fillStyle = colours["grid-strong"];
      context.fillRect(box.left, Math.min(box.top + box.height, y(pitch) + each / 2), box.width, 1);
    }
    if (pitch % every !== 0 && !(high - low < 20 && pitch % 12 === 7)) continue;
    context.fillStyle = colours.muted;
    context.fillText(pitchName(pitch), box.left - 6, y(pitch));
  }
}
