"""What operators see of queues agrees with itself, and what they mistype is answered."""
import json
import os
import subprocess
import time

import pytest
from support.waiting import eventually

pytestmark = pytest.mark.fluxd

USAGE, NOT_FOUND, BAD_INPUT = 2, 4, 9


def runner(fluxctl, broker):
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


@pytest.fixture
def run(fluxctl, broker):
    """Runs fluxctl against the test's broker to its end."""
    return runner(fluxctl, broker)


def put(run, queue, *payloads, **flags):
    for payload in payloads:
        run("pub", "--to", f"queue:{queue}", payload, "-Q1", *[f"--{name.replace('_', '-')}={value}" for name, value in flags.items()])


def rows(run, *line):
    return [json.loads(text) for text in run(*line, "-o", "jsonl").stdout.splitlines()]


def row(run, *line):
    return json.loads(run(*line, "-o", "json").stdout)["item"]


def take(run, queue, count, *more):
    """Payloads that `sub` shows."""
    line = ["sub", "--queue", queue, "--group", "g", "--count", str(count), "--timeout", "20s", "--raw", *more]
    return run(*line).stdout.split()


def test_what_a_consumer_left_behind_is_ready_everywhere(run):
    run("queue", "add", "orders", "--dlq")
    put(run, "orders", "a", "b", "c")
    assert take(run, "orders", 2, "--ack", "none") == ["a", "b"]
    shown = row(run, "queue", "show", "orders")
    assert (shown["ready"], shown["unacked"]) == (3, 0)
    assert [message["state"] for message in rows(run, "queue", "peek", "orders")] == ["ready"] * 3
    group = row(run, "group", "show", "orders", "g")
    assert (group["ready"], group["pending"], group["lag"]) == (3, 0, 3)
    assert rows(run, "group", "pending", "orders", "g") == []
    free = rows(run, "group", "pending", "orders", "g", "--free")
    assert [(entry["number"], entry["state"], entry["deliveries"]) for entry in free] == [(0, "ready", 1), (1, "ready", 1)]
    run("group", "release", "orders", "g", "1", "--yes")
    run("group", "reject", "orders", "g", "0", "--yes")
    eventually(lambda: [letter["payload"] for letter in rows(run, "dlq", "peek", "orders")] == ["a"], "a dead letter")
    assert take(run, "orders", 2) == ["b", "c"]


