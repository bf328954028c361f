// A text column as a list of its values, the most frequent first, of which some can be chosen.
import { count } from "/ui/format.js";
import { label } from "../value_text.js";
import { make, say } from "/ui/dom.js";

/** Number of values shown before the list is opened, and at most. */
const FEW = 7;
const MOST = 200;

export class TextFacet {
  kind = "text";
  data = null;
  #open = false;
  #search = "";
  #rows = new Map();

  constructor(column, { filters }) {
    Object.assign(this, { column, filters });
    this.search = make("input", {
      type: "search", placeholder: "find a value", aria: { label: `Find a value of ${label(column.name)}` },
      on: { input: () => { this.#search = this.search.value.toLowerCase(); this.draw(); } },
    });
    this.list = make("ul", { className: "values" });
    this.list.setAttribute("aria-label", label(column.name));
    this.more = make("button", { type: "button", className: "small link-like", on: { click: () => { this.#open = !this.#open; this.draw(); } } });
    this.element = make("div", { className: "text-facet" }, this.search, this.list, this.more);
    this.search.hidden = (column.distinct ?? 0) <= 12;
  }

  destroy() {}

  show(data) {
    this.data = data;
    this.draw();
  }

  draw() {
    if (!this.data) return;
    const chosen = this.filters.values.get(this.column.name) ?? [];
    const [missing, missingMatching] = this.data.missing ?? [0, 0];
    const known = new Map(this.data.values.map(([text, all, matching]) => [text, { text, all, matching }]));
    if (missing || chosen.includes("")) known.set("", { text: "", all: missing, matching: missingMatching });
    // chosen values stay visible, even beyond the values that the server lists
    for (const text of chosen) if (!known.has(text)) known.set(text, { text, all: null, matching: null });
    let entries = [...known.values()].filter(({ text }) => !this.#search || text.toLowerCase().includes(this.#search));
    const hidden = entries.length;
    if (!this.#open && !this.#search) entries = entries.filter(({ text }, i) => i < FEW || chosen.includes(text));
    entries = entries.slice(0, MOST);
    const most = entries.reduce((top, { all }) => Math.max(top, all ?? 0), 1);
    const rows = entries.map((entry) => this.#row(entry, chosen, most));
    if (rows.length !== this.list.children.length || rows.some((row, i) => this.list.children[i] !== row)) this.list.replaceChildren(...rows);
    this.more.hidden = hidden <= FEW || Boolean(this.#search);
    const distinct = Math.max(hidden, this.column.distinct ?? 0);
    say(this.more, this.#open ? "fewer" : `${count(distinct)} values …`);
    if (distinct > hidden && this.#open) say(this.more, `fewer (the ${count(hidden)} most frequent of ${count(distinct)})`);
  }

  #row({ text, all, matching }, chosen, most) {
    let row = this.#rows.get(text);
    if (!row) {
      const box = make("input", { type: "checkbox", on: { change: () => this.filters.toggleValue(this.column.name, text) } });
      const name = make("span", { className: "value-name", textContent: text === "" ? "missing" : text, title: text });
      if (text === "") name.classList.add("none");
      const figure = make("span", { className: "figure" });
      const bar = make("span", { className: "value-bar" }, make("i"), make("b"));
      row = make("li", {}, make("label", {}, box, name, figure, bar));
      this.#rows.set(text, row);
    }
    const [box, , figure, bar] = row.firstChild.children;
    box.checked = chosen.includes(text);
    row.classList.toggle("zero", matching === 0);
    say(figure, matching === null ? "" : count(matching));
    bar.firstChild.style.width = `${((all ?? 0) / most) * 100}%`;
    bar.lastChild.style.width = `${((matching ?? 0) / most) * 100}%`;
    return row;
  }
}
