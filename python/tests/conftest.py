"""Generated recordings."""

import math
import struct
import wave

import pytest


def write_wav(path, samples, sr=22050):
    """A WAV of 16-bit samples."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(sr)
        file.writeframes(b"".join(struct.pack("<h", round(32767 * sample)) for sample in samples))


def tune(seconds, hz=440.0, sr=22050):
    """A decaying tone with two onsets per second."""
    for n in range(int(seconds * sr)):
        t = n / sr
        yield 0.5 * math.exp(-6 * (t % 0.5)) * math.sin(2 * math.pi * hz * t)


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    """Three recordings, and one file that is not a recording."""
    folder = tmp_path_factory.mktemp("music")
    for number, hz in enumerate([220.0, 330.0, 440.0]):
        write_wav(folder / f"{number}.wav", tune(4, hz))
    (folder / "broken.flac").write_bytes(b"no sound")
    return folder
