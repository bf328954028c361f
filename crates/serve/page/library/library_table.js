// The columns of the library's table.
import { label, fullText, valueText } from "../value_text.js";
import { make, say } from "/ui/dom.js";
import { recordingAddress } from "../address.js";

const WIDTHS = { name: 210, path: 340, title: 150, artist: 124, album: 140, content_hash: 250, tempo: 90, key: 84, duration: 82, loudness: 104,
  time_signature: 74, codec: 76, genre: 92 };
const SHORT = { time_signature: "meter", tempo_confidence: "tempo conf.", key_confidence: "key conf." };

/** `like(id)`: shows the recordings most like one. */
export function libraryColumns(collection, names, { selection, like, near }) {
  const columns = names.map((name) => {
    const column = collection.columns.get(name);
    const number = column.kind === "number";
    return {
      name, label: SHORT[name] ?? label(name), unit: column.unit, doc: column.doc ?? "", kind: name === "name" ? "text title-cell" : column.kind,
      width: WIDTHS[name] ?? (number ? 100 : 130), grow: name === "name" ? 3 : number ? 0 : 1,
      text: (row) => valueText(row[name], column), full: (row) => `${fullText(row[name])}${number && column.unit && row[name] !== null ? ` ${column.unit}` : ""}`,
      ...(name === "name" ? { fill: nameCell, full: (row) => row.path ?? row.name ?? row.id } : {}),
    };
  });
  const check = {
    name: "compare", label: "", doc: "Select for comparison (Space)", kind: "check", width: 30, sortable: false,
    fill: (cell, row) => {
      let box = cell.firstChild;
      if (!box) {
        box = make("input", { type: "checkbox", tabIndex: -1, aria: { label: "Compare this recording" },
          on: { change: () => { if (!selection.toggle(box.recording)) box.checked = false; } } });
        cell.append(box);
      }
      box.recording = row.id;
      box.checked = selection.has(row.id);
    },
  };
  const similar = {
    name: "like", label: "", doc: "More like this", kind: "tool", width: 34, sortable: false,
    fill: (cell, row) => {
      let button = cell.firstChild;
      if (!button) {
        button = make("button", { type: "button", className: "small", tabIndex: -1, textContent: "≈", aria: { label: "More like this" },
          on: { click: () => like(button.recording) } });
        cell.append(button);
      }
      button.recording = row.id;
    },
    full: () => "More like this",
  };
  const distance = { name: "distance", doc: "Distance of the features; 0 is equal", kind: "number", width: 82, sortable: false,
    text: (row) => valueText(row.distance, { min: 0, max: 10 }) };
  return [check, ...(near ? [distance] : []), ...columns, similar];
}

function nameCell(cell, row) {
  let link = cell.firstChild;
  if (!link) {
    link = make("a", { tabIndex: -1 });
    cell.append(link);
  }
  link.href = recordingAddress(row.id);
  say(link, row.name ?? row.id);
}
