"""Changes the columns of the table `evolved` by PyIceberg, as other engines may: evolve.py CATALOG_FILE"""
import sys

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.types import DoubleType, LongType

table = SqlCatalog("passband", uri=f"sqlite:///{sys.argv[1]}", warehouse="none").load_table("passband.evolved")
for old, new in [("a", "x"), ("b", "a"), ("x", "b"), ("c", "renamed")]:
    with table.update_schema() as update:
        update.rename_column(old, new)
with table.update_schema() as update:
    update.update_column("n", LongType())
    update.update_column("f", DoubleType())
