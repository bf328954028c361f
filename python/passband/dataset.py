"""Training sets whose shards any scheduler builds: plan, build each shard, finish.

The files are byte for byte those of ``passband dataset``. All processes must reach the recordings and the output under the
same paths or addresses, and need the same version of the package.
"""

from __future__ import annotations

import os as _os

from . import _logger, _passband, _text

__all__ = ["finish", "plan", "shard"]


def _place(path):
    path = _os.fspath(path)
    return path if "://" in path else _os.path.abspath(path)


def plan(labels, output, *, blobs=".", **options):
    """Inspect the recordings of a list, plan the set, and store the plan beside it.

    :param labels: the CSV with labels and names of recordings
    :param output: the prefix of all files: ``sets/digits``, or ``s3://bucket/sets/digits``
    :param blobs: the folder or address of the recordings
    :param options: the options of ``passband dataset``, such as ``shards=4``, ``split="train=0.8,test=0.2"``,
        ``group_by="speaker"``, ``seed=1``, ``rate="16 kHz"``
    :returns: the numbers of the shards to build; none if the set is complete

    Rows that cannot be used are listed with the reason in ``PREFIX-quarantine.csv``.
    """
    known = set(_passband.dataset_options()) - {"INPUT", "OUTPUT", "WORKERS", "PLANNED", "ONLY"}
    unknown = sorted(name for name in options if name.upper() not in known)
    if unknown:
        names = ", ".join(sorted(name.lower() for name in known))
        raise TypeError(f"a training set has no option {unknown[0]}; its options are {names}")
    variables = {name.upper(): _text(value) for name, value in options.items()}
    own = {"INPUT": _place(labels), "OUTPUT": _place(output), "BLOBS": _place(blobs), "WORKERS": "external"}
    shards, notes = _passband.dataset_plan(variables | own)
    for note in notes:
        _logger.info(note)
    return shards


def shard(output, number, *, threads=1):
    """Build one shard of a planned set. A shard that is built already is kept, so a lost worker can be repeated."""
    _passband.dataset_shard(_place(output), int(number), int(threads))


def finish(output):
    """Complete a set whose shards are all built: write the manifest ``PREFIX.json``.

    :returns: the number of records
    """
    return _passband.dataset_finish(_place(output))[1]
