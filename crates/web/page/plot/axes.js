// Grid lines and labels.
import { carried, even, frequencies } from "./ticks.js";
import { number } from "../ui/format.js";

/** A thin line that covers whole device pixels. */
function rule(context, x, y, width, height) {
  const ratio = context.getTransform().a;
  const snap = (v) => Math.round(v * ratio) / ratio;
  context.fillRect(snap(x), snap(y), width || 1 / ratio, height || 1 / ratio);
}

/** Vertical lines at frequencies, with labels below them if there is enough space. */
export function frequencyAxis(context, box, view, colours, { labels = true, lines = true } = {}) {
  const baseline = box.top + box.height + 14;
  let free = box.left - 30;
  context.textAlign = "center";
  context.textBaseline = "alphabetic";
  const end = box.left + box.width;
  const { ticks, unit } = view.carried ? carried(view, box.width) : { ticks: frequencies(view, box.width), unit: "Hz" };
  const unitLeft = end - context.measureText(unit).width;
  for (const { frequency, label, strong } of ticks) {
    const x = box.left + view.place(frequency) * box.width;
    context.fillStyle = strong ? colours["grid-strong"] : colours.grid;
    if (lines) rule(context, x, box.top, 0, box.height);
    else rule(context, x, box.top + box.height, 0, label ? 4 : 2);
    if (!labels || !label) continue;
    const half = context.measureText(label).width / 2;
    if (x - half < free || x + half > unitLeft - 6) continue;
    context.fillStyle = colours.muted;
    context.fillText(label, x, baseline);
    free = x + half + 10;
  }
  if (!labels) return;
  context.textAlign = "right";
  context.fillStyle = colours.muted;
  context.fillText(unit, end, baseline);
}

/** Horizontal lines at levels, with labels at the left and the unit in the upper left corner. */
export function levelAxis(context, box, { top, bottom }, unit, colours, named = "") {
  const { values } = even(bottom, top, box.height / 30);
  const { scale, digits, power } = scaled(top, bottom, values);
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (const value of values) {
    const y = box.top + ((top - value) / (top - bottom)) * box.height;
    context.fillStyle = value === 0 ? colours["grid-strong"] : colours.grid;
    rule(context, box.left, y, box.width, 0);
    context.fillStyle = colours.muted;
    const edge = Math.min(box.top + box.height - 5, Math.max(box.top + 5, y));
    context.fillText(number(value / scale, digits), box.left - 5, edge);
  }
  context.textAlign = "left";
  context.textBaseline = "top";
  context.fillStyle = colours.muted;
  const text = power ? `10${superscript(power)} ${unit}` : unit;
  const unitText = named ? `${named} · ${text}` : text;
  // Separates the label from the grid behind it.
  context.strokeStyle = colours.plot;
  context.lineWidth = 4;
  context.strokeText(unitText, box.left + 8, box.top + 6);
  context.lineWidth = 1;
  context.fillText(unitText, box.left + 8, box.top + 6);
}

/** Labels have space for about five characters: very small and very large values share a power of ten. */
function scaled(top, bottom, values) {
  const size = Math.floor(Math.log10(Math.max(Math.abs(top), Math.abs(bottom))));
  const power = size < -1 || size > 4 ? 3 * Math.floor(size / 3) : 0;
  const scale = 10 ** power;
  const step = values.length > 1 ? (values[1] - values[0]) / scale : 1;
  return { scale, power, digits: Math.min(3, Math.max(0, -Math.floor(Math.log10(step) + 1e-9))) };
}

const superscript = (n) => String(n).replace(/[-0-9]/g, (c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]);
