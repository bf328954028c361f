// Recordings side by side: their values, and their lists as small plots on common scales.
import { aborted } from "../api.js";
import { emptyState, faultCard } from "../notice.js";
import { fullText, label, valueText } from "../value_text.js";
import { make } from "/ui/dom.js";
import { MOST } from "../selection.js";
import { recordingAddress } from "../address.js";
import { smallPlot } from "./small_plot.js";

/** Columns that say nothing when recordings are compared. */
const DULL = new Set(["name", "path", "stream", "recording", "content_hash", "feature_version", "passband_version", "samples", "time", "map_x", "map_y"]);
const LISTS = ["bar_pattern", "bar_pattern_low"];

export function comparison(host, { api, collection, theme, ids, back }) {
  const controller = new AbortController();
  const element = make("div", { className: "comparison panel-view" });
  host.append(element);
  element.append(make("p", { className: "waiting-note hint", role: "status", textContent: "Loading …" }));
  let plots = [];
  let shown = [];

  async function load() {
    const chosen = ids.slice(0, MOST);
    if (chosen.length < 1) return element.replaceChildren(heading(),
      emptyState("Nothing to compare", "Select 2 to 6 recordings in the table: Space on a row, or its check box."));
    try {
      shown = await Promise.all(chosen.map((id) => api.json(`/api/recordings/${encodeURIComponent(id)}`, null, { signal: controller.signal })));
      draw();
    } catch (error) {
      if (!aborted(error)) element.replaceChildren(heading(), faultCard(error, load));
    }
  }

  function heading() {
    return make("div", { className: "head" }, make("h2", { textContent: "Comparison" }), make("span", { className: "grow" }),
      make("button", { type: "button", textContent: "Back to the table", on: { click: back } }));
  }

  function draw() {
    const names = [...collection.columns.keys()].filter((name) => !DULL.has(name) && shown.some((row) => row[name] !== null && row[name] !== undefined));
    const head = make("tr", {}, make("th", { scope: "col", textContent: "" }), ...shown.map((row, c) =>
      make("th", { scope: "col" }, chip(theme, c), make("a", { href: recordingAddress(row.id), textContent: row.name ?? row.id, title: row.path ?? "" }))));
    const values = names.map((name) => {
      const column = collection.columns.get(name);
      const texts = shown.map((row) => valueText(row[name], column));
      return make("tr", { className: new Set(texts).size > 1 ? "differs" : "" },
        make("th", { scope: "row", title: column.doc ?? "" }, label(name), ...(column.unit ? [" ", make("small", { textContent: column.unit })] : [])),
        ...shown.map((row, i) => make("td", { className: column.kind, title: fullText(row[name]) }, make("span", { textContent: texts[i] }),
          ...(column.kind === "number" && typeof row[name] === "number" ? [position(row[name], column)] : []))));
    });
    plots = [];
    const lists = listNames().map((name) => {
      // coefficient 0 of MFCC is the level, which would hide the others
      const skipped = /^mfcc/.test(name) ? 1 : 0;
      const all = shown.map((row) => (Array.isArray(row[name]) ? row[name].slice(skipped) : []));
      const some = all.flat().filter(Number.isFinite);
      const [low, high] = [some.reduce((a, b) => Math.min(a, b), 0), some.reduce((a, b) => Math.max(a, b), 0)];
      return make("tr", { className: "lists" }, make("th", { scope: "row", textContent: skipped ? `${label(name)}, from coefficient 1` : label(name) }), ...all.map((list, c) => {
        const plot = smallPlot(list, { low, high: high > low ? high : low + 1, theme, colour: c, label: `${label(name)} of ${shown[c].name}`, name });
        plots.push(plot);
        return make("td", {}, list.length ? plot.canvas : make("span", { className: "none", textContent: "–" }));
      }));
    });
    element.replaceChildren(heading(), make("div", { className: "comparison-scroll", tabIndex: 0, aria: { label: "Comparison" } },
      make("table", {}, make("thead", {}, head), make("tbody", {}, ...values), make("tbody", {}, ...lists))));
    plots.forEach((plot) => plot.draw());
  }

  /** Lists with one item each of the same meaning in all recordings: means of features, and bar patterns. */
  function listNames() {
    const all = new Set(shown.flatMap((row) => Object.keys(row)));
    return [...LISTS, ...[...all].filter((name) => name.endsWith("_mean"))].filter((name) =>
      shown.some((row) => Array.isArray(row[name]) && row[name].length > 1 && row[name].every((v) => v === null || typeof v === "number")));
  }

  const repaint = () => shown.length && draw();
  theme.addEventListener("change", repaint);
  const sized = new ResizeObserver(() => plots.forEach((plot) => plot.draw()));
  sized.observe(element);
  load();
  return {
    destroy() {
      controller.abort();
      sized.disconnect();
      theme.removeEventListener("change", repaint);
      element.remove();
    },
    state: () => ({ compared: shown.map(({ id }) => id), plots: plots.length }),
  };
}

function chip(theme, index) {
  const element = make("i", { className: "chip" });
  element.style.background = theme.channel(index);
  return element;
}

/** Where the value lies between the smallest and the largest of the collection. */
function position(value, { min, max }) {
  const mark = make("i");
  mark.style.left = `${max > min ? Math.max(0, Math.min(100, ((value - min) / (max - min)) * 100)) : 50}%`;
  return make("span", { className: "position", aria: { hidden: "true" } }, mark);
}
