// Exports the picture shown as a table and as an image.
import { make } from "./dom.js";
import { textCell } from "./csv.js";

function save(blob, name) {
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A file name that sorts by time: `passband-2026-01-31T12-00-00.000Z.csv`. */
function fileName(picture, ending) {
  const time = new Date(picture?.time ?? Date.now());
  const text = Number.isNaN(time.getTime()) ? "picture" : time.toISOString().replaceAll(":", "-");
  return `passband-${text}.${ending}`;
}

/** Comma-separated values (RFC 4180): a row per bin, a column per channel of each visible trace. */
export function table(stream, view, picture) {
  const { bins, channels, unit } = stream.spec;
  const traces = [["", picture.values]];
  if (stream.held) {
    if (view.traces.average) traces.push([" average", stream.averageLevels()]);
    if (view.traces.maximum) traces.push([" maximum", stream.maximum]);
    if (view.traces.minimum) traces.push([" minimum", stream.minimum]);
  }
  const columns = traces.flatMap(([suffix, values]) =>
    channels.map((name, c) => ({ name: `${name}${suffix} (${unit})`, values, start: c * bins })));
  const lines = [["frequency (Hz)", ...columns.map((c) => c.name)].map(textCell).join(",")];
  for (let bin = 0; bin < bins; bin++) {
    const row = columns.map(({ values, start }) => String(Number(values[start + bin].toPrecision(7))));
    lines.push([Number(stream.frequency(bin).toPrecision(12)), ...row].join(","));
  }
  return `${lines.join("\r\n")}\r\n`;
}

/** As above for a file, and for the run if it is known: a row per bin. */
export function fileTable(stream, picture) {
  const { run } = stream.with(picture);
  const { unit } = stream.spec;
  const columns = picture ? [["mean", picture.mean], ["sigma", picture.sigma]] : [];
  if (run) {
    columns.push(["run mean", run.mean], ["run sigma", run.sigma],
      ["pooled mean", run.pooled_mean], ["standard error", run.standard_error]);
  }
  const lines = [["frequency (Hz)", ...columns.map(([name]) => `${name} (${unit})`)].map(textCell).join(",")];
  // all digits, because long runs differ only in the last ones
  columns[0][1].forEach((_, bin) => lines.push([stream.frequency(bin), ...columns.map(([, values]) => values[bin])].join(",")));
  return `${lines.join("\r\n")}\r\n`;
}

export function saveText(text, picture) {
  save(new Blob([text], { type: "text/csv" }), fileName(picture, "csv"));
}

/** Draws all plots below each other under a heading. */
export function compose(plots, theme, heading, picture) {
  const canvases = plots.map((p) => p.canvas);
  const ratio = plots[0].ratio;
  const headHeight = Math.round(34 * ratio);
  const image = make("canvas", {
    width: Math.max(...canvases.map((c) => c.width)),
    height: canvases.reduce((sum, c) => sum + c.height, headHeight),
  });
  const context = image.getContext("2d");
  context.fillStyle = theme.colours.plot;
  context.fillRect(0, 0, image.width, image.height);
  context.font = `600 ${13 * ratio}px ${theme.font}`;
  context.textBaseline = "middle";
  context.fillStyle = theme.colours.text;
  context.fillText(heading, 14 * ratio, headHeight / 2);
  context.font = `${11 * ratio}px ${theme.font}`;
  context.textAlign = "right";
  context.fillStyle = theme.colours.muted;
  context.fillText(picture ? new Date(picture.time).toISOString() : "", image.width - 14 * ratio, headHeight / 2);
  let top = headHeight;
  for (const canvas of canvases) {
    context.drawImage(canvas, 0, top);
    top += canvas.height;
  }
  return image;
}

export function savePlots(plots, theme, heading, picture) {
  compose(plots, theme, heading, picture).toBlob((blob) => blob && save(blob, fileName(picture, "png")), "image/png");
}
