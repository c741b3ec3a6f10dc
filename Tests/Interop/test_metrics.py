"""Figures of queues, groups and storage as an operator sees them: /metrics, $SYS, checks. Each is held against traffic."""
import json
import os
import re
import shutil
import subprocess
import time

import pytest
from support import wire
from support.waiting import eventually

pytestmark = pytest.mark.fluxd
MIB = 1 << 20
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')


def scrape(broker, accept="text/plain"):
    """{(name, label values in order): value}, as a collector reads it."""
    text = subprocess.run(
        ["curl", "--silent", "--fail", "--max-time", "10", "--noproxy", "*", "--header", f"Accept: {accept}",
         f"http://127.0.0.1:{broker.http_port}/metrics"],
        capture_output=True, text=True, check=True,
    ).stdout
    values = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels, value = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line).groups()
            key = (name, *(value for _, value in LABEL.findall(labels or "")))
            assert key not in values, f"{key} comes twice"
            values[key] = float(value)
    return values


def of(values, name, *labels):
    return values[("fluxmq_" + name, *labels)]


@pytest.fixture
def run(fluxctl, broker):
    environment = {**os.environ, "XDG_CONFIG_HOME": "/nonexistent", "FLUXMQ_ADMIN": f"unix:{broker.admin}"}

    def run(*arguments, status=0, on=None):
        where = {**environment, "FLUXMQ_ADMIN": f"unix:{on.admin}"} if on else environment
        done = subprocess.run([fluxctl, *arguments], env=where, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=60)
        assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout

    return run


def consume(client, name, queue, group, to=None, **more):
    one = client(name, **({"to": to} if to else {}))
    one.subscribe((f"$queue/{queue}", 1), props={"user": [("consumer-group", group)]}, **more)
    return one


def settle(one, delivery, verb):
    """By another connection than the consumer's, whose next delivery may come before this answer."""
    user = dict(delivery.props["user"])
    one.publish(
        delivery.topic + "/" + verb, b"", 1,
        props={"user": [("message-id", user["message-id"]), ("group-id", user["group-id"])]},
    )


def until(broker, name, *labels, value):
    return eventually(lambda: of(scrape(broker), name, *labels) == value, f"{name}{labels} is {value}")


# Queues and groups


def test_what_a_queue_counts_is_what_happened_to_it(broker, client, run):
    run("queue", "add", "orders", "--max-len", "5", "--dlq", "--delivery-limit", "2")
    writer = client("w")
    for number in range(5):
        writer.publish("$queue/orders", str(number), 1)
    writer.send(wire.publish("$queue/orders", b"too much", 1, 77))
    assert writer.expect(wire.PUBACK).reason == 0x97
    found = scrape(broker)
    assert of(found, "queue_messages_ready", "orders") == 5
    assert of(found, "queue_messages_published_total", "orders") == 5
    assert of(found, "queue_publishes_refused_total", "orders", "full") == 1
    assert of(found, "queue_bytes", "orders") > 0 and of(found, "queues", "classic") >= 1

    worker = consume(client, "worker", "orders", "billing")
    first = [worker.delivery() for _ in range(5)]
    until(broker, "queue_messages_unacked", "orders", value=5)
    found = scrape(broker)
    assert of(found, "queue_messages_ready", "orders") == 0 and of(found, "queue_consumers", "orders") == 1
    assert of(found, "queue_messages_delivered_total", "orders") == 5
    assert of(found, "group_messages_pending", "orders", "billing") == 5
    assert of(found, "group_lag_messages", "orders", "billing") == 5 and of(found, "group_consumers", "orders", "billing") == 1

    settle(writer, first[0], "$ack")
    settle(writer, first[1], "$reject")
    settle(writer, first[2], "$nack")
    again = worker.delivery()
    assert again.payload == b"2"
    settle(writer, again, "$nack")  # the second attempt was the last
    until(broker, "queue_messages_dead_lettered_total", "orders", "max_deliveries", value=1)
    until(broker, "queue_messages_dead_lettered_total", "orders", "rejected", value=1)
    until(broker, "dead_letters", value=2)
    found = scrape(broker)
    assert of(found, "queue_messages_acknowledged_total", "orders") == 1
    assert of(found, "queue_messages_redelivered_total", "orders") == 1
    assert of(found, "queue_messages_returned_total", "orders", "failed") == 2
    assert of(found, "queue_messages_returned_total", "orders", "rejected") == 1
    assert of(found, "group_messages_redelivered_total", "orders", "billing") == 1
    assert of(found, "group_messages_acknowledged_total", "orders", "billing") == 1
    assert of(found, "queue_messages_unacked", "orders") == 2
    assert of(found, "queue_messages_ready", "$dlq/orders") == 2

    run("queue", "set", "orders", "--dlq=none")
    settle(writer, first[3], "$reject")
    until(broker, "queue_messages_dropped_total", "orders", "rejected", value=1)
    before = of(scrape(broker), "settlements_refused_total")
    # It is settled already.
    settlement = [("message-id", "orders:3"), ("group-id", "billing")]
    writer.send(wire.publish(first[3].topic + "/$ack", b"", 1, 9, props={"user": settlement}))
    until(broker, "settlements_refused_total", value=before + 1)


