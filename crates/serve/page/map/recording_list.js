// Beside the map: the recordings most like one, or the first of those that match.
import { count, number } from "/ui/format.js";
import { latest } from "../latest.js";
import { address, recordingAddress } from "../address.js";
import { make, say } from "/ui/dom.js";
import { valueText } from "../value_text.js";

const FEW = 50;
const COLUMNS = ["name", "artist", "key", "tempo", "duration"];

/** `pointed(row)` while the pointer is over a recording (−1 after it), `like(id)` to list those like another. */
export function recordingList({ api, collection, filters, pointed, like }) {
  const title = make("h2");
  const actions = make("div", { className: "group" });
  const list = make("ol", { className: "recording-list" });
  const element = make("section", { className: "map-list", aria: { label: "Recordings" } },
    make("div", { className: "head" }, title, make("span", { className: "grow" }), actions), list);
  const columns = COLUMNS.filter((name) => collection.columns.has(name));
  let wanted = null;
  let shown = [];

  const load = latest(async (signal) => {
    const near = wanted;
    const params = [...filters.params(), ["columns", columns.join(",")], ["limit", FEW], ...(near ? [["near", near]] : [])];
    const [answer, self] = await Promise.all([
      api.json("/api/recordings", params, { signal }),
      near ? api.json("/api/recordings", { id: near, columns: columns.join(","), limit: 1 }, { signal }) : null,
    ]);
    const mine = self?.rows[0] ?? null;
    shown = [...(mine ? [mine] : []), ...answer.rows];
    say(title, near ? `Most like ${mine?.name ?? near}` : `${count(answer.matching)} recordings`);
    title.title = title.textContent;
    const close = make("button", { type: "button", className: "small", textContent: "×", aria: { label: "List all matching recordings" },
      on: { click: () => like(null) } });
    actions.replaceChildren(...(near ? [close] : [make("a", { href: address("", filters.params()), textContent: "as table" })]));
    list.replaceChildren(...answer.rows.map(item));
    if (!answer.rows.length) list.replaceChildren(make("li", { className: "none", textContent: near ? "No other recording matches." : "No recording matches." }));
    list.scrollTop = 0;
  });

  function item(row) {
    const figure = (name, unit) => typeof row[name] === "number" && valueText(row[name], collection.columns.get(name)) + unit;
    const facts = [row.artist, row.key, figure("tempo", " BPM"), figure("duration", "")].filter(Boolean).join(" · ");
    return make("li", { on: { pointerenter: () => pointed(row.row), pointerleave: () => pointed(-1) } },
      make("a", { href: recordingAddress(row.id), textContent: row.name ?? row.id, on: { focus: () => pointed(row.row) } }),
      ...(row.distance === undefined ? [] : [make("span", { className: "hint distance", title: "Distance of the features; 0 is equal",
        textContent: number(row.distance, 2) })]),
      make("span", { className: "facts-line hint", textContent: facts }),
      make("button", { type: "button", className: "small", textContent: "≈", title: "More like this", aria: { label: `More like ${row.name}` },
        on: { click: () => like(row.id) } }));
  }

  return {
    element,
    destroy: () => load.stop(),
    /** Lists the recordings most like one, or the first that match; returns the rows. */
    async show(near) {
      wanted = near;
      await load();
      return shown.map(({ row }) => row);
    },
    rows: () => list.querySelectorAll("a").length,
  };
}
