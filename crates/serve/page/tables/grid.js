// The rows of a table, fetched as they become visible; a row's lists are drawn beside it.
import { aborted } from "../api.js";
import { Blocks } from "../grid/blocks.js";
import { latest } from "../latest.js";
import { emptyState, faultCard } from "../notice.js";
import { query } from "./series_query.js";
import { quoted } from "../sql/tokens.js";
import { resultColumns } from "../grid/result_table.js";
import { rowDetail } from "./row_detail.js";
import { make } from "/ui/dom.js";
import { VirtualTable } from "../grid/virtual_table.js";

/** Number of columns that order rows after the chosen one, so that pages do not overlap. */
const TIES = 6;
const SORTABLE = ["number", "text", "time"];

export function tableGrid(host, { api, theme, frames, table, setOwn, own }) {
  const fault = make("div");
  const detail = make("aside", { className: "row-detail", hidden: true, aria: { label: "Row" } });
  const stage = make("div", { className: "grid-stage" });
  const element = make("section", { className: "table-panel", aria: { label: `Rows of ${table.name}` } }, fault,
    make("div", { className: "grid-and-detail" }, stage, detail));
  host.append(element);
  let shown = null;
  let blocks = null;
  let open = null;
  const grid = new VirtualTable({
    label: `Rows of ${table.name}`, frames, cards: false, open: () => show(), changed: () => open !== null && show(),
    sort: ({ column, order }) => { setOwn({ sort: column, order: order === "desc" ? "desc" : null }); load(); },
  });
  const sortable = table.columns.filter(({ kind }) => SORTABLE.includes(kind));

  /** The rows in order; of lists only their lengths, unless `whole`: a page of long lists would be megabytes. */
  function statement(offset, limit, { whole = false } = {}) {
    const wanted = table.columns.map(({ name, kind }) => (kind === "list" && !whole ? `array_length(${quoted(name)}) AS ${quoted(name)}` : quoted(name)));
    const column = sortable.find(({ name }) => name === own().get("sort")) ?? null;
    const first = column ?? sortable.find(({ name }) => name === table.time) ?? null;
    const ties = sortable.filter((one) => one !== first).slice(0, TIES);
    const way = column && own().get("order") === "desc" ? "DESC" : "ASC";
    const order = [...(first ? [`${quoted(first.name)} ${way} NULLS LAST`] : []), ...ties.map(({ name }) => quoted(name))];
    return `SELECT ${wanted.join(", ")} FROM ${quoted(table.name)}${order.length ? ` ORDER BY ${order.join(", ")}` : ""} LIMIT ${limit} OFFSET ${offset}`;
  }

  async function load() {
    blocks?.stop();
    try {
      const total = table.rows ?? (await query(api, `SELECT count(*) AS n FROM ${quoted(table.name)}`)).rows[0][0];
      if (!total) return stage.replaceChildren(emptyState("No rows", `The table ${table.name} is empty.`));
      const next = new Blocks(async (offset, limit, signal) => {
        const answer = await query(api, statement(offset, limit), { limit, signal });
        shown = answer.columns;
        return { total, rows: answer.rows };
      }, { arrived: () => grid.refresh(), failed: failure });
      await next.start();
      blocks = next;
      const described = shown.map((column, i) => ({ ...column, ...table.columns[i] }));
      const columns = resultColumns(described, Array.from({ length: Math.min(60, total) }, (_, i) => next.at(i)).filter(Boolean));
      columns.forEach((column, i) => (column.sortable = SORTABLE.includes(described[i].kind)));
      shown = described;
      grid.setColumns(columns);
      grid.showSorting({ column: own().get("sort") ?? null, order: own().get("order") ?? "asc" });
      grid.setRows(next);
      stage.replaceChildren(grid.element);
      fault.replaceChildren();
    } catch (error) {
      failure(error);
    }
  }

  function failure(error) {
    if (!aborted(error)) fault.replaceChildren(faultCard(error, load));
  }

  const show = latest(async () => {
    const index = grid.active;
    if (index < 0) return;
    let row;
    try {
      ([row] = (await query(api, statement(index, 1, { whole: true }), { limit: 1 })).rows);
    } catch (error) {
      return failure(error);
    }
    if (!row) return;
    open?.destroy();
    detail.hidden = false;
    open = rowDetail(detail, { names: shown, row, theme, close: () => {
      open.destroy();
      open = null;
      detail.hidden = true;
      grid.element.focus();
    } });
  });

  load();
  return {
    destroy() {
      blocks?.stop();
      show.stop();
      grid.destroy();
      open?.destroy();
      element.remove();
    },
    state: () => ({ kind: "grid", rows: blocks?.total ?? null, first: grid.visible().first, columns: shown?.map(({ name }) => name) ?? null,
      detail: open !== null }),
  };
}
