"""Random protobuf messages, and the program that reads and writes them with our runtime."""
import math
import pathlib
import struct
import subprocess
import tempfile

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor import FieldDescriptor
from grpc_tools import protoc

from .broker import ROOT, program

PROTOS = ROOT / "Tests" / "TestMessages" / "Protos"


def message_classes():
    """The messages of test.proto by their names without the package."""
    with tempfile.TemporaryDirectory() as folder:
        target = pathlib.Path(folder) / "test.pb"
        well_known = pathlib.Path(protoc.__file__).parent / "_proto"
        arguments = [f"-I{PROTOS}", f"-I{well_known}", "--include_imports", f"--descriptor_set_out={target}"]
        assert protoc.main(["protoc", *arguments, "fluxmq/test/v1/test.proto"]) == 0
        files = descriptor_pb2.FileDescriptorSet.FromString(target.read_bytes())
    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    found = message_factory.GetMessageClassesForFiles([file.name for file in files.file], pool)
    prefix = "fluxmq.test.v1."
    return {name.removeprefix(prefix): found[name] for name in found if name.startswith(prefix)}


class Echo:
    """protobuf-echo, which turns a message from one form into another. Tests/ProtobufEcho/main.swift says how it is asked."""

    def __init__(self):
        self.process = subprocess.Popen(
            [program("protobuf-echo", "PROTOBUF_ECHO")], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )

    def convert(self, kind, payload, forms):
        """The message in the form wanted; None if it was refused. `forms` is "bb", "bj", "jb", "jj" or "ib"."""
        name = f"fluxmq.test.v1.{kind}".encode()
        request = forms.encode() + bytes([len(name)]) + name + payload
        self.process.stdin.write(struct.pack(">I", len(request)) + request)
        self.process.stdin.flush()
        (length,) = struct.unpack(">I", self.read(4))
        answer = self.read(length)
        return answer[1:] if answer[:1] == b"+" else None

    def read(self, count):
        got = self.process.stdout.read(count)
        assert len(got) == count, f"protobuf-echo ended with {self.process.wait(10)}"
        return got

    def close(self):
        self.process.stdin.close()
        assert self.process.wait(10) == 0


class Filler:
    """Fills messages with random values, the edges of their types more often than the rest."""

    def __init__(self, random, for_json=False):
        self.random = random
        # Left out for JSON: the largest float, which Python refuses in the spelling that it writes; the smallest, which it
        # spells with digits that are not there; numbers that an enum has no name for.
        self.for_json = for_json

    def fill(self, message, depth=0):
        full_name = message.DESCRIPTOR.full_name
        if full_name == "google.protobuf.Timestamp":
            message.seconds = self.one_of(0, -62_135_596_800, 253_402_300_799, self.random.randrange(-10**10, 10**10))
            message.nanos = self.fraction()
        elif full_name == "google.protobuf.Duration":
            sign = self.random.choice((-1, 1))
            message.seconds = sign * self.one_of(0, 1, 315_576_000_000, self.random.randrange(10**9))
            message.nanos = 0 if abs(message.seconds) == 315_576_000_000 else sign * self.fraction()
        elif full_name == "google.protobuf.FieldMask":
            message.paths.extend(self.random.choices(["a", "a_b", "first.second_part", "x_y_z.w"], k=self.count()))
        elif full_name == "google.protobuf.Value":
            self.fill_value(message, depth)
        else:
            for field in message.DESCRIPTOR.fields:
                if self.random.random() < (0.5 if depth == 0 else 0.25):
                    self.fill_field(message, field, depth)
        return message

    def fill_value(self, value, depth):
        """A Value without a kind, or with a number that JSON lacks, is not allowed."""
        kind = self.random.randrange(6 if depth < 4 else 4)
        if kind == 0:
            value.null_value = 0
        elif kind == 1:
            value.number_value = self.random.choice([0, 1, -1.5, 1e300, 2**53])
        elif kind == 2:
            value.string_value = self.text()
        elif kind == 3:
            value.bool_value = self.random.random() < 0.5
        elif kind == 4:
            value.struct_value.SetInParent()
            for _ in range(self.count()):
                self.fill_value(value.struct_value.fields[self.text()], depth + 1)
        else:
            value.list_value.SetInParent()
            for _ in range(self.count()):
                self.fill_value(value.list_value.values.add(), depth + 1)

    def fill_field(self, message, field, depth):
        is_message = field.type == FieldDescriptor.TYPE_MESSAGE
        if is_message and depth > 4:
            return
        if is_message and field.message_type.GetOptions().map_entry:
            key, value = field.message_type.fields
            for _ in range(self.count()):
                if value.type == FieldDescriptor.TYPE_MESSAGE:
                    self.fill(getattr(message, field.name)[self.scalar(key)], depth + 1)
                else:
                    getattr(message, field.name)[self.scalar(key)] = self.scalar(value)
        elif field.is_repeated:
            for _ in range(self.count()):
                if is_message:
                    self.fill(getattr(message, field.name).add(), depth + 1)
                else:
                    getattr(message, field.name).append(self.scalar(field))
        elif is_message:
            getattr(message, field.name).SetInParent()
            self.fill(getattr(message, field.name), depth + 1)
        else:
            setattr(message, field.name, self.scalar(field))

    def scalar(self, field):
        cpp = field.cpp_type
        if cpp in (FieldDescriptor.CPPTYPE_INT32, FieldDescriptor.CPPTYPE_INT64):
            bits = 31 if cpp == FieldDescriptor.CPPTYPE_INT32 else 63
            return self.one_of(0, 1, -1, 2**bits - 1, -(2**bits), self.random.randrange(-(2**bits), 2**bits))
        if cpp in (FieldDescriptor.CPPTYPE_UINT32, FieldDescriptor.CPPTYPE_UINT64):
            bits = 32 if cpp == FieldDescriptor.CPPTYPE_UINT32 else 64
            return self.one_of(0, 1, 127, 128, 2**bits - 1, self.random.randrange(2**bits))
        if cpp == FieldDescriptor.CPPTYPE_DOUBLE:
            return self.one_of(0.0, -0.0, 1.5, 5e-324, 1.7976931348623157e308, math.inf, -math.inf, math.nan, 0.1, 1e20)
        if cpp == FieldDescriptor.CPPTYPE_FLOAT:
            edges = [] if self.for_json else [1e-45, 3.4028234663852886e38]
            return self.one_of(0.0, -0.0, 1.5, math.inf, -math.inf, math.nan, 0.1, 1e-38, 1e38, *edges)
        if cpp == FieldDescriptor.CPPTYPE_BOOL:
            return self.random.random() < 0.5
        if cpp == FieldDescriptor.CPPTYPE_ENUM:
            known = [value.number for value in field.enum_type.values]
            if field.enum_type.full_name == "google.protobuf.NullValue":
                return 0
            return self.random.choice(known if self.for_json else known + [99, -1, 2**31 - 1, -(2**31)])
        if field.type == FieldDescriptor.TYPE_BYTES:
            return self.random.randbytes(self.random.choice([0, 1, 2, 3, 50, 200]))
        return self.text()

    def text(self):
        return self.one_of("", "a", "äöü", "\u0000\"\\/\n\u007f\u2028", "😀", "x" * self.random.randrange(300), "\ud7ff\uffff")

    def one_of(self, *values):
        return self.random.choice(values)

    def count(self):
        return self.random.choice([0, 1, 1, 2, 3, 5])

    def fraction(self):
        return self.random.choice([0, 1, 1_000, 5_000_000, 120_000_000, 999_999_999])
