"""A damaged file of a queue: what an operator sees, what a repair says that it costs, and that the queue serves again without a restart."""
import json
import os
import pathlib
import subprocess

import pytest
from support.admin import Admin
from support.waiting import eventually

pytestmark = pytest.mark.fluxd
QUEUES = """queues:
  - {name: orders, dlq: {enabled: true}}
  - {name: others}
  - {name: ranked, priorities: true}
  - {name: audit, type: stream}
"""
NEEDS_A_YES, NOT_FOUND, UNAVAILABLE = 10, 4, 7


@pytest.fixture
def on(start_broker, tmp_path):
    def start(**settings):
        return start_broker(config=QUEUES, **{"storage__dir": str(tmp_path / "data"), **settings})

    return start


@pytest.fixture
def run(fluxctl):
    """Runs fluxctl against a broker to its end."""

    def run(broker, *arguments, status=0, **more):
        environment = {**os.environ, "XDG_CONFIG_HOME": "/nonexistent", "FLUXMQ_ADMIN": f"unix:{broker.admin}"}
        options = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 60, **more}
        done = subprocess.run([fluxctl, *arguments], env=environment, **options)
        assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return run


def show(run, broker, queue):
    return json.loads(run(broker, "queue", "show", queue, "-o", "json").stdout)["item"]


def losses(done):
    return [json.loads(line) for line in done.stdout.splitlines()]


def segment(tmp_path, broker, queue, log):
    number = int(Admin(broker).get("queue", queue)["number"])
    return sorted((tmp_path / "data" / "queues" / f"{number:016x}" / log).glob("*.seg"))[0]


