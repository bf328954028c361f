"""Windows of real sensor readings by DuckDB: windows.py SKAB_FOLDER READINGS.parquet WINDOWS.parquet. Writes the readings,
and the windows of each kind."""
import sys

import duckdb

folder, readings, windows = sys.argv[1:]
db = duckdb.connect()
db.execute("SET TimeZone = 'UTC'")
db.execute(
    """CREATE TABLE readings AS
       SELECT CAST(datetime AS TIMESTAMP) AS ts, filename AS sensor, CAST(Pressure AS DOUBLE) AS value
       FROM read_csv(?, delim = ';', header = true, filename = true, union_by_name = true)
       WHERE CAST(datetime AS TIMESTAMP) IS NOT NULL""",
    [f"{folder}/**/*.csv"],
)
db.execute(f"COPY readings TO '{readings}' (FORMAT parquet)")
measures = "count(value) AS count, min(value) AS min, max(value) AS max, avg(value) AS mean"
db.execute(f"""CREATE TABLE windows AS
    SELECT 'tumbling' AS kind, sensor, time_bucket(INTERVAL '10 seconds', ts) AS start, {measures}
    FROM readings GROUP BY ALL
    UNION ALL
    SELECT 'hopping', sensor, start, {measures} FROM (
        SELECT sensor, value, unnest(range(
            time_bucket(INTERVAL '10 seconds', ts) - INTERVAL '50 seconds', time_bucket(INTERVAL '10 seconds', ts) + INTERVAL '1 second',
            INTERVAL '10 seconds')) AS start
        FROM readings) GROUP BY sensor, start
    UNION ALL
    SELECT 'session', sensor, min(ts), {measures} FROM (
        SELECT *, sum(gap) OVER (PARTITION BY sensor ORDER BY ts) AS session FROM (
            SELECT *, CASE WHEN ts - lag(ts) OVER (PARTITION BY sensor ORDER BY ts) >= INTERVAL '2 seconds'
                THEN 1 ELSE 0 END AS gap FROM readings)) GROUP BY sensor, session""")
db.execute(f"COPY windows TO '{windows}' (FORMAT parquet)")
