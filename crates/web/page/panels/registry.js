// The kinds of panels that the page supports. A new kind is a module here and a line below.
import { createBand } from "./haloscope/band.js";
import { createHeatMap } from "./records/heat_map.js";
import { createMusic } from "./music/music.js";
import { createNoise } from "./haloscope/noise.js";
import { createRun } from "./haloscope/run.js";
import { createSensors } from "./sensors/sensors.js";
import { createSeries } from "./records/series.js";
import { createSpectrum } from "./spectrum/spectrum.js";
import { createTable } from "./records/table.js";
import { createWaterfall } from "./spectrum/waterfall.js";
import { Recordings } from "./haloscope/recordings.js";
import { Records } from "./records/records.js";
import { Spectra } from "./spectrum/history.js";
import { radio, width } from "../ui/format.js";
import { Windows } from "./sensors/windows.js";

/**
 * By `kind`: `open(panel, before)` returns the stream that the panel draws, which is `before` if it matches, and
 * `create(panel, app)` returns the panel: `{ element?, draw(), side? }`; `side` is placed beside the panels.
 */
export const KINDS = {
  spectrum: { open: Spectra.open, create: createSpectrum },
  waterfall: { open: Spectra.open, create: createWaterfall },
  table: { open: Records.open, create: createTable },
  series: { open: Records.open, create: createSeries },
  heat_map: { open: Records.open, create: createHeatMap },
  music: { open: Records.open, create: createMusic },
  sensors: { open: Windows.open, create: createSensors },
  "haloscope/band": { open: Recordings.open, create: createBand },
  "haloscope/waterfall": { open: Recordings.open, create: createWaterfall },
  "haloscope/run": { open: Recordings.open, create: createRun },
  "haloscope/noise": { open: Recordings.open, create: createNoise },
};

/** The line under the page's title. */
export function facts(panel) {
  if (panel.records) return panel.doc.split(/(?<=\.)\s/)[0];
  if (!panel.channels) return panel.title;
  const rate = panel.rate >= 1e6 ? `${panel.rate / 1e6} MHz` : `${panel.rate / 1000} kHz`;
  const { title, length, hop, channels } = panel;
  if (panel.kind === "haloscope/band") {
    const oscillator = panel.centre ? `LO ${radio(panel.centre, 1)}` : "";
    return [title, `${panel.rate / 1e6} MS/s`, `${panel.bins} bins of ${width(panel.rate / length)}`, oscillator]
      .filter(Boolean).join("  ·  ");
  }
  return [title, rate, `window ${length}, hop ${hop}`, channels.join(", ")].filter(Boolean).join("  ·  ");
}
