// SQL as tokens, for colours and completion.

const PATTERN = /(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|('(?:''|[^'])*'?)|("(?:""|[^"])*"?)|(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([\p{L}_][\p{L}\p{N}_$]*)|(\s+)|([^\s])/gu;
const KINDS = ["comment", "string", "quoted", "number", "word", "space", "sign"];

/** `[{ kind, text, at }]` over the whole text. Words in `keywords` (upper case) have the kind `keyword`, those in `functions` before a parenthesis `function`. */
export function tokens(text, { keywords = new Set(), functions = new Set() } = {}) {
  const all = [];
  for (const match of text.matchAll(PATTERN)) {
    let kind = KINDS[match.slice(1).findIndex((group) => group !== undefined)];
    if (kind === "word") {
      if (keywords.has(match[0].toUpperCase())) kind = "keyword";
      else if (functions.has(match[0].toLowerCase()) && /^\s*\(/.test(text.slice(match.index + match[0].length, match.index + match[0].length + 40))) kind = "function";
    }
    all.push({ kind, text: match[0], at: match.index });
  }
  return all;
}

/** A name in quotes; with the keywords at hand, a plain word in lower case that is none of them needs no quotes. */
export const quoted = (name, keywords = null) =>
  (keywords && /^[a-z_][a-z0-9_]*$/.test(name) && !keywords.has(name.toUpperCase()) ? name : `"${name.replaceAll('"', '""')}"`);

/** A text as a literal. */
export const literal = (text) => `'${String(text).replaceAll("'", "''")}'`;

/** The name that a token of kind `word` or `quoted` denotes. */
export const nameOf = ({ kind, text }) => (kind === "quoted" ? text.slice(1, text.endsWith('"') && text.length > 1 ? -1 : undefined).replaceAll('""', '"') : text);

/** The offset of a place such as `line 1, column 8`; null if the text has none. */
export function placeOf(at, text) {
  const found = /line (\d+)(?:, column (\d+))?/.exec(at ?? "");
  if (!found) return null;
  const lines = text.split("\n");
  const line = Number(found[1]) - 1;
  if (line >= lines.length) return null;
  const start = lines.slice(0, line).reduce((sum, one) => sum + one.length + 1, 0);
  return Math.min(text.length, start + Math.max(0, Number(found[2] ?? 1) - 1));
}
