"""The declarations of features and analyses, by name."""

import json

from . import _passband

_all = json.loads(_passband.declared())

#: Each feature with its summary, unit, settings and defaults.
FEATURES = {feature["name"]: feature for feature in _all["features"]}
#: Each analysis of whole recordings with its results.
ANALYSES = {analysis["name"]: analysis for analysis in _all["analyses"]}


def text(value):
    """Format a value as in pipeline files."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
