// The legend of the map's colours. Its texts are filters.
import { label, numberText } from "../value_text.js";
import { make } from "/ui/dom.js";

export function legendElement(legend, column, { theme, filters }) {
  if (!legend) return make("div", { className: "legend-card", hidden: true });
  const title = make("h2", { textContent: label(column.name) }, ...(column.unit ? [" ", make("small", { textContent: column.unit })] : []));
  if (legend.kind === "number") {
    const bar = make("canvas", { className: "bar", width: 160, height: 1, aria: { hidden: "true" } });
    const context = bar.getContext("2d");
    const strip = context.createImageData(160, 1);
    for (let x = 0; x < 160; x++) {
      const t = Math.round(255 * (legend.faintest + (1 - legend.faintest) * (x / 159)));
      strip.data.set(theme.map.subarray(4 * t, 4 * t + 4), 4 * x);
    }
    context.putImageData(strip, 0, 0);
    return make("div", { className: "legend-card" }, title, make("div", { className: "scale" },
      make("span", { textContent: `≤ ${numberText(Number(legend.low.toPrecision(3)))}` }), bar,
      make("span", { textContent: `≥ ${numberText(Number(legend.high.toPrecision(3)))}` })));
  }
  const chosen = filters.values.get(column.name) ?? [];
  const chip = ([r, g, b]) => {
    const element = make("i", { className: "chip" });
    element.style.background = `rgb(${r} ${g} ${b})`;
    return element;
  };
  return make("div", { className: "legend-card" }, title, make("div", { className: "legend-classes" },
    ...legend.classes.map(({ text, colour }) => make("button", {
      type: "button", className: "small", title: `Only ${text}`, aria: { pressed: String(chosen.includes(text)) }, on: { click: () => filters.toggleValue(column.name, text) },
    }, chip(colour), make("span", { textContent: text }))),
    ...(legend.others ? [make("span", { className: "others" }, chip(legend.others), "others")] : [])));
}
