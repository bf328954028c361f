# Written by: python -m passband._stubs
from numpy import float32
from numpy.typing import ArrayLike, NDArray

def chroma_cens(
    *,
    y: ArrayLike,
    sr: float = 22050,
    norm: str = '2',
    win_len_smooth: int | None = 41,
    n_chroma: int = 12,
    n_octaves: int = 7,
    bins_per_octave: int = 36,
    cqt_fmin: float = 32.70319566257483,
    tuning: float = 0.0,
    hop_length: int = 512,
) -> NDArray[float32]: ...

def chroma_cqt(
    *,
    y: ArrayLike,
    sr: float = 22050,
    norm: str = 'inf',
    n_chroma: int = 12,
    n_octaves: int = 7,
    bins_per_octave: int = 36,
    cqt_fmin: float = 32.70319566257483,
    tuning: float = 0.0,
    hop_length: int = 512,
) -> NDArray[float32]: ...

def chroma_stft(
    *,
    y: ArrayLike,
    sr: float = 22050,
    n_chroma: int = 12,
    norm: str = 'inf',
    tuning: float | str = 0.0,
    n_fft: int = 2048,
    hop_length: int = 512,
    win_length: int | str = 'n_fft',
    window: str = 'hann',
    window_parameter: float | str = 'default',
    center: bool = True,
) -> NDArray[float32]: ...

def melspectrogram(
    *,
    y: ArrayLike,
    sr: float = 22050,
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
) -> NDArray[float32]: ...

def mfcc(
    *,
    y: ArrayLike,
    sr: float = 22050,
    n_mfcc: int = 20,
    lifter: float = 0.0,
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

def poly_features(
    *,
    y: ArrayLike,
    sr: float = 22050,
    order: int = 1,
    n_fft: int = 2048,
    hop_length: int = 512,
    win_length: int | str = 'n_fft',
    window: str = 'hann',
    window_parameter: float | str = 'default',
    center: bool = True,
) -> NDArray[float32]: ...

def rms(
    *,
    y: ArrayLike,
    sr: float = 22050,
    frame_length: int = 2048,
    hop_length: int = 512,
    center: bool = True,
) -> NDArray[float32]: ...

def spectral_bandwidth(
    *,
    y: ArrayLike,
    sr: float = 22050,
    p: float = 2.0,
    n_fft: int = 2048,
    hop_length: int = 512,
    win_length: int | str = 'n_fft',
    window: str = 'hann',
    window_parameter: float | str = 'default',
    center: bool = True,
) -> NDArray[float32]: ...

def spectral_centroid(
    *,
    y: ArrayLike,
    sr: float = 22050,
    n_fft: int = 2048,
    hop_length: int = 512,
    win_length: int | str = 'n_fft',
    window: str = 'hann',
    window_parameter: float | str = 'default',
    center: bool = True,
) -> NDArray[float32]: ...

def spectral_contrast(
    *,
    y: ArrayLike,
    sr: float = 22050,
    contrast_fmin: float = 200.0,
    n_bands: int = 6,
    quantile: float = 0.02,
    linear: bool = False,
    top_db: float | None = 80.0,
    n_fft: int = 2048,
    hop_length: int = 512,
    win_length: int | str = 'n_fft',
    window: str = 'hann',
    window_parameter: float | str = 'default',
    center: bool = True,
) -> NDArray[float32]: ...

def spectral_flatness(
    *,
    y: ArrayLike,
    sr: float = 22050,
    amin: float = 1e-10,
    power: int = 2,
    n_fft: int = 2048,
    hop_length: int = 512,
    win_length: int | str = 'n_fft',
    window: str = 'hann',
    window_parameter: float | str = 'default',
    center: bool = True,
) -> NDArray[float32]: ...

def spectral_rolloff(
    *,
    y: ArrayLike,
    sr: float = 22050,
    roll_percent: float = 0.85,
    n_fft: int = 2048,
    hop_length: int = 512,
    win_length: int | str = 'n_fft',
    window: str = 'hann',
    window_parameter: float | str = 'default',
    center: bool = True,
) -> NDArray[float32]: ...

def tempogram(
    *,
    y: ArrayLike,
    sr: float = 22050,
    tempogram_win_length: int = 384,
    tempogram_window: str = 'hann',
    norm: str = 'inf',
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

def tonnetz(
    *,
    y: ArrayLike,
    sr: float = 22050,
    n_chroma: int = 12,
    n_octaves: int = 7,
    bins_per_octave: int = 36,
    cqt_fmin: float = 32.70319566257483,
    tuning: float = 0.0,
    hop_length: int = 512,
) -> NDArray[float32]: ...

def zero_crossing_rate(
    *,
    y: ArrayLike,
    sr: float = 22050,
    frame_length: int = 2048,
    hop_length: int = 512,
    center: bool = True,
) -> NDArray[float32]: ...
