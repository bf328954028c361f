// The result of a query: as a table or as a chart, and its downloads.
import { ChartView } from "../charts/chart_view.js";
import { choice, make } from "/ui/dom.js";
import { count, span } from "/ui/format.js";
import { csv, fileName, save } from "../save.js";
import { emptyState } from "../notice.js";
import { MARKS, suggestion } from "../charts/chart.js";
import { ResultTable } from "../grid/result_table.js";

/** Maximum number of rows in a download. */
const DOWNLOADED = 1_000_000;

/** `changed(settings | null)` is called with the chart's settings, or null for the table. */
export class Result {
  result = null;
  settings = null;
  query = "";

  constructor({ api, theme, frames, changed, failed, explain }) {
    Object.assign(this, { api, changed, failed, explain });
    this.table = new ResultTable({ frames });
    this.chart = new ChartView({ theme, frames });
    this.facts = make("span", { className: "hint", role: "status" });
    this.views = choice("Show as", { table: ["Table", "The rows"], chart: ["Chart", "The rows as a chart"] }, (view) => this.#view(view));
    this.marks = choice("Chart", Object.fromEntries(Object.entries(MARKS).map(([mark, name]) => [mark, [name, name]])), (mark) => this.#set({ mark }));
    this.selects = ["x", "y", "colour"].map((name) => {
      const element = make("select", { aria: { label: name }, on: { change: () => this.#set({ [name]: element.value }) } });
      return { name, element, label: make("label", { className: "labelled" }, make("span", { textContent: name }), element) };
    });
    const button = (textContent, title, click) => make("button", { type: "button", textContent, title, on: { click } });
    this.vega = make("a", { className: "button-like", textContent: "Vega-Lite", title: "The chart's Vega-Lite description with its data",
      target: "_blank", rel: "noopener" });
    this.tools = make("div", { className: "group chart-tools" }, this.marks.element, ...this.selects.map(({ label }) => label));
    this.pictures = [button("PNG", "The chart as a picture", () => this.chart.savePng("chart")),
      button("SVG", "The chart as a drawing", () => this.chart.saveSvg("chart")), this.vega];
    this.downloads = make("div", { className: "group" }, button("CSV", `All rows, at most ${count(DOWNLOADED)}`, () => this.#csv()),
      button("Arrow", "All rows as an Arrow IPC stream", () => this.#arrow()), ...this.pictures);
    this.head = make("div", { className: "head" }, this.views.element, this.tools, make("span", { className: "grow" }), this.facts, this.downloads);
    this.body = make("div", { className: "result-body" });
    this.element = make("section", { className: "result", aria: { label: "Result" } }, this.head, this.body);
    this.clear();
  }

  destroy() {
    this.table.destroy();
    this.chart.destroy();
  }

  clear(content = emptyState("No query has been run", "Ctrl + Enter runs the query above.")) {
    this.result = null;
    this.head.hidden = true;
    this.body.replaceChildren(content);
  }

  /** Shows a result; `settings` are those of a link, null for a table. */
  show(query, result, settings) {
    Object.assign(this, { query, result });
    this.head.hidden = false;
    const { columns, rows, more, seconds } = result;
    this.facts.textContent = `${more ? "the first " : ""}${count(rows.length)} ${rows.length === 1 ? "row" : "rows"}${typeof seconds === "number" ? ` in ${span(seconds * 1000)}` : ""}`;
    this.possible = suggestion(columns, rows);
    this.table.show(result);
    const known = (name) => columns.some((column) => column.name === name);
    const kept = ([name, value]) => name === "mark" || (name === "colour" && value === "") || known(value);
    const linked = settings && MARKS[settings.mark] ? { ...this.possible, ...Object.fromEntries(Object.entries(settings).filter(kept)) } : null;
    this.settings = linked && known(linked.x) && known(linked.y) ? { colour: "", ...linked } : null;
    this.#show();
  }

  #view(view) {
    this.settings = view === "chart" ? (this.possible ?? { mark: "bar", x: this.result.columns[0]?.name, y: this.result.columns[0]?.name, colour: "" }) : null;
    this.#show();
    this.changed(this.settings);
  }

  #set(change) {
    this.settings = { ...this.settings, ...change };
    this.#show();
    this.changed(this.settings);
  }

  #show() {
    const { result, settings } = this;
    this.views.show(settings ? "chart" : "table");
    this.tools.hidden = !settings;
    for (const element of this.pictures) element.hidden = !settings;
    if (!result.rows.length) return this.body.replaceChildren(emptyState("No rows", "The result of the query is empty."));
    if (!settings) {
      this.body.replaceChildren(this.table.element);
      return;
    }
    this.marks.show(settings.mark);
    for (const { name, element } of this.selects) {
      const options = [...(name === "colour" ? [make("option", { value: "", textContent: "–" })] : []),
        ...result.columns.map((column) => make("option", { value: column.name, textContent: column.name }))];
      element.replaceChildren(...options);
      element.value = settings[name] ?? "";
    }
    const mark = settings.mark === "rect" ? "rect" : settings.mark;
    this.vega.href = this.api.url("/api/vega/sql", { query: this.query, mark, x: settings.x, y: settings.y, color: settings.colour || null });
    this.body.replaceChildren(this.chart.element);
    this.chart.show(result, settings);
  }

  async #csv() {
    try {
      let { result } = this;
      if (result.more) result = await (await this.api.post("/api/sql", { query: this.query, limit: DOWNLOADED })).json();
      save(csv(result.columns.map(({ name }) => name), result.rows), fileName("query", "csv"), "text/csv");
    } catch (error) {
      this.failed(error);
    }
  }

  async #arrow() {
    try {
      const answer = await this.api.post("/api/sql", { query: this.query, limit: DOWNLOADED }, { accept: "application/vnd.apache.arrow.stream" });
      save(await answer.blob(), fileName("query", "arrows"));
    } catch (error) {
      this.failed(error);
    }
  }

  state() {
    return {
      rows: this.result?.rows.length ?? null, columns: this.result?.columns.map(({ name }) => name) ?? null, more: this.result?.more ?? null,
      chart: this.settings, points: this.settings ? this.chart.hits.length : null, svg: () => this.chart.svg(),
    };
  }
}
