// The latest recordings of a haloscope, the run, its candidates and its noise.
import { remember } from "../../ui/dom.js";
import { nice } from "../../plot/ticks.js";
import { Spectra } from "../spectrum/history.js";

const MOST_FILES = 720;
const MOST_BYTES = 96e6;
/** A file has its mean, its σ and those of the run in f64, and a line of the waterfall in f32. */
const BYTES_A_BIN = 36;
/** Number of bins whose median is one point of the baseline. */
const BLOCK = 32;
/** Time without a new file after which the page shows a notice, in ms. */
const PATIENCE = 30_000;

export class Recordings extends Spectra {
  files = true;
  patience = PATIENCE;
  run = null;
  lines = null;
  noise = null;
  /** Totals since the page was opened, from the newest report. */
  seen = null;
  /** The time of the newest sample, in ms; null before the first report. */
  sampled = null;
  /** Incremented when the history changes anywhere but at its end. */
  epoch = 0;
  /** The values of the waterfall: levels relative to the baseline of each file (`flat`), or plain levels. */
  mode = remember("files") === "level" ? "level" : "flat";

  /** The stream of a panel; the previous one, with its history, is reused if it has the same axis. */
  static open(panel, before) {
    const recordings = new Recordings(panel);
    const same = before instanceof Recordings && JSON.stringify(before.spec) === JSON.stringify(recordings.spec);
    return same ? before : recordings;
  }

  constructor(panel) {
    super({ rate: 1, length: 1, hop: 1, bins: 1, offset: 0, centre: 0, unit: "", channels: ["mean"], ...panel });
    this.capacity = Math.max(48, Math.min(MOST_FILES, Math.floor(MOST_BYTES / (BYTES_A_BIN * this.size))));
  }

  /** Processes a report. */
  report(report, kept) {
    const time = report.time_us / 1000;
    if (this.sampled === null || time > this.sampled) this.sampled = time;
    if (report.kind === "statistics") return this.#file(report, time, kept);
    if (report.kind === "run") report = spectra(report, ["mean", "sigma", "pooled_mean", "standard_error"]);
    if (report.kind === "run" && report.mean.length !== this.size) return;
    this[report.kind] = report;
    // the newest file is shown with the current run
    if (this.newest && report.kind !== "noise") this.newest[report.kind] = report;
  }

  #file(report, sampled, kept) {
    const { file: index, count, of, state } = report;
    const { mean, sigma } = spectra(report, ["mean", "sigma"]);
    if (mean.length !== this.size) return;
    const known = this.pictures.findIndex((p) => p.index === index && p.sampled === sampled);
    const picture = { index, sampled, time: sampled, count, of, state, mean, sigma, run: this.run, lines: this.lines };
    picture.drawn = true; // files have a lag instead of a delay
    picture.values = this.#line(mean);
    if (known >= 0) {
      if (!kept) {
        this.pictures[known] = { ...picture, time: this.pictures[known].time };
        this.epoch += 1;
      }
      return;
    }
    const older = kept && this.newest && sampled < this.newest.sampled;
    if (older) {
      // from the server's history: only the newest state of the run is known
      Object.assign(picture, { run: undefined, lines: undefined });
      if (this.pictures.length >= this.capacity) return;
      const at = this.pictures.findIndex((p) => p.sampled > sampled);
      this.pictures.splice(at, 0, picture);
      this.epoch += 1;
    } else {
      const { files, incomplete, duplicates, rate_mb_s: rate } = report;
      this.seen = { files, incomplete, duplicates, rate };
      // the search in the history requires ascending times
      if (this.newest) picture.time = Math.max(sampled, this.newest.time + 1e-3);
      this.pictures.push(picture);
      if (this.pictures.length > this.capacity) this.pictures.shift();
    }
    this.total += 1;
  }

  setMode(mode) {
    this.mode = remember("files", mode) ?? mode;
    this.pictures.forEach((picture) => (picture.values = this.#line(picture.mean)));
    this.epoch += 1;
  }

  /** A file's line in the waterfall, in dB. */
  #line(mean) {
    const under = this.mode === "flat" ? baseline(mean) : null;
    return Float32Array.from(mean, (v, k) => 10 * Math.log10(under ? v / under[k] : v));
  }

  #range = { for: "", bottom: 0, top: 1 };
  /** The range of levels that contains the newest lines of the waterfall. */
  range() {
    const wanted = `${this.total} ${this.epoch}`;
    if (this.#range.for === wanted) return this.#range;
    const some = this.pictures.slice(-6).flatMap(({ values }) => {
      const stride = Math.max(1, Math.floor(values.length / 1024));
      return Array.from(values).filter((v, k) => k % stride === 0 && Number.isFinite(v));
    });
    some.sort((a, b) => a - b);
    const at = (q) => some[Math.min(some.length - 1, Math.floor(q * some.length))];
    const [low, high] = some.length ? [at(0.02), at(0.995)] : [0, 1];
    const step = nice(Math.max(1e-3, (high - low) / 8));
    this.#range = { for: wanted, bottom: Math.floor(low / step) * step, top: Math.ceil(high / step) * step || step };
    if (!(this.#range.top > this.#range.bottom)) this.#range.top = this.#range.bottom + step;
    return this.#range;
  }

  /**
   * The run and the candidates to show with a file: those at the time of the file, or the current ones for a file from
   * before the page was opened.
   */
  with(picture) {
    const newest = !picture || picture === this.newest;
    const of = (what) => (newest || picture[what] === undefined ? this[what] : picture[what]);
    return { run: of("run"), lines: of("lines") };
  }
}

/** The same report with its spectra as arrays; non-finite values are null in JSON. */
function spectra(report, names) {
  const arrays = names.map((name) => [name, Float64Array.from(report[name], (v) => v ?? NaN)]);
  return { ...report, ...Object.fromEntries(arrays) };
}

/** A smooth curve below a spectrum: medians of blocks of bins, connected by cubics (Catmull and Rom). */
export function baseline(values) {
  const blocks = Math.max(1, Math.round(values.length / BLOCK));
  const each = values.length / blocks;
  const medians = Array.from({ length: blocks }, (_, b) => {
    const some = values.slice(Math.floor(b * each), Math.floor((b + 1) * each)).sort();
    return some[some.length >> 1];
  });
  // linear extrapolation at the ends
  const median = (b) => {
    const inside = Math.min(blocks - 1, Math.max(0, b));
    return b === inside ? medians[b] : 2 * medians[inside] - median(2 * inside - b);
  };
  return values.map((_, k) => {
    if (blocks < 2) return medians[0];
    const place = (k + 0.5) / each - 0.5;
    const b = Math.min(blocks - 2, Math.max(0, Math.floor(place)));
    const [t, p0, p1, p2, p3] = [place - b, median(b - 1), medians[b], medians[b + 1], median(b + 2)];
    if (t < 0 || t > 1) return p1 + (p2 - p1) * t;
    return p1 + 0.5 * t * (p2 - p0 + t * (2 * p0 - 5 * p1 + 4 * p2 - p3 + t * (3 * (p1 - p2) + p3 - p0)));
  });
}
