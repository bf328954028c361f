"""Makes golden/mel_spectrogram.json, golden/log_mel.json and golden/mfcc.json with librosa.

    python -m venv .venv && .venv/bin/pip install librosa==0.11.0 scipy==1.17.1 numpy==2.4.6
    .venv/bin/python golden/features.py

The signals are not stored: `signal` below is written again in crates/dsp/tests/features_golden.rs, and gives the same
f32 samples there. librosa gets them as f64, so that what is compared is not its own rounding (7e-5 in an MFCC).
"""

import json
import pathlib
import warnings

import librosa
import numpy as np
import scipy

HERE = pathlib.Path(__file__).parent
TOOL = f"librosa {librosa.__version__}, scipy {scipy.__version__}, numpy {np.__version__}"


def noise(seed, n):
    """Uniform in [-1, 1), 24 bits, exact in f32. Knuth's MMIX generator."""
    state, out = seed, np.empty(n, np.float32)
    for i in range(n):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out[i] = (state >> 40) / 2**23 - 1.0
    return out


def signal(kind, n, rate):
    t = np.arange(n, dtype=np.float64)
    if kind == "silence":
        return np.zeros(n, np.float32)
    if kind == "constant":
        return np.full(n, 0.25, np.float32)
    if kind == "impulse":
        x = np.zeros(n, np.float32)
        x[n // 2] = 0.5
        return x
    # A tone of 440.3 Hz that comes in steps of 20 dB and noise far below: quiet bands beside loud ones.
    level = np.array([1.0, 0.1, 0.01, 0.001], np.float32)[4 * np.arange(n) // max(n, 1)]
    sine = np.sin(2.0 * np.pi * (440.3 / rate) * t).astype(np.float32)
    return np.float32(0.5) * level * sine + np.float32(2.0**-16) * noise(1, n)


# Settings, sample rate, signal, samples. A setting that is not given has librosa's default.
MEL = [
    ({}, 22050, "steps", 22050),
    ({}, 22050, "steps", 2048),
    ({}, 22050, "steps", 700),
    ({}, 22050, "steps", 1),
    ({}, 22050, "steps", 0),
    ({}, 44100, "silence", 3000),
    ({}, 44100, "impulse", 3000),
    ({}, 44100, "constant", 3000),
    ({"center": False}, 22050, "steps", 8000),
    ({"n_fft": 512, "hop_length": 160, "n_mels": 40}, 16000, "steps", 8000),
    ({"n_fft": 512, "hop_length": 160, "win_length": 400, "n_mels": 80}, 16000, "steps", 8000),
    ({"n_fft": 512, "win_length": 401, "window": "hamming", "n_mels": 30}, 8000, "steps", 4000),
    ({"n_fft": 1024, "htk": True, "fmin": 20.0, "fmax": 7600.0, "n_mels": 80}, 16000, "steps", 9000),
    ({"mel_norm": "none"}, 22050, "steps", 8000),
    ({"htk": True, "mel_norm": "none", "n_fft": 400, "hop_length": 160, "n_mels": 80}, 16000, "steps", 8000),
    ({"power": 1}, 22050, "steps", 8000),
    ({"n_fft": 1000, "hop_length": 1500}, 22050, "steps", 8000),
    ({"n_fft": 1001, "hop_length": 77, "n_mels": 20}, 22050, "steps", 4000),
    ({"n_fft": 256, "n_mels": 128}, 8000, "steps", 4000),
    ({"n_fft": 64, "hop_length": 32, "n_mels": 20}, 8000, "steps", 1000),
    ({"n_fft": 4096, "window": "kaiser", "window_parameter": 8.6}, 48000, "steps", 20000),
]
DECIBELS = [
    ({"top_db": "none"}, 22050, "steps", 22050),
    ({"top_db": 30.0}, 22050, "steps", 8000),
    ({"ref": "max"}, 22050, "steps", 8000),
    ({"ref": 0.01, "amin": 1e-5}, 22050, "steps", 8000),
    ({"ref": "max", "top_db": "none", "amin": 1e-20}, 22050, "steps", 8000),
    ({"ref": "max"}, 22050, "silence", 3000),
]
MFCC = [
    ({"n_mfcc": 13}, 22050, "steps", 22050),
    ({"n_mfcc": 13, "lifter": 22}, 16000, "steps", 8000),
    ({"n_mfcc": 40, "n_mels": 40, "n_fft": 512, "hop_length": 160}, 16000, "steps", 8000),
    ({"n_mfcc": 1}, 8000, "steps", 4000),
    ({"n_mfcc": 13, "htk": True, "mel_norm": "none", "lifter": 40}, 16000, "steps", 8000),
]


def mel_spectrogram(x, rate, s):
    window = (s["window"], s["window_parameter"]) if "window_parameter" in s else s.get("window", "hann")
    norm = None if s.get("mel_norm") == "none" else "slaney"
    same = ["n_fft", "hop_length", "win_length", "center", "n_mels", "fmin", "fmax", "htk", "power"]
    given = {name: s[name] for name in same if name in s}
    return librosa.feature.melspectrogram(y=x, sr=rate, window=window, norm=norm, **given)


def log_mel(x, rate, s):
    given = {name: s[name] for name in ["ref", "amin", "top_db"] if name in s}
    if given.get("ref") == "max":
        given["ref"] = np.max
    if given.get("top_db") == "none":
        given["top_db"] = None
    return librosa.power_to_db(mel_spectrogram(x, rate, s), **given)


def mfcc(x, rate, s):
    given = {name: s[name] for name in ["n_mfcc", "lifter"] if name in s}
    if s.keys() & {"ref", "amin", "top_db"}:
        # librosa's mfcc has power_to_db's defaults; others go in as S.
        return librosa.feature.mfcc(S=log_mel(x, rate, s), **given)
    window = (s["window"], s["window_parameter"]) if "window_parameter" in s else s.get("window", "hann")
    norm = None if s.get("mel_norm") == "none" else "slaney"
    same = ["n_fft", "hop_length", "win_length", "center", "n_mels", "fmin", "fmax", "htk", "power"]
    given |= {name: s[name] for name in same if name in s}
    return librosa.feature.mfcc(y=x, sr=rate, window=window, mel_norm=norm, **given)


FEATURES = [
    (mel_spectrogram, MEL, "librosa keeps its filters and its power as f32, whose steps are 6e-8 of a value"),
    (log_mel, MEL + DECIBELS, "a step of f32 is 8e-6 at 100 dB, and the logarithm adds as much"),
    (mfcc, MEL + DECIBELS + MFCC, "a step of f32 is 6e-5 at 1000, and librosa's DCT adds as much"),
]


def shown(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def main():
    warnings.simplefilter("ignore")  # empty bands and short signals are among the cases
    for feature, settings, why in FEATURES:
        cases = []
        for s, rate, kind, n in settings:
            rows = feature(signal(kind, n, rate).astype(np.float64), rate, s).T
            flat = rows.ravel()
            # All where they are few; otherwise spread over frames and places in the row, with both ends.
            at = np.unique(np.linspace(0, len(flat) - 1, min(len(flat), 80)).astype(int))
            cases.append({
                "settings": {name: shown(value) for name, value in s.items()},
                "rate": rate, "signal": kind, "samples": n,
                "rows": rows.shape[0], "width": rows.shape[1],
                "at": at.tolist(), "values": [float(f"{v:.9g}") for v in flat[at]],
            })
        head = json.dumps({"tool": TOOL, "why": why})[:-1]
        lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
        path = HERE / f"{feature.__name__}.json"
        path.write_text(f'{head}, "cases": [{lines}]}}\n')
        print(f"{path.name}: {len(cases)} cases")


main()
