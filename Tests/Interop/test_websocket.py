"""MQTT over WebSocket: paho's transport, and a client library that browsers' behaviour is copied from."""
import asyncio
import base64
import http.client
import os
import socket

import paho.mqtt.client as paho
import pytest
import websockets
from support import wire
from support.client import Closed, RawClient
from support.waiting import PATIENCE

pytestmark = pytest.mark.fluxd


@pytest.fixture
def broker(start_broker):
    return start_broker(server__mqtt__ws__plain__addr="127.0.0.1:0")


def url(broker, path="/mqtt"):
    return f"ws://127.0.0.1:{broker.ports['ws']}{path}"


@pytest.mark.parametrize("version", [paho.MQTTv311, paho.MQTTv5])
def test_paho_over_websocket_talks_to_paho_over_tcp(broker, client, version):
    sub = client("tcp", to=broker)
    sub.subscribe(("ws/#", 2))
    pub = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="browser", protocol=version, transport="websockets")
    pub.ws_set_options(path="/mqtt")
    pub.connect("127.0.0.1", broker.ports["ws"], 30)
    pub.loop_start()
    for qos in (0, 1, 2):
        info = pub.publish("ws/a", b"x" * 70_000, qos)
        info.wait_for_publish(PATIENCE)
        found = sub.delivery()
        assert (found.topic, len(found.payload), found.qos) == ("ws/a", 70_000, qos)
    pub.disconnect()
    pub.loop_stop()


async def packets(connection, buffer, count):
    """MQTT packets have nothing to do with frames: they are cut from what came."""
    while True:
        length, shift, index = 0, 0, 1
        while index < len(buffer):
            length |= (buffer[index] & 0x7F) << shift
            shift += 7
            index += 1
            if not buffer[index - 1] & 0x80:
                break
        if index + length <= len(buffer) and index > 1:
            first, body = buffer[0], bytes(buffer[index : index + length])
            del buffer[: index + length]
            yield first, body
            count -= 1
            if count == 0:
                return
        else:
            async with asyncio.timeout(PATIENCE):
                buffer += await connection.recv()


async def test_packets_that_straddle_frames_and_frames_that_hold_many(broker):
    async with websockets.connect(url(broker), subprotocols=["mqtt"]) as connection:
        assert connection.subprotocol == "mqtt"
        stream = wire.connect("straddler", 5, True, 0) + wire.subscribe(1, [("s", 0)], None, 5)
        stream += b"".join(wire.publish("s", str(n).encode(), 0, None, version=5) for n in range(50))
        for start in range(0, len(stream), 7):
            await connection.send(bytes(stream[start : start + 7]))
        buffer = bytearray()
        found = [packet async for packet in packets(connection, buffer, 52)]
        assert [first >> 4 for first, _ in found] == [2, 9] + [3] * 50
        assert [body[-1:] for _, body in found[2:5]] == [b"0", b"1", b"2"]


async def test_a_fragmented_message_with_pings_between(broker):
    async with websockets.connect(url(broker), subprotocols=["mqtt"]) as connection:
        packet = wire.connect("fragments", 5, True, 0)

        async def parts():
            for byte in packet:
                yield bytes([byte])
                await (await connection.ping())

        await connection.send(parts())
        buffer = bytearray()
        assert [first async for first, _ in packets(connection, buffer, 1)] == [0x20]


async def test_a_text_frame_ends_the_connection_with_1003(broker):
    async with websockets.connect(url(broker), subprotocols=["mqtt"]) as connection:
        await connection.send("text")
        with pytest.raises(websockets.ConnectionClosed) as ended:
            await connection.recv()
        assert ended.value.rcvd.code == 1003


async def test_compression_is_declined_and_works_without(broker):
    async with websockets.connect(url(broker), subprotocols=["mqtt"], compression="deflate") as connection:
        assert not connection.protocol.extensions
        await connection.send(wire.connect("plain", 5, True, 0))
        buffer = bytearray()
        assert [first async for first, _ in packets(connection, buffer, 1)] == [0x20]


async def test_disconnect_is_followed_by_a_normal_close(broker):
    async with websockets.connect(url(broker), subprotocols=["mqtt"]) as connection:
        await connection.send(wire.connect("leaver", 5, True, 0))
        await connection.recv()
        await connection.send(b"\xe0\x00")
        with pytest.raises(websockets.ConnectionClosed) as ended:
            await connection.recv()
        assert ended.value.rcvd.code == 1000


async def test_a_broker_that_stops_says_so_in_the_close_too(start_broker):
    broker = start_broker(server__mqtt__ws__plain__addr="127.0.0.1:0")
    async with websockets.connect(url(broker), subprotocols=["mqtt"]) as connection:
        await connection.send(wire.connect("stays", 5, True, 0))
        await connection.recv()
        broker.process.terminate()
        with pytest.raises(websockets.ConnectionClosed) as ended:
            while True:
                await connection.recv()
        assert ended.value.rcvd.code == 1001


@pytest.mark.parametrize(
    ("path", "headers", "status", "words"),
    [
        ("/mqtt", {}, 426, b"MQTT"),
        ("/elsewhere", {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}, 404, b"/mqtt"),
        ("/mqtt", {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "8"}, 426, b"version 13"),
        ("/mqtt", {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13", "Sec-WebSocket-Protocol": "chat"}, 400, b"subprotocol mqtt"),
    ],
)
def test_a_request_that_is_no_mqtt_is_answered_in_http(broker, path, headers, status, words):
    connection = http.client.HTTPConnection("127.0.0.1", broker.ports["ws"], timeout=PATIENCE)
    key = {"Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode()}
    connection.request("GET", path, headers={**key, **headers})
    response = connection.getresponse()
    assert response.status == status
    assert words in response.read()


def test_a_foreign_origin_is_refused_when_origins_are_listed(start_broker):
    broker = start_broker(
        config="server: {mqtt: {tcp: {plain: {addr: 127.0.0.1:0}}, ws: {plain: {addr: 127.0.0.1:0, allowed_origins: [https://ok.example]}}}}"
    )

    async def attempt(origin):
        async with websockets.connect(url(broker), subprotocols=["mqtt"], origin=origin) as connection:
            return connection.subprotocol

    assert asyncio.run(attempt("https://ok.example")) == "mqtt"
    with pytest.raises(websockets.InvalidStatus) as refused:
        asyncio.run(attempt("https://evil.example"))
    assert refused.value.response.status_code == 403


def test_who_says_nothing_is_not_waited_for_for_ever(start_broker):
    broker = start_broker(
        server__mqtt__ws__plain__addr="127.0.0.1:0", server__mqtt__ws__plain__handshake_timeout="300ms"
    )
    with socket.create_connection(("127.0.0.1", broker.ports["ws"]), timeout=PATIENCE) as silent:
        silent.sendall(b"GET /mqtt HTTP/1.1\r\n")
        assert silent.recv(100) == b""


def test_raw_tcp_clients_are_told_nothing_on_a_websocket_port(broker):
    with pytest.raises((Closed, AssertionError)):
        RawClient(broker.at("ws")).connect("lost")
