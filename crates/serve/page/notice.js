// What is shown in place of data: faults, and why there is nothing to show.
import { make } from "/ui/dom.js";

/** A fault with its place, cause and remedy. `retry`, if given, becomes a button. */
export function faultCard(fault, retry = null) {
  // below its first line, a place in a query repeats the line with a mark, which the editor shows in the query itself
  const lines = [["at", fault.at?.split("\n")[0]], ["why", fault.why], ["do", fault.fix]].filter(([, text]) => text);
  return make("div", { className: "fault card", role: "alert" },
    make("h2", { textContent: fault.error ?? fault.message ?? String(fault) }),
    ...(lines.length ? [make("dl", {}, ...lines.flatMap(([name, text]) => [make("dt", { textContent: name }), make("dd", { textContent: text })]))] : []),
    ...(retry ? [make("button", { type: "button", textContent: "Try again", on: { click: retry } })] : []));
}

/** A heading and a sentence on why there is nothing to show, with optional buttons or links. */
export function emptyState(title, text, ...actions) {
  return make("div", { className: "empty", role: "status" },
    make("h2", { textContent: title }), make("p", { textContent: text }), ...actions);
}
