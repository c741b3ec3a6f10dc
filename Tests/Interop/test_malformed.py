"""Hostile bytes: each ends its own connection with the reason the specification names, and harms nothing else."""
import os
import random
import socket
import struct

import pytest
from support import wire
from support.client import Closed, RawClient

MALFORMED, PROTOCOL, TOPIC, TOO_LARGE, ALIAS = 0x81, 0x82, 0x90, 0x95, 0x94


def connect_bytes(flags=0x02, name=b"\x00\x04MQTT", level=5, keep_alive=0, props=b"", tail=b"\x00\x01c"):
    head = name + struct.pack(">BBH", level, flags, keep_alive)
    return wire.packet(wire.CONNECT, 0, head + (wire.properties(props) if level == 5 else b"") + tail)


def text(value):
    return wire.text(value)


# name -> (bytes, reasons that CONNACK may carry; empty: the connection just ends). Source: MQTT 5.0 §3.1, §4.13.
BEFORE_CONNECT = {
    "PUBLISH first [MQTT-3.1.0-1]": (wire.publish("a", "x"), ()),
    "PINGREQ first": (wire.PINGREQ_BYTES, ()),
    "SUBSCRIBE first": (wire.subscribe(1, [("a", 0)]), ()),
    "packet type 0": (b"\x00\x00", ()),
    "an HTTP request": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", ()),
    "a TLS hello": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64), ()),
    "the AMQP header": (b"AMQP\x00\x00\x09\x01", ()),
    "CONNECT with header flags [MQTT-2.1.3-1]": (b"\x11" + connect_bytes()[1:], (MALFORMED,)),
    "protocol name MQTX": (connect_bytes(name=b"\x00\x04MQTX"), (0x84, 0x01)),
    "protocol level 6": (connect_bytes(level=6, props=b""), (0x84, 0x01)),
    "reserved flag set [MQTT-3.1.2-3]": (connect_bytes(flags=0x03), (MALFORMED,)),
    "will QoS 3 [MQTT-3.1.2-12]": (connect_bytes(flags=0x1E, tail=text("c") + b"\x00" + text("w") + text("p")), (MALFORMED,)),
    "will QoS without a will [MQTT-3.1.2-11]": (connect_bytes(flags=0x0A), (MALFORMED,)),
    "will retain without a will [MQTT-3.1.2-13]": (connect_bytes(flags=0x22), (MALFORMED,)),
    "will topic with a wildcard": (wire.connect("c", will=("a/#", "x", 0, False, {})), (MALFORMED, PROTOCOL, TOPIC)),
    "a field missing at the end": (connect_bytes(tail=b""), (MALFORMED,)),
    "a string longer than the packet": (connect_bytes(tail=b"\x00\x09abc"), (MALFORMED,)),
    "bytes after the end": (connect_bytes(tail=text("c") + b"more"), (MALFORMED, PROTOCOL)),
    "user name announced but missing": (connect_bytes(flags=0x82), (MALFORMED,)),
    "NUL in the identifier [MQTT-1.5.4-2]": (connect_bytes(tail=text(b"a\x00b")), (MALFORMED, 0x85)),
    "a surrogate in the identifier [MQTT-1.5.4-1]": (connect_bytes(tail=text(b"\xed\xa0\x80")), (MALFORMED, 0x85)),
    "overlong UTF-8 in the identifier": (connect_bytes(tail=text(b"\xc0\xaf")), (MALFORMED, 0x85)),
    "session expiry twice": (connect_bytes(props=wire.prop("session_expiry", 1) * 2), (PROTOCOL,)),
    "receive maximum 0": (connect_bytes(props=wire.prop("receive_maximum", 0)), (PROTOCOL,)),
    "maximum packet size 0": (connect_bytes(props=wire.prop("maximum_packet_size", 0)), (PROTOCOL,)),
    "request problem information 2": (connect_bytes(props=wire.prop("request_problem", 2)), (PROTOCOL,)),
    "request response information 2": (connect_bytes(props=wire.prop("request_response", 2)), (PROTOCOL,)),
    "authentication data without a method": (connect_bytes(props=wire.prop("auth_data", b"x")), (PROTOCOL,)),
    "an authentication method nobody knows": (connect_bytes(props=wire.prop("auth_method", "x")), (0x8C,)),
    "a property of another packet": (connect_bytes(props=wire.prop("subscription_id", 1)), (MALFORMED, PROTOCOL)),
    "a property nobody knows": (connect_bytes(props=b"\x7f\x00"), (MALFORMED, PROTOCOL)),
    "properties longer than the packet": (
        wire.packet(wire.CONNECT, 0, b"\x00\x04MQTT\x05\x02\x00\x00\xff\x7f\x00\x01c"), (MALFORMED,)),
    "a remaining length of five bytes [MQTT-1.5.5]": (b"\x10\xff\xff\xff\xff\x01", (MALFORMED,)),
    "a declared length of 256 MiB": (b"\x10\xff\xff\xff\x7f\x00\x04MQTT\x05\x02", (MALFORMED, TOO_LARGE)),
}


