// Labels beside the rows of a waterfall: age, and marks of incomplete recordings.
import { nice } from "../../plot/ticks.js";
import { number } from "../../ui/format.js";

/** Labels for the age of rows, the newest being 0. Rows are `thick` pixels high; the `skip` newest are not shown. */
export function ageLabels({ context, box, stream, top, height, thick, skip, colours }) {
  const { pictures } = stream;
  if (pictures.length < 2) return;
  const last = pictures.length - 1 - skip;
  const rows = Math.min(last, Math.floor(height / thick) - 1);
  const newest = stream.newest.time;
  const covered = pictures[last].time - pictures[last - rows].time;
  const perRow = rows > 0 ? covered / rows : 0;
  if (!(perRow > 0)) return;
  const [unit, by] = covered < 180_000 ? ["s", 1000] : covered < 10_800_000 ? ["min", 60_000] : ["h", 3_600_000];
  const step = nice((perRow * 46) / thick / by) * by;
  const digits = Math.min(2, Math.max(0, -Math.floor(Math.log10(step / by) + 1e-9)));
  let next = Math.ceil((newest - pictures[last].time) / step) * step;
  context.textAlign = "right";
  context.textBaseline = "middle";
  for (let k = 0; k <= rows; k++) {
    const age = newest - pictures[last - k].time;
    if (age < next) continue;
    const y = top + k * thick;
    context.fillStyle = colours["grid-strong"];
    context.fillRect(box.left - 4, y, 4, 1);
    context.fillStyle = colours.muted;
    const text = next === 0 ? `0 ${unit}` : number(-next / by, digits);
    context.fillText(text, box.left - 7, Math.min(top + height - 5, Math.max(top + 5, y)));
    while (next <= age) next += step;
  }
}

/** Marks beside incomplete recordings. */
export function incompleteMarks({ context, box, stream, top, height, thick, skip, colours }) {
  const { pictures } = stream;
  context.fillStyle = colours.warn;
  for (let row = 0; (row + 1) * thick <= height && row + skip < pictures.length; row++) {
    const { state } = pictures[pictures.length - 1 - row - skip];
    if (state !== "complete") context.fillRect(box.left + box.width + 3, top + row * thick, 8, Math.max(3, thick));
  }
}
