// The tables of all jobs: over time if they have a time, otherwise as rows.
import { aborted } from "../api.js";
import { address } from "../address.js";
import { choice, make } from "/ui/dom.js";
import { count } from "/ui/format.js";
import { emptyState, faultCard } from "../notice.js";
import { quoted } from "../sql/tokens.js";
import { tableGrid } from "./grid.js";
import { timeSeries } from "./series.js";

export async function tablesPage(host, context) {
  const { api, navigate, own, setOwn } = context;
  const controller = new AbortController();
  let tables = [];
  let parts = context.parts;
  let panel = null;
  let shown = "";
  const list = make("nav", { className: "table-list", aria: { label: "Tables" } });
  const select = make("select", { className: "only-narrow", aria: { label: "Table" },
    on: { change: () => navigate(`tables/${encodeURIComponent(select.value)}`) } });
  const title = make("h2");
  const facts = make("span", { className: "hint" });
  const views = choice("Show as", { series: ["Over time", "Numbers over time"], rows: ["Rows", "All rows"] }, (view) => {
    setOwn({ view, from: null, to: null });
    show();
  });
  const sql = make("a", { className: "button-like", textContent: "SQL", title: "Query this table" });
  const stage = make("div", { className: "table-stage-host" });
  host.append(make("div", { className: "tables" }, list, make("div", { className: "tables-main" },
    make("div", { className: "tables-head" }, select, title, views.element, facts, make("span", { className: "grow" }), sql), stage)));

  async function load() {
    try {
      ({ tables } = await api.json("/api/tables", null, { signal: controller.signal }));
      list.replaceChildren(...tables.map(({ name, rows, kind, time }) => make("a", { href: address(`tables/${encodeURIComponent(name)}`), data: { name } }, make("span", { textContent: name }),
        make("small", { textContent: [rows === null ? "" : `${count(rows)} rows`,
          kind === "recordings" ? "recordings" : time ? "over time" : ""].filter(Boolean).join(" · ") }))));
      select.replaceChildren(...tables.map(({ name }) => make("option", { value: name, textContent: name })));
      show();
    } catch (error) {
      if (!aborted(error)) stage.replaceChildren(faultCard(error, load));
    }
  }

  function show() {
    if (!tables.length) return stage.replaceChildren(emptyState("No tables", "passband serve was started without tables."));
    const table = parts[0] ? tables.find(({ name }) => name === parts[0]) : (tables.find(({ kind, time }) => kind === "rows" && time) ?? tables.find(({ kind }) => kind === "rows") ?? tables[0]);
    for (const link of list.children) {
      if (link.dataset.name === table?.name) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    panel?.destroy();
    panel = null;
    stage.replaceChildren();
    title.textContent = table?.name ?? parts[0];
    if (!table) return stage.append(emptyState("No such table", `There is no table ${parts[0]}. The tables are: ${tables.map(({ name }) => name).join(", ")}.`));
    select.value = table.name;
    // recordings have a time column, too, but it is the position in the recording
    const timed = table.time !== null && table.time !== undefined && table.kind !== "recordings";
    const view = timed && own().get("view") !== "rows" ? "series" : "rows";
    views.element.hidden = !timed;
    views.show(view);
    facts.textContent = [table.rows === null ? "" : `${count(table.rows)} rows`, `${table.columns.length} columns`].filter(Boolean).join(", ");
    sql.href = address("sql", { q: `SELECT *\nFROM ${quoted(table.name)}\nLIMIT 100` });
    shown = table.name;
    panel = (view === "series" ? timeSeries : tableGrid)(stage, { ...context, table });
  }

  await load();
  return {
    destroy() {
      controller.abort();
      panel?.destroy();
    },
    route(next) {
      parts = next;
      show();
    },
    state: () => ({ tables: tables.map(({ name }) => name), table: shown, panel: panel?.state() ?? null }),
  };
}