@pytest.mark.parametrize("case", BEFORE_CONNECT)
def test_before_connect(client, case):
    raw, reasons = BEFORE_CONNECT[case]
    bystander = client("bystander")
    attacker = client(connected=False)
    attacker.send(raw)
    try:
        said = attacker.receive()
    except Closed:
        said = None
    if said is not None:
        assert said.kind in (wire.CONNACK, wire.DISCONNECT)
        assert said.reason in reasons, f"{said.reason:#04x}"
        assert not said.session_present
        attacker.expect_closed()
    assert bystander.is_alive()


@pytest.mark.fluxd
@pytest.mark.parametrize(
    "case", [name for name, (_, reasons) in BEFORE_CONNECT.items() if {0x84, PROTOCOL, 0x8C} & set(reasons)]
)
def test_a_refused_connect_is_told_why(client, case):
    """CONNACK is a courtesy in the specification and a promise here."""
    raw, reasons = BEFORE_CONNECT[case]
    attacker = client(connected=False)
    attacker.send(raw)
    assert attacker.expect(wire.CONNACK).reason in reasons


def publish_raw(flags, body):
    return wire.packet(wire.PUBLISH, flags, body)


# name -> (bytes, reasons that DISCONNECT may carry). Source: MQTT 5.0 §3.2 to §3.15, §4.13.
AFTER_CONNECT = {
    "a second CONNECT [MQTT-3.1.0-2]": (wire.connect("again"), (PROTOCOL,)),
    "packet type 0": (b"\x00\x00", (MALFORMED,)),
    "CONNACK from a client": (b"\x20\x03\x00\x00\x00", (PROTOCOL, MALFORMED)),
    "SUBACK from a client": (b"\x90\x04\x00\x01\x00\x00", (PROTOCOL, MALFORMED)),
    "UNSUBACK from a client": (b"\xb0\x04\x00\x01\x00\x00", (PROTOCOL, MALFORMED)),
    "PINGRESP from a client": (b"\xd0\x00", (PROTOCOL, MALFORMED)),
    "AUTH without a method": (b"\xf0\x02\x18\x00", (PROTOCOL,)),
    "PUBLISH with QoS 3 [MQTT-3.3.1-4]": (publish_raw(0x06, b"\x00\x01a\x00\x01\x00x"), (MALFORMED,)),
    "PUBLISH with DUP and QoS 0 [MQTT-3.3.1-2]": (publish_raw(0x08, b"\x00\x01a\x00x"), (MALFORMED, PROTOCOL)),
    "PUBLISH with packet identifier 0 [MQTT-2.2.1-3]": (wire.publish("a", "x", 1, 0), (MALFORMED, PROTOCOL)),
    "PUBLISH to a wildcard [MQTT-3.3.2-2]": (wire.publish("a/+", "x"), (MALFORMED, PROTOCOL, TOPIC)),
    "PUBLISH without topic and alias": (wire.publish("", "x"), (PROTOCOL,)),
    "PUBLISH with NUL in the topic": (wire.publish(b"a\x00b", "x"), (MALFORMED, TOPIC)),
    "PUBLISH with ill-formed UTF-8 in the topic": (wire.publish(b"a\xff", "x"), (MALFORMED, TOPIC)),
    "PUBLISH with alias 0": (wire.publish("a", "x", props={"topic_alias": 0}), (ALIAS,)),
    "PUBLISH with an alias above the maximum": (wire.publish("a", "x", props={"topic_alias": 65_535}), (ALIAS,)),
    "PUBLISH with an alias that names nothing": (wire.publish("", "x", props={"topic_alias": 1}), (PROTOCOL, ALIAS)),
    "PUBLISH with an alias twice": (wire.publish("a", "x", props=wire.prop("topic_alias", 1) * 2), (PROTOCOL,)),
    "PUBLISH with a subscription identifier [MQTT-3.3.4-6]": (
        wire.publish("a", "x", props={"subscription_id": 1}), (PROTOCOL, MALFORMED)),
    "PUBLISH with a wildcard response topic [MQTT-3.3.2-14]": (
        wire.publish("a", "x", props={"response_topic": "a/#"}), (PROTOCOL, MALFORMED, TOPIC)),
    "PUBLISH with a property of another packet": (wire.publish("a", "x", props={"receive_maximum": 5}), (MALFORMED, PROTOCOL)),
    "PUBLISH with a property nobody knows": (wire.publish("a", "x", props=b"\x7f\x00"), (MALFORMED, PROTOCOL)),
    "PUBLISH that ends inside its topic": (publish_raw(0, b"\x00\x09abc"), (MALFORMED,)),
    "PUBLISH that ends inside its properties": (publish_raw(0, b"\x00\x01a\x09\x01"), (MALFORMED,)),
    "PUBLISH with a property length of five bytes": (publish_raw(0, b"\x00\x01a\xff\xff\xff\xff\x01"), (MALFORMED,)),
    "PUBACK with header flags": (b"\x41\x02\x00\x01", (MALFORMED,)),
    "PUBREL without its header flags [MQTT-3.6.1-1]": (b"\x60\x02\x00\x01", (MALFORMED,)),
    "PUBACK of one byte": (b"\x40\x01\x00", (MALFORMED,)),
    "SUBSCRIBE without its header flags [MQTT-3.8.1-1]": (b"\x80" + wire.subscribe(1, [("a", 0)])[1:], (MALFORMED,)),
    "SUBSCRIBE without filters [MQTT-3.8.3-2]": (wire.subscribe(1, []), (PROTOCOL, MALFORMED)),
    "SUBSCRIBE with packet identifier 0": (wire.subscribe(0, [("a", 0)]), (PROTOCOL, MALFORMED)),
    "SUBSCRIBE with QoS 3": (wire.subscribe(1, [("a", 3)]), (PROTOCOL, MALFORMED)),
    "SUBSCRIBE with retain handling 3": (wire.subscribe(1, [("a", 0x30)]), (PROTOCOL,)),
    "SUBSCRIBE with reserved options [MQTT-3.8.3-5]": (wire.subscribe(1, [("a", 0x40)]), (MALFORMED,)),
    "SUBSCRIBE with identifier 0": (wire.subscribe(1, [("a", 0)], {"subscription_id": 0}), (PROTOCOL,)),
    "SUBSCRIBE with two identifiers": (wire.subscribe(1, [("a", 0)], {"subscription_id": [1, 2]}), (PROTOCOL,)),
    "SUBSCRIBE shared with no local [MQTT-3.8.3-4]": (wire.subscribe(1, [("$share/g/a", 0x04)]), (PROTOCOL,)),
    "SUBSCRIBE that ends before its options": (wire.packet(wire.SUBSCRIBE, 2, b"\x00\x01\x00\x00\x01a"), (MALFORMED,)),
    "UNSUBSCRIBE without its header flags [MQTT-3.10.1-1]": (b"\xa0" + wire.unsubscribe(1, ["a"])[1:], (MALFORMED,)),
    "UNSUBSCRIBE without filters [MQTT-3.10.3-2]": (wire.unsubscribe(1, []), (PROTOCOL, MALFORMED)),
    "PINGREQ with header flags": (b"\xc1\x00", (MALFORMED,)),
    "PINGREQ with a body": (b"\xc0\x01\x00", (MALFORMED, PROTOCOL)),
    "DISCONNECT with header flags [MQTT-3.14.1-1]": (b"\xe1\x00", (MALFORMED,)),
    "DISCONNECT that raises a session expiry of 0": (wire.disconnect(0, {"session_expiry": 9}), (PROTOCOL,)),
    "a remaining length of five bytes": (b"\x30\xff\xff\xff\xff\x01", (MALFORMED,)),
}


