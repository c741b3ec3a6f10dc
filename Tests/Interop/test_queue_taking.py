"""Messages that an operator takes out of a queue: shown, moved or thrown away, and then gone for every group, also after a kill."""
import json
import os
import subprocess
import time

import pytest
from support.admin import Admin, AdminError
from support.waiting import eventually

pytestmark = pytest.mark.fluxd
QUEUES = """queues:
  - {name: orders, dlq: {enabled: true}}
  - {name: review}
  - {name: small, limits: {max_depth: 3}}
  - {name: ranked, priorities: true}
  - {name: audit, type: stream}
"""
USAGE, PARTIAL, NOT_FOUND, BAD_INPUT, NEEDS_A_YES, REFUSED = 2, 3, 4, 9, 10, 5


@pytest.fixture
def on(start_broker, tmp_path):
    def start(**settings):
        return start_broker(config=QUEUES, **{"storage__dir": str(tmp_path / "data"), **settings})

    return start


@pytest.fixture
def broker(on):
    return on()


@pytest.fixture
def run(fluxctl, broker):
    def run(*arguments, status=0, to=None):
        environment = {
            **os.environ, "XDG_CONFIG_HOME": "/nonexistent", "FLUXMQ_ADMIN": f"unix:{(to or broker).admin}",
        }
        options = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 60}
        done = subprocess.run([fluxctl, *arguments], env=environment, **options)
        assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return run


@pytest.fixture
def put(client, broker):
    def put(topic, *payloads, **user):
        writer = client("", to=broker)
        for payload in payloads:
            properties = [(name.replace("_", "-"), value) for name, value in user.items()]
            writer.publish(topic, payload, 1, props={"user": properties})
        writer.disconnect()

    return put


def consume(client, broker, queue, group="g", mode="puback"):
    one = client(f"{queue}-{group}", to=broker)
    one.subscribe((f"$queue/{queue}", 1), props={"user": [("consumer-group", group), ("x-ack-mode", mode)]})
    return one


