"""Signals into knowledge: audio features, recordings, SQL and pipelines, over Arrow.

Results are bit-identical to those of the program ``passband``. Tables are returned as Arrow streams (:class:`Rows`)
that pyarrow, polars, pandas and DuckDB read without copying. Errors are :class:`PassbandError`, with the parts
``what``, ``at``, ``why`` and ``fix``.
"""

from __future__ import annotations

import logging as _logging
import os as _os

from . import _passband
from ._declared import ANALYSES, FEATURES, text as _text
from ._passband import FEATURE_VERSION, PassbandError
from ._rows import Rows

__version__ = _passband.VERSION
__all__ = [
    "ANALYSES", "FEATURES", "FEATURE_VERSION", "PassbandError", "Rows",
    "analyze", "features", "load", "music", "run", "spectrum", "sql",
]

#: Features and analyses that :func:`analyze` measures by default.
DEFAULT = ("mfcc", "rhythm", "bars", "harmony")

_logger = _logging.getLogger("passband")


def _float32(samples):
    import numpy

    return numpy.ascontiguousarray(samples, dtype=numpy.float32)


def _array(buffer, *shape):
    import numpy

    return numpy.frombuffer(buffer, dtype=numpy.float32).reshape(shape)


def load(path, *, sr=22050, mono=True, offset=0.0, duration=None):
    """Decode a recording: WAV, FLAC, MP3, AAC, Vorbis, ALAC and others.

    :param path: a path, or the bytes of a file
    :param sr: the sample rate in Hz to which the recording is resampled; ``None`` keeps its own rate
    :param mono: whether the channels are averaged
    :param offset: seconds to skip
    :param duration: seconds to read; ``None`` reads to the end
    :returns: samples as float32, of shape ``(samples,)`` or ``(channels, samples)``, and the sample rate

    Like ``librosa.load``; the resampler has the pass band of soxr's HQ.
    """
    source = bytes(path) if isinstance(path, (bytes, bytearray, memoryview)) else _os.fspath(path)
    rate = None if sr is None else float(sr)
    channels, rate, length, buffer = _passband.load(source, rate, mono, float(offset), duration)
    shape = (length,) if mono or channels == 1 else (channels, length)
    rate = int(rate) if float(rate).is_integer() else rate
    return _array(buffer, *shape), rate


def features(samples, sr, names, **settings):
    """Measure features of samples in memory.

    :param samples: one channel, convertible to float32
    :param sr: their sample rate in Hz
    :param names: one name or several of :data:`FEATURES`
    :param settings: librosa's parameters, such as ``n_mfcc=13``; each applies to all features that have it
    :returns: an array of float32 for each name, of shape ``(values, frames)`` as in librosa

    Features with the same frames share their Fourier transforms. The interpreter lock is released during the call.
    """
    names = [names] if isinstance(names, str) else list(names)
    known = {setting["name"] for name in names for setting in FEATURES.get(name, {"settings": []})["settings"]}
    for name in settings:
        if name not in known:
            raise TypeError(f"no feature of {', '.join(names)} has a setting {name!r}; they have {', '.join(sorted(known))}")
    asked = []
    for name in names:
        own = {setting["name"] for setting in FEATURES.get(name, {"settings": []})["settings"]}
        asked.append((name, [(key, _text(value)) for key, value in settings.items() if key in own]))
    buffer = _float32(samples)
    measured = _passband.features(buffer, float(sr), asked)
    return {
        name: _array(values, rows, width).T
        for name, (rows, width, values) in zip(names, measured)
    }


def music(samples, sr, names=tuple(ANALYSES)):
    """Analyse music in memory: tempo, beats, key, chords and more.

    :param samples: one channel, convertible to float32
    :param sr: their sample rate in Hz
    :param names: one name or several of :data:`ANALYSES`
    :returns: the results by name, such as ``tempo`` (a number or ``None``) and ``beats`` (times in seconds)
    """
    names = [names] if isinstance(names, str) else list(names)
    return dict(_passband.music(_float32(samples), float(sr), names))


def spectrum(samples, sr, *, length=8192, hop=256, taper="hann", scale="magnitude"):
    """Compute the spectra of all complete frames, like the transform ``spectrum`` of pipelines.

    :returns: an array of float32 of shape ``(frames, length // 2 + 1)``
    """
    buffer = _float32(samples)
    frames, bins, values = _passband.spectrum(buffer, float(sr), length, hop, taper, scale)
    return _array(values, frames, bins)


def analyze(paths, *, per="recording", names=DEFAULT, sr=22050, threads=None, **settings):
    """Measure recordings: the rows of ``passband analyze``.

    :param paths: a path or several: files, folders, patterns, ``s3://bucket/prefix``
    :param per: the extent of a row: ``recording``, ``frame``, ``beat``, ``note`` or ``chord``
    :param names: names of :data:`FEATURES` and :data:`ANALYSES`
    :param sr: the sample rate in Hz at which features are measured; ``None`` uses the rate of each recording
    :param threads: the number of recordings measured in parallel; ``None`` uses the number of processors
    :param settings: librosa's parameters, such as ``n_mfcc=13`` (the default)
    :returns: :class:`Rows`

    A recording that cannot be measured is a row with its path and the reason in the column ``error``, which is null in
    all other rows.
    """
    paths = [paths] if isinstance(paths, (str, _os.PathLike)) else list(paths)
    names = [names] if isinstance(names, str) else list(names)
    if per in ("beat", "note", "chord"):
        names = []
    elif per == "frame":
        names = [name for name in names if name not in ANALYSES]
    if any(name.startswith("mfcc") for name in names):
        settings.setdefault("n_mfcc", 13)
    given = [(key, _text(value)) for key, value in settings.items()]
    rate = None if sr is None else float(sr)
    return Rows(_passband.analyze([_os.fspath(path) for path in paths], per, names, given, rate, threads))


def sql(text, *, warehouse=None, catalog=None):
    """Run SQL statements over files, recordings and tables, and return the rows of the last one.

    :param warehouse: the folder or address of the Iceberg tables
    :param catalog: the catalogue of the tables: a SQLite file, or the address of a REST catalogue
    :returns: :class:`Rows`
    """
    return Rows(_passband.sql(text, warehouse, catalog))


def run(pipeline, **variables):
    """Run a pipeline file until its source ends.

    :param pipeline: the path of the file
    :param variables: values of the pipeline's variables, such as ``INPUT="music"``
    :returns: the counters of the run by name, such as ``in`` and ``out``
    """
    counters, notes = _passband.run(_os.fspath(pipeline), {name: _text(value) for name, value in variables.items()})
    for note in notes:
        _logger.warning(note)
    return dict(counters)
