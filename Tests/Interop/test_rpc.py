"""The admin protocol as other people's libraries speak it: grpcio, Connect's Python client, and curl."""
import base64
import contextlib
import itertools
import json
import struct
import subprocess
import time

import grpc
import pytest
from connectrpc.code import Code
from connectrpc.compression.gzip import GzipCompression
from connectrpc.errors import ConnectError
from google.rpc import status_pb2
from support.rpc import Connect, grpc_channel, grpc_target, stubs

pytestmark = pytest.mark.fluxd

LIMIT = 4 << 20


@pytest.fixture(scope="module")
def pb():
    return stubs()[0]


@pytest.fixture
def admin(broker):
    """A grpcio stub on the admin socket."""
    with grpc_channel(grpc_target(broker, "socket")) as channel:
        yield stubs()[1].AdminStub(channel)


@contextlib.contextmanager
def refused(code):
    with pytest.raises(grpc.RpcError) as caught:
        yield caught
    assert caught.value.code() is code, caught.value


def details(error, pb):
    """The ErrorDetails of a grpcio error."""
    value = dict(error.trailing_metadata())["grpc-status-details-bin"]
    status = status_pb2.Status.FromString(value)
    assert status.code == error.code().value[0] and status.message == error.details()
    found = []
    for detail in status.details:
        found.append(pb.ErrorDetail())
        assert detail.Unpack(found[-1])
    return found


# grpcio


@pytest.mark.parametrize("place", ["socket", "http"])
def test_grpcio_makes_every_call(broker, client, pb, place):
    client("one").publish("t", b"x", qos=1, retain=True)
    with grpc_channel(grpc_target(broker, place)) as channel:
        admin = stubs()[1].AdminStub(channel)
        hello = admin.Hello(pb.HelloRequest(client="grpcio"), timeout=10)
        assert hello.can_change == (place == "socket") and hello.identity
        query = pb.Query(kind=pb.KIND_CONNECTION, filter="client_id=one")
        rows = admin.List(pb.ListRequest(query=query), timeout=10).rows
        assert [row.connection.client_id for row in rows] == ["one"]
        row = admin.Get(pb.GetRequest(kind=pb.KIND_RETAINED, id="t"), timeout=10).row.retained
        assert row.payload == b"x"
        assert admin.Series(pb.SeriesRequest(), timeout=10).boot_id == hello.boot_id
        first = next(admin.Watch(pb.WatchRequest(query=query)))
        assert (first.seq, first.total_matched) == (1, 1)
        events = list(admin.Events(pb.EventsRequest(last=100), timeout=10))
        assert "broker.started" in [event.kind for answer in events for event in answer.events]
        assert [record.message for answer in admin.Log(pb.LogRequest(last=100), timeout=10) for record in answer.records]
        change = pb.DoRequest(kind=pb.KIND_RETAINED, verb="remove", id="t", dry_run=True)
        if place == "socket":
            assert admin.Do(change, timeout=10).affected == 1
        else:
            with refused(grpc.StatusCode.PERMISSION_DENIED):
                admin.Do(change, timeout=10)


def test_an_error_has_details_that_grpcio_unpacks(admin, pb):
    with refused(grpc.StatusCode.INVALID_ARGUMENT) as error:
        admin.List(pb.ListRequest(query=pb.Query(kind=pb.KIND_CONNECTION, filter="cleint_id=grün")))
    (detail,) = details(error.value, pb)
    assert (detail.code, detail.hint, detail.offset) == ("unknown_field", "client_id", 0)
    with refused(grpc.StatusCode.NOT_FOUND) as error:
        admin.Get(pb.GetRequest(kind=pb.KIND_RETAINED, id="grün\n100%"))
    assert "grün" in error.value.details() and "100%" in error.value.details()


def test_an_unknown_method_and_compression_are_unimplemented(admin, broker, pb):
    with grpc_channel(grpc_target(broker, "socket")) as channel:
        for path in ("/fluxmq.admin.v1.Admin/Nope", "/no.Service/Hello"):
            with refused(grpc.StatusCode.UNIMPLEMENTED):
                channel.unary_unary(path)(b"", timeout=10)
    with refused(grpc.StatusCode.UNIMPLEMENTED):
        admin.Hello(pb.HelloRequest(client="x" * 1000), compression=grpc.Compression.Gzip, timeout=10)


def test_bytes_that_are_no_message_are_refused(broker):
    with grpc_channel(grpc_target(broker, "socket")) as channel, refused(grpc.StatusCode.INTERNAL):
        channel.unary_unary("/fluxmq.admin.v1.Admin/Hello")(b"\x0a\x7f", timeout=10)


