"""Runs the Python examples of the documentation."""

import os
import re

import pytest
from conftest import tune, write_wav

GUIDE = os.environ.get("PASSBAND_GUIDE", os.path.join(os.path.dirname(__file__), "../../docs/python.md"))


def test_the_lines_of_the_guide_run(tmp_path, monkeypatch):
    (tmp_path / "music").mkdir()
    write_wav(tmp_path / "music/song.wav", tune(6))
    monkeypatch.chdir(tmp_path)
    with open(GUIDE, encoding="utf-8") as file:
        blocks = re.findall(r"```python\n(.*?)```", file.read(), re.S)
    assert len(blocks) >= 3
    names = {}
    for block in blocks:
        exec(compile(block, GUIDE, "exec"), names)
    assert names["tempo"] == pytest.approx(120, rel=0.02)
    assert names["table"].num_rows == 1 and names["fast"].num_rows == 1
