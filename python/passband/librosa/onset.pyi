# Written by: python -m passband._stubs
from numpy import float32
from numpy.typing import ArrayLike, NDArray

def onset_strength(
    *,
    y: ArrayLike,
    sr: float = 22050,
    lag: int = 1,
    max_size: int = 1,
    aggregate: str = 'mean',
    n_fft: int = 2048,
    hop_length: int = 512,
    win_length: int | str = 'n_fft',
    window: str = 'hann',
    window_parameter: float | str = 'default',
    center: bool = True,
    n_mels: int = 128,
    fmin: float = 0.0,
    fmax: float | str = 'nyquist',
    htk: bool = False,
    mel_norm: str = 'slaney',
    power: int = 2,
    ref: float | str = 1.0,
    amin: float = 1e-10,
    top_db: float | None = 80.0,
) -> NDArray[float32]: ...
