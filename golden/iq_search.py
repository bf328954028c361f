"""Makes golden/iq_spectra.json, golden/moments.json, golden/baselines.json and golden/false_alarms.json.

    python -m venv .venv && .venv/bin/pip install scipy==1.17.1 numpy==2.4.6
    .venv/bin/python golden/iq_search.py

The signals are not stored: `noise` below is written again in crates/dsp/tests/iq_golden.rs and gives the same
numbers there to the bit.
"""

import json
import pathlib
from fractions import Fraction

import numpy as np
import scipy
from scipy import signal, special

HERE = pathlib.Path(__file__).parent
RATE = 2e6
TOOL = f"scipy {scipy.__version__}, numpy {np.__version__}"


def noise(seed, n):
    """Uniform in [-1, 1), 24 bits, exact in f32. Knuth's MMIX generator."""
    state, out = seed, np.empty(n, np.float32)
    for i in range(n):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        out[i] = (state >> 40) / 2**23 - 1.0
    return out


def short(x, digits=15):
    return [float(f"{v:.{digits}g}") for v in x]


def pick(n, most):
    """All indices where they are few; otherwise evenly spread ones with both ends."""
    if n <= most:
        return list(range(n))
    return sorted({round(i * (n - 1) / (most - 1)) for i in range(most)})


def write(name, content):
    text = json.dumps(content, separators=(",", ":")).replace("},{", "},\n{")
    (HERE / name).write_text(text + "\n")


def iq_spectra():
    cases = []
    for taper, spec in (("rectangular", "boxcar"), ("hann", "hann")):
        for length in (1, 2, 5, 64, 100, 255, 1000, 3072, 4096):
            z = noise(1, length).astype(np.float64) + 1j * noise(2, length).astype(np.float64)
            w = signal.get_window(spec, length)
            magnitude = np.abs(scipy.fft.fft(z * w))
            density = signal.periodogram(
                z, RATE, window=spec, detrend=False, scaling="density", return_onesided=False
            )[1]
            amplitude = magnitude / w.sum()
            scales = {
                "magnitude": magnitude,
                "power": magnitude**2,
                "amplitude": amplitude,
                "density": density,
                "dbfs": 20 * np.log10(np.maximum(amplitude, 1e-12)),
            }
            for scale, values in scales.items():
                for order in ("from_zero", "centred"):
                    values_here = scipy.fft.fftshift(values) if order == "centred" else values
                    frequencies = scipy.fft.fftfreq(length, 1 / RATE)
                    if order == "centred":
                        frequencies = scipy.fft.fftshift(frequencies)
                    at = pick(length, 10)
                    cases.append(
                        dict(taper=taper, length=length, scale=scale, order=order, at=at, max=float(values.max()),
                             values=short(values_here[at], 9), frequencies=short(frequencies[at]))
                    )
    why = "a part of the frame's largest bin, for the roundings of a transform in f32; decibels compared as amplitudes"
    write("iq_spectra.json", dict(tool=TOOL, rate=RATE, tolerance=1e-5, why=why, cases=cases))


def moments():
    cases = []
    for bins, frames, offset in ((1, 2, 0.0), (5, 3, 0.0), (130, 13, 0.0), (7, 1000, 4096.0), (3, 1, 0.5)):
        x = np.float32(offset) + noise(5, bins * frames).reshape(frames, bins)
        x = x.astype(np.float64)
        deviation = x.std(axis=0, ddof=1) if frames > 1 else np.zeros(bins)
        at = pick(bins, 8)
        cases.append(
            dict(bins=bins, frames=frames, offset=offset, at=at, mean=short(x.mean(axis=0)[at], 17),
                 deviation=short(deviation[at], 17), error=short(deviation[at] / np.sqrt(frames), 17))
        )
    why = "both are f64, in another order; a mean of 7000 deviations costs up to four of 16 digits"
    write("moments.json", dict(tool=TOOL, tolerance=1e-12, why=why, cases=cases))


def exact_baseline(x, window, order, at):
    """The same by its definition in rational numbers: no rounding at all until the end."""
    start = min(max(at - (window - 1) // 2, 0), len(x) - window)
    # Places are doubled, so that the middle of an even window is a whole number too.
    middle = window // 2 <= at < len(x) - window // 2
    place = 0 if middle else 2 * (at - start) - (window - 1)
    u = [2 * n - (window - 1) for n in range(window)]
    powers = [sum(v**k for v in u) for k in range(2 * order + 1)]
    values = [Fraction(float(v)) for v in x[start : start + window]]
    rows = [
        [Fraction(powers[j + k]) for k in range(order + 1)] + [sum(v * y**j for v, y in zip(values, u))]
        for j in range(order + 1)
    ]
    for j in range(order + 1):
        pivot = next(r for r in range(j, order + 1) if rows[r][j] != 0)
        rows[j], rows[pivot] = rows[pivot], rows[j]
        rows[j] = [v / rows[j][j] for v in rows[j]]
        for r in range(order + 1):
            if r != j and rows[r][j] != 0:
                rows[r] = [a - rows[r][j] * b for a, b in zip(rows[r], rows[j])]
    return float(sum(rows[k][-1] * place**k for k in range(order + 1)))


def baselines():
    cases = []
    for length, window, order in (
        (1, 1, 0), (5, 5, 0), (5, 5, 4), (7, 4, 2), (40, 5, 2), (40, 6, 3), (40, 11, 10), (40, 12, 0),
        (200, 101, 4), (1500, 501, 4), (3072, 1001, 4), (300, 100, 6), (300, 31, 12),
    ):
        x = noise(11, length).astype(np.float64) + 3.0 + np.sin(np.arange(length) / 40.0)
        y = signal.savgol_filter(x, window, order, mode="interp")
        at = sorted({*pick(length, 16), *range(min(3, length)), window // 2 - 1, window // 2, length - window // 2 - 1}
                    & set(range(length)))
        exact = [exact_baseline(x, window, order, n) for n in at]
        off = max(abs(a - b) for a, b in zip(y[at], exact))
        cases.append(
            dict(length=length, window=window, order=order, tolerance=float(f"{max(2 * off, 1e-12):.1e}"), at=at,
                 values=short(y[at], 17), exact=short(exact, 17))
        )
    why = (
        "`exact` is the definition in rational numbers. scipy solves a Vandermonde system of doubles, which costs "
        "it digits in a long window or a high order: its tolerance is twice its own distance from `exact`"
    )
    write("baselines.json", dict(tool=TOOL, tolerance=1e-11, why=why, cases=cases))


def false_alarms():
    """Of the mean of n squares of complex Gaussian noise: gamma-distributed with shape n."""
    cases = []
    for frames in (1, 2, 10, 100, 2731, 273100, 10**8):
        for sigma in (-0.5, 0.0, 1.0, 3.0, 5.0, 8.0):
            x = frames + sigma * np.sqrt(frames)
            p = special.gammaincc(frames, x) if x > 0 else 1.0
            cases.append(dict(frames=frames, sigma=sigma, probability=float(f"{p:.15g}")))
    why = "continued fraction and series here, asymptotic expansions in scipy for many frames"
    write("false_alarms.json", dict(tool=TOOL, tolerance=1e-6, why=why, cases=cases))


if __name__ == "__main__":
    iq_spectra()
    moments()
    baselines()
    false_alarms()
