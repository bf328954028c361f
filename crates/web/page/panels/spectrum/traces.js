// The lines of a spectrum.
import { reduce } from "../../plot/pixel_columns.js";

/** The style of each kind of trace; the current one is last, and drawn on top. */
export const TRACES = {
  maximum: { label: "Max", title: "Maximum hold", opacity: 0.55, width: 1, shift: 0 },
  minimum: { label: "Min", title: "Minimum hold", opacity: 0.6, width: 1, shift: 0, dash: [2, 2] },
  average: { label: "Avg", title: "Average", opacity: 1, width: 1.5, shift: 14 },
  now: { label: "Now", title: "The shown picture", opacity: 1, width: 1.2, shift: 0, fill: 0.16 },
};

const scratch = { levels: new Float32Array(0) };

/** Draws one channel of one trace into a box. */
export function drawTrace(context, box, table, values, channel, stream, level, theme, kind) {
  const { bins } = stream.spec;
  if (scratch.levels.length < table.width) scratch.levels = new Float32Array(table.width);
  const levels = reduce(values, channel * bins, bins, table, scratch.levels);
  const style = TRACES[kind];
  const scale = box.height / (level.top - level.bottom);
  const step = box.width / table.width;
  const line = new Path2D();
  for (let x = 0; x < table.width; x++) {
    // clamped slightly outside the box, where it is clipped
    const y = box.top + Math.min(box.height + 4, Math.max(-4, (level.top - levels[x]) * scale));
    if (x === 0) line.moveTo(box.left, y);
    line.lineTo(box.left + (x + 0.5) * step, y);
    if (x === table.width - 1) line.lineTo(box.left + box.width, y);
  }
  if (style.fill) {
    const area = new Path2D(line);
    area.lineTo(box.left + box.width, box.top + box.height + 5);
    area.lineTo(box.left, box.top + box.height + 5);
    const shade = context.createLinearGradient(0, box.top, 0, box.top + box.height);
    shade.addColorStop(0, theme.channel(channel, style.fill * 1.8));
    shade.addColorStop(1, theme.channel(channel, style.fill * 0.25));
    context.fillStyle = shade;
    context.fill(area);
  }
  context.strokeStyle = theme.channel(channel, style.opacity, theme.dark ? style.shift : -style.shift);
  context.lineWidth = style.width;
  context.lineJoin = "round";
  context.setLineDash(style.dash ?? []);
  context.stroke(line);
  context.setLineDash([]);
}
