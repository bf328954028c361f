// Which columns the library shows.
import { label } from "../value_text.js";
import { make, remember } from "/ui/dom.js";

const FIRST = ["name", "title", "artist", "tempo", "key", "time_signature", "loudness", "duration", "genre", "codec"];

/** The chosen columns, or those that tell something about this collection. */
export function chosenColumns(collection) {
  const known = (names) => names.filter((name) => collection.columns.has(name));
  const kept = remember("serve.columns");
  if (kept && known(kept).length) return known(kept);
  return known(FIRST).filter((name) => {
    const { missing, distinct } = collection.columns.get(name);
    return name === "name" || ((missing ?? 0) < collection.total && (distinct === undefined || distinct > 1 || collection.total < 3));
  });
}

/** A dialog with a check box for each column. `chosen(names)` is called after each change. */
export function columnDialog(collection, current, chosen) {
  const names = new Set(current);
  const boxes = (columns) => make("div", { className: "column-list" }, ...columns.map(({ name, unit, doc, missing }) => {
    const box = make("input", { type: "checkbox", checked: names.has(name), on: { change: () => {
      if (box.checked) names.add(name);
      else names.delete(name);
      set([...names]);
    } } });
    return make("label", { title: doc ?? "" }, box, make("span", { textContent: label(name) }),
      make("small", { textContent: [unit, missing === collection.total ? "empty" : ""].filter(Boolean).join(" · ") }));
  }));
  function set(list) {
    remember("serve.columns", list);
    chosen(list);
  }
  const dialog = make("dialog", { className: "columns-dialog", aria: { labelledby: "columns-title" } },
    make("h2", { id: "columns-title", textContent: "Columns" }),
    make("div", { className: "pair" }, boxes(collection.texts), boxes(collection.numbers)),
    make("div", { className: "group" },
      make("button", { type: "button", textContent: "Close", autofocus: true, on: { click: () => dialog.close() } }),
      make("button", { type: "button", textContent: "Reset", on: { click: () => {
        remember("serve.columns", null);
        chosen(chosenColumns(collection));
        dialog.close();
      } } })));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}
