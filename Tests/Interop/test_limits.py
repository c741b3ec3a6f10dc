"""Limits with their reasons and counters: rates, numbers, bans."""
import time
import urllib.request

import pytest
from support import wire
from support.client import Closed, RawClient
from support.waiting import eventually

pytestmark = pytest.mark.fluxd


def metric(broker, name):
    text = urllib.request.urlopen(f"http://127.0.0.1:{broker.http_port}/metrics", timeout=15).read().decode()
    return sum(float(line.rsplit(" ", 1)[1]) for line in text.splitlines() if line.startswith(name))


def test_subscriptions_of_a_session(start_broker):
    broker = start_broker(limits__max_subscriptions_per_session=3)
    one = RawClient(broker).connect("many")
    one.subscribe("a", "b", "c", "d", expect=[0, 0, 0, 0x97])
    one.unsubscribe("a")
    one.subscribe("d", "b", expect=[0, 0])
    one.close()


def test_connections_of_an_address(start_broker):
    broker = start_broker(limits__max_connections_per_address=2)
    held = [RawClient(broker).connect(f"c{n}") for n in range(2)]
    with pytest.raises((Closed, OSError)):
        RawClient(broker).connect("third")
    assert metric(broker, 'fluxmq_connections_refused_total{listener="mqtt",reason="address_full"}') >= 1
    held[0].close()
    eventually(lambda: _connects(broker), "a place is free again")
    held[1].close()


def _connects(broker):
    try:
        RawClient(broker).connect("again").close()
        return True
    except (Closed, OSError, AssertionError):
        return False


def test_a_flooding_publisher_is_slowed_down_and_loses_nothing(start_broker):
    broker = start_broker(ratelimit__enabled="true", ratelimit__message__rate=200, ratelimit__message__burst=20, ratelimit__connection__enabled="false")
    watcher, flood = RawClient(broker).connect("watcher"), RawClient(broker).connect("flood")
    watcher.subscribe("f")
    began = time.monotonic()
    flood.send(b"".join(wire.publish("f", str(n).encode(), 0, None, version=5) for n in range(120)))
    found = [watcher.delivery().payload for _ in range(120)]
    assert found == [str(n).encode() for n in range(120)]
    assert time.monotonic() - began > 0.3  # 100 of them at 200 a second
    assert metric(broker, "fluxmq_throttled_total") >= 1
    watcher.close(), flood.close()


def test_connect_rate_of_an_address(start_broker):
    broker = start_broker(ratelimit__enabled="true", ratelimit__connection__rate=1, ratelimit__connection__burst=5)
    results = [_connects(broker) for _ in range(12)]
    assert results[:5] == [True] * 5 and not all(results)
    assert metric(broker, "fluxmq_connections_refused_total") >= 1


def test_subscribe_rate(start_broker):
    broker = start_broker(ratelimit__enabled="true", ratelimit__subscribe__rate=1, ratelimit__subscribe__burst=3)
    one = RawClient(broker).connect("eager")
    one.subscribe("a", "b", "c", "d", expect=[0, 0, 0, 0x97])
    one.close()


def test_limits_change_while_it_runs(start_broker, tmp_path):
    text = 'server: {mqtt: {tcp: {plain: {addr: "127.0.0.1:0"}}}}\nlimits: {max_subscriptions_per_session: %d}\n'
    broker = start_broker(config=text % 1)
    one = RawClient(broker).connect("many")
    one.subscribe("a", "b", expect=[0, 0x97])
    (broker.directory / "fluxd.yaml").write_text(text % 2)
    broker.reload()
    broker.logged("configuration reloaded")
    one.subscribe("b", "c", expect=[0, 0x97])
    one.close()
