"""Writes Avro messages of one's own schema with fastavro: SCHEMA RECORDS FRAMING FILE; before each message its length
(u32, little-endian).

SCHEMA and RECORDS are JSON; FRAMING is plain, or confluent:ID.
"""

import io
import json
import struct
import sys

import fastavro

schema = fastavro.parse_schema(json.loads(sys.argv[1]))
framing, _, schema_id = sys.argv[3].partition(":")
with open(sys.argv[4], "wb") as file:
    for record in json.loads(sys.argv[2]):
        message = io.BytesIO()
        if framing == "confluent":
            message.write(struct.pack(">bI", 0, int(schema_id)))
        fastavro.schemaless_writer(message, schema, record)
        file.write(struct.pack("<I", message.tell()) + message.getvalue())