@pytest.mark.parametrize("case", AFTER_CONNECT)
def test_after_connect(client, case):
    raw, reasons = AFTER_CONNECT[case]
    bystander, attacker = client("bystander"), client("attacker")
    bystander.subscribe(("safe", 1))
    attacker.send(raw)
    said = attacker.expect_closed()
    assert said is not None, "closed without a reason"
    assert said.reason in reasons, f"{said.reason:#04x}"
    client().publish("safe", "still here", 1)
    assert bystander.delivery().payload == b"still here"


@pytest.mark.parametrize(
    "case",
    [name for name in AFTER_CONNECT if not any(word in name for word in ("PUBLISH", "SUBSCRIBE", "expiry"))],
)
def test_3_1_1_is_closed_without_a_packet(client, case):
    attacker = client("attacker", 4)
    attacker.send(AFTER_CONNECT[case][0])
    assert attacker.expect_closed() is None


@pytest.mark.fluxd
def test_a_length_above_the_limit_is_refused_from_the_header(client):
    """Not one byte of the body is sent; a server that waited for it would not answer."""
    attacker = client("attacker")
    limit = attacker.connack.props["maximum_packet_size"]
    attacker.send(b"\x30" + wire.varint(limit))  # with its header, this is over the limit
    assert attacker.expect_closed().reason == TOO_LARGE