def lines(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def texts(done):
    return [row["payload"] for row in lines(done)]


def ready(run, queue, **more):
    return json.loads(run("queue", "show", queue, "-o", "json", **more).stdout)["item"]["ready"]


def test_messages_are_got_off_a_queue_and_gone_for_every_group(run, put, client, broker, on):
    put("$queue/orders", *[str(number) for number in range(6)], unit="C")
    run("queue", "get", "orders", status=USAGE)
    run("queue", "get", "orders", "--ack", "--requeue", status=USAGE)
    assert texts(run("queue", "get", "orders", "--requeue", "--count", "2", "-o", "jsonl")) == ["0", "1"]
    assert ready(run, "orders") == 6
    taken = lines(run("queue", "get", "orders", "--ack", "--count", "2", "-o", "jsonl"))
    assert [row["payload"] for row in taken] == ["0", "1"] and taken[0]["headers"]["unit"] == "C"
    assert texts(run("queue", "get", "orders", "--ack", "--filter", "offset=4", "-o", "jsonl")) == ["4"]
    assert texts(run("queue", "get", "orders", "--ack", "--dry-run", "-o", "jsonl")) == ["2"]
    assert ready(run, "orders") == 3
    broker.kill()
    again = on()
    assert ready(run, "orders", to=again) == 3
    for reader in [consume(client, again, "orders", group) for group in ("g", "h")]:
        assert [reader.delivery().payload for _ in range(3)] == [b"2", b"3", b"5"]
    run("queue", "get", "orders", "--ack", "--count", "5", to=again)
    run("queue", "get", "nobody", "--ack", status=NOT_FOUND, to=again)
    run("queue", "get", "audit", "--ack", status=REFUSED, to=again)


def test_a_large_message_is_got_whole_and_what_somebody_has_is_left(run, put, client, broker):
    put("$queue/orders", "x" * 300_000, "small")
    holder = consume(client, broker, "orders", mode="settle")
    holder.delivery()
    holder.delivery()
    assert lines(run("queue", "get", "orders", "--ack", "--count", "9", "-o", "jsonl")) == []
    holder.disconnect()
    eventually(lambda: ready(run, "orders") == 2, "they are given back")
    [whole, _] = texts(run("queue", "get", "orders", "--ack", "--count", "9", "-o", "jsonl"))
    assert whole == "x" * 300_000


def test_messages_move_with_all_that_they_have(run, put, client, broker):
    put("$queue/orders/eu/north", "one", unit="C", x_priority="7")
    put("$queue/orders/us", "two")
    put("$queue/orders", *[str(number) for number in range(40)])
    told = run("queue", "move", "orders", "ranked", "--filter", "topic~/eu/", "--dry-run")
    assert "1 message" in told.stderr and ready(run, "orders") == 42
    run("queue", "move", "orders", "ranked", status=NEEDS_A_YES)
    run("queue", "move", "orders", "ranked", "--filter", "topic~/eu/", "--yes")
    [moved] = lines(run("queue", "peek", "ranked", "-o", "jsonl"))
    assert (moved["topic"], moved["payload"], moved["headers"]["unit"]) == ("$queue/ranked/eu/north", "one", "C")
    assert ready(run, "orders") == 41 and moved["client_id"]
    assert "moved 10" in run("queue", "move", "orders", "review", "--count", "10", "--yes").stderr
    assert "moved 31" in run("queue", "move", "orders", "review", "--yes", "--rate", "1k").stderr
    assert (ready(run, "orders"), ready(run, "review")) == (0, 41)
    reader = consume(client, broker, "review")
    assert [reader.delivery().payload.decode() for _ in range(41)] == ["two", *map(str, range(40))]


def test_a_move_says_what_it_could_not_do(run, put, client, broker):
    put("$queue/orders", *[str(number) for number in range(8)])
    missing = run("queue", "move", "orders", "reviews", "--yes", status=NOT_FOUND)
    assert "review" in missing.stderr.replace("reviews", "")
    run("queue", "move", "nobody", "review", "--yes", status=NOT_FOUND)
    run("queue", "move", "orders", "orders", "--yes", status=BAD_INPUT)
    run("queue", "move", "audit", "review", "--yes", status=REFUSED)
    full = run("queue", "move", "orders", "small", "--yes", status=PARTIAL)
    assert "3 messages moved" in full.stderr and "full" in full.stderr
    assert (ready(run, "orders"), ready(run, "small")) == (5, 3), "nothing is in both, and nothing is lost"
    run("queue", "move", "small", "audit", "--yes")
    assert [row["payload"] for row in lines(run("stream", "view", "audit", "-o", "jsonl"))] == ["0", "1", "2"]


def test_a_dead_letter_that_is_moved_says_still_why_it_is_one(run, put, client, broker):
    put("$queue/orders/eu", "bad")
    reader = consume(client, broker, "orders", mode="settle")
    given = reader.delivery()
    user = [pair for pair in given.props["user"] if pair[0] in ("message-id", "group-id")]
    reader.publish(given.topic + "/$reject", b"", 1, props={"user": user})
    eventually(lambda: ready(run, "$dlq/orders") == 1, "it is a dead letter")
    run("dlq", "move", "orders", "review", "--yes")
    [moved] = lines(run("queue", "peek", "review", "-o", "jsonl"))
    assert (moved["reason"], moved["original_queue"], moved["topic"]) == ("rejected", "orders", "$queue/review/eu")
    assert ready(run, "$dlq/orders") == 0


def test_a_purge_removes_what_is_old_or_all_but_the_last_or_what_matches(run, put, client, broker):
    put("$queue/orders", "old 1", "old 2")
    time.sleep(1.2)
    put("$queue/orders", "new 1", "new 2", "new 3", tenant="a")
    put("$queue/orders", "new 4", tenant="b")
    assert "2 messages" in run("queue", "purge", "orders", "--older", "1s", "--dry-run").stderr
    assert ready(run, "orders") == 6
    assert "2 messages" in run("queue", "purge", "orders", "--older", "1s", "--yes").stderr
    assert "3 messages" in run("queue", "purge", "orders", "--filter", "headers.tenant=a", "--dry-run").stderr
    run("queue", "purge", "orders", "--filter", "headers.tenant=a offset=3", "--yes")
    assert texts(run("queue", "peek", "orders", "-o", "jsonl")) == ["new 1", "new 3", "new 4"]
    run("queue", "purge", "orders", "--keep", "2", "--yes")
    assert texts(run("queue", "peek", "orders", "-o", "jsonl")) == ["new 3", "new 4"]
    run("queue", "purge", "orders", "--keep", "2", "--older", "1s", "--yes", status=USAGE)
    run("queue", "purge", "--filter", "id=orders", "--keep", "1", "--yes")
    reader = consume(client, broker, "orders")
    assert reader.delivery().payload == b"new 4"
    run("queue", "purge", "nobody", "--keep", "1", "--yes", status=NOT_FOUND)


def test_a_purge_by_place_knows_priorities_and_streams(run, put):
    for number in range(3):
        put("$queue/ranked", f"low {number}", x_priority="1")
        put("$queue/ranked", f"high {number}", x_priority="8")
        put("$queue/audit", f"{number}")
    run("queue", "purge", "ranked", "--keep", "1", "--yes")
    assert texts(run("queue", "peek", "ranked", "-o", "jsonl")) == ["high 2", "low 2"]
    run("queue", "purge", "audit", "--keep", "2", "--yes")
    assert texts(run("stream", "view", "audit", "-o", "jsonl")) == ["1", "2"]
    run("queue", "purge", "audit", "--filter", "offset=1", "--yes", status=REFUSED)


def test_wrong_arguments_are_named(broker, put):
    put("$queue/orders", "one")
    for verb, arguments, word in [
        ("purge", {"keep": "-1"}, "keep"), ("purge", {"age": "1"}, "older_ms"), ("move", {}, "to"),
        ("move", {"to": "review", "speed": "1"}, "speed"), ("get", {"count": "0"}, "count"), ("get", {"filter": "x="}, "filter"),
    ]:
        with pytest.raises(AdminError) as refused:
            Admin(broker).do("queue", verb, id="orders", arguments=arguments)
        assert refused.value.status == 400 and word in str(refused.value), (verb, arguments)


def test_only_who_may_change_may_take(broker, put):
    put("$queue/orders", "one")
    for verb, arguments in [("get", {}), ("move", {"to": "review"}), ("purge", {"keep": "0"}), ("repair", {})]:
        with pytest.raises(AdminError) as refused:
            Admin(broker, http=True).do("queue", verb, id="orders", arguments=arguments)
        assert refused.value.status in (403, 401), verb


def test_a_message_is_claimed_for_a_member(run, put, client, broker):
    put("$queue/orders", "stuck", "next")
    first = consume(client, broker, "orders", mode="settle")
    assert [first.delivery().payload, first.delivery().payload] == [b"stuck", b"next"]
    second = client("second", to=broker)
    second.subscribe(("$queue/orders", 1), props={"user": [("consumer-group", "g"), ("x-ack-mode", "settle")]})
    missing = run("group", "claim", "orders", "g", "0", "--to", "secnd", "--yes", status=NOT_FOUND)
    assert "second" in missing.stderr
    run("group", "claim", "orders", "g", "7", "--to", "second", "--yes", status=NOT_FOUND)
    run("group", "claim", "orders", "g", "0", "--to", "second", status=NEEDS_A_YES)
    run("group", "claim", "orders", "g", "0", "--to", "second", "--yes", "--reason", "it hangs")
    given = second.delivery()
    assert given.payload == b"stuck" and ("x-delivery-count", "2") in given.props["user"]
    holders = {row["number"]: row["deliveries"] for row in lines(run("group", "pending", "orders", "g", "-o", "jsonl"))}
    assert holders == {0: 2, 1: 1}


def test_dead_letters_are_counted_by_reason(run, put, client, broker):
    put("$queue/orders", "a", "b", "c")
    reader = consume(client, broker, "orders", mode="settle")
    for given in [reader.delivery() for _ in range(3)]:
        user = [pair for pair in given.props["user"] if pair[0] in ("message-id", "group-id")]
        reader.publish(given.topic + "/$reject", b"", 1, props={"user": user})
    eventually(lambda: ready(run, "$dlq/orders") == 3, "they are dead letters")
    for arguments in [("orders",), ()]:
        [row] = lines(run("dlq", "stats", *arguments, "-o", "jsonl"))
        assert (row["queue"], row["reason"], row["original_queue"], row["messages"]) == ("$dlq/orders", "rejected", "orders", 3)
        assert row["first_at"] <= row["last_at"] and row["deliveries_max"] == 1
    assert lines(run("dlq", "stats", "orders", "--filter", "reason=expired", "-o", "jsonl")) == []
    run("dlq", "stats", "nobody", status=NOT_FOUND)


def test_a_stream_is_deleted_as_one(run, put):
    put("$queue/audit", "1")
    run("stream", "rm", "orders", "--yes", status=REFUSED)
    assert "1 message" in run("stream", "rm", "audit", "--dry-run").stderr
    run("stream", "rm", "audit", "--yes")
    run("queue", "show", "audit", status=NOT_FOUND)
    run("stream", "rm", "audit", "--yes", "--if-exists")
