// Keyboard shortcuts, and the dialog that lists them.
import { addMarker, moveCursor, removeMarker, resetHolds, zoom } from "./panels/actions.js";
import { make } from "./ui/dom.js";

const GESTURES = [
  ["Wheel, pinch", "zoom the frequency axis; over the level axis: the levels"],
  ["Drag", "move along the axis, a marker, or the levels"],
  ["Double click", "whole axis again; on the level axis: automatic range"],
  ["Click in the spectrum", "set a marker"],
  ["Click in the waterfall", "pause at that moment"],
  ["Click on a sensor", "show it in detail; arrow keys move between sensors"],
];

/** The actions, each with its keys and its description. */
export function keyboard(app, dialog, button) {
  const actions = [
    { keys: [" "], label: "Space", text: "pause, resume", act: () => app.playback.toggle() },
    { keys: ["ArrowLeft", "ArrowDown"], label: "← ↓", text: "back in the history", act: (e) => app.playback.step(e.repeat ? -3 : -1) },
    { keys: ["ArrowRight", "ArrowUp"], label: "→ ↑", text: "forward in the history", act: (e) => app.playback.step(e.repeat ? 3 : 1) },
    { keys: ["Home"], label: "Home", text: "oldest picture", act: () => app.playback.to(-Infinity) },
    { keys: ["End"], label: "End", text: "live again", act: () => app.playback.live() },
    { keys: ["l"], label: "L", text: "logarithmic or linear axis", act: () => app.active?.view.setLog(!app.active.view.log) },
    { keys: ["d"], label: "D", text: "levels of files in decibels or linear", act: () => app.active?.flip?.() },
    { keys: ["o"], label: "O", text: "channels overlaid or apart", act: () => app.active?.view.prefer({ apart: !app.active.view.apart }) },
    { keys: ["p"], label: "P", text: "peaks or candidates on or off", act: () => app.active?.view.prefer({ showPeaks: !app.active.view.showPeaks }) },
    { keys: [","], label: ",", text: "cursor one bin down", act: (e) => moveCursor(app, e.repeat ? -5 : -1) },
    { keys: ["."], label: ".", text: "cursor one bin up", act: (e) => moveCursor(app, e.repeat ? 5 : 1) },
    { keys: ["m"], label: "M", text: "marker at the cursor, or at the strongest peak or candidate", act: () => addMarker(app) },
    { keys: ["Delete", "Backspace"], label: "Del", text: "remove the latest marker", act: () => removeMarker(app) },
    { keys: ["r"], label: "R", text: "restart average, maximum and minimum", act: () => resetHolds(app) },
    { keys: ["+", "="], label: "+", text: "zoom in", act: () => zoom(app, 1.4) },
    { keys: ["-", "_"], label: "−", text: "zoom out", act: () => zoom(app, 1 / 1.4) },
    { keys: ["0"], label: "0", text: "whole axis", act: () => app.active?.view.whole() },
    { keys: ["/"], label: "/", text: "search sensors", act: () => app.sensorPanel?.act.find() },
    { keys: ["v"], label: "V", text: "sensors as cells, as a table, rejected readings", act: () => app.sensorPanel?.act.view() },
    { keys: ["Escape"], label: "Esc", text: "close the sensor in detail", act: () => app.sensorPanel?.act.close() },
    { keys: ["t"], label: "T", text: "light or dark", act: () => app.theme.next() },
    { keys: ["?"], label: "?", text: "this page", act: () => toggle() },
  ];
  const toggle = () => (dialog.open ? dialog.close() : dialog.showModal());
  const table = (rows) =>
    make("dl", { className: "keys" }, ...rows.flatMap(([name, text]) => [make("dt", {}, make("kbd", { textContent: name })), make("dd", { textContent: text })]));
  dialog.append(
    make("h2", { id: "keys-title", textContent: "Keys and gestures" }),
    make("div", { className: "pair" },
      table(actions.map(({ label, text }) => [label, text])),
      make("div", {}, table(GESTURES),
        make("p", { className: "hint", textContent:
          "Average, maximum and minimum are computed from the pictures that reach this browser, not from every window. The history holds the latest pictures; while paused only files are added to it." }))),
    make("button", { type: "button", textContent: "Close", autofocus: true, on: { click: () => dialog.close() } }),
  );
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  button.addEventListener("click", toggle);

  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { target } = event;
    if (target.matches?.("input[type=number], input[type=search], select, textarea")) return;
    // Space and Enter press a focused button
    if (target.matches?.("button") && event.key === " ") return;
    if (dialog.open && event.key !== "?") return;
    const action = actions.find(({ keys }) => keys.includes(event.key.length === 1 ? event.key.toLowerCase() : event.key));
    if (!action) return;
    event.preventDefault();
    action.act(event);
  });
}
