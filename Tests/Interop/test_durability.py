"""What survives: kills, stops, full disks, damaged files. `make torture` runs the first of these for as long as you like."""
import os
import pathlib
import shutil
import subprocess

import pytest
from support import wire
from support.admin import Admin
from support.broker import Fluxd
from support.torture import TRACES, World, torture
from support.waiting import eventually

pytestmark = pytest.mark.fluxd
QUOTA_EXCEEDED = 0x97
QUEUES = "queues:\n  - {name: orders}\n  - {name: others}\n"
MIB = 1 << 20


@pytest.mark.shards
@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", [1, 2])
def test_what_was_acknowledged_survives_kills_at_any_moment(tmp_path, seed):
    books = torture(tmp_path, seed, rounds=6, shards=int(os.environ.get("FLUXD_SHARDS", "3")))
    assert books.violations == []
    assert books.figures["acknowledged"] > 500 and books.figures["kills"] > 2


class Thief(World):
    """Takes the end off every queue's log between a kill and the next start, as if it had never been written."""

    patience = 2.0

    def kill(self):
        super().kill()
        for segment in self.directory.glob("data/queues/*/messages/*.seg"):
            os.truncate(segment, max(600, segment.stat().st_size // 2))


def test_the_books_notice_what_was_taken_away(tmp_path):
    books = torture(tmp_path, 3, rounds=2, world=Thief)
    # What is missing, or, where settlements were taken away, what comes again.
    assert any("misses" in line or " again" in line for line in books.violations), books.violations


# Two lives on one directory


@pytest.fixture
def on(start_broker, tmp_path):
    """Starts a broker with two queues on the test's data directory."""

    def start(**settings):
        return start_broker(config=QUEUES, **{"storage__dir": str(tmp_path / "data"), **settings})

    return start


def consumer(client, broker, queue, group="g"):
    one = client(f"{queue}-{group}", to=broker, clean=False, props={"session_expiry": 600})
    one.subscribe((f"$queue/{queue}", 1), props={"user": [("consumer-group", group), ("x-ack-mode", "puback")]})
    return one


def numbers(reader, count):
    return [int(reader.delivery().payload) for _ in range(count)]


def fill(client, broker, queue, count, size=0):
    writer = client("", to=broker)
    for number in range(count):
        writer.publish(f"$queue/{queue}", f"{number}".rjust(size), 1)
    writer.disconnect()


def test_a_clean_stop_keeps_everything_and_the_next_start_finds_nothing_to_mend(on, client):
    first = on()
    sleeper = client("sleeper", to=first, clean=False, props={"session_expiry": 600})
    sleeper.subscribe(("s/#", 2))
    sleeper.disconnect()
    writer = client("writer", to=first)
    for number in range(20):
        writer.publish("s/x", str(number), 1 + number % 2)
        writer.publish("$queue/orders", str(number), 1)
    writer.publish("kept", "yes", 1, retain=True)
    first.terminate()
    assert first.wait() == 0
    second = on()
    sleeper = client("sleeper", to=second, clean=False, props={"session_expiry": 600})
    assert sleeper.connack.session_present
    assert sorted(numbers(sleeper, 20)) == list(range(20))
    assert numbers(consumer(client, second, "orders"), 20) == list(range(20))
    looker = client("looker", to=second)
    looker.subscribe(("kept", 0))
    assert looker.delivery().payload == b"yes"
    assert not [line for line in second.err if any(trace in line for trace in TRACES)]


def test_a_second_daemon_on_the_same_directory_is_refused_with_the_reason(on, tmp_path):
    first = on()
    (tmp_path / "second").mkdir()
    second = Fluxd(tmp_path / "second", {"storage.dir": str(tmp_path / "data")}, listening=False)
    assert second.wait() == 69
    assert f"another fluxd (process {first.pid}) uses it" in second.output
    assert str(tmp_path / "data") in second.output


def test_memory_keeps_nothing_and_makes_no_file(on, client, tmp_path):
    first = on(storage__type="memory")
    consumer(client, first, "orders").disconnect()
    fill(client, first, "orders", 10)
    writer = client("writer", to=first, clean=False, props={"session_expiry": 600})
    writer.publish("kept", "yes", 1, retain=True)
    first.terminate()
    assert first.wait() == 0
    second = on(storage__type="memory")
    writer = client("writer", to=second, clean=False, props={"session_expiry": 600})
    assert not writer.connack.session_present
    writer.subscribe(("kept", 0), ("$queue/orders", 1))
    assert writer.is_alive()
    assert not (tmp_path / "data").exists()


def test_logs_without_a_definition_are_named_and_left_alone(on, client, tmp_path):
    first = on()
    consumer(client, first, "orders").disconnect()
    fill(client, first, "orders", 10)
    first.terminate()
    assert first.wait() == 0
    # A store whose files are lost is an empty one to RocksDB.
    shutil.rmtree(tmp_path / "data" / "state")
    second = on()
    queues = tmp_path / "data" / "queues"
    assert "queues/0000000000000100" in next(line for line in second.err if "not defined" in line)
    assert sum(path.stat().st_size for path in (queues / "0000000000000100").rglob("*.seg")) > 100
    # And another queue never gets the number of the lost one.
    fill(client, second, "orders", 10)
    assert numbers(consumer(client, second, "orders"), 10) == list(range(10))
    assert {path.name for path in queues.iterdir()} > {"0000000000000100"}


# No space


def refused(writer, topic):
    """The reason a publish of QoS 1 is answered with."""
    packet_id = next(writer.ids)
    writer.send(wire.publish(topic, b"x" * 1_000, 1, packet_id))
    return writer.expect(wire.PUBACK).reason


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 MiB. Needs the right to mount one."""
    place = tmp_path / "small"
    place.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", place], capture_output=True).returncode:
        pytest.skip("may not mount a tmpfs")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def filled(disk, leaving):
    """A file that leaves that many bytes of the disk."""
    ballast = disk / "ballast"
    with open(ballast, "wb") as file:
        os.posix_fallocate(file.fileno(), 0, shutil.disk_usage(disk).free - leaving)
    return ballast


def test_below_the_free_space_floor_publishers_are_refused_and_consumers_go_on(on, client, small_disk):
    broker = on(storage__dir=str(small_disk / "data"), storage__min_free_space="16MiB")
    broker.expected.append("storage full")
    sleeper = client("sleeper", to=broker, clean=False, props={"session_expiry": 600})
    sleeper.subscribe(("s", 1))
    fill(client, broker, "orders", 50)
    writer = client("writer", to=broker)
    ballast = filled(small_disk, leaving=12 * MIB)
    eventually(lambda: refused(writer, "$queue/others") == QUOTA_EXCEEDED, "a queue takes no more", pause=0.05)
    assert refused(writer, "s") == QUOTA_EXCEEDED
    assert numbers(consumer(client, broker, "orders"), 50) == list(range(50))
    ballast.unlink()
    eventually(lambda: refused(writer, "$queue/others") == 0, "there is room again", pause=0.05)
    assert refused(writer, "s") == 0
    broker.logged("storage writable")


def test_a_disk_with_no_byte_left_loses_nothing_that_was_acknowledged(on, client, small_disk):
    """What finds no room is neither acknowledged nor lost: it waits, is said to others as 0x97, and is acknowledged in the end."""
    where = {"storage__dir": str(small_disk / "data"), "storage__min_free_space": "0"}
    broker = on(**where)
    broker.expected.append("storage full")
    worker = consumer(client, broker, "orders")
    writer, ballast, sent = client("writer", to=broker), filled(small_disk, leaving=MIB), 0
    with pytest.raises(TimeoutError):
        while sent < 5_000:
            writer.send(wire.publish("$queue/others", f"{sent}".rjust(2_000), 1, sent + 1))
            sent += 1
            assert writer.expect(wire.PUBACK, patience=2).reason in (0, 0x10)
    assert sent > 100
    other = client("other", to=broker)
    assert refused(other, "$queue/others") == QUOTA_EXCEEDED
    assert worker.is_alive()
    ballast.unlink()
    assert writer.expect(wire.PUBACK).packet_id == sent
    eventually(lambda: refused(other, "$queue/orders") == 0, "there is room again", pause=0.05)
    broker.kill()
    again = on(**where)
    assert numbers(consumer(client, again, "others"), sent) == list(range(sent))


# Damage


def segments(data, queue):
    """The segments with a queue's messages, the oldest first."""
    found = sorted(pathlib.Path(data).glob("queues/*/messages/*.seg"))
    return [path for path in found if f"$queue/{queue}".encode() in path.read_bytes()]


def synced_bytes(segment):
    """What the segment's last batch knows to be on the device (docs/storage-format.md, "Batch")."""
    raw = segment.read_bytes()
    return int.from_bytes(raw[raw.rindex(b"FLXB") + 28 :][:4], "little")


def test_a_flipped_byte_puts_one_queue_into_quarantine_and_no_other(on, client, tmp_path):
    first = on(storage__queue_sync_interval="20ms")
    fill(client, first, "orders", 40, size=100)
    fill(client, first, "others", 40, size=100)
    segment = segments(tmp_path / "data", "orders")[0]
    place, writer = segment.stat().st_size // 2, client("writer", to=first)
    eventually(lambda: writer.publish("$queue/orders", b"more", 1) and synced_bytes(segment) > place, "a sync", pause=0.02)
    first.kill()
    raw = bytearray(segment.read_bytes())
    raw[place] ^= 0x40
    segment.write_bytes(raw)
    second = on()
    second.expected.append("a log is quarantined")
    assert segment.name in second.logged("a log is quarantined")
    events = [event for answer in Admin(second).stream("Events", last=100) for event in answer.get("events", [])]
    assert [event for event in events if event["kind"] == "storage.quarantined"]
    assert numbers(consumer(client, second, "others"), 40) == list(range(40))
    writer = client("writer", to=second)
    assert refused(writer, "$queue/orders") >= 0x80
    assert refused(writer, "$queue/others") == 0
    reader = client("reader", to=second)
    reader.send(wire.subscribe(1, [("$queue/orders", 1)], version=5))
    reader.expect(wire.SUBACK)
    assert reader.is_alive()


def test_a_torn_end_is_cut_and_said_and_the_rest_is_there(on, client, tmp_path):
    first = on(storage__queue_sync_interval="1h")
    fill(client, first, "orders", 40, size=100)
    first.kill()
    segment = segments(tmp_path / "data", "orders")[-1]
    os.truncate(segment, segment.stat().st_size - 30)
    second = on()
    assert "orders" in second.logged("a log was cut") or segment.name in second.logged("a log was cut")
    reader = consumer(client, second, "orders")
    assert numbers(reader, 39) == list(range(39))
    fill(client, second, "orders", 5)
    assert numbers(reader, 5) == list(range(5))
