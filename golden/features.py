"""Makes the golden vectors of features, golden/NAME.json, with librosa.

    python -m venv .venv && .venv/bin/pip install librosa==0.11.0 scipy==1.17.1 numpy==2.4.6
    .venv/bin/python golden/features.py [NAME...]

The signals are not stored: `signal` below is written again in crates/dsp/tests/features_golden.rs, and gives the same
f32 samples there. librosa gets them as f64, so that what is compared is not its own rounding (7e-5 in an MFCC).
"""

import json
import pathlib
import sys
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

CUTS = [
    ({}, 22050, "steps", 12000),
    ({}, 22050, "steps", 700),
    ({}, 22050, "steps", 1),
    ({}, 44100, "silence", 3000),
    ({}, 44100, "impulse", 3000),
    ({}, 44100, "constant", 3000),
    ({"center": False}, 22050, "steps", 8000),
    ({"n_fft": 512, "hop_length": 160, "win_length": 400}, 16000, "steps", 8000),
    ({"n_fft": 512, "win_length": 401, "window": "hamming"}, 16000, "steps", 4000),
    ({"n_fft": 1001, "hop_length": 1500}, 22050, "steps", 8000),
    ({"n_fft": 4096, "window": "kaiser", "window_parameter": 8.6}, 48000, "steps", 20000),
    ({"n_fft": 8192}, 192000, "steps", 20000),
]
BANDWIDTH = [({"p": 1}, 22050, "steps", 8000), ({"p": 3.5}, 22050, "steps", 8000)]
ROLLOFF = [({"roll_percent": 0.5}, 22050, "steps", 8000), ({"roll_percent": 0.99}, 22050, "steps", 8000)]
FLATNESS = [({"amin": 1e-5}, 22050, "steps", 8000), ({"power": 1}, 22050, "steps", 8000)]
CONTRAST = [
    ({"top_db": "none"}, 22050, "steps", 22050),
    ({"top_db": 30.0}, 22050, "steps", 22050),
    ({"quantile": 0.2, "n_bands": 4}, 8000, "steps", 8000),
    ({"contrast_fmin": 100.0, "linear": True}, 22050, "steps", 8000),
]
POLYNOMIAL = [({"order": 0}, 22050, "steps", 8000), ({"order": 3}, 22050, "steps", 8000)]
SAMPLES = [
    ({}, 22050, "steps", 12000),
    ({}, 22050, "steps", 2049),
    ({}, 22050, "steps", 700),
    ({}, 22050, "steps", 1),
    ({}, 44100, "silence", 3000),
    ({}, 44100, "impulse", 3000),
    ({}, 44100, "constant", 3000),
    ({"center": False}, 22050, "steps", 8000),
    ({"frame_length": 512, "hop_length": 160}, 16000, "steps", 8000),
    ({"frame_length": 101, "hop_length": 1500}, 16000, "steps", 8000),
    ({"frame_length": 8192, "hop_length": 100}, 8000, "steps", 2000),
]

DELTA = [({"width": 5}, 22050, "steps", 8000), ({"width": 25}, 22050, "steps", 22050)]
ONSET = [
    ({"lag": 2, "max_size": 3}, 22050, "steps", 22050),
    ({"max_size": 4}, 22050, "steps", 8000),
    ({"aggregate": "median"}, 22050, "steps", 22050),
    ({"aggregate": "median", "n_mels": 41}, 22050, "steps", 22050),
    ({"center": False, "lag": 3}, 22050, "steps", 22050),
]
TEMPOGRAM = [
    ({"tempogram_win_length": 31, "n_fft": 512, "hop_length": 160}, 16000, "steps", 16000),
    ({"tempogram_window": "hamming"}, 22050, "steps", 22050),
    ({"norm": "none"}, 22050, "steps", 22050),
    ({"norm": "1", "tempogram_win_length": 1}, 22050, "steps", 8000),
]
CHROMA = [
    ({"n_chroma": 24}, 22050, "steps", 8000),
    ({"n_chroma": 7}, 22050, "steps", 8000),
    ({"norm": "1"}, 22050, "steps", 8000),
    ({"norm": "2"}, 22050, "steps", 8000),
    ({"norm": "none"}, 22050, "steps", 8000),
    ({"tuning": -0.3}, 22050, "steps", 8000),
    ({"tuning": "estimate"}, 22050, "steps", 12000),
    ({"tuning": "estimate", "n_chroma": 24}, 8000, "steps", 4000),
    ({"tuning": "estimate"}, 22050, "silence", 3000),
]