def test_metadata_of_all_kinds_is_taken(admin, pb):
    metadata = [("x-name", "v"), ("x-name", "w"), ("x-key-bin", bytes(range(256))), ("x-empty-bin", b"")]
    assert admin.Hello(pb.HelloRequest(), metadata=metadata, timeout=10).version


def test_a_deadline_ends_a_stream(admin, pb):
    begun = time.monotonic()
    with refused(grpc.StatusCode.DEADLINE_EXCEEDED):
        list(admin.Watch(pb.WatchRequest(query=pb.Query(kind=pb.KIND_BROKER)), timeout=0.5))
    assert time.monotonic() - begun < 10


def test_cancelled_streams_leave_nothing_behind(admin, broker, pb):
    request = pb.WatchRequest(query=pb.Query(kind=pb.KIND_BROKER), interval_ms=200)

    def watch_and_leave():
        for _ in range(200):
            stream = admin.Watch(request)
            assert next(stream).seq == 1
            stream.cancel()

    watch_and_leave()
    before = broker.resident_bytes()
    for _ in range(3):
        watch_and_leave()
    assert broker.resident_bytes() - before < 8 << 20
    assert admin.Hello(pb.HelloRequest(), timeout=10).version


def test_large_requests_are_taken_up_to_the_limit(admin, pb):
    with refused(grpc.StatusCode.NOT_FOUND):
        admin.Get(pb.GetRequest(kind=pb.KIND_RETAINED, id="x" * (LIMIT - 100)), timeout=20)
    with refused(grpc.StatusCode.RESOURCE_EXHAUSTED):
        admin.Get(pb.GetRequest(kind=pb.KIND_RETAINED, id="x" * LIMIT), timeout=20)
    assert admin.Hello(pb.HelloRequest(), timeout=10).version


def test_large_answers_come_whole(admin, client, pb):
    one = client("filler")
    names = [f"{number:04}/" + "x" * 2000 for number in range(1500)]
    for name in names:
        one.publish(name, b"v", qos=1, retain=True)
    query = pb.Query(kind=pb.KIND_RETAINED, limit=10_000)
    answer = admin.List(pb.ListRequest(query=query), timeout=20)
    assert answer.ByteSize() > 3_000_000
    assert [row.retained.id for row in answer.rows] == names


def test_many_calls_at_once_are_each_answered(admin, pb):
    keys = [row.config.id for row in admin.List(pb.ListRequest(query=pb.Query(kind=pb.KIND_CONFIG))).rows]
    wanted = [keys[number % len(keys)] for number in range(1000)]
    futures = [admin.Get.future(pb.GetRequest(kind=pb.KIND_CONFIG, id=key), timeout=30) for key in wanted]
    for key, future in zip(wanted, futures):
        assert future.result().row.config.id == key


def test_a_stop_ends_streams_and_tells_grpcio_so(start_broker, pb):
    broker = start_broker()
    with grpc_channel(grpc_target(broker, "socket")) as channel:
        stream = stubs()[1].AdminStub(channel).Watch(pb.WatchRequest(query=pb.Query(kind=pb.KIND_BROKER)))
        next(stream)
        broker.terminate()
        with refused(grpc.StatusCode.UNAVAILABLE):
            list(stream)
    assert broker.wait() == 0


# Connect's client


@pytest.fixture(params=list(itertools.product(["HTTP1", "HTTP2"], ["json", "proto"])), ids="-".join)
def connect(request, broker):
    return Connect(broker, *request.param)


@contextlib.contextmanager
def connect_refused(code):
    with pytest.raises(ConnectError) as caught:
        yield caught
    assert caught.value.code is code, caught.value.message


def test_connect_makes_every_call_that_reads(connect, client, pb):
    client("grün").publish("t", b"x", qos=1, retain=True)
    assert connect.Hello(pb.HelloRequest(client="connect")).identity.startswith("http 127.0.0.1:")
    query = pb.Query(kind=pb.KIND_CONNECTION, filter="client_id=grün")
    for way in ({}, {"use_get": True}):
        rows = connect.List(pb.ListRequest(query=query), **way).rows
        assert [row.connection.client_id for row in rows] == ["grün"]
    assert connect.Get(pb.GetRequest(kind=pb.KIND_RETAINED, id="t")).row.retained.payload == b"x"
    assert connect.Series().boot_id
    assert next(iter(connect.Watch(pb.WatchRequest(query=query)))).total_matched == 1
    events = list(connect.Events(pb.EventsRequest(last=100)))
    assert "broker.started" in [event.kind for answer in events for event in answer.events]
    assert [record.message for answer in connect.Log(pb.LogRequest(last=100)) for record in answer.records]
    with connect_refused(Code.PERMISSION_DENIED):
        connect.Do(pb.DoRequest(kind=pb.KIND_RETAINED, verb="remove", id="t"))


