// The rows of a query in a table: lists of values, with sorting in the page.
import { fullText, valueText } from "../value_text.js";
import { instant } from "../charts/scales.js";
import { iso } from "/plot/time_axis.js";
import { VirtualTable } from "./virtual_table.js";

const CHARACTER = 7.2;
const NARROWEST = 64;
const WIDEST = 320;

/** A value of a result as text; times as ISO 8601 without the zone. */
export function resultText(value, column) {
  if (column.kind === "time" && value !== null && value !== undefined) {
    const text = iso(instant(value));
    return text.replace("T", " ").replace(/(\.000)?Z$/, "");
  }
  // of the lists of a table, only the lengths are fetched
  if (column.kind === "list" && typeof value === "number") return value === 1 ? "1 item" : `${value} items`;
  return valueText(value, { name: column.name, unit: column.unit ?? null });
}

/** Columns of a table for rows that are lists; widths follow the texts of the first rows. */
export function resultColumns(columns, sample) {
  return columns.map((column, i) => {
    const longest = sample.reduce((most, row) => Math.max(most, resultText(row[i], column).length), column.name.length + (column.unit?.length ?? 0) + 3);
    return {
      name: column.name, unit: column.unit, doc: [column.type,
        column.doc].filter(Boolean).join("\n"), kind: column.kind === "number" ? "number" : column.kind === "time" ? "time" : "text",
      width: Math.round(Math.max(NARROWEST, Math.min(WIDEST, longest * CHARACTER + 18))), grow: 1,
      text: (row) => resultText(row[i], column), full: (row) => fullText(row[i]),
    };
  });
}

export class ResultTable {
  constructor({ frames, label = "Result", open }) {
    this.table = new VirtualTable({ label, frames, cards: false, open, sort: (by) => this.#sort(by) });
    this.element = this.table.element;
  }

  show({ columns, rows }) {
    Object.assign(this, { columns, rows, shown: rows });
    this.table.setColumns(resultColumns(columns, rows.slice(0, 60)));
    this.table.showSorting({ column: null, order: "asc" });
    this.#set();
  }

  destroy() {
    this.table.destroy();
  }

  #set() {
    const { shown } = this;
    this.table.setRows({ total: shown.length, at: (i) => shown[i] });
  }

  #sort({ column, order }) {
    const i = this.columns.findIndex(({ name }) => name === column);
    const way = order === "desc" ? -1 : 1;
    const missing = (v) => v === null || v === undefined;
    const compare = (a, b) => (typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b)));
    // missing values are last in both directions
    this.shown = [...this.rows].sort((a, b) => (missing(a[i]) || missing(b[i]) ? Number(missing(a[i])) - Number(missing(b[i])) : way * compare(a[i], b[i])));
    this.table.showSorting({ column, order });
    this.#set();
  }
}
