"""One bad neighbour: memory stays bounded and nobody else notices. core.md's answers, seen from outside."""
import threading

import pytest
from support import wire
from support.client import Closed
from support.waiting import eventually

pytestmark = pytest.mark.shards

MIB = 1 << 20


def blast(writer, topic, size, count, qos=0):
    """Sends `count` messages as fast as the broker takes them, reading what comes back."""
    payload = b"x" * size
    failure = []

    def read_acks():
        try:
            for _ in range(count if qos else 0):
                writer.receive(patience=30)
        except (Closed, TimeoutError, OSError) as error:
            failure.append(error)

    reader = threading.Thread(target=read_acks)
    reader.start()
    writer.socket.settimeout(30)
    for n in range(count):
        writer.socket.sendall(wire.publish(topic, payload, qos, n % 1000 + 1))
    reader.join(40)
    return failure


@pytest.mark.fluxd
def test_a_subscriber_that_stops_reading_costs_bounded_memory_and_harms_nobody(broker, client):
    stuck = client("stuck", receive_buffer=4096)
    stuck.subscribe("flood/#")
    reader, writer, loud = client("reader"), client("writer"), client("loud")
    reader.subscribe(("calm", 1), ("flood/end", 1))
    before = broker.resident_bytes()
    for _ in range(4):
        blast(loud, "flood/a", 64 << 10, 800)  # 200 MiB in all
        for n in range(10):
            writer.publish("calm", str(n), 1)
            assert reader.delivery().payload == str(n).encode()
    loud.publish("flood/end", "end", 1)
    assert reader.delivery().payload == b"end", "the publisher was never stopped for good"
    grown = broker.resident_bytes() - before
    assert grown < 128 * MIB, f"grew by {grown / MIB:.0f} MiB"


@pytest.mark.fluxd
def test_memory_comes_back_when_the_slow_subscriber_is_gone(broker, client):
    stuck = client("stuck", receive_buffer=4096)
    stuck.subscribe("flood/#")
    before = broker.resident_bytes()
    blast(client("loud"), "flood/a", 64 << 10, 1600)
    stuck.reset()
    eventually(lambda: broker.resident_bytes() - before < 64 * MIB, "resident memory falls again", patience=30, pause=0.1)


@pytest.mark.fluxd
def test_a_subscriber_that_never_acknowledges_is_bounded_too(broker, client):
    """QoS 1 waits up to the session's byte limit; past it the client is let go, and its publisher goes on."""
    stuck = client("stuck", props={"receive_maximum": 10})
    stuck.subscribe(("flood/#", 1))
    before = broker.resident_bytes()
    loud = client("loud")
    assert not blast(loud, "flood/a", 64 << 10, 4000, qos=1), "every publish was acknowledged"
    grown = broker.resident_bytes() - before
    assert grown < 200 * MIB, f"grew by {grown / MIB:.0f} MiB for 250 MiB published"
    assert loud.is_alive()


def test_a_storm_of_connections_leaves_the_broker_well(client):
    steady = client("steady")
    for _ in range(10):
        crowd = [client(f"crowd-{n}") for n in range(50)]
        for one in crowd:
            one.reset()
    assert steady.is_alive()


def test_five_hundred_publishers_to_one_subscriber(client):
    reader = client("reader")
    reader.subscribe(("many/+", 0))
    writers = [client() for _ in range(500)]
    for n, one in enumerate(writers):
        one.send(*(wire.publish(f"many/{n}", str(k)) for k in range(10)))
    found = {}
    for _ in range(5000):
        one = reader.delivery()
        found.setdefault(one.topic, []).append(int(one.payload))
    assert len(found) == 500 and all(values == list(range(10)) for values in found.values())


def test_a_burst_of_one_publisher_is_lossless_for_a_reader_that_reads(client):
    reader, writer = client("reader"), client("writer")
    reader.subscribe(("burst", 0))
    count = 50_000

    def send():
        for start in range(0, count, 1000):
            writer.send(*(wire.publish("burst", str(n)) for n in range(start, start + 1000)))

    sender = threading.Thread(target=send)
    sender.start()
    assert [int(reader.delivery().payload) for _ in range(count)] == list(range(count))
    sender.join()


def test_subscribing_and_leaving_under_load_loses_nothing_of_others(client):
    steady, writer = client("steady"), client("writer")
    steady.subscribe(("load/#", 0))
    stop = threading.Event()
    churner = client("churner")

    def churn():
        n = 0
        while not stop.is_set():
            n += 1
            churner.subscribe((f"load/{n % 100}", 0)) if n % 2 else churner.unsubscribe(f"load/{(n - 1) % 100}")

    thread = threading.Thread(target=churn)
    thread.start()
    for start in range(0, 20_000, 500):
        writer.send(*(wire.publish(f"load/{n % 200}", str(n)) for n in range(start, start + 500)))
        assert [int(steady.delivery().payload) for _ in range(500)] == list(range(start, start + 500))
    stop.set()
    thread.join()