@pytest.mark.parametrize("count", [1, 3])
def test_taking_some_costs_the_others_no_delivery(run, count):
    run("queue", "add", "orders", "--dlq", "--delivery-limit", "1")
    put(run, "orders", *map(str, range(12)))
    seen = []
    for _ in range(12 // count):
        seen += take(run, "orders", count)
    assert seen == [str(number) for number in range(12)]
    assert rows(run, "dlq", "ls") == []
    assert row(run, "queue", "show", "orders")["depth"] == 0


def test_prefetch_bounds_what_is_in_hand(run):
    run("queue", "add", "orders")
    put(run, "orders", *map(str, range(20)))
    line = ["sub", "--queue", "orders", "--group", "g", "--ack", "none", "--prefetch", "7", "--idle", "1s", "--raw"]
    assert run(*line).stdout.split() == [str(number) for number in range(7)]
    run("stream", "add", "audit")
    put(run, "audit", *map(str, range(20)))
    line = ["sub", "--queue", "audit", "--group", "g", "--ack", "none", "--prefetch", "7", "--from", "first", "--idle", "1s", "--raw"]
    assert len(run(*line).stdout.split()) == 20, "nobody has a stream's messages in hand"


def test_a_count_with_filters_and_exclusions_is_reached(run):
    run("queue", "add", "orders")
    for number in range(8):
        put(run, f"orders/{'eu' if number % 2 else 'us'}", str(number))
    line = ["sub", "--queue", "orders", "--group", "g", "--count", "3", "--timeout", "20s", "--raw", "--exclude", "$queue/orders/us"]
    assert run(*line).stdout.split() == ["1", "3", "5"]
    line = ["sub", "--queue", "orders", "eu", "us", "--group", "h", "--count", "1", "--timeout", "20s", "--raw"]
    assert len(run(*line).stdout.split()) == 1
    pending = [entry for name in ("h@eu", "h@us") for entry in rows(run, "group", "pending", "orders", name)]
    free = [entry for name in ("h@eu", "h@us") for entry in rows(run, "group", "pending", "orders", name, "--free")]
    assert pending == [] and all(entry["deliveries"] == 0 for entry in free)


def test_a_rehearsed_replay_counts_all(run, client):
    run("queue", "add", "failed", "--max-len", "0")
    run("queue", "add", "orders", "--dlq=$queue/failed", "--max-len", "1", "--overflow", "dead-letter")
    publisher = client()
    total = 1_500
    for start in range(0, total + 1, 100):
        for number in range(start, min(start + 100, total + 1)):
            publisher.publish("$queue/orders", str(number).encode(), qos=1)
    eventually(lambda: row(run, "queue", "show", "failed")["ready"] == total, "all dead letters")
    assert f"would replay {total} messages" in run("dlq", "replay", "orders", "--dry-run").stderr
    assert "would replay 7 messages of 1500" in run("dlq", "replay", "orders", "--count", "7", "--dry-run").stderr
    assert "would replay 5 messages" in run("dlq", "replay", "failed", "--filter", "offset<5", "--dry-run").stderr
    run("queue", "add", "review")
    run("dlq", "replay", "orders", "--to", "queue:review", "--count", "1200", "--yes")
    assert "would replay 300 messages" in run("dlq", "replay", "orders", "--dry-run").stderr


def test_named_dead_letter_queues_are_dead_letter_queues(run):
    run("queue", "add", "failed")
    for name in ("orders", "returns"):
        run("queue", "add", name, "--dlq=$queue/failed")
    assert row(run, "queue", "show", "orders")["dead_letter_queue"] == "failed"
    put(run, "orders", "bad")
    take(run, "orders", 1, "--ack", "reject")
    eventually(lambda: row(run, "queue", "show", "failed")["ready"] == 1, "a dead letter")
    assert [(queue["id"], queue["dead_letters_of"]) for queue in rows(run, "dlq", "ls")] == [("failed", "orders, returns")]
    for name in ("orders", "failed"):
        assert [letter["payload"] for letter in rows(run, "dlq", "peek", name)] == ["bad"]
    run("queue", "set", "orders", "--dlq=none")
    run("queue", "rm", "returns", "--yes")
    assert rows(run, "dlq", "ls") == []
    run("queue", "add", "wrong", "--dlq=a/b", status=BAD_INPUT)
    done = run("pub", "--to", "queue:$dlq/nope", "lost", "-Q1", status=1)
    assert 'no queue "nope"' in done.stderr
    assert [queue["id"] for queue in rows(run, "queue", "ls")] == ["failed", "orders"]


def test_how_old_the_oldest_is_survives_a_restart(start_broker, fluxctl, tmp_path):
    first = start_broker(storage__dir=str(tmp_path / "data"))
    run = runner(fluxctl, first)
    run("queue", "add", "orders")
    put(run, "orders", "a", "b")
    assert take(run, "orders", 2, "--ack", "none") == ["a", "b"], "the oldest lies behind where the group will read on"
    time.sleep(1)
    first.terminate()
    assert first.wait(20) == 0
    run = runner(fluxctl, start_broker(storage__dir=str(tmp_path / "data")))
    eventually(lambda: (row(run, "queue", "show", "orders").get("oldest_ms") or 0) >= 1_000, "the age of the oldest")


def test_things_that_are_not_there_are_not_empty(run):
    run("queue", "add", "orders")
    run("group", "add", "orders", "billing")
    for line in [
        ["group", "members", "ordrs", "billing"], ["group", "members", "orders", "biling"],
        ["group", "pending", "ordrs", "billing"], ["group", "pending", "orders", "biling"], ["group", "lag", "biling"],
        ["group", "lag", "billing", "--queue", "ordrs"], ["stream", "offsets", "ordrs"], ["group", "add", "ordrs", "g"],
    ]:
        done = run(*line, status=NOT_FOUND)
        assert done.stdout == "" and "did you mean" in done.stderr, (line, done.stderr)
    done = run("group", "kick", "orders", "billing", "--member", "w1", "--yes", status=NOT_FOUND)
    assert "no member" in done.stderr
    assert "ID" in run("group", "members", "orders", "billing").stdout


def test_a_look_shows_the_highest_priority_first(run):
    run("queue", "add", "orders", "--priorities", "on")
    for payload, priority in [("low", 1), ("high", 9), ("none", 0), ("high too", 9)]:
        put(run, "orders", payload, priority=priority)
    expected = ["high", "high too", "low", "none"]
    assert [message["payload"] for message in rows(run, "queue", "peek", "orders")] == expected
    assert [message["payload"] for message in rows(run, "queue", "peek", "orders", "--count", "3")] == expected[:3]
    assert [message["payload"] for message in rows(run, "queue", "peek", "orders", "--filter", "priority<9")] == expected[2:]


def test_a_stream_has_no_settings_of_queues(run):
    run("stream", "add", "audit", "--max-len", "5", status=USAGE)
    done = run("queue", "add", "audit", "--type", "stream", "--visibility", "1s", status=BAD_INPUT)
    assert "no meaning for a stream" in done.stderr
    run("stream", "add", "audit", "--retain-messages", "5")
    run("queue", "set", "audit", "--dlq", status=BAD_INPUT)
    text = run("stream", "show", "audit").stdout
    assert "retention" in text and not any(word in text for word in ("overflow", "visibility", "backoff", "dead_letter"))
    run("queue", "add", "orders")
    assert "is no stream" in run("stream", "show", "orders", status=NOT_FOUND).stderr


def test_queues_outside_the_file_are_one_line(start_broker, fluxctl):
    broker = start_broker(config="queues: [{name: filed}]\n")
    run = runner(fluxctl, broker)
    for name in ("a", "b", "c"):
        run("queue", "add", name)
    found = rows(run, "config", "diff")
    assert [(change["key"], change["from"], change["effect"]) for change in found] == [("queues", "3", "kept")]
    assert "--all" in found[0]["note"]
    assert [change["key"] for change in rows(run, "config", "diff", "--all")] == ["queues[a]", "queues[b]", "queues[c]"]


def test_another_type_in_the_file_is_refused_however_it_is_looked_at(start_broker, fluxctl):
    broker = start_broker(config="queues: [{name: filed}]\n")
    run = runner(fluxctl, broker)
    (broker.directory / "fluxd.yaml").write_text("queues: [{name: filed, type: stream}]\n")
    for line in [["diff"], ["reload", "--dry-run"], ["reload"], ["reload", "--apply-queues"]]:
        done = run("config", *line, "-o", "jsonl", status=BAD_INPUT)
        changes = [json.loads(text) for text in done.stdout.splitlines()]
        assert [(change["key"], change["effect"]) for change in changes] == [("queues[filed]", "rejected")], line
        assert "type cannot change" in changes[0]["note"]
    said = [event["text"] + json.dumps(event["attributes"]) for event in rows(run, "event", "ls") if event["kind"] == "admin.do"]
    assert said and all("refused" in text for text in said), said


def test_what_would_go_is_counted_and_what_changes_nothing_says_so(run):
    run("queue", "add", "orders")
    put(run, "orders", "a", "b")
    put(run, "orders", "later", delay="1h")
    for verb in ("rm", "purge"):
        done = run("queue", verb, "orders", "--dry-run")
        assert done.stdout == "orders  3 messages, 1 of them delayed\n" and "3 messages" in done.stderr
    assert "nothing differs" in run("queue", "set", "orders", "--max-len", "100000").stderr
    assert "depth_limit" in run("queue", "set", "orders", "--max-len", "5").stdout


def test_bindings_are_no_subscriptions(run):
    run("queue", "add", "orders", "--bind", "shop/#")
    assert json.loads(run("status", "-o", "json").stdout)["item"]["subscriptions"] == 0


def test_a_queue_that_is_not_there_is_warned_about(run):
    run("queue", "add", "orders")
    done = run("pub", "--to", "queue:ordrs", "x", "-Q1")
    assert 'no queue "ordrs"' in done.stderr and "did you mean 'orders'" in done.stderr and "ephemeral" in done.stderr
    assert "warning" not in run("pub", "--to", "queue:ordrs", "x", "-Q1").stderr, "it is there now"
    assert "warning" not in run("pub", "--to", "queue:orders", "x", "-Q1").stderr
    assert "warning" in run("sub", "--queue", "oders", "--idle", "200ms", "--count", "1", status=8).stderr


def test_lag_is_what_is_not_settled_also_where_the_oldest_gave_way(run):
    run("queue", "add", "orders", "--max-len", "3", "--overflow", "drop-head")
    run("group", "add", "orders", "g")
    put(run, "orders", *map(str, range(8)))
    group = row(run, "group", "show", "orders", "g")
    assert (group["lag"], group["ready"]) == (3, 3)
    assert take(run, "orders", 1) == ["5"]
    assert row(run, "group", "show", "orders", "g")["lag"] == 2


def test_a_replay_to_no_queue_moves_nothing(run):
    run("queue", "add", "src", "--dlq")
    put(run, "src", "poison")
    take(run, "src", 1, "--ack", "reject")
    eventually(lambda: [letter["payload"] for letter in rows(run, "dlq", "peek", "src")] == ["poison"], "a dead letter")
    run("dlq", "replay", "src", "--to", "queue:nosuch", "--yes", status=5)
    assert [letter["payload"] for letter in rows(run, "dlq", "peek", "src")] == ["poison"]


def test_as_many_are_taken_as_are_asked_for(run):
    run("queue", "add", "many")
    run("pub", "--to", "queue:many", "--lines", "-Q1", stdin=None, input="".join(f"{n}\n" for n in range(400)))
    assert len(take(run, "many", 300)) == 300


def test_what_never_fits_drives_nobody_out(run):
    run("queue", "add", "small", "--max-bytes", "1KiB", "--overflow", "drop-head")
    put(run, "small", "a", "b", "c")
    run("pub", "--to", "queue:small", "x" * 2_000, "-Q1", status=1)
    assert row(run, "queue", "show", "small")["ready"] == 3