@pytest.mark.fluxd
def test_the_largest_packet_that_is_announced_is_taken(client):
    reader, writer = client(), client()
    reader.subscribe(("l", 0))
    limit = writer.connack.props["maximum_packet_size"]
    writer.send(wire.publish("l", b"x" * (limit - 9)))
    writer.send(wire.PINGREQ_BYTES)
    answer = writer.receive()
    assert answer.kind == wire.PINGRESP or (answer.kind == wire.DISCONNECT and answer.reason == TOO_LARGE)


@pytest.mark.fluxd
def test_a_payload_above_max_message_size_is_refused(start_broker, client):
    broker = start_broker(broker__max_message_size=2048)
    attacker = client("attacker", to=broker)
    assert attacker.publish("a", b"x" * 2048, 1)
    attacker.send(wire.publish("a", b"x" * 200_000, 1, 2))
    try:
        assert attacker.expect_closed().reason == TOO_LARGE
    except OSError:
        pass  # the socket was reset while the body was still going out


@pytest.mark.parametrize("seed", range(20))
def test_random_bytes_harm_nobody(client, broker, seed):
    bystander = client("bystander")
    chance = random.Random(seed)
    for _ in range(20):
        attacker = RawClient(broker)
        try:
            if chance.random() < 0.7:
                attacker.connect(f"random-{seed}")
            base = chance.choice([raw for raw, _ in AFTER_CONNECT.values()])
            noise = bytearray(base * chance.randint(1, 3))
            for _ in range(chance.randint(1, 6)):
                noise[chance.randrange(len(noise))] = chance.randrange(256)
            attacker.send(bytes(noise), chance.randbytes(chance.randint(0, 200)))
        except OSError:
            pass
        finally:
            attacker.close()
    assert bystander.is_alive()


def test_a_connection_that_says_nothing_does_not_stop_others(client, broker):
    silent = [socket.create_connection((broker.host, broker.port)) for _ in range(50)]
    assert client().is_alive()
    for one in silent:
        one.close()


def test_half_a_packet_then_a_reset(client, broker):
    bystander = client("bystander")
    whole = wire.publish("a", os.urandom(1000), 1, 1)
    for cut in range(1, len(whole), 97):
        one = client("half")
        one.send(whole[:cut])
        one.reset()
    assert bystander.is_alive()
