// The mean of the newest file with its ±σ band and the running mean of the run, over frequency, with candidates.
import { candidateFlags } from "./candidates.js";
import { columns } from "../../plot/pixel_columns.js";
import { cursorFlag, cursorLine, markerFlags, markers } from "../../plot/overlay.js";
import { drawBand, drawLine, fitted, heightOf, LINES } from "./error_band.js";
import { bandSide } from "./band_readout.js";
import { bandTools } from "./band_toolbar.js";
import { frequencyAxis, levelAxis } from "../../plot/axes.js";
import { gestures } from "../../plot/gestures.js";
import { level as written, number } from "../../ui/format.js";
import { make, remember } from "../../ui/dom.js";
import { Plot } from "../../plot/plot.js";

export function createBand(panel, app) {
  const stream = app.stream(panel.stream);
  const view = app.view(panel.stream);
  const plot = new Plot("Band: mean and σ over frequency", "band", app.redraw);
  const look = { decibels: false, traces: { sigma: true, newest: true, run: true, runSigma: false }, ...remember("band") };
  const ranges = { linear: { auto: true, top: 1, bottom: 0 }, decibels: { auto: true, top: 0, bottom: -60 } };
  const range = () => (look.decibels ? ranges.decibels : ranges.linear);
  const change = (values = {}) => {
    Object.assign(look, values);
    remember("band", look);
    view.changed();
  };
  const setRange = (values) => {
    const next = { ...range(), ...values };
    if (next.top > next.bottom) Object.assign(range(), next);
    view.changed();
  };
  const tools = bandTools({ stream, view, app, look, range, change, setRange });
  const side = bandSide(stream, view);
  const element = make("section", { className: "panel", aria: { label: "Band" } }, tools.element, plot.canvas);
  let box = { left: 0, top: 0, width: 1, height: 1 };
  let table = null;
  let tableFor = "";

  /** The visible traces `{name, mean, sigma?}` in drawing order. */
  const traces = (picture) => {
    const { run } = stream.with(picture);
    const on = look.traces;
    const all = [
      picture && on.sigma && { ...LINES.sigma, mean: picture.mean, sigma: picture.sigma },
      run && on.runSigma && { ...LINES.runSigma, mean: run.mean, sigma: run.sigma },
      picture && on.newest && { ...LINES.newest, mean: picture.mean },
      run && on.run && { ...LINES.run, mean: run.mean },
    ];
    return all.filter(Boolean);
  };

  /** The levels of the file and the run at the cursor: with σ, or in the unit of the axis. */
  const readings = (picture, decibels) => {
    if (view.cursor === null) return [];
    const bin = Math.min(stream.size - 1, Math.max(0, Math.round((view.cursor - stream.spec.offset) / stream.step)));
    const text = (mean, sigma) => decibels ? `${number(10 * Math.log10(mean[bin]), 2)} dB` : `${written(mean[bin], false)} ± ${written(sigma[bin], false)}`;
    const { run } = stream.with(picture);
    return [picture ? text(picture.mean, picture.sigma) : "", run ? text(run.mean, run.sigma) : ""];
  };

  const draw = () => {
    const { theme } = app;
    const picture = app.shown(stream);
    const some = traces(picture);
    if (range().auto) Object.assign(range(), fitted(some, view, stream, look.decibels));
    tools.show();
    const texts = readings(picture);
    side.show(picture, texts);
    if (!plot.begin(theme)) return;
    const { context } = plot;
    box = plot.inside(8, 20);
    const width = Math.round(box.width * plot.ratio);
    if (tableFor !== `${view.axis} ${width}`) {
      tableFor = `${view.axis} ${width}`;
      table = columns(view, stream, width);
    }
    frequencyAxis(context, box, view, theme.colours);
    levelAxis(context, box, range(), look.decibels ? `dB re ${panel.unit}` : panel.unit, theme.colours);
    context.save();
    context.beginPath();
    context.rect(box.left, box.top, box.width, box.height);
    context.clip();
    for (const trace of some) {
      if (trace.sigma) drawBand(context, box, table, trace, range(), look.decibels, theme);
      else drawLine(context, box, table, trace, range(), look.decibels, theme);
    }
    context.restore();
    // a narrow plot has space only for the means
    const full = look.decibels ? readings(picture, true) : texts;
    const short = box.width < 460 ? full.map((text) => text.split(" ± ")[0]) : full;
    const scene = { context, box, view, stream, theme, readings: short, height: heightOf(box, range(), look.decibels) };
    cursorLine(scene);
    const { lines } = stream.with(picture);
    if (view.showPeaks && lines) candidateFlags(scene, lines.lines);
    markerFlags(scene);
    cursorFlag(scene);
  };

  gestures(plot.canvas, view, {
    box: () => box,
    ...markers(view, () => box),
    scale: (factor, y) => {
      if (factor === null) return setRange({ auto: true });
      const { top, bottom } = range();
      const pivot = top - ((y - box.top) / box.height) * (top - bottom);
      setRange({ auto: false, top: pivot + (top - pivot) / factor, bottom: pivot - (pivot - bottom) / factor });
    },
    shift: (dy) => {
      const { top, bottom } = range();
      const by = (dy / box.height) * (top - bottom);
      setRange({ auto: false, top: top + by, bottom: bottom + by });
    },
  });

  const flip = () => change({ decibels: !look.decibels });
  return { element, draw, plot, side: side.element, spectral: { stream, view, flip }, look, range };
}
