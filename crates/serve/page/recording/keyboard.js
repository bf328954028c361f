// Keys of the recording page.
import { upTo } from "./model.js";

/** Step of the arrow keys without beats, in seconds. */
const STEP = 1;

/** The neighbouring beat, or a second further where there are none. */
function beside({ model, player, view }, direction) {
  const { time } = player;
  const beats = model?.beats ?? [];
  // while it plays, “back” has to leave the beat that has just passed
  const slack = player.playing ? 0.25 : 0.02;
  const to = direction > 0 ? beats[upTo(beats, time + 0.01)] : beats[upTo(beats, time - slack) - 1];
  const plain = Math.max(0, Math.min(view.duration, time + direction * STEP));
  return to === undefined || Math.abs(to - time) > 4 ? plain : to;
}

export const KEYS = [
  { keys: [" "], label: "Space", text: "play, pause", act: ({ player }) => player.toggle() },
  { keys: ["ArrowLeft"], label: "←", text: "to the beat before (with Shift: move the axis)", act: (page, event) => (event.shiftKey ? page.view.pan(-0.25) : page.go(beside(page, -1))) },
  { keys: ["ArrowRight"], label: "→", text: "to the next beat (with Shift: move the axis)", act: (page, event) => (event.shiftKey ? page.view.pan(0.25) : page.go(beside(page, 1))) },
  { keys: ["Home"], label: "Home", text: "to the start", act: (page) => page.go(0) },
  { keys: ["End"], label: "End", text: "to the end", act: (page) => page.go(page.view.duration) },
  { keys: ["+", "="], label: "+", text: "zoom in at the cursor", act: (page) => page.zoom(1.6) },
  { keys: ["-", "_"], label: "−", text: "zoom out", act: (page) => page.zoom(1 / 1.6) },
  { keys: ["0"], label: "0", text: "the whole recording", act: ({ view }) => view.whole() },
  { keys: ["["], label: "[", text: "start of the selected part at the cursor", act: (page) => page.mark("start") },
  { keys: ["]"], label: "]", text: "end of the selected part at the cursor", act: (page) => page.mark("end") },
  { keys: ["l"], label: "L", text: "repeat the selected part, or what is visible", act: (page) => page.toggleLoop() },
  { keys: ["f"], label: "F", text: "follow the cursor", act: (page) => page.setFollow(!page.follow) },
  { keys: ["Escape"], label: "Esc", text: "remove the selection", act: (page) => page.select(null) },
];

export function keyboard(page) {
  const pressed = (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const { target } = event;
    if (target.matches?.("input, select, textarea, [contenteditable]") || target.closest?.("dialog")) return;
    // Space and Enter press a focused button, and open a focused menu
    if (event.key === " " && target.matches?.("button, summary, a")) return;
    const action = KEYS.find(({ keys }) => keys.includes(event.key.length === 1 ? event.key.toLowerCase() : event.key));
    if (!action || !page.model) return;
    event.preventDefault();
    action.act(page, event);
  };
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}
