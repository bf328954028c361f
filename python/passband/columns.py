"""Measures the recordings in a column of a table, batch by batch, on workers of Spark, Ray or Daft."""

from __future__ import annotations

import os
import tempfile
import wave

import pyarrow as pa

from . import DEFAULT, FEATURE_VERSION, PassbandError, __version__, analyze

#: The column with the reason why a recording could not be measured.
ERROR = "error"


class Measure:
    """Measures the recordings in a column; an instance is sent to the workers.

    Called with a ``pyarrow.RecordBatch`` or ``pyarrow.Table``, an instance returns a table with the columns of
    ``schema``: the input column, and the measured columns. The input column contains paths, or the bytes of files. A
    recording that cannot be read is a row with the reason in ``error``.
    """

    def __init__(self, column, type, names=DEFAULT, *, sr=22050, settings=None):
        self.column, self.names, self.sr, self.settings = column, tuple(names), sr, dict(settings or {})
        self.version = (__version__, FEATURE_VERSION)
        measured = [field for field in self._columns() if field.name not in (column, "path", "stream", "recording")]
        self.schema = pa.schema([pa.field(column, type), *(field.remove_metadata() for field in measured)])

    def _columns(self):
        """The columns of results, determined by measuring one second of silence."""
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "silence.wav")
            with wave.open(path, "wb") as file:
                file.setnchannels(1)
                file.setsampwidth(2)
                file.setframerate(22050)
                file.writeframes(bytes(2 * 22050))
            return list(self._analyze([path]).schema)

    def _analyze(self, paths):
        # the cluster decides how many cores a task has
        return analyze(paths, names=self.names, sr=self.sr, threads=1, **self.settings).to_arrow()

    def __call__(self, batch):
        if self.version != (__version__, FEATURE_VERSION):
            raise RuntimeError(
                f"this worker has passband {__version__} (features {FEATURE_VERSION}), the driver has {self.version[0]} "
                f"(features {self.version[1]}): install one version everywhere"
            )
        values = batch.column(self.column).to_pylist()
        if pa.types.is_binary(self.schema.field(0).type) or pa.types.is_large_binary(self.schema.field(0).type):
            with tempfile.TemporaryDirectory() as folder:
                paths = [None if value is None else os.path.join(folder, str(at)) for at, value in enumerate(values)]
                for path, value in zip(paths, values):
                    if path is not None:
                        with open(path, "wb") as file:
                            file.write(value)
                rows = self._rows(paths)
        else:
            paths = values
            rows = self._rows(paths)
        null = {ERROR: "there is no recording: the value is null"}
        found = [null if path is None else rows.get(path, {ERROR: f"{path} is not one recording"}) for path in paths]
        arrays = [batch.column(self.column).cast(self.schema.field(0).type)]
        for field in list(self.schema)[1:]:
            arrays.append(pa.array([row.get(field.name) for row in found], type=field.type))
        return pa.table([pa.chunked_array([a]) if isinstance(a, pa.Array) else a for a in arrays], schema=self.schema)

    def _rows(self, paths):
        """The row of each path. If the analysis fails, each recording is measured separately."""
        known, rows = [path for path in dict.fromkeys(paths) if path is not None], {}
        here = []
        for path in known:
            if "://" in path or os.path.isfile(path):
                here.append(path)
            else:
                rows[path] = {ERROR: f"there is no file {path}"}
        try:
            measured = self._analyze(here).to_pylist() if here else []
        except PassbandError as error:
            if len(here) == 1:
                return rows | {here[0]: {ERROR: str(error)}}
            return rows | {path: row for one in here for path, row in self._rows([one]).items()}
        return rows | {row["path"]: row for row in measured}
