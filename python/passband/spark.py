"""Features in Spark: ``mapInArrow`` with Passband's kernels on the workers.

The package must be installed on driver and workers. Spark Connect, and Sail as its server, work as well.
"""

from __future__ import annotations

from . import DEFAULT


def features(df, column, names=DEFAULT, *, sr=22050, **settings):
    """Measure the recordings that a column names.

    :param df: a Spark ``DataFrame``
    :param column: a column of paths or addresses (string), or of the bytes of files (binary)
    :param names: features and analyses, as for :func:`passband.analyze`
    :param sr: the sample rate at which features are measured; ``None`` is that of each recording
    :param settings: librosa's parameters, such as ``n_mfcc=13``
    :returns: a ``DataFrame`` with this column, the columns of ``passband analyze``, and ``error``: the reason why a
        recording could not be measured

    Batches are as long as ``spark.sql.execution.arrow.maxRecordsPerBatch``; 64 suits rows with the bytes of recordings.
    """
    import pyarrow as pa
    from pyspark.sql.pandas.types import from_arrow_schema
    from pyspark.sql.types import BinaryType

    from .columns import Measure

    type = pa.binary() if isinstance(df.schema[column].dataType, BinaryType) else pa.string()
    measure = Measure(column, type, names, sr=sr, settings=settings)

    def run(batches):
        for batch in batches:
            yield from measure(batch).to_batches()

    return df.select(column).mapInArrow(run, from_arrow_schema(measure.schema))
