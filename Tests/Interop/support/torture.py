"""Ends a real fluxd again and again, mostly with SIGKILL and at moments of chance, under a load whose every acknowledgement is kept
in books; and looks whether fluxd kept its word.

A round is one life of the broker. Every few rounds the load stops, everything is drained, and the books are compared. The data
directory stays the same from the first round to the last."""
import argparse
import pathlib
import random
import signal
import sys
import tempfile
import time

from .broker import Fluxd
from .ledger import Account, Books, parsed
from .steady import Loop, SteadyClient
from .workers import Mortals, Publisher, SessionReader, StreamReader, Undertakers, Worker

CONFIG = """
queues:
  - {name: plain, retry: {max_retries: 0}}
  - {name: synced, ack_durability: fsync, retry: {max_retries: 0}}
  - {name: ranked, priorities: true, retry: {max_retries: 0}}
  - {name: once, dedupe_window: 10m, retry: {max_retries: 0}}
  - {name: later, retry: {max_retries: 0}}
  - {name: caught, topics: ["c/#"], capture_sync: true, retry: {max_retries: 0}}
  - {name: log, type: stream}
  - {name: dying, retry: {max_retries: 4}, dlq: {enabled: true, topic: graves}}
  - {name: graves, retry: {max_retries: 0}}
"""
#: Nothing gives way for want of room, so that whatever is missing was lost.
SETTINGS = {
    "session.max_offline_queue_size": 1_000_000,
    "session.max_offline_queue_bytes": "1GiB",
    "broker.memory_limit": "4GiB",
}
#: What a log says after anything but a clean stop.
TRACES = ("storage recovered", "a log was cut", "closed cleanly")


def to_queue(name, **properties):
    def make(flow, number, chance):
        user = [(key.replace("_", "-"), value(flow, number, chance)) for key, value in properties.items()]
        return {"topic": f"$queue/{name}/{flow.publisher}", "props": {"user": user} if user else None}

    return name, make


def to_topic(target, topic):
    return target, lambda flow, number, chance: {"topic": topic}


def retained(flow, number, chance):
    """Eight topics for each publisher; every third time round a topic is emptied."""
    how = {"topic": f"r/{flow.publisher}/{number % 8}", "retain": True}
    return {**how, "payload": b""} if number // 8 % 3 == 2 else how


