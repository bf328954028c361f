"""Training sets with Apache Beam: the shards of ``passband dataset``, built by the workers of a Beam runner.

In a pipeline::

    with beam.Pipeline(options=options) as pipeline:
        pipeline | WriteTFRecord("gs://sets/labels.csv", "gs://sets/digits", blobs="gs://recordings", shards=100)

or as a program, with the options of Beam and of ``passband dataset``::

    python -m passband.beam --runner DataflowRunner --project P --region R --temp_location gs://b/tmp \\
        --input gs://sets/labels.csv --output gs://sets/digits --blobs gs://recordings --shards 100

The workers need the package, and access to the recordings and the output under the same addresses.
"""

from __future__ import annotations

import os
import shutil
import tempfile

import apache_beam as beam
from apache_beam.io.filesystems import FileSystems

from . import __version__, dataset


class _Plan(beam.DoFn):
    """Plans the set once, and emits the numbers of its shards."""

    def __init__(self, labels, output, options):
        self.labels, self.output, self.options = labels, output, options

    def process(self, _):
        if "://" not in self.labels:
            yield from dataset.plan(self.labels, self.output, **self.options)
            return
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, os.path.basename(self.labels))
            with FileSystems.open(self.labels) as source, open(path, "wb") as file:
                shutil.copyfileobj(source, file)
            yield from dataset.plan(path, self.output, **self.options)


class _Shard(beam.DoFn):
    """Builds a shard. A bundle that is repeated finds it finished."""

    def __init__(self, output):
        self.output, self.version = output, __version__

    def setup(self):
        if self.version != __version__:
            raise RuntimeError(
                f"this worker has passband {__version__}, the pipeline was made with {self.version}: "
                "install one version everywhere"
            )

    def process(self, number):
        dataset.shard(self.output, number)
        yield number


class WriteTFRecord(beam.PTransform):
    """Builds a training set: plans it in one worker, builds its shards in parallel, and completes it.

    :param labels: the CSV with labels and names of recordings: a path, or an address that Beam's file systems read
    :param output: the prefix of all files: ``sets/digits``, or ``gs://bucket/sets/digits``
    :param blobs: the folder or address of the recordings
    :param options: the options of ``passband dataset``, such as ``shards=4``, ``split="train=0.8,test=0.2"``,
        ``group_by="speaker"``, ``seed=1``, ``format="tfrecord"``

    Applied to a pipeline; results in one element, the number of records. The bytes of all files are those of
    ``passband dataset`` with the same options, whatever the runner and the number of workers.
    """

    def __init__(self, labels, output, *, blobs=".", **options):
        super().__init__()
        # workers may run in another folder
        self.labels, self.output = dataset._place(labels), dataset._place(output)
        self.options = options | {"blobs": dataset._place(blobs)}

    def expand(self, pipeline):
        output = self.output
        shards = (
            pipeline
            | "Start" >> beam.Create([None])
            | "Plan" >> beam.ParDo(_Plan(self.labels, output, self.options))
            | "Spread" >> beam.Reshuffle()
            | "Build" >> beam.ParDo(_Shard(output))
        )
        # the count is there when all shards are, also if there are none to build
        built = beam.pvalue.AsSingleton(shards | "Count" >> beam.combiners.Count.Globally())
        return pipeline | "End" >> beam.Create([None]) | "Finish" >> beam.Map(lambda _, count: dataset.finish(output), built)


def main(arguments=None):
    """``python -m passband.beam``"""
    import argparse

    from apache_beam.options.pipeline_options import PipelineOptions

    parser = argparse.ArgumentParser(prog="python -m passband.beam", description=main.__doc__)
    parser.add_argument("--input", required=True, help="the CSV with labels and names of recordings: a path or an address")
    parser.add_argument("--output", required=True, help="the prefix of all files")
    parser.add_argument("--blobs", default=".", help="the folder or address of the recordings")
    own = ("input", "output", "blobs", "workers", "threads", "planned", "only")
    for name in sorted(name.lower() for name in dataset._passband.dataset_options()):
        if name not in own:
            parser.add_argument(f"--{name}", help=f"as --{name.replace('_', '-')} of passband dataset")
    known, rest = parser.parse_known_args(arguments)
    given = {name: value for name, value in vars(known).items() if value is not None}
    labels, output = given.pop("input"), given.pop("output")
    # Beam reports an option that it does not know
    options = PipelineOptions(rest)
    with beam.Pipeline(options=options) as pipeline:
        pipeline | WriteTFRecord(labels, output, **given) | beam.Map(lambda records: print(f"{output}: {records} records"))


if __name__ == "__main__":
    main()
