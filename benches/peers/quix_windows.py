"""The reference job of sensor readings by Quix Streams' own processor and by Passband, on one and the same topic.

Sends readings as sensor_readings.py does, runs both, and compares every window. What each processor should say is also told from
the topic by a few lines of Python, with its own rules: so each difference is put down to a rule. Ends with status 1 if a
window is not as those rules say.

article     Quix Streams' processor as published, which stops at the first message it cannot use
skipping    the same, but fromisoformat() reads times, and messages that raise an error are left out
mended      the same, and JSON that was encoded twice is read
partition   the same, with windows closed by all keys of a partition: final(closing_strategy="partition")

python3 -m venv /tmp/quix && /tmp/quix/bin/pip install -r benches/peers/requirements-quix.txt
/tmp/quix/bin/python benches/peers/quix_windows.py --brokers localhost:9092 --passband target/release/passband
"""

import collections
import json
import math
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from datetime import datetime, timezone

from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

import sensor_readings

LENGTH, GRACE = 10_000, 1_000
VARIANTS = ["article", "skipping", "mended", "partition"]


def quix(variant, brokers, source, sink, state):
    """Quix Streams' processor; prints how many messages raised which error."""
    from quixstreams import Application
    from quixstreams.models import JSONDeserializer

    class Twice(JSONDeserializer):
        def __call__(self, value, ctx):
            value = super().__call__(value, ctx)
            return json.loads(value) if isinstance(value, str) else value

    errors = collections.Counter()

    def left_out(error, *_):
        text = " ".join(str(error).replace("<", "").split()[:6])
        errors[f"{type(error).__name__}: {text}"] += 1
        return True

    def ts_extractor(value, headers, timestamp, timestamp_type):
        if variant == "article":
            read = datetime.strptime(value["ts"], "%Y-%m-%dT%H:%M:%S.%f")
        else:
            read = datetime.fromisoformat(value["ts"])
        return int(read.replace(tzinfo=timezone.utc).timestamp() * 1000)

    skip = {} if variant == "article" else {"on_consumer_error": left_out, "on_processing_error": left_out}
    app = Application(
        broker_address=brokers,
        consumer_group=f"quix-{uuid.uuid4().hex[:8]}",
        auto_offset_reset="earliest",
        state_dir=state,
        loglevel="ERROR",
        **skip,
    )
    twice = variant in ("mended", "partition")
    tin = app.topic(source, timestamp_extractor=ts_extractor, value_deserializer=Twice() if twice else "json")
    tout = app.topic(sink, value_serializer="json")
    windows = app.dataframe(tin).tumbling_window(LENGTH, grace_ms=GRACE).reduce(reducer=reducer, initializer=begin)
    results = windows.final(closing_strategy="partition" if variant == "partition" else "key")
    results.apply(lambda v: {"time": v["end"], "temperature": v["value"]}).to_topic(tout)
    app.run(timeout=8)
    print(json.dumps(errors))


def begin(v):
    x = v["value"]
    return {"count": 1, "min": x, "max": x, "mean": x}


def reducer(g, v):
    x, c = v["value"], g["count"]
    return {"count": c + 1, "min": min(g["min"], x), "max": max(g["max"], x), "mean": (g["mean"] * c + x) / (c + 1)}


def everything(brokers, topic):
    """All messages of a topic, by partition in order."""
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "compare", "isolation.level": "read_committed"})
    known = consumer.list_topics(timeout=10).topics.get(topic)
    for partition in sorted(known.partitions) if known else []:
        end = consumer.get_watermark_offsets(TopicPartition(topic, partition), timeout=10)[1]
        consumer.assign([TopicPartition(topic, partition, 0)])
        while end and consumer.position([TopicPartition(topic, partition)])[0].offset < end:
            message = consumer.poll(1.0)
            if message is None:
                break  # only the ends of transactions are left
            if not message.error():
                yield message
    consumer.close()


def windows(brokers, topic):
    """Results by key and end: every one that was written."""
    found = collections.defaultdict(list)
    for message in everything(brokers, topic):
        row = json.loads(message.value())
        found[message.key().decode(), row["time"]].append(row["temperature"])
    return found


