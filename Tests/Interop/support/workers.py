"""The clients of the torture: publishers that never stop, sessions that read, groups that settle, a stream's reader, mortals with
wills."""
from .ledger import parsed
from .steady import SteadyClient


class Publisher:
    """Keeps its window full of messages to its targets. A target is (name, make), and `make(flow, number, chance)` says where a
    message goes and how: a dict with topic, and perhaps payload, retain and props."""

    def __init__(self, world, name, version, qos, targets):
        self.world, self.qos = world, qos
        self.client = SteadyClient(world.loop, name, version, window=world.chance.choice([5, 20, 60]))
        self.client.on_ready = self.feed
        self.targets = [(world.books.flow(name, target, qos), make) for target, make in targets]

    def feed(self):
        client = self.client
        while self.world.is_feeding and client.is_ready and len(client.unfinished) + len(client.backlog) < client.window:
            flow, make = self.world.chance.choice(self.targets)
            number = flow.next
            payload = flow.payload(self.world.chance.choice([10, 10, 200, 3_000]))
            how = {"payload": payload, **make(flow, number, self.world.chance)}
            client.publish(qos=self.qos, done=lambda reason, flow=flow, number=number: self.done(flow, number, reason), **how)

    def done(self, flow, number, reason):
        books = self.world.books
        if reason >= 0x80 and flow.target == "once":
            books.figures["refused while ids are read"] += 1
        elif reason >= 0x80:
            books.wrong(f"{flow.name} {number} was refused with {reason:#04x}")
        else:
            books.figures["acknowledged"] += 1
            flow.acknowledged.add(number)
        self.feed()


class SessionReader:
    """A kept session with ordinary subscriptions of QoS 2. What a queue captures too comes at least once, whatever its QoS."""

    def __init__(self, world, name, version, filters, targets, hold=0):
        self.client = SteadyClient(world.loop, name, version, hold=hold)
        self.client.filters = [(text, 2) for text in filters]
        self.account = world.account(name, targets, exact=["sessions"])
        self.client.on_message = lambda packet: self.account.got(*parsed(packet.payload))

    @property
    def is_done(self):
        return self.account.is_complete


class Worker:
    """A group's only consumer, which settles what it gets: with a publish to the queue's `$ack`, `$nack` or `$reject`, whose
    acknowledgement makes it final, or with its PUBACK. `verdict(number)` says which."""

    def __init__(self, world, name, version, queue, targets, settles=True, verdict=None, is_ordered=True, account=None):
        self.world, self.queue, self.verdict = world, queue, verdict or (lambda number: "$ack")
        self.settles = settles
        self.client = SteadyClient(world.loop, name, version)
        self.client.filters = [(f"$queue/{queue}", 1)]
        self.client.subscribe_props = {"user": [("consumer-group", name), ("x-ack-mode", "settle" if settles else "puback")]}
        self.account = account or world.account(name, targets, is_ordered)
        self.client.on_message = self.got
        #: Message ids: settled, and in which life of the broker; given back to the queue for good or for another attempt.
        self.settled, self.pending = {}, set()
        self.on_settled = lambda message_id, flow, number, verb: None
        self.on_doubtful = lambda flow, number: None

    def got(self, packet):
        flow, number = parsed(packet.payload)
        user = dict(packet.props.get("user", []))
        self.account.got(flow, number, user.get("x-delivery-count", "1") == "1")
        if not self.settles:
            return
        message_id = user["message-id"]
        if self.settled.get(message_id, self.world.life) < self.world.life:
            self.world.books.wrong(f"{self.account.name} got {message_id} ({flow} {number}) again, which was settled in an earlier life")
        self.pending.add(message_id)
        verb, connection = self.verdict(number), self.client.connections
        self.client.publish(
            f"$queue/{self.queue}/{verb}", b"", 1,
            lambda reason: self.done(message_id, flow, number, verb, reason, connection),
            props={"user": [("message-id", message_id), ("group-id", user["group-id"]), ("reason", "torture")]},
        )

    def done(self, message_id, flow, number, verb, reason, connection):
        """A verdict on a message that is not pending is refused: it comes again, or the verdict was taken on an earlier connection,
        whose end swallowed the answer."""
        self.pending.discard(message_id)
        if reason >= 0x80:
            self.world.books.figures["verdicts refused"] += 1
            if connection < self.client.connections and verb == "$ack":
                self.on_doubtful(flow, number)
            return
        if verb != "$nack":
            self.settled[message_id] = self.world.life
        self.on_settled(message_id, flow, number, verb)

    @property
    def is_done(self):
        return self.account.is_complete and not self.pending and self.client.is_idle

    def close(self):
        self.settled.clear()


