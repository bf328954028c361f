"""Features in Spark: ``mapInArrow`` with Passband's kernels on the workers.

The package must be installed on the driver and on all workers. Spark Connect is supported, also with Sail as the server.
"""

from __future__ import annotations

from . import DEFAULT


def features(df, column, names=DEFAULT, *, sr=22050, **settings):
    """Measure the recordings that a column names.

    :param df: a Spark ``DataFrame``
    :param column: a column of paths or addresses (string), or of the bytes of files (binary)
    :param names: features and analyses, as for :func:`passband.analyze`
    :param sr: the sample rate in Hz at which features are measured; ``None`` uses the rate of each recording
    :param settings: librosa's parameters, such as ``n_mfcc=13``
    :returns: a ``DataFrame`` with this column, the columns of ``passband analyze``, and ``error``: the reason why a
        recording could not be measured

    ``spark.sql.execution.arrow.maxRecordsPerBatch`` sets the length of batches; use 64 for columns of bytes.
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
