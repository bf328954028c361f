"""The work of benches/iq_scans.rs in Python: mean and deviation of 2731 scans of 3072 complex samples, in memory.

numpy            a scan at a time: complex128, as the haloscope's own analysis does it
numpy_chunked    64 scans at a time in complex64, sums in float64
pyfftw_chunked   the same with an FFTW plan

One thread. The samples are those of benches/pairs: peak bin and sums must agree.

python3 -m venv /tmp/peers && /tmp/peers/bin/pip install -r benches/peers/requirements.txt
/tmp/peers/bin/python benches/peers/iq_scans.py
"""

import os
import statistics
import time

for threads in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[threads] = "1"

import numpy as np
import pyfftw

LENGTH, SCANS, RATE = 3072, 2731, 2e6
CHUNK, REPETITIONS = 64, 5
GAIN = 1 / (LENGTH * RATE * np.sqrt(2))


def normal(number):
    z = (number + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    parts = sum(((z >> np.uint64(16 * part)) & np.uint64(0xFFFF)).astype("f8") for part in range(4))
    return (parts - 2 * 65535) / np.sqrt((65536.0**2 - 1) / 3)


def samples():
    index = np.arange(SCANS * LENGTH, dtype="u8")
    angle = 2 * np.pi * ((312345.0 / RATE * index.astype("f8")) % 1.0)
    for half, tone in enumerate((np.cos(angle), np.sin(angle))):
        noise = normal(np.uint64(2) * index + np.uint64(half))
        yield (5e-3 * noise + 2e-4 * tone).astype("f4").reshape(SCANS, LENGTH)


def numpy_scans(i, q):
    power = np.empty((SCANS, LENGTH), "f4")
    for scan in range(SCANS):
        power[scan] = np.abs(np.fft.fft(i[scan].astype("f8") + 1j * q[scan])) ** 2
    return power.mean(axis=0, dtype="f8"), power.std(axis=0, ddof=1, dtype="f8")


def chunked(transform):
    def measure(i, q):
        z, sums, squares = np.empty((CHUNK, LENGTH), "c8"), np.zeros(LENGTH), np.zeros(LENGTH)
        for begin in range(0, SCANS, CHUNK):
            count = min(CHUNK, SCANS - begin)
            z.real[:count], z.imag[:count] = i[begin : begin + count], q[begin : begin + count]
            x = transform(z)[:count]
            power = x.real**2 + x.imag**2
            sums += power.sum(axis=0, dtype="f8")
            squares += np.einsum("ij,ij->j", power, power, dtype="f8")
        mean = sums / SCANS
        return mean, np.sqrt((squares - SCANS * mean * mean) / (SCANS - 1))

    return measure


def fftw():
    z, x = (pyfftw.empty_aligned((CHUNK, LENGTH), "complex64") for _ in range(2))
    plan = pyfftw.FFTW(z, x, axes=(1,), threads=1, flags=("FFTW_PATIENT",))

    def transform(chunk):
        z[:] = chunk
        plan.execute()
        return x

    return transform


def run(name, measure, i, q):
    took = []
    for _ in range(1 + REPETITIONS):
        began = time.process_time()
        mean, deviation = (np.fft.fftshift(row) * GAIN for row in measure(i, q))
        took.append(time.process_time() - began)
    rate = i.size / statistics.median(took[1:]) / 1e6
    print(f"peak bin {mean.argmax()}, sums {mean.sum():.9e} and {deviation.sum():.9e}")
    print(f"{name}: {rate:.1f} MS/CPU-s", flush=True)


I, Q = samples()
run("numpy", numpy_scans, I, Q)
run("numpy_chunked", chunked(lambda z: np.fft.fft(z, axis=1)), I, Q)
run("pyfftw_chunked", chunked(fftw()), I, Q)
