// The cell of a sensor: name, latest value, values over time, and end and readings of the latest window.
import { count, number } from "../../ui/format.js";
import { digitsOf, drawLines, seen, usual } from "../../plot/time_series.js";
import { moment } from "../../plot/time_axis.js";

export const CELL = { width: 196, narrow: 156, height: 108, gap: 8 };

/** The text of a cell for screen readers. */
export function describeCell(sensor, field, columns) {
  const last = sensor.rows.at(-1);
  const value = last.values[field.line];
  return `${sensor.name}: ${columns[field.line]} ${value ?? "none"}, window until ${moment(last.end, true)} UTC`;
}

/** Draws a cell of the given size at the origin. */
export function drawCell(context, { width, height }, sensor, { field, from, to, shared, theme, named }) {
  const { colours, font } = theme;
  const last = sensor.rows.at(-1);
  const rows = seen(sensor.rows, from);
  const own = usual(rows, field);
  const range = shared ?? own;
  context.fillStyle = colours.plot;
  context.fillRect(0, 0, width, height);
  const value = last.values[field.line] ?? null;
  context.textBaseline = "alphabetic";
  context.textAlign = "right";
  context.font = `650 17px ${font}`;
  context.fillStyle = last.early ? colours.muted : colours.text;
  const text = value === null ? "–" : number(value, digits(value, own));
  context.fillText(text, width - 9, 22);
  const room = width - 26 - context.measureText(text).width;
  context.textAlign = "left";
  context.font = `600 12px ${font}`;
  context.fillStyle = colours.text;
  context.fillText(shortened(context, sensor.name, room), 9, 21);
  context.font = `10.5px ${font}`;
  context.fillStyle = colours.muted;
  const many = field.count === null ? last.readings : (last.values[field.count] ?? last.readings);
  context.fillText(`${moment(last.end, named)}${last.early ? " …" : ""}`, 9, height - 8);
  context.textAlign = "right";
  context.fillText(`n ${count(many)}`, width - 9, height - 8);
  if (!range) return;
  const box = { left: 9, top: 31, width: width - 18, height: height - 31 - 24 };
  context.fillStyle = colours["grid-strong"];
  context.fillRect(box.left, box.top + box.height, box.width, 1);
  drawLines(context, box, rows, field, { range, from, to, colour: theme.channel(0), band: theme.channel(0, 0.26) });
}

/** The digits of a value: four, or one fewer than its range requires, so that cells look alike. */
function digits(value, range) {
  const needed = digitsOf(range);
  const four = 3 - Math.floor(Math.log10(Math.abs(value) || 1));
  return Math.max(0, needed - 1, Math.min(needed, four));
}

/** A name shortened to fit: the middle is elided, because sensors differ at the end. */
function shortened(context, name, room) {
  if (context.measureText(name).width <= room) return name;
  let keep = name.length - 1;
  const cut = () => `${name.slice(0, Math.ceil(keep / 3))}…${name.slice(name.length - Math.floor((2 * keep) / 3))}`;
  while (keep > 3 && context.measureText(cut()).width > room) keep -= 1;
  return cut();
}
