"""Filters and topics. MQTT 5.0 §4.7, §3.8."""
import pytest
from support import wire

MATCHES = [
    ("a/b/c", "a/b/c", True), ("a/b/c", "a/b", False), ("a/+/c", "a/b/c", True), ("a/+/c", "a//c", True),
    ("a/+", "a/b/c", False), ("a/+", "a", False), ("a/#", "a/b/c", True), ("a/#", "a", True), ("a/#", "ab", False),
    ("#", "a/b", True), ("#", "/", True), ("+", "a", True), ("+", "/a", False), ("+/+", "/a", True), ("/+", "/a", True),
    ("+/a", "/a", True), ("a/+/#", "a/b", True), ("a/+/#", "a", False), ("#", "$hidden/a", False),
    ("+/a", "$hidden/a", False), ("$hidden/#", "$hidden/a", True), ("$hidden/+", "$hidden/a", True),
    ("A/b", "a/b", False), ("a/b", "a/b/", False), ("a/b/", "a/b/", True), ("töpic/ü", "töpic/ü", True),
    ("a b/c", "a b/c", True), ("𝄞/#", "𝄞/clef", True),
]


@pytest.mark.parametrize("name,topic,matches", MATCHES, ids=[f"{f} {t}" for f, t, _ in MATCHES])
def test_a_filter_matches_exactly_what_the_specification_says(client, name, topic, matches):
    reader, writer = client(), client()
    reader.subscribe((name, 1), ("barrier", 1))
    writer.publish(topic, "value", 1)
    writer.publish("barrier", "barrier", 1)
    found = [one.topic for one in reader.deliveries_until("barrier")]
    assert [topic_found for topic_found in found if topic_found == topic] == ([topic] if matches else [])


@pytest.mark.parametrize("name", ["a/#/b", "a#", "a/b+", "+a", "#/a", "", "$share/g", "$share//a", "$share/g/", "$share/a+b/c"])
@pytest.mark.parametrize("version", [5, 4])
def test_an_invalid_filter_is_refused(client, name, version):
    one = client(version=version)
    one.send(wire.subscribe(1, [(name, 0)], version=version))
    try:
        answer = one.receive()
    except Exception:  # closed without a packet, which is 3.1.1's way
        assert version != 5
        return
    if answer.kind == wire.SUBACK:
        assert answer.reasons == ([0x8F] if version == 5 else [0x80])
    else:
        assert answer.kind == wire.DISCONNECT and answer.reason in (0x81, 0x82, 0x8F)


def test_unsubscribe_ends_deliveries_and_names_what_was_not_there(client):
    reader, writer = client(), client()
    reader.subscribe(("gone/#", 1), ("stays", 1))
    assert reader.unsubscribe("gone/#", "never/there").reasons == [0x00, 0x11]
    writer.publish("gone/a", "x", 1)
    writer.publish("stays", "barrier", 1)
    assert reader.deliveries_until("barrier") == []


def test_suback_has_a_code_for_each_filter_in_order(client):
    one = client()
    one.subscribe(("q/2", 2), ("q/0", 0), ("q/1", 1), expect=[2, 0, 1])


def test_a_second_subscribe_replaces_the_first(client):
    reader, writer = client(), client()
    reader.subscribe(("same", 0))
    reader.subscribe(("same", 1))
    writer.publish("same", "once", 1)
    writer.publish("same", "barrier", 1)
    found = reader.deliveries_until("barrier")
    assert [(one.payload, one.qos) for one in found] == [(b"once", 1)]


def test_a_subscription_holds_for_what_is_published_right_after_suback(client):
    """On any shard: SUBACK means visible."""
    writer = client()
    for n in range(100):
        reader = client()
        reader.subscribe((f"now/{n}", 1))
        writer.publish(f"now/{n}", str(n), 1)
        assert reader.delivery().payload == str(n).encode()
        reader.close()


def test_a_cached_route_notices_changes(client):
    """A publisher that repeats its topic sees subscribers come and go, exact and by wildcard."""
    writer, reader = client(), client()
    for n in range(50):
        name = ("route/x", "route/+", "#", "route/#")[n % 4]
        writer.publish("route/x", "unseen", 1)
        reader.subscribe((name, 1))
        writer.publish("route/x", f"seen {n}", 1)
        assert reader.delivery().payload == f"seen {n}".encode()
        reader.unsubscribe(name)
    assert reader.is_alive()


def test_ten_thousand_topics_are_all_delivered(client):
    reader, writer = client(), client()
    reader.subscribe(("many/#", 0))
    for start in range(0, 10_000, 500):
        writer.send(*(wire.publish(f"many/{n}", str(n)) for n in range(start, start + 500)))
        assert [int(reader.delivery().payload) for _ in range(500)] == list(range(start, start + 500))


def test_sixty_four_kibibytes_of_topic_arrive(client):
    topic = "x/" + "y" * 65_533
    reader, writer = client(), client()
    reader.subscribe(("x/+", 1))
    writer.publish(topic, "long", 1)
    assert reader.delivery().topic == topic
