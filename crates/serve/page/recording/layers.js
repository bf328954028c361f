// The layers of the recording page, from top to bottom.
import { chords, keys, structure } from "./tracks/harmony.js";
import { chroma, spectrogram } from "./tracks/raster.js";
import { notes } from "./tracks/notes.js";
import { onsets, tempo } from "./tracks/rhythm.js";
import { waveform } from "./tracks/waveform.js";

export const LAYERS = [waveform, spectrogram, chroma, chords, keys, notes, onsets, tempo, structure];
