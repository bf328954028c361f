"""Training sets built by Apache Beam have the bytes of ``passband dataset``."""

import os
import pathlib
import random
import subprocess
import sys
import wave

import apache_beam as beam
import pytest
from apache_beam.options.pipeline_options import PipelineOptions

import passband
from passband.beam import WriteTFRecord, main

OPTIONS = {"shards": 6, "split": "train=0.8,test=0.2", "group_by": "speaker", "columns": "speaker", "seed": 3}


@pytest.fixture(scope="module")
def list_of(tmp_path_factory):
    """A list with 200 recordings, one of which is broken."""
    folder = tmp_path_factory.mktemp("set")
    (folder / "wav").mkdir()
    source = random.Random(7)
    lines = ["Label,Blob Name,speaker"]
    for number in range(200):
        name = f"{number}.wav"
        with wave.open(str(folder / "wav" / name), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(8000)
            file.writeframes(source.randbytes(2 * (1000 + number)))
        lines.append(f"{number % 10},{name},s{number % 7}")
    (folder / "wav" / "17.wav").write_bytes(b"no sound")
    (folder / "labels.csv").write_text("\n".join(lines) + "\n")
    return folder


@pytest.fixture(scope="module")
def right(list_of):
    """The files of ``passband dataset``."""
    options = [f"--{name.replace('_', '-')}={value}" for name, value in OPTIONS.items()]
    output = list_of / "alone" / "set"
    arguments = ["dataset", str(list_of / "labels.csv"), "--blobs", str(list_of / "wav"), "--output", str(output)]
    ended = subprocess.run([os.environ["PASSBAND_PROGRAM"], *arguments, *options], capture_output=True, text=True)
    assert ended.returncode == 3, ended.stderr
    return files(output.parent)


def files(folder):
    return {path.name: path.read_bytes() for path in pathlib.Path(folder).iterdir()}


@pytest.mark.parametrize("mode", ["in_memory", "multi_processing"])
def test_runners_build_the_files_of_the_program(list_of, right, mode):
    output = list_of / mode / "set"
    options = PipelineOptions(["--runner=FnApiRunner", f"--direct_running_mode={mode}", "--direct_num_workers=2"])
    with beam.Pipeline(options=options) as pipeline:
        pipeline | WriteTFRecord(list_of / "labels.csv", output, blobs=list_of / "wav", **OPTIONS)
    found = files(output.parent)
    assert len(right) == 8 and found.keys() == right.keys()
    for name, content in right.items():
        assert found[name] == content, name


def test_a_finished_set_is_not_built_again_and_the_program_takes_the_options_of_beam(list_of, right, capsys):
    output = list_of / "program" / "set"
    options = [word for name, value in OPTIONS.items() for word in (f"--{name}", str(value))]
    arguments = ["--runner", "FnApiRunner", "--input", str(list_of / "labels.csv"), "--output", str(output)]
    arguments += ["--blobs", str(list_of / "wav"), *options, "--temp_location", str(list_of / "tmp")]
    main(arguments)
    assert "199 records" in capsys.readouterr().out and files(output.parent) == right
    before = {path.name: path.stat().st_mtime_ns for path in output.parent.iterdir() if path.suffix == ".tfrecord"}
    main(arguments)
    assert "199 records" in capsys.readouterr().out and files(output.parent) == right
    assert before == {name: (output.parent / name).stat().st_mtime_ns for name in before}


def test_faults_are_those_of_the_program(list_of):
    with pytest.raises(TypeError, match="no option shard;"):
        passband.dataset.plan(list_of / "labels.csv", list_of / "no" / "set", shard=3)
    with pytest.raises(passband.PassbandError, match="cannot be read"):
        passband.dataset.plan(list_of / "absent.csv", list_of / "no" / "set")
    with pytest.raises(passband.PassbandError, match="has no plan"):
        passband.dataset.finish(list_of / "no" / "set")
    with pytest.raises(Exception, match="cannot be read"), beam.Pipeline(runner="FnApiRunner") as pipeline:
        pipeline | WriteTFRecord(list_of / "absent.csv", list_of / "no" / "set")


def test_the_package_does_not_import_beam():
    text = "import sys, passband, passband.dataset; sys.exit('apache_beam' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", text]).returncode == 0
