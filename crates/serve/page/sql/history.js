// Earlier queries, kept in the browser.
import { make, remember } from "/ui/dom.js";
import { span } from "/ui/format.js";

const KEPT = 100;

export class History {
  entries = remember("serve.queries") ?? [];

  /** Adds a query with its outcome, `{ rows, seconds }` or `{ error }`; an equal one moves to the front. */
  add(query, outcome) {
    this.entries = [{ query, at: Date.now(), ...outcome }, ...this.entries.filter((entry) => entry.query !== query)].slice(0, KEPT);
    remember("serve.queries", this.entries);
  }

  clear() {
    this.entries = [];
    remember("serve.queries", []);
  }

  /** A dialog of all queries. `chosen(query)` is called with the one to write into the editor. */
  dialog(chosen) {
    const list = make("ul", { className: "query-list" }, ...this.entries.map(({ query, at, rows, seconds, error }) =>
      make("li", {}, make("button", { type: "button", on: { click: () => { dialog.close(); chosen(query); } } }, make("code", { textContent: query })),
        make("small", { textContent: [new Date(at).toLocaleString(),
          error ? "failed" : rows === undefined ? "" : `${rows} rows in ${span(seconds * 1000)}`].filter(Boolean).join(" · ") }))));
    const dialog = make("dialog", { className: "history-dialog", aria: { labelledby: "history-title" } },
      make("h2", { id: "history-title", textContent: "Earlier queries" }),
      this.entries.length ? list : make("p", { className: "hint", textContent: "No query has been run in this browser." }),
      make("div", { className: "group" }, make("button", { type: "button", textContent: "Close", autofocus: true, on: { click: () => dialog.close() } }),
        make("button", { type: "button", textContent: "Clear", disabled: !this.entries.length, on: { click: () => { this.clear(); dialog.close(); } } })));
    dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }
}
