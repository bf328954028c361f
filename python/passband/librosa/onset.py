"""Onsets, as in ``librosa.onset``."""

from ._made import made

onset_strength = made("onset_strength", "onset_strength")
__all__ = ["onset_strength"]