class Rules:
    """Windows as one of the two cuts them, and what becomes of every reading.

    clock is what tells that a window is over: the times of a "partition", of a "key", or the windows that were "closed"
    in the partition, as closing_strategy="partition" does (expire_all_windows of quixstreams 3.28.1).
    """

    def __init__(self, clock, once, twice, strict):
        self.clock, self.once, self.twice, self.strict = clock, once, twice, strict
        self.watermark, self.open = collections.defaultdict(lambda: -math.inf), collections.defaultdict(dict)
        self.seen, self.fate, self.closed = set(), collections.Counter(), collections.defaultdict(list)

    def take(self, message):
        self.fate[self.fold(message.key(), message)] += 1

    def fold(self, key, message):
        try:
            value = json.loads(message.value(), parse_constant=lambda text: 1 / 0)
            value = json.loads(value) if self.twice and isinstance(value, str) else value
            read = datetime.fromisoformat(value["ts"]).replace(tzinfo=timezone.utc)
            time = round(read.timestamp() * 1_000_000) / 1000
            if self.strict and not isinstance(value["value"], (int, float)):
                return "refused"
        except (ValueError, TypeError, KeyError, ArithmeticError):
            return "refused"
        if key is None:
            return "without a key"
        end, partition = (time // LENGTH + 1) * LENGTH, message.partition()
        clock = (partition, key) if self.clock == "key" else partition
        if end + GRACE <= max(time, self.watermark[clock]):
            return "late"
        name = (dict(message.headers())["uuid"], end, partition)
        if self.once and name in self.seen:
            return "duplicate"
        opened = self.open[clock]
        group = opened.get((key, end))
        try:
            opened[key, end] = reducer(group, value) if group else begin(value)
        except (TypeError, KeyError):
            return "refused beside a text or null that began its window" if usable(value) else "refused"
        self.seen.add(name)
        before, until = self.watermark[clock], time - GRACE
        if self.clock == "closed":
            # windows that were closed before are opened again, and never closed
            self.watermark[clock] = max(before, until // LENGTH * LENGTH)
            over = [place for place in opened if before < place[1] <= self.watermark[clock]]
        else:
            self.watermark[clock] = max(before, time)
            over = [place for place in opened if place[1] <= self.watermark[clock] - GRACE]
        for key, end in over:
            self.closed[key.decode(), int(end)].append(opened.pop((key, end)))
        return "folded"

    def lost(self):
        """Readings folded into windows that can never close."""
        if self.clock != "closed":
            return 0
        left = [(self.watermark[clock], end, g) for clock, opened in self.open.items() for (_, end), g in opened.items()]
        return sum(group["count"] for watermark, end, group in left if end <= watermark)


def usable(value):
    return isinstance(value.get("value"), (int, float))


def same(one, other):
    """Whether two results say the same, means to 1e-12."""
    if len(one) != len(other):
        return False
    equal = lambda a, b: all(a[n] == b[n] for n in ("count", "min", "max")) and close(a["mean"], b["mean"])
    return all(equal(a, b) for a, b in zip(one, other))


def close(a, b):
    return abs(a - b) <= 1e-12 * abs(b) if isinstance(a, (int, float)) and isinstance(b, (int, float)) else a == b


def passband(o, program, source, sink):
    """Runs the pipeline until nothing more comes; what it says at the end."""
    pipeline = pathlib.Path(__file__).parents[2] / "pipelines/sensors-kafka.toml"
    variables = {"KAFKA_BROKERS": o.brokers, "READINGS": source, "AGGREGATES": sink, "REFUSED": sink + "-refused"}
    process = subprocess.Popen(
        [program, "run", str(pipeline)],
        env={**os.environ, **variables, "GROUP": sink},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    before, quiet, deadline = -1, 0, time.monotonic() + 60
    while quiet < 6 and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.5)
        count = sum(len(rows) for rows in windows(o.brokers, sink).values())
        quiet, before = (quiet + 1 if count == before and count else 0), count
    process.send_signal(signal.SIGINT)
    try:
        return process.communicate(timeout=20)[0].strip()
    except subprocess.TimeoutExpired:
        process.kill()
        raise


def main():
    args = sensor_readings.arguments()
    args.add_argument("--passband", default="target/release/passband", help="the program")
    args.add_argument("--variants", nargs="+", default=VARIANTS, choices=VARIANTS)
    args.add_argument("--quix", nargs=5, help="not for use by hand")
    args.set_defaults(topic=f"raw-temperature-{uuid.uuid4().hex[:6]}")
    o = args.parse_args()
    if o.quix:
        return quix(*o.quix)
    print("sent", sensor_readings.send(o), "to", o.topic)
    rules = {
        "passband": Rules("partition", once=True, twice=True, strict=True),
        "skipping": Rules("key", once=False, twice=False, strict=False),
        "mended": Rules("key", once=False, twice=True, strict=False),
        "partition": Rules("closed", once=False, twice=True, strict=False),
    }
    for message in everything(o.brokers, o.topic):
        for rule in rules.values():
            rule.take(message)
    sink = f"{o.topic}-passband"
    print("\npassband:", passband(o, o.passband, o.topic, sink))
    found, bad = {"passband": windows(o.brokers, sink)}, 0
    for variant in o.variants:
        sink = f"{o.topic}-{variant}"
        # its results have the times of their windows: the broker would take them for years old and delete them
        admin = AdminClient({"bootstrap.servers": o.brokers})
        admin.create_topics([NewTopic(sink, 1, 1, config={"retention.ms": "-1"})])[sink].result()
        with tempfile.TemporaryDirectory() as state:
            command = [sys.executable, __file__, "--quix", variant, o.brokers, o.topic, sink, state]
            run = subprocess.run(command, capture_output=True, text=True, timeout=180)
        said = (run.stdout if run.returncode == 0 else run.stderr).strip().splitlines()[-1:]
        print(f"\n{variant}: ended with status {run.returncode}:", *said)
        found[variant] = windows(o.brokers, sink)
    for name, results in found.items():
        rule = rules.get(name)
        twice = sum(len(rows) > 1 for rows in results.values())
        print(f"\n{name}: {len(results)} windows of {sum(r['count'] for rows in results.values() for r in rows)} readings;",
              f"{twice} were written more than once")
        if rule:
            off = [at for at in {*results, *rule.closed} if not same(results.get(at, []), rule.closed.get(at, []))]
            bad += len(off)
            print(f"  by its rules {dict(rule.fate)}, {rule.lost()} of them in windows that never close;",
                  f"{len(off)} windows are not as they say")
            for at in sorted(off, key=str)[:5]:
                print("   ", at, results.get(at), "by the rules", rule.closed.get(at))
        if name != "passband":
            ours = found["passband"]
            both = [at for at in results if at in ours]
            alike = sum(same(results[at], ours[at]) for at in both)
            spread = [abs(a["mean"] / b["mean"] - 1) for at in both for a, b in zip(results[at], ours[at])
                      if same([a], [b])]
            print(f"  beside Passband: {alike} of {len({*results, *ours})} windows the same, means to {max(spread, default=0):.1e};",
                  f"{len(results) - len(both)} only here, {len(ours) - len(both)} only there")
    return bad > 0


if __name__ == "__main__":
    sys.exit(main())