CQT = [
    ({}, 22050, "steps", 22050),
    ({}, 22050, "steps", 700),
    ({}, 44100, "silence", 3000),
    ({}, 44100, "impulse", 30000),
    ({}, 44100, "constant", 30000),
    ({}, 48000, "steps", 30001),
    ({}, 192000, "steps", 100000),
    ({"hop_length": 300}, 22050, "steps", 10000),
    ({"hop_length": 441, "cqt_fmin": 110.0, "n_bins": 48}, 44100, "steps", 20000),
    ({"n_bins": 100, "bins_per_octave": 24}, 16000, "steps", 16000),
    ({"tuning": 0.25}, 22050, "steps", 10000),
    ({"filter_scale": 0.5}, 22050, "steps", 10000),
    ({"sparsity": 0.1}, 22050, "steps", 10000),
    ({"n_bins": 60, "hop_length": 256}, 8000, "steps", 8001),
]
PITCH_CLASSES = [
    ({}, 22050, "steps", 22050),
    ({}, 22050, "steps", 700),
    ({}, 44100, "silence", 3000),
    ({}, 44100, "impulse", 30000),
    ({}, 48000, "steps", 30001),
    ({"hop_length": 1024}, 44100, "steps", 60000),
    ({"n_octaves": 5}, 16000, "steps", 16000),
    ({"n_octaves": 6}, 8000, "steps", 8000),
    ({"tuning": 0.4}, 22050, "steps", 10000),
    ({"bins_per_octave": 24}, 22050, "steps", 10000),
    ({"bins_per_octave": 24, "n_chroma": 24}, 22050, "steps", 10000),
    ({"cqt_fmin": 55.0, "n_octaves": 5}, 22050, "steps", 10000),
]
NORMS = [({"norm": n}, 22050, "steps", 10000) for n in ["inf", "1", "2", "none"]]
CENS = [({"win_len_smooth": 5}, 22050, "steps", 22050), ({"win_len_smooth": "none"}, 22050, "steps", 22050)]


def norm(s):
    return {"inf": np.inf, "1": 1, "2": 2, "none": None}[s.get("norm", "inf")]


def stft(x, s, **more):
    """The settings of a cut, for functions that take them."""
    window = (s["window"], s["window_parameter"]) if "window_parameter" in s else s.get("window", "hann")
    given = {name: s[name] for name in ["n_fft", "hop_length", "win_length", "center"] if name in s}
    return {"y": x, "window": window, "hop_length": 512} | given | more


def magnitude_spectrogram(x, rate, s):
    return np.abs(librosa.stft(**stft(x, s)))


def power_spectrogram(x, rate, s):
    return magnitude_spectrogram(x, rate, s) ** 2


def db_spectrogram(x, rate, s):
    given = {name: s[name] for name in ["ref", "amin", "top_db"] if name in s}
    if given.get("top_db") == "none":
        given["top_db"] = None
    # Here they are powers, for librosa magnitudes.
    if "amin" in given:
        given["amin"] = given["amin"] ** 0.5
    if "ref" in given:
        given["ref"] = np.max if given["ref"] == "max" else given["ref"] ** 0.5
    return librosa.amplitude_to_db(magnitude_spectrogram(x, rate, s), **given)


def spectral_centroid(x, rate, s):
    return librosa.feature.spectral_centroid(sr=rate, **stft(x, s))


def spectral_bandwidth(x, rate, s):
    return librosa.feature.spectral_bandwidth(sr=rate, **stft(x, s, p=s.get("p", 2)))


def spectral_rolloff(x, rate, s):
    given = {name: s[name] for name in ["roll_percent"] if name in s}
    return librosa.feature.spectral_rolloff(sr=rate, **stft(x, s, **given))


def spectral_flatness(x, rate, s):
    return librosa.feature.spectral_flatness(**stft(x, s, **{k: s[k] for k in ["amin", "power"] if k in s}))


def spectral_contrast(x, rate, s):
    given = {name: s[name] for name in ["n_bands", "quantile", "linear"] if name in s}
    if "contrast_fmin" in s:
        given["fmin"] = s["contrast_fmin"]
    # librosa has no setting for top_db: its function is given another one.
    known = librosa.feature.spectral.power_to_db
    if "top_db" in s:
        top_db = None if s["top_db"] == "none" else s["top_db"]
        librosa.feature.spectral.power_to_db = lambda S: known(S, top_db=top_db)
    out = librosa.feature.spectral_contrast(sr=rate, **stft(x, s, **given))
    librosa.feature.spectral.power_to_db = known
    return out


def poly_features(x, rate, s):
    return librosa.feature.poly_features(sr=rate, **stft(x, s, order=s.get("order", 1)))


def rms(x, rate, s):
    given = {name: s[name] for name in ["frame_length", "hop_length", "center"] if name in s}
    return librosa.feature.rms(y=x, dtype=np.float64, **given)


def zero_crossing_rate(x, rate, s):
    given = {name: s[name] for name in ["frame_length", "hop_length", "center"] if name in s}
    return librosa.feature.zero_crossing_rate(x, **given)


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


def mfcc_delta(x, rate, s, order=1):
    return librosa.feature.delta(mfcc(x, rate, s), order=order, width=s.get("width", 9))


def mfcc_delta2(x, rate, s):
    return mfcc_delta(x, rate, s, order=2)


def onset_strength(x, rate, s):
    same = ["n_fft", "hop_length", "center", "lag", "max_size"]
    given = {name: s[name] for name in same if name in s}
    if s.get("aggregate") == "median":
        given["aggregate"] = np.median
    # With center = false its frames are not centered either: librosa's function would still center them.
    return librosa.onset.onset_strength(S=log_mel(x, rate, s), sr=rate, **given)[np.newaxis]


