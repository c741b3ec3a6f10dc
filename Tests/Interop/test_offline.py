"""Messages that wait for a client: offline queue, redelivery, windows. MQTT 5.0 §4.4, §4.6, §4.9."""
import pytest
from support import wire

pytestmark = pytest.mark.shards

KEPT = {"session_expiry": 300}


def leave(client, name, filters=(("for/#", 2),), **more):
    one = client(name, props={**KEPT, **more.pop("props", {})}, **more)
    one.subscribe(*filters)
    one.disconnect()


def test_what_was_published_meanwhile_arrives_in_order(client):
    leave(client, "away")
    writer = client()
    for n in range(300):
        writer.publish(f"for/{n % 3}", str(n), 1 + n % 2)
    again = client("away", clean=False, props=KEPT)
    assert [int(again.delivery().payload) for _ in range(300)] == list(range(300))


def test_qos_0_does_not_wait_for_an_absent_client(client):
    leave(client, "away")
    writer = client()
    writer.publish("for/a", "dropped", 0)
    writer.publish("for/a", "barrier", 1)
    again = client("away", clean=False, props=KEPT)
    assert again.deliveries_until("barrier") == []


def test_unacknowledged_qos_1_is_sent_again_with_dup_and_the_same_identifier(client):
    first = client("again", props=KEPT)
    first.subscribe(("for/#", 1))
    client().publish("for/a", "twice", 1)
    before = first.delivery(acknowledge=False)
    assert not before.dup
    first.reset()
    second = client("again", clean=False, props=KEPT)
    after = second.delivery()
    assert (after.payload, after.packet_id, after.dup) == (b"twice", before.packet_id, True)


def test_a_qos_2_exchange_continues_where_it_stood(client):
    first = client("exchange", props=KEPT)
    first.subscribe(("for/#", 2))
    client().publish("for/a", "once", 2)
    before = first.delivery(acknowledge=False)
    first.send(wire.acknowledgement(wire.PUBREC, before.packet_id))
    assert first.expect(wire.PUBREL).packet_id == before.packet_id
    first.reset()
    second = client("exchange", clean=False, props=KEPT)
    assert second.expect(wire.PUBREL).packet_id == before.packet_id, "not the message again"
    second.send(wire.acknowledgement(wire.PUBCOMP, before.packet_id))
    client().publish("for/a", "barrier", 1)
    assert second.deliveries_until("barrier") == []


def test_the_server_remembers_a_qos_2_identifier_over_a_reconnect(client):
    reader = client("reader")
    reader.subscribe(("once", 2))
    writer = client("writer", props=KEPT)
    writer.send(wire.publish("once", "x", 2, 5))
    writer.expect(wire.PUBREC)
    writer.reset()
    writer = client("writer", clean=False, props=KEPT)
    assert writer.connack.session_present
    writer.send(wire.publish("once", "x", 2, 5, dup=True))
    writer.expect(wire.PUBREC)
    writer.send(wire.acknowledgement(wire.PUBREL, 5))
    writer.expect(wire.PUBCOMP)
    writer.publish("once", "barrier", 2)
    assert [one.payload for one in reader.deliveries_until("barrier")] == [b"x"]


def test_redelivered_messages_come_before_newer_ones(client):
    first = client("orderly", props={**KEPT, "receive_maximum": 2})
    first.subscribe(("for/#", 1))
    writer = client()
    for n in range(10):
        writer.publish("for/a", str(n), 1)
    assert [first.delivery(acknowledge=False).payload for _ in range(2)] == [b"0", b"1"]
    first.reset()
    second = client("orderly", clean=False, props=KEPT)
    assert [second.delivery().payload for _ in range(10)] == [str(n).encode() for n in range(10)]


@pytest.mark.parametrize("qos", [1, 2])
def test_a_window_of_one_sends_the_next_after_the_acknowledgement(client, qos):
    reader = client("narrow", props={"receive_maximum": 1})
    reader.subscribe(("for/#", qos))
    writer = client()
    for n in range(20):
        writer.publish("for/a", str(n), qos)
    for n in range(20):
        found = reader.delivery(acknowledge=False)
        assert found.payload == str(n).encode()
        assert reader.is_alive(), "a second PUBLISH before the acknowledgement would show here"
        if qos == 1:
            reader.send(wire.acknowledgement(wire.PUBACK, found.packet_id))
        else:
            reader.send(wire.acknowledgement(wire.PUBREC, found.packet_id))
            assert reader.expect(wire.PUBREL).packet_id == found.packet_id
            reader.send(wire.acknowledgement(wire.PUBCOMP, found.packet_id))


def test_a_full_window_loses_nothing_and_lets_qos_0_pass(client):
    reader = client("full", props={"receive_maximum": 5})
    reader.subscribe(("for/#", 1))
    writer = client()
    for n in range(200):
        writer.publish("for/a", str(n), 1)
    writer.publish("for/zero", "passes", 0)
    held = [reader.delivery(acknowledge=False) for _ in range(5)]
    assert reader.delivery().payload == b"passes"
    for one in held:
        reader.send(wire.acknowledgement(wire.PUBACK, one.packet_id))
    assert [int(reader.delivery().payload) for _ in range(195)] == list(range(5, 200))


def test_an_error_pubrec_ends_the_exchange_and_frees_the_window(client):
    reader = client("refuses", props={"receive_maximum": 1})
    reader.subscribe(("for/#", 2))
    writer = client()
    writer.publish("for/a", "refused", 2)
    writer.publish("for/a", "next", 2)
    found = reader.delivery(acknowledge=False)
    reader.send(wire.acknowledgement(wire.PUBREC, found.packet_id, 0x80))
    assert reader.delivery().payload == b"next"


@pytest.mark.parametrize("policy,expected", [("evict", list(range(20, 30))), ("reject", list(range(10)))])
@pytest.mark.fluxd
def test_the_offline_limit_has_two_policies(start_broker, client, policy, expected):
    broker = start_broker(session__max_offline_queue_size=10, session__offline_queue_policy=policy)
    first = client("limited", to=broker, props=KEPT)
    first.subscribe(("for/#", 1))
    first.disconnect()
    writer = client(to=broker)
    for n in range(30):
        writer.publish("for/a", str(n), 1)
    again = client("limited", to=broker, clean=False, props=KEPT)
    assert [int(again.delivery().payload) for _ in range(10)] == expected
    writer.publish("for/a", "barrier", 1)
    assert again.deliveries_until("barrier") == []


def test_nothing_is_resent_while_the_connection_lasts(client):
    """MQTT 5.0 §4.4: only a reconnect makes a sender repeat itself."""
    reader = client("patient", props={"receive_maximum": 10})
    reader.subscribe(("for/#", 1))
    writer = client()
    writer.publish("for/a", "held", 1)
    held = reader.delivery(acknowledge=False)
    for n in range(50):
        writer.publish("for/b", str(n), 1)
        assert reader.delivery().payload == str(n).encode()
    reader.send(wire.acknowledgement(wire.PUBACK, held.packet_id))
    assert reader.is_alive()
