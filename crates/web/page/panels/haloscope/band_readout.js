// Numerical readout of the cursor and markers of the band.
import { make, say } from "../../ui/dom.js";
import { level, radio } from "../../ui/format.js";

export function bandSide(stream, view) {
  const where = make("output", { textContent: "–" });
  const values = [make("output"), make("output")];
  const names = ["file", "run"];
  const chip = (c) => make("i", { className: "chip", data: { channel: c }, title: names[c] });
  const cursor = make(
    "section",
    { className: "card" },
    make("div", { className: "titled" }, make("h2", { textContent: "Cursor" }), where),
    make("dl", { className: "levels" },
      ...names.flatMap((name, c) => [make("dt", {}, chip(c), name), make("dd", {}, values[c])])),
  );
  const list = make("tbody");
  const markers = make("section", { className: "card" }, make("h2", { textContent: "Markers" }), make("table", {}, list));
  const element = make("div", { className: "cards fit" }, cursor, markers);

  const show = (picture, readings) => {
    say(where, view.cursor === null ? "–" : radio(view.cursor, stream.step));
    values.forEach((output, c) => say(output, readings[c] ? `${readings[c]} ${stream.spec.unit}` : "–"));
    markers.hidden = !view.markers.length;
    if (list.rows.length !== view.markers.length) {
      list.replaceChildren(...view.markers.map(() => make("tr", {}, ...Array.from({ length: 4 }, () => make("td")))));
    }
    const { run } = stream.with(picture);
    view.markers.forEach((marker, i) => {
      const { cells } = list.rows[i];
      const bin = Math.min(stream.size - 1, Math.max(0, Math.round((marker.frequency - stream.spec.offset) / stream.step)));
      say(cells[0], String(marker.number));
      say(cells[1], radio(marker.frequency, stream.step));
      say(cells[2], level((run ?? picture)?.mean[bin] ?? NaN, false));
      if (cells[3].marker === marker) return;
      cells[3].marker = marker;
      cells[3].replaceChildren(make("button", {
        type: "button", className: "icon small", textContent: "×", aria: { label: `Remove marker ${marker.number}` },
        on: { click: () => view.removeMarker(marker) },
      }));
    });
  };
  return { element, show };
}
