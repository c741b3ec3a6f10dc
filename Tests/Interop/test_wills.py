"""Wills. MQTT 5.0 §3.1.2.5, §3.1.3.2, §3.14.2.1."""
import time

import pytest
from support import wire

pytestmark = pytest.mark.shards


@pytest.fixture
def watcher(client):
    one = client("watcher")
    one.subscribe(("will/#", 2), ("fence", 1))
    return one


def quiet(client, watcher):
    client().publish("fence", "fence", 1)
    return watcher.deliveries_until("fence") == []


@pytest.mark.parametrize("version", [5, 4])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_cut_connection_publishes_the_will_of_a_clean_session(client, watcher, version, qos):
    client("doomed", version, will=("will/a", "gone", qos, False, {})).reset()
    found = watcher.delivery()
    assert (found.topic, found.payload, found.qos, found.retain) == ("will/a", b"gone", qos, False)


def test_a_plain_end_of_stream_is_abnormal_too(client, watcher):
    client("doomed", will=("will/a", "gone", 1, False, {})).close()
    assert watcher.delivery().payload == b"gone"


@pytest.mark.parametrize("version", [5, 4])
def test_a_normal_disconnect_discards_the_will(client, watcher, version):
    one = client("polite", version, will=("will/a", "gone", 1, False, {}))
    one.send(wire.disconnect())
    one.expect_closed()
    assert quiet(client, watcher)


def test_disconnect_with_will_publishes_it(client, watcher):
    one = client("asks", will=("will/a", "gone", 1, False, {}))
    one.send(wire.disconnect(0x04))
    assert watcher.delivery().payload == b"gone"


def test_a_protocol_error_publishes_the_will(client, watcher):
    one = client("wrong", will=("will/a", "gone", 1, False, {}))
    one.send(wire.connect("wrong"))
    assert watcher.delivery().payload == b"gone"


def test_the_delay_is_waited_for(client, watcher):
    began = time.monotonic()
    client("late", will=("will/late", "gone", 1, False, {"will_delay": 1}), props={"session_expiry": 60}).reset()
    assert watcher.delivery().payload == b"gone"
    assert time.monotonic() - began > 0.8


def test_coming_back_in_time_cancels_the_delayed_will(client, watcher):
    kept = {"session_expiry": 60}
    client("back", will=("will/back", "gone", 1, False, {"will_delay": 1}), props=kept).reset()
    again = client("back", clean=False, props=kept)
    assert again.connack.session_present
    # A second will with the same delay, left alone, is the clock that says the first is not coming.
    client("clock", will=("will/clock", "tick", 1, False, {"will_delay": 2}), props=kept).reset()
    assert watcher.delivery().topic == "will/clock"


def test_the_end_of_the_session_does_not_wait_for_the_delay(client, watcher):
    began = time.monotonic()
    client("ends", will=("will/ends", "gone", 1, False, {"will_delay": 3600}), props={"session_expiry": 1}).reset()
    assert watcher.delivery(patience=20).payload == b"gone"
    assert time.monotonic() - began < 20


def test_a_session_that_ends_at_once_publishes_a_delayed_will_at_once(client, watcher):
    client("short", will=("will/short", "gone", 1, False, {"will_delay": 3600})).reset()
    assert watcher.delivery().payload == b"gone"


def test_takeover_publishes_the_will_of_the_old_connection(client, watcher):
    client("twice", will=("will/twice", "old", 1, False, {}))
    client("twice")
    assert watcher.delivery().payload == b"old"


def test_a_missed_keep_alive_publishes_the_will(client, watcher):
    client("silent", keep_alive=1, will=("will/silent", "gone", 1, False, {}))
    assert watcher.delivery().payload == b"gone"


def test_the_properties_of_a_will_arrive(client, watcher):
    props = {"content_type": "text/plain", "response_topic": "re/ply", "correlation_data": b"id", "user": [("k", "v")] * 2}
    client("props", will=("will/props", "gone", 1, False, props)).reset()
    found = watcher.delivery().props
    assert {key: found.get(key) for key in props} == props
