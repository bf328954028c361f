// Level over frequency: traces, peaks, cursor, markers.
import { columns } from "../../plot/pixel_columns.js";
import { frequencyAxis, levelAxis } from "../../plot/axes.js";
import { gestures } from "../../plot/gestures.js";
import { make } from "../../ui/dom.js";
import { Ranger } from "../../plot/autoscale.js";
import { now } from "../../link/clock.js";
import { cursorFlag, cursorLine, markerFlags, markers, peakLabels } from "../../plot/overlay.js";
import { Plot } from "../../plot/plot.js";
import { sidebar } from "./readout.js";
import { toolbar } from "./toolbar.js";
import { drawTrace, TRACES } from "./traces.js";

export function createSpectrum(panel, app) {
  const stream = app.stream(panel.stream);
  const view = app.view(panel.stream);
  const plot = new Plot("Spectrum: level over frequency", "spectrum", app.redraw);
  const ranger = new Ranger();
  const side = sidebar(stream, view, app);
  const tools = toolbar(stream, view, app, () => refit());
  const element = make("section", { className: "panel", aria: { label: "Spectrum" } }, tools.element, plot.canvas);
  let box = { left: 0, top: 0, width: 1, height: 1 };
  let table = null;
  let tableFor = "";

  const refit = () => {
    view.level.auto = true;
    ranger.reset(view.level);
    view.changed();
  };

  const valuesOf = (kind, picture) => {
    if (kind === "now") return picture.values;
    if (!stream.held) return null;
    return kind === "average" ? stream.averageLevels() : stream[kind];
  };

  const boxes = () => {
    if (!view.apart) return [box];
    const each = box.height / stream.spec.channels.length;
    return stream.spec.channels.map((_, c) => ({ ...box, top: box.top + c * each, height: each - (c ? 6 : 0) }))
      .map((b, c) => (c ? { ...b, top: b.top + 6 } : b));
  };

  const draw = () => {
    const { theme } = app;
    const picture = app.shown(stream);
    if (picture && view.level.auto) {
      const level = ranger.fit(stream, picture.values, view.level, now());
      if (level) Object.assign(view.level, level);
    }
    tools.show();
    side.show(picture);
    if (!plot.begin(theme)) return;
    const { context } = plot;
    box = plot.inside(8, 20);
    const width = Math.round(box.width * plot.ratio);
    if (tableFor !== `${view.axis} ${width}`) {
      tableFor = `${view.axis} ${width}`;
      table = columns(view, stream, width);
    }
    const every = boxes();
    every.forEach((b, c) => {
      frequencyAxis(context, b, view, theme.colours, { labels: b === every.at(-1) });
      levelAxis(context, b, view.level, panel.unit, theme.colours, view.apart ? stream.spec.channels[c] : "");
    });
    if (!picture) return;
    for (const kind of Object.keys(TRACES)) {
      const values = view.traces[kind] && valuesOf(kind, picture);
      if (!values) continue;
      stream.spec.channels.forEach((_, c) => {
        const b = view.apart ? every[c] : box;
        context.save();
        context.beginPath();
        context.rect(b.left, b.top, b.width, b.height);
        context.clip();
        drawTrace(context, b, table, values, c, stream, view.level, theme, kind);
        context.restore();
      });
    }
    const scene = { context, box, boxes: every, view, stream, theme, picture, peaks: side.peaks, readings: side.readings };
    cursorLine(scene);
    if (view.showPeaks) peakLabels(scene);
    markerFlags(scene);
    cursorFlag(scene);
  };

  gestures(plot.canvas, view, {
    box: () => box,
    ...markers(view, () => box),
    scale: (factor, y) => {
      if (factor === null) return refit();
      const { top, bottom } = view.level;
      const pivot = top - ((y - box.top) / box.height) * (top - bottom);
      view.setLevel({ auto: false, top: pivot + (top - pivot) / factor, bottom: pivot - (pivot - bottom) / factor });
    },
    shift: (dy) => {
      const { top, bottom } = view.level;
      const by = (dy / box.height) * (top - bottom);
      view.setLevel({ auto: false, top: top + by, bottom: bottom + by });
    },
  });

  return { element, draw, plot, side: side.element, spectral: { stream, view, refit } };
}
