"""The detector's sender, from its description alone: BROKERS TOPIC FOLDER SCAN SLICES.

Sends the pairs duck_i_NNNNN.dat and duck_q_NNNNN.dat of a folder: key = file and message number (2 bytes each,
big-endian), value = the I of all slices of the message, then their Q, as they lie in the files.
"""

import pathlib
import struct
import sys

from kafka import KafkaProducer

brokers, topic, folder, scan, slices = sys.argv[1:]
size = 4 * int(scan)
producer = KafkaProducer(bootstrap_servers=brokers, acks="all")
for i_file in sorted(pathlib.Path(folder).glob("duck_i_*.dat")):
    number = int(i_file.stem.split("_")[-1])
    i = i_file.read_bytes()
    q = i_file.with_name(i_file.name.replace("_i_", "_q_")).read_bytes()
    whole = len(i) // size
    for message, first in enumerate(range(0, whole, int(slices))):
        part = slice(first * size, min(first + int(slices), whole) * size)
        producer.send(topic, key=struct.pack(">HH", number, message), value=i[part] + q[part])
producer.flush()
