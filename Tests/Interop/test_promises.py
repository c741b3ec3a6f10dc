"""Promises under attack: many at once, all at once, and clients that vanish in the middle."""
import random
import select
import socket
import threading
import time

import pytest
from support import wire
from support.client import Closed, RawClient
from support.waiting import eventually

pytestmark = pytest.mark.shards
MIB = 1 << 20


def test_two_clients_with_one_name_hammering_harm_nobody(client, broker):
    bystander, stop = client("bystander"), time.monotonic() + 3

    def hammer(seed):
        chance = random.Random(seed)
        while time.monotonic() < stop:
            version = chance.choice([4, 5])
            will = ("h/will", "gone", 1, False, {}) if chance.random() < 0.5 else None
            props = {"session_expiry": chance.choice([0, 30])} if version == 5 else None
            try:
                one = RawClient(broker, version)
                one.send(
                    wire.connect("twin", version, chance.random() < 0.5, 10, props, will),
                    wire.subscribe(1, [("h/#", chance.choice([0, 1, 2])), ("$share/g/h/#", 1)], version=version),
                    wire.publish("h/x", b"x" * chance.choice([10, 5_000, 60_000]), 1, 7, version=version),
                )
                one.receive(patience=chance.random() / 50 + 0.001)
                one.reset() if chance.random() < 0.5 else one.close()
            except (Closed, OSError):  # a TimeoutError too: it was thrown out, or is about to be
                pass

    hammers = [threading.Thread(target=hammer, args=(seed,)) for seed in range(4)]
    for one in hammers:
        one.start()
    for one in hammers:
        one.join()
    assert bystander.is_alive()
    # Connects that the hammers left behind may still throw one out.
    eventually(lambda: connects(broker, "twin"), "the name is free for a last one", pause=0.1)


def connects(broker, name):
    try:
        return RawClient(broker).connect(name).is_alive()
    except Closed:
        return False


@pytest.mark.parametrize("expiry", [0, 60])
def test_what_vanished_members_had_goes_to_others(client, expiry):
    """Members that acknowledge two of three and are reset: every message reaches somebody who stays, or was acknowledged."""
    count, names, done = 3_000, iter(range(1_000)), set()

    def member():
        one = client(f"m{next(names)}", clean=expiry == 0, props={"receive_maximum": 20, "session_expiry": expiry})
        one.subscribe(("$share/g/work", 1))
        one.taken = 0
        return one

    def work(one, acknowledges_all):
        while select.select([one.socket], [], [], 0)[0] or one.buffer or getattr(one, "_early", []):
            try:
                found = one.delivery(acknowledge=False, patience=0.05)
            except TimeoutError:
                return
            one.taken += 1
            if one.taken % 3 or acknowledges_all:
                one.send(wire.acknowledgement(wire.PUBACK, found.packet_id))
                done.add(int(found.payload))

    writer, members = client("writer"), [member() for _ in range(5)]
    for start in range(0, count, 100):
        writer.send(*(wire.publish("work", str(n), 1, n % 100 + 1) for n in range(start, start + 100)))
        assert sorted(writer.expect(wire.PUBACK).packet_id for _ in range(100)) == list(range(1, 101))
        for one in members:
            work(one, False)
        members.pop(0).reset()
        members.append(member())
    steady = member()
    for one in members:
        one.reset()

    def finished():
        work(steady, True)
        return len(done) == count

    eventually(finished, "all messages were acknowledged by somebody")


def test_a_whole_receive_maximum_of_qos_2_at_once(client):
    """To a kept session, whose store answers later: an identifier counts once."""
    reader, writer = client("reader", clean=False, props={"session_expiry": 60}), client("writer")
    reader.subscribe(("q2", 2))
    window = min(writer.connack.props.get("receive_maximum", 65_535), 1_000)
    writer.send(*(wire.publish("q2", "x", 2, n + 1) for n in range(window)))
    assert [writer.expect(wire.PUBREC).packet_id for _ in range(window)] == list(range(1, window + 1))


@pytest.mark.parametrize("qos", [0, 1])
def test_ten_thousand_retained_messages_for_one_subscription(client, qos):
    writer, count = client("writer"), 10_000
    for start in range(0, count, 100):
        writer.send(*(wire.publish(f"many/{n}", "x", 1, n % 100 + 1, retain=True) for n in range(start, start + 100)))
        for _ in range(100):
            writer.expect(wire.PUBACK)
    reader = client("reader")
    reader.subscribe(("many/#", qos))
    assert len({reader.delivery().topic for _ in range(count)}) == count


def test_a_connect_of_100_kib_finds_its_session(client):
    """It is read into memory of its own, and goes along when the connection moves to another shard."""
    for n in range(8):
        will = ("w", b"x" * 60_000, 1, False, {"user": [("k", "v" * 50_000)]})
        one = client("heavy", clean=False, props={"session_expiry": 60}, will=will)
        assert one.connack.session_present == (n > 0)
        one.disconnect()


def test_a_large_message_sent_twice_does_not_mix_with_the_next(client):
    reader, writer = client("reader"), client("writer")
    reader.subscribe(("next", 0))
    large = wire.publish("large", b"y" * 100_000, 2, 7)
    writer.send(large)
    assert writer.expect(wire.PUBREC).packet_id == 7
    writer.send(wire.publish("large", b"y" * 100_000, 2, 7, dup=True), wire.publish("next", "right"))
    assert writer.expect(wire.PUBREC).packet_id == 7
    assert reader.delivery().payload == b"right"


