// The bar pattern: onset strength in each step of a bar, of the whole spectrum and of the bass.
import { number } from "/ui/format.js";

/** Steps of a beat. */
const OF_A_BEAT = 4;
const LEFT = 34;
const BELOW = 18;

const rowsOf = ({ all, low }) => [["all", all, 0], ["bass", low, 1]].filter(([, values]) => values?.length);

/** Data: `{ all, low }`, lists of equal length with values from 0 to 1. */
export const stepGrid = {
  empty: (data) => (data?.all?.length ? null : "No bar pattern: there is no whole bar."),
  height: 132,

  draw(context, width, height, { theme, data, selected }) {
    const rows = rowsOf(data);
    const steps = data.all.length;
    const each = (width - LEFT - 8) / steps;
    const tall = (height - BELOW - 6) / rows.length;
    const { colours } = theme;
    rows.forEach(([name, values, colour], row) => {
      const top = 4 + row * tall;
      const box = tall - 6;
      context.textAlign = "right";
      context.textBaseline = "middle";
      context.fillStyle = colours.muted;
      context.fillText(name, LEFT - 6, top + box / 2);
      values.forEach((value, step) => {
        const left = LEFT + step * each;
        const share = Math.max(0, Math.min(1, value));
        context.fillStyle = step % OF_A_BEAT ? colours.grid : colours["grid-strong"];
        context.fillRect(left, top, each - 2, box);
        context.fillStyle = theme.channel(colour, selected === step ? 1 : 0.35 + 0.65 * share);
        context.fillRect(left, top + (1 - share) * box, each - 2, Math.max(1, share * box));
      });
    });
    context.textAlign = "center";
    context.textBaseline = "alphabetic";
    for (let step = 0; step < steps; step++) {
      context.fillStyle = step % OF_A_BEAT ? colours.muted : colours.text;
      const text = step % OF_A_BEAT === 0 ? String(step / OF_A_BEAT + 1) : "·";
      context.fillText(text, LEFT + (step + 0.5) * each - 1, height - 6);
    }
  },

  count: (data) => data.all.length,
  hit(x, y, width, height, data) {
    const step = Math.floor((x - LEFT) / ((width - LEFT - 8) / data.all.length));
    return step >= 0 && step < data.all.length ? step : null;
  },
  tip: (data, step) => `beat ${Math.floor(step / OF_A_BEAT) + 1}, step ${(step % OF_A_BEAT) + 1}: ${rowsOf(data).map(([name, values]) => `${name} ${number(values[step], 2)}`).join(", ")}`,
  table: (data) => ({
    columns: ["step", "beat", ...rowsOf(data).map(([name]) => name)],
    rows: data.all.map((_, step) => [step + 1, Math.floor(step / OF_A_BEAT) + 1, ...rowsOf(data).map(([, values]) => values[step])]),
  }),
  summary(data) {
    const strongest = data.all.indexOf(Math.max(...data.all));
    return `${data.all.length} steps; the strongest is step ${(strongest % OF_A_BEAT) + 1} of beat ${Math.floor(strongest / OF_A_BEAT) + 1}`;
  },
};
