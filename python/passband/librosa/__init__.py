"""Functions of librosa, implemented by Passband under librosa's names.

A script changes one import: ``import passband.librosa as librosa``. Unsupported functions and arguments raise
``AttributeError`` and ``TypeError``.
"""

from . import beat, feature, onset
from .. import load

__all__ = ["beat", "feature", "get_duration", "load", "onset"]


def get_duration(*, y, sr=22050):
    """The duration of samples in seconds."""
    return y.shape[-1] / sr
