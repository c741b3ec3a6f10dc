"""Publish to delivery: QoS in both directions, order, and the bytes that arrive. MQTT 5.0 §3.3, §4.3, §4.6."""
import pytest
from support import wire

pytestmark = pytest.mark.shards

VERSIONS = [5, 4, 3]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("granted", [0, 1, 2])
@pytest.mark.parametrize("published", [0, 1, 2])
def test_the_lower_of_both_qos_is_delivered(client, version, published, granted):
    reader = client("reader", version)
    reader.subscribe(("a/b", granted))
    writer = client("writer", version)
    writer.publish("a/b", "value", published)
    found = reader.delivery()
    assert (found.topic, found.payload, found.qos) == ("a/b", b"value", min(published, granted))
    assert not found.retain and not found.dup
    assert reader.is_alive() and writer.is_alive()


@pytest.mark.parametrize("writer_version", [5, 4])
@pytest.mark.parametrize("reader_version", [5, 4])
def test_versions_reach_each_other(client, reader_version, writer_version):
    reader = client("reader", reader_version)
    reader.subscribe(("mixed/#", 1))
    client("writer", writer_version).publish("mixed/topic", "across", 1)
    assert reader.delivery().payload == b"across"


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_order_is_kept_from_one_publisher_to_one_subscriber(client, qos):
    reader, writer = client("reader"), client("writer")
    reader.subscribe(("order", qos))
    count = 500
    if qos == 0:
        writer.send(*(wire.publish("order", str(n)) for n in range(count)))
    else:
        for n in range(count):
            writer.publish("order", str(n), qos)
    assert [int(reader.delivery().payload) for _ in range(count)] == list(range(count))


def test_a_qos_2_publish_repeated_before_pubrel_is_delivered_once(client):
    reader, writer = client("reader"), client("writer")
    reader.subscribe(("once", 2))
    writer.send(wire.publish("once", "first", 2, 7))
    assert writer.expect(wire.PUBREC).packet_id == 7
    writer.send(wire.publish("once", "first", 2, 7, dup=True))
    assert writer.expect(wire.PUBREC).packet_id == 7
    writer.send(wire.acknowledgement(wire.PUBREL, 7))
    assert writer.expect(wire.PUBCOMP).reason == 0
    writer.publish("once", "barrier", 2)
    assert [one.payload for one in reader.deliveries_until("barrier")] == [b"first"]


def test_a_packet_identifier_is_free_again_after_pubcomp(client):
    reader, writer = client("reader"), client("writer")
    reader.subscribe(("reuse", 2))
    for payload in ("one", "two"):
        writer.send(wire.publish("reuse", payload, 2, 9))
        assert writer.expect(wire.PUBREC).packet_id == 9
        writer.send(wire.acknowledgement(wire.PUBREL, 9))
        writer.expect(wire.PUBCOMP)
    assert [reader.delivery().payload, reader.delivery().payload] == [b"one", b"two"]


def test_pubrel_for_an_unknown_identifier_says_so_and_keeps_the_connection(client):
    one = client()
    one.send(wire.acknowledgement(wire.PUBREL, 77))
    answer = one.expect(wire.PUBCOMP)
    assert (answer.packet_id, answer.reason) == (77, 0x92)
    assert one.is_alive()


def test_acknowledgements_come_in_the_order_of_the_publishes(client):
    writer = client()
    writer.send(*(wire.publish("acks", b"", 1, n) for n in range(1, 201)))
    assert [writer.expect(wire.PUBACK).packet_id for _ in range(200)] == list(range(1, 201))


def test_an_empty_payload_arrives_empty(client):
    reader = client()
    reader.subscribe("empty")
    client().publish("empty", b"")
    assert reader.delivery().payload == b""


def test_any_byte_survives(client):
    reader = client()
    reader.subscribe(("bytes", 1))
    payload = bytes(range(256)) * 41
    client().publish("bytes", payload, 1)
    assert reader.delivery().payload == payload


@pytest.mark.parametrize("size", [127, 128, 4_095, 4_096, 16_383, 16_384, 262_144, 1_000_000])
def test_sizes_on_both_sides_of_every_internal_boundary_arrive_whole(client, size):
    reader, writer = client(), client()
    reader.subscribe(("size", 1))
    payload = bytes(n * 7 & 0xFF for n in range(251)) * (size // 251 + 1)
    for qos in (0, 1):
        writer.publish("size", payload[:size], qos)
        assert reader.delivery().payload == payload[:size]


def test_a_packet_may_come_one_byte_at_a_time(client):
    reader, writer = client(), client(connected=False)
    reader.subscribe("slowly")
    for byte in wire.connect("dribble") + wire.publish("slowly", "whole"):
        writer.send(bytes([byte]))
    assert reader.delivery().payload == b"whole"


def test_many_packets_may_come_in_one_segment_with_the_connect(client):
    """A client need not wait for CONNACK before it sends. MQTT 5.0 §3.1.4."""
    reader = client()
    reader.subscribe("eager")
    writer = client(connected=False)
    writer.send(wire.connect("eager"), *(wire.publish("eager", str(n), 1, n + 1) for n in range(50)))
    assert writer.expect(wire.CONNACK).reason == 0
    assert [reader.delivery().payload for _ in range(50)] == [str(n).encode() for n in range(50)]
    assert [writer.expect(wire.PUBACK).packet_id for _ in range(50)] == list(range(1, 51))


@pytest.mark.parametrize("subscribers", [50])
def test_fan_out_reaches_every_subscriber(client, subscribers):
    readers = [client() for _ in range(subscribers)]
    for reader in readers:
        reader.subscribe(("fan/+", 1))
    writer = client()
    for n in range(20):
        writer.publish(f"fan/{n}", str(n), 1)
    for reader in readers:
        assert sorted(int(reader.delivery().payload) for _ in range(20)) == list(range(20))


def test_puback_says_when_nobody_is_subscribed_or_says_success(client):
    """0x10 is allowed, not asked for. MQTT 5.0 §3.4.2.1."""
    writer = client()
    writer.send(wire.publish("nobody/listens", "x", 1, 1))
    assert writer.expect(wire.PUBACK).reason in (0x00, 0x10)
