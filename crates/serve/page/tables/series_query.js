// The queries of a time series: its extent, its keys, and one aggregate per pixel column.
import { literal, quoted } from "../sql/tokens.js";

/** Seconds since 1970 of the time column. */
const epoch = (time) => `date_part('epoch', ${quoted(time)})`;

/** First and last time in seconds, and the number of rows. */
export const extentQuery = (table, time) =>
  `SELECT min(${epoch(time)}) AS first, max(${epoch(time)}) AS last, count(*) AS n FROM ${quoted(table)} WHERE ${quoted(time)} IS NOT NULL`;

/** The most frequent values of a text column. */
export const keysQuery = (table, key, most) =>
  `SELECT ${quoted(key)} AS key, count(*) AS n FROM ${quoted(table)} GROUP BY ${quoted(key)} ORDER BY n DESC, key LIMIT ${most}`;

/**
 * Mean, minimum and maximum of each field in each of `buckets` equal parts of the time from `from` to `to` (seconds), by
 * key. Columns: bucket, key, n, then mean, minimum and maximum of each field.
 */
export function seriesQuery({ table, time, key, keys, fields, from, to, buckets }) {
  const seconds = epoch(time);
  const values = fields.flatMap((field, i) => ["avg", "min", "max"].map((fold) => `${fold}(${quoted(field)}) AS ${fold}_${i}`));
  const wanted = key && keys.length ? ` AND ${quoted(key)} IN (${keys.map(literal).join(", ")})` : "";
  return `SELECT CAST(floor((${seconds} - ${from}) / ${(to - from) / buckets}) AS BIGINT) AS bucket, ${key ? quoted(key) : "''"} AS key, count(*) AS n, ${values.join(", ")}
FROM ${quoted(table)}
WHERE ${seconds} >= ${from} AND ${seconds} < ${to}${wanted}
GROUP BY 1, 2
ORDER BY 1`;
}

/** Runs a query; returns `{ columns, rows, more }`. */
export async function query(api, text, { limit = 10_000, signal } = {}) {
  return (await api.post("/api/sql", { query: text, limit }, { signal })).json();
}
