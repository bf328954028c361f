// The kinds of panel that the page knows. A new kind is a module here and a line.
import { createSpectrum } from "./spectrum.js";
import { createWaterfall } from "./waterfall.js";

/** By `kind`: `(panel, app) → { element, draw(), side? }`; `side` goes beside the panels. */
export const KINDS = {
  spectrum: createSpectrum,
  waterfall: createWaterfall,
};
