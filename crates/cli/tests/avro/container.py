"""Reads an Avro file of spectra with fastavro and says what it found, as JSON."""

import json
import sys

import fastavro

with open(sys.argv[1], "rb") as file:
    records = list(fastavro.reader(file))
first = records[0]
print(json.dumps({"records": len(records), "scale": first["scale"], "value": first["channels"][1][125]}))
