"""Beats, as in ``librosa.beat``: the interface is librosa's, the method is Passband's, which is more accurate."""

from .. import music

__all__ = ["beat_track"]


def beat_track(*, y, sr=22050, hop_length=512, units="frames"):
    """Tempo in beats per minute, and beats in ``units``: ``frames``, ``samples`` or ``time`` (seconds).

    Without beats, for example in silence, the tempo is 0, as in librosa.
    """
    import numpy as np

    found = music(y, sr, "rhythm")
    beats = np.asarray(found["beats"], dtype=float)
    scales = {"time": None, "samples": sr, "frames": sr / hop_length}
    if units not in scales:
        raise ValueError(f"units is {units!r}; use frames, samples or time")
    scale = scales[units]
    return found["tempo"] or 0.0, beats if scale is None else np.floor(beats * scale).astype(int)
