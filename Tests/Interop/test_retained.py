"""Retained messages. MQTT 5.0 §3.3.1.3, §3.8.3.1."""
import pytest

pytestmark = pytest.mark.shards

NO_LOCAL, AS_PUBLISHED = 0x04, 0x08
IF_NEW, NEVER = 0x10, 0x20


def fence(client, reader):
    """What arrived until a barrier that was published after everything else."""
    reader.subscribe(("fence", 1))
    client().publish("fence", "fence", 1)
    return reader.deliveries_until("fence")


@pytest.mark.parametrize("version", [5, 4])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_later_subscriber_receives_the_last_value_with_the_retain_flag(client, version, qos):
    writer = client(version=version)
    writer.publish("kept/a", "old", qos, retain=True)
    writer.publish("kept/a", "new", qos, retain=True)
    reader = client(version=version)
    reader.subscribe(("kept/#", 2))
    found = reader.delivery()
    assert (found.topic, found.payload, found.qos, found.retain) == ("kept/a", b"new", qos, True)
    assert fence(client, reader) == []


def test_an_empty_payload_clears_and_is_not_kept(client):
    writer = client()
    writer.publish("kept/b", "value", 1, retain=True)
    live = client()
    live.subscribe(("kept/b", 1))
    assert live.delivery().retain
    writer.publish("kept/b", "", 1, retain=True)
    cleared = live.delivery()
    assert (cleared.payload, cleared.retain) == (b"", False)
    later = client()
    later.subscribe(("kept/b", 1))
    assert fence(client, later) == []


def test_a_live_delivery_has_the_flag_only_when_asked_as_published(client):
    plain, asked = client(), client()
    plain.subscribe(("flag", 1))
    asked.subscribe(("flag", 1 | AS_PUBLISHED))
    client().publish("flag", "x", 1, retain=True)
    assert not plain.delivery().retain
    assert asked.delivery().retain


def test_retain_handling_0_sends_at_every_subscribe(client):
    client().publish("again", "x", 1, retain=True)
    reader = client()
    for _ in range(2):
        reader.subscribe(("again", 1))
        assert reader.delivery().retain


def test_retain_handling_1_sends_only_to_a_new_subscription(client):
    client().publish("new", "x", 1, retain=True)
    reader = client()
    reader.subscribe(("new", 1 | IF_NEW))
    assert reader.delivery().payload == b"x"
    reader.subscribe(("new", 1 | IF_NEW))
    assert fence(client, reader) == []


def test_retain_handling_2_sends_nothing(client):
    client().publish("never", "x", 1, retain=True)
    reader = client()
    reader.subscribe(("never", 1 | NEVER))
    assert fence(client, reader) == []


def test_a_shared_subscription_is_sent_no_retained_messages(client):
    client().publish("pool/a", "x", 1, retain=True)
    reader = client()
    reader.subscribe(("$share/g/pool/#", 1))
    assert fence(client, reader) == []


def test_wildcards_do_not_reveal_dollar_topics(client):
    client().publish("$secret/a", "x", 1, retain=True)
    reader = client()
    reader.subscribe(("+/+", 1), ("+/a/#", 1))
    assert fence(client, reader) == []
    reader.subscribe(("$secret/a", 1))
    assert reader.delivery().payload == b"x"


def test_two_thousand_retained_messages_arrive_once_each(client):
    writer = client()
    for n in range(2_000):
        writer.publish(f"store/{n % 7}/{n}", str(n), 0, retain=True)
    writer.publish("store/sync", "sync", 1)
    reader = client()
    reader.subscribe(("store/+/+", 1))
    assert sorted(int(reader.delivery().payload) for _ in range(2_000)) == list(range(2_000))
    assert fence(client, reader) == []


def test_properties_are_kept_with_the_message(client):
    props = {"content_type": "text/plain", "user": [("a", "1"), ("a", "2")], "correlation_data": b"\x00", "payload_format": 1}
    client().publish("props", "x", 1, retain=True, props=props)
    reader = client()
    reader.subscribe(("props", 1))
    found = reader.delivery().props
    assert {key: found.get(key) for key in props} == props


def test_a_retained_message_expires(client):
    from support.waiting import eventually

    client().publish("brief", "x", 1, retain=True, props={"message_expiry": 1})

    def gone():
        reader = client()
        reader.subscribe(("brief", 1))
        return fence(client, reader) == []

    eventually(gone, "the retained message expires", pause=0.2)


def test_the_will_of_a_client_may_be_retained(client):
    doomed = client("doomed", will=("will/kept", "gone", 1, True, {}))
    watcher = client()
    watcher.subscribe(("will/kept", 1))
    doomed.reset()
    assert watcher.delivery().payload == b"gone"
    later = client()
    later.subscribe(("will/kept", 1))
    assert later.delivery().retain
