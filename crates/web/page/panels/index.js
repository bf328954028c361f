// The kinds of panel that the page knows. A new kind is a module here and a line.
import { createBand } from "./band.js";
import { createSensors } from "./sensors.js";
import { createSeries } from "./series.js";
import { createSpectrum } from "./spectrum.js";
import { createTable } from "./table.js";
import { createWaterfall } from "./waterfall.js";

/** By `kind`: `(panel, app) → { element?, draw(), side? }`; `side` goes beside the panels. */
export const KINDS = {
  spectrum: createSpectrum,
  waterfall: createWaterfall,
  band: createBand,
  table: createTable,
  series: createSeries,
  sensors: createSensors,
};