def tempogram(x, rate, s):
    given = {"win_length": s.get("tempogram_win_length", 384), "window": s.get("tempogram_window", "hann")}
    envelope = onset_strength(x, rate, s)[0]
    return librosa.feature.tempogram(onset_envelope=envelope, sr=rate, norm=norm(s), **given)


def chroma_stft(x, rate, s):
    tuning = s.get("tuning", 0)
    given = {"tuning": None if tuning == "estimate" else tuning, "n_chroma": s.get("n_chroma", 12)}
    return librosa.feature.chroma_stft(sr=rate, **stft(x, s, norm=norm(s), **given))


def cqt(x, rate, s):
    same = ["hop_length", "n_bins", "bins_per_octave", "tuning", "filter_scale", "sparsity"]
    given = {name: s[name] for name in same if name in s}
    if "cqt_fmin" in s:
        given["fmin"] = s["cqt_fmin"]
    return np.abs(librosa.cqt(x, sr=rate, **given))


def pitch_classes(s):
    same = ["hop_length", "n_chroma", "n_octaves", "bins_per_octave"]
    given = {name: s[name] for name in same if name in s} | {"tuning": s.get("tuning", 0)}
    return given | ({"fmin": s["cqt_fmin"]} if "cqt_fmin" in s else {})


def chroma_cqt(x, rate, s):
    return librosa.feature.chroma_cqt(y=x, sr=rate, norm=norm(s), **pitch_classes(s))


def chroma_cens(x, rate, s):
    given = pitch_classes(s)
    given["norm"] = norm({"norm": "2"} | s)
    if "win_len_smooth" in s:
        given["win_len_smooth"] = None if s["win_len_smooth"] == "none" else s["win_len_smooth"]
    return librosa.feature.chroma_cens(y=x, sr=rate, **given)


def tonnetz(x, rate, s):
    return librosa.feature.tonnetz(y=x, sr=rate, **pitch_classes(s))


def frames(s, n):
    n_fft = s.get("n_fft", 2048)
    return (n - (0 if s.get("center", True) else n_fft)) // s.get("hop_length", 512) + 1


FEATURES = [
    (mel_spectrogram, MEL, "librosa keeps its filters and its power as f32, whose steps are 6e-8 of a value"),
    (log_mel, MEL + DECIBELS, "a step of f32 is 8e-6 at 100 dB, and the logarithm adds as much"),
    (mfcc, MEL + DECIBELS + MFCC, "a step of f32 is 6e-5 at 1000, and librosa's DCT adds as much"),
    (magnitude_spectrogram, CUTS, "a step of f32 is 6e-8 of a value; what cancels is off by the roundings of a transform"),
    (power_spectrogram, CUTS, "as magnitude_spectrogram"),
    (db_spectrogram, CUTS + DECIBELS, "a bin 80 dB under the loudest is off by more than the logarithm"),
    (spectral_centroid, CUTS, "a step of f32 is 6e-8 of a value"),
    (spectral_bandwidth, CUTS + BANDWIDTH, "a step of f32 is 6e-8 of a value"),
    (spectral_rolloff, CUTS + ROLLOFF, "the frequency of a bin as f32"),
    (spectral_flatness, CUTS + FLATNESS, "a step of f32 is 6e-8 of a value"),
    (spectral_contrast, CUTS + CONTRAST, "a step of f32 is 8e-6 at 100 dB, and the logarithm adds as much"),
    (poly_features, CUTS + POLYNOMIAL, "a step of f32 is 6e-8 of a value"),
    (rms, SAMPLES, "a step of f32 is 6e-8 of a value"),
    (zero_crossing_rate, SAMPLES, "a count over a length, as f32"),
    # librosa refuses recordings of fewer frames than the width.
    (mfcc_delta, [c for c in MEL + DECIBELS + MFCC + DELTA if frames(c[0], c[3]) >= 9], "as mfcc"),
    (mfcc_delta2, [c for c in MEL + DECIBELS + MFCC + DELTA if frames(c[0], c[3]) >= 9], "as mfcc"),
    (onset_strength, MEL + DECIBELS + ONSET, "as log_mel"),
    (tempogram, MEL + DECIBELS + ONSET + TEMPOGRAM, "products of what is off as log_mel is"),
    (chroma_stft, CUTS + CHROMA, "librosa keeps its filters as f32, whose steps are 6e-8 of a value"),
    (cqt, CQT, "the resampler of librosa works in f32, whose steps are 6e-8 of the loudest sample"),
    (chroma_cqt, PITCH_CLASSES + NORMS, "as cqt, over the greatest of a row"),
    (chroma_cens, PITCH_CLASSES + NORMS + CENS, "as chroma_cqt"),
    (tonnetz, PITCH_CLASSES, "as chroma_cqt"),
]


def shown(value):
    return str(value).lower() if isinstance(value, bool) else str(value)


def main():
    warnings.simplefilter("ignore")  # empty bands and short signals are among the cases
    named = sys.argv[1:]
    for feature, settings, why in FEATURES:
        if named and feature.__name__ not in named:
            continue
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
