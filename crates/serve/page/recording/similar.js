// The recordings that are most like this one.
import { make } from "/ui/dom.js";
import { number } from "/ui/format.js";
import { recordingAddress } from "../address.js";
import { clock, keyName } from "./music.js";

const MOST = 8;
const COLUMNS = ["title", "artist", "tempo", "key", "duration"];

/** A card that is filled once, when the row is known: only columns of the table are asked for. */
export function similarCard({ api, id }) {
  const list = make("ol", { className: "similar" });
  const state = make("p", { className: "hint", textContent: "Loading …" });
  const all = make("a", { className: "hint", href: `#/?near=${encodeURIComponent(id)}`, textContent: "all, in the library" });
  const element = make("section", { className: "card", aria: { label: "More like this" } },
    make("div", { className: "card-head" }, make("h2", { textContent: "More like this", title: "By distance of the features; 0 is equal" }), all), list, state);

  async function load(row, signal) {
    try {
      const columns = ["name", ...COLUMNS.filter((name) => name in row)];
      const { rows } = await api.json("/api/recordings", { near: id, limit: MOST, columns: columns.join(",") }, { signal });
      list.replaceChildren(...rows.map(item));
      state.hidden = rows.length > 0;
      state.textContent = "There is no other recording.";
    } catch (error) {
      if (error.name === "AbortError") return;
      state.textContent = [error.error ?? error.message, error.why, error.fix].filter(Boolean).join(": ");
    }
  }
  return { element, load, count: () => list.children.length };
}

function item(row) {
  const about = [row.artist, row.tempo === null || row.tempo === undefined ? null : `${number(row.tempo, 0)} BPM`, row.key ? keyName(row.key) : null,
    row.duration === null || row.duration === undefined ? null : clock(row.duration, 0)].filter(Boolean).join(" · ");
  return make("li", {},
    make("a", { href: recordingAddress(row.id), textContent: row.title ?? row.name ?? row.id }),
    make("span", { className: "distance", title: "Distance of the features", textContent: number(row.distance, 2) }),
    make("span", { className: "hint", textContent: about }));
}
