// Markers of candidates on plots over frequency.
import { haloed } from "../../plot/overlay.js";
import { number, radio } from "../../ui/format.js";

/** Number of rows of labels. */
const ROWS = 5;
const HIGH = 15;

/** Pixels above and below the level of the line that labels leave free. */
const CLEAR = 9;

const colourOf = (theme) => theme.channel(3, 1, theme.dark ? 4 : -4);

/**
 * Draws a dashed line at each visible candidate and as many labels as fit, the highest candidates first. `height`
 * returns the position of a level.
 */
export function candidateFlags({ context, box, view, stream, theme, height }, lines) {
  const colour = colourOf(theme);
  const taken = [];
  context.textBaseline = "alphabetic";
  context.textAlign = "left";
  lines.forEach((line, i) => {
    const place = view.place(line.frequency);
    if (place < 0 || place > 1) return;
    const x = box.left + place * box.width;
    const short = `${number(line.excess, 1)} σ`;
    const long = `C${i + 1}  ${radio(line.frequency, stream.step)}  ${short}`;
    const text = box.width > 420 ? long : `C${i + 1}  ${short}`;
    const width = context.measureText(text).width;
    const left = x + 5 + width > box.left + box.width ? x - 5 - width : x + 5;
    // below the unit in the corner and the numbers of markers
    const row = Array.from({ length: ROWS }, (_, r) => r)
      .find((r) => !taken.some((t) => t.row === r && left < t.right + 8 && left + width > t.left - 8));
    const base = box.top + 34 + (row ?? 0) * HIGH;
    context.strokeStyle = colour;
    context.setLineDash([2, 3]);
    context.lineWidth = 1.2;
    context.beginPath();
    const level = height(line.value);
    const from = row === undefined ? box.top + box.height - 10 : base - 9;
    if (level - CLEAR > from) {
      context.moveTo(x, from);
      context.lineTo(x, level - CLEAR);
    }
    context.moveTo(x, Math.max(from, level + CLEAR));
    context.lineTo(x, box.top + box.height);
    context.stroke();
    context.setLineDash([]);
    context.lineWidth = 1;
    if (row === undefined) return;
    taken.push({ row, left, right: left + width });
    haloed(context, text, left, base, colour, theme.colours.plot);
  });
}

/** Draws a small mark above the waterfall at each visible candidate. */
export function candidateTicks({ context, box, view, theme }, lines) {
  context.fillStyle = colourOf(theme);
  for (const { frequency } of lines) {
    const place = view.place(frequency);
    if (place < 0 || place > 1) continue;
    const x = box.left + place * box.width;
    context.beginPath();
    context.moveTo(x - 4, box.top - 4);
    context.lineTo(x + 4, box.top - 4);
    context.lineTo(x, box.top + 3);
    context.fill();
  }
}
