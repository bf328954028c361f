// The frame of the rhythm and harmony pages: filters, one request for what matches them, and what has failed.
import { aborted } from "../api.js";
import { count } from "/ui/format.js";
import { emptyState, faultCard } from "../notice.js";
import { FilterLayout } from "../library/filter_layout.js";
import { latest } from "../latest.js";
import { make, say } from "/ui/dom.js";

/**
 * `path`: the request; `element`: what shows its answer; `counted`: what a recording needs to be counted. `columns`: those
 * whose charts are filters. `show(answer, without)` shows the answer; `without(column)` is the answer without the filter
 * on that column, so that the choice can be changed.
 */
export function collectionView(host, context, { path, element, show, charts, state, counted, columns = [] }) {
  const { api, filters } = context;
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
      const filtered = columns.filter((column) => filters.has(column));
      const ask = (params) => api.json(path, params, { signal });
      const [whole, ...others] = await Promise.all([ask(filters.params()), ...filtered.map((column) => ask(filters.params({ without: column })))]);
      answer = whole;
      fault = null;
      notice.replaceChildren();
      say(found, `${count(answer.recordings)} recordings with ${counted}`);
      element.hidden = answer.recordings === 0;
      if (element.hidden) notice.replaceChildren(emptyState("No recordings", filters.empty ? "The table has no rows." : "No recording matches the filters.",
        ...(filters.empty ? [] : [make("button", { type: "button", textContent: "Remove all filters", on: { click: () => filters.clear() } })])));
      show(answer, (column) => others[filtered.indexOf(column)] ?? whole);
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
