"""The work of feature_rows.rs in librosa: microseconds of CPU time a second of audio, on one thread.

    python3 -m venv /tmp/librosa && /tmp/librosa/bin/pip install librosa==0.11.0
    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 /tmp/librosa/bin/python benches/peers/feature_rows.py
"""

import time

import librosa
import numpy as np

RATE, SECONDS, REPETITIONS = 22050, 60, 9

samples = np.random.default_rng(1).uniform(-1, 1, RATE * SECONDS).astype(np.float32)


def mel_spectrogram():
    return librosa.feature.melspectrogram(y=samples, sr=RATE)


def log_mel():
    return librosa.power_to_db(mel_spectrogram())


def mfcc():
    return librosa.feature.mfcc(y=samples, sr=RATE)


def both():
    decibels = log_mel()
    return decibels, librosa.feature.mfcc(S=decibels)


print(f"us a second of audio, {REPETITIONS} repetitions of CPU time; librosa {librosa.__version__}")
for work, name in [(mel_spectrogram, "mel_spectrogram"), (log_mel, "log_mel"), (mfcc, "mfcc"), (both, "log_mel and mfcc")]:
    work()
    times = []
    for _ in range(REPETITIONS):
        began = time.process_time()
        work()
        times.append((time.process_time() - began) / SECONDS * 1e6)
    times.sort()
    print(f"{name:<28}{times[REPETITIONS // 2]:9.1f}{times[0]:9.1f}{times[-1]:9.1f}")
