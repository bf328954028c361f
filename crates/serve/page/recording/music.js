// Names and colours of pitch classes, chords and keys.
import { lch } from "/ui/colour_map.js";

export const PITCHES = ["C", "C♯", "D", "D♯", "E", "F", "F♯", "G", "G♯", "A", "A♯", "B"];
const STEPS = { C: 0, D: 2, E: 4, F: 5, G: 7, A: 9, B: 11 };
/** The black keys of a piano. */
export const BLACK = [1, 3, 6, 8, 10];

/** The pitch class, 0 to 11, of a text that begins with the name of a note, such as `F#:min` or `Bb major`; or null. */
export function pitchClass(text) {
  const found = /^([A-G])([#♯b♭]?)/.exec(text ?? "");
  if (!found) return null;
  return (STEPS[found[1]] + (found[2] ? (/[#♯]/.test(found[2]) ? 1 : 11) : 0)) % 12;
}

const SUFFIXES = { maj: "", min: "m", 7: "7", maj7: "maj7", min7: "m7", dim: "°", aug: "+", sus4: "sus4", sus2: "sus2" };

/** A chord of MIREX notation as musicians write it: `A:min` as Am, `N` as –. */
export function chordName(label) {
  if (label === "N" || !label) return "–";
  const [root, quality = "maj"] = label.split(":");
  return `${root.replace("#", "♯").replace(/^([A-G])b/, "$1♭")}${SUFFIXES[quality] ?? quality}`;
}

export const keyName = (key) => (key ?? "–").replace("#", "♯");

/** A note of MIDI as a name: 69 is A4. */
export const pitchName = (midi) => `${PITCHES[((midi % 12) + 12) % 12]}${Math.floor(midi / 12) - 1}`;

/**
 * The colour of a root: neighbours in the circle of fifths are similar, minor chords are less colourful. Text is legible
 * on it, unless it is `bright`.
 */
export function rootColour(root, { dark, colours }, { minor = false, opacity = 1, bright = false } = {}) {
  if (root === null || root === undefined) return colours["grid-strong"];
  const key = `${root} ${dark} ${minor} ${bright}`;
  if (!known.has(key)) {
    const [lightness, chroma] = bright ? (dark ? [70, 58] : [58, 58]) : dark ? [45, 40] : [82, 40];
    const hue = (30 + ((root * 7) % 12) * 30) % 360;
    known.set(key, lch(lightness - (minor ? 10 : 0), minor ? chroma * 0.6 : chroma, hue).join(" "));
  }
  return `rgb(${known.get(key)} / ${opacity})`;
}
const known = new Map();

export const isMinor = (label) => /:(min|dim)|\bminor\b/.test(label ?? "");

/** A time of a recording: `1:02.35`, or `1:00:02.35` from an hour on. */
export function clock(seconds, digits = 2) {
  const scale = 10 ** digits;
  const all = Math.round(Math.max(0, seconds) * scale);
  const [whole, part] = [Math.floor(all / scale), all % scale];
  const two = (n) => String(n).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const end = digits ? `.${String(part).padStart(digits, "0")}` : "";
  return hours ? `${hours}:${two(minutes)}:${two(rest)}${end}` : `${minutes}:${two(rest)}${end}`;
}
