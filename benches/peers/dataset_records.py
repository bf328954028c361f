"""The work of benches/dataset_records.rs in Python: labels.csv and WAV files to four shards of tf.train.Example.

tfrecord       wave and numpy, the writer of the package `tfrecord` (its checksums in C)
tensorflow     tf.audio.decode_wav, tf.io.serialize_tensor, tf.io.TFRecordWriter: where TensorFlow is installed
wave + tf      wave and numpy, tf.train.Example, tf.io.TFRecordWriter: likewise

Each reads every file once, writes the records in turn to the shards, in the order of the list, and syncs nothing.
CPU seconds of all threads, the median of the repetitions after one that warms up. What is in the shards is read back
and summed: the sums must be those that the benchmark prints.

python3 -m venv /tmp/peers && /tmp/peers/bin/pip install -r benches/peers/requirements.txt
cargo bench --bench dataset_records -- --write /tmp/recordings
/tmp/peers/bin/python benches/peers/dataset_records.py /tmp/recordings
"""

import csv
import importlib.metadata
import importlib.util
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import wave

os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", CUDA_VISIBLE_DEVICES="")
os.environ.update(TF_NUM_INTRAOP_THREADS="1", TF_NUM_INTEROP_THREADS="1", OPENBLAS_NUM_THREADS="1")

import numpy

FOLDER, SHARDS, REPETITIONS, SAMPLES = sys.argv[1], 4, 5, 4000

if len(sys.argv) == 2:
    # each in a process of its own: both packages bring the same messages, and one process takes them once
    for package in filter(importlib.util.find_spec, ["tfrecord", "tensorflow"]):
        subprocess.run([sys.executable, __file__, FOLDER, package], check=True)
    sys.exit()


def samples(path):
    with wave.open(path) as file:
        return numpy.frombuffer(file.readframes(file.getnframes()), "<i2").astype("<f4") / 32768


def build(writer, write, prefix):
    writers = [writer(f"{prefix}-{shard:05}") for shard in range(SHARDS)]
    with open(f"{FOLDER}/labels.csv") as file:
        rows = csv.reader(file)
        next(rows)
        for number, (label, name) in enumerate(rows):
            write(writers[number % SHARDS], int(label), f"{FOLDER}/{name}")
    for one in writers:
        one.close()
    return number + 1


def with_tfrecord(out, label, path):
    out.write({"label": (label, "int"), "audio": (samples(path).tobytes(), "byte")})


def check(prefix):
    """The sums of the benchmark; of the audio the last 16,000 bytes are the samples, with or without a TensorProto."""
    count = labels = levels = ties = 0
    weights = numpy.arange(SAMPLES, dtype=numpy.int64) % 7 + 1
    for shard in range(SHARDS):
        with open(f"{prefix}-{shard:05}", "rb") as file:
            while head := file.read(12):
                record = Example.FromString(file.read(struct.unpack("<Q", head[:8])[0]))
                file.read(4)
                features = record.features.feature
                label = features["label"].int64_list.value[0]
                audio = features["audio"].bytes_list.value[0][-4 * SAMPLES :]
                whole = (numpy.frombuffer(audio, "<f4") * 32768).astype(numpy.int64)
                count, labels = count + 1, labels + label
                levels += int(numpy.abs(whole).sum())
                ties += label * int((whole * weights).sum())
    return f"{count} records; sums: labels {labels}, levels {levels}, samples by label {ties}"


if sys.argv[2] == "tfrecord":
    import tfrecord
    from tfrecord.example_pb2 import Example

    peers = [(f"tfrecord {importlib.metadata.version('tfrecord')}", tfrecord.TFRecordWriter, with_tfrecord)]
else:
    import tensorflow

    Example = tensorflow.train.Example

    def example(label, audio):
        of = tensorflow.train
        label = of.Feature(int64_list=of.Int64List(value=[label]))
        audio = of.Feature(bytes_list=of.BytesList(value=[audio]))
        return of.Example(features=of.Features(feature={"label": label, "audio": audio})).SerializeToString()

    def with_tensorflow(out, label, path):
        with open(path, "rb") as file:
            audio = tensorflow.audio.decode_wav(file.read()).audio
        out.write(example(label, tensorflow.io.serialize_tensor(audio).numpy()))

    def with_both(out, label, path):
        out.write(example(label, samples(path).tobytes()))

    writer = tensorflow.io.TFRecordWriter
    version = tensorflow.__version__
    peers = [
        (f"tensorflow {version}", writer, with_tensorflow),
        (f"wave + tensorflow {version}", writer, with_both),
    ]

for name, writer, write in peers:
    rates = []
    with tempfile.TemporaryDirectory() as folder:
        for repetition in range(REPETITIONS + 1):
            before = time.process_time()
            files = build(writer, write, f"{folder}/set")
            if repetition:
                rates.append(files / (time.process_time() - before))
        sums = check(f"{folder}/set")
    print(f"{name}: {statistics.median(rates):.0f} files/CPU-s, best {max(rates):.0f}; {sums}", flush=True)
