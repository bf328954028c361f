// The same recording in other encodings, as told by the fingerprints.
import { aborted } from "../api.js";
import { count, number } from "/ui/format.js";
import { emptyState, faultCard } from "../notice.js";
import { label, valueText } from "../value_text.js";
import { latest } from "../latest.js";
import { make } from "/ui/dom.js";
import { recordingAddress } from "../address.js";

/** Number of groups that are added to the page at once. */
const PAGE = 40;
const COLUMNS = ["codec", "container", "sample_rate", "channels", "duration", "loudness"];

export function duplicates(host, { api, collection, filters, back, compare }) {
  const element = make("div", { className: "duplicates panel-view" });
  host.append(element);
  const columns = COLUMNS.filter((name) => collection.columns.has(name));
  let groups = [];
  let shown = 0;

  const head = (text) => make("div", { className: "head" }, make("h2", { textContent: "Duplicates" }),
    make("span", { className: "hint", textContent: text }), make("span", { className: "grow" }),
    make("button", { type: "button", textContent: "Back to the table", on: { click: back } }));

  const load = latest(async (signal) => {
    try {
      const answer = await api.json("/api/duplicates", filters.params(), { signal });
      groups = answer.groups;
      shown = 0;
      if (!groups.length) {
        element.replaceChildren(head(""), emptyState("No duplicates",
          answer.why ? `They cannot be told: ${answer.why}.` : "No two of the recordings that match are the same recording in different encodings."));
        return;
      }
      const list = make("div", { className: "group-list" });
      const more = make("button", { type: "button", on: { click: () => add(list, more, signal) } });
      element.replaceChildren(head(`${count(groups.length)} ${groups.length === 1 ? "group" : "groups"} of the same recording`), list, more);
      await add(list, more, signal);
    } catch (error) {
      if (!aborted(error)) element.replaceChildren(head(""), faultCard(error, () => load()));
    }
  });

  async function add(list, more, signal) {
    const next = groups.slice(shown, shown + PAGE);
    shown += next.length;
    const ids = next.flatMap((group) => group.ids);
    const byId = new Map();
    for (let at = 0; at < ids.length; at += 100) {
      const { rows } = await api.json("/api/recordings", [...ids.slice(at, at + 100).map((id) => ["id", id]),
        ["columns", ["name", "path", ...columns].join(",")], ["limit", 1000]], { signal });
      rows.forEach((row) => byId.set(row.id, row));
    }
    list.append(...next.map((group) => card(group, byId)));
    more.hidden = shown >= groups.length;
    more.textContent = `Show more (${count(groups.length - shown)})`;
  }

  function card({ ids, similarity }, byId) {
    const rows = ids.map((id) => byId.get(id)).filter(Boolean);
    return make("section", { className: "card duplicate" },
      make("header", {}, make("span", { textContent: `${ids.length} recordings` }),
        make("span", { className: "hint", textContent: `similarity ${number(similarity, 2)}` }), make("span", { className: "grow" }),
        make("button", { type: "button", className: "small", textContent: "compare", on: { click: () => compare(ids) } })),
      make("table", {}, make("thead", {}, make("tr", {}, make("th", { scope: "col", textContent: "name" }),
        ...columns.map((name) => make("th", { scope: "col", textContent: label(name) })))),
        make("tbody", {}, ...rows.map((row) => make("tr", {},
          make("td", {}, make("a", { href: recordingAddress(row.id), textContent: row.name, title: row.path ?? "" })),
          ...columns.map((name) => make("td", { textContent: valueText(row[name], collection.columns.get(name)) })))))));
  }

  load();
  return {
    destroy() {
      load.stop();
      element.remove();
    },
    update: load,
    state: () => ({ groups: groups.length, shown }),
  };
}
