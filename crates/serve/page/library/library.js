// All recordings: a table with search, filters and sorting; comparison and duplicates.
import { aborted } from "../api.js";
import { Blocks } from "../grid/blocks.js";
import { chosenColumns, columnDialog } from "./column_choice.js";
import { comparison } from "./compare.js";
import { count } from "/ui/format.js";
import { csv, fileName, save } from "../save.js";
import { duplicates } from "./duplicates.js";
import { emptyState, faultCard } from "../notice.js";
import { FilterLayout } from "./filter_layout.js";
import { label } from "../value_text.js";
import { latest } from "../latest.js";
import { libraryColumns } from "./library_table.js";
import { make, say } from "/ui/dom.js";
import { MOST } from "../selection.js";
import { recordingAddress } from "../address.js";
import { VirtualTable } from "../grid/virtual_table.js";

/** Number of rows of a downloaded table, and of rows in one request. */
const DOWNLOADED = 100_000;
const PAGE = 1000;

export async function libraryPage(host, context) {
  const { api, collection, filters, selection, frames, navigate, setOwn, own } = context;
  if (!collection.total) {
    host.append(emptyState("No recordings",
      `The table ${collection.library.source ?? ""} has no rows. Measure recordings with “passband analyze FOLDER -o rows.parquet” and serve that file.`));
    return { destroy() {} };
  }
  const layout = new FilterLayout(host, context);
  const found = make("span", { className: "found", role: "status" });
  const sorter = make("select", { className: "sorter", aria: { label: "Sort by" }, on: { change: () => sort(JSON.parse(sorter.value)) } });
  const compareButton = make("button", { type: "button", aria: { keyshortcuts: "c" }, on: { click: compare } });
  const button = (textContent, title, click) => make("button", { type: "button", textContent, title, on: { click } });
  const csvButton = button("CSV", `The matching rows with the columns shown, at most ${count(DOWNLOADED)}`, download);
  layout.tools.append(found, sorter, compareButton,
    button("Duplicates", "The same recording in other encodings", () => show({ view: "duplicates" })),
    button("Columns", "Which columns the table shows", () => columnDialog(collection, names, (list) => { names = list; columns(); })),
    csvButton);
  const note = make("div", { className: "view-note" });
  const stage = make("div", { className: "table-stage" });
  const fault = make("div");
  layout.content.append(note, fault, stage);

  const table = new VirtualTable({
    label: "Recordings", frames, sort,
    open: (row) => navigate(recordingAddress(row.id)),
    pick: (row) => selection.toggle(row.id),
  });
  table.selected = (row) => selection.has(row.id);
  let names = chosenColumns(collection);
  let rows = null;
  let panel = null;
  let matching = null;

  const state = () => ({ sort: own().get("sort") ?? null, order: own().get("order") ?? "asc", near: own().get("near") ?? null, view: own().get("view") ?? null });

  /** The parameters that select and order the rows. */
  function query() {
    const { sort: column, order, near } = state();
    const sorted = column && collection.columns.has(column) ? [["sort", column], ["order", order]] : [];
    return [...filters.params(), ...(near ? [["near", near]] : sorted)];
  }

  const load = latest(async (signal) => {
    if (panel) return;
    const params = query();
    const wanted = [...new Set(["name", "path", ...names])].filter((name) => collection.columns.has(name)).join(",");
    const blocks = new Blocks(async (offset, limit, blockSignal) => {
      const answer = await api.json("/api/recordings", [...params, ["columns", wanted], ["offset", offset], ["limit", limit]], { signal: blockSignal });
      return { total: answer.matching, rows: answer.rows };
    }, { arrived: () => table.refresh(), failed: failure });
    try {
      const same = load.params === JSON.stringify(params);
      const at = same ? table.visible().first : 0;
      await blocks.start(at);
      if (signal.aborted || panel) return blocks.stop();
      load.params = JSON.stringify(params);
      rows?.stop();
      rows = blocks;
      matching = blocks.total;
      table.setRows(blocks, { keep: same });
      fault.replaceChildren();
      if (!table.element.isConnected || !blocks.total || stage.firstChild !== table.element) {
        stage.replaceChildren(blocks.total ? table.element : emptyState("No recording matches", "Loosen the filters, or search for other words.",
          make("button", { type: "button", textContent: "Remove all filters", on: { click: () => filters.clear() } })));
      }
      say(found, filters.empty ? `${count(collection.total)} recordings` : `${count(matching)} of ${count(collection.total)}`);
    } catch (error) {
      failure(error);
    }
  });

  function failure(error) {
    if (!aborted(error)) fault.replaceChildren(faultCard(error, () => load()));
  }

  function sort({ column, order }) {
    setOwn({ sort: column, order: order === "desc" ? "desc" : null, near: null });
    route();
  }

  function columns() {
    const { near } = state();
    table.setColumns(libraryColumns(collection, names, { selection, near, like: (id) => show({ near: id, sort: null, order: null }) }));
    route();
  }

  /** Sorting, note and panel as the address says. */
  function route() {
    const { sort: column, order, near, view } = state();
    if (Boolean(near) !== Boolean(route.near)) {
      route.near = near;
      return columns();
    }
    if (near !== route.near) route.near = near;
    table.showSorting({ column, order });
    const options = [["", "asc",
      "Table order"], ...[...new Set([...names, ...(column ? [column] : [])])].flatMap((name) => [[name, "asc", `${label(name)} ↑`],
      [name, "desc", `${label(name)} ↓`]])];
    sorter.replaceChildren(...options.map(([name, way, textContent]) => make("option", { value: JSON.stringify({ column: name || null, order: way }), textContent,
      selected: (name || null) === column && (way === order || !name) })));
    nearNote(near);
    const wanted = view === "compare" ? "compare" : view === "duplicates" ? "duplicates" : null;
    if (wanted !== (panel?.kind ?? null) || wanted) {
      panel?.destroy();
      panel = null;
      stage.replaceChildren();
      if (wanted) {
        const back = () => show({ view: null, ids: null });
        panel = wanted === "compare" ? comparison(stage, { ...context, ids: (own().get("ids") ?? "").split(",").filter(Boolean), back })
          : duplicates(stage, { ...context, back, compare: (ids) => show({ view: "compare", ids: ids.join(",") }) });
        panel.kind = wanted;
      }
    }
    stage.classList.toggle("with-panel", Boolean(panel));
    load();
  }

  async function nearNote(id) {
    if (!id) return note.replaceChildren();
    if (note.dataset.id !== id) {
      note.dataset.id = id;
      note.name = null;
      try {
        note.name = (await api.json("/api/recordings", { id, columns: "name", limit: 1 })).rows[0]?.name ?? null;
      } catch {
        // the table shows the fault
      }
    }
    note.replaceChildren(make("span", {}, "Most like ", make("a", { href: recordingAddress(id), textContent: note.name ?? id }),
      ", by the distance of their features"),
      make("button", { type: "button", className: "small", textContent: "× all recordings", on: { click: () => show({ near: null }) } }));
  }

  function show(values) {
    setOwn(values, { entry: true });
    route();
  }

  function compare() {
    if (selection.size < 2) return;
    show({ view: "compare", ids: selection.ids.join(",") });
  }

  function selected() {
    say(compareButton, selection.size ? `Compare ${selection.size}` : "Compare");
    compareButton.disabled = selection.size < 2;
    compareButton.title = selection.size < 2 ? `Select 2 to ${MOST} recordings (Space on a row)` : "Selected recordings side by side";
    table.refresh();
  }

  async function download() {
    csvButton.disabled = true;
    try {
      const all = [];
      for (let offset = 0; offset < DOWNLOADED; offset += PAGE) {
        const { rows: page, matching: many } = await api.json("/api/recordings", [...query(), ["columns", names.join(",")], ["offset", offset], ["limit", PAGE]]);
        all.push(...page);
        if (all.length >= many || !page.length) break;
        say(csvButton, `CSV ${Math.round((100 * all.length) / Math.min(many, DOWNLOADED))} %`);
      }
      save(csv(["id", ...names], all.map((row) => [row.id, ...names.map((name) => row[name])])), fileName("library", "csv"), "text/csv");
    } catch (error) {
      failure(error);
    } finally {
      say(csvButton, "CSV");
      csvButton.disabled = false;
    }
  }

  const full = () => say(compareButton, `At most ${MOST}`);
  selection.addEventListener("change", selected);
  selection.addEventListener("full", full);
  selected();
  route.near = state().near;
  columns();
  return {
    destroy() {
      selection.removeEventListener("change", selected);
      selection.removeEventListener("full", full);
      load.stop();
      rows?.stop();
      panel?.destroy();
      table.destroy();
      layout.destroy();
    },
    update() {
      layout.update();
      panel?.update?.();
      load();
    },
    route,
    find: () => layout.find(),
    compare,
    state: () => ({ matching, rows: rows?.total ?? null, first: table.visible().first, active: table.active, columns: names,
      panel: panel?.kind ?? null, ...state(), ...(panel?.state?.() ?? {}) }),
  };
}
