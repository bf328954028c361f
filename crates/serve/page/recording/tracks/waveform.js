// The waveform: lowest and highest sample of each column.
import { number } from "/ui/format.js";
import { inside } from "../track.js";
import { missing } from "./missing.js";
import { tint } from "../tint.js";

/** The columns at the finest width at hand: `{ first, step, columns, low(i), high(i) }`. */
function columns({ model, rasters }) {
  const fine = rasters.fine("waveform");
  const { low, high, seconds_per_column: step, columns: count } = model.waveform;
  const coarse = { first: 0, step, count, low: (i) => low[i], high: (i) => high[i] };
  if (!fine || fine.rows < 2) return [coarse];
  const value = (byte) => fine.bottom + ((fine.top - fine.bottom) * byte) / 255;
  return [coarse, { first: fine.first, step: fine.step, count: fine.columns, low: (i) => value(fine.values[2 * i]), high: (i) => value(fine.values[2 * i + 1]) }];
}

export const waveform = {
  id: "waveform",
  name: "Waveform",
  title: "Lowest and highest sample of each pixel; 1 is full scale",
  height: 72,
  none: (page) => missing(page) ?? (page.model.waveform ? null : "The file has no samples."),
  summary: ({ model }) => `peak ${number(peak(model), 3)} of full scale`,
  note: ({ model }) => (model.waveform && peak(model) === 0 ? "silence" : ""),

  draw(context, box, { view, theme, ...page }) {
    const y = (v) => box.top + ((1 - v) / 2) * box.height;
    context.fillStyle = theme.colours["grid-strong"];
    context.fillRect(box.left, y(0), box.width, 1);
    label(context, box, theme);
    page.rasters.refine("waveform", view, box.width);
    const sets = columns(page);
    const fine = sets.at(-1);
    const whole = Math.ceil(box.width);
    const bottoms = new Float32Array(whole);
    context.fillStyle = tint(theme, 0);
    inside(context, box, () => {
      // one outline, because neighbouring rectangles have seams where pixels do not match
      context.beginPath();
      for (let pixel = 0; pixel < whole; pixel++) {
        const [from, to] = [view.time(pixel / box.width), view.time((pixel + 1) / box.width)];
        const set = sets.length > 1 && from >= fine.first && to <= fine.first + fine.step * fine.count ? fine : sets[0];
        const first = Math.max(0, Math.min(set.count - 1, Math.floor((from - set.first) / set.step)));
        const last = Math.max(first, Math.min(set.count - 1, Math.ceil((to - set.first) / set.step) - 1));
        let [low, high] = [Infinity, -Infinity];
        for (let i = first; i <= last; i++) {
          low = Math.min(low, set.low(i));
          high = Math.max(high, set.high(i));
        }
        const top = y(Math.min(1, high));
        bottoms[pixel] = Math.max(top + 1, y(Math.max(-1, low)));
        context.lineTo(box.left + pixel, top);
        context.lineTo(box.left + pixel + 1, top);
      }
      for (let pixel = whole - 1; pixel >= 0; pixel--) {
        context.lineTo(box.left + pixel + 1, bottoms[pixel]);
        context.lineTo(box.left + pixel, bottoms[pixel]);
      }
      context.closePath();
      context.fill();
    });
  },

  tip(page, time) {
    const set = columns(page).at(-1);
    const i = Math.floor((time - set.first) / set.step);
    return i >= 0 && i < set.count ? [`${number(set.low(i), 3)} to ${number(set.high(i), 3)}`] : null;
  },

  table({ model }) {
    const { low, high, seconds_per_column: step } = model.waveform;
    return { columns: ["start (s)", "lowest", "highest"], rows: low.map((value, i) => [i * step, value, high[i]]) };
  },
};

const peak = ({ waveform: { low, high } }) => Math.max(0, high.reduce((a, b) => Math.max(a, b), 0), -low.reduce((a, b) => Math.min(a, b), 0));

function label(context, box, { colours }) {
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillStyle = colours.muted;
  [["1", 0.08], ["0", 0.5], ["−1", 0.92]].forEach(([text, share]) => context.fillText(text, box.left - 6, box.top + share * box.height));
}
