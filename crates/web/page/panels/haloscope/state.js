// The state of a haloscope, for the status bar, tests and scripts.
import { now } from "../../link/clock.js";

/** The first stream of recordings, or null. */
export const filesOf = (app) => [...app.streams.values()].find((stream) => stream.files) ?? null;

/** Seconds since the newest sample, by the server's clock. */
export function lag(stream, clock) {
  return stream.sampled === null ? null : (now() + clock - stream.sampled) / 1000;
}

/** Number of incomplete files: of the run if it is known, otherwise since the page was opened. */
export const incompleteOf = (stream) => stream.run?.incomplete ?? stream.seen?.incomplete ?? null;

const sum = (counters, word) => {
  const some = counters.filter((c) => c.name.split("_").includes(word));
  return some.length ? some.reduce((total, c) => total + c.value, 0) : null;
};

/** The displayed state. Frequencies in Hz, levels in the stream's unit, times in s. */
export function monitor(app, counters, clock) {
  const stream = filesOf(app);
  if (!stream) return null;
  const picture = app.shown(stream) ?? null;
  const { run, lines } = stream.with(picture);
  const list = (values) => Array.from(values);
  return {
    file: picture?.index ?? null,
    count: picture?.count ?? null,
    of: picture?.of ?? null,
    state: picture?.state ?? null,
    files: stream.pictures.map((p) => p.index),
    unit: stream.spec.unit,
    band: picture && {
      frequency: list(picture.mean).map((_, k) => stream.frequency(k)),
      mean: list(picture.mean),
      sigma: list(picture.sigma),
    },
    run: run && {
      id: run.id, files: run.files, incomplete: run.incomplete, scans: run.scans, last: run.last,
      mean: list(run.mean), sigma: list(run.sigma),
      pooled_mean: list(run.pooled_mean), standard_error: list(run.standard_error),
    },
    candidates: lines?.lines.map(({ frequency, excess, width, value }) => ({ frequency, excess, width, value })) ?? null,
    search: lines && { threshold: lines.threshold, expected: lines.expected, scatter: lines.scatter, scans: lines.scans },
    noise: stream.noise?.points ?? [],
    slope: stream.noise?.slope ?? null,
    rate_mb_s: stream.seen?.rate ?? null,
    lag_s: lag(stream, clock),
    incomplete: incompleteOf(stream),
    duplicates: stream.seen?.duplicates ?? null,
    refused: sum(counters, "refused"),
  };
}
