"""Frame-wise features, as in ``librosa.feature``."""

from ._made import IN_FEATURE, made

globals().update({name: made(name, feature) for name, feature in IN_FEATURE.items()})
__all__ = sorted(IN_FEATURE)