def test_connect_gets_errors_with_details(connect, pb):
    with connect_refused(Code.INVALID_ARGUMENT) as error:
        connect.List(pb.ListRequest(query=pb.Query(kind=pb.KIND_CONNECTION, filter="cleint_id=a")))
    (detail,) = error.value.details
    assert detail.type_name == "fluxmq.admin.v1.ErrorDetail"
    assert pb.ErrorDetail.FromString(detail.message_bytes).hint == "client_id"
    with connect_refused(Code.INVALID_ARGUMENT):
        list(connect.Watch(pb.WatchRequest(query=pb.Query(kind=pb.KIND_CONNECTION, filter="cleint_id=a"))))
    with connect_refused(Code.DEADLINE_EXCEEDED):
        list(connect.Watch(pb.WatchRequest(query=pb.Query(kind=pb.KIND_BROKER)), timeout_ms=400))


def test_connect_is_told_that_compression_is_not_served(broker, pb):
    connect = Connect(broker, send_compression=GzipCompression())
    with connect_refused(Code.UNIMPLEMENTED):
        connect.Hello(pb.HelloRequest(client="x" * 5000))


# curl


def curl(broker, path, *flags, place="http"):
    """(status, content type, body)."""
    way = ["--unix-socket", broker.admin] if place == "socket" else []
    url = f"http://127.0.0.1:{broker.http_port}{path}" if place == "http" else f"http://localhost{path}"
    answer = subprocess.run(
        ["curl", "--silent", "--max-time", "10", "--noproxy", "*", *way, "--write-out", "\n%{http_code} %{content_type}",
         *flags, url],
        capture_output=True, check=True,
    ).stdout
    body, _, tail = answer.rpartition(b"\n")
    status, _, kind = tail.decode().partition(" ")
    return int(status), kind, body


JSON = ("--header", "content-type: application/json", "--data")


@pytest.mark.parametrize("version", ["--http1.1", "--http2-prior-knowledge"])
@pytest.mark.parametrize("place", ["socket", "http"])
def test_curl_asks_in_json(broker, place, version):
    path = "/fluxmq.admin.v1.Admin/"
    status, kind, body = curl(broker, path + "Hello", version, *JSON, '{"client":"curl"}', place=place)
    assert (status, kind) == (200, "application/json") and json.loads(body)["version"]
    query = "?connect=v1&encoding=json&message=%7B%22query%22:%7B%22kind%22:%22KIND_LISTENER%22%7D%7D"
    status, _, body = curl(broker, path + "List" + query, version, place=place)
    assert status == 200 and "listener" in json.loads(body)["rows"][0]
    status, _, body = curl(broker, path + "Get", version, *JSON, '{"kind":"KIND_TOPIC","id":"none"}', place=place)
    error = json.loads(body)
    assert (status, error["code"]) == (404, "not_found")
    assert error["details"][0]["debug"]["code"] == "not_found"
    assert base64.b64decode(error["details"][0]["value"] + "==")
    status, _, body = curl(broker, path + "List", version, *JSON, '{"query":{"limit":"many"}}', place=place)
    assert (status, json.loads(body)["code"]) == (400, "invalid_argument")
    status, _, body = curl(broker, path + "Nope", version, *JSON, "{}", place=place)
    assert (status, json.loads(body)["code"]) == (404, "unimplemented")
    assert curl(broker, path + "Hello", version, "--data", "x", place=place)[0] == 415
    assert curl(broker, path + "Do", version, place=place)[0] == 405


def test_curl_reads_a_stream(broker):
    message = b'{"last":100}'
    body = struct.pack(">BI", 0, len(message)) + message
    answer = subprocess.run(
        ["curl", "--silent", "--max-time", "10", "--unix-socket", broker.admin, "--header",
         "content-type: application/connect+json", "--data-binary", "@-", "http://localhost/fluxmq.admin.v1.Admin/Events"],
        input=body, capture_output=True, check=True,
    ).stdout
    frames = []
    while answer:
        flags, length = struct.unpack(">BI", answer[:5])
        frames.append((flags, json.loads(answer[5:5 + length])))
        answer = answer[5 + length:]
    assert frames[-1] == (2, {})
    assert "broker.started" in [event["kind"] for _, answer in frames for event in answer.get("events", [])]
