"""Makes golden/tapers.json and golden/spectra.json with scipy.

    python -m venv .venv && .venv/bin/pip install scipy==1.17.1 numpy==2.4.6
    .venv/bin/python golden/spectrum.py

The signals are not stored: `tones_in_noise` below is written again in crates/dsp/tests/golden.rs, and gives
the same f32 samples there (the noise to the bit, the sines rounded from f64).
"""

import json
import pathlib

import numpy as np
import scipy
from scipy import signal

HERE = pathlib.Path(__file__).parent
RATE = 44100.0
TOOL = f"scipy {scipy.__version__}, numpy {np.__version__}"

# Name here: scipy's specification for a length.
TAPERS = [
    ("rectangular", None, lambda n: "boxcar"),
    ("hann", None, lambda n: "hann"),
    ("hamming", None, lambda n: "hamming"),
    ("blackman", None, lambda n: "blackman"),
    ("blackman_harris", None, lambda n: "blackmanharris"),
    ("nuttall", None, lambda n: "nuttall"),
    ("flat_top", None, lambda n: "flattop"),
    ("bartlett", None, lambda n: "bartlett"),
    ("tukey", 0.5, lambda n: ("tukey", 0.5)),
    ("tukey", 0.0, lambda n: ("tukey", 0.0)),
    ("tukey", 1.0, lambda n: ("tukey", 1.0)),
    ("kaiser", 8.6, lambda n: ("kaiser", 8.6)),
    ("kaiser", 0.0, lambda n: ("kaiser", 0.0)),
    ("kaiser", 14.0, lambda n: ("kaiser", 14.0)),
    ("gaussian", 0.125, lambda n: ("gaussian", 0.125 * n)),
    ("gaussian", 0.3, lambda n: ("gaussian", 0.3 * n)),
]


def noise(seed, n):
    """Uniform in [-1, 1), 24 bits, exact in f32. Knuth's MMIX generator."""
    state, out = seed, np.empty(n, np.float32)
    for i in range(n):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out[i] = (state >> 40) / 2**23 - 1.0
    return out


def tones_in_noise(seed, n):
    """Half of full scale at 1000·seed Hz, a little off bin for every length; noise at -60 dB."""
    t = np.arange(n, dtype=np.float64)
    sine = np.sin(2.0 * np.pi * (1000.0 * seed / RATE) * t).astype(np.float32)
    return np.float32(0.5) * sine + np.float32(2.0**-10) * noise(seed, n)


def spectra(x, taper):
    w = signal.get_window(taper, len(x))
    x = x.astype(np.float64)
    magnitude = np.abs(scipy.fft.rfft(x * w))
    single = np.full(len(magnitude), 2.0)
    single[0] = 1.0
    if len(x) % 2 == 0 and len(x) > 1:
        single[-1] = 1.0
    amplitude = single * magnitude / w.sum()
    density = signal.periodogram(x, RATE, window=taper, detrend=False, scaling="density")[1]
    return {
        "magnitude": magnitude,
        "power": magnitude**2,
        "amplitude": amplitude,
        "density": density,
        "dbfs": 20 * np.log10(np.maximum(amplitude, 1e-12)),
    }


def pick(n, most):
    """All indices where they are few; otherwise evenly spread ones with both ends."""
    if n <= most:
        return list(range(n))
    return sorted({round(i * (n - 1) / (most - 1)) for i in range(most)})


def write(name, content):
    (HERE / name).write_text(json.dumps(content, indent=None, separators=(",", ":")).replace("},{", "},\n{") + "\n")


def main():
    cases = []
    for name, parameter, spec in TAPERS:
        for length in (1, 2, 3, 8, 33, 64, 1000, 8192):
            at = pick(length, 24)
            w = signal.get_window(spec(length), length)
            cases.append(dict(name=name, parameter=parameter, length=length, at=at, weights=[float(f"{w[i]:.15g}") for i in at]))
    why = "both are f64; the last digits differ by the order of operations and by the Bessel function used"
    write("tapers.json", dict(tool=TOOL, tolerance=1e-12, why=why, cases=cases))

    cases = []
    for name, parameter, spec in TAPERS:
        usual = name in ("rectangular", "hann", "flat_top")
        for length in (1, 2, 17, 255, 256, 1000, 1024, 8192) if usual else (255, 256):
            for seed in (1, 7):
                for scale, values in spectra(tones_in_noise(seed, length), spec(length)).items():
                    if not usual and scale not in ("density", "dbfs"):
                        continue
                    peak = int(np.argmax(values))
                    at = sorted({*pick(len(values), 12 if usual else 7), peak})
                    cases.append(
                        dict(taper=name, parameter=parameter, length=length, seed=seed, scale=scale, at=at,
                             max=float(f"{values.max():.9g}"), values=[float(f"{values[i]:.9g}") for i in at])
                    )
    why = (
        "a part of the frame's largest bin: f32 rounds each sum to 6e-8 of it, and a transform adds the "
        "rounding of some log2(length) passes; decibels are compared as amplitudes"
    )
    write("spectra.json", dict(tool=TOOL, rate=RATE, tolerance=1e-5, why=why, cases=cases))


if __name__ == "__main__":
    main()
