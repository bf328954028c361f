"""Reads a local Iceberg table by PyIceberg, DuckDB (its data files) and Sail, a Spark, and compares the rows with those of
a Parquet file: read_everywhere.py CATALOG_FILE OURS.parquet TABLE … Prints the number of rows of each as JSON."""
import json
import os
import sys

import duckdb
import pyarrow.parquet
from pyiceberg.catalog.sql import SqlCatalog
from pysail.spark import SparkConnectServer
from pyspark.sql import SparkSession

file, ours, *names = sys.argv[1:]
catalog = SqlCatalog("passband", uri=f"sqlite:///{file}", warehouse="none")
server = SparkConnectServer()
server.start()
spark = SparkSession.builder.remote(f"sc://127.0.0.1:{server.listening_address[1]}").getOrCreate()
spark.conf.set("spark.sql.session.timeZone", "UTC")


def rows(table):
    """The rows in an order of their own; instants are in UTC."""

    def plain(value):
        if isinstance(value, dict):
            return {name: plain(one) for name, one in sorted(value.items())}
        if isinstance(value, list):
            return [plain(one) for one in value]
        return f"{value.timestamp():.6f}" if hasattr(value, "timestamp") else value

    return sorted(json.dumps(plain(row), default=str, sort_keys=True) for row in table.to_pylist())


def local(path):
    return path.removeprefix("file://")


for name in names:
    table = catalog.load_table(name if "." in name else f"passband.{name}")
    want = rows(pyarrow.parquet.read_table(ours.replace("TABLE", name), partitioning=None))
    files = [local(task.file.file_path) for task in table.scan().plan_files()]
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    found = {
        "pyiceberg": table.scan().to_arrow(),
        "duckdb": database.execute("SELECT * FROM read_parquet(?, union_by_name => true)", [files]).to_arrow_table(),
        "sail": spark.read.format("iceberg").load(os.path.abspath(local(table.location()))).toArrow(),
    }
    for engine, rows_of in found.items():
        got = rows(rows_of)
        if got != want:
            one, other = next(((a, b) for a, b in zip(want, got) if a != b), (None, None))
            sys.exit(f"{name}: {engine} reads {len(got)} rows, not {len(want)}\n{one}\n{other}")
    print(json.dumps({"table": name, "rows": len(want), "columns": len(table.schema().fields)}))
os._exit(0)
