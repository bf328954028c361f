// The latest values of all sensors as a table; only visible rows are in the DOM.
import { significant } from "../../ui/format.js";
import { make, say } from "../../ui/dom.js";
import { moment } from "../../plot/time_axis.js";

const ROW = 24;
/** Number of rows in the DOM above and below the visible ones. */
const SPARE = 8;
/** Maximum number of new rows per frame. */
const NEW = 16;

export class LatestValues {
  #columns = null;
  #rows = [];

  /** Calls `open(name)` when a row is selected, and `sort(column)` when a heading is selected. */
  constructor({ open, sort, redraw }) {
    Object.assign(this, { open, sort, redraw });
    this.above = make("tbody", { className: "room" }, make("tr", {}, make("td")));
    this.body = make("tbody");
    this.below = make("tbody", { className: "room" }, make("tr", {}, make("td")));
    this.head = make("tr");
    this.table = make("table", {}, make("thead", {}, this.head), this.above, this.body, this.below);
    this.element = make("div", { className: "latest-values", tabIndex: 0, aria: { label: "Latest values" } }, this.table);
    this.element.setAttribute("role", "region");
    const later = () => redraw();
    this.element.addEventListener("scroll", later, { passive: true });
    addEventListener("scroll", later, { passive: true });
    new ResizeObserver(later).observe(this.element);
  }

  #headings(columns) {
    if (this.#columns === columns) return;
    this.#columns = columns;
    const heading = (text, column) => make("th", { scope: "col", data: { column: String(column) } },
      make("button", { type: "button", className: "link-like", textContent: text.replaceAll(".", ".\u200b"), title: `Sort by ${text}`, on: { click: () => this.sort(column) } }));
    this.head.replaceChildren(heading("sensor", null), ...columns.map(heading), heading("until (UTC)", "end"));
    this.table.style.minWidth = `${300 + 104 * columns.length}px`;
    this.body.replaceChildren();
    this.#rows = [];
  }

  draw(list, { columns, sorted, down }) {
    this.#headings(columns);
    for (const cell of this.head.cells) {
      const here = cell.dataset.column === String(sorted);
      cell.setAttribute("aria-sort", here ? (down ? "descending" : "ascending") : "none");
    }
    const { top, bottom } = this.element.getBoundingClientRect();
    const hidden = this.element.scrollTop + Math.max(0, -top);
    const seen = Math.max(0, Math.min(bottom, innerHeight) - Math.max(0, top));
    const first = Math.max(0, Math.floor(hidden / ROW) - SPARE);
    const end = Math.min(list.length, Math.ceil((hidden + seen) / ROW) + SPARE);
    const room = (part, rows) => {
      part.hidden = rows === 0;
      part.rows[0].style.height = `${rows * ROW}px`;
    };
    while (this.#rows.length > end - first) this.#rows.pop().remove();
    const most = Math.min(end - first, this.#rows.length + NEW);
    while (this.#rows.length < most) {
      const name = make("button", { type: "button", className: "link-like" });
      const row = make("tr", {}, make("th", { scope: "row" }, name), ...Array.from({ length: columns.length + 1 }, () => make("td")));
      name.addEventListener("click", () => this.open(name.textContent));
      this.#rows.push(row);
      this.body.append(row);
    }
    if (most < end - first) this.redraw();
    room(this.above, first);
    room(this.below, list.length - first - most);
    // all values of a column have the same format
    const inSight = list.slice(first, end).map(({ rows }) => rows.at(-1).values);
    const whole = columns.map((_, c) => inSight.every((v) => Number.isInteger(v[c] ?? 0)));
    this.#rows.forEach((row, i) => {
      const sensor = list[first + i];
      const last = sensor.rows.at(-1);
      say(row.cells[0].firstChild, sensor.name);
      columns.forEach((_, c) => say(row.cells[c + 1], significant(last.values[c], whole[c])));
      say(row.cells[columns.length + 1], moment(last.end, true));
      row.classList.toggle("early", last.early);
    });
  }
}
