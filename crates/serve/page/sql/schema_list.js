// The tables and their columns beside the editor. A click writes the name into the query.
import { count } from "/ui/format.js";
import { make } from "/ui/dom.js";
import { quoted } from "./tokens.js";

export function schemaList(schema, insert) {
  return make("div", { className: "schema-list" }, ...schema.tables.map((table, i) =>
    make("details", { open: i === 0 || schema.tables.length <= 2 },
      make("summary", {}, make("span", { className: "table-name", textContent: table.name }),
        make("small", { textContent: table.rows === null ? "" : ` ${count(table.rows)} rows` }),
        make("button", { type: "button", className: "small", textContent: "+", title: "Write the name into the query",
          aria: { label: `Insert ${table.name}` }, on: { click: (event) => {
            event.preventDefault();
            insert(quoted(table.name, schema.keywords));
          } } })),
      make("ul", {}, ...table.columns.map((column) => make("li", {},
        make("button", { type: "button", className: "small", title: [column.type, column.unit, column.doc].filter(Boolean).join("\n"),
          on: { click: () => insert(quoted(column.name, schema.keywords)) } },
          make("span", { textContent: column.name }), make("small", { textContent: column.kind }))))))));
}
