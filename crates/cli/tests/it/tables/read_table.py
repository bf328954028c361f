"""Reads a table by PyIceberg (0.12): read_table.py CATALOG_FILE TABLE. Prints what it found as JSON."""
import json
import sys

from pyiceberg.catalog.sql import SqlCatalog

file, name = sys.argv[1:]
table = SqlCatalog("passband", uri=f"sqlite:///{file}", warehouse="none").load_table(name)
rows = table.scan().to_arrow()
fields = table.schema().fields
print(json.dumps({
    "rows": rows.num_rows,
    "columns": {name: rows[name].to_pylist() for name in rows.column_names if not name.startswith("_")},
    "types": {field.name: str(field.field_type) for field in fields},
    "docs": {field.name: field.doc for field in fields},
    "units": {key.removeprefix("passband.unit."): value for key, value in table.properties.items()
              if key.startswith("passband.unit.")},
}, default=str))
