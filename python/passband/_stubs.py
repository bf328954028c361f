"""Writes the type stubs of the functions that are generated from declarations: ``python -m passband._stubs``."""

import pathlib

from ._declared import FEATURES
from .librosa._made import IN_FEATURE

_TYPES = {"int": "int", "float": "float", "bool": "bool", "str": "str"}


def _parameter(setting):
    type = _TYPES[setting["kind"]]
    if setting["or"] == "none" or setting["default"] is None:
        type += " | None"
    elif setting["or"]:
        type += " | str"
    return f"{setting['name']}: {type} = {setting['default']!r}"


def stub(functions):
    """The stub of a module with these functions, given as a map from librosa's name to the name of the feature."""
    lines = ["# Written by: python -m passband._stubs", "from numpy import float32", "from numpy.typing import ArrayLike, NDArray"]
    for name, feature in sorted(functions.items()):
        settings = [_parameter(setting) for setting in FEATURES[feature]["settings"]]
        parameters = ["*", "y: ArrayLike", "sr: float = 22050", *settings]
        lines += ["", f"def {name}(", *(f"    {parameter}," for parameter in parameters), ") -> NDArray[float32]: ..."]
    return "\n".join(lines) + "\n"


STUBS = {
    "feature.pyi": stub(IN_FEATURE),
    "onset.pyi": stub({"onset_strength": "onset_strength"}),
}

if __name__ == "__main__":
    folder = pathlib.Path(__file__).resolve().parent / "librosa"
    for name, text in STUBS.items():
        (folder / name).write_text(text)