def test_delayed_expired_and_duplicate_messages_are_counted(broker, client, run):
    run("queue", "add", "q", "--dedupe", "1h")
    writer = client("w")
    writer.publish("$queue/q", b"later", 1, props={"user": [("x-delay", "3600000")]})
    for _ in range(3):
        writer.publish("$queue/q", b"once", 1, props={"user": [("x-message-id", "1")]})
    writer.publish("$queue/q", b"short", 1, props={"message_expiry": 1})
    until(broker, "queue_messages_delayed", "q", value=1)
    assert of(scrape(broker), "queue_publishes_duplicate_total", "q") == 2
    time.sleep(1.1)
    consume(client, "worker", "q", "g")
    until(broker, "queue_messages_expired_total", "q", value=1)


def test_many_queues_have_few_series_and_sums_are_right(start_broker, client, run):
    broker = start_broker(metrics__queues="2", metrics__groups="1")
    writer = client("w", to=broker)
    for number in range(6):
        for _ in range(number):
            writer.publish(f"$queue/q{number}", b"x", 1)
    ready = {key[1]: value for key, value in scrape(broker).items() if key[0] == "fluxmq_queue_messages_ready"}
    assert ready == {"q5": 5, "q4": 4, "$rest": 6}
    last = -1
    for round in range(3):
        # Another queue gets a series, and gives it back: the rest's counter goes on.
        for _ in range(10):
            writer.publish(f"$queue/q{round}", b"x", 1)
        found = scrape(broker)
        published = {key[1]: value for key, value in found.items() if key[0] == "fluxmq_queue_messages_published_total"}
        assert len(published) == 3 and f"q{round}" in published
        assert published["$rest"] >= last
        last = published["$rest"]
    for number in range(3):
        consume(client, f"w{number}", f"q{number}", f"g{number}", to=broker)
    eventually(
        lambda: {key[2] for key in scrape(broker) if key[0] == "fluxmq_group_lag_messages"} == {"g2", "$rest"},
        "the group that is furthest behind, and the rest",
    )
    assert of(scrape(broker), "groups") == 3


def test_dead_letters_are_counted_wherever_queues_send_them(broker, client, run):
    run("queue", "add", "bin")
    run("queue", "add", "orders", "--dlq=bin", "--max-len", "1", "--overflow", "dead-letter")
    writer = client("w")
    writer.publish("$queue/bin", b"also there", 1)
    for _ in range(3):
        writer.publish("$queue/orders", b"x", 1)
    until(broker, "queue_messages_dead_lettered_total", "orders", "overflow", value=2)
    until(broker, "dead_letters", value=3)


def test_a_queue_that_is_gone_has_no_series(broker, client, run):
    run("queue", "add", "short-lived")
    client("w").publish("$queue/short-lived", b"x", 1)
    assert of(scrape(broker), "queue_messages_ready", "short-lived") == 1
    run("queue", "rm", "short-lived", "--yes")
    assert not [key for key in scrape(broker) if "short-lived" in key]


def test_the_limit_is_changed_without_a_restart(start_broker, client, run):
    broker = start_broker(config="metrics: {queues: 0}\n")
    client("w", to=broker).publish("$queue/q", b"x", 1)
    assert {key[1] for key in scrape(broker) if key[0] == "fluxmq_queue_messages_ready"} == {"$rest"}
    (broker.directory / "fluxd.yaml").write_text("metrics: {queues: 10}\n")
    run("config", "reload", on=broker)
    assert of(scrape(broker), "queue_messages_ready", "q") == 1


