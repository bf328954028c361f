"""Rows as Arrow streams."""

import logging

_logger = logging.getLogger("passband")


class Rows:
    """Rows that are computed while they are read, and can be read once.

    Libraries that read Arrow streams accept this object, such as ``pyarrow.table(rows)``, ``polars.DataFrame(rows)`` or
    ``duckdb.sql("SELECT * FROM rows")``. Notes, such as recordings that could not be read, are logged by the logger
    ``passband``.
    """

    def __init__(self, rows):
        self._rows = rows

    def __arrow_c_schema__(self):
        return self._rows.__arrow_c_schema__()

    def __arrow_c_stream__(self, requested_schema=None):
        return self._rows.__arrow_c_stream__(requested_schema)

    def _noted(self, table):
        for note in self._rows.take_notes():
            _logger.warning(note)
        return table

    def to_arrow(self):
        """All rows as a ``pyarrow.Table``."""
        import pyarrow

        return self._noted(pyarrow.table(self))

    def to_pandas(self):
        """All rows as a ``pandas.DataFrame``."""
        return self.to_arrow().to_pandas()

    def to_polars(self):
        """All rows as a ``polars.DataFrame``."""
        import polars

        return self._noted(polars.DataFrame(self))
