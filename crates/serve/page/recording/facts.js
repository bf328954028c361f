// The title of a recording, its facts, and all values of its row.
import { make } from "/ui/dom.js";
import { lasting, number, significant } from "/ui/format.js";
import { clock, keyName } from "./music.js";

/** Columns that are shown elsewhere, or that describe the table and not the recording. */
const HIDDEN = ["id", "name", "file", "stream", "recording", "time", "row", "distance"];
/** Values of a list that are shown. */
const SHOWN = 6;

const percent = (share) => (share === null || share === undefined ? "" : ` (${Math.round(100 * share)} %)`);

/** The title and who made it, from the tags; the name of the file where it has none. */
export function titles(row) {
  const text = (name) => (typeof row[name] === "string" && row[name].trim() ? row[name].trim() : null);
  const title = text("title") ?? text("name") ?? text("path") ?? "Recording";
  const of = [text("artist") ?? text("album_artist"), text("album"), text("date")?.slice(0, 4)].filter(Boolean);
  return { title, by: of.join(" · "), file: text("title") ? text("name") : null, path: text("path") };
}

/** Facts in the head of the page: `[name, text, title]`. */
export function facts(row) {
  const has = (name) => row[name] !== null && row[name] !== undefined;
  const list = [];
  const add = (name, key, text, title = "") => has(key) && list.push([name, text(row[key]), title]);
  add("Duration", "duration", (v) => (v < 1 ? lasting(v * 1000) : clock(v)));
  add("Tempo", "tempo", (v) => `${number(v, 1)} BPM${percent(row.tempo_confidence)}`, has("second_tempo") ? `Second most likely: ${number(row.second_tempo, 1)} BPM` : "");
  add("Time signature", "time_signature", (v) => `${v}${percent(row.time_signature_confidence)}`);
  add("Key", "key", (v) => `${keyName(v)}${percent(row.key_confidence)}`, has("second_key") ? `Second most likely: ${keyName(row.second_key)}` : "");
  add("Tuning", "tuning", (v) => `A4 ${number(v, 1)} Hz`);
  add("Loudness", "loudness", (v) => `${number(v, 1)} LUFS`);
  add("Range", "loudness_range", (v) => `${number(v, 1)} LU`, "Loudness range");
  add("True peak", "true_peak", (v) => `${number(v, 1)} dBTP`);
  add("Genre", "genre", String);
  add("Format", "codec", () => [row.codec, row.container !== row.codec ? `in ${row.container}` : ""].filter((t) => t && t !== "in null").join(" "));
  add("Sampling", "sample_rate", (v) => `${number(v / 1000, v % 1000 ? 1 : 0)} kHz${has("channels") ? `, ${row.channels === 1 ? "mono" : row.channels === 2 ? "stereo" : `${row.channels} channels`}` : ""}`);
  return list;
}

function text(value) {
  if (value === null || value === undefined) return "–";
  if (typeof value === "number") return significant(value);
  if (Array.isArray(value)) {
    const some = value.slice(0, SHOWN).map(text).join(", ");
    return value.length ? `${some}${value.length > SHOWN ? ` … (${value.length} values)` : ""}` : "none";
  }
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Every column of the row with its value. */
export function allValues(row, docs = new Map()) {
  const lines = Object.entries(row).filter(([name]) => !HIDDEN.includes(name));
  return make("dl", { className: "row-values" }, ...lines.flatMap(([name, value]) => [
    make("dt", { textContent: name, title: docs.get(name)?.doc ?? "" }), make("dd", { textContent: text(value), title: typeof value === "string" ? value : "" })]));
}
