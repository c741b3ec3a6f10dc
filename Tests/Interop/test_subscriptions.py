"""Subscription options and identifiers; overlapping and shared subscriptions. MQTT 5.0 §3.8, §4.8."""
import collections

import pytest
from support import wire

pytestmark = pytest.mark.shards

NO_LOCAL = 0x04
KEPT = {"session_expiry": 300}


def test_an_identifier_comes_with_each_delivery(client):
    reader = client()
    reader.subscribe(("id/+", 1), props={"subscription_id": 268_435_455})
    client().publish("id/a", "x", 1)
    assert reader.delivery().props["subscription_id"] == [268_435_455]


def test_a_new_subscribe_replaces_the_identifier(client):
    reader = client()
    reader.subscribe(("id", 1), props={"subscription_id": 1})
    reader.subscribe(("id", 1), props={"subscription_id": 2})
    client().publish("id", "x", 1)
    assert reader.delivery().props["subscription_id"] == [2]
    reader.subscribe(("id", 1))
    client().publish("id", "y", 1)
    assert "subscription_id" not in reader.delivery().props


@pytest.mark.fluxd
def test_overlapping_filters_give_one_delivery_with_all_identifiers_and_the_highest_qos(client):
    reader, writer = client(), client()
    reader.subscribe(("over/#", 0), props={"subscription_id": 1})
    reader.subscribe(("over/+", 2), props={"subscription_id": 2})
    reader.subscribe(("over/a", 1), props={"subscription_id": 3})
    reader.subscribe(("+/a", 1))
    writer.publish("over/a", "once", 2)
    found = reader.delivery()
    assert (found.payload, found.qos, sorted(found.props["subscription_id"])) == (b"once", 2, [1, 2, 3])
    reader.subscribe(("fence", 1))
    writer.publish("fence", "fence", 1)
    assert reader.deliveries_until("fence") == []


def test_overlapping_filters_never_lose_a_delivery(client):
    """Whether merged or not, each message comes at least once at the highest QoS granted. MQTT 5.0 §3.3.4."""
    reader, writer = client(), client()
    reader.subscribe(("over/#", 0), ("over/+", 1))
    writer.publish("over/a", "x", 1)
    writer.publish("done", "", 1)
    reader.subscribe(("fence", 1))
    writer.publish("fence", "fence", 1)
    found = reader.deliveries_until("fence")
    assert {one.payload for one in found} == {b"x"} and max(one.qos for one in found) == 1


def test_no_local_keeps_one_s_own_publishes_away(client):
    both, other = client(), client()
    both.subscribe(("talk", 1 | NO_LOCAL))
    both.publish("talk", "mine", 1)
    other.publish("talk", "theirs", 1)
    assert both.delivery().payload == b"theirs"


def test_no_local_follows_the_client_and_not_its_connection(client):
    one = client("self", props=KEPT)
    one.subscribe(("talk", 1 | NO_LOCAL))
    one.reset()
    one = client("self", clean=False, props=KEPT)
    one.publish("talk", "mine", 1)
    client().publish("talk", "theirs", 1)
    assert one.delivery().payload == b"theirs"


# Shared subscriptions


def spread(members, count):
    """Who received how much, each delivery acknowledged. Fails when the count is wrong."""
    seen = collections.Counter()
    tally = collections.Counter()
    while sum(tally.values()) < count:
        before = sum(tally.values())
        for index, member in enumerate(members):
            try:
                while True:
                    seen[member.delivery(patience=0.2).payload] += 1
                    tally[index] += 1
            except TimeoutError:
                pass
        assert sum(tally.values()) > before, f"{before} of {count} deliveries came"
    assert set(seen.values()) == {1}
    return tally


