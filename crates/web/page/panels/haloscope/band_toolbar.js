// The toolbar of the band.
import { savePicture, saveTable } from "../actions.js";
import { choice, make } from "../../ui/dom.js";
import { LINES } from "./error_band.js";

export function bandTools({ stream, view, app, look, range, change, setRange }) {
  const axis = choice(
    "Frequency axis",
    { log: ["Log", "Logarithmic frequency axis (L)"], lin: ["Lin", "Linear frequency axis (L)"] },
    (value) => view.setLog(value === "log"),
  );
  const scale = choice(
    "Level axis",
    { linear: ["Linear", "Linear levels (D)"], decibels: ["dB", "Levels in decibels (D)"] },
    (value) => change({ decibels: value === "decibels" }),
  );
  const traces = ["newest", "sigma", "run", "runSigma"].map((name) =>
    make("button", {
      type: "button", title: LINES[name].title, data: { trace: name },
      on: { click: () => change({ traces: { ...look.traces, [name]: !look.traces[name] } }) },
    }, make("i", { className: "chip", data: { channel: LINES[name].channel } }), LINES[name].label),
  );
  const bound = (name, label) =>
    make("input", {
      type: "number", step: "any", className: "wide", aria: { label }, title: label,
      on: { change: (event) => event.target.value !== "" && setRange({ auto: false, [name]: Number(event.target.value) }) },
    });
  const [bottom, top] = [bound("bottom", "Lowest level shown"), bound("top", "Highest level shown")];
  const auto = make("button", {
    type: "button", textContent: "Auto", title: "Fit the level range to what is in sight",
    on: { click: () => setRange({ auto: !range().auto }) },
  });
  const unzoom = make("button", {
    type: "button", textContent: "Whole axis", title: "Show all frequencies (0, double click)", on: { click: () => view.whole() },
  });
  const save = (text, title, act) => make("button", { type: "button", textContent: text, title, on: { click: act } });
  const element = make(
    "div",
    { className: "head tools", role: "toolbar", aria: { label: "Band" } },
    make("h2", { textContent: "Band" }),
    axis.element,
    scale.element,
    make("div", { className: "group", role: "group", aria: { label: "Traces" } }, ...traces),
    make("div", { className: "group range", role: "group", aria: { label: "Level range" } }, bottom, "to", top, auto),
    unzoom,
    make("span", { className: "grow" }),
    make("div", { className: "group" },
      save("PNG", "Save the picture", () => savePicture(app)),
      save("CSV", "Save the shown file and the run", () => saveTable(app))),
  );
  const show = () => {
    axis.show(view.log ? "log" : "lin");
    axis.element.hidden = !view.logable;
    scale.show(look.decibels ? "decibels" : "linear");
    traces.forEach((b) => b.setAttribute("aria-pressed", String(look.traces[b.dataset.trace])));
    auto.setAttribute("aria-pressed", String(range().auto));
    unzoom.hidden = !view.zoomed;
    for (const [input, value] of [[bottom, range().bottom], [top, range().top]]) {
      const text = String(Number(value.toPrecision(4)));
      if (document.activeElement !== input && input.value !== text) input.value = text;
    }
  };
  return { element, show };
}
