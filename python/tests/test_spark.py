"""Spark Connect, with Sail as a server without Java."""

import os

import numpy as np
import pytest

import passband


@pytest.fixture(scope="module")
def spark():
    pysail = pytest.importorskip("pysail.spark") if "PASSBAND_REQUIRE_SERVICES" not in os.environ else __import__("pysail.spark", fromlist=["spark"])
    from pyspark.sql import SparkSession

    server = pysail.SparkConnectServer()
    server.start()
    _, port = server.listening_address
    session = SparkSession.builder.remote(f"sc://127.0.0.1:{port}").getOrCreate()
    yield session
    session.stop()
    server.stop()


def test_rows_from_spark_are_those_of_the_package(spark, folder):
    from passband.spark import features

    paths = [str(folder / name) for name in ("0.wav", "1.wav", "2.wav", "broken.flac", "absent.wav")]
    df = spark.createDataFrame([(path,) for path in paths] + [(None,)], "file_path string")
    rows = features(df, "file_path", ["mfcc", "rhythm"]).collect()
    assert len(rows) == 6
    found = {row.file_path: row.asDict() for row in rows}
    ours = {row["path"]: row for row in passband.analyze(folder, names=["mfcc", "rhythm"]).to_arrow().to_pylist()}
    for path in paths[:3]:
        np.testing.assert_array_equal(found[path]["mfcc_mean"], ours[path]["mfcc_mean"])
        assert found[path]["tempo"] == ours[path]["tempo"] and found[path]["error"] is None
        assert found[path]["content_hash"] == ours[path]["content_hash"]
    assert "not audio" in found[paths[3]]["error"] and found[paths[3]]["tempo"] is None
    assert "no file" in found[paths[4]]["error"] and "null" in found[None]["error"]


def test_bytes_of_recordings_give_the_rows_of_their_files(spark, folder):
    from passband.spark import features

    path = str(folder / "1.wav")
    with open(path, "rb") as file:
        df = spark.createDataFrame([(bytearray(file.read()),)], "content binary")
    row = features(df, "content", ["mfcc"]).collect()[0]
    ours = passband.analyze(path, names=["mfcc"]).to_arrow().to_pylist()[0]
    assert row.error is None and list(row.mfcc_mean) == ours["mfcc_mean"]


def test_a_worker_with_another_version_is_refused():
    import pyarrow as pa

    from passband.columns import Measure

    measure = Measure("path", pa.string(), ["rms"])
    measure.version = ("0.0.1", 0)
    with pytest.raises(RuntimeError, match="install one version"):
        measure(pa.table({"path": ["a.wav"]}))
