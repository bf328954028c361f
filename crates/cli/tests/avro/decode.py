"""Reads Avro messages with fastavro: SCHEMA FRAMING FILE; in the file each message follows its length (u32, little-endian).

FRAMING is plain, or confluent:ID. Prints the records as a list in JSON.
"""

import io
import json
import struct
import sys

import fastavro

schema = fastavro.schema.load_schema(sys.argv[1])
framing, _, schema_id = sys.argv[2].partition(":")
data = open(sys.argv[3], "rb").read()
records, at = [], 0
while at < len(data):
    (length,) = struct.unpack_from("<I", data, at)
    message = io.BytesIO(data[at + 4 : at + 4 + length])
    at += 4 + length
    if framing == "confluent":
        assert struct.unpack(">bI", message.read(5)) == (0, int(schema_id)), "the prefix"
    record = fastavro.schemaless_reader(message, schema)
    assert not message.read(), "bytes after the datum"
    for name in ("recording", "time"):
        record[name] = round(record[name].timestamp() * 1e6)
    records.append(record)
print(json.dumps(records))
