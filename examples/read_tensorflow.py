"""Reads a training set that Passband made with TensorFlow: python read_tensorflow.py sets/digits train

Prints the number of records, the labels and the shape of the first batch.
"""

import collections
import glob
import json
import sys

import tensorflow as tf

prefix = sys.argv[1]
split = f"-{sys.argv[2]}" if len(sys.argv) > 2 else ""
files = sorted(glob.glob(f"{glob.escape(prefix)}{split}-[0-9]*-of-*.tfrecord*"))
if not files:
    sys.exit(f"there are no shards {prefix}{split}-….tfrecord; of a set with splits name one, such as train")
manifest = json.load(open(f"{prefix}.json"))

features = {
    "label": tf.io.FixedLenFeature([], tf.int64),
    "audio": tf.io.FixedLenFeature([], tf.string),
}


def example(record):
    parsed = tf.io.parse_single_example(record, features)
    # frames and channels
    audio = tf.ensure_shape(tf.io.parse_tensor(parsed["audio"], tf.float32), [None, None])
    return audio, parsed["label"]


packed = "GZIP" if files[0].endswith(".gz") else ""
records = tf.data.TFRecordDataset(files, compression_type=packed, num_parallel_reads=4).map(example)

labels = collections.Counter(int(label) for _, label in records)
audio, label = next(iter(records.padded_batch(8)))
told = [entry for entry in manifest["splits"] if entry["name"] == split[1:]][0]
print(f"{sum(labels.values())} records, labels {dict(sorted(labels.items()))}")
print(f"a batch of {audio.shape} with labels {label.numpy().tolist()}")
assert sum(labels.values()) == told["records"], told
