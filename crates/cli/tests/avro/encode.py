"""Writes Avro messages of samples with fastavro: SCHEMA ITEM FRAMING FILE; before each message its length (u32, little-endian).

ITEM is float or double; FRAMING is plain, or confluent:ID. Two channels at 8 kHz, 1 kHz left and 2 kHz right at half
of full scale, four messages of 64 samples each, with the index of the first sample and its time.
"""

import io
import json
import struct
import sys

import fastavro
import numpy

schema = json.load(open(sys.argv[1]))
for field in schema["fields"]:
    if field["name"] == "channels":
        field["type"]["items"]["items"] = sys.argv[2]
schema = fastavro.parse_schema(schema)
framing, _, schema_id = sys.argv[3].partition(":")
with open(sys.argv[4], "wb") as file:
    for index in range(0, 256, 64):
        n = numpy.arange(index, index + 64)
        message = io.BytesIO()
        if framing == "confluent":
            message.write(struct.pack(">bI", 0, int(schema_id)))
        record = {
            "recording": 1_700_000_000_000_000,
            "index": index,
            "time": 1_700_000_000_000_000 + index * 125,
            "rate": 8000.0,
            "channels": [(0.5 * numpy.sin(2 * numpy.pi * f / 8000 * n)).tolist() for f in (1000, 2000)],
        }
        fastavro.schemaless_writer(message, schema, record)
        file.write(struct.pack("<I", message.tell()) + message.getvalue())
