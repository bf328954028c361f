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

/** A picture `{ width, height, draw(context, width, height) }` on the colour of the page. */
function painted(context, { width, height, draw }, { colours, font }) {
  context.fillStyle = colours.plot;
  context.fillRect(0, 0, width, height);
  context.font = `11px ${font}`;
  draw(context, width, height);
  return context;
}

export function svg(picture, theme) {
  return painted(new SvgContext(picture.width, picture.height), picture, theme).text();
}

export function png(picture, theme) {
  const canvas = make("canvas", { width: Math.round(picture.width * RATIO), height: Math.round(picture.height * RATIO) });
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
