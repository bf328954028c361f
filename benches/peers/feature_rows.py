"""The work of feature_rows.rs in librosa: microseconds of CPU time a second of audio, on one thread.

    python3 -m venv /tmp/librosa && /tmp/librosa/bin/pip install librosa==0.11.0
    OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1 /tmp/librosa/bin/python benches/peers/feature_rows.py
"""

import time

import librosa
import numpy as np

RATE, SECONDS, REPETITIONS = 22050, 60, 3

loud = np.random.default_rng(2).uniform(-1, 1, 44100 * SECONDS).astype(np.float32)
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


def the_set():
    """Nine features on one spectrogram, at 44,100 Hz."""
    magnitude, rate, of = np.abs(librosa.stft(loud)), 44100, librosa.feature
    decibels = librosa.power_to_db(of.melspectrogram(S=magnitude**2, sr=rate))
    return (
        of.mfcc(S=decibels, n_mfcc=20),
        of.chroma_stft(S=magnitude**2, sr=rate, tuning=0),
        of.spectral_centroid(S=magnitude, sr=rate),
        of.spectral_bandwidth(S=magnitude, sr=rate),
        of.spectral_rolloff(S=magnitude, sr=rate),
        of.spectral_flatness(S=magnitude),
        of.zero_crossing_rate(loud),
        of.rms(y=loud),
        librosa.onset.onset_strength(S=decibels, sr=rate),
    )


FEATURE = librosa.feature
WORK = {
    "mel_spectrogram": mel_spectrogram,
    "log_mel": log_mel,
    "mfcc": mfcc,
    "magnitude_spectrogram": lambda: np.abs(librosa.stft(samples)),
    "db_spectrogram": lambda: librosa.amplitude_to_db(np.abs(librosa.stft(samples))),
    "spectral_centroid": lambda: FEATURE.spectral_centroid(y=samples, sr=RATE),
    "spectral_bandwidth": lambda: FEATURE.spectral_bandwidth(y=samples, sr=RATE),
    "spectral_rolloff": lambda: FEATURE.spectral_rolloff(y=samples, sr=RATE),
    "spectral_flatness": lambda: FEATURE.spectral_flatness(y=samples),
    "spectral_contrast": lambda: FEATURE.spectral_contrast(y=samples, sr=RATE),
    "rms": lambda: FEATURE.rms(y=samples),
    "zero_crossing_rate": lambda: FEATURE.zero_crossing_rate(samples),
    "chroma_stft": lambda: FEATURE.chroma_stft(y=samples, sr=RATE, tuning=0),
    "onset_strength": lambda: librosa.onset.onset_strength(y=samples, sr=RATE),
    "tempogram": lambda: FEATURE.tempogram(y=samples, sr=RATE),
    "cqt": lambda: np.abs(librosa.cqt(samples, sr=RATE)),
    "chroma_cqt": lambda: FEATURE.chroma_cqt(y=samples, sr=RATE, tuning=0),
    "chroma_cens": lambda: FEATURE.chroma_cens(y=samples, sr=RATE, tuning=0),
    "tonnetz": lambda: FEATURE.tonnetz(y=samples, sr=RATE, tuning=0),
    "log_mel and mfcc": both,
    "the set": the_set,
}

print(f"us a second of audio, {REPETITIONS} repetitions of CPU time; librosa {librosa.__version__}")
for name, work in WORK.items():
    work()
    times = []
    for _ in range(REPETITIONS):
        began = time.process_time()
        work()
        times.append((time.process_time() - began) / SECONDS * 1e6)
    times.sort()
    print(f"{name:<28}{times[REPETITIONS // 2]:9.1f}{times[0]:9.1f}{times[-1]:9.1f}")
    if work is the_set:
        print(f"feature_set: {1e6 / times[REPETITIONS // 2]:.0f} x real time")
