// Comma-separated values (RFC 4180) that people open with a spreadsheet.

/**
 * A cell of text. Spreadsheets run what begins with `=`, `+`, `-`, `@`, a tab or a line end as a formula, and names come
 * from whoever sends readings: such a text gets an apostrophe before it, which spreadsheets take for "this is text".
 * Numbers are cells of their own and stay as they are.
 */
export function textCell(text) {
  const plain = /^[=+\-@\t\r\n]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
