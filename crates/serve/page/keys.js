// Keyboard shortcuts of all views, and the dialog that lists them.
import { make } from "/ui/dom.js";

const GESTURES = [
  ["Drag over a histogram", "limit the column; drag an edge to change it, double click removes it"],
  ["Click on a heading", "sort; again: reverse"],
  ["Space on a row", "select it for comparison"],
  ["Enter on a row", "open the recording"],
  ["Map: drag", "limit everything to the rectangle or lasso; double click removes it"],
  ["Map: wheel, Shift + drag", "zoom, move"],
  ["Map: click, Alt + click", "open the recording; show those most like it"],
  ["Time series: wheel, drag", "zoom, move; double click: everything"],
  ["Time series: ← → + − 0", "move, zoom, everything"],
  ["SQL: Ctrl + Enter", "run; Esc cancels"],
  ["SQL: Ctrl + Space, Tab", "complete a name; Esc closes the list"],
  ["SQL: Alt + ↑ ↓", "earlier and later queries"],
];

const TYPING = "input, select, textarea";

export function keyboard({ dialog, button, theme, navigate, filters, view }) {
  const toggle = () => (dialog.open ? dialog.close() : dialog.showModal());
  const pages = [["1", "", "library"], ["2", "map", "map"], ["3", "rhythm", "rhythm"], ["4", "harmony", "harmony"], ["5", "tables", "tables"], ["6", "sql", "SQL"]];
  const actions = [
    ...pages.map(([key, path, text]) => ({ keys: [key], label: key, text, act: () => navigate(path, ["tables", "sql"].includes(path) ? [] : filters.params()) })),
    { keys: ["/"], label: "/", text: "search", act: () => view()?.find?.() },
    { keys: ["x"], label: "X", text: "remove all filters", act: () => filters.clear() },
    { keys: ["c"], label: "C", text: "compare the selected recordings", act: () => view()?.compare?.() },
    { keys: ["t"], label: "T", text: "light or dark", act: () => theme.next() },
    { keys: ["?"], label: "?", text: "this page", act: toggle },
  ];
  const table = (rows) => make("dl", { className: "keys" },
    ...rows.flatMap(([name, text]) => [make("dt", {}, make("kbd", { textContent: name })), make("dd", { textContent: text })]));
  dialog.append(
    make("h2", { id: "keys-title", textContent: "Keys and gestures" }),
    make("div", { className: "pair" }, table(actions.map(({ label, text }) => [label, text])), table(GESTURES)),
    make("button", { type: "button", textContent: "Close", autofocus: true, on: { click: () => dialog.close() } }));
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  button.addEventListener("click", toggle);

  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches?.(TYPING) && !(event.target.type === "checkbox")) return;
    if (dialog.open && event.key !== "?") return;
    if (document.querySelector("dialog[open]") && !dialog.open) return;
    const action = actions.find(({ keys }) => keys.includes(event.key.length === 1 ? event.key.toLowerCase() : event.key));
    if (!action) return;
    event.preventDefault();
    action.act();
  });
}
