"""Sends sensor readings as they are in the field to a Kafka topic, so that processors can be tried on the same ones.

Key the sensor, header `uuid`, value {"ts": datetime.isoformat(), "value": ...}. Some come out of order, late, twice, encoded
twice or broken, and isoformat() leaves the fraction out where it is zero. The same settings give the same readings.

python3 -m venv /tmp/quix && /tmp/quix/bin/pip install -r benches/peers/requirements-quix.txt
/tmp/quix/bin/python benches/peers/sensor_readings.py --topic raw-temperature
"""

import argparse
import collections
import json
import random
import uuid
from datetime import datetime, timedelta

from confluent_kafka import Producer
from confluent_kafka.admin import AdminClient, NewTopic

BEGIN = datetime(2024, 3, 1, 12)
BROKEN = [
    (b"Sensor1", lambda ts: b'{"ts": "%s", "val' % ts),
    (b"Sensor2", lambda ts: b"ERR 17"),
    (b"Sensor3", lambda ts: b'{"ts": "%s"}' % ts),
    (b"Sensor4", lambda ts: b'{"ts": "%s", "value": null}' % ts),
    (b"Sensor5", lambda ts: b'{"ts": "%s", "value": "n/a"}' % ts),
    (b"Sensor1", lambda ts: b'{"ts": "%s", "value": NaN}' % ts),
    (b"Sensor2", lambda ts: b'{"ts": "yesterday", "value": 21.5}'),
    (None, lambda ts: b'{"ts": "%s", "value": 21.5}' % ts),
]


def arguments():
    args = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    args.add_argument("--brokers", default="localhost:9092")
    args.add_argument("--topic", default="raw-temperature")
    args.add_argument("--partitions", type=int, default=2)
    args.add_argument("--sensors", type=int, default=5)
    args.add_argument("--seconds", type=int, default=600, help="of readings")
    args.add_argument("--every", type=int, default=200, help="ms between readings of a sensor")
    args.add_argument("--disorder", type=float, default=0.05, help="share that comes up to 0.8 s after its time")
    args.add_argument("--late", type=float, default=0.005, help="share that comes 1 to 40 s after")
    args.add_argument("--doubled", type=float, default=0.002)
    args.add_argument("--broken", type=float, default=0.001)
    args.add_argument("--twice", type=float, default=0.1, help="share that is encoded twice")
    args.add_argument("--behind", type=float, default=0, help="seconds that the last sensor comes behind the others")
    args.add_argument("--seed", type=int, default=1)
    return args


def readings(o):
    """When it comes (ms), its kind, key, uuid and bytes."""
    rng, all, broken = random.Random(o.seed), [], 0
    name = lambda: uuid.UUID(int=rng.getrandbits(128), version=4).hex.encode()
    for tick in range(0, o.seconds * 1000, o.every):
        for sensor in range(1, o.sensors + 1):
            ts = BEGIN + timedelta(milliseconds=tick)
            if sensor > 1:  # the first tells its values at round times, the others anywhere between
                ts += timedelta(microseconds=rng.randrange(o.every * 1000))
            value = round(20 + sensor + rng.gauss(0, 0.5), 3)
            text, kind = json.dumps({"ts": ts.isoformat(), "value": value}), "plain"
            comes = (ts - BEGIN) / timedelta(milliseconds=1) + (o.behind * 1000 if sensor == o.sensors else 0)
            die = rng.random()
            if die < o.late:
                comes, kind = comes + rng.uniform(1000, 40_000), "late"
            elif die < o.late + o.disorder:
                comes, kind = comes + rng.uniform(0, 800), "disordered"
            if rng.random() < o.twice:
                text = json.dumps(text)
            reading = (comes, kind, b"Sensor%d" % sensor, name(), text.encode())
            all.append(reading)
            if rng.random() < o.doubled:
                all.append((comes + rng.uniform(0, 900), "doubled", *reading[2:]))
            if rng.random() < o.broken:
                key, text = BROKEN[broken % len(BROKEN)]
                all.append((comes, "broken", key, name(), text(ts.isoformat().encode())))
                broken += 1
    return sorted(all, key=lambda reading: reading[0])


def send(o):
    """Sends them; how many there were of each kind."""
    admin = AdminClient({"bootstrap.servers": o.brokers})
    admin.create_topics([NewTopic(o.topic, o.partitions, 1)])[o.topic].result()
    producer = Producer({"bootstrap.servers": o.brokers, "enable.idempotence": True, "linger.ms": 20})
    kinds = collections.Counter()
    for _, kind, key, name, text in readings(o):
        producer.produce(o.topic, key=key, value=text, headers=[("uuid", name)])
        producer.poll(0)
        kinds[kind] += 1
    assert producer.flush(60) == 0
    return dict(kinds)


if __name__ == "__main__":
    print(send(arguments().parse_args()))
