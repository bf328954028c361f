// A table of any length: only visible rows are in the DOM, and their elements are reused.
import { make } from "/ui/dom.js";
import { oncePerFrame } from "../latest.js";

const ROW = 26;
/** Height of a row as a card, on narrow screens. */
const CARD = 74;
/** Number of rows in the DOM above and below the visible ones. */
const SPARE = 4;
/** Maximum height of the scrolled area in pixels: browsers limit it. Longer tables scroll faster than by row. */
const TALLEST = 12_000_000;
/** Width of the table below which rows are cards, in pixels. */
const NARROW = 560;

let tables = 0;

/** Writes a cell's text into its text node. */
function write(cell, text) {
  const node = cell.firstChild ?? cell.appendChild(document.createTextNode(""));
  if (node.data === text) return;
  const missing = text === "–";
  if (missing !== (node.data === "–")) cell.classList.toggle("none", missing);
  node.data = text;
}

/**
 * `columns`: `{ name, label, unit, doc, kind, width, text(row), full(row), fill(cell, row) }`, where `fill` is for cells that are more than
 * text; it is called once for each row shown. `rows`: `{ total, at(index), need(first, end) }`, where `at` returns
 * undefined for a row that is still on its way. `open(row)` is called on Enter and double click, `pick(row)` on Space.
 */
export class VirtualTable {
  columns = [];
  rows = { total: 0, at: () => undefined };
  active = -1;
  cards = false;
  #pool = [];
  #sorting = { column: null, order: "asc" };

