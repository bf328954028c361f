"""The work of benches/sensor_windows.rs in Python: windows of 10 s of each sensor, count, min, max and mean, from NDJSON.

duckdb     group by in one query on one thread: no order of time, no lateness, everything at once
polars     the same
orjson     a loop over the lines with the windows in a dict, closed by the greatest time met less 1 s

CPU seconds of all threads, the median of the repetitions after one that warms up; windows and sums must be those that
the benchmark prints.

python3 -m venv /tmp/peers && /tmp/peers/bin/pip install -r benches/peers/requirements.txt
cargo bench --bench sensor_windows -- --write /tmp/readings.ndjson
/tmp/peers/bin/python benches/peers/sensor_windows.py /tmp/readings.ndjson
"""

import os
import statistics
import sys
import time

os.environ["POLARS_MAX_THREADS"] = "1"

from datetime import datetime, timedelta

import duckdb
import orjson
import polars

FILE, REPETITIONS = sys.argv[1], 5
WINDOW, GRACE = 10_000_000, 1_000_000


def with_duckdb():
    database = duckdb.connect()
    database.execute("set threads = 1")
    columns = "{sensor: 'VARCHAR', ts: 'TIMESTAMP', value: 'DOUBLE'}"
    return database.execute(
        f"""select sensor, time_bucket(interval '10 seconds', ts) as start, count(*), min(value), max(value), avg(value)
        from read_json('{FILE}', format = 'newline_delimited', columns = {columns}) group by all"""
    ).fetchall()


def with_polars():
    schema = {"sensor": polars.String, "ts": polars.String, "value": polars.Float64}
    start = polars.col("ts").str.to_datetime("%Y-%m-%dT%H:%M:%S%.6f", time_unit="us").dt.truncate("10s")
    value = polars.col("value")
    measures = [polars.len().alias("count"), value.min().alias("min"), value.max().alias("max"), value.mean()]
    lines = polars.scan_ndjson(FILE, schema=schema).with_columns(start.alias("start"))
    return lines.group_by("sensor", "start").agg(measures).collect(engine="streaming").rows()


def with_orjson():
    windows, rows, late, newest = {}, [], 0, 0
    epoch, micro, parse = datetime(1970, 1, 1), timedelta(microseconds=1), datetime.fromisoformat

    def close(until):
        for start in sorted(start for start in windows if start + WINDOW + GRACE <= until):
            rows.extend((key, start, n, low, high, total / n) for key, (n, low, high, total) in windows.pop(start).items())

    with open(FILE, "rb") as file:
        for line in file:
            reading = orjson.loads(line)
            moment, value = (parse(reading["ts"]) - epoch) // micro, reading["value"]
            start = moment - moment % WINDOW
            if start + WINDOW + GRACE <= newest:
                late += 1
                continue
            keys = windows.get(start)
            if keys is None:
                keys = windows[start] = {}
            cell = keys.get(reading["sensor"])
            if cell is None:
                keys[reading["sensor"]] = [1, value, value, value]
            else:
                cell[0] += 1
                cell[1] = min(cell[1], value)
                cell[2] = max(cell[2], value)
                cell[3] += value
            if moment > newest:
                newest = moment
                if len(windows) > 1:
                    close(newest)
    close(float("inf"))
    assert late == 0
    return rows


for name, work, repetitions in [
    (f"duckdb {duckdb.__version__}", with_duckdb, REPETITIONS),
    (f"polars {polars.__version__}", with_polars, REPETITIONS),
    (f"orjson {orjson.__version__}", with_orjson, 1),
]:
    rates = []
    for round_ in range(repetitions + (repetitions > 1)):
        before = time.process_time()
        rows = work()
        spent = time.process_time() - before
        if round_ > 0 or repetitions == 1:
            rates.append(sum(row[2] for row in rows) / spent)
    low, high, mean = (sum(row[at] for row in rows) for at in (3, 4, 5))
    print(
        f"{name}: {statistics.median(rates):.0f} readings/CPU-s, best {max(rates):.0f}; {len(rows)} windows of "
        f"{sum(row[2] for row in rows)} readings; sums: min {low:.3f}, max {high:.3f}, mean {mean:.6f}",
        flush=True,
    )
