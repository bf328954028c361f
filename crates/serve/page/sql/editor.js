// The editor: a text area over its own text in colours, with a list of completions.
import { completions } from "./completion.js";
import { make } from "/ui/dom.js";
import { placeOf, tokens } from "./tokens.js";

const LINE = 19;
const PADDING = 10;
/** Length of a word from which completions are offered without being asked for. */
const OFFERED = 2;

export class Editor {
  #items = [];
  #from = 0;
  #chosen = -1;
  #moved = false;
  #fault = null;

  /** `run()`, `cancel()`, `earlier(step)` are called on Ctrl + Enter, Esc and Alt + arrow keys; `changed()` on input. */
  constructor({ schema, run, cancel, earlier, changed }) {
    Object.assign(this, { schema, run, cancel, earlier, changed });
    this.text = make("textarea", {
      className: "sql-text", spellcheck: false, autocapitalize: "off", wrap: "off", aria: { label: "SQL query", autocomplete: "list",
        controls: "completions", expanded: "false", keyshortcuts: "Control+Enter" },
      on: {
        input: () => this.#input(), scroll: () => this.#scroll(), keydown: (event) => this.#key(event),
        blur: () => this.#close(), click: () => this.#close(),
      },
    });
    this.text.setAttribute("role", "combobox");
    this.text.setAttribute("autocomplete", "off");
    this.under = make("pre", { className: "sql-colours", aria: { hidden: "true" } });
    this.list = make("ul", { id: "completions", className: "completions", hidden: true, aria: { label: "Completions" } });
    this.list.setAttribute("role", "listbox");
    // the focus stays in the text area
    this.list.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      const item = event.target.closest("li");
      if (item) this.#accept(Number(item.dataset.index));
    });
    this.element = make("div", { className: "sql-editor" }, this.under, this.text, this.list);
  }

  get value() {
    return this.text.value;
  }
  set value(text) {
    this.text.value = text;
    this.#fault = null;
    this.paint();
  }

  /** Inserts text at the cursor, in a way that can be undone. */
  insert(text) {
    this.text.focus();
    if (!document.execCommand("insertText", false, text)) {
      this.text.setRangeText(text, this.text.selectionStart, this.text.selectionEnd, "end");
      this.#input();
    }
  }

  /** Marks the place of a fault, such as `line 1, column 8`; null removes the mark. */
  mark(at) {
    this.#fault = placeOf(at, this.value);
    this.paint();
    return this.#fault;
  }

  /** Moves the cursor to the fault. */
  goToFault() {
    if (this.#fault === null) return;
    this.text.focus();
    this.text.setSelectionRange(this.#fault, this.#fault);
  }

  paint() {
    const all = tokens(this.value, this.schema() ?? {});
    const end = this.value.length;
    this.under.replaceChildren(...all.map(({ kind, text, at }) => {
      const bad = this.#fault !== null && ((this.#fault >= at && this.#fault < at + text.length) || (this.#fault >= end && at + text.length === end));
      return make("span", { className: `t-${kind}${bad ? " bad" : ""}`, textContent: text });
    }), "\n");
    this.#scroll();
  }

  #scroll() {
    this.under.scrollTop = this.text.scrollTop;
    this.under.scrollLeft = this.text.scrollLeft;
    if (!this.list.hidden) this.#place();
  }

  #input() {
    this.#fault = null;
    this.paint();
    this.changed?.();
    const before = this.value.slice(0, this.text.selectionStart);
    const word = /[\p{L}_][\p{L}\p{N}_$]*$/u.exec(before)?.[0] ?? "";
    if (word.length >= OFFERED || /[\p{L}\p{N}_"]\.$/u.test(before)) this.#offer();
    else this.#close();
  }

  /** Shows the completions at the cursor; returns how many there are. */
  #offer() {
    const schema = this.schema();
    if (!schema || this.text.selectionStart !== this.text.selectionEnd) return 0;
    const caret = this.text.selectionStart;
    const { from, items } = completions(this.value, caret, schema);
    const word = this.value.slice(from, caret);
    // a word that is complete needs no list
    this.#items = items.length === 1 && items[0].insert === word ? [] : items;
    this.#from = from;
    if (!this.#items.length) {
      this.#close();
      return 0;
    }
    this.list.replaceChildren(...this.#items.map((item, i) => {
      const option = make("li", { id: `completion-${i}`, title: item.doc, data: { index: i } },
        make("i", { className: `k-${item.kind}`, textContent: { column: "c", table: "t", function: "ƒ", keyword: "k" }[item.kind] }),
        make("span", { textContent: item.text }), make("small", { textContent: item.note || (item.kind === "column" ? "" : item.kind) }));
      option.setAttribute("role", "option");
      return option;
    }));
    this.list.hidden = false;
    this.text.setAttribute("aria-expanded", "true");
    this.#moved = false;
    this.#choose(0);
    this.#place();
    return this.#items.length;
  }

  #place() {
    const before = this.value.slice(0, this.#from);
    const line = before.split("\n").length - 1;
    const context = (this.measure ??= make("canvas").getContext("2d"));
    context.font = getComputedStyle(this.text).font;
    const left = PADDING + context.measureText(before.slice(before.lastIndexOf("\n") + 1)).width - this.text.scrollLeft;
    const top = PADDING + (line + 1) * LINE - this.text.scrollTop;
    this.list.style.left = `${Math.max(0, Math.min(left, this.element.clientWidth - 280))}px`;
    this.list.style.top = `${top}px`;
  }

  #choose(index) {
    this.#chosen = (index + this.#items.length) % this.#items.length;
    [...this.list.children].forEach((option, i) => option.setAttribute("aria-selected", String(i === this.#chosen)));
    this.list.children[this.#chosen]?.scrollIntoView({ block: "nearest" });
    this.text.setAttribute("aria-activedescendant", `completion-${this.#chosen}`);
  }

  #close() {
    this.list.hidden = true;
    this.#chosen = -1;
    this.text.setAttribute("aria-expanded", "false");
    this.text.removeAttribute("aria-activedescendant");
  }

  #accept(index) {
    const item = this.#items[index];
    const caret = this.text.selectionStart;
    this.#close();
    this.text.setSelectionRange(this.#from, caret);
    // a closing quote that is already there is not doubled
    if (item.insert.endsWith('"') && this.value[caret] === '"') this.text.setSelectionRange(this.#from, caret + 1);
    this.insert(item.insert);
    this.#close();
  }

  #key(event) {
    const open = !this.list.hidden;
    const { key } = event;
    const word = /[\p{L}\p{N}_."]$/u.test(this.value.slice(0, this.text.selectionStart));
    if (key === "Enter" && (event.ctrlKey || event.metaKey)) {
      this.#close();
      this.run();
    } else if (key === " " && event.ctrlKey) this.#offer();
    else if (event.altKey && (key === "ArrowUp" || key === "ArrowDown")) this.earlier(key === "ArrowUp" ? 1 : -1);
    else if (open && (key === "ArrowDown" || key === "ArrowUp")) {
      this.#moved = true;
      this.#choose(this.#chosen + (key === "ArrowDown" ? 1 : -1));
    } else if (open && (key === "Tab" || (key === "Enter" && this.#moved)) && !event.shiftKey) this.#accept(this.#chosen);
    else if (open && key === "Escape") this.#close();
    else if (key === "Escape") this.cancel();
    // after a word, Tab completes it; elsewhere it moves the focus, as usual
    else if (key === "Tab" && !event.shiftKey && word && this.text.selectionStart === this.text.selectionEnd && this.#complete()) { /* done */ }
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #complete() {
    const many = this.#offer();
    if (many === 1) this.#accept(0);
    return many > 0;
  }
}
