"""Queues through the admin plane: what an operator sees of them, and that each verb does what it says and nothing else."""
import json
import os
import subprocess

import pytest
from support.admin import Admin, AdminError
from support.waiting import eventually

pytestmark = pytest.mark.fluxd

NOT_FOUND, CONFLICT, TIMED_OUT, BAD_INPUT = 4, 5, 8, 9


@pytest.fixture
def admin(broker):
    return Admin(broker)


@pytest.fixture
def run(fluxctl, broker):
    """Runs fluxctl against the test's broker to its end."""
    environment = {
        **os.environ, "XDG_CONFIG_HOME": "/nonexistent", "FLUXMQ_ADMIN": f"unix:{broker.admin}",
        "FLUXMQ_VIA": f"mqtt5://127.0.0.1:{broker.port}",
    }

    def run(*arguments, status=0, **more):
        options = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 60, **more}
        done = subprocess.run([fluxctl, *arguments], env=environment, **options)
        assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return run


def put(client, queue, *payloads, **more):
    publisher = client()
    for payload in payloads:
        publisher.publish(f"$queue/{queue}", payload, qos=1, **more)


def consume(client, name, queue, group, **more):
    consumer = client(name)
    consumer.subscribe((f"$queue/{queue}", 1), props={"user": [("consumer-group", group)]}, **more)
    return consumer


def rows(run, *line):
    return [json.loads(text) for text in run(*line, "-o", "jsonl").stdout.splitlines()]


def row(run, *line):
    return json.loads(run(*line, "-o", "json").stdout)["item"]


def test_a_queue_is_made_shown_changed_and_deleted(run, admin):
    run("queue", "add", "orders", "--max-len", "100", "--dlq", "--bind", "shop/#", "--reason", "ticket 1")
    run("queue", "add", "orders", status=CONFLICT)
    run("queue", "add", "orders", "--if-not-exists")
    found = admin.get("queue", "orders")
    assert found["type"] == "classic" and found["depthLimit"] == "100" and found["deadLetterQueue"] == "$dlq/orders"
    assert "shop/#" in found["topics"] and found["durability"] == "buffered"

    rehearsed = run("queue", "set", "orders", "--max-len", "200", "--dry-run")
    assert "depth_limit" in rehearsed.stdout and "nothing was changed" in rehearsed.stderr
    assert admin.get("queue", "orders")["version"] == found["version"]
    run("queue", "set", "orders", "--max-len", "200", "--ttl", "1h", "--if-version", found["version"])
    changed = admin.get("queue", "orders")
    assert (changed["depthLimit"], changed["ttlMs"]) == ("200", "3600000") and changed["version"] != found["version"]
    run("queue", "set", "orders", "--max-len", "300", "--if-version", found["version"], status=CONFLICT)

    run("queue", "rm", "orders", "--dry-run")
    run("queue", "rm", "orders", "--yes")
    run("queue", "show", "orders", status=NOT_FOUND)
    run("queue", "rm", "orders", "--yes", "--if-exists")


def test_a_queue_that_is_wrong_is_refused_with_what_is_wrong(admin):
    for arguments, word in [
        ({"type": "lifo"}, "classic"), ({"depth_limit": "many"}, "depth_limit"), ({"compacts": "true"}, "stream"),
        ({"max_len": "1"}, "max_len"), ({"dead_letter_reasons": "tired"}, "rejected"),
    ]:
        with pytest.raises(AdminError) as refused:
            admin.do("queue", "add", id="q", arguments=arguments)
        assert refused.value.status == 400 and word in str(refused.value), arguments
    assert admin.list("queue")[0] == []


def test_what_waits_is_seen_peeked_and_purged(run, admin, client):
    run("queue", "add", "orders")
    put(client, "orders", b"one", b"two", b"three", props={"user": [("unit", "C")]})
    found = row(run, "queue", "show", "orders")
    assert (found["ready"], found["unacked"], found["published"], found["note"]) == (3, 0, 3, "no consumers")
    peeked = rows(run, "queue", "peek", "orders")
    assert [message["payload"] for message in peeked] == ["one", "two", "three"]
    assert peeked[0]["headers"]["unit"] == "C" and peeked[0]["state"] == "ready"
    assert [message["payload"] for message in rows(run, "queue", "peek", "orders", "--from", "-1")] == ["three"]
    assert [message["offset"] for message in rows(run, "queue", "peek", "orders", "--filter", "offset>=1", "--count", "1")] == [1]
    assert row(run, "queue", "show", "orders")["ready"] == 3, "looking changes nothing"
    assert "3 messages" in run("queue", "purge", "orders", "--dry-run").stderr
    run("queue", "purge", "orders", "--yes")
    assert row(run, "queue", "show", "orders")["ready"] == 0
    assert rows(run, "queue", "peek", "orders") == []
    run("queue", "peek", "nobody", status=NOT_FOUND)


