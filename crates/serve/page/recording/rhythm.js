// The rhythm of a collection: the mean bar, tempi, intervals between beats, time signatures.
import { Chart } from "./chart.js";
import { card, collectionView } from "./collection_view.js";
import { histogramBars, namedBars, valueAt } from "../charts/bars.js";
import { make } from "/ui/dom.js";
import { number } from "/ui/format.js";
import { stepGrid } from "../charts/step_grid.js";

export function rhythmPage(host, context) {
  const { filters, theme } = context;
  const chart = (kind, options) => new Chart(kind, { theme, file: () => "rhythm", ...options });
  const pattern = chart(stepGrid, { id: "bar-pattern", name: "Mean bar pattern", height: 210, title: "Mean of the bar patterns of 16 steps: four steps a beat" });
  const tempi = chart(histogramBars, {
    id: "tempi", name: "Tempo", height: 210, title: "Recordings by tempo; click on a bar to limit the tempo to it",
    choose(i, data) {
      const at = (n) => Number(valueAt(data, n / data.counts.length).toPrecision(6));
      const [from, to] = [at(i), at(i + 1)];
      const old = filters.ranges.get("tempo");
      // the chosen bar once more: without limits again
      filters.setRange("tempo", old && old.lo === from && old.hi === to ? null : { lo: from, hi: to });
    },
  });
  const gaps = chart(histogramBars, { id: "beat-intervals", name: "Inter-beat intervals", height: 210, title: "Time from each beat to the next, of all recordings" });
  const signatures = chart(namedBars, {
    id: "time-signatures", name: "Time signatures", title: "Recordings by time signature; click to choose",
    choose: (i, { values }) => filters.toggleValue("time_signature", values[i][0]),
  });
  const charts = [pattern, tempi, gaps, signatures];

  return collectionView(host, context, {
    path: "/api/rhythm",
    counted: "beats",
    columns: ["tempo", "time_signature"],
    charts,
    element: make("div", { className: "charts-grid" }, ...charts.map(({ element }) => card(element))),
    show({ bar_pattern: all, bar_pattern_low: low, beat_intervals: intervals }, without) {
      pattern.update({ all, low });
      const { tempi: tempo } = without("tempo");
      tempi.update({ ...scaled(tempo), chosen: filters.ranges.get("tempo"), unit: "BPM", digits: 1, what: "recordings", marks: median(scaled(tempo), 1, "") });
      const gap = scaled(intervals, 1000);
      gaps.update({ ...gap, unit: "ms", digits: 0, what: "intervals", marks: median(gap, 0, " ms") });
      signatures.update({ values: without("time_signature").time_signatures, chosen: filters.values.get("time_signature"), what: "recordings" });
    },
    state: (answer) => ({ pattern: answer?.bar_pattern ?? null }),
  });
}

/** A histogram of the server in another unit. */
const scaled = ({ lo, hi, counts, scale }, by = 1) => ({ lo: by * lo, hi: by * hi, counts, log: scale === "log" });

/** The median of a histogram, interpolated within its part. */
function median(data, digits, unit) {
  const { counts } = data;
  const half = counts.reduce((a, b) => a + b, 0) / 2;
  let sum = 0;
  for (let i = 0; i < counts.length; i++) {
    if (counts[i] > 0 && sum + counts[i] >= half) {
      const value = valueAt(data, (i + (half - sum) / counts[i]) / counts.length);
      return [{ value, label: `median ${number(value, digits)}${unit}` }];
    }
    sum += counts[i];
  }
  return [];
}
