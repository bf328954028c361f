// Saves pictures as PNG and SVG, and values as CSV.
import { make } from "/ui/dom.js";
import { csv, save } from "../save.js";
import { SvgContext } from "./svg_context.js";

/** Pixels per CSS pixel of a saved picture. */
const RATIO = 2;

/** Parts as a file name that every file system accepts. */
export function fileName(...parts) {
  return parts.map((part) => String(part).replace(/[\u0000-\u001f<>:"/\\|?*]+/g, "-")).join(".").slice(-180);
}

/** Height of the heading above a saved picture, in pixels. */
const HEADING = 26;

/** A picture `{ width, height, name, of, draw(context, width, height) }` with its heading, on the colour of the page. */
function painted(context, { width, height, name, of, draw }, { colours, font }) {
  context.fillStyle = colours.plot;
  context.fillRect(0, 0, width, height + HEADING);
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.font = `600 12px ${font}`;
  context.fillStyle = colours.text;
  context.fillText(name, 12, HEADING / 2);
  const used = 12 + context.measureText(name).width + 10;
  context.font = `11px ${font}`;
  context.fillStyle = colours.muted;
  context.fillText(of, used, HEADING / 2);
  context.save();
  context.translate(0, HEADING);
  draw(context, width, height);
  context.restore();
  return context;
}

export function svg(picture, theme) {
  return painted(new SvgContext(picture.width, picture.height + HEADING), picture, theme).text();
}

export function png(picture, theme) {
  const canvas = make("canvas", { width: Math.round(picture.width * RATIO), height: Math.round((picture.height + HEADING) * RATIO) });
  const context = canvas.getContext("2d");
  context.scale(RATIO, RATIO);
  painted(context, picture, theme);
  return new Promise((done) => canvas.toBlob(done, "image/png"));
}

/** `{ columns, rows }` as CSV; nine digits, because times and levels were not measured to more. */
export function tableText({ columns, rows }) {
  return csv(columns, rows.map((row) => row.map((value) => (typeof value === "number" ? Number(value.toPrecision(9)) : value))));
}

export const saveCsv = (table, name) => save(tableText(table), `${name}.csv`, "text/csv");
export const saveSvg = (picture, theme, name) => save(svg(picture, theme), `${name}.svg`, "image/svg+xml");
export async function savePng(picture, theme, name) {
  const blob = await png(picture, theme);
  if (blob) save(blob, `${name}.png`);
}