# Storage


def test_what_the_volume_counts_is_what_was_stored(start_broker, client, run):
    broker = start_broker(config="queues:\n  - {name: safe, ack_durability: fsync}\n")
    before = scrape(broker)
    assert [of(before, "storage_state", state) for state in ("writable", "full", "failed")] == [1, 0, 0]
    assert of(before, "storage_capacity_bytes") > of(before, "storage_free_bytes") > of(before, "storage_min_free_bytes") > 0
    writer = client("w", to=broker)
    for _ in range(5):
        writer.publish("$queue/safe", b"x" * 1_000, 1)
    after = scrape(broker)
    grown = {name: of(after, name) - of(before, name) for name in (
        "storage_bytes_written_total", "storage_records_written_total", "storage_batches_written_total",
        "storage_write_seconds_count", "storage_sync_seconds_count",
    )}
    assert grown["storage_bytes_written_total"] >= 5_000 and grown["storage_records_written_total"] >= 5
    assert grown["storage_sync_seconds_count"] == 5, "one publisher that waits each time: a sync each"
    assert grown["storage_write_seconds_count"] >= 5 and grown["storage_batches_written_total"] >= 5
    assert of(after, "storage_sync_seconds_sum") > 0
    assert of(after, "state_keys") > 0 and of(after, "state_changes_total") > 0 and of(after, "state_write_seconds_count") > 0
    eventually(
        lambda: of(scrape(broker), "storage_log_bytes") > 5_000 and of(scrape(broker), "storage_segments") >= 1,
        "the logs are measured", patience=15,
    )
    status = json.loads(run("status", "-o", "json", on=broker))["item"]
    assert status["storage_state"] == "writable" and status["storage_free_bytes"] > 0 and status["storage_sync_ms"] > 0


def test_a_full_disk_is_seen_everywhere(start_broker, client, run, tmp_path):
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", place], capture_output=True).returncode:
        pytest.skip("may not mount a tmpfs")
    try:
        broker = start_broker(
            config="queues:\n  - {name: orders}\n", storage__dir=str(place / "data"), storage__min_free_space="8MiB"
        )
        broker.expected.append("storage full")
        health = lambda path: json.loads(
            subprocess.run(["curl", "--silent", "--noproxy", "*", f"http://127.0.0.1:{broker.http_port}{path}"], capture_output=True).stdout
        )
        assert health("/health") == {"status": "healthy", "storage": "writable"}
        assert run("check", "disk", on=broker).startswith("FLUXMQ DISK OK - ")
        ballast = place / "ballast"
        with open(ballast, "wb") as file:
            os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(place).free - 4 * MIB)
        until(broker, "storage_state", "full", value=1)
        assert of(scrape(broker), "storage_free_bytes") < 8 * MIB
        writer = client("w", to=broker)
        writer.send(wire.publish("$queue/orders", b"x", 1, 5))
        assert writer.expect(wire.PUBACK).reason == 0x97
        until(broker, "messages_dropped_total", "no_space", value=1)
        found = health("/health")
        assert (found["status"], found["storage"]) == ("healthy", "full") and "min_free_space" in found["reason"]
        assert health("/ready")["storage"] == "full"
        assert "full" in run("check", "disk", on=broker, status=2)
        assert "storage full" in run("check", "ready", on=broker, status=1)
        assert json.loads(run("status", "-o", "json", on=broker))["item"]["storage_state"] == "full"
        ballast.unlink()
        until(broker, "storage_state", "writable", value=1)
        assert health("/ready") == {"status": "ready", "storage": "writable"}
    finally:
        subprocess.run(["umount", "-l", place], check=True)


def test_sys_topics_have_queues_and_storage(start_broker, client):
    broker = start_broker(broker__sys_interval="1s")
    writer = client("w", to=broker)
    for _ in range(3):
        writer.publish("$queue/q", b"x", 1)
    reader = client("r", to=broker)
    reader.subscribe(("$SYS/broker/queues/#", 0), ("$SYS/broker/storage/#", 0))
    seen = {}

    def complete():
        delivery = reader.delivery()
        seen[delivery.topic.removeprefix("$SYS/broker/")] = delivery.payload.decode()
        return seen.get("queues/messages/ready") == "3" and len(seen) == 16

    eventually(complete, "all topics of queues and storage", pause=0)
    assert seen["queues/messages/published"] == "3" and seen["queues/count"] == "1" and seen["storage/state"] == "writable"
    assert int(seen["storage/bytes/free"]) > 0


