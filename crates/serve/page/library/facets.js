// The filters of single columns, with their distributions.
import { aborted } from "../api.js";
import { faultCard } from "../notice.js";
import { label } from "../value_text.js";
import { latest } from "../latest.js";
import { make, remember } from "/ui/dom.js";
import { NumberFacet } from "./number_facet.js";
import { TextFacet } from "./text_facet.js";

/** Columns that are shown first, as far as the table has them. */
const FIRST = ["tempo", "key", "loudness", "duration", "artist", "genre", "time_signature", "codec"];

/** Texts with more values than this, such as paths, are searched rather than chosen from a list. */
const MOST_TEXTS = 10_000;

export class Facets {
  #facets = new Map();
  /** Columns that were filtered when it was last drawn. */
  #before = new Set();

  constructor(context) {
    this.context = context;
    const { collection } = context;
    this.fault = make("div");
    this.list = make("div", { className: "facet-list" });
    this.adder = make("select", { aria: { label: "Add a filter" }, on: { change: () => this.#add(this.adder.value) } });
    this.element = make("div", { className: "facets" }, this.fault, this.list, this.adder);
    const telling = ({ kind, distinct, min, max, missing }) => (kind === "number" ? min < max : distinct > 1 || (distinct === 1 && missing > 0));
    const kept = remember("serve.facets");
    this.shown = (kept ?? FIRST.filter((name) => collection.columns.has(name) && telling(collection.columns.get(name)))).filter((name) => collection.columns.has(name));
    this.load = latest((signal) => this.#load(signal));
    this.#build();
  }

  destroy() {
    this.load.stop();
    for (const { facet } of this.#facets.values()) facet.destroy();
  }

  /** The filters have changed. */
  update() {
    if (this.#filtered().some((name) => !this.#facets.has(name))) this.#build();
    else this.#mark();
    // the others are drawn when their counts arrive
    for (const [name, { facet }] of this.#facets) if (facet.data && (this.context.filters.has(name) || this.#before.has(name))) facet.draw();
    this.#before = new Set(this.#filtered());
    this.load();
  }

  /** Draws again, in the colours of a theme. */
  draw() {
    for (const { facet } of this.#facets.values()) if (facet.data) facet.draw();
  }

  #filtered() {
    const { filters, collection } = this.context;
    return [...filters.ranges.keys(), ...filters.values.keys()].filter((name) => collection.columns.has(name));
  }

  #build() {
    const { collection } = this.context;
    const names = [...new Set([...this.shown, ...this.#filtered()])];
    for (const [name, { facet, section }] of this.#facets) {
      if (names.includes(name)) continue;
      facet.destroy();
      section.remove();
      this.#facets.delete(name);
    }
    for (const name of names) {
      if (this.#facets.has(name)) continue;
      const column = collection.columns.get(name);
      const facet = column.kind === "number" ? new NumberFacet(column, this.context) : new TextFacet(column, this.context);
      const clear = make("button", { type: "button", className: "small", textContent: "clear", aria: { label: `Clear the filter of ${label(name)}` },
        on: { click: () => this.context.filters.remove(name) } });
      const close = make("button", { type: "button", className: "small", textContent: "×", title: "Remove from this list",
        aria: { label: `Remove ${label(name)} from this list` }, on: { click: () => this.#remove(name) } });
      const vega = make("a", { className: "vega-link", textContent: "{ }", title: "Vega-Lite description", target: "_blank", rel: "noopener",
        aria: { label: `Vega-Lite description of ${label(name)}` } });
      const section = make("section", { className: "facet", aria: { label: label(name) } },
        make("header", {}, make("h2", { textContent: label(name), title: column.doc ?? "" }),
          ...(column.unit ? [make("small", { textContent: column.unit })] : []),
          make("span", { className: "grow" }), clear, vega, close), facet.element);
      this.#facets.set(name, { facet, section, clear, vega });
    }
    this.list.replaceChildren(...names.map((name) => this.#facets.get(name).section));
    const option = ({ name }) => make("option", { value: name, textContent: label(name) });
    const group = (text, columns) => make("optgroup", { label: text }, ...columns.filter(({ name }) => !names.includes(name)).map(option));
    this.adder.replaceChildren(make("option", { value: "", textContent: "Add a filter …" }), group("Numbers", collection.numbers),
      group("Texts", collection.texts.filter(({ distinct }) => distinct <= MOST_TEXTS)));
    this.#mark();
  }

  #mark() {
    for (const [name, { section, clear, vega }] of this.#facets) {
      const on = this.context.filters.has(name);
      section.classList.toggle("on", on);
      clear.hidden = !on;
      vega.href = this.context.api.url("/api/vega/histogram", [["column", name], ...this.context.filters.params()]);
    }
  }

  #add(name) {
    if (!name) return;
    this.#keep([...this.shown, name]);
    this.#build();
    this.load();
    this.#facets.get(name).section.scrollIntoView({ block: "nearest" });
  }

  #remove(name) {
    this.#keep(this.shown.filter((one) => one !== name));
    if (this.context.filters.has(name)) this.context.filters.remove(name);
    this.#build();
  }

  #keep(shown) {
    this.shown = [...new Set(shown)];
    remember("serve.facets", this.shown);
  }

  async #load(signal) {
    const { api, filters } = this.context;
    const params = filters.params();
    try {
      await Promise.all([...this.#facets].map(async ([name, { facet }]) => {
        const data = await api.json("/api/histogram", [["column", name], ...(facet.bins ? [["bins", facet.bins]] : []), ...params], { signal });
        if (this.#facets.get(name)?.facet === facet) facet.show(data);
      }));
      this.fault.replaceChildren();
    } catch (error) {
      if (!aborted(error)) this.fault.replaceChildren(faultCard(error, () => this.load()));
    }
  }
}
