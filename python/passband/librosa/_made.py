"""Functions with librosa's interface, generated from the declarations of features."""

import inspect

from .. import features
from .._declared import FEATURES

_OTHER = {"mel_spectrogram": "melspectrogram"}
#: Features that exist in ``librosa.feature``, by librosa's name.
IN_FEATURE = {
    _OTHER.get(name, name): name
    for name in FEATURES
    if name not in ("cqt", "log_mel", "mfcc_delta", "mfcc_delta2", "onset_strength") and not name.endswith("_spectrogram")
    or name in _OTHER
}


def made(name, feature):
    """Create the function ``name`` that measures a feature."""
    declared = FEATURES[feature]
    settings = {setting["name"]: setting for setting in declared["settings"]}

    def function(*, y, sr=22050, **arguments):
        for argument in arguments:
            if argument not in settings:
                raise TypeError(f"{name}() has no argument {argument!r}; it has y, sr, {', '.join(settings)}")
        return features(y, sr, feature, **arguments)[feature]

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [inspect.Parameter("y", keyword), inspect.Parameter("sr", keyword, default=22050)]
    parameters += [inspect.Parameter(key, keyword, default=one["default"]) for key, one in settings.items()]
    function.__name__ = function.__qualname__ = name
    function.__signature__ = inspect.Signature(parameters)
    lines = [declared["summary"], "", ":param y: samples of one channel", ":param sr: their sample rate in Hz"]
    lines += [f":param {key}: {one['summary']}" for key, one in settings.items()]
    tolerance = f"{declared['relative']:g} of the value" if declared["relative"] else f"{declared['absolute']:g}"
    lines += [f":returns: an array of shape ({declared['row']}, frames)", "", f"Agrees with {declared['agrees']} within {tolerance}."]
    function.__doc__ = "\n".join(lines)
    return function
