"""Reads a WebDataset shard with tarfile, webdataset, NumPy and libsndfile: FILE.

Prints, in JSON, the names of its files and its samples: arrays and sound as shape (with rate), type and values, bytes
in hexadecimal digits.
"""

import io
import json
import sys
import tarfile

import numpy
import soundfile
import webdataset


def show(kind, value):
    if kind.endswith("wav"):
        info = soundfile.info(io.BytesIO(value))
        values, rate = soundfile.read(io.BytesIO(value), dtype="float32", always_2d=True)
        return [list(values.shape), rate, info.subtype, values.ravel().tolist()]
    if isinstance(value, numpy.ndarray):
        return [list(value.shape), str(value.dtype), value.ravel().tolist()]
    return value.hex() if isinstance(value, bytes) else value


with tarfile.open(sys.argv[1], "r:") as tar:
    members = tar.getmembers()
    for member in members:
        assert member.isfile() and tar.extractfile(member).read() is not None
        assert (member.mtime, member.uid, member.gid, member.uname, member.gname) == (0, 0, 0, "", "")
samples = webdataset.WebDataset(sys.argv[1], shardshuffle=False, empty_check=False).decode()
samples = [{k: show(k, v) for k, v in sample.items() if k not in ("__url__", "__local_path__")} for sample in samples]
print(json.dumps({"names": [member.name for member in members], "samples": samples}))
