// What can be written at a place in a query: columns, tables, functions, keywords.
import { nameOf, quoted, tokens } from "./tokens.js";

const MOST = 40;
const BEFORE_TABLES = new Set(["FROM", "JOIN", "DESCRIBE", "TABLE", "INTO"]);

/** Words of the grammar, whatever the server lists. */
const GRAMMAR = ("SELECT FROM WHERE GROUP BY ORDER HAVING LIMIT OFFSET JOIN LEFT RIGHT FULL INNER OUTER CROSS ON USING AS AND OR NOT IN IS NULL NULLS FIRST LAST LIKE ILIKE BETWEEN " +
  "CASE WHEN THEN ELSE END CAST DISTINCT UNION ALL EXCEPT INTERSECT WITH ASC DESC EXPLAIN DESCRIBE SHOW TABLES OVER PARTITION FILTER INTERVAL TIMESTAMP DATE TRUE FALSE EXISTS VALUES").split(" ");

/** The schema of `/api/tables`, prepared for lookups. Of the words that a prompt completes, those in capitals are keywords. */
export function schemaOf({ tables, functions, keywords }) {
  const names = new Set(tables.flatMap(({ name, columns }) => [name, ...columns.map((column) => column.name)]));
  const capital = [...new Set([...GRAMMAR, ...keywords.filter((word) => word === word.toUpperCase())])].sort();
  const callable = [...new Set([...functions, ...keywords.filter((word) => word !== word.toUpperCase() && !names.has(word))])].sort();
  return { tables, functionNames: callable, keywordList: capital, keywords: new Set(capital), functions: new Set(callable.map((name) => name.toLowerCase())) };
}

/**
 * Candidates at `caret`: `{ from, items: [{ text, insert, kind, note }] }`, where `from` is the start of the word that
 * they replace.
 */
export function completions(text, caret, schema) {
  const word = /[\p{L}\p{N}_$]*$/u.exec(text.slice(0, caret))[0];
  let from = caret - word.length;
  const opened = text[from - 1] === '"' && (text.slice(0, from).match(/"/g)?.length ?? 0) % 2 === 1;
  if (opened) from -= 1;
  const all = tokens(text, schema);
  const before = all.filter(({ at, kind }) => at < from && kind !== "space" && kind !== "comment");
  // nothing is completed inside a comment or a text
  const closed = (token) => token.kind === "string" && token.text.length > 1 && token.text.endsWith("'") && token.at + token.text.length === caret;
  const around = all.find(({ at, text: t }) => at < caret && at + t.length >= caret);
  if (around && ["comment", "string"].includes(around.kind) && !closed(around)) return { from, items: [] };
  const previous = before.at(-1);
  const named = namedTables(all, schema);
  const column = ({ name, type, unit, doc }, table) => ({ text: name, insert: quoted(name, schema.keywords), kind: "column",
    note: [type, unit].filter(Boolean).join(" "), doc: doc ?? "", table });
  const table = ({ name, rows }) => ({ text: name, insert: quoted(name, schema.keywords), kind: "table", note: rows === null ? "" : `${rows} rows`, doc: "" });
  if (previous?.text === "." && before.length > 1) {
    const owner = named.get(nameOf(before.at(-2)).toLowerCase()) ?? schema.tables.find(({ name }) => name === nameOf(before.at(-2)));
    return { from, items: ranked((owner?.columns ?? []).map((c) => column(c)), word) };
  }
  const mentioned = [...new Set(named.values())];
  const columns = (mentioned.length ? mentioned : schema.tables).flatMap((t) => t.columns.map((c) => column(c, t.name)));
  const distinct = [...new Map(columns.map((c) => [c.text, c])).values()];
  const tables = schema.tables.map(table);
  if (previous?.kind === "keyword" && BEFORE_TABLES.has(previous.text.toUpperCase())) return { from, items: ranked(tables, word) };
  const functions = schema.functionNames.map((name) => ({ text: name, insert: `${name}(`, kind: "function", note: "", doc: "" }));
  const keywords = schema.keywordList.map((name) => ({ text: name, insert: name, kind: "keyword", note: "", doc: "" }));
  return { from, items: ranked([...distinct, ...tables, ...functions, ...keywords], word) };
}

/** The tables that a query names after FROM and JOIN, by name and alias in lower case. */
function namedTables(all, schema) {
  const words = all.filter(({ kind }) => kind !== "space" && kind !== "comment");
  const named = new Map();
  words.forEach((token, i) => {
    const starts = token.kind === "keyword" && ["FROM", "JOIN"].includes(token.text.toUpperCase());
    const next = words[i + 1];
    if (!starts || !next || !["word", "quoted"].includes(next.kind)) return;
    const table = schema.tables.find(({ name }) => name.toLowerCase() === nameOf(next).toLowerCase());
    if (!table) return;
    named.set(table.name.toLowerCase(), table);
    const alias = words[i + 2]?.text.toUpperCase() === "AS" ? words[i + 3] : words[i + 2];
    if (alias && ["word", "quoted"].includes(alias.kind)) named.set(nameOf(alias).toLowerCase(), table);
  });
  return named;
}

/** Those that contain the word: first those that begin with it, then those of which a part does. */
function ranked(items, word) {
  if (!word) return items.slice(0, MOST);
  const lower = word.toLowerCase();
  const rank = ({ text }) => {
    const name = text.toLowerCase();
    if (name === lower) return 0;
    if (name.startsWith(lower)) return 1;
    return name.includes(`_${lower}`) ? 2 : name.includes(lower) ? 3 : 4;
  };
  return items.map((item, i) => ({ item, i, rank: rank(item) })).filter((one) => one.rank < 4)
    .sort((a, b) => a.rank - b.rank || a.i - b.i).slice(0, MOST).map(({ item }) => item);
}
