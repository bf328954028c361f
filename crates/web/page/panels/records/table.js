// Records of any kind as a table, newest first; only visible rows are in the DOM.
import { cellText, fullText, when } from "./cell_text.js";
import { count } from "../../ui/format.js";
import { make, say } from "../../ui/dom.js";
import { saveText } from "../../ui/export.js";

const ROW = 24;
/** Number of rows in the DOM above and below the visible ones. */
const SPARE = 6;
/** Interval between two updates with new rows, in ms; shorter intervals are unreadable. */
const PACE = 250;

export function createTable(panel, app) {
  const stream = app.stream(panel.stream);
  const collapsed = panel.layout === "collapsed";
  const head = make("tr");
  const above = make("tbody", { className: "room" }, make("tr", {}, make("td")));
  const body = make("tbody");
  const below = make("tbody", { className: "room" }, make("tr", {}, make("td")));
  const table = make("table", {}, make("thead", {}, head), above, body, below);
  const scroller = make("div", { className: "record-rows", tabIndex: 0, aria: { label: `Records: ${panel.records}` }, on: { scroll: () => app.redraw() } }, table);
  scroller.setAttribute("role", "region");
  const note = make("span", { className: "hint" });
  const csv = () => stream.csv();
  const save = make("button", { type: "button", textContent: "CSV", title: "All records that this page keeps", on: { click: () => saveText(csv(), null) } });
  const heading = make("h2", { textContent: title(panel.records), title: panel.doc });
  const bar = [heading, note, make("span", { className: "grow" }), save];
  const element = collapsed
    ? make("details", { className: "records collapsed", name: "records", aria: { label: `Table of ${panel.records}` }, on: { toggle: () => { app.redraw(); if (element.open) element.scrollIntoView({ block: "nearest" }); } } },
      make("summary", { className: "head" }, ...bar), scroller)
    : make("section", { className: "panel records", aria: { label: `Table of ${panel.records}` } }, make("div", { className: "head" }, ...bar), scroller);
  save.addEventListener("click", (event) => event.preventDefault()); // in a summary, it would also open the panel
  new ResizeObserver(() => app.redraw()).observe(scroller);

  let columns = [];
  let headed = "";
  let shown = { version: -1, at: -Infinity, rows: [] };
  let later = 0;

  /** Time, stream and key come first, followed by all fields that do not repeat them. */
  function headings() {
    const keyed = stream.rows.some(({ key }) => key !== null);
    const timed = stream.rows.some(({ time }) => time !== null);
    const fields = stream.those(({ role }) => !(role === "time" && timed) && !(["stream", "key"].includes(role) && keyed));
    columns = [
      ...(timed ? [{ name: "time", unit: "UTC", doc: "Event time of the record.", text: ({ time }) => when(time), kind: "time" }] : []),
      { name: "stream", unit: "", doc: "Stream of the record.", text: ({ stream: name }) => name || "–", kind: "text" },
      ...(keyed ? [{ name: "key", unit: "", doc: "Key of the record.", text: ({ key }) => key ?? "–", kind: "text" }] : []),
      ...fields.map((column) => ({ ...column, text: ({ values }) => cellText(values[column.place], column) })),
    ];
    const key = JSON.stringify([columns.map(({ name, unit }) => [name, unit])]);
    if (key === headed) return;
    headed = key;
    head.replaceChildren(...columns.map(({ name, unit, doc, kind }) =>
      make("th", { scope: "col", title: doc, className: kind }, name.replaceAll(".", ".\u200b").replaceAll("_", "_\u200b"), ...(unit ? [" ", make("small", { textContent: unit })] : []))));
    table.style.minWidth = `${columns.reduce((sum, { kind }) => sum + (WIDTHS[kind] ?? 112), 0)}px`;
    body.replaceChildren();
  }

  function draw() {
    const many = stream.total > stream.rows.length ? `, the newest ${count(stream.rows.length)} kept` : "";
    say(note, `${count(stream.total)} ${stream.total === 1 ? "record" : "records"}${many}`);
    if (element.tagName === "DETAILS" && !element.open) return;
    const now = performance.now();
    if (shown.version !== stream.version) {
      if (now - shown.at < PACE) {
        clearTimeout(later);
        later = setTimeout(() => app.redraw(), PACE);
      } else {
        headings();
        shown = { version: stream.version, at: now, rows: stream.rows.slice() };
      }
    }
    rows(shown.rows);
  }

  function rows(all) {
    const { top, bottom } = scroller.getBoundingClientRect();
    const hidden = scroller.scrollTop + Math.max(0, -top);
    const seen = Math.max(0, Math.min(bottom, innerHeight) - Math.max(0, top));
    const first = Math.min(all.length, Math.max(0, Math.floor(hidden / ROW) - SPARE));
    const end = Math.min(all.length, Math.ceil((hidden + seen) / ROW) + SPARE);
    const room = (part, many) => {
      part.hidden = many === 0;
      part.rows[0].style.height = `${many * ROW}px`;
    };
    while (body.rows.length > end - first) body.deleteRow(-1);
    while (body.rows.length < end - first) {
      body.append(make("tr", {}, ...columns.map(({ kind }) => make("td", { className: kind }))));
    }
    room(above, first);
    room(below, all.length - end);
    for (let i = first; i < end; i++) {
      const record = all[all.length - 1 - i];
      const { cells } = body.rows[i - first];
      columns.forEach((column, c) => {
        if (cells[c].record === record) return;
        cells[c].record = record;
        say(cells[c], column.text(record));
        cells[c].title = column.place === undefined ? cells[c].textContent : fullText(record.values[column.place]);
      });
    }
  }

  return { [collapsed ? "collapsed" : "element"]: element, draw, csv };
}

const WIDTHS = { time: 176, text: 150, numbers: 190, items: 90, object: 260, bool: 70 };

const title = (name) => name[0].toUpperCase() + name.slice(1).replaceAll("_", " ");
