// A small menu behind a button, and a table of values in a dialog.
import { make } from "/ui/dom.js";
import { number } from "/ui/format.js";

/** A button that opens a list of actions: `[text, action]` or `[text, { href, download }]`. */
export function menu(label, sign, items) {
  const list = make("div", { className: "menu-list" });
  const summary = make("summary", { textContent: sign, title: label, aria: { label } });
  const element = make("details", { className: "menu" }, summary, list);
  for (const [text, act] of items) {
    const close = () => {
      element.open = false;
      summary.focus();
    };
    list.append(typeof act === "function"
      ? make("button", { type: "button", textContent: text, on: { click: () => { close(); act(); } } })
      : make("a", { textContent: text, ...act, on: { click: () => (element.open = false) } }));
  }
  // a click elsewhere and Escape close it
  element.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !element.contains(event.relatedTarget)) element.open = false;
  });
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !element.open) return;
    event.stopPropagation();
    element.open = false;
    summary.focus();
  });
  const outside = (event) => {
    if (!element.isConnected) return document.removeEventListener("pointerdown", outside);
    if (!element.contains(event.target)) element.open = false;
  };
  element.addEventListener("toggle", () => {
    if (element.open) document.addEventListener("pointerdown", outside);
    else document.removeEventListener("pointerdown", outside);
  });
  return element;
}

/** Rows of a table that the page shows; the CSV file has all of them. */
const MOST_ROWS = 1000;

/** How a column is written: one number of decimals for all of its numbers. */
function format(rows, column) {
  const values = rows.map((row) => row[column]).filter((value) => typeof value === "number" && Number.isFinite(value));
  if (!values.length) return { text: (value) => (value === null || value === undefined ? "–" : String(value)), className: "" };
  const most = values.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const digits = values.every(Number.isInteger) ? 0 : Math.max(0, Math.min(4, 4 - Math.floor(Math.log10(most || 1))));
  return { text: (value) => (typeof value === "string" ? value : number(value, digits)), className: "number" };
}

/** `{ columns, rows }` as a table element; numbers are aligned to the right. */
export function tableElement({ columns, rows }, caption) {
  const some = rows.slice(0, MOST_ROWS);
  const formats = columns.map((_, i) => format(some, i));
  return make("table", { className: "value-table" },
    make("caption", { textContent: rows.length > MOST_ROWS ? `${caption}: the first ${MOST_ROWS} of ${rows.length} rows; the CSV file has all` : caption }),
    make("thead", {}, make("tr", {}, ...columns.map((name, i) => make("th", { textContent: name, scope: "col", className: formats[i].className })))),
    make("tbody", {}, ...some.map((row) => make("tr", {}, ...row.map((value, i) => make("td", { textContent: formats[i].text(value), className: formats[i].className }))))));
}

/** Shows the values behind a picture. */
export function showTable(table, caption) {
  const dialog = make("dialog", { className: "table-dialog", aria: { label: caption } },
    make("div", { className: "table-scroll", tabIndex: 0 }, tableElement(table, caption)),
    make("form", { method: "dialog" }, make("button", { textContent: "Close", autofocus: true })));
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  document.body.append(dialog);
  dialog.showModal();
}