class World:
    """The broker's many lives and everybody who outlives them."""

    #: Seconds for everything that should happen soon.
    patience = 30.0

    def __init__(self, directory, seed, shards=3, settings=None):
        self.directory, self.shards = pathlib.Path(directory), shards
        self.chance, self.loop, self.books = random.Random(seed), Loop(), Books()
        self.settings = {**SETTINGS, **(settings or {})}
        (self.directory / "fluxd.yaml").write_text(CONFIG)
        self.life, self.is_feeding, self.broker, self.was_clean = 0, False, None, True
        everywhere = [to_topic("sessions", "s/x"), to_queue("plain"), to_queue("synced"), to_queue("log"), to_queue("dying"),
                      to_topic("caught", "c/x"), ("retained", retained)]
        special = [
            to_queue("ranked", x_priority=lambda flow, number, chance: str(number % 10)),
            to_queue("once", x_message_id=lambda flow, number, chance: f"{flow.name}-{number}"),
            to_queue("later", x_delay=lambda flow, number, chance: str(chance.choice([50, 400, 900]))),
        ]
        self.publishers = [
            Publisher(self, f"pub-{version}-{qos}", version, qos, everywhere + (special if version == 5 else []))
            for version in (5, 4)
            for qos in (1, 2)
        ]
        self.readers = [
            SessionReader(self, "reader-5", 5, ["s/#", "c/#"], ["sessions", "caught"]),
            SessionReader(self, "reader-4", 4, ["s/#"], ["sessions"], hold=15),
            SessionReader(self, "away-5", 5, ["s/+"], ["sessions"], hold=40),
            SessionReader(self, "away-4", 4, ["s/#"], ["sessions"]),
        ]
        self.mortals = Mortals(self)
        self.undertakers = Undertakers(self, "dying", "graves")
        self.workers = [
            Worker(self, "plain-settles", 5, "plain", ["plain"]),
            Worker(self, "plain-acks", 5, "plain", ["plain"], settles=False),
            Worker(self, "plain-3", 4, "plain", ["plain"], settles=False, is_ordered=False),
            Worker(self, "synced-settles", 5, "synced", ["synced"]),
            Worker(self, "ranked-settles", 5, "ranked", ["ranked"], is_ordered=False),
            Worker(self, "once-settles", 5, "once", ["once"]),
            Worker(self, "later-settles", 5, "later", ["later"], is_ordered=False),
            Worker(self, "caught-settles", 5, "caught", ["caught"]),
            *self.undertakers.workers,
        ]
        self.stream = StreamReader(self, "log-reader", "log")
        self.receivers = [*self.readers, *self.workers, self.stream]
        self.clients = [one.client for one in self.publishers + self.receivers] + [self.mortals.watcher, *self.mortals.eternal]

    def account(self, *arguments, **more):
        return Account(self.books, *arguments, **more)

    # Lives

    def start(self, listening=True):
        self.life += 1
        self.broker = Fluxd(
            self.directory,
            {"server.shards": self.shards, "storage.dir": self.directory / "data", **self.settings},
            arguments=("--config", str(self.directory / "fluxd.yaml")),
            listening=listening,
        )

    def connect(self, away=()):
        for one in self.chance.sample(self.clients, len(self.clients)):
            if one not in away:
                one.connect(self.broker)

    def kill(self):
        """What the broker had sent is still read: it counts."""
        self.broker.process.kill()
        self.broker.wait()
        self.ended(was_killed=True)

    def stop(self):
        self.broker.terminate()
        gone = self.loop.until(lambda: not self.broker.running, self.patience)
        status = self.broker.wait()
        if not gone or status:
            self.books.wrong(f"SIGTERM ended with {status}")
        self.ended(was_killed=False)

    def ended(self, was_killed):
        everyone = self.clients + self.mortals.mortal
        self.loop.until(lambda: all(one.socket is None for one in everyone), 5)
        for one in everyone:
            one.drop()
        self.mortals.ended(was_killed)
        self.books.figures["kills" if was_killed else "stops"] += 1
        traces = [line for line in self.broker.err + self.broker.out if any(text in line for text in TRACES)]
        if self.was_clean and traces:
            self.books.wrong(f"after a clean stop the log has: {traces}")
        self.books.figures["lives with recovery lines"] += bool(traces)
        for line in self.broker.complaints():
            self.books.wrong(f"the broker logged: {line}")
        self.was_clean = not was_killed
        if was_killed:
            for account in self.books.accounts:
                account.is_final = False
        for one in self.clients:
            for line in one.complaints:
                self.books.wrong(line)
            one.complaints.clear()

    # Rounds

    def begin(self):
        """The first life, in which everybody subscribes."""
        self.start()
        self.connect()
        subscribed = self.loop.until(
            lambda: all(one.is_ready and len(one.subscribed) == len(one.filters) for one in self.clients), self.patience
        )
        if not subscribed:
            raise AssertionError(f"not everybody could subscribe: {[one.complaints for one in self.clients if one.complaints]}")

    def round(self, ending):
        """One life, which ends at a moment of chance: `kill`, `stop`, or `start` for a kill before it is ready."""
        if self.broker is None or not self.broker.running:
            self.start(listening=ending != "start")
        if ending == "start":
            time.sleep(self.chance.random() * 0.12)
            return self.kill()
        away = {one.client for one in self.readers if one.client.name.startswith("away") and self.chance.random() < 0.5}
        self.is_feeding = True
        if not any(one.is_ready for one in self.clients):
            self.connect(away)
        for one in self.publishers:
            one.feed()
        self.mortals.send(self.broker)
        end = time.monotonic() + self.chance.choice([0.02, 0.1, 0.4, 0.8, 1.2]) * (0.5 + self.chance.random())
        while (left := end - time.monotonic()) > 0:
            self.loop.run(min(left, 0.05))
            self.disturb(away)
        self.is_feeding = False
        self.stop() if ending == "stop" else self.kill()

    def disturb(self, away):
        """Somebody loses its connection, and comes back; somebody who was away comes, or does not."""
        if self.mortals.mortal and self.chance.random() < 0.1:
            self.chance.choice(self.mortals.mortal).drop()
        if self.chance.random() < 0.2:
            one = self.chance.choice([one for one in self.clients if one is not self.stream.client])
            one.leave() if self.chance.random() < 0.3 else one.drop()
            one.connect(self.broker)

    def drain(self):
        """Everybody finishes; then the books are compared and closed. The broker stays."""
        if not self.broker.running:
            self.start()
            self.look_at_retained(is_final=False)
        self.is_feeding = False
        away = [one for one in self.clients if not one.is_ready]
        for one in away:
            one.connect(self.broker)

        def is_done():
            for one in self.clients:
                one.flush()
            return all(one.client.is_idle for one in self.publishers) and all(one.is_done for one in self.receivers) and self.mortals.is_done

        end = time.monotonic() + self.patience
        while not is_done() and time.monotonic() < end:
            self.loop.run(0.05)
        for one in self.publishers:
            if not one.client.is_idle:
                waits = [f"{key} {m.topic} {m.payload[:24]} {'PUBCOMP' if m.is_released else ''}" for key, m in one.client.unfinished.items()]
                self.books.wrong(f"{one.client.name} waits for {len(waits)} answers: {waits[:5]}")
        for one in self.receivers:
            if getattr(one, "pending", None):
                self.books.wrong(f"{one.client.name} waits for answers to {len(one.pending)} verdicts")
        self.look_at_retained(is_final=True)
        self.hear_from_everybody()
        for one in self.books.accounts:
            one.close()
            # A delayed message that was published twice, since its first answer was lost, may still be on its way; and of a stream
            # comes again what was not committed.
            one.is_final = not {"later", "log"} & set(one.targets)
        for flow in self.books.flows.values():
            self.books.figures["messages"] += flow.next - flow.floor
            flow.close()
        for one in [*self.workers, self.undertakers, self.mortals]:
            one.close()

    def hear_from_everybody(self):
        """Twice: what was on its way has come, and what clients said last has been taken in."""
        for _ in range(2):
            waited = {one: one.pongs for one in self.clients if one.is_ready}
            for one in waited:
                one.ping()
            if not self.loop.until(lambda: all(one.pongs > count for one, count in waited.items()), self.patience):
                self.books.wrong("somebody gets no answer to a PINGREQ")

    # Retained messages

    def look_at_retained(self, is_final):
        """Of each topic the last message that was acknowledged, or a later one; when all is done, exactly the last."""
        found = {}
        reader = SteadyClient(self.loop, f"looker-{self.life}-{is_final}", expiry=0)
        reader.filters = [("r/#", 0)]
        reader.on_message = lambda packet: found.__setitem__(packet.topic, parsed(packet.payload)[1])
        reader.connect(self.broker)
        wanted = {}
        for flow in self.books.to("retained"):
            for slot in range(8):
                numbers = range(slot, flow.next, 8)
                known = max((number for number in numbers if number in flow.acknowledged or number < flow.floor), default=-1)
                wanted[f"r/{flow.publisher}/{slot}"] = {number for number in numbers if number >= known} | ({-1} if known < 0 else set())
        needed = {topic for topic, numbers in wanted.items() if all(n >= 0 and n // 8 % 3 != 2 for n in numbers)}
        self.loop.until(lambda: reader.is_ready and reader.subscribed and needed <= found.keys(), 10)
        for _ in range(2):
            before = reader.pongs
            reader.ping()
            self.loop.until(lambda: reader.pongs > before)
        reader.drop()
        for topic, numbers in wanted.items():
            number = found.get(topic)
            is_right = number in numbers if number is not None else any(n < 0 or n // 8 % 3 == 2 for n in numbers)
            if not is_right:
                self.books.wrong(f"retained {topic} is {number}, expected one of {sorted(numbers)[:5]}")
        self.books.figures["retained messages looked at"] += len(wanted)

    # The end

    def read_stream_from_its_beginning(self):
        """A group that never was reads everything that was ever acknowledged, in order."""
        account = Account(self.books, "log from its first", ["log"])
        for flow in self.books.to("log"):
            flow.acknowledged, flow.floor = set(range(flow.next)), 0
        reader = SteadyClient(self.loop, "historian")
        reader.filters = [("$queue/log", 1)]
        reader.subscribe_props = {"user": [("x-stream-offset", "first")]}
        reader.on_message = lambda packet: account.got(*parsed(packet.payload))
        reader.connect(self.broker)
        self.loop.until(lambda: account.is_complete, 4 * self.patience)
        self.books.accounts.remove(account)
        account.close()
        for line in reader.complaints:
            self.books.wrong(line)
        reader.drop()

    def finish(self):
        """A last clean stop, after which nothing comes again."""
        self.stop()
        self.start()
        self.connect()
        self.loop.until(lambda: all(one.is_ready for one in self.clients), self.patience)
        self.hear_from_everybody()
        self.look_at_retained(is_final=True)
        self.read_stream_from_its_beginning()
        self.stop()


def torture(directory, seed, rounds, shards=3, settings=None, say=lambda line: None, goes_on=False, world=World):
    """Runs that many rounds. Returns the books; stops at the first comparison that finds something, unless `goes_on`."""
    world = world(directory, seed, shards, settings)
    try:
        run(world, rounds, say, goes_on)
    finally:
        if world.broker:
            world.broker.kill()
    return world.books


def run(world, rounds, say, goes_on):
    world.begin()
    left = 0
    for number in range(1, rounds + 1):
        world.round(world.chance.choices(["kill", "stop", "start"], [8, 1, 1])[0] if number > 1 else "kill")
        if left > 0 and number < rounds:
            left -= 1
            continue
        world.drain()
        left = world.chance.choice([0, 1, 3, 6])
        figures, found = world.books.figures, world.books.violations
        say(f"round {number}: {figures['messages']} messages, {figures['received']} received, {len(found)} violations")
        if found and not goes_on:
            return
    world.finish()


def main():
    parser = argparse.ArgumentParser(prog="torture", description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=300)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1 << 32))
    parser.add_argument("--shards", type=int, default=3)
    parser.add_argument("--dir", help="an empty directory for data; kept. Else a temporary one, kept when something was found")
    parser.add_argument("--go-on", action="store_true", help="do not stop at the first thing found")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    directory = chosen.dir or tempfile.mkdtemp(prefix="torture-")
    print(f"torture: SEED={chosen.seed} ROUNDS={chosen.rounds} SHARDS={chosen.shards}, data in {directory}", flush=True)
    books = torture(directory, chosen.seed, chosen.rounds, chosen.shards, say=lambda line: print(line, flush=True), goes_on=chosen.go_on)
    for name, count in sorted(books.figures.items()):
        print(f"{count:>10} {name}")
    for line in books.violations[:50]:
        print(f"WRONG {line}")
    print(f"{len(books.violations)} violations in {chosen.rounds} rounds")
    sys.exit(1 if books.violations else 0)


if __name__ == "__main__":
    main()
