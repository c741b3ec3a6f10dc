"""MQTT clients that outlive their broker: what they sent, what was acknowledged and what they received stays through any number of
connections, as the specification's session state of a client does. All of them run on one thread."""
import collections
import dataclasses
import errno
import selectors
import socket
import time

from . import wire
from .waiting import PATIENCE

FOREVER = 0xFFFFFFFF


class Loop:
    """Reads what came for any client and hands it over; never blocks on one of them."""

    def __init__(self):
        self.selector = selectors.DefaultSelector()

    def step(self, seconds):
        for key, events in self.selector.select(seconds):
            key.data.ready(events)

    def run(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.step(left)

    def until(self, condition, patience=PATIENCE):
        """Whether the condition came true in time."""
        end = time.monotonic() + patience
        while not condition():
            if time.monotonic() > end:
                return False
            self.step(0.01)
        return True


@dataclasses.dataclass
class Outgoing:
    """A publish that is not finished. `done(reason)` is called once, with the reason of its PUBACK, PUBREC or PUBCOMP."""

    topic: str
    payload: bytes
    qos: int
    done: object = None
    retain: bool = False
    props: dict = None
    #: PUBREC came: from here on only its identifier is left.
    is_released: bool = False


class SteadyClient:
    """A client with a session that is kept. Publishes up to `window` at once, in order; after a connect it sends again, first and in
    the old order, what was not finished. Acknowledges at once what it receives, unless `hold` keeps that many answers back."""

    def __init__(self, loop, name, version=5, window=20, hold=0, will=None, expiry=FOREVER):
        self.loop, self.name, self.version, self.window, self.hold = loop, name, version, window, hold
        self.will, self.expiry = will, expiry
        self.socket = None
        self.is_ready = False
        #: The broker has said once that the session is kept, so that it has to be there from now on.
        self.is_kept = False
        #: Connections that stood, and what the client found wrong with the broker's behaviour.
        self.connections, self.complaints = 0, []
        self.unfinished, self.backlog = {}, collections.deque()
        #: Identifiers of received messages of QoS 2 whose PUBREL has not come.
        self.received = set()
        self.filters, self.subscribed, self.asked = [], set(), {}
        self.subscribe_props = None
        self.held = collections.deque()
        self.on_message = lambda packet: None
        self.on_ready = lambda: None
        self.last_id = 0
        self.pongs = 0

    # Connecting

    def connect(self, broker):
        """Starts to; nothing happens if nobody listens."""
        self.drop()
        plug = socket.socket()
        try:
            plug.connect((broker.host, broker.port))
        except OSError:
            plug.close()
            return
        plug.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        plug.setblocking(False)
        self.socket, self.input, self.output = plug, bytearray(), bytearray()
        self.loop.selector.register(plug, selectors.EVENT_READ, self)
        props = {"session_expiry": self.expiry} if self.version == 5 else None
        self._write(wire.connect(self.name, self.version, False, 0, props, self.will))

    def leave(self):
        """Says goodbye; the session stays."""
        if self.socket:
            self.flush()
            self._write(wire.disconnect())
        self.drop()

    def drop(self):
        """Cuts the connection, if there is one."""
        if self.socket:
            self.loop.selector.unregister(self.socket)
            self.socket.close()
        self.socket, self.is_ready = None, False
        self.held.clear()
        self.asked = {}

    def _welcomed(self, packet):
        if packet.reason in (0x8B, 0x03):
            return self.drop()  # it is being stopped
        if packet.reason:
            return self.complain(f"CONNACK {packet.reason:#04x} {packet.props.get('reason_string', '')}")
        if self.is_kept and not packet.session_present:
            self.complain("its session is gone")
        if not packet.session_present:
            self.received.clear()
            self.subscribed.clear()
        self.is_kept = self.is_ready = True
        self.connections += 1
        self.window = min(self.window, packet.props.get("receive_maximum", 65_535))
        for packet_id, message in self.unfinished.items():
            self._send(packet_id, message, dup=True)
        missing = [(name, qos) for name, qos in self.filters if name not in self.subscribed]
        if missing:
            self.asked[self._next_id()] = missing
            self._write(wire.subscribe(self.last_id, missing, self.subscribe_props, self.version))
        self._publish_waiting()
        self.on_ready()

    # Publishing

    def publish(self, topic, payload, qos, done=None, retain=False, props=None):
        self.backlog.append(Outgoing(topic, payload, qos, done, retain, props))
        self._publish_waiting()

    @property
    def is_idle(self):
        return not self.unfinished and not self.backlog

    def _publish_waiting(self):
        while self.is_ready and self.backlog and len(self.unfinished) < self.window:
            message = self.backlog.popleft()
            packet_id = self._next_id()
            self.unfinished[packet_id] = message
            self._send(packet_id, message)

    def _next_id(self):
        while True:
            self.last_id = self.last_id % 65_535 + 1
            if self.last_id not in self.unfinished and self.last_id not in self.asked:
                return self.last_id

    def _send(self, packet_id, message, dup=False):
        if message.is_released:
            return self._write(wire.acknowledgement(wire.PUBREL, packet_id))
        self._write(
            wire.publish(
                message.topic, message.payload, message.qos, packet_id, message.retain, dup,
                message.props if self.version == 5 else None, self.version,
            )
        )

    def _answered(self, packet):
        message = self.unfinished.get(packet.packet_id)
        if message is None:
            return self.complain(f"an answer to nothing: {packet}")
        if packet.kind == wire.PUBREC and packet.reason < 0x80:
            message.is_released = True
            return self._write(wire.acknowledgement(wire.PUBREL, packet.packet_id))
        del self.unfinished[packet.packet_id]
        if message.done:
            # What PUBREC took in is taken in, whatever PUBCOMP finds.
            message.done(0 if packet.kind == wire.PUBCOMP else packet.reason)
        self._publish_waiting()

    # Receiving

    def _delivered(self, packet):
        if packet.qos == 2:
            if packet.packet_id not in self.received:
                self.received.add(packet.packet_id)
                self.on_message(packet)
            self._answer(wire.PUBREC, packet.packet_id)
        else:
            self.on_message(packet)
            if packet.qos == 1:
                self._answer(wire.PUBACK, packet.packet_id)

    def _answer(self, kind, packet_id):
        self.held.append(wire.acknowledgement(kind, packet_id))
        if len(self.held) > self.hold:
            self.flush()

    def flush(self):
        """Sends the acknowledgements that were held back."""
        if self.held:
            self._write(b"".join(self.held))
            self.held.clear()

    # Bytes

    def ping(self):
        self._write(wire.PINGREQ_BYTES)

    def _write(self, raw):
        if not self.socket:
            return
        self.output += raw
        self._push()

    def _push(self):
        try:
            sent = self.socket.send(self.output)
            del self.output[:sent]
        except BlockingIOError:
            pass
        except OSError:
            # Nothing more goes out; what has come is read all the same.
            self.output.clear()
        wanted = selectors.EVENT_READ | (selectors.EVENT_WRITE if self.output else 0)
        if self.loop.selector.get_key(self.socket).events != wanted:
            self.loop.selector.modify(self.socket, wanted, self)

    def ready(self, events):
        if events & selectors.EVENT_WRITE:
            self._push()
        if not events & selectors.EVENT_READ:
            return
        try:
            more = self.socket.recv(262_144)
        except BlockingIOError:
            return
        except OSError as error:
            if error.errno not in (errno.ECONNRESET, errno.EPIPE):
                raise
            more = b""
        if not more:
            return self.drop()
        self.input += more
        for first, body in self._packets():
            self._received(wire.decode(first, body, self.version))
            if not self.socket:
                return

    def _packets(self):
        """The whole packets of the input, which are taken out of it."""
        at, found = 0, []
        while True:
            length, index, shift = 0, at + 1, 0
            while index < len(self.input):
                length |= (self.input[index] & 0x7F) << shift
                shift, index = shift + 7, index + 1
                if not self.input[index - 1] & 0x80:
                    break
            else:
                break
            if index + length > len(self.input):
                break
            found.append((self.input[at], bytes(self.input[index : index + length])))
            at = index + length
        del self.input[:at]
        return found

    def _received(self, packet):
        if packet.kind == wire.PUBLISH:
            self._delivered(packet)
        elif packet.kind in (wire.PUBACK, wire.PUBREC, wire.PUBCOMP):
            self._answered(packet)
        elif packet.kind == wire.PUBREL:
            self.received.discard(packet.packet_id)
            self._write(wire.acknowledgement(wire.PUBCOMP, packet.packet_id))
        elif packet.kind == wire.CONNACK:
            self._welcomed(packet)
        elif packet.kind == wire.SUBACK:
            for (name, _), reason in zip(self.asked.pop(packet.packet_id), packet.reasons):
                if reason >= 0x80:
                    self.complain(f"SUBACK {reason:#04x} for {name}: {packet.props.get('reason_string', '')}")
                else:
                    self.subscribed.add(name)
        elif packet.kind == wire.PINGRESP:
            self.pongs += 1
        elif packet.kind == wire.DISCONNECT and packet.reason not in (0x8B,):
            self.complain(f"DISCONNECT {packet.reason:#04x} {packet.props.get('reason_string', '')}")

    def complain(self, what):
        self.complaints.append(f"{self.name}: {what}")