  constructor({ label, open, pick, sort, frames, cards = true, changed }) {
    Object.assign(this, { open, pick, sort, frames, allowCards: cards, changed });
    this.id = `table-${++tables}`;
    this.head = make("div", { className: "grid-row grid-head" });
    this.head.setAttribute("role", "row");
    this.head.setAttribute("aria-rowindex", "1");
    this.body = make("div", { className: "grid-body" });
    this.body.setAttribute("role", "rowgroup");
    this.element = make("div", { className: "grid", tabIndex: 0, aria: { label },
      on: { scroll: () => this.draw(), keydown: (event) => this.#key(event) } }, this.head, this.body);
    this.element.setAttribute("role", "grid");
    this.draw = oncePerFrame(() => this.#draw());
    this.resized = new ResizeObserver(() => this.#resize());
    this.resized.observe(this.element);
    this.body.addEventListener("pointerover", (event) => this.#title(event));
    this.body.addEventListener("click", (event) => this.#click(event));
    this.body.addEventListener("dblclick", (event) => this.#click(event, true));
  }

  destroy() {
    this.draw.stop();
    this.resized.disconnect();
  }

  get rowHeight() {
    return this.cards ? CARD : ROW;
  }

  setColumns(columns) {
    this.columns = columns;
    this.head.replaceChildren(...columns.map((column) => {
      const sortable = this.sort && column.sortable !== false;
      const text = [make("span", { textContent: column.label ?? column.name }), ...(column.unit ? [make("small", { textContent: column.unit })] : [])];
      const cell = make("div", { className: `cell ${column.kind ?? "text"}`, title: column.doc ?? "", data: { column: column.name } },
        ...(sortable ? [make("button", { type: "button", tabIndex: -1, on: { click: () => this.#sortBy(column.name) } }, ...text)] : text));
      cell.setAttribute("role", "columnheader");
      return cell;
    }));
    this.element.setAttribute("aria-colcount", String(columns.length));
    this.element.style.setProperty("--columns", columns.map(({ width, grow }) => (grow ? `minmax(${width}px, ${grow}fr)` : `${width}px`)).join(" "));
    this.element.style.setProperty("--least", `${columns.reduce((sum, { width }) => sum + width, 0)}px`);
    for (const { row } of this.#pool) row.remove();
    this.#pool = [];
    this.showSorting(this.#sorting);
    this.draw();
  }

  /** Marks the column that rows are sorted by. */
  showSorting({ column, order }) {
    this.#sorting = { column, order };
    for (const cell of this.head.children) {
      const mine = cell.dataset.column === column;
      if (mine) cell.setAttribute("aria-sort", order === "desc" ? "descending" : "ascending");
      else cell.removeAttribute("aria-sort");
    }
  }

  /** Shows other rows. `keep`: at the same place. */
  setRows(rows, { keep = false } = {}) {
    this.rows = rows;
    if (!keep) this.element.scrollTop = 0;
    this.active = Math.min(this.active, rows.total - 1);
    this.element.setAttribute("aria-rowcount", String(rows.total + 1));
    for (const entry of this.#pool) entry.shown = undefined;
    this.#resize();
  }

  /** Fills rows again whose contents have changed or arrived. */
  refresh() {
    for (const entry of this.#pool) entry.shown = undefined;
    this.draw();
  }

  #resize() {
    const cards = this.allowCards && this.element.clientWidth > 0 && this.element.clientWidth < NARROW;
    if (cards !== this.cards) {
      this.cards = cards;
      this.element.classList.toggle("cards-layout", cards);
      for (const { row } of this.#pool) row.remove();
      this.#pool = [];
    }
    this.body.style.height = `${Math.min(TALLEST, this.rows.total * this.rowHeight)}px`;
    this.draw();
  }

  /** The offset of the first visible pixel in a table of full height, and the place of row 0 in the scrolled area. */
  #offset() {
    const full = this.rows.total * this.rowHeight;
    const { scrollTop } = this.element;
    if (full <= TALLEST) return { offset: scrollTop, origin: 0 };
    const view = this.#view();
    const offset = (scrollTop / Math.max(1, TALLEST - view)) * (full - view);
    return { offset, origin: scrollTop - offset };
  }

  #view() {
    return Math.max(0, this.element.clientHeight - this.head.offsetHeight);
  }

  /** The rows in view: first and end. */
  visible() {
    const { offset } = this.#offset();
    return { first: Math.max(0, Math.floor(offset / this.rowHeight)), end: Math.min(this.rows.total, Math.ceil((offset + this.#view()) / this.rowHeight)) };
  }

  #draw() {
    this.frames?.begin(true);
    const { origin } = this.#offset();
    const { first, end } = this.visible();
    this.rows.need?.(first, end);
    const [from, to] = [Math.max(0, first - SPARE), Math.min(this.rows.total, end + SPARE)];
    const size = Math.max(this.#pool.length, Math.ceil(this.element.clientHeight / this.rowHeight) + 2 * SPARE + 2);
    while (this.#pool.length < Math.min(size, to - from)) this.#pool.push(this.#make());
    const used = new Set();
    for (let i = from; i < to; i++) {
      const entry = this.#pool[i % this.#pool.length];
      used.add(entry);
      this.#fill(entry, i, origin);
    }
    for (const entry of this.#pool) if (!used.has(entry)) entry.row.hidden = true;
    if (this.active >= from && this.active < to) this.element.setAttribute("aria-activedescendant", `${this.id}-${this.active}`);
    else this.element.removeAttribute("aria-activedescendant");
    this.frames?.end();
  }

  #make() {
    const cells = this.columns.map((column) => {
      const cell = make("div", { className: `cell ${column.kind ?? "text"}`, data: { unit: column.unit && column.name !== "duration" ? column.unit : "" } });
      cell.setAttribute("role", "gridcell");
      return cell;
    });
    const row = make("div", { className: "grid-row" }, ...cells);
    row.setAttribute("role", "row");
    this.body.append(row);
    return { row, cells, index: -1, shown: undefined };
  }

  #fill(entry, index, origin) {
    const { row, cells } = entry;
    const record = this.rows.at(index);
    row.hidden = false;
    const top = origin + index * this.rowHeight;
    if (entry.top !== top) row.style.top = `${(entry.top = top)}px`;
    row.classList.toggle("active", index === this.active);
    if (entry.index === index && entry.shown === record && record !== undefined) return;
    entry.index = index;
    row.id = `${this.id}-${index}`;
    row.setAttribute("aria-rowindex", String(index + 2));
    row.classList.toggle("odd", index % 2 === 1);
    row.classList.toggle("waiting", record === undefined);
    row.setAttribute("aria-selected", String(Boolean(record && this.selected?.(record))));
    entry.shown = record;
    this.columns.forEach((column, c) => {
      const cell = cells[c];
      if (record === undefined) {
        if (column.fill) cell.replaceChildren();
        else write(cell, "");
        return;
      }
      if (column.fill) return column.fill(cell, record);
      write(cell, column.text(record));
    });
  }

  /** The complete value of the cell under the pointer as its title; titles of all cells would slow down scrolling. */
  #title(event) {
    const cell = event.target.closest(".cell");
    const entry = cell && this.#pool.find((e) => e.row === cell.parentNode);
    if (!entry || entry.shown === undefined) return;
    const column = this.columns[entry.cells.indexOf(cell)];
    cell.title = column.full?.(entry.shown) ?? column.text?.(entry.shown) ?? "";
  }

  #click(event, twice = false) {
    const row = event.target.closest(".grid-row");
    const entry = this.#pool.find((e) => e.row === row);
    if (!entry || entry.shown === undefined) return;
    const control = event.target.closest("a, button, input, label");
    if (!control || control.matches("input")) this.activate(entry.index, false);
    if (control) return;
    if (twice || this.cards) this.open?.(entry.shown, entry.index);
  }

  /** Makes a row the active one and scrolls to it. */
  activate(index, scroll = true) {
    if (!this.rows.total) return;
    this.active = Math.max(0, Math.min(this.rows.total - 1, index));
    if (scroll) this.#reveal(this.active);
    this.changed?.(this.rows.at(this.active), this.active);
    this.draw();
  }

  #reveal(index) {
    const { offset } = this.#offset();
    const [top, view] = [index * this.rowHeight, this.#view()];
    let next = offset;
    if (top < offset) next = top;
    else if (top + this.rowHeight > offset + view) next = top + this.rowHeight - view;
    if (next === offset) return;
    const full = this.rows.total * this.rowHeight;
    // a pixel of a very long table's scroll bar is several pixels of rows
    if (full > TALLEST) next += Math.sign(next - offset) * Math.ceil(full / TALLEST);
    this.element.scrollTop = full <= TALLEST ? next : (next / (full - view)) * (TALLEST - view);
  }

  #sortBy(name) {
    const { column, order } = this.#sorting;
    this.sort({ column: name, order: column === name && order === "asc" ? "desc" : "asc" });
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target !== this.element) return;
    const page = Math.max(1, Math.floor(this.#view() / this.rowHeight) - 1);
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -Infinity, End: Infinity };
    const record = this.rows.at(this.active);
    if (event.key in steps) this.activate(this.active < 0 && steps[event.key] > 0 && steps[event.key] < Infinity ? this.visible().first : this.active + steps[event.key]);
    else if (event.key === "Enter" && record) this.open?.(record, this.active);
    else if (event.key === " " && record) this.pick?.(record, this.active);
    else return;
    event.preventDefault();
  }
}
