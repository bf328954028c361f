// The list of all counters; the status bar shows a selection.
import { make, say } from "./dom.js";
import { count } from "./format.js";

/** A collapsible card with one line per counter and label. */
export function countersCard() {
  const body = make("tbody");
  const element = make(
    "details",
    { className: "card" },
    make("summary", {}, make("h2", { textContent: "Counters" })),
    make("table", {}, body),
  );
  const show = (counters) => {
    if (!element.open) return;
    while (body.rows.length > counters.length) body.deleteRow(-1);
    while (body.rows.length < counters.length) {
      const row = body.insertRow();
      row.append(make("th", { scope: "row" }), make("td"));
    }
    counters.forEach(({ name, labels, help, value }, i) => {
      const [label, number] = body.rows[i].cells;
      const words = name.replace(/^passband_/, "").replace(/_total$/, "").replaceAll("_", " ");
      say(label, [words, ...labels.map(([, v]) => v)].join(" · "));
      say(number, Number.isInteger(value) ? count(value) : value.toPrecision(4));
      body.rows[i].title = help;
    });
  };
  return { element, show };
}
