"""Sessions: clean start, expiry, takeover, identifiers, keep-alive. MQTT 5.0 §3.1, §4.1."""
import time

import pytest
from support import wire
from support.waiting import eventually

pytestmark = pytest.mark.shards

KEPT = {"session_expiry": 300}


def test_an_empty_identifier_gets_one_from_the_server(client):
    first, second = client(""), client("")
    names = [one.connack.props["assigned_client_id"] for one in (first, second)]
    assert all(names) and names[0] != names[1]
    assert first.is_alive() and second.is_alive()


def test_an_assigned_identifier_can_be_used_to_come_back(client):
    first = client("", props=KEPT)
    first.subscribe(("assigned", 1))
    name = first.connack.props["assigned_client_id"]
    first.reset()
    assert client(name, clean=False, props=KEPT).connack.session_present


def test_an_identifier_that_the_client_chose_is_not_returned(client):
    assert "assigned_client_id" not in client("mine").connack.props


def test_an_empty_identifier_without_clean_session_is_refused_in_3_1_1(client):
    one = client("", 4, clean=False, expect=0x02)
    one.expect_closed()


def test_an_empty_identifier_with_clean_session_is_accepted_in_3_1_1(client):
    assert client("", 4).is_alive()


def test_a_session_survives_its_connection_until_it_expires(client):
    first = client("kept", props=KEPT)
    assert not first.connack.session_present
    first.subscribe(("for/kept", 1))
    first.disconnect()
    client().publish("for/kept", "waiting", 1)
    again = client("kept", clean=False, props=KEPT)
    assert again.connack.session_present
    assert again.delivery().payload == b"waiting"


def test_3_1_1_keeps_a_session_with_clean_0(client):
    first = client("old", 4, clean=False)
    first.subscribe(("for/old", 1))
    first.disconnect()
    client().publish("for/old", "waiting", 1)
    again = client("old", 4, clean=False)
    assert again.connack.session_present
    assert again.delivery().payload == b"waiting"


@pytest.mark.parametrize("version", [5, 4])
def test_clean_start_discards_what_was_there(client, version):
    more = {"props": KEPT} if version == 5 else {}
    first = client("fresh", version, clean=False, **more)
    first.subscribe(("for/fresh", 1))
    first.disconnect()
    assert not client("fresh", version, clean=True, **more).connack.session_present
    client().publish("for/fresh", "lost", 1)
    reader = client("fresh", version, clean=False, **more)
    reader.subscribe(("fence", 1))
    client().publish("fence", "fence", 1)
    assert reader.deliveries_until("fence") == []


def test_without_an_expiry_the_session_ends_with_its_connection(client):
    first = client("brief")
    first.subscribe(("a", 1))
    first.close()
    assert not client("brief", clean=False).connack.session_present


def test_a_session_expires(client):
    first = client("expires", props={"session_expiry": 1})
    first.subscribe(("a", 1))
    first.close()

    def gone():
        # Asking resumes the session, so each question must leave it as it was: one second to live.
        time_out = client("expires", clean=False, props={"session_expiry": 1})
        present = time_out.connack.session_present
        time_out.close()
        return not present

    eventually(gone, "the session expires", pause=2)


def test_disconnect_can_change_the_expiry(client):
    first = client("changes", props={"session_expiry": 300})
    first.send(wire.disconnect(0x00, {"session_expiry": 0}))
    first.expect_closed()
    assert not client("changes", clean=False).connack.session_present


def test_takeover_tells_the_old_connection_and_keeps_the_session(client):
    first = client("taken", props=KEPT)
    first.subscribe(("for/taken", 1))
    second = client("taken", clean=False, props=KEPT)
    assert second.connack.session_present
    said = first.expect_closed()
    assert said is not None and said.reason == 0x8E
    client().publish("for/taken", "to the new one", 1)
    assert second.delivery().payload == b"to the new one"


def test_takeover_closes_a_3_1_1_connection(client):
    first = client("taken", 4, clean=False)
    client("taken", 4, clean=False)
    assert first.expect_closed() is None


def test_a_hundred_takeovers_leave_one_connection_and_every_message(client):
    writer = client("writer")
    current = client("hunted", props=KEPT)
    current.subscribe(("for/hunted", 1))
    for n in range(100):
        writer.publish("for/hunted", str(n), 1)
        before, current = current, client("hunted", clean=False, props=KEPT)
        assert current.connack.session_present
        before.drain() if n % 2 == 0 else before.close()
    writer.publish("for/hunted", "barrier", 1)
    found = [int(one.payload) for one in current.deliveries_until("barrier")]
    assert sorted(set(found)) == list(range(100)), "every message, some perhaps twice, none missing"
    assert found == sorted(found)


def test_a_session_can_change_version(client):
    first = client("moves", 4, clean=False)
    first.subscribe(("for/moves", 1))
    first.disconnect()
    client().publish("for/moves", "kept", 1)
    again = client("moves", 5, clean=False, props=KEPT)
    assert again.connack.session_present
    assert again.delivery().payload == b"kept"


@pytest.mark.parametrize("version", [5, 4])
def test_silence_beyond_the_keep_alive_ends_the_connection(client, version):
    one = client("silent", version, keep_alive=1)
    began = time.monotonic()
    said = one.expect_closed()
    assert 1.0 < time.monotonic() - began < 10
    assert said is None if version == 4 else said is None or said.reason == 0x8D


def test_pings_keep_a_connection(client):
    one = client("alive", keep_alive=1)
    deadline = time.monotonic() + 3
    while time.monotonic() < deadline:
        assert one.is_alive()
        try:
            one.receive(patience=0.5)
        except TimeoutError:
            pass
    assert one.is_alive()


def test_subscriptions_of_a_kept_session_need_no_subscribe(client):
    first = client("subs", props=KEPT)
    first.subscribe(("keep/+", 1), props={"subscription_id": 42})
    first.close()
    again = client("subs", clean=False, props=KEPT)
    client().publish("keep/x", "live", 1)
    found = again.delivery()
    assert (found.payload, found.props.get("subscription_id")) == (b"live", [42])


def test_connack_announces_what_holds_here(client):
    props = client("asks", keep_alive=30).connack.props
    assert props.get("maximum_qos", 2) == 2 and props.get("maximum_qos") != 2  # 2 is said by silence
    for name in ("retain_available", "wildcard_available", "subscription_id_available", "shared_available"):
        assert props.get(name, 1) == 1
    assert props.get("receive_maximum", 65_535) > 0
    assert props.get("maximum_packet_size", 1) > 0
