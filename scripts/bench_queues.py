"""The modes of `bench` about queues and storage: beside RabbitMQ where it has the same, else against fluxd itself."""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time

from bench_tools import (
    BUILT, CORES, ROOT, ROUNDS, best, cell, fluxd, machine, mqload, rabbitmq, ratio, row, table, verdict
)

# What a queue has when nothing but its durability matters: no limit of messages or time.
UNLIMITED = "limits: {max_depth: 0, message_ttl: 0s}"


def queue(name, durability="buffered"):
    return f'  - {{name: "{name}", ack_durability: {durability}, {UNLIMITED}}}\n'


def load(broker, *flags, protocol="mqtt", patience=120):
    """mqload's own figures, with the names that `best` and `cell` know."""
    found = mqload(broker, *flags, protocol=protocol, patience=patience)
    print(f"  {broker[0]}: {' '.join(map(str, flags))}: {found['msgs_per_s']:,}/s, {found['broker_cpu_us_per_msg']:.2f} us", file=sys.stderr, flush=True)
    return {**found, "cpu": found["broker_cpu_us_per_msg"], "rate": found["msgs_per_s"] / 1e6}


def queues():
    """Publishers with QoS 1 or confirms into durable queues, and a group's consumer out of each that acknowledges every message."""
    # name, pairs, messages under way each, and the queues: mqload puts /0, /1... behind what they begin with.
    shapes = [
        ("1 to 1, 200 under way", 1, 200, "$queue/buffered0", "$queue/fsync0"),
        ("1 to 1, 1,000 under way", 1, 1000, "$queue/buffered1", "$queue/fsync1"),
        ("4 to 4, 4 queues, 250 under way each", 4, 250, "$queue", None),
    ]
    configuration = "queues:\n" + "".join(queue(f"{name}{n}", name) for name in ("buffered", "fsync") for n in range(2))
    configuration += "".join(queue(str(n)) for n in range(4))
    results = {}
    with fluxd(1, configuration=configuration) as one, fluxd(CORES, name="fluxd-all", configuration=configuration) as every, rabbitmq() as other:
        for _ in range(ROUNDS or 3):
            for shape, pairs, window, buffered, synced in shapes:
                common = ("--pubs", pairs, "--subs", pairs, "--size", 256, "--window", window)
                # MQTT 3.1.1, where PUBACK settles.
                flags = ("--qos", 1, "--count", 2_000_000 // pairs, *common)
                for broker, prefix, kind in ((one, buffered, "buffered"), (one, synced, "fsync"), (every, buffered, "buffered")):
                    if prefix:
                        results.setdefault((shape, broker[0], kind), []).append(load(broker, "--prefix", prefix, *flags))
                if other:
                    for acks in (1, 50):
                        flags = ("--durable", "--confirm", "--ack", acks, "--prefetch", 256, "--prefix", f"q{pairs}.{window}.{acks}", "--count", 200_000 // pairs, *common)
                        results.setdefault((shape, other[0], acks), []).append(load(other, *flags, protocol="amqp091"))
    found = {key: best(values) for key, values in results.items()}
    machine()
    lines = []
    for shape, *_ in shapes:
        mine, every = found[shape, "fluxd-1", "buffered"], found[shape, "fluxd-all", "buffered"]
        each, fifty = (found.get((shape, "rabbitmq", acks)) for acks in (1, 50))
        # Beside the better one of the two.
        theirs = {"cpu": min(each["cpu"], fifty["cpu"]), "rate": max(each["rate"], fifty["rate"])} if each else None
        lines.append([
            shape, cell(mine), cell(each), cell(fifty), verdict(ratio(mine, theirs, "rate"), 10, at_least=True),
            verdict(ratio(mine, theirs, "cpu"), 0.1), cell(found.get((shape, "fluxd-1", "fsync"))), cell(every),
        ])
    table(["256 bytes: CPU us/msg (M/s)", "fluxd, 1 shard", "rabbitmq", "50 messages a settlement", "rate", "CPU",
           "fluxd, fsync", f"fluxd, {CORES} shards"], lines)


def kept():
    """QoS 1 to a session that outlives its connection, on disk and in memory, beside the same without storing."""
    kinds = {"disk": [], "memory": ["storage.type=memory"]}
    results = {}
    for _ in range(ROUNDS or 5):
        for kind, settings in kinds.items():
            with fluxd(1, *settings, name=f"fluxd-{kind}") as broker:  # a new one each time: the session stays for a minute
                for name in ("q1-v5", "q1-kept-session"):
                    results.setdefault((kind, name), []).append(row(broker, name, 2))
    found = {key: best(values) for key, values in results.items()}
    machine()
    lines = []
    for kind in kinds:
        plain, stored = found[kind, "q1-v5"], found[kind, "q1-kept-session"]
        lines.append([kind, cell(plain), cell(stored), verdict(ratio(stored, plain, "cpu"), 3 if kind == "disk" else None)])
    table(["storage: CPU us/msg (M/s)", "q1-v5", "q1-kept-session", "CPU"], lines)


def fsync():
    """What many publishes under way bring when a sync takes 2 ms longer than here: they share it."""
    delay = 2
    configuration = "queues:\n" + queue("one", "fsync") + "".join(queue(str(number), "fsync") for number in range(500))
    # name, publishers, window each, messages each, prefix, times one barrier a message
    shapes = [
        ("1 queue, 1 outstanding", 1, 1, 1_000, "$queue/one", None),
        ("1 queue, 500 outstanding", 1, 500, 1_000_000, "$queue/one", 200),
        ("1 queue, 500 publishers with 1 each", 500, 1, 1_000, "$queue/one", None),
        ("500 queues, 1 outstanding each", 500, 1, 1_000, "$queue", 100),
    ]
    results = {}
    with fluxd(1, configuration=configuration, environment={"FLUXMQ_BENCH_SYNC_DELAY_MS": str(delay)}) as broker:
        for _ in range(ROUNDS or 3):
            for name, publishers, window, count, prefix, _ in shapes:
                flags = ("--qos", 1, "--pubs", publishers, "--subs", 0, "--window", window, "--count", count, "--size", 256, "--prefix", prefix)
                results.setdefault(name, []).append(load(broker, *flags))
    found = {key: best(values) for key, values in results.items()}
    machine()
    single = found[shapes[0][0]]["msgs_per_s"]
    table([f"256 bytes, {delay} ms more a sync", "PUBACKs/s", "times one barrier a message", "CPU us/msg"], [
        [name, f"{found[name]['msgs_per_s']:,}", verdict(found[name]["msgs_per_s"] / single, bound, at_least=True), f"{found[name]['cpu']:.2f}"]
        for name, _, _, _, _, bound in shapes
    ])


def resident(pid):
    """KiB of the process's own memory, and of files that it has mapped."""
    status = pathlib.Path(f"/proc/{pid}/status").read_text()
    return tuple(int(re.search(rf"^{key}:\s+(\d+)", status, re.M).group(1)) for key in ("RssAnon", "RssFile"))


def settled_memory(pid):
    """`resident` once nothing changes any more: records in memory are let go after ten seconds, pages after that."""
    time.sleep(25)
    return resident(pid)[0]


def queue_memory():
    """Memory of waiting messages and of idle queues, and starts after a clean stop with much and with little in the logs."""
    lines = []
    machine()
    with fluxd(1, configuration="queues:\n" + queue("deep")) as broker:
        before = settled_memory(broker[2])
        # A group that takes one message and leaves: from then on it lags.
        load(broker, "--qos", 1, "--prefix", "$queue/deep", "--count", 1)
        peak = 0
        for _ in range(10):
            load(broker, "--qos", 1, "--prefix", "$queue/deep", "--count", 1_000_000, "--size", 64, "--subs", 0, "--window", 1000)
            peak = max(peak, resident(broker[2])[0])
        after = settled_memory(broker[2])
    lines.append(["10,000,000 messages of 64 bytes waiting for a group", bounded((after - before) / 1024, 64), f"{(peak - before) / 1024:.0f}"])
    sizes = {}
    with tempfile.TemporaryDirectory(dir=BUILT) as data:
        for used in (False, True):
            for count in (0, 10_000):
                directory = f"{data}/{used}{count}"
                configuration = "queues: []\n" if count == 0 else "queues:\n" + "".join(queue(str(number)) for number in range(count))
                if used and count:
                    with fluxd(1, configuration=configuration, data=directory, patience=60) as broker:
                        load(broker, "--qos", 1, "--prefix", "$queue", "--pubs", count, "--subs", 0, "--window", 1, "--count", 10)
                with fluxd(1, configuration=configuration, data=directory, patience=60) as broker:
                    sizes[used, count] = settled_memory(broker[2])
    lines.append(["10,000 idle queues, just made", bounded((sizes[False, 10_000] - sizes[False, 0]) / 1024, 200), ""])
    lines.append(["10,000 idle queues with ten messages each, after a restart", bounded((sizes[True, 10_000] - sizes[True, 0]) / 1024, 200), ""])
    table(["MiB above idle", "later", "while it comes"], lines)
    print()
    table(["in the logs", "start after a clean stop, ms, best of 3"], [[f"{size} GB", f"{start_up(size):.0f}"] for size in (1, 10)])


def bounded(mebibytes, bound):
    return f"{mebibytes:.1f} (<={bound}){' MISSED' if mebibytes > bound else ''}"


def start_up(gigabytes):
    """Milliseconds from the call to READY with so much in one queue's logs; the least of three."""
    free = shutil.disk_usage(BUILT).free
    if free < (gigabytes + 5) * 10**9:
        sys.exit(f"bench: {gigabytes} GB of logs want {gigabytes + 5} GB free below {BUILT}, and there are {free // 10**9}")
    configuration = "queues:\n" + queue("deep")
    with tempfile.TemporaryDirectory(dir=BUILT) as data:
        with fluxd(1, "server.shutdown_timeout=120s", configuration=configuration, data=f"{data}/data", patience=180) as broker:
            load(broker, "--qos", 1, "--prefix", "$queue/deep", "--subs", 0, "--window", 64, "--size", 65_536, "--count", gigabytes * 10**9 // 65_536, patience=600)
        took = []
        for _ in range(3):
            start = time.monotonic()
            with fluxd(1, configuration=configuration, data=f"{data}/data", patience=60):
                took.append((time.monotonic() - start) * 1000)
    return min(took)


def log():
    """Records read through a log beside plain pread of its files: Benchmarks/LogReader prints its own table."""
    if "BENCH_LOG" not in os.environ:
        os.environ["BENCH_LOG"] = str(ROOT / ".build" / "release" / "bench-log")
        subprocess.run([str(ROOT / "scripts" / "build-release"), "bench-log"], check=True, stdout=sys.stderr, cwd=ROOT)
    subprocess.run([os.environ["BENCH_LOG"]], check=True)
