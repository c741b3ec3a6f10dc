"""Who sent what, what was acknowledged, and what came out: the books that the torture of durability keeps."""
import collections


class Flow:
    """What one publisher sends to one target: numbered from 0. Everything below `floor` was checked, and is forgotten."""

    def __init__(self, publisher, target, qos):
        self.publisher, self.target, self.qos = publisher, target, qos
        self.name = f"{publisher}>{target}"
        self.next = self.floor = 0
        self.acknowledged = set()

    def payload(self, size):
        self.next += 1
        return f"{self.name} {self.next - 1} ".encode() + b"x" * size

    def close(self):
        self.floor = self.next
        self.acknowledged.clear()


def parsed(payload):
    """The flow's name and the number."""
    name, number, _ = payload.split(b" ", 2)
    return name.decode(), int(number)


class Books:
    """Flows by name, figures, and what was found wrong."""

    def __init__(self):
        self.flows, self.accounts = {}, []
        self.figures = collections.Counter()
        self.violations = []

    def flow(self, publisher, target, qos):
        flow = Flow(publisher, target, qos)
        self.flows[flow.name] = flow
        return flow

    def wrong(self, what):
        self.violations.append(what)

    def to(self, target):
        return [flow for flow in self.flows.values() if flow.target == target]


class Account:
    """What one receiver (a session, a group) got of the flows to some targets, all of which it has to get.

    `is_ordered`: numbers that come for the first time come in their order. `exact`: targets of which those of quality of service 2 come once."""

    def __init__(self, books, name, targets, is_ordered=True, exact=()):
        self.books, self.name, self.targets = books, name, targets
        self.is_ordered, self.exact = is_ordered, exact
        self.seen = collections.defaultdict(set)
        self.top = {}
        #: The receiver had acknowledged everything when the books were closed, and the broker knew: nothing comes again.
        self.is_final = False
        books.accounts.append(self)

    def got(self, flow_name, number, is_first_attempt=True):
        books, flow = self.books, self.books.flows.get(flow_name)
        if flow is None or flow.target not in self.targets:
            return books.wrong(f"{self.name} got {flow_name} {number}, which was not for it")
        books.figures["received"] += 1
        seen = self.seen[flow_name]
        if number in seen or number < flow.floor:
            books.figures["received again"] += 1
            if flow.target in self.exact and flow.qos == 2:
                books.wrong(f"{self.name} got {flow_name} {number} twice, at QoS 2")
            if number < flow.floor and self.is_final:
                books.wrong(f"{self.name} got {flow_name} {number} again, which it had finished before a clean stop")
            return
        seen.add(number)
        if self.is_ordered and is_first_attempt:
            if number < self.top.get(flow_name, -1):
                books.wrong(f"{self.name} got {flow_name} {number} for the first time after {self.top[flow_name]}")
            self.top[flow_name] = number

    def missing(self):
        """Acknowledged and not here, as (flow, number)."""
        return [
            (flow.name, number)
            for target in self.targets
            for flow in self.books.to(target)
            for number in flow.acknowledged - self.seen[flow.name]
        ]

    @property
    def is_complete(self):
        return all(
            flow.acknowledged <= self.seen[flow.name] for target in self.targets for flow in self.books.to(target)
        )

    def close(self):
        missing = sorted(self.missing())
        if missing:
            shown = ", ".join(f"{name} {number}" for name, number in missing[:5])
            self.books.wrong(f"{self.name} misses {len(missing)} acknowledged messages: {shown}")
        self.seen.clear()
        self.top.clear()
        self.is_final = False
