// Many sensors: a cell per sensor, a table of the latest values, or rejected readings; one sensor in detail.
import { CELL, drawCell } from "./cell.js";
import { Cells } from "./grid.js";
import { choice, make, remember, say } from "../../ui/dom.js";
import { count, lasting } from "../../ui/format.js";
import { Detail } from "./detail.js";
import { seen, usual } from "../../plot/time_series.js";
import { Rejected } from "./rejected.js";
import { LatestValues } from "./latest_values.js";
import { savePlots, saveText } from "../../ui/export.js";

/** Interval between two sortings by value, in ms: cells that move too often are unreadable. */
const SORTING = 2000;
/** Maximum number of cells in an exported picture. */
const PICTURED = 600;
const SPANS = { 30: "30 windows", 60: "60 windows", 120: "120 windows", 720: "720 windows" };
const VIEWS = ["cells", "table", "rejected"];
const DAY = 86_400_000;

export function createSensors(panel, app) {
  const stream = app.stream(panel.stream);
  const kept = remember("sensors") ?? {};
  const state = { search: "", sorted: "name", down: false, view: "cells", span: 60, shared: false, field: "", ...kept, chosen: null };
  if (!VIEWS.includes(state.view)) state.view = "cells";
  if (!SPANS[state.span]) state.span = 60;
  const keep = () => {
    const { sorted, down, view, span: windows, shared, field } = state;
    remember("sensors", { sorted, down, view, span: windows, shared, field });
    listed = null;
    app.redraw();
  };

  const redraw = (now) => (now === true ? draw() : app.redraw());
  const open = (name) => {
    state.chosen = state.chosen === name ? null : name;
    detail.show(stream.keys.get(state.chosen) ?? null);
    app.redraw();
  };
  const close = () => {
    const cell = cells.at;
    open(state.chosen);
    if (cell !== null) cells.element.querySelector('[tabindex="0"]')?.focus({ preventScroll: true });
  };
  const sortBy = (by) => {
    state.down = state.sorted === by ? !state.down : by !== "name";
    state.sorted = by;
    keep();
  };
  const cells = new Cells(open, redraw);
  const values = new LatestValues({ open, redraw, sort: (column) => sortBy(column === null ? "name" : column) });
  const left = new Rejected();
  const detail = new Detail({ close, redraw });

  const search = make("input", {
    type: "search", placeholder: "Search sensors", aria: { label: "Search sensors", keyshortcuts: "/" },
    on: { input: () => { state.search = search.value; listed = null; cells.element.scrollTop = values.element.scrollTop = 0; app.redraw(); } },
  });
  const views = choice("View", { cells: ["Cells", "A cell for each sensor"], table: ["Table", "Latest values"], rejected: ["Rejected", "Late and refused readings, with their reasons"] }, (view) => { state.view = view; keep(); });
  const sorts = choice("Sort", { name: ["Name", "Sort by name; again: reverse"], value: ["Value", "Sort by the latest value; again: reverse"] }, sortBy);
  const fields = make("select", { aria: { label: "What is drawn" }, on: { change: () => { state.field = fields.value; keep(); } } });
  const spans = make("select", { aria: { label: "How far back" }, on: { change: () => { state.span = Number(spans.value); keep(); } } },
    ...Object.entries(SPANS).map(([value, textContent]) => make("option", { value, textContent })));
  spans.value = String(state.span);
  const shared = make("button", { type: "button", textContent: "One scale", title: "All cells with the same scale", on: { click: () => { state.shared = !state.shared; keep(); } } });
  const button = (textContent, title, click) => make("button", { type: "button", textContent, title, on: { click } });
  const shown = make("span", { className: "hint" });
  const element = make("section", { className: "panel sensors", aria: { label: "Sensors" } },
    make("div", { className: "head" }, search, shown, make("span", { className: "grow" }),
      make("div", { className: "tools group" }, fields, spans, views.element, sorts.element, shared,
        button("CSV", "All windows that this page keeps", () => saveText(stream.csv(), at())),
        button("PNG", "A picture of the sensors, or of the one in detail", () => picture()))),
    cells.element, values.element, left.element);
  const whole = make("div", { className: "sensors-and-one" }, detail.element, element);

  let listed = null;
  let list = [];
  let sortedAt = 0;
  let listedFields = null;
  const at = () => ({ time: Number.isFinite(stream.end) ? stream.end : Date.now() });

  const field = () => {
    if (listedFields !== stream.fields) {
      listedFields = stream.fields;
      fields.replaceChildren(...stream.fields.map(({ name }) => make("option", { value: name, textContent: name })));
    }
    const found = stream.fields.find(({ name }) => name === state.field) ?? stream.fields[0];
    if (found && fields.value !== found.name) fields.value = found.name;
    return found;
  };

  /** The sorted list of sensors. It is sorted for new sensors, and every [SORTING] for new values. */
  function arrange(drawn) {
    const now = performance.now();
    const byName = state.sorted === "name";
    const key = `${stream.epoch} ${state.search} ${state.sorted} ${state.down} ${drawn?.line}`;
    if (listed === key && (byName || now - sortedAt < SORTING)) return;
    if (listed === key) sortedAt = now;
    listed = key;
    const column = byName ? null : state.sorted === "value" ? drawn?.line : state.sorted;
    list = stream.sort(stream.found(state.search), column ?? null, state.down);
  }

  /** The parameters of drawing cells. */
  function how() {
    const drawn = field();
    const to = stream.end;
    const from = to - state.span * (stream.step || stream.length || 1) - (stream.length - stream.step > 0 ? stream.length - stream.step : 0);
    let range = null;
    if (state.shared && drawn) {
      for (const sensor of list) {
        const own = usual(seen(sensor.rows, from), drawn);
        if (own) range = { bottom: Math.min(own.bottom, range?.bottom ?? Infinity), top: Math.max(own.top, range?.top ?? -Infinity) };
      }
    }
    const key = `${from} ${to} ${drawn?.name} ${app.theme.dark} ${range?.bottom} ${range?.top}`;
    const named = stream.length >= DAY || Math.abs(Date.now() - to) > DAY;
    return { key, field: drawn, from, to, shared: range, theme: app.theme, columns: stream.columns, chosen: state.chosen, named };
  }

  const draw = () => {
    views.show(state.view);
    sorts.show(state.sorted === "name" ? "name" : "value");
    sorts.element.querySelectorAll("button").forEach((b) => {
      const here = b.getAttribute("aria-pressed") === "true";
      say(b, `${b.dataset.value === "name" ? "Name" : "Value"}${here ? (state.down ? " ↓" : " ↑") : ""}`);
    });
    shared.setAttribute("aria-pressed", String(state.shared));
    cells.element.hidden = state.view !== "cells";
    values.element.hidden = state.view !== "table";
    left.element.hidden = state.view !== "rejected";
    const many = app.refusals?.total ?? 0;
    say(views.element.querySelector("[data-value=rejected]"), many ? `Rejected ${count(many)}` : "Rejected");
    if (state.view === "rejected") left.draw(app.refusals);
    const drawn = field();
    if (!drawn || !stream.keys.size) return;
    arrange(drawn);
    const { size } = stream.keys;
    say(shown, `${list.length === size ? count(size) : `${count(list.length)} of ${count(size)}`} sensors, windows of ${lasting(stream.length)}`);
    const with_ = how();
    if (state.chosen !== null) detail.show(stream.keys.get(state.chosen) ?? null);
    detail.draw(with_);
    if (state.view === "cells") cells.draw(list, with_);
    else if (state.view === "table") values.draw(list, { columns: stream.columns, sorted: state.sorted === "name" ? null : state.sorted === "value" ? drawn.line : state.sorted, down: state.down });
  };
  /** Exports the sensor in detail, or all cells that match the search. */
  function picture() {
    draw();
    if (detail.sensor) return savePlots([detail.plot], app.theme, `${app.title.textContent} · ${detail.sensor.name}`, at());
    const with_ = how();
    const some = list.slice(0, PICTURED);
    if (!some.length || !with_.field) return undefined;
    const columns = Math.max(1, Math.min(some.length, Math.round(Math.sqrt(some.length * 1.1))));
    const ratio = some.length > 150 ? 1 : 2;
    const pitch = { x: CELL.width + CELL.gap, y: CELL.height + CELL.gap };
    const canvas = make("canvas", {
      width: (columns * pitch.x + CELL.gap) * ratio, height: (Math.ceil(some.length / columns) * pitch.y + CELL.gap) * ratio,
    });
    const context = canvas.getContext("2d");
    context.fillStyle = app.theme.colours.surface;
    context.fillRect(0, 0, canvas.width, canvas.height);
    some.forEach((sensor, i) => {
      const [x, y] = [CELL.gap + (i % columns) * pitch.x, CELL.gap + Math.floor(i / columns) * pitch.y];
      context.setTransform(ratio, 0, 0, ratio, x * ratio, y * ratio);
      drawCell(context, CELL, sensor, with_);
    });
    const more = list.length > some.length ? `, ${some.length} of ${list.length} sensors` : "";
    return savePlots([{ canvas, ratio }], app.theme, `${app.title.textContent} · ${with_.field.name}${more}`, at());
  }

  const act = { find: () => search.focus(), close: () => (state.chosen === null ? undefined : close()), view: () => { state.view = VIEWS[(VIEWS.indexOf(state.view) + 1) % VIEWS.length]; keep(); } };
  search.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && search.value) {
      search.value = state.search = "";
      listed = null;
      app.redraw();
    } else if (event.key === "Escape" || event.key === "Enter" || event.key === "ArrowDown") {
      event.preventDefault();
      cells.element.querySelector('[tabindex="0"]')?.focus();
    } else return;
    event.stopPropagation();
  });
  return { element: whole, draw, act, shown: () => list.length, savePicture: picture, csv: () => stream.csv() };
}
