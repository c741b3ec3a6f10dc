"""MQTT 5 properties end to end. MQTT 5.0 §3.3.2.3, §4.10."""
import time

import pytest
from support import wire

KEPT = {"session_expiry": 300}


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_every_property_of_a_publish_arrives_as_it_was(client, qos):
    props = {
        "payload_format": 1, "content_type": "application/json", "response_topic": "replies/here",
        "correlation_data": bytes(range(256)), "user": [("z", "1"), ("a", "2"), ("z", "3"), ("z", "1"), ("", "")],
    }
    reader = client()
    reader.subscribe(("props", qos))
    client().publish("props", "{}", qos, props=props)
    assert reader.delivery().props == props


def test_user_properties_keep_their_order_and_duplicates(client):
    pairs = [(f"k{n % 5}", str(n)) for n in range(200)]
    reader = client()
    reader.subscribe(("user", 1))
    client().publish("user", "x", 1, props={"user": pairs})
    assert reader.delivery().props["user"] == pairs


def test_request_and_response(client):
    responder, requester = client("responder"), client("requester")
    responder.subscribe(("service/time", 1))
    requester.subscribe(("replies/requester", 1))
    requester.publish("service/time", "?", 1, props={"response_topic": "replies/requester", "correlation_data": b"\x00\xff7"})
    asked = responder.delivery()
    responder.publish(
        asked.props["response_topic"], "noon", 1, props={"correlation_data": asked.props["correlation_data"]}
    )
    answer = requester.delivery()
    assert (answer.payload, answer.props["correlation_data"]) == (b"noon", b"\x00\xff7")


def test_properties_do_not_reach_a_3_1_1_subscriber(client):
    reader = client(version=4)
    reader.subscribe(("plain", 1))
    client().publish("plain", "x", 1, props={"user": [("a", "b")], "content_type": "t"})
    assert (reader.delivery().payload, reader.is_alive()) == (b"x", True)


def test_the_remaining_expiry_is_delivered(client):
    reader = client("later", props=KEPT)
    reader.subscribe(("expiring", 1))
    reader.disconnect()
    published = time.monotonic()
    client().publish("expiring", "x", 1, props={"message_expiry": 100})
    while time.monotonic() - published < 1.2:  # the wait is what is measured here
        assert client().is_alive()
    found = client("later", clean=False, props=KEPT).delivery()
    assert 90 <= found.props["message_expiry"] <= 99


def test_an_expired_message_is_not_delivered_to_who_was_away(client):
    reader = client("later", props=KEPT)
    reader.subscribe(("expiring", 1))
    reader.disconnect()
    writer = client()
    writer.publish("expiring", "short", 1, props={"message_expiry": 1})
    published = time.monotonic()
    writer.publish("expiring", "long", 1)
    while time.monotonic() - published < 2.1:
        assert writer.is_alive()
    assert client("later", clean=False, props=KEPT).delivery().payload == b"long"


def test_a_fresh_message_keeps_its_whole_interval(client):
    reader = client()
    reader.subscribe(("fresh", 1))
    client().publish("fresh", "x", 1, props={"message_expiry": 50})
    assert reader.delivery().props["message_expiry"] in (49, 50)


# Topic aliases


def test_an_alias_of_the_publisher_is_resolved(client):
    writer, reader = client(), client()
    assert writer.connack.props.get("topic_alias_maximum", 0) > 0, "the server accepts aliases"
    reader.subscribe(("alias/#", 1))
    writer.publish("alias/long", "1", 1, props={"topic_alias": 1})
    writer.publish("", "2", 1, props={"topic_alias": 1})
    writer.publish("alias/other", "3", 1, props={"topic_alias": 1})
    writer.publish("", "4", 1, props={"topic_alias": 1})
    found = [reader.delivery() for _ in range(4)]
    assert [(one.topic, one.payload) for one in found] == [
        ("alias/long", b"1"), ("alias/long", b"2"), ("alias/other", b"3"), ("alias/other", b"4"),
    ]
    assert all("topic_alias" not in one.props for one in found), "the publisher's alias is no property of the message"


def test_an_alias_ends_with_its_connection(client):
    first = client("aliased", props=KEPT)
    first.publish("alias/a", "1", 1, props={"topic_alias": 1})
    first.reset()
    second = client("aliased", clean=False, props=KEPT)
    second.send(wire.publish("", "2", 1, 1, props={"topic_alias": 1}))
    assert second.expect_closed().reason in (0x82, 0x94)


def test_aliases_for_the_subscriber_stay_within_its_maximum_and_resolve(client):
    reader = client(props={"topic_alias_maximum": 3})
    reader.subscribe(("out/#", 0))
    writer = client()
    expected, topics, found = [], {}, []
    for n in range(60):
        topic = f"out/{'x' * 40}/{n % 5}"
        writer.publish(topic, str(n), 1)
        expected.append((topic, str(n).encode()))
    for _ in expected:
        one = reader.delivery()
        alias = one.props.get("topic_alias")
        if alias is not None:
            assert 1 <= alias <= 3
            if one.topic:
                topics[alias] = one.topic
        found.append((one.topic or topics[alias], one.payload))
    assert found == expected


@pytest.mark.fluxd
def test_aliases_are_used_for_a_subscriber_that_allows_them(client):
    reader = client(props={"topic_alias_maximum": 10})
    reader.subscribe(("out/#", 0))
    writer = client()
    for n in range(10):
        writer.publish("out/" + "long/" * 20, str(n), 1)
    assert "" in [reader.delivery().topic for _ in range(10)]


def test_a_subscriber_that_names_no_maximum_gets_no_alias(client):
    reader = client()
    reader.subscribe(("out/#", 0))
    writer = client()
    for n in range(10):
        writer.publish("out/" + "long/" * 20, str(n), 1)
    assert all("topic_alias" not in reader.delivery().props for _ in range(10))


# Sizes


def test_a_message_beyond_the_client_s_maximum_is_not_sent_to_it(client):
    small, large = client(props={"maximum_packet_size": 200}), client()
    for one in (small, large):
        one.subscribe(("size", 1))
    writer = client()
    writer.publish("size", b"x" * 300, 1)
    writer.publish("size", "fits", 1)
    assert small.delivery().payload == b"fits", "discarded as if delivered; the window is not blocked"
    assert [large.delivery().payload for _ in range(2)] == [b"x" * 300, b"fits"]


def test_a_receive_maximum_of_the_server_is_policed(client):
    one = client()
    limit = one.connack.props.get("receive_maximum", 65_535)
    if limit == 65_535:
        pytest.skip("no limit below the number of packet identifiers")
    one.send(*(wire.publish("window", b"", 2, n) for n in range(1, limit + 2)))
    said = [found for found in one.drain() if found.kind == wire.DISCONNECT]
    assert [found.reason for found in said] == [0x93]
