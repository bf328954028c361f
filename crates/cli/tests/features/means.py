"""Means over the frames of each recording, of a Parquet or Arrow file of features: JSON by stream."""

import json
import sys

import numpy
import pyarrow.feather
import pyarrow.parquet

path = sys.argv[1]
table = pyarrow.feather.read_table(path) if path.endswith(".arrow") else pyarrow.parquet.read_table(path)
streams = numpy.array(table["stream"].to_pylist())
rows = numpy.array(table["mfcc"].to_pylist(), dtype=numpy.float64)
frames = numpy.array(table["frame"].to_pylist())
told = {}
for stream in sorted(set(streams)):
    own = streams == stream
    assert (frames[own] == numpy.arange(own.sum())).all(), stream
    told[stream] = {"frames": int(own.sum()), "mean": rows[own].mean(axis=0).tolist()}
print(json.dumps({"streams": told, "types": {field.name: str(field.type) for field in table.schema}}))