def test_a_thousand_wills_at_once(client, broker):
    watcher, count = client("watcher"), 1_000
    watcher.subscribe(("will/#", 1))
    crowd = [client(f"c{n}", keep_alive=60, props={"session_expiry": n % 2 * 60}, will=(f"will/{n}", "gone", 1, False, {}))
             for n in range(count)]
    for one in crowd:
        one.reset()
    assert len({watcher.delivery().topic for _ in range(count)}) == count


def flood(kind):
    return {
        "PINGREQ": wire.PINGREQ_BYTES * 2_000,
        "PUBLISH": b"".join(wire.publish("nobody", "x", 1, n % 200 + 1) for n in range(2_000)),
        "SUBSCRIBE": b"".join(wire.subscribe(n + 1, [("a/#", 0)]) for n in range(1_000)),
        "UNSUBSCRIBE": b"".join(wire.unsubscribe(n + 1, ["q"] * 20) for n in range(200)),
        "PUBREL": b"".join(wire.acknowledgement(wire.PUBREL, n + 1) for n in range(2_000)),
    }[kind]


@pytest.mark.fluxd
@pytest.mark.parametrize("kind", ["PINGREQ", "PUBLISH", "SUBSCRIBE", "UNSUBSCRIBE", "PUBREL"])
def test_answers_that_nobody_reads_cost_bounded_memory(client, broker, kind):
    """A client that only asks is not read any more once its answers pile up; the others are served meanwhile."""
    bystander, before = client("bystander"), broker.resident_bytes()
    raw, attackers = flood(kind), [client(f"a{n}", receive_buffer=4096) for n in range(4)]
    sent = dict.fromkeys(attackers, 0)
    for one in attackers:
        one.socket.setblocking(False)
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        for one in attackers:
            try:
                sent[one] += one.socket.send(raw[sent[one] % len(raw) :])
            except BlockingIOError:
                pass
    assert bystander.is_alive()
    assert broker.resident_bytes() - before < 192 * MIB


@pytest.mark.fluxd
def test_fifty_readers_that_stopped_share_the_memory_there_is(start_broker, client):
    broker = start_broker(broker__memory_limit="128MiB")
    stuck = [client(f"s{n}", to=broker, receive_buffer=4096) for n in range(50)]
    for n, one in enumerate(stuck):
        one.subscribe(("f/#", n % 2))
    calm, writer, loud = client("calm", to=broker), client("writer", to=broker), client("loud", to=broker)
    calm.subscribe(("calm", 1))
    before = broker.resident_bytes()
    for size, bursts in ((100, 20), (3_000, 60), (60_000, 200)):
        burst = wire.publish("f/x", b"z" * size) * max(1, 200_000 // size)
        for n in range(bursts):
            loud.send(burst)
            if n % 20 == 0:
                writer.publish("calm", str(n), 1)
                assert calm.delivery().payload == str(n).encode()
    grown = broker.resident_bytes() - before
    assert grown < 160 * MIB, f"grew by {grown / MIB:.0f} MiB"


@pytest.mark.fluxd
def test_packets_that_are_announced_and_never_end_count_as_memory(start_broker, client):
    broker = start_broker(broker__memory_limit="32MiB")
    before = broker.resident_bytes()
    for n in range(100):
        one = client(f"h{n}", to=broker)
        try:
            one.send(b"\x30" + wire.varint(1_000_000) + b"\x00\x01a\x00" + b"x" * 600_000)
        except OSError:
            pass
    assert broker.resident_bytes() - before < 64 * MIB


@pytest.mark.fluxd
def test_ten_mebibytes_arrive_whole_at_every_qos(start_broker, client):
    broker = start_broker(broker__max_message_size="16MiB")
    payload = random.Random(1).randbytes(10 * MIB)
    for qos in (0, 1, 2):
        readers = [client(f"r{version}", version, to=broker) for version in (4, 5)]
        for one in readers:
            one.subscribe((f"big/{qos}", qos))
        client("writer", to=broker).publish(f"big/{qos}", payload, qos, retain=True)
        late = client("late", to=broker)
        late.subscribe((f"big/{qos}", qos))
        assert all(one.delivery().payload == payload for one in [*readers, late])


@pytest.mark.fluxd
def test_a_stop_under_load_tells_everybody(start_broker, client):
    broker = start_broker(session__output_high_watermark="256KiB")  # what is on its way is sent first
    readers = [client(f"r{n}", to=broker) for n in range(6)]
    for one in readers:
        one.subscribe(("load/#", 0))
    said = []

    def read(one):
        try:
            while True:
                found = one.receive()
                if found.kind == wire.DISCONNECT:
                    said.append(found.reason)
        except (Closed, OSError):
            return

    def write(one):
        try:
            while True:
                one.send(wire.publish("load/x", b"x" * 200) * 50)
        except OSError:
            pass

    threads = [threading.Thread(target=read, args=(one,), daemon=True) for one in readers]
    threads += [threading.Thread(target=write, args=(client(f"w{n}", to=broker),), daemon=True) for n in range(3)]
    for one in threads:
        one.start()
    with socket.create_connection((broker.host, broker.port)):
        time.sleep(0.3)  # the load is on
        began = time.monotonic()
        broker.terminate()
        assert broker.wait(10) == 0
    assert time.monotonic() - began < 7, "within shutdown_timeout (5 s)"
    for one in threads[: len(readers)]:
        one.join(5)
    assert said == [0x8B] * len(readers)
