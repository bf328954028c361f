"""The work of benches/spectrum_hop.rs in Python: CPU microseconds a hop, both channels.

44.1 kHz stereo in packets of 256 samples, a frame of 8192 every 256, Hann, magnitude, one thread.

numpy_fastavro   each packet is read from Avro, each spectrum is written as Avro (floats, as in schemas/)
pyfftw           an FFTW plan in single precision, no Avro at all
pyfftw_fastavro  both

python3 -m venv /tmp/peers && /tmp/peers/bin/pip install -r benches/peers/requirements.txt
/tmp/peers/bin/python benches/peers/spectrum_hop.py
"""

import io
import json
import os
import pathlib
import statistics
import time

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[threads] = "1"

import fastavro
import numpy as np
import pyfftw

RATE, LENGTH, HOP = 44100, 8192, 256
SECONDS, REPETITIONS = 10, 5
SCHEMAS = pathlib.Path(__file__).parents[2] / "schemas"


def schema(name):
    return fastavro.parse_schema(json.loads((SCHEMAS / f"{name}.avsc").read_text()))


SAMPLES, SPECTRUM = schema("samples"), schema("spectrum")


def message(packet, number):
    out = io.BytesIO()
    datum = {"recording": 0, "index": number * HOP, "time": 0, "rate": float(RATE), "channels": packet.tolist()}
    fastavro.schemaless_writer(out, SAMPLES, datum)
    return out.getvalue()


def numpy_transform():
    return lambda frame: np.abs(np.fft.rfft(frame, axis=1))


def fftw_transform():
    frame_in = pyfftw.empty_aligned((2, LENGTH), "float32")
    out = pyfftw.empty_aligned((2, LENGTH // 2 + 1), "complex64")
    plan = pyfftw.FFTW(frame_in, out, axes=(1,), threads=1, flags=("FFTW_MEASURE",))

    def transform(frame):
        frame_in[:] = frame
        plan.execute()
        return np.abs(out)

    return transform


def run(packets, transform, avro):
    """One pass over all packets."""
    buffer, taper = np.zeros((2, LENGTH), "float32"), np.hanning(LENGTH + 1)[:-1].astype("float32")
    for number, packet in enumerate(packets):
        buffer[:, :-HOP] = buffer[:, HOP:]
        if avro:
            packet = fastavro.schemaless_reader(io.BytesIO(packet), SAMPLES)["channels"]
        buffer[:, -HOP:] = packet
        magnitude = transform(buffer * taper)
        if avro:
            datum = {
                "recording": 0, "start": number * HOP, "time": 0, "rate": float(RATE), "length": LENGTH, "hop": HOP,
                "scale": "magnitude", "channels": magnitude.tolist(),
            }
            fastavro.schemaless_writer(io.BytesIO(), SPECTRUM, datum)


def measure(name, transform, avro):
    noise = np.random.default_rng(1).standard_normal((SECONDS * RATE // HOP, 2, HOP)).astype("float32")
    packets = [message(packet, number) for number, packet in enumerate(noise)] if avro else noise
    run(packets[:200], transform, avro)
    took = []
    for _ in range(REPETITIONS):
        began = time.process_time()
        run(packets, transform, avro)
        took.append((time.process_time() - began) / len(packets) * 1e6)
    print(f"{name}: {statistics.median(took):.2f} us", flush=True)


measure("numpy_fastavro", numpy_transform(), avro=True)
measure("pyfftw", fftw_transform(), avro=False)
measure("pyfftw_fastavro", fftw_transform(), avro=True)
