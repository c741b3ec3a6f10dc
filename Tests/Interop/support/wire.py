"""MQTT 3.1.1 and 5.0 as bytes: enough to say exactly what goes out, and to see exactly what comes back."""
import dataclasses
import struct

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL, PUBCOMP = 1, 2, 3, 4, 5, 6, 7
SUBSCRIBE, SUBACK, UNSUBSCRIBE, UNSUBACK, PINGREQ, PINGRESP, DISCONNECT, AUTH = 8, 9, 10, 11, 12, 13, 14, 15

# Identifier -> (name, kind). Source: MQTT 5.0 §2.2.2.2.
PROPERTIES = {
    0x01: ("payload_format", "byte"), 0x02: ("message_expiry", "four"), 0x03: ("content_type", "text"),
    0x08: ("response_topic", "text"), 0x09: ("correlation_data", "data"), 0x0B: ("subscription_id", "varint"),
    0x11: ("session_expiry", "four"), 0x12: ("assigned_client_id", "text"), 0x13: ("server_keep_alive", "two"),
    0x15: ("auth_method", "text"), 0x16: ("auth_data", "data"), 0x17: ("request_problem", "byte"),
    0x18: ("will_delay", "four"), 0x19: ("request_response", "byte"), 0x1A: ("response_information", "text"),
    0x1C: ("server_reference", "text"), 0x1F: ("reason_string", "text"), 0x21: ("receive_maximum", "two"),
    0x22: ("topic_alias_maximum", "two"), 0x23: ("topic_alias", "two"), 0x24: ("maximum_qos", "byte"),
    0x25: ("retain_available", "byte"), 0x26: ("user", "pair"), 0x27: ("maximum_packet_size", "four"),
    0x28: ("wildcard_available", "byte"), 0x29: ("subscription_id_available", "byte"),
    0x2A: ("shared_available", "byte"),
}
IDENTIFIERS = {name: (identifier, kind) for identifier, (name, kind) in PROPERTIES.items()}
REPEATED = {"user", "subscription_id"}


def varint(value):
    out = bytearray()
    while True:
        value, digit = value >> 7, value & 0x7F
        out.append(digit | (0x80 if value else 0))
        if not value:
            return bytes(out)


def text(value):
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(raw)) + raw


def prop(name, value):
    """One property. The value is as Python has it; a user property is a (name, value) pair."""
    identifier, kind = IDENTIFIERS[name]
    encode = {
        "byte": lambda v: struct.pack(">B", v), "two": lambda v: struct.pack(">H", v),
        "four": lambda v: struct.pack(">I", v), "varint": varint, "text": text, "data": text,
        "pair": lambda v: text(v[0]) + text(v[1]),
    }[kind]
    return bytes([identifier]) + encode(value)


def properties(values):
    """A property block with its length. `values` is a dict (lists where a property may repeat), raw bytes, or nothing."""
    if isinstance(values, bytes):
        body = values
    else:
        body = b"".join(
            prop(name, one)
            for name, value in (values or {}).items()
            for one in (value if name in REPEATED and isinstance(value, list) else [value])
        )
    return varint(len(body)) + body


def packet(kind, flags, body):
    return bytes([kind << 4 | flags]) + varint(len(body)) + body


def connect(client_id="", version=5, clean=True, keep_alive=0, props=None, will=None, username=None, password=None):
    """`will` is (topic, payload, qos, retain, properties)."""
    flags = 0x02 if clean else 0
    tail = text(client_id)
    if will:
        topic, payload, qos, retain, will_props = will
        flags |= 0x04 | qos << 3 | (0x20 if retain else 0)
        tail += (properties(will_props) if version == 5 else b"") + text(topic) + text(payload)
    if username is not None:
        flags |= 0x80
        tail += text(username)
    if password is not None:
        flags |= 0x40
        tail += text(password)
    name = "MQIsdp" if version == 3 else "MQTT"
    head = text(name) + struct.pack(">BBH", version, flags, keep_alive)
    return packet(CONNECT, 0, head + (properties(props) if version == 5 else b"") + tail)


def publish(topic, payload=b"", qos=0, packet_id=None, retain=False, dup=False, props=None, version=5):
    payload = payload.encode() if isinstance(payload, str) else payload
    body = text(topic) + (struct.pack(">H", packet_id) if qos else b"")
    body += (properties(props) if version == 5 else b"") + payload
    return packet(PUBLISH, (8 if dup else 0) | qos << 1 | (1 if retain else 0), body)