@pytest.mark.parametrize("version", [5, 4])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_each_message_goes_to_one_member(client, version, qos):
    members = [client(f"m{n}", version) for n in range(3)]
    for member in members:
        member.subscribe(("$share/team/job/#", qos))
    writer = client("writer")
    for n in range(90):
        writer.publish(f"job/{n % 4}", str(n), qos)
    tally = spread(members, 90)
    assert len(tally) == 3 and min(tally.values()) >= 10, f"unfair: {tally}"


def test_groups_and_plain_subscribers_each_get_everything(client):
    first, second, plain = client(), client(), client()
    first.subscribe(("$share/one/job", 1))
    second.subscribe(("$share/two/job", 1))
    plain.subscribe(("job", 1))
    writer = client()
    for n in range(20):
        writer.publish("job", str(n), 1)
    for reader in (first, second, plain):
        assert [int(reader.delivery().payload) for _ in range(20)] == list(range(20))


def test_what_a_vanished_member_had_not_acknowledged_goes_to_another(client):
    stays, leaves = client("stays", props={"receive_maximum": 100}), client("leaves", props={"receive_maximum": 5})
    leaves.subscribe(("$share/team/job", 1))
    writer = client()
    for n in range(10):
        writer.publish("job", str(n), 1)
    assert len([leaves.delivery(acknowledge=False) for _ in range(5)]) == 5
    stays.subscribe(("$share/team/job", 1))
    leaves.reset()
    assert sorted(int(stays.delivery().payload) for _ in range(10)) == list(range(10))


def test_a_member_that_does_not_acknowledge_does_not_hold_up_the_others(client):
    slow, fast = client("slow", props={"receive_maximum": 1}), client("fast")
    for member in (slow, fast):
        member.subscribe(("$share/team/job", 1))
    writer = client()
    for n in range(100):
        writer.publish("job", str(n), 1)
    held = slow.delivery(acknowledge=False)
    got = {int(fast.delivery().payload) for _ in range(99)}
    assert got | {int(held.payload)} == set(range(100))
    slow.send(wire.acknowledgement(wire.PUBACK, held.packet_id))
    assert slow.is_alive()


def test_a_member_that_leaves_the_group_gets_no_more(client):
    leaves, stays = client(), client()
    for member in (leaves, stays):
        member.subscribe(("$share/team/job", 1))
    assert leaves.unsubscribe("$share/team/job").reasons == [0]
    writer = client()
    for n in range(20):
        writer.publish("job", str(n), 1)
    assert [int(stays.delivery().payload) for _ in range(20)] == list(range(20))
    assert leaves.is_alive()


def test_a_member_that_refuses_a_message_discards_it_for_all(client):
    """MQTT 5.0 [MQTT-4.8.2-6]: an error in PUBACK goes to nobody else."""
    refuses, other = client("refuses"), client("other")
    refuses.subscribe(("$share/team/job", 1))
    writer = client()
    writer.publish("job", "poison", 1)
    found = refuses.delivery(acknowledge=False)
    other.subscribe(("$share/team/job", 1), ("fence", 1))
    refuses.send(wire.acknowledgement(wire.PUBACK, found.packet_id, 0x80))
    assert refuses.is_alive()
    refuses.reset()
    writer.publish("fence", "fence", 1)
    assert b"poison" not in [one.payload for one in other.deliveries_until("fence")]


def test_an_identifier_of_a_shared_subscription_arrives(client):
    reader = client()
    reader.subscribe(("$share/team/job", 1), props={"subscription_id": 9})
    client().publish("job", "x", 1)
    assert reader.delivery().props["subscription_id"] == [9]


def test_a_group_whose_members_are_all_away_keeps_messages_for_a_kept_session(client):
    first = client("worker", props=KEPT)
    first.subscribe(("$share/team/job", 1))
    first.disconnect()
    writer = client()
    for n in range(20):
        writer.publish("job", str(n), 1)
    again = client("worker", clean=False, props=KEPT)
    assert again.connack.session_present
    assert sorted(int(again.delivery().payload) for _ in range(20)) == list(range(20))
