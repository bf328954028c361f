// The kinds of panel that the page knows. A new kind is a module here and a line.
import { createBand } from "./haloscope/band.js";
import { createSensors } from "./sensors/sensors.js";
import { createSeries } from "./haloscope/noise.js";
import { createSpectrum } from "./spectrum/spectrum.js";
import { createTable } from "./haloscope/run.js";
import { createWaterfall } from "./spectrum/waterfall.js";

/** By `kind`: `(panel, app) → { element?, draw(), side? }`; `side` goes beside the panels. */
export const KINDS = {
  spectrum: createSpectrum,
  waterfall: createWaterfall,
  band: createBand,
  table: createTable,
  series: createSeries,
  sensors: createSensors,
};