def acknowledgement(kind, packet_id, reason=None):
    body = struct.pack(">H", packet_id) + (bytes([reason]) if reason is not None else b"")
    return packet(kind, 2 if kind == PUBREL else 0, body)


def subscribe(packet_id, filters, props=None, version=5):
    """`filters` are (filter, options byte)."""
    body = struct.pack(">H", packet_id) + (properties(props) if version == 5 else b"")
    return packet(SUBSCRIBE, 2, body + b"".join(text(name) + bytes([options]) for name, options in filters))


def unsubscribe(packet_id, filters, version=5):
    body = struct.pack(">H", packet_id) + (properties(None) if version == 5 else b"")
    return packet(UNSUBSCRIBE, 2, body + b"".join(text(name) for name in filters))


def disconnect(reason=None, props=None):
    if reason is None:
        return packet(DISCONNECT, 0, b"")
    return packet(DISCONNECT, 0, bytes([reason]) + (properties(props) if props is not None else b""))


PINGREQ_BYTES = packet(PINGREQ, 0, b"")


@dataclasses.dataclass
class Packet:
    """One packet that the broker sent. Fields that its kind does not have keep their defaults."""

    kind: int
    flags: int
    raw: bytes
    packet_id: int = 0
    reason: int = 0
    reasons: list = dataclasses.field(default_factory=list)
    session_present: bool = False
    topic: str = ""
    payload: bytes = b""
    props: dict = dataclasses.field(default_factory=dict)

    @property
    def qos(self):
        return self.flags >> 1 & 3

    @property
    def retain(self):
        return bool(self.flags & 1)

    @property
    def dup(self):
        return bool(self.flags & 8)


class _Reader:
    def __init__(self, raw):
        self.raw, self.at = raw, 0

    @property
    def left(self):
        return len(self.raw) - self.at

    def take(self, count):
        assert self.left >= count, f"the broker's packet ends too early: {self.raw!r}"
        self.at += count
        return self.raw[self.at - count : self.at]

    def number(self, width):
        return int.from_bytes(self.take(width), "big")

    def varint(self):
        value, shift = 0, 0
        while True:
            digit = self.number(1)
            value |= (digit & 0x7F) << shift
            if not digit & 0x80:
                return value
            shift += 7
            assert shift <= 21, "the broker's variable byte integer is too long"

    def text(self):
        return self.take(self.number(2))

    def properties(self):
        values, end = {}, self.varint() + self.at
        while self.at < end:
            name, kind = PROPERTIES[self.number(1)]
            value = {
                "byte": lambda: self.number(1), "two": lambda: self.number(2), "four": lambda: self.number(4),
                "varint": self.varint, "text": lambda: self.text().decode(), "data": self.text,
                "pair": lambda: (self.text().decode(), self.text().decode()),
            }[kind]()
            if name in REPEATED:
                values.setdefault(name, []).append(value)
            else:
                assert name not in values, f"the broker sent {name} twice"
                values[name] = value
        assert self.at == end, "the broker's property length is wrong"
        return values


def decode(first, body, version):
    found = Packet(kind=first >> 4, flags=first & 15, raw=body)
    reader = _Reader(body)
    five = version == 5
    if found.kind == CONNACK:
        found.session_present, found.reason = bool(reader.number(1) & 1), reader.number(1)
        found.props = reader.properties() if five and reader.left else {}
    elif found.kind == PUBLISH:
        found.topic = reader.text().decode()
        found.packet_id = reader.number(2) if found.qos else 0
        found.props = reader.properties() if five else {}
        found.payload = reader.take(reader.left)
    elif found.kind in (PUBACK, PUBREC, PUBREL, PUBCOMP):
        found.packet_id = reader.number(2)
        found.reason = reader.number(1) if five and reader.left else 0
        found.props = reader.properties() if five and reader.left else {}
    elif found.kind in (SUBACK, UNSUBACK):
        found.packet_id = reader.number(2)
        found.props = reader.properties() if five else {}
        found.reasons = list(reader.take(reader.left))
    elif found.kind in (DISCONNECT, AUTH) and five:
        found.reason = reader.number(1) if reader.left else 0
        found.props = reader.properties() if reader.left else {}
    assert reader.left == 0 or found.kind not in (CONNACK, PUBACK, PUBREC, PUBREL, PUBCOMP, DISCONNECT, PINGRESP), (
        f"bytes after the end of a packet from the broker: {body!r}"
    )
    return found