# Checks


def test_a_queue_is_checked_against_thresholds(broker, client, run):
    run("queue", "add", "orders", "--dlq")
    writer = client("w")
    for _ in range(3):
        writer.publish("$queue/orders", b"x", 1)
    line = run("check", "queue", "orders")
    assert re.match(r"FLUXMQ QUEUE OK - orders ready 3, .*no consumers \| ready=3;;;0 unacked=0;;;0 depth=3;;;0 ", line)
    line = run("check", "queue", "orders", "--warn", "depth>2", "--crit", "depth>50000", status=1)
    assert line.startswith("FLUXMQ QUEUE WARNING - orders ready 3, depth 3 (>2)") and "depth=3;2;50000;0" in line
    run("check", "queue", "orders", "--crit", "ready>10 | consumers<1", status=2)
    run("queue", "pause", "orders")
    assert "paused" in run("check", "queue", "orders", status=1)
    line = run("check", "queue", "oders", status=2)
    assert line.startswith("FLUXMQ QUEUE CRITICAL - ") and "did you mean 'orders'" in line
    run("check", "queue", "orders", "--warn", "colour>3", status=3)
    found = json.loads(run("check", "queue", "orders", "-o", "json", status=1))["item"]
    assert found["state"] == "warning" and found["figures"]["ready"] == "3;;;0"


def test_groups_streams_and_dead_letters_are_checked(broker, client, run):
    run("queue", "add", "orders", "--dlq")
    run("stream", "add", "audit")
    writer = client("w")
    writer.publish("$queue/orders", b"x", 1)
    for _ in range(4):
        writer.publish("$queue/audit", b"x", 1)
    assert run("check", "dlq").startswith("FLUXMQ DLQ OK - ")
    assert run("check", "dlq", "orders").startswith("FLUXMQ DLQ OK - $dlq/orders ready 0")
    run("check", "dlq", "nothing", status=2)
    worker = consume(client, "worker", "orders", "billing")
    delivery = worker.delivery()
    assert "lag=1;;0;0" in run("check", "group", "orders", "billing", "--crit", "lag>0", status=2)
    settle(writer, delivery, "$reject")
    until(broker, "dead_letters", value=1)
    assert "ready 1 (>0)" in run("check", "dlq", status=1) and "ready 1 (>0)" in run("check", "dlq", "orders", status=1)
    run("check", "dlq", "orders", "--crit", "ready>5")
    assert "lag=0;;;0" in run("check", "group", "orders", "billing")
    assert "did you mean" in run("check", "group", "orders", "biling", status=2)

    run("group", "add", "audit", "reports", "--from", "first")
    line = run("check", "stream", "audit", "--warn", "lag>3", status=1)
    assert line.startswith("FLUXMQ STREAM WARNING - audit lag 4 (>3)") and "reports" in line
    assert "check queue orders" in run("check", "stream", "orders", status=3)
    run("check", "stream", "adit", status=2)


def test_the_disk_is_checked(broker, run):
    line = run("check", "disk")
    assert re.match(r"FLUXMQ DISK OK - \S+ free [\d.]+ \S+, free_percent [\d.]+%, logs .* \| free=\d+B;;;0 free_percent=[\d.]+%;;;0 ", line)
    run("check", "disk", "--warn", "free>1B", status=1)
    run("check", "disk", "--crit", "free<101%", status=2)


def test_more_queues_than_series(start_broker, client):
    broker = start_broker()
    writer = client("w", to=broker)
    for number in range(1_200):
        writer.publish(f"$queue/q{number}", b"x", 1)
    found = scrape(broker)
    ready = {key[1]: value for key, value in found.items() if key[0] == "fluxmq_queue_messages_ready"}
    assert len(ready) == 1_001 and ready["$rest"] == 200 and sum(ready.values()) == 1_200
    assert of(found, "queues", "ephemeral") == 1_200
    assert scrape(broker, "application/openmetrics-text")
