// The state of the sensors, for tests and scripts.

/** Times in µs; `slowest` in ms. */
export function sensorsState(app, reset) {
  const { sensors: stream, frames } = app;
  if (!stream) return null;
  const micros = (ms) => Math.round(ms * 1000);
  const named = (values) => Object.fromEntries(stream.columns.map((name, i) => [name, values[i] ?? null]));
  const windowState = ({ start, end, readings, early, values }) =>
    ({ start: micros(start), end: micros(end), readings, early, values: named(values) });
  const answer = {
    keys: stream.keys.size,
    columns: stream.columns,
    last: Object.fromEntries([...stream.keys.values()].map(({ name, rows }) => [name, windowState(rows.at(-1))])),
    history: (key) => (stream.keys.get(key)?.rows ?? []).map(windowState),
    shown: app.sensorPanel?.shown() ?? 0,
    rows: stream.rows,
    total: stream.total,
    refusals: app.refusals,
    slowest: frames.slowest,
    work: frames.work,
    frames: frames.frames,
  };
  if (reset) frames.reset();
  return answer;
}
