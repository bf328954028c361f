// The frame of the rhythm and harmony pages: filters, one request for what matches them, and what has failed.
import { aborted } from "../api.js";
import { count } from "/ui/format.js";
import { emptyState, faultCard } from "../notice.js";
import { FilterLayout } from "../library/filter_layout.js";
import { latest } from "../latest.js";
import { make, say } from "/ui/dom.js";

/** Parts of the histogram of a number column. */
const BINS = 48;

/** Texts of a column with how many recordings have them, without those that none has; most frequent first. */
export const frequent = ({ values }) => values.map(([text, , matching]) => [text, matching]).filter(([, n]) => n > 0).sort((a, b) => b[1] - a[1]);

/**
 * `path`: the request; `element`: what shows its answer; `show(answer, columns)`: shows it. `columns`: those whose charts
 * are filters; their histograms are without the filter on the column itself, so that the choice can be changed.
 */
export function collectionView(host, context, { path, element, show, charts, state, columns = [] }) {
  const { api, filters, collection } = context;
  const layout = new FilterLayout(host, context);
  const controller = new AbortController();
  const notice = make("div", { className: "rec-notice" });
  const found = make("span", { className: "found", role: "status" });
  let answer = null;
  let fault = null;
  layout.tools.append(found);
  layout.content.append(make("div", { className: "charts-page" }, notice, element));

  const load = latest(async () => {
    try {
      const { signal } = controller;
      const known = columns.filter((column) => collection.columns.has(column));
      const [whole, ...histograms] = await Promise.all([
        api.json(path, filters.params(), { signal }),
        ...known.map((column) => api.json("/api/histogram", [...filters.params(), ["column", column], ["bins", BINS]], { signal })),
      ]);
      answer = whole;
      fault = null;
      notice.replaceChildren();
      say(found, `${count(answer.recordings)} recordings`);
      element.hidden = answer.recordings === 0;
      if (element.hidden) notice.replaceChildren(emptyState("No recordings", filters.empty ? "The table has no rows." : "No recording matches the filters.",
        ...(filters.empty ? [] : [make("button", { type: "button", textContent: "Remove all filters", on: { click: () => filters.clear() } })])));
      show(answer, new Map(known.map((column, i) => [column, histograms[i]])));
    } catch (error) {
      if (aborted(error)) return;
      fault = error;
      notice.replaceChildren(faultCard(error, load));
    }
  });
  load();

  return {
    find: () => layout.find(),
    update() {
      layout.update();
      load();
    },
    state: () => ({
      recordings: answer?.recordings ?? null,
      fault: fault ? (fault.error ?? fault.message) : null,
      charts: Object.fromEntries(charts.map((chart) => [chart.name, chart.empty])),
      ...state?.(answer),
    }),
    destroy() {
      controller.abort();
      load.stop();
      layout.destroy();
      charts.forEach((chart) => chart.destroy());
      host.replaceChildren();
    },
  };
}

/** A card around a chart. */
export const card = (...content) => make("section", { className: "card" }, ...content);
