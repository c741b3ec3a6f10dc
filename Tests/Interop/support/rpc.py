"""Other people's clients of the admin service: stubs that grpcio's own compiler makes of our .proto, and Connect's Python client."""
import functools
import importlib
import pathlib
import sys
import tempfile

import grpc
from connectrpc.client import ConnectClientSync
from connectrpc.compat import google_protobuf_binary_codec, google_protobuf_json_codec
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from grpc_tools import protoc
from pyqwest import HTTPVersion, SyncClient, SyncHTTPTransport

from .broker import ROOT

PROTOS = ROOT / "Sources/Shared/Admin/AdminAPI/Protos"
_folder = tempfile.TemporaryDirectory(prefix="admin-stubs-")


@functools.cache
def stubs():
    """(messages, services) of admin.proto, as modules."""
    well_known = pathlib.Path(protoc.__file__).parent / "_proto"
    arguments = [f"-I{PROTOS}", f"-I{well_known}", f"--python_out={_folder.name}", f"--grpc_python_out={_folder.name}"]
    assert protoc.main(["protoc", *arguments, "fluxmq/admin/v1/admin.proto"]) == 0
    sys.path.insert(0, _folder.name)
    return tuple(importlib.import_module(f"fluxmq.admin.v1.admin_{part}") for part in ("pb2", "pb2_grpc"))


def grpc_target(broker, place):
    """Where grpcio finds the admin service: `socket` or `http`."""
    return f"unix:{broker.admin}" if place == "socket" else f"127.0.0.1:{broker.http_port}"


def grpc_channel(target):
    # Large answers are the client's to allow; a channel of its own keeps tests apart.
    options = [("grpc.max_receive_message_length", -1), ("grpc.use_local_subchannel_pool", 1)]
    return grpc.insecure_channel(target, options=options)


class Connect:
    """Connect's client, with the service's methods as attributes: `connect.List(request)`."""

    STREAMS = ("Watch", "Events", "Log")

    def __init__(self, broker, version="HTTP1", codec="json", **more):
        codecs = {"json": google_protobuf_json_codec, "proto": google_protobuf_binary_codec}
        # Compression is not served, and this client would compress what it sends.
        more.setdefault("send_compression", None)
        self.client = ConnectClientSync(
            f"http://127.0.0.1:{broker.http_port}",
            codec=codecs[codec](),
            http_client=SyncClient(SyncHTTPTransport(http_version=getattr(HTTPVersion, version))),
            **more,
        )

    def __getattr__(self, name):
        messages, _ = stubs()
        method = MethodInfo(
            name=name,
            service_name="fluxmq.admin.v1.Admin",
            input=getattr(messages, f"{name}Request"),
            output=getattr(messages, f"{name}Response"),
            idempotency_level=IdempotencyLevel.NO_SIDE_EFFECTS,
            stream_type=StreamType.SERVER_STREAM if name in self.STREAMS else StreamType.UNARY,
        )
        call = self.client.execute_server_stream if name in self.STREAMS else self.client.execute_unary

        def ask(request=None, **more):
            return call(request=request or method.input(), method=method, **more)

        return ask
