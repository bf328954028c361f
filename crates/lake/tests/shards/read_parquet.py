"""Reads a Parquet file with pyarrow: FILE.

Prints, in JSON, the types of its columns, their compression, the rows of each row group, and all rows; bytes are in
hexadecimal digits, and of long lists there is the CRC-32C of their values.
"""

import json
import sys

import crc32c
import pyarrow.parquet


def show(value):
    if value.is_valid and hasattr(value, "values") and len(value.values) > 1000:
        return {"length": len(value.values), "crc32c": crc32c.crc32c(value.values.to_numpy().tobytes())}
    return value.as_py()


file = pyarrow.parquet.ParquetFile(sys.argv[1])
table = file.read()
table.validate(full=True)
groups = [file.metadata.row_group(n) for n in range(file.metadata.num_row_groups)]
print(
    json.dumps(
        {
            "types": {field.name: str(field.type) for field in table.schema},
            "compression": sorted({g.column(n).compression for g in groups for n in range(g.num_columns)}),
            "groups": [group.num_rows for group in groups],
            "rows": [{name: show(table[name][n]) for name in table.column_names} for n in range(table.num_rows)],
        },
        default=lambda value: value.hex(),
    )
)
