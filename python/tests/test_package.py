"""The public interface of the package."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow as pa
import pytest

import passband
import passband.librosa


@pytest.fixture(scope="session")
def song(folder):
    return passband.load(folder / "2.wav")


def test_a_recording_is_loaded_from_a_path_and_from_bytes(folder):
    samples, sr = passband.load(folder / "2.wav", sr=None)
    assert (samples.dtype, samples.shape, sr) == (np.float32, (4 * 22050,), 22050)
    assert np.abs(samples).max() == pytest.approx(0.5, abs=2e-2)
    part, _ = passband.load((folder / "2.wav").read_bytes(), offset=1.0, duration=0.5)
    np.testing.assert_array_equal(part, samples[22050:22050 + 11025])
    slow, sr = passband.load(folder / "2.wav", sr=11025)
    assert (len(slow), sr) == (2 * 22050, 11025)


def test_an_error_has_four_parts(folder):
    with pytest.raises(passband.PassbandError) as caught:
        passband.load(folder / "none.wav")
    assert "none.wav" in str(caught.value) and caught.value.what and caught.value.fix
    with pytest.raises(passband.PassbandError, match="n_mfcc"):
        passband.features(np.zeros(4096), 22050, "mfcc", n_mfcc=-1)
    with pytest.raises(TypeError, match="n_mfccs.*n_mfcc"):
        passband.features(np.zeros(4096), 22050, "mfcc", n_mfccs=13)
    with pytest.raises(passband.PassbandError, match="mean"):
        passband.features(np.zeros((2, 4096)), 22050, "mfcc")


def test_features_have_the_shape_of_librosa_and_share_a_call(song):
    measured = passband.features(*song, ["mfcc", "rms", "chroma_stft"], n_mfcc=13)
    assert {name: values.shape for name, values in measured.items()} == {
        "mfcc": (13, 173), "rms": (1, 173), "chroma_stft": (12, 173)}
    alone = passband.librosa.feature.mfcc(y=song[0], sr=song[1], n_mfcc=13)
    np.testing.assert_array_equal(alone, measured["mfcc"])
    assert measured["chroma_stft"].mean(axis=1).argmax() == 9  # A


def test_functions_in_the_form_of_librosa_are_declared(song):
    import inspect

    signature = inspect.signature(passband.librosa.feature.mfcc)
    assert signature.parameters["n_mfcc"].default == 20 and signature.parameters["hop_length"].default == 512
    assert "Agrees with librosa" in passband.librosa.feature.mfcc.__doc__
    with pytest.raises(TypeError, match="no argument 'S'"):
        passband.librosa.feature.mfcc(y=song[0], S=None)
    assert not hasattr(passband.librosa.feature, "fourier_tempogram")
    tempo, beats = passband.librosa.beat.beat_track(y=song[0], sr=song[1], units="time")
    assert tempo == pytest.approx(120, rel=0.02) and np.diff(beats) == pytest.approx(0.5, abs=0.03)


def test_spectra_have_their_peak_where_the_tone_is():
    tone = np.sin(2 * np.pi * 1000 * np.arange(16384) / 44100)
    spectra = passband.spectrum(tone, 44100, length=8192, hop=4096)
    assert spectra.shape == (3, 4097)
    assert spectra[0].argmax() == round(1000 * 8192 / 44100)


def test_rows_are_those_of_the_program(folder):
    table = passband.analyze(folder, names=["mfcc", "rhythm"]).to_arrow()
    assert table.num_rows == 4
    rows = {os.path.basename(row["path"]): row for row in table.to_pylist()}
    assert {row["path"] for row in table.to_pylist()} == {str(path) for path in folder.iterdir()}
    assert rows["broken.flac"]["error"] and rows["broken.flac"]["tempo"] is None
    assert rows["1.wav"]["error"] is None and len(rows["1.wav"]["mfcc_mean"]) == 13
    program = os.environ.get("PASSBAND_PROGRAM")
    if program:
        done = subprocess.run([program, "analyze", str(folder), "--features", "mfcc,rhythm", "--json"],
                              capture_output=True, text=True)
        assert done.returncode == 3
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(lines) == 3
        for line in lines:
            ours = rows[os.path.basename(line["path"])]
            # JSON has the shortest digits that give the same number
            np.testing.assert_array_equal(np.float32(line["mfcc_mean"]), np.float32(ours["mfcc_mean"]))
            assert line["tempo"] == ours["tempo"]
            assert line["content_hash"] == ours["content_hash"]


def test_frames_of_a_file_are_those_of_its_samples(folder, song):
    rows = passband.analyze(folder / "2.wav", per="frame", names="mfcc").to_arrow()
    values = np.array(rows["mfcc"].to_pylist(), dtype=np.float32).T
    np.testing.assert_array_equal(values, passband.features(*song, "mfcc", n_mfcc=13)["mfcc"])


def test_a_folder_of_broken_recordings_is_rows_of_reasons(tmp_path):
    (tmp_path / "a.mp3").write_bytes(b"")
    rows = passband.analyze(tmp_path).to_arrow()
    assert rows.num_rows == 1 and rows["error"][0].as_py()
    rows = passband.analyze(tmp_path / "absent.wav").to_arrow().to_pylist()
    assert rows[0]["path"] == str(tmp_path / "absent.wav") and "no file" in rows[0]["error"]
    with pytest.raises(passband.PassbandError, match="recording"):
        (tmp_path / "empty").mkdir()
        passband.analyze(tmp_path / "empty")


def test_sql_answers_as_an_arrow_stream(folder):
    rows = passband.sql(f"SELECT path, tempo FROM recordings('{folder}/*.wav') ORDER BY path")
    table = pa.table(rows)
    assert table.column_names == ["path", "tempo"] and table.num_rows == 3
    with pytest.raises(passband.PassbandError, match="read"):
        pa.table(rows)
    with pytest.raises(passband.PassbandError) as caught:
        passband.sql("SELECT temop FROM recordings('x')")
    assert "tempo" in caught.value.why


def test_a_pipeline_runs(folder, tmp_path):
    file = tmp_path / "p.toml"
    file.write_text("[source]\ntype = 'file'\npath = '${INPUT}'\n[[transform]]\ntype = 'features'\n"
                    "names = 'rms'\n[[sink]]\ntype = 'file'\npath = '${OUTPUT}'\nformat = 'parquet'\n")
    out = tmp_path / "rms.parquet"
    counters = passband.run(file, INPUT=str(folder / "0.wav"), OUTPUT=str(out))
    import pyarrow.parquet

    assert pyarrow.parquet.read_table(out).num_rows == counters["out"] == 173
    with pytest.raises(passband.PassbandError, match="INPUT"):
        passband.run(file)


def test_a_process_may_fork_after_it_measured(folder, song):
    passband.sql("SELECT 1").to_arrow()
    child = os.fork()
    if child == 0:
        ok = passband.features(*song, "rms")["rms"].shape == (1, 173)
        ok = ok and passband.sql("SELECT 2 AS two").to_arrow()["two"][0].as_py() == 2
        os._exit(0 if ok else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_ctrl_c_ends_an_analysis(folder):
    code = ("import passband, sys; print('ready', flush=True); "
            f"passband.analyze(['{folder}/*.wav'] * 400, names='harmony').to_arrow()")
    # shells ignore the signal for background processes
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                               preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL))
    assert process.stdout.readline() == "ready\n"
    time.sleep(1)
    process.send_signal(signal.SIGINT)
    _, told = process.communicate(timeout=30)
    assert process.returncode != 0 and ("KeyboardInterrupt" in told or "nterrupt" in told), told


def test_the_type_stubs_are_those_of_the_declarations():
    import pathlib

    from passband._stubs import STUBS

    folder = pathlib.Path(__file__).resolve().parent.parent / "passband/librosa"
    for name, text in STUBS.items():
        assert (folder / name).read_text() == text, "run: python -m passband._stubs"
