"""Golden values of crates/dsp/src/resample/tests.rs: noise resampled by soxr 1.1.0 (libsoxr 0.1.3) with quality HQ,
which is what librosa.load does. Prints the rates, 8 samples from the middle on, and the root mean square of all.

pip install soxr==1.1.0 numpy
"""

import numpy as np
import soxr


def noise(count):
    """The linear congruential generator of the test."""
    state, out = 1, np.empty(count, np.float32)
    for n in range(count):
        state = (state * 1664525 + 1013904223) % 2**32
        out[n] = state / 2**32 - 0.5
    return out


for rate in (44100, 48000, 8000, 96000):
    out = soxr.resample(noise(rate // 4).astype(np.float64), rate, 22050, quality="HQ")
    middle = len(out) // 2
    print(rate, np.round(out[middle : middle + 8], 6).tolist(), np.sqrt(np.mean(out[200:-200] ** 2)))
