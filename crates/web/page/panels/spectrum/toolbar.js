// The toolbar of a spectrum.
import { resetHolds, savePicture, saveTable } from "../actions.js";
import { choice, make } from "../../ui/dom.js";
import { TRACES } from "./traces.js";

const SPANS = { 16: "16", 64: "64", 256: "256", 0: "all" };

export function toolbar(stream, view, app, refit) {
  const axis = choice(
    "Frequency axis",
    { log: ["Log", "Logarithmic frequency axis (L)"], lin: ["Lin", "Linear frequency axis (L)"] },
    (value) => view.setLog(value === "log"),
  );
  const layout = choice(
    "Channels",
    { over: ["Overlay", "Channels in one plot (O)"], apart: ["Apart", "A plot for each channel (O)"] },
    (value) => view.prefer({ apart: value === "apart" }),
  );
  const traces = Object.entries(TRACES).reverse().map(([kind, { label, title }]) =>
    make("button", {
      type: "button", textContent: label, title, data: { kind },
      on: { click: () => view.prefer({ traces: { ...view.traces, [kind]: !view.traces[kind] } }) },
    }),
  );
  const span = make(
    "select",
    {
      title: "The average goes over so many pictures", aria: { label: "Pictures in the average" },
      on: {
        change: () => {
          stream.span = Number(span.value) || Infinity;
          view.prefer({ span: Number(span.value) || null });
        },
      },
    },
    ...Object.entries(SPANS).map(([value, text]) => make("option", { value, textContent: `${text}` })),
  );
  span.value = String(view.span ?? 0);
  const reset = make("button", {
    type: "button", textContent: "Reset", title: "Begin average, maximum and minimum anew (R)",
    on: { click: () => resetHolds(app) },
  });
  const bound = (name, label) =>
    make("input", {
      type: "number", step: "any", aria: { label }, title: label,
      on: { change: (event) => view.setLevel({ auto: false, [name]: Number(event.target.value) }) },
    });
  const [bottom, top] = [bound("bottom", `Lowest level in ${stream.spec.unit}`), bound("top", `Highest level in ${stream.spec.unit}`)];
  const auto = make("button", {
    type: "button", textContent: "Auto", title: "Fit the level range to what comes in",
    on: { click: () => (view.level.auto ? view.setLevel({ auto: false }) : refit()) },
  });
  const unzoom = make("button", {
    type: "button", textContent: "Whole axis", title: "Show all frequencies (double click)", on: { click: () => view.whole() },
  });
  const save = (text, title, act) => make("button", { type: "button", textContent: text, title, on: { click: act } });
  const element = make(
    "div",
    { className: "head tools", role: "toolbar", aria: { label: "Spectrum" } },
    make("h2", { textContent: "Spectrum" }),
    axis.element,
    ...(stream.spec.channels.length > 1 ? [layout.element] : []),
    make("div", { className: "group", role: "group", aria: { label: "Traces" } }, ...traces, span, reset),
    make("div", { className: "group range", role: "group", aria: { label: "Level range" } }, bottom, "to", top, auto),
    unzoom,
    make("span", { className: "grow" }),
    make("div", { className: "group" },
      save("PNG", "Save the picture", () => savePicture(app)),
      save("CSV", "Save the shown values", () => saveTable(app))),
  );
  const show = () => {
    axis.show(view.log ? "log" : "lin");
    axis.element.hidden = !view.logable;
    layout.show(view.apart ? "apart" : "over");
    traces.forEach((b) => b.setAttribute("aria-pressed", String(view.traces[b.dataset.kind])));
    span.hidden = !view.traces.average;
    auto.setAttribute("aria-pressed", String(view.level.auto));
    unzoom.hidden = !view.zoomed;
    for (const [input, value] of [[bottom, view.level.bottom], [top, view.level.top]]) {
      const text = String(Number(value.toPrecision(4)));
      if (document.activeElement !== input && input.value !== text) input.value = text;
    }
  };
  return { element, show };
}
