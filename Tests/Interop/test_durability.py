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


def test_a_small_disk_that_fills_at_once_is_refused_before_its_floor_is_passed(on, client, small_disk):
    """Between two looks at the disk, a second apart, publishers could write all of it."""
    floor = 24 * MIB
    broker = on(storage__dir=str(small_disk / "data"), storage__min_free_space=str(floor))
    broker.expected.append("storage full")
    writers = [client(f"writer-{number}", to=broker) for number in range(3)]
    payload, answers, least = os.urandom(64 << 10), [], shutil.disk_usage(small_disk).free
    for burst in range(60):
        for writer in writers:
            writer.send(*(wire.publish("$queue/orders", payload, 1, burst * 8 + number + 1) for number in range(8)))
        least = min(least, shutil.disk_usage(small_disk).free)
        answers += [writer.expect(wire.PUBACK).reason for writer in writers for _ in range(8)]
    # Nobody waits; what was taken before the first refusal is all of it, and the floor is there for what was under way then.
    assert set(answers) == {0x10, QUOTA_EXCEEDED} or set(answers) == {0, QUOTA_EXCEEDED}
    assert min(least, shutil.disk_usage(small_disk).free) > floor - 4 * MIB
    broker.terminate()
    assert broker.wait() == 0


def test_the_floor_may_change_while_fluxd_runs_and_counts_at_once(start_broker, client, tmp_path, small_disk):

    def text(floor, interval):
        return f"storage:\n  min_free_space: {floor}\n  queue_sync_interval: {interval}\n{QUEUES}"

    broker = start_broker(config=text("16MiB", "1s"), storage__dir=str(small_disk / "data"))
    broker.expected += ["storage full", "takes a restart"]
    file, writer = next(tmp_path.glob("broker-*/fluxd.yaml")), client("writer", to=broker)

    def reload(floor, interval):
        file.write_text(text(floor, interval))
        broker.reload()

    assert refused(writer, "$queue/orders") == 0
    free = shutil.disk_usage(small_disk).free
    reload(free + MIB, "1s")
    eventually(lambda: refused(writer, "$queue/orders") == QUOTA_EXCEEDED, "a higher floor is reached", pause=0.05)
    # With what is free there is not a quarter more than this: it was somebody's word, and counts.
    reload(free - 4 * MIB, "1s")
    eventually(lambda: refused(writer, "$queue/orders") == 0, "a lower floor is not", pause=0.05)
    # What an acknowledgement promises does not change while fluxd runs.
    reload(free - 4 * MIB, "0s")
    eventually(lambda: Admin(broker).get("config", "storage.queue_sync_interval").get("pending"), "the interval waits")
    assert not Admin(broker).get("config", "storage.min_free_space").get("pending")


# Names


def test_the_first_segment_of_a_queue_says_whose_it_is(on, client, tmp_path, fluxctl):
    broker = on()
    subprocess.run([fluxctl, "queue", "add", "made", "--admin", f"unix:{broker.admin}"], check=True, capture_output=True)
    for queue in ("orders", "made", "passing"):
        fill(client, broker, queue, 3)
    found = {}
    for segment in (tmp_path / "data").glob("queues/*/messages/*.seg"):
        raw = segment.read_bytes()
        found[raw[48 : int.from_bytes(raw[10:12], "little")].decode()] = segment
    assert set(found) == {"orders", "made", "passing"}
    assert b"$queue/made" in found["made"].read_bytes()


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


def test_a_damaged_session_journal_stops_the_start_and_says_which(on, client, tmp_path):
    first = on(storage__queue_sync_interval="20ms")
    sleeper = client("sleeper", to=first, clean=False, props={"session_expiry": 600})
    sleeper.subscribe(("s/#", 1))
    sleeper.disconnect()
    writer = client("writer", to=first)
    for number in range(40):
        writer.publish("s/x", f"{number}".rjust(100), 1)
    segment = max((tmp_path / "data" / "sessions").rglob("*.seg"), key=lambda path: path.stat().st_size)
    place = segment.stat().st_size // 2
    eventually(lambda: writer.publish("s/x", b"more", 1) and synced_bytes(segment) > place, "a sync", pause=0.02)
    first.kill()
    raw = bytearray(segment.read_bytes())
    raw[place] ^= 0x40
    segment.write_bytes(raw)
    second = Fluxd(tmp_path / "second-run", {"storage.dir": str(tmp_path / "data"), "server.shards": 3}, listening=False)
    assert second.wait() == 69
    assert str(segment.parent.relative_to(tmp_path / "data")) in second.output
    assert "restore it from a backup" in second.output
    # Nothing was thrown away by the try.
    assert segment.read_bytes() == bytes(raw)


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


@pytest.mark.parametrize("where", ["all of it", "its end"])
def test_a_last_segment_of_foreign_bytes_is_never_cut(on, client, tmp_path, where):
    """Nothing was synced, so far as the segment says; but no power failure leaves such bytes."""
    first = on(storage__queue_sync_interval="1h")
    fill(client, first, "orders", 40, size=100)
    fill(client, first, "others", 40, size=100)
    first.kill()
    segment = segments(tmp_path / "data", "orders")[-1]
    size = segment.stat().st_size
    start = 0 if where == "all of it" else segment.read_bytes().rindex(b"FLXB")
    damaged = segment.read_bytes()[:start] + os.urandom(size - start)
    segment.write_bytes(damaged)
    for _ in range(2):
        second = on()
        second.expected.append("a log is quarantined")
        assert segment.name in second.logged("a log is quarantined")
        writer = client("writer", to=second)
        assert refused(writer, "$queue/others") == 0
        assert refused(writer, "$queue/orders") >= 0x80
        assert segment.read_bytes() == damaged
        second.kill()


def test_a_segment_that_is_gone_is_missed_where_its_groups_know_of_it(on, client, tmp_path):
    first = on()
    fill(client, first, "orders", 20)
    reader = consumer(client, first, "orders")
    assert numbers(reader, 20) == list(range(20))
    assert reader.is_alive()
    first.kill()
    segments(tmp_path / "data", "orders")[-1].write_bytes(b"")
    second = on()
    assert '"messages":20' in second.logged("are in none of its logs").replace(" ", "") and "orders" in second.logged("are in none of its logs")
    second.kill()
    assert not [line for line in on().err if "are in none of its logs" in line]


def test_what_the_sync_journal_says_was_there_is_missed(start_broker, client, tmp_path, fluxctl):
    """A segment that ends before what it must have is no torn one: it is kept for a repair, with what the journal has behind it."""
    config = "queues:\n  - {name: orders}\n  - {name: others, ack_durability: fsync}\n"
    changed = config.replace("name: orders", "name: orders, ack_durability: fsync")

    def start(text):
        return start_broker(config=text, storage__dir=str(tmp_path / "data"), storage__queue_sync_interval="1h")

    first = start(config)
    fill(client, first, "orders", 20, size=100)
    first.terminate()
    assert first.wait() == 0
    second = start(config)
    subprocess.run([fluxctl, "queue", "set", "orders", "--durability", "synced", "--admin", f"unix:{second.admin}"], check=True)
    fill(client, second, "orders", 20, size=100)
    fill(client, second, "others", 2, size=100)
    second.kill()
    segment = segments(tmp_path / "data", "orders")[-1]
    os.truncate(segment, segment.stat().st_size // 4)
    for _ in range(2):
        third = start(changed)
        third.expected.append("a log is quarantined")
        assert segment.name in third.logged("a log is quarantined")
        assert not [line for line in third.err if "a log was cut" in line]
        third.kill()
