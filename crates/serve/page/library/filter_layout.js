// The frame of all views of the collection: search, active filters, and the filters of columns beside the content.
import { count } from "/ui/format.js";
import { Facets } from "./facets.js";
import { label, numberText } from "../value_text.js";
import { make, remember, say } from "/ui/dom.js";
import { oncePerFrame } from "../latest.js";

const SEARCH_WAIT = 120;
const narrow = matchMedia("(max-width: 860px)");

export class FilterLayout {
  #wait = 0;

  constructor(host, context) {
    this.context = context;
    const { filters } = context;
    this.search = make("input", {
      type: "search", className: "search", placeholder: "Search names, titles, artists", value: filters.search, aria: { label: "Search recordings",
        keyshortcuts: "/" },
      on: {
        input: () => {
          clearTimeout(this.#wait);
          this.#wait = setTimeout(() => filters.setSearch(this.search.value.trim()), SEARCH_WAIT);
        },
        keydown: (event) => event.key === "Escape" && !this.search.value && this.search.blur(),
      },
    });
    this.toggle = make("button", {
      type: "button", aria: { controls: "facets" },
      on: {
        click: () => {
          this.#show(!this.open);
          if (this.open && narrow.matches) this.side.querySelector("input, button, select")?.focus();
        },
      },
    });
    this.chips = make("div", { className: "filter-chips", aria: { label: "Active filters" } });
    this.chips.setAttribute("role", "group");
    this.tools = make("div", { className: "group tools-of-view" });
    this.bar = make("div", { className: "filter-bar" }, this.toggle, this.search, this.chips, make("span", { className: "grow" }), this.tools);
    this.facets = new Facets(context);
    this.side = make("aside", { id: "facets", className: "facet-side", aria: { label: "Filters" } }, this.facets.element,
      make("button", { type: "button", className: "close-facets", textContent: "Show recordings", on: { click: () => this.#show(false) } }));
    this.side.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !narrow.matches) return;
      this.#show(false);
      this.toggle.focus();
    });
    this.content = make("div", { className: "content" });
    this.element = make("div", { className: "filtered" }, this.bar, make("div", { className: "filtered-body" }, this.side, this.content));
    host.append(this.element);
    this.showChips = oncePerFrame(() => this.#chips());
    this.repaint = () => this.facets.draw();
    context.theme.addEventListener("change", this.repaint);
    this.#show(!narrow.matches && remember("serve.rail") !== false, false);
    this.update();
  }

  destroy() {
    clearTimeout(this.#wait);
    this.showChips.stop();
    this.facets.destroy();
    this.context.theme.removeEventListener("change", this.repaint);
  }

  find() {
    this.search.focus();
    this.search.select();
  }

  #show(open, load = true) {
    this.open = open;
    this.element.classList.toggle("without-facets", !open);
    this.toggle.setAttribute("aria-expanded", String(open));
    if (!narrow.matches) remember("serve.rail", open);
    if (open && load) this.facets.load();
    this.#names();
  }

  #names() {
    const { filters } = this.context;
    const many = filters.ranges.size + filters.values.size;
    say(this.toggle, many ? `Filters (${many})` : "Filters");
  }

  /** The filters have changed. */
  update() {
    const { filters } = this.context;
    if (document.activeElement !== this.search) this.search.value = filters.search;
    this.showChips();
    if (this.open) this.facets.update();
  }

  #chips() {
    const { filters } = this.context;
    this.#names();
    const chip = (text, title, remove) => make("button", { type: "button", className: "filter-chip", title: `${title}: remove`, on: { click: remove } },
      make("span", { textContent: text }), make("span", { className: "cross", textContent: "×", aria: { hidden: "true" } }));
    const chips = [
      ...(filters.search ? [chip(`“${filters.search}”`, "Search", () => filters.setSearch(""))] : []),
      ...[...filters.ranges].map(([name, range]) => chip(`${label(name)} ${rangeText(range)}`, label(name), () => filters.remove(name))),
      ...[...filters.values].map(([name, texts]) => chip(`${label(name)}: ${texts.map((t) => t || "missing").join(" or ")}`, label(name),
        () => filters.remove(name))),
      ...(filters.ids.length ? [chip(`${count(filters.ids.length)} chosen recordings`, "Chosen recordings", () => filters.setIds([]))] : []),
    ];
    if (chips.length > 1) chips.push(make("button", { type: "button", className: "small", textContent: "clear all", on: { click: () => filters.clear() } }));
    this.chips.replaceChildren(...chips);
  }
}

function rangeText({ lo, hi }) {
  if (lo === null) return `≤ ${numberText(hi)}`;
  return hi === null ? `≥ ${numberText(lo)}` : `${numberText(lo)} … ${numberText(hi)}`;
}
