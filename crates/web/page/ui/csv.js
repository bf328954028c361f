// Comma-separated values (RFC 4180), safe to open in a spreadsheet.

/**
 * A cell of text. Spreadsheets evaluate text that begins with `=`, `+`, `-`, `@`, a tab or a line end as a formula, and
 * names are untrusted input: such a text is prefixed with an apostrophe, which marks it as text. Numbers are separate
 * cells and are not changed.
 */
export function textCell(text) {
  const plain = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
