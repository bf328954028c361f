// Level over frequency and time, as colour; the newest line on top.
import { ageLabels, incompleteMarks } from "./waterfall_axis.js";
import { candidateTicks } from "../haloscope/candidates.js";
import { columns, reduce } from "../../plot/pixel_columns.js";
import { MAP_NAMES } from "../../ui/colour_map.js";
import { frequencyAxis } from "../../plot/axes.js";
import { gestures } from "../../plot/gestures.js";
import { choice, make, say } from "../../ui/dom.js";
import { level, number, span } from "../../ui/format.js";
import { Plot } from "../../plot/plot.js";
import { Raster } from "../../plot/raster.js";

export function createWaterfall(panel, app) {
  const stream = app.stream(panel.stream);
  const view = app.view(panel.stream);
  const plot = new Plot("Waterfall: level over frequency and time", "waterfall", app.redraw);
  const bar = make("canvas", { className: "bar", width: 120, height: 1, aria: { hidden: "true" } });
  const ends = [make("span"), make("span")];
  const colours = make(
    "select",
    { title: "Colour map", aria: { label: "Colour map" }, on: { change: () => app.theme.setMap(colours.value) } },
    ...MAP_NAMES.map((name) => make("option", { value: name, textContent: name })),
  );
  colours.value = app.theme.mapName;
  // a line is a whole recording: there are few lines, drawn thick and with a range of their own
  const shape = stream.files && choice(
    "Waterfall",
    { flat: ["Flat", "Each file over its own baseline: what is narrow stands out"], level: ["Level", "Levels as they are"] },
    (value) => {
      stream.setMode(value);
      app.redraw();
    },
  );
  const range = () => (stream.files ? stream.range() : view.level);
  const thickness = (height) =>
    stream.files ? Math.max(1, Math.min(8, Math.floor(height / Math.max(12, stream.pictures.length)))) : 1;
  let thick = 1;
  const head = make(
    "div",
    { className: "head" },
    make("h2", { textContent: stream.files ? "Waterfall of files" : "Waterfall" }),
    ...(shape ? [shape.element] : []),
    make("span", { className: "scale" }, ends[0], bar, ends[1], colours),
  );
  const element = make("section", { className: "panel fall", aria: { label: "Waterfall" } }, head, plot.canvas);

  let rasters = [];
  let table = null;
  let drawn = { axis: -1, width: 0, apart: null, total: 0, epoch: stream.epoch };
  let box = { left: 0, top: 0, width: 1, height: 1 };
  let skip = 0;
  let mapShown = null;
  const bands = () => (view.apart ? stream.spec.channels.length : 1);

  /** Adds the rows of the history that are not in the raster yet; all rows if the axis has changed. */
  const fill = (width) => {
    const { bins, channels } = stream.spec;
    if (drawn.axis !== view.axis || drawn.width !== width || drawn.apart !== view.apart || drawn.epoch !== stream.epoch || !table) {
      table = columns(view, stream, width);
      while (rasters.length < bands()) rasters.push(new Raster());
      rasters.length = bands();
      rasters.forEach((raster) => raster.reset(width, stream.capacity));
      drawn = { axis: view.axis, width, apart: view.apart, total: stream.total - stream.pictures.length, epoch: stream.epoch };
    }
    const row = new Float32Array(width);
    const fresh = Math.min(stream.pictures.length, stream.total - drawn.total);
    for (const { values } of fresh ? stream.pictures.slice(-fresh) : []) {
      if (view.apart) {
        rasters.forEach((raster, c) => raster.push(reduce(values, c * bins, bins, table, row)));
      } else {
        channels.forEach((_, c) => reduce(values, c * bins, bins, table, row, c > 0));
        rasters[0].push(row);
      }
    }
    drawn.total = stream.total;
  };

  /** The index in the history of a height on the plot: 0 is the newest. */
  const ageAt = (y) => {
    const height = box.height / bands();
    return Math.floor(((y - box.top) % height) / thick) + skip;
  };
  const pictureAt = (age) => stream.pictures[stream.pictures.length - 1 - age] ?? null;

  const draw = () => {
    const { theme } = app;
    if (!plot.begin(theme)) return;
    const { context, ratio } = plot;
    const { colours } = theme;
    box = plot.inside(4, 20);
    fill(Math.round(box.width * ratio));
    const height = box.height / bands();
    const shown = app.shown(stream);
    const back = shown ? stream.pictures.length - 1 - stream.pictures.lastIndexOf(shown) : 0;
    thick = thickness(height);
    skip = app.paused ? Math.max(0, back - Math.floor((height / thick) * 0.75)) : 0;
    context.fillStyle = colours.surface;
    context.fillRect(box.left, box.top, box.width, box.height);
    rasters.forEach((raster, band) => {
      const top = box.top + band * height;
      const pixels = Math.round((height - (band ? 2 : 0)) * ratio);
      const image = raster.image(pixels, { skip, thick: ratio * thick, level: range(), map: theme.map });
      if (!image) {
        drawn.axis = -1;
        app.redraw();
        return;
      }
      context.imageSmoothingEnabled = false;
      context.drawImage(image, box.left, top + (band ? 2 : 0), box.width, pixels / ratio);
      const rows = { context, box, stream, top, height, thick, skip, colours };
      ageLabels(rows);
      if (stream.files) incompleteMarks(rows);
      if (view.apart) {
        context.textAlign = "left";
        context.textBaseline = "top";
        const name = stream.spec.channels[band];
        context.fillStyle = colours.plot;
        context.fillRect(box.left + 6, top + 6, context.measureText(name).width + 10, 17);
        context.fillStyle = theme.channel(band);
        context.fillText(name, box.left + 11, top + 9);
      }
      if (app.paused) {
        context.fillStyle = colours.accent;
        context.fillRect(box.left - 4, top + (back - skip) * thick, box.width + 8, 1.5);
      }
    });
    frequencyAxis(context, box, view, colours, { lines: false });
    const lines = stream.files && view.showPeaks ? stream.with(shown).lines?.lines : null;
    if (lines) candidateTicks({ context, box, view, theme }, lines);
    if (view.cursor !== null) {
      context.fillStyle = colours.text;
      context.globalAlpha = 0.7;
      context.fillRect(box.left + view.place(view.cursor) * box.width - 0.5, box.top, 1, box.height);
      context.globalAlpha = 1;
    }
    legend();
  };

  const legend = () => {
    const { top, bottom } = range();
    const fine = stream.files ? Math.max(0, Math.min(3, 1 - Math.floor(Math.log10(top - bottom)))) : 0;
    const text = (value) => (stream.decibels || stream.files ? number(value, fine) : level(value, false));
    say(ends[0], text(bottom));
    say(ends[1], `${text(top)} ${stream.files ? "dB" : panel.unit}`);
    shape?.show(stream.mode);
    if (mapShown === app.theme.map) return;
    mapShown = app.theme.map;
    const context = bar.getContext("2d");
    const strip = context.createImageData(120, 1);
    for (let x = 0; x < 120; x++) strip.data.set(mapShown.subarray(Math.round((x / 119) * 255) * 4).subarray(0, 4), x * 4);
    context.putImageData(strip, 0, 0);
  };

  gestures(plot.canvas, view, {
    box: () => box,
    hover: (x, y) => {
      const picture = y === null ? null : pictureAt(ageAt(y));
      const file = stream.files && picture
        ? `file ${picture.index}, ${picture.state}${picture.of ? `, ${picture.count} of ${picture.of} scans` : ""}, ` : "";
      plot.canvas.title = picture && !app.paused ? file + `${span(picture.time - stream.newest.time)}: click to stop here` : "";
    },
    click: (x, y) => {
      const picture = pictureAt(ageAt(y));
      if (picture) app.stopAt(picture.time);
    },
  });

  return { element, draw, plot, rasterKind: () => rasters[0]?.kind ?? null };
}