def test_messages_are_listed_of_one_queue_only(admin):
    with pytest.raises(AdminError) as refused:
        admin.list("message")
    assert refused.value.status == 400 and "queue=" in str(refused.value)


def test_a_paused_queue_takes_and_does_not_give(run, client):
    run("queue", "add", "orders")
    run("queue", "pause", "orders")
    consumer = consume(client, "w1", "orders", "billing")
    put(client, "orders", b"1")
    assert row(run, "queue", "show", "orders")["state"] == "paused"
    assert consumer.is_alive() and not getattr(consumer, "_early", [])
    run("queue", "resume", "orders")
    assert consumer.delivery().payload == b"1"


def test_only_what_is_empty_and_unused_goes_if_so_told(run, client):
    run("queue", "add", "orders")
    put(client, "orders", b"1")
    run("queue", "rm", "orders", "--if-empty", "--yes", status=CONFLICT)
    consumer = consume(client, "w1", "orders", "billing")
    run("queue", "rm", "orders", "--if-unused", "--yes", status=CONFLICT)
    assert consumer.delivery(acknowledge=False).payload == b"1"
    run("queue", "rm", "orders", "--yes")


def test_groups_members_and_what_they_have(run, client):
    run("queue", "add", "orders")
    consumer = consume(client, "w1", "orders", "billing")
    put(client, "orders", b"1", b"2")
    assert [consumer.delivery(acknowledge=False).payload for _ in range(2)] == [b"1", b"2"]
    lag = rows(run, "group", "lag")
    assert [(group["name"], group["queue"], group["members"], group["pending"], group["lag"]) for group in lag] == [
        ("billing", "orders", 1, 2, 2)
    ]
    members = rows(run, "group", "members", "orders", "billing")
    assert [(member["client_id"], member["pending"]) for member in members] == [("w1", 2)]
    pending = rows(run, "group", "pending", "orders", "billing")
    assert [(entry["number"], entry["state"], entry["deliveries"]) for entry in pending] == [(0, "delivered", 1), (1, "delivered", 1)]
    assert [entry["consumer"] for entry in pending] == [members[0]["id"]] * 2

    run("group", "ack", "orders", "billing", "0", "--yes")
    assert [entry["number"] for entry in rows(run, "group", "pending", "orders", "billing")] == [1]
    run("group", "kick", "orders", "billing", "--member", "w1", "--yes")
    assert rows(run, "group", "members", "orders", "billing") == []
    assert row(run, "group", "show", "orders", "billing")["state"] == "no members"
    second = consume(client, "w2", "orders", "billing")
    assert second.delivery(acknowledge=False).payload == b"2"


def test_a_group_is_moved_only_without_members_or_by_force(run, client):
    run("stream", "add", "audit")
    put(client, "audit", *[str(number).encode() for number in range(10)])
    run("group", "add", "audit", "reports", "--from", "next")
    moved = run("group", "reset", "audit", "reports", "--to", "-3", "--dry-run")
    assert moved.stdout.split()[:3] == ["GROUP", "NOW", "NEW"] and "3 messages to read" in moved.stdout
    assert row(run, "group", "show", "audit", "reports")["cursor_offset"] == 10
    run("group", "reset", "audit", "reports", "--to", "-3", "--yes")
    assert row(run, "group", "show", "audit", "reports")["cursor_offset"] == 7
    run("group", "reset", "audit", "reports", "--to", "time:-1h", "--yes")
    assert row(run, "group", "show", "audit", "reports")["cursor_offset"] == 0
    consumer = consume(client, "w1", "audit", "reports")
    assert [consumer.delivery().payload for _ in range(10)] == [str(number).encode() for number in range(10)]
    run("group", "reset", "audit", "reports", "--to", "first", "--yes", status=CONFLICT)
    run("group", "reset", "audit", "reports", "--to", "-1", "--yes", "--force")
    assert consumer.delivery().payload == b"9"


