"""Reads TFRecord files with the package tfrecord, Examples and tensors with protobuf: FILE...

Prints, in JSON, the list of all records; a feature is its kind and its values, a tensor its dtype, shape and content
(SHA-256), bytes are in hexadecimal digits. Both checksums of each record are checked with the package crc32c.
"""

import gzip
import hashlib
import json
import struct
import sys

import crc32c
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory, unknown_fields
from tfrecord import example_pb2, reader


def tensor_class():
    """TensorProto, as far as TensorFlow writes it for floats (tensorflow/core/framework/tensor.proto)."""
    file = descriptor_pb2.FileDescriptorProto(name="tensor.proto", package="read", syntax="proto3")
    field = descriptor_pb2.FieldDescriptorProto
    shape = file.message_type.add(name="TensorShapeProto")
    shape.nested_type.add(name="Dim").field.add(name="size", number=1, type=field.TYPE_INT64)
    shape.field.add(name="dim", number=2, label=field.LABEL_REPEATED, type_name=".read.TensorShapeProto.Dim", type=11)
    tensor = file.message_type.add(name="TensorProto")
    tensor.field.add(name="dtype", number=1, type=field.TYPE_INT32)
    tensor.field.add(name="tensor_shape", number=2, type_name=".read.TensorShapeProto", type=11)
    tensor.field.add(name="tensor_content", number=4, type=field.TYPE_BYTES)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("read.TensorProto"))


Tensor = tensor_class()


def masked(data):
    crc = crc32c.crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def check(data):
    while data:
        length, crc = struct.unpack_from("<QI", data)
        assert crc == masked(data[:8]), "checksum of a length"
        assert struct.unpack_from("<I", data, 12 + length)[0] == masked(data[12 : 12 + length]), "checksum of data"
        data = data[16 + length :]


def show(name, feature):
    kind = feature.WhichOneof("kind")
    values = list(getattr(feature, kind).value)
    if name in ("audio", "image"):
        tensor = Tensor.FromString(values[0])
        assert not unknown_fields.UnknownFieldSet(tensor), "fields that TensorFlow does not write"
        shape = [dim.size for dim in tensor.tensor_shape.dim]
        return ["tensor", tensor.dtype, shape, hashlib.sha256(tensor.tensor_content).hexdigest()]
    return [kind, [value.hex() for value in values] if kind == "bytes_list" else values]


records = []
for path in sys.argv[1:]:
    packed = path.endswith(".gz")
    data = (gzip.open if packed else open)(path, "rb").read()
    check(data)
    for record in reader.tfrecord_iterator(path, compression_type="gzip" if packed else None):
        example = example_pb2.Example.FromString(bytes(record))
        records.append({name: show(name, feature) for name, feature in example.features.feature.items()})
print(json.dumps(records))