class Undertakers:
    """Both ends of dead letters: a worker that rejects a fifth, fails a fifth until it is taken away, and accepts the rest; and one
    that takes the dead. Whatever was acknowledged is with one of them."""

    def __init__(self, world, queue, graves):
        self.books = world.books
        account = world.account(queue, [queue], is_ordered=False)
        self.living = Worker(world, f"{queue}-worker", 5, queue, [queue], verdict=self.verdict, account=self)
        self.dead = Worker(world, f"{graves}-worker", 5, graves, [queue], account=self)
        self.name, self.account = queue, account
        self.accepted, self.buried = set(), {}
        self.living.on_settled = self.settled
        self.living.on_doubtful = self.account.got
        take = self.dead.got

        def bury(packet):
            user = dict(packet.props.get("user", []))
            origin, transfer = user["_dlq_original_id"], user["_dlq_transfer_id"]
            if self.buried.setdefault(origin, transfer) != transfer:
                self.books.wrong(f"{origin} was moved as {self.buried[origin]} and as {transfer}")
            if origin in self.accepted:
                self.books.wrong(f"{origin} was accepted, and is a dead letter ({user['_dlq_reason']})")
            self.books.figures["dead letters"] += 1
            self.account.got(*parsed(packet.payload))
            take(packet)

        self.dead.client.on_message = bury

    @staticmethod
    def verdict(number):
        return {0: "$reject", 1: "$nack"}.get(number % 5, "$ack")

    def got(self, flow, number, is_first_attempt):
        """Only what was settled or buried counts."""

    @property
    def is_complete(self):
        return True

    def settled(self, message_id, flow, number, verb):
        if verb == "$ack":
            if message_id in self.buried:
                self.books.wrong(f"{message_id} is a dead letter, and was accepted")
            self.accepted.add(message_id)
            self.account.got(flow, number)

    @property
    def workers(self):
        return [self.living, self.dead]

    def close(self):
        self.accepted.clear()
        self.buried.clear()


class StreamReader:
    """A group of a stream that commits by hand, now and then: no offset is left out, and a restart goes on where it committed."""

    EVERY = 25

    def __init__(self, world, name, stream):
        self.world, self.name, self.stream = world, name, stream
        self.client = SteadyClient(world.loop, name)
        self.client.filters = [(f"$queue/{stream}", 1)]
        self.client.subscribe_props = {"user": [("consumer-group", name), ("x-auto-commit", "false")]}
        self.account = world.account(name, [stream])
        self.client.on_message = self.got
        self.last, self.life, self.committed, self.asked = -1, 0, 0, 0

    def got(self, packet):
        user = dict(packet.props.get("user", []))
        offset = int(user["offset"])
        if self.life == self.world.life:
            expected = range(self.last + 1, self.last + 2)
        else:
            expected = range(self.committed, max(self.asked, self.committed) + 1)
        if offset not in expected:
            self.world.books.wrong(f"{self.name} got offset {offset} of {self.stream}, expected one of {expected}")
        self.last, self.life = offset, self.world.life
        self.account.got(*parsed(packet.payload))
        if (offset + 1) % self.EVERY == 0:
            self.commit(offset + 1, user["group-id"])

    def commit(self, offset, group):
        def done(reason):
            if reason < 0x80:
                self.committed = max(self.committed, offset)
            else:
                self.world.books.figures["commits refused"] += 1

        self.asked = max(self.asked, offset)
        props = {"user": [("x-group-id", group), ("x-offset", str(offset))]}
        self.client.publish(f"$queue/{self.stream}/$commit", b"", 1, done, props=props)

    @property
    def is_done(self):
        return self.account.is_complete and self.client.is_idle


class Mortals:
    """Clients with wills. Some go with the broker, or before it, and never come back: their wills come out. Others come back in time:
    theirs do not."""

    def __init__(self, world):
        self.world, self.count = world, 0
        self.watcher = SteadyClient(world.loop, "watcher")
        self.watcher.filters = [("w/#", 2)]
        self.watcher.on_message = self.saw
        self.eternal = [self.make(f"phoenix-{n}", 300, 0xFFFFFFFF) for n in range(3)]
        self.mortal = []
        self.expected, self.doubtful, self.seen = set(), set(), set()

    def make(self, name, delay, expiry):
        props = {"will_delay": delay}
        return SteadyClient(self.world.loop, name, will=(f"w/{name}", name, 1, False, props), expiry=expiry)

    def send(self, broker):
        for _ in range(4):
            self.count += 1
            delay = self.world.chance.choice([0, 1])
            one = self.make(f"mortal-{self.count}", delay, 5)
            one.delay = delay
            one.connect(broker)
            self.mortal.append(one)

    def ended(self, was_killed):
        for one in self.mortal:
            one.drop()
            # Whether the broker took it in is known only if it said so.
            is_due = one.connections and (was_killed or one.delay)
            (self.expected if is_due else self.doubtful).add(one.name)
        self.mortal = []

    def saw(self, packet):
        name = packet.payload.decode()
        self.world.books.figures["wills again" if name in self.seen else "wills"] += 1
        self.seen.add(name)
        if name.startswith("phoenix") or name not in self.expected | self.doubtful | {one.name for one in self.mortal}:
            self.world.books.wrong(f"the will of {name} came, which nobody was to get")

    @property
    def is_done(self):
        return self.expected <= self.seen

    def close(self):
        if missing := sorted(self.expected - self.seen):
            self.world.books.wrong(f"{len(missing)} wills did not come: {', '.join(missing[:5])}")
        self.expected.clear()
