// Level over frequency and time, as colour; the newest line on top.
import { columns, reduce } from "../columns.js";
import { MAP_NAMES } from "../colour.js";
import { frequencyAxis } from "../axes.js";
import { gestures } from "../gestures.js";
import { make, say } from "../dom.js";
import { level, number, span } from "../format.js";
import { Plot } from "../plot.js";
import { Raster } from "../raster.js";
import { nice } from "../ticks.js";

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
  const head = make(
    "div",
    { className: "head" },
    make("h2", { textContent: "Waterfall" }),
    make("span", { className: "scale" }, ends[0], bar, ends[1], colours),
  );
  const element = make("section", { className: "panel fall", aria: { label: "Waterfall" } }, head, plot.canvas);

  let rasters = [];
  let table = null;
  let drawn = { axis: -1, width: 0, apart: null, total: 0 };
  let box = { left: 0, top: 0, width: 1, height: 1 };
  let skip = 0;
  let mapShown = null;
  const bands = () => (view.apart ? stream.spec.channels.length : 1);

  /** The rows that are in the history and not yet in the raster; all of them when the axis has changed. */
  const fill = (width) => {
    const { bins, channels } = stream.spec;
    if (drawn.axis !== view.axis || drawn.width !== width || drawn.apart !== view.apart || !table) {
      table = columns(view, stream, width);
      while (rasters.length < bands()) rasters.push(new Raster());
      rasters.length = bands();
      rasters.forEach((raster) => raster.reset(width, stream.capacity));
      drawn = { axis: view.axis, width, apart: view.apart, total: stream.total - stream.pictures.length };
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

  /** The place in the history of a height on the plot: 0 is the newest. */
  const ageAt = (y) => {
    const height = box.height / bands();
    return Math.floor((y - box.top) % height) + skip;
  };
  const pictureAt = (age) => stream.pictures[stream.pictures.length - 1 - age] ?? null;

  const times = (context, top, height, colours) => {
    const { pictures } = stream;
    if (pictures.length < 2) return;
    const last = pictures.length - 1 - skip;
    const rows = Math.min(last, Math.floor(height) - 1);
    const newest = stream.newest.time;
    const covered = pictures[last].time - pictures[last - rows].time;
    const perRow = rows > 0 ? covered / rows : 0;
    if (!(perRow > 0)) return;
    const step = nice((perRow * 46) / 1000) * 1000;
    let next = Math.ceil((newest - pictures[last].time) / step) * step;
    context.textAlign = "right";
    context.textBaseline = "middle";
    for (let k = 0; k <= rows; k++) {
      const age = newest - pictures[last - k].time;
      if (age < next) continue;
      const y = top + k;
      context.fillStyle = colours["grid-strong"];
      context.fillRect(box.left - 4, y, 4, 1);
      context.fillStyle = colours.muted;
      const text = next === 0 ? "0 s" : number(-next / 1000, step < 1000 ? (step < 100 ? 2 : 1) : 0);
      context.fillText(text, box.left - 7, Math.min(top + height - 5, Math.max(top + 5, y)));
      while (next <= age) next += step;
    }
  };

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
    skip = app.paused ? Math.max(0, back - Math.floor(height * 0.75)) : 0;
    context.fillStyle = colours.surface;
    context.fillRect(box.left, box.top, box.width, box.height);
    rasters.forEach((raster, band) => {
      const top = box.top + band * height;
      const rows = Math.round((height - (band ? 2 : 0)) * ratio);
      const image = raster.image(rows, { skip, thick: ratio, level: view.level, map: theme.map });
      if (!image) {
        drawn.axis = -1;
        app.redraw();
        return;
      }
      context.imageSmoothingEnabled = false;
      context.drawImage(image, box.left, top + (band ? 2 : 0), box.width, rows / ratio);
      times(context, top, height, colours);
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
        context.fillRect(box.left - 4, top + back - skip, box.width + 8, 1.5);
      }
    });
    frequencyAxis(context, box, view, colours, { lines: false });
    if (view.cursor !== null) {
      context.fillStyle = colours.text;
      context.globalAlpha = 0.7;
      context.fillRect(box.left + view.place(view.cursor) * box.width - 0.5, box.top, 1, box.height);
      context.globalAlpha = 1;
    }
    legend();
  };

  const legend = () => {
    const text = (value) => (stream.decibels ? number(value, 0) : level(value, false));
    say(ends[0], text(view.level.bottom));
    say(ends[1], `${text(view.level.top)} ${panel.unit}`);
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
      plot.canvas.title = picture && !app.paused ? `${span(picture.time - stream.newest.time)}: click to stop here` : "";
    },
    click: (x, y) => {
      const picture = pictureAt(ageAt(y));
      if (picture) app.stopAt(picture.time);
    },
  });

  return { element, draw, plot, rasterKind: () => rasters[0]?.kind ?? null };
}
