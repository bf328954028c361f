// One row in full: its values, and its lists of numbers as plots.
import { ChartView } from "../charts/chart_view.js";
import { fullText } from "../value_text.js";
import { make } from "/ui/dom.js";
import { resultText } from "../grid/result_table.js";

const LISTS = 8;

export function rowDetail(host, { names, row, theme, close }) {
  const charts = [];
  const isList = (value) => Array.isArray(value) && value.length > 1 && value.every((v) => v === null || typeof v === "number");
  const plain = names.map((column, i) => [column, row[i]]).filter(([, value]) => !isList(value));
  const lists = names.map((column, i) => [column, row[i]]).filter(([, value]) => isList(value)).slice(0, LISTS);
  const drawn = lists.map(([column, values]) => {
    const chart = new ChartView({ theme });
    charts.push(chart);
    const unit = column.unit ? `${column.name} (${column.unit})` : column.name;
    const data = { columns: [{ name: "index", kind: "number" }, { name: unit, kind: "number" }], rows: values.map((value, i) => [i, value]) };
    chart.show(data, { mark: values.length <= 24 ? "bar" : "line", x: "index", y: unit, colour: "" });
    return make("div", { className: "detail-chart" }, chart.element);
  });
  host.replaceChildren(
    make("div", { className: "head" }, make("h2", { textContent: "Row" }), make("span", { className: "grow" }),
      make("button", { type: "button", className: "small", textContent: "×", aria: { label: "Close the row" }, on: { click: close } })),
    ...drawn,
    make("dl", {}, ...plain.flatMap(([column, value]) => [
      make("dt", { textContent: column.name, title: column.doc ?? "" }),
      make("dd", { textContent: Array.isArray(value) || (value && typeof value === "object") ? fullText(value) : `${resultText(value, column)}${column.unit && typeof value === "number" ? ` ${column.unit}` : ""}`, title: fullText(value) }),
    ])));
  return { destroy: () => charts.forEach((chart) => chart.destroy()) };
}