def flip(path, place):
    with open(path, "r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 0x20]))


def batches(path):
    """Where each batch of a segment begins (docs/storage-format.md, "Batch")."""
    raw, found, at = path.read_bytes(), [], 0
    while (at := raw.find(b"FLXB", at)) >= 0:
        found.append(at)
        at += 4
    return found


def publish(client, broker, topic, *payloads, **more):
    writer = client("", to=broker)
    for payload in payloads:
        writer.publish(topic, payload, 1, **more)
    return writer


def consume(client, broker, queue, group="g", **more):
    one = client(f"{queue}-{group}", to=broker)
    user = [("consumer-group", group), ("x-ack-mode", "puback"), *more.items()]
    one.subscribe((f"$queue/{queue}", 1), props={"user": user})
    return one


def texts(reader, count):
    return [reader.delivery().payload.decode() for _ in range(count)]


def test_a_stream_damaged_under_a_running_broker_is_repaired_under_it(on, run, client, tmp_path):
    broker = on()
    broker.expected.append("a log is quarantined")
    for number in range(9):
        publish(client, broker, "$queue/audit", f"{number}".rjust(200))
    path = segment(tmp_path, broker, "audit", "messages")
    flip(path, batches(path)[4] + 100)
    reader = consume(client, broker, "audit", **{"x-stream-offset": "first"})
    assert texts(reader, 4) == [f"{number}".rjust(200) for number in range(4)]
    eventually(lambda: show(run, broker, "audit")["state"] == "quarantined", "it is seen")
    found = show(run, broker, "audit")
    assert "messages" in found["note"] and "fluxctl queue repair audit" in found["note"]
    assert len(found["damage"]) == 1 and path.name in found["damage"][0] and "expected" in found["damage"][0]
    listed = run(broker, "queue", "ls", "--filter", "state=quarantined").stdout
    assert "audit" in listed and "others" not in listed and "quarantined" in listed

    before = path.read_bytes()
    told = run(broker, "queue", "repair", "audit", "--dry-run", "-o", "jsonl")
    [loss] = losses(told)
    assert (loss["log"], loss["records"], loss["offsets"]) == ("messages", 1, "4")
    assert loss["file"].endswith(path.name) and loss["bytes"] > 200 and not loss["kept"]
    assert path.read_bytes() == before and show(run, broker, "audit")["state"] == "quarantined"
    # Nobody to ask: nothing happens.
    run(broker, "queue", "repair", "audit", status=NEEDS_A_YES)
    assert path.read_bytes() == before

    done = run(broker, "queue", "repair", "audit", "--yes", "--reason", "disk replaced", "-o", "jsonl")
    assert losses(done)[0]["offsets"] == "4" and losses(done)[0]["kept"].endswith(".damaged")
    assert (tmp_path / "data" / losses(done)[0]["kept"]).read_bytes() == before
    repaired = show(run, broker, "audit")
    assert repaired["state"] != "quarantined" and repaired["damage"] == [] and repaired["next_offset"] == 9
    # The one who read goes on behind the gap, and new messages come; nobody subscribed again.
    publish(client, broker, "$queue/audit", "new")
    assert [text.strip() for text in texts(reader, 5)] == ["5", "6", "7", "8", "new"]
    assert "nothing" in run(broker, "queue", "repair", "audit", "--yes").stderr
    [event] = [
        event for answer in Admin(broker).stream("Events", last=100) for event in answer.get("events", [])
        if event["kind"] == "admin.do" and event["attributes"].get("reason") == "disk replaced"
    ]
    assert event["attributes"]["verb"] == "repair" and event["attributes"]["result"] == "ok"


@pytest.mark.parametrize("log", ["messages", "groups", "delayed"])
def test_a_file_damaged_while_the_broker_was_down_is_repaired_when_it_runs(on, run, client, tmp_path, log):
    first = on(storage__queue_sync_interval="20ms")
    reader = consume(client, first, "orders")
    for number in range(12):
        publish(client, first, "$queue/orders", f"{number}")
        publish(client, first, "$queue/orders", f"late {number}", props={"user": [("x-delay", "5000")]})
        assert reader.delivery().payload == str(number).encode()
    reader.disconnect()
    publish(client, first, "$queue/orders", *[f"kept {number}" for number in range(6)])
    path = segment(tmp_path, first, "orders", log)
    first.terminate()
    assert first.wait() == 0
    places = batches(path)
    flip(path, places[len(places) // 2] + 60)

    second = on()
    second.expected.append("a log is quarantined")
    if log != "groups":  # it is looked at by its first use
        early = consume(client, second, "orders", "looker")
    eventually(lambda: show(run, second, "orders")["state"] == "quarantined", "it is seen")
    if log != "groups":
        early.disconnect()
    [loss] = losses(run(second, "queue", "repair", "orders", "--yes", "-o", "jsonl"))
    word = {"messages": "messages", "groups": "what its groups did", "delayed": "delayed messages"}[log]
    assert loss["log"] == word and loss["records"] >= 1 and loss["kept"]
    assert show(run, second, "orders")["state"] != "quarantined"
    publish(client, second, "$queue/orders", "after")
    reader = consume(client, second, "orders")
    came = set()
    while "after" not in came or len([text for text in came if text.startswith("late")]) < 11:
        came.add(reader.delivery().payload.decode())
    kept = {f"kept {number}" for number in range(6)}
    assert len(kept - came) <= (1 if log == "messages" else 0)
    if log == "groups":
        assert len({text for text in came if text.isdigit()}) <= 12, "what was settled may come again, but is known"
    else:
        assert not {text for text in came if text.isdigit()}, "what was settled stays so"
    # It is whole on disk, too.
    reader.disconnect()
    second.terminate()
    assert second.wait() == 0
    third = on()
    assert show(run, third, "orders")["state"] != "quarantined"
    assert losses(run(third, "queue", "repair", "orders", "--dry-run", "-o", "jsonl")) == []


def test_a_priority_and_an_index_by_themselves(on, run, client, tmp_path):
    first = on()
    for number in range(6):
        for priority in ("0", "7"):
            publish(client, first, "$queue/ranked", f"{priority}-{number}", props={"user": [("x-priority", priority)]})
    path = segment(tmp_path, first, "ranked", "messages-p7")
    first.terminate()
    assert first.wait() == 0
    flip(path, batches(path)[2] + 60)
    for index in path.parent.parent.rglob("*.idx"):
        flip(index, index.stat().st_size // 2)
    second = on()
    second.expected.append("a log is quarantined")
    reader = consume(client, second, "ranked")
    eventually(lambda: show(run, second, "ranked")["state"] == "quarantined", "it is seen")
    [loss] = losses(run(second, "queue", "repair", "ranked", "--yes", "-o", "jsonl"))
    assert (loss["log"], loss["records"], loss["offsets"]) == ("messages of priority 7", 1, "2")
    came = set()
    while len(came) < 11:
        came.add(reader.delivery().payload.decode())
    assert came == {f"{priority}-{number}" for priority in (0, 7) for number in range(6)} - {"7-2"}


def test_what_cannot_be_repaired_is_said(on, run):
    broker = on()
    run(broker, "queue", "repair", "nobody", "--yes", status=NOT_FOUND)
    assert "nothing" in run(broker, "queue", "repair", "others", "--yes").stderr
    assert pathlib.Path(broker.admin).exists()


@pytest.mark.parametrize("durability", ["buffered", "synced"])
def test_what_is_acknowledged_before_the_damage_is_met_is_there_behind_the_repair(on, run, client, tmp_path, durability):
    first = on()
    run(first, "queue", "add", "q", "--durability", durability)
    publish(client, first, "$queue/q/k", "a", "b", "c")
    path = segment(tmp_path, first, "q", "messages")
    first.terminate()
    assert first.wait() == 0
    with open(path, "ab") as file:
        file.write(b"!")
    second = on()
    second.expected.append("a log is quarantined")
    publish(client, second, "$queue/q/k", "d")
    eventually(lambda: show(run, second, "q")["state"] == "quarantined", "the damage is met")
    run(second, "queue", "repair", "q", "--yes")
    publish(client, second, "$queue/q/k", "e")
    assert texts(consume(client, second, "q"), 5) == ["a", "b", "c", "d", "e"]


def test_what_is_removed_gives_its_space_back(on, run, client, tmp_path):
    first = on()
    for queue in ("orders", "others"):
        publish(client, first, f"$queue/{queue}", *("x" * 500 for _ in range(20)))
    first.terminate()
    assert first.wait() == 0
    second = on()
    for queue in ("orders", "others"):
        texts(consume(client, second, queue), 20)  # from disk: the files are open now
        run(second, "queue", "rm", queue, "--yes")

    def held():
        links = [os.readlink(link) for link in pathlib.Path(f"/proc/{second.pid}/fd").iterdir() if link.is_symlink()]
        return [link for link in links if "/queues/" in link and link.endswith("(deleted)")]

    eventually(lambda: not held(), "they are closed")
