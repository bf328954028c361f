// Onset strength with beats and downbeats, and the tempo between beats.
import { number } from "/ui/format.js";
import { position, upTo } from "../model.js";
import { endOf } from "../rasters.js";
import { inside, valueAxis } from "../track.js";
import { missing } from "./missing.js";
import { tint } from "../tint.js";

/** Least distance in pixels at which beats are drawn one by one. */
const APART = 3;

/** Values of a block, of which long recordings keep the greatest. */
const BLOCK = 8;
const blocks = (values) => Float32Array.from({ length: Math.ceil(values.length / BLOCK) }, (_, i) => {
  let highest = 0;
  for (let k = i * BLOCK; k < Math.min(values.length, (i + 1) * BLOCK); k++) if (values[k] > highest) highest = values[k];
  return highest;
});

/** The values of a raster of one row. */
const finer = (raster) => (raster.numbers ??= Float32Array.from(raster.values, (byte) => raster.bottom + ((raster.top - raster.bottom) * byte) / 255));

/** Beats and downbeats as lines. */
function beatLines(context, box, { model, view, theme }) {
  const apart = (times) => times.length < 2 || box.width * ((times.at(-1) - times[0]) / (times.length - 1) / view.span) >= APART;
  const lines = (times, width, colour, height) => {
    context.fillStyle = colour;
    for (let i = upTo(times, view.from - 1e-9); i < times.length && times[i] <= view.to; i++) {
      context.fillRect(box.left + view.place(times[i]) * box.width - width / 2, box.top + box.height - height, width, height);
    }
  };
  if (apart(model.beats)) lines(model.beats, 1, tint(theme, 1, 0.4), box.height);
  if (apart(model.downbeats)) lines(model.downbeats, 1.5, tint(theme, 1, 0.9), box.height);
}

export const onsets = {
  id: "onsets",
  name: "Onsets and beats",
  title: "Onset strength; thin lines are beats, thick ones are downbeats",
  height: 66,
  none: ({ model, ...page }) => (model.onset_strength || model.beats.length ? null : missing({ model, ...page }) ?? "No onsets and no beats."),
  note: ({ model }) => (model.beats.length ? "" : "no beats"),
  summary: ({ model }) => `${model.beats.length} beats, ${model.downbeats.length} downbeats${model.onset_strength ? "" : "; the onset strength needs the file"}`,

  draw(context, box, page) {
    const { model, rasters, view, theme } = page;
    rasters.refine("onset_strength", view, box.width);
    inside(context, box, () => {
      beatLines(context, box, page);
      if (!model.onset_strength) return;
      const most = (model.onset_strength.most ??= model.onset_strength.values.reduce((a, b) => Math.max(a, b), 0) || 1);
      const fine = rasters.fine("onset_strength");
      const isFine = fine && fine.first <= view.from && endOf(fine) >= view.to;
      const { values, step, first: start } = isFine ? { ...fine, values: finer(fine) } : { values: model.onset_strength.values, step: model.onset_strength.seconds_per_column, first: 0 };
      const y = (value) => box.top + (1 - Math.max(0, value) / most) * (box.height - 2) + 1;
      context.strokeStyle = theme.colours.accent;
      context.lineWidth = 1.2;
      context.beginPath();
      if (view.span / step > 2 * box.width) {
        // more values than pixels: the greatest of each pixel
        const per = view.span / step / box.width;
        const source = !isFine && per > 4 * BLOCK ? (model.onset_strength.blocks ??= blocks(values)) : values;
        const size = source === values ? step : step * BLOCK;
        for (let pixel = 0; pixel < box.width; pixel++) {
          let highest = 0;
          const last = Math.min(source.length, Math.ceil((view.time((pixel + 1) / box.width) - start) / size));
          for (let i = Math.max(0, Math.floor((view.time(pixel / box.width) - start) / size)); i < last; i++) if (source[i] > highest) highest = source[i];
          context.lineTo(box.left + pixel + 0.5, y(highest));
        }
      } else {
        const first = Math.max(0, Math.floor((view.from - start) / step) - 1);
        for (let i = first; i < values.length && start + (i - 1) * step <= view.to; i++) context.lineTo(box.left + view.place(start + (i + 0.5) * step) * box.width, y(values[i]));
      }
      context.stroke();
    });
  },

  tip({ model }, time) {
    const at = position(model, time);
    const strength = model.onset_strength?.values[Math.floor(time / model.onset_strength.seconds_per_column)];
    const lines = [];
    if (at) lines.push(at.bar ? `bar ${at.bar}, beat ${at.beat}` : `beat ${at.beat}`);
    if (strength !== undefined) lines.push(`strength ${number(strength, 2)}`);
    return lines.length ? lines : null;
  },

  table({ model }) {
    if (!model.onset_strength) return { columns: ["beat (s)", "bar", "beat of the bar"], rows: model.beats.map((time) => [time, position(model, time)?.bar, position(model, time)?.beat]) };
    const { values, seconds_per_column: step } = model.onset_strength;
    const marks = new Map(model.beats.map((time) => [Math.floor(time / step), time]));
    const down = new Set(model.downbeats.map((time) => Math.floor(time / step)));
    return {
      columns: ["time (s)", "onset strength", "beat (s)", "downbeat"],
      rows: values.map((value, i) => [i * step, value, marks.get(i) ?? null, marks.has(i) ? (down.has(i) ? 1 : 0) : null]),
    };
  },
};

