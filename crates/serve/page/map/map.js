// The similarity map: a point per recording. Its brush is a filter like any other, so it applies to all views.
import { aborted } from "../api.js";
import { choice, make, remember, say } from "/ui/dom.js";
import { colouring, plain } from "./colouring.js";
import { count } from "/ui/format.js";
import { emptyState, faultCard } from "../notice.js";
import { fileName, save } from "../save.js";
import { FilterLayout } from "../library/filter_layout.js";
import { label, valueText } from "../value_text.js";
import { latest } from "../latest.js";
import { legendElement } from "./legend.js";
import { PointPlot } from "./point_plot.js";
import { recordingAddress } from "../address.js";
import { recordingList } from "./recording_list.js";

/** Texts with more values than this are no colours. */
const MOST_TEXTS = 500;
const HOVER_WAIT = 40;
/** Maximum number of recordings that a lasso chooses one by one: each is in the address. */
const LASSOED = 400;
/** Number of recordings in one request. */
const PAGE = 1000;

export async function mapPage(host, context) {
  const { api, collection, filters, theme, frames, navigate, setOwn, own } = context;
  const numbers = collection.numbers.filter(({ min, max }) => min < max);
  if (!collection.total) {
    host.append(emptyState("No recordings", "The table has no rows, so there is no map."));
    return { destroy() {} };
  }
  if (!collection.mapped && numbers.length < 2) {
    host.append(emptyState("No map", "A map needs at least 3 recordings with features, such as mfcc or chroma_stft. Measure them with “passband analyze”."));
    return { destroy() {} };
  }
  const layout = new FilterLayout(host, context);
  const controller = new AbortController();
  const { signal } = controller;

  const axes = () => {
    const [x, y] = collection.mapped ? ["map_x", "map_y"] : [numbers[0].name, numbers[1].name];
    const known = (name, otherwise) => (collection.columns.get(name)?.kind === "number" ? name : otherwise);
    return { x: known(own().get("x"), x), y: known(own().get("y"), y) };
  };
  const firstColour = ["key", "genre", "artist", "tempo"].find((name) => usable(collection.columns.get(name)));
  const colour = () => {
    const wanted = own().get("colour") ?? remember("serve.colour") ?? firstColour ?? "";
    return usable(collection.columns.get(wanted)) ? wanted : "";
  };

  const select = (text, options, chosen) => {
    const element = make("select", { aria: { label: text }, on: { change: () => chosen(element.value) } }, ...options);
    return make("label", { className: "labelled" }, make("span", { textContent: text }), element);
  };
  const option = ({ name }) => make("option", { value: name, textContent: label(name) });
  const colourSelect = select("Colour", [make("option", { value: "", textContent: "one colour" }),
    ...[...collection.columns.values()].filter(usable).map(option)], (value) => {
    remember("serve.colour", value);
    names.clear();
    setOwn({ colour: value });
    recolour();
  });
  const xSelect = select("x", numbers.map(option), (value) => setAxes({ x: value }));
  const ySelect = select("y", numbers.map(option), (value) => setAxes({ y: value }));
  const tools = choice("Drag", { select: ["Rectangle", "Drag selects a rectangle; everything else follows"],
    lasso: ["Lasso", "Drag around recordings to choose them"], move: ["Move", "Drag moves the map (also with Shift)"] }, (tool) => {
    plot.tool = tool;
    tools.show(tool);
  });
  const found = make("span", { className: "found", role: "status" });
  const png = make("button", { type: "button", textContent: "PNG", title: "The map as a picture",
    on: { click: () => plot.canvas.toBlob((blob) => blob && save(blob, fileName("map", "png")), "image/png") } });
  const vega = make("a", { className: "vega-link", textContent: "{ }", title: "Vega-Lite description", target: "_blank", rel: "noopener",
    aria: { label: "Vega-Lite description of the map" } });
  layout.tools.append(found, png, vega);

  const fault = make("div");
  const hint = make("p", { className: "map-hint hint", role: "status" });
  const legendHost = make("div", { className: "legend-host" });
  const plot = new PointPlot({ theme, frames, brushed, lassoed, hovered, clicked, names: () => ({ x: label(axes().x), y: label(axes().y) }) });
  const head = make("div", { className: "head" }, tools.element,
    make("button", { type: "button", textContent: "Whole", title: "The whole map (0)", on: { click: () => plot.whole() } }), colourSelect, xSelect, ySelect);
  const list = recordingList({ ...context, pointed: (row) => plot.index && plot.point(row), like: (id) => near(id) });
  layout.content.append(fault, make("div", { className: "map-body" },
    make("section", { className: "map-panel", aria: { label: "Map" } }, head, hint, plot.canvas, legendHost), list.element));
  tools.show("select");

  let values = null;
  let coloured = null;
  let asked = 0;
  /** Names by row, as far as they were asked for. */
  const names = new Map();

  function failure(error) {
    if (aborted(error)) return;
    plot.failed = true;
    fault.replaceChildren(faultCard(error, () => start()));
  }

  async function start() {
    try {
      fault.replaceChildren();
      plot.failed = false;
      const { x, y } = axes();
      xSelect.lastChild.value = x;
      ySelect.lastChild.value = y;
      const points = await collection.points(x, y, signal);
      plot.setPoints(points);
      plot.setTint(plain(points.count, theme).tint);
      showBrush();
      await Promise.all([recolour(), match()]);
    } catch (error) {
      failure(error);
    }
  }

  async function recolour() {
    linkVega();
    const name = colour();
    colourSelect.lastChild.value = name;
    try {
      values = name ? await collection.values(name, signal) : null;
      if (colour() !== name || !plot.points) return;
      coloured = values ? colouring(values, collection.columns.get(name), theme) : plain(plot.points.count, theme);
      plot.tip = null;
      plot.setTint(coloured.tint);
      legend();
    } catch (error) {
      failure(error);
    }
  }

  function legend() {
    legendHost.replaceChildren(legendElement(coloured?.legend, collection.columns.get(colour()) ?? {}, context));
  }

  const linkVega = () => (vega.href = api.url("/api/vega/points", [...Object.entries(axes()), ["color", colour() || null], ...filters.params()]));

  const match = latest(async () => {
    try {
      const matching = await collection.matching(filters, signal);
      fault.replaceChildren();
      plot.setMatching(matching);
      say(found, filters.empty ? `${count(collection.total)} recordings` : `${count(matching.matching)} of ${count(collection.total)}`);
    } catch (error) {
      failure(error);
    }
  });

  /** The rectangle as the filters say. */
  function showBrush() {
    const { x, y } = axes();
    const [rx, ry] = [filters.ranges.get(x), filters.ranges.get(y)];
    const { extent } = plot.index ?? {};
    if (!extent || (!rx && !ry)) plot.brush = null;
    else {
      plot.brush = {
        x0: rx?.lo ?? extent.left - extent.width, x1: rx?.hi ?? extent.left + 2 * extent.width,
        y0: ry?.lo ?? extent.bottom - extent.height, y1: ry?.hi ?? extent.bottom + 2 * extent.height,
      };
    }
    plot.draw();
  }

  function brushed(brush) {
    if (!brush && filters.ids.length) filters.setIds([]);
    const { x, y } = axes();
    const round = (value) => Number(value.toPrecision(6));
    filters.setRanges(brush ? [[x, { lo: round(brush.x0), hi: round(brush.x1) }], [y, { lo: round(brush.y0), hi: round(brush.y1) }]] : [[x, null], [y, null]]);
  }

  /** The enclosed recordings that match; of too many to name, those in the rectangle around them. */
  async function lassoed({ rows, box }) {
    const chosen = rows.filter((row) => plot.match[row] === 1);
    if (!chosen.length) return;
    if (chosen.length > LASSOED) {
      say(hint, `${count(chosen.length)} recordings are more than the ${LASSOED} that a lasso can choose: the rectangle around them is used.`);
      plot.brush = box;
      return brushed(box);
    }
    say(hint, "");
    try {
      filters.setIds(await idsOf(new Set(chosen), box));
    } catch (error) {
      failure(error);
    }
  }

  /** The ids of rows: those among the matching recordings in the rectangle around them. */
  async function idsOf(rows, { x0, x1, y0, y1 }) {
    const { x, y } = axes();
    const ids = [];
    const others = filters.params().filter(([name]) => name !== x && name !== y);
    for (let offset = 0; ids.length < rows.size; offset += PAGE) {
      const page = await api.json("/api/recordings", [...others, [x, `${x0}..${x1}`], [y, `${y0}..${y1}`], ["columns", "name"], ["offset", offset],
        ["limit", PAGE]], { signal });
      for (const { row, id } of page.rows) if (rows.has(row)) ids.push(id);
      if (offset + PAGE >= page.matching) break;
    }
    return ids;
  }

  function setAxes(change) {
    const { x, y } = axes();
    filters.setRanges([[x, null], [y, null]]);
    setOwn(change);
    names.clear();
    start();
  }

  /** The recording of a row: those in a range around its coordinates, which are rounded to 32 bits. */
  async function recordingOf(row) {
    if (names.has(row)) return names.get(row);
    const { x, y } = axes();
    const around = (value) => {
      const by = Math.max(1e-6, Math.abs(value) * 1e-6);
      return `${value - by}..${value + by}`;
    };
    const shown = [...new Set(["name", "artist", "title", colour()])].filter((name) => collection.columns.has(name));
    const { rows } = await api.json("/api/recordings", [[x, around(plot.points.x[row])], [y, around(plot.points.y[row])],
      ["columns", shown.join(",")], ["limit", 1000]], { signal });
    rows.forEach((one) => names.set(one.row, one));
    return names.get(row) ?? null;
  }

  async function hovered(row) {
    const mine = ++asked;
    if (row < 0) return;
    await new Promise((resolve) => setTimeout(resolve, names.has(row) ? 0 : HOVER_WAIT));
    if (mine !== asked) return;
    try {
      const found = await recordingOf(row);
      if (mine !== asked || !found) return;
      const by = collection.columns.get(colour());
      plot.tip = [found.name ?? found.id, ...["title", "artist"].filter((name) => found[name]).map((name) => found[name]),
        ...(by && !["title", "artist"].includes(by.name) ? [`${label(by.name)}: ${valueText(found[by.name], by)}${by.kind === "number" && by.unit ? ` ${by.unit}` : ""}`] : [])];
      plot.draw();
    } catch (error) {
      failure(error);
    }
  }

  async function clicked(row, event) {
    try {
      const found = await recordingOf(row);
      if (!found) return;
      // a finger has no hovering: the first tap names the point, and lists what is like it
      if (event.altKey || event.pointerType === "touch") near(found.id);
      else navigate(recordingAddress(found.id));
    } catch (error) {
      failure(error);
    }
  }

  function near(id) {
    setOwn({ near: id }, { entry: true });
    update();
  }

  function update() {
    layout.update();
    linkVega();
    if (plot.points) {
      showBrush();
      match();
    } else if (plot.failed) start();
    if (coloured?.legend?.kind === "text") legend();
    list.show(own().get("near") ?? null).then((rows) => {
      plot.ringed = own().get("near") ? rows : [];
      plot.draw();
    }, failure);
  }

  const repaint = () => recolour().then(() => plot.draw());
  theme.addEventListener("change", repaint);
  await start();
  update();
  return {
    destroy() {
      controller.abort();
      match.stop();
      list.destroy();
      plot.destroy();
      layout.destroy();
      theme.removeEventListener("change", repaint);
    },
    update,
    route() {
      const { x, y } = axes();
      if (xSelect.lastChild.value !== x || ySelect.lastChild.value !== y) start();
      else if (colourSelect.lastChild.value !== colour()) recolour();
      update();
    },
    find: () => layout.find(),
    state: () => ({
      ...axes(), colour: colour(), renderer: plot.renderer.kind, points: plot.points?.count ?? null, placed: plot.index?.placed ?? null,
      brush: plot.brush, view: plot.view, hover: plot.hover, tip: plot.tip, near: own().get("near") ?? null, listed: list.rows(),
      lit: plot.match ? plot.match.reduce((sum, v) => sum + v, 0) : null,
      /** Where a row is drawn, for tests that point at it. */
      places: [...(plot.index?.order.slice(0, 5) ?? [])].map((row) => ({ row, x: plot.toX(plot.points.x[row]), y: plot.toY(plot.points.y[row]) })),
    }),
  };
}

function usable(column) {
  if (!column) return false;
  return column.kind === "number" ? column.min < column.max : column.distinct > 1 && column.distinct <= MOST_TEXTS;
}