def test_a_stream_is_viewed_and_trimmed(run, client):
    run("stream", "add", "audit")
    put(client, "audit", *[str(number).encode() for number in range(10)])
    assert [message["payload"] for message in rows(run, "stream", "view", "audit", "--from", "-2")] == ["8", "9"]
    assert [message["offset"] for message in rows(run, "stream", "view", "audit", "--from", "offset:4", "--to", "offset:5")] == [4, 5]
    assert len(rows(run, "stream", "view", "audit", "--from", "time:-1h")) == 10
    assert rows(run, "stream", "view", "audit", "--from", "time:2100-01-01T00:00:00Z") == []
    assert run("stream", "view", "audit", "--count", "1", "-F", "{offset} {payload}\\n").stdout == "0 0\n"
    run("stream", "trim", "audit", "--before", "-3", "--yes")
    assert [message["payload"] for message in rows(run, "stream", "view", "audit")] == ["7", "8", "9"]
    run("stream", "trim", "audit", "--before", "offset:99", "--yes", status=BAD_INPUT)


@pytest.mark.parametrize("target", ["origin", "queue:review"])
def test_dead_letters_are_seen_and_replayed_once(run, client, target):
    run("queue", "add", "orders", "--dlq")  # a limit of 1 would count what was handed to a consumer that left
    run("queue", "add", "review")
    put(client, "orders", b"good", b"bad", b"ugly")
    for payload in ("good", "bad", "ugly"):
        done = run("sub", "--queue", "orders", "--group", "billing", "--ack", "reject", "--count", "1", "--timeout", "20s", "--raw")
        assert done.stdout == f"{payload}\n"

    def letters():
        return rows(run, "dlq", "peek", "orders")

    eventually(lambda: len(letters()) == 3, "three dead letters")
    assert [letter["payload"] for letter in letters()] == ["good", "bad", "ugly"]
    assert {letter["reason"] for letter in letters()} == {"rejected"}
    assert [queue["ready"] for queue in rows(run, "dlq", "ls")] == [3]
    filtered = ["dlq", "replay", "orders", "--to", target, "--filter", "offset>=1"]
    assert "would replay 2" in run(*filtered, "--dry-run").stderr
    assert "2 messages" in run(*filtered, "--yes").stderr
    assert [(letter["payload"], letter["state"]) for letter in letters()] == [("good", "ready")]
    found = rows(run, "queue", "peek", "orders" if target == "origin" else "review")
    assert [message["payload"] for message in found] == ["bad", "ugly"]
    assert not any(name.startswith("_dlq_") for message in found for name in message["headers"])
    assert "0 messages" in run(*filtered, "--yes").stderr
    run("dlq", "purge", "orders", "--yes")
    assert letters() == []


def test_traffic_of_queues_from_a_shell(run):
    run("queue", "add", "orders", "--priorities", "on")
    run("pub", "--to", "queue:orders/eu", "low", "-Q1", "--priority", "1", "-H", "unit=C")
    run("pub", "--to", "queue:orders/us", "high", "-Q1", "--priority", "9")
    line = ["sub", "--queue", "orders", "--group", "all", "--timeout", "20s", "-o", "jsonl"]
    got = [json.loads(text) for text in run(*line, "--count", "2").stdout.splitlines()]
    assert [message["payload"] for message in got] == ["high", "low"]
    assert got[1]["topic"] == "$queue/orders/eu" and got[1]["headers"]["unit"] == "C"
    run("sub", "--queue", "orders", "--group", "all", "--count", "1", "--timeout", "1s", status=TIMED_OUT)


@pytest.mark.parametrize("kind", ["queue", "stream"])
def test_a_bench_loses_nothing(run, kind):
    run("queue", "add", "load", "--type", "classic" if kind == "queue" else "stream")
    done = run(
        "bench", kind, "--queue", "load", "--pubs", "2", "--subs", "4", "--groups", "2", "--count", "4000", "-o", "json", "-q",
        "--assert", "lost=0", "--assert", "dup=0",
    )
    result = json.loads(done.stdout)
    assert (result["sent"], result["received"], result["lost"], result["duplicates"]) == (4000, 8000, 0, 0)


def test_everything_is_in_the_audit(run, admin):
    run("queue", "add", "orders", "--reason", "ticket 7")
    run("queue", "rm", "orders", "--yes")
    events = [event for event in rows(run, "event", "ls") if event["kind"] == "admin.do"]
    assert [(event["attributes"]["kind"], event["attributes"]["verb"]) for event in events] == [("queue", "add"), ("queue", "remove")]
    assert events[0]["attributes"]["reason"] == "ticket 7"