export const tempo = {
  id: "tempo",
  name: "Tempo",
  title: "Tempo from beat to beat",
  height: 60,
  none: ({ model }) => (model.tempo_curve.times.length ? null : "No tempo: fewer than two beats."),
  note: ({ model }) => (model.tempo === null ? "" : `${number(model.tempo, 1)} BPM${model.tempo_confidence === null ? "" : `, ${Math.round(100 * model.tempo_confidence)} %`}`),
  summary: ({ model }) => `${number(model.tempo, 1)} beats per minute, from ${number(Math.min(...range(model)), 1)} to ${number(Math.max(...range(model)), 1)}`,

  draw(context, box, { model, view, theme }) {
    const { times, tempi } = model.tempo_curve;
    const [low, high] = range(model);
    const room = Math.max(2, 0.1 * (high - low));
    const scale = { bottom: low - room, top: high + room };
    valueAxis(context, box, scale, theme);
    const y = (value) => box.top + ((scale.top - value) / (scale.top - scale.bottom)) * box.height;
    inside(context, box, () => {
      context.strokeStyle = tint(theme, 2);
      context.lineWidth = 1.4;
      context.lineJoin = "round";
      context.beginPath();
      const first = Math.max(0, upTo(times, view.from) - 1);
      for (let i = first; i < times.length && (i === first || times[i - 1] <= view.to); i++) {
        context[i === first ? "moveTo" : "lineTo"](box.left + view.place(times[i]) * box.width, y(tempi[i]));
      }
      context.stroke();
      if (times.length === 1) {
        context.fillStyle = tint(theme, 2);
        context.fillRect(box.left + view.place(times[0]) * box.width - 2, y(tempi[0]) - 2, 4, 4);
      }
    });
  },

  tip({ model }, time) {
    const at = upTo(model.tempo_curve.times, time) - 1;
    return at < 0 ? null : [`${number(model.tempo_curve.tempi[at], 1)} BPM`];
  },
  table: ({ model }) => ({ columns: ["time (s)", "tempo (BPM)"], rows: model.tempo_curve.times.map((time, i) => [time, model.tempo_curve.tempi[i]]) }),
};

/** The range of the curve without the rare outlier: percentiles 2 and 98. */
function range({ tempo_curve: curve }) {
  curve.range ??= (() => {
    const sorted = curve.tempi.filter(Number.isFinite).sort((a, b) => a - b);
    return [sorted[Math.floor(0.02 * (sorted.length - 1))], sorted[Math.ceil(0.98 * (sorted.length - 1))]];
  })();
  return curve.range;
}
