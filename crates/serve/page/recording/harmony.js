// The harmony of a collection: transitions of chords and of degrees, and keys on the circle of fifths.
import { Chart } from "./chart.js";
import { card, collectionView } from "./collection_view.js";
import { choice, make, remember } from "/ui/dom.js";
import { chordWheel, list, transitionName } from "../charts/chord_wheel.js";
import { count } from "/ui/format.js";
import { keyName } from "./music.js";
import { keyWheel } from "../charts/key_wheel.js";

/** Transitions in the table beside the wheel. */
const MOST = 16;

export function harmonyPage(host, context) {
  const { filters, theme } = context;
  const chart = (kind, options) => new Chart(kind, { theme, file: () => "harmony", ...options });
  const wheel = chart(chordWheel, { id: "chord-transitions", name: "Chord transitions", height: 420, title: "Which chord follows which: an arc is as long as its chord is left often" });
  const keys = chart(keyWheel, {
    id: "key-wheel", name: "Keys on the circle of fifths", height: 360, title: "Recordings by key; click on a key to choose it",
    choose: (i, data) => filters.toggleValue("key", keyWheel.name(data, i)),
  });
  const by = choice("Transitions of", {
    chords: ["Chords", "Transitions of chords by their names"],
    degrees: ["Degrees", "Transitions of degrees, relative to the key of each recording"],
  }, (value) => {
    remember("harmony.by", value);
    show();
  });
  const rows = make("tbody");
  const table = make("table", { className: "transition-table" },
    make("caption", { className: "hint", textContent: "The most frequent transitions" }),
    make("thead", {}, make("tr", {}, ...[["From", ""], ["To", ""], ["Count", "number"], ["Of those from it", "number"], ["", "share"]].map(([textContent, className]) => make("th", { textContent, className, scope: "col" })))), rows);
  const buttons = make("div", { className: "key-buttons", role: "group", aria: { label: "Keys" } });
  let answer = null;
  let shown = { chords: [], counts: [] };

  function show() {
    if (!answer) return;
    const kind = remember("harmony.by") === "degrees" && answer.degrees ? "degrees" : "chords";
    by.show(kind);
    shown = kind === "degrees" ? { chords: answer.degrees, counts: answer.degree_counts } : { chords: answer.chords, counts: answer.counts };
    wheel.update(shown);
    rows.replaceChildren(...list(shown).slice(0, MOST).map(({ from, to, n, share }) => make("tr", {},
      make("td", { textContent: transitionName(from) }), make("td", { textContent: transitionName(to) }),
      make("td", { className: "number", textContent: count(n) }), make("td", { className: "number", textContent: `${Math.round(100 * share)} %` }), make("td", { className: "share", aria: { hidden: "true" } }, bar(share)))));
    const chosen = filters.values.get("key") ?? [];
    keys.update({ values: answer.keys, chosen, what: "recordings" });
    buttons.replaceChildren(...answer.keys.map(([key, n]) => make("button", {
      type: "button", className: "small", textContent: `${keyName(key)} ${count(n)}`, aria: { pressed: String(chosen.includes(key)) }, on: { click: () => filters.toggleValue("key", key) },
    })));
  }

  return collectionView(host, context, {
    path: "/api/harmony",
    counted: "chords",
    columns: ["key"],
    charts: [wheel, keys],
    element: make("div", { className: "charts-grid" },
      card(make("div", { className: "card-head" }, by.element), wheel.element), card(keys.element, buttons), Object.assign(card(table), { className: "card wide" })),
    show(next, without) {
      answer = { ...next, keys: without("key").keys };
      show();
    },
    state: () => ({ transitions: list(shown).length, keys: answer?.keys ?? null, by: remember("harmony.by") ?? "chords" }),
  });
}

function bar(share) {
  const element = make("i");
  element.style.width = `${100 * share}%`;
  return element;
}
