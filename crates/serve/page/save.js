// Downloads made by the page.
import { make } from "/ui/dom.js";
import { textCell } from "/ui/csv.js";

export function save(content, name, type) {
  const blob = content instanceof Blob ? content : new Blob([content], { type });
  const link = make("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Comma-separated values (RFC 4180): `columns` are names, `rows` lists of values. */
export function csv(columns, rows) {
  const cell = (value) => (value === null || value === undefined ? ""
    : typeof value === "number" ? String(value) : textCell(typeof value === "object" ? JSON.stringify(value) : String(value)));
  return `${[columns, ...rows].map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
}

/** A file name that sorts by time: `passband-tempo-2026-01-31T12-00-00.csv`. */
export function fileName(what, ending) {
  const plain = what.replace(/[^\p{L}\p{N}_-]+/gu, "-").replace(/^-+|-+$/g, "").slice(0, 60);
  return `passband-${plain ? `${plain}-` : ""}${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}.${ending}`;
}
