"""A plain reader of results: BROKERS TOPIC FILES. Prints file, bins, and count, mean and deviation of bin 5 of each."""

import json
import sys

from kafka import KafkaConsumer

brokers, topic, files = sys.argv[1:]
consumer = KafkaConsumer(
    topic,
    bootstrap_servers=brokers,
    auto_offset_reset="earliest",
    isolation_level="read_committed",
    consumer_timeout_ms=30000,
)
lines = {}
for message in consumer:
    bins = [entry["data"] for entry in json.loads(message.value)]
    file, first = map(int, bins[0]["index"].split("_"))
    assert first == 0 and [b["index"] for b in bins] == [f"{file}_{k}" for k in range(len(bins))]
    fifth = bins[5]
    lines[file] = f"{file} {len(bins)} {fifth['count_x']} {fifth['mean_x']} {fifth['stddev_x']}"
    if len(lines) == int(files):
        break
print("\n".join(lines[file] for file in sorted(lines)))
