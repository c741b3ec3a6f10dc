"""A client that does exactly what a test says, one packet at a time, on a blocking socket with deadlines."""
import itertools
import socket
import time

from . import wire
from .waiting import PATIENCE


class Closed(Exception):
    """The broker closed the connection."""


class RawClient:
    """Acknowledges nothing by itself: what a client owes, the test sends."""

    def __init__(self, broker, version=5, receive_buffer=None):
        self.version = version
        self.socket = socket.socket()
        if receive_buffer:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.settimeout(PATIENCE)
        self.socket.connect((broker.host, broker.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = bytearray()
        self.ids = itertools.count(1)
        self.connack = None

    # Bytes and packets

    def send(self, *parts):
        self.socket.sendall(b"".join(parts))
        return self

    def receive(self, patience=PATIENCE):
        """The next packet. Raises `Closed` when the broker has closed, `TimeoutError` when nothing comes."""
        deadline = time.monotonic() + patience
        while True:
            found = self._whole_packet()
            if found:
                return found
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"no packet within {patience} s")
            self.socket.settimeout(left)
            try:
                more = self.socket.recv(262144)
            except ConnectionError as error:
                raise Closed(str(error)) from None
            finally:
                self.socket.settimeout(PATIENCE)
            if not more:
                assert not self.buffer, f"the broker closed inside a packet: {bytes(self.buffer)!r}"
                raise Closed("end of stream")
            self.buffer += more

    def _whole_packet(self):
        length, shift = 0, 0
        for index in range(1, min(len(self.buffer), 5)):
            digit = self.buffer[index]
            length |= (digit & 0x7F) << shift
            shift += 7
            if not digit & 0x80:
                end = index + 1 + length
                if len(self.buffer) < end:
                    return None
                first, body = self.buffer[0], bytes(self.buffer[index + 1 : end])
                del self.buffer[:end]
                return wire.decode(first, body, self.version)
        return None

    def expect(self, kind, patience=PATIENCE):
        found = self.receive(patience)
        assert found.kind == kind, f"expected packet type {kind}, got {found}"
        return found

    def expect_closed(self, patience=PATIENCE):
        """Nothing more comes, and the broker closes. Returns how it was said: a DISCONNECT packet, or None."""
        said = None
        try:
            while True:
                found = self.receive(patience)
                if found.kind == wire.DISCONNECT:
                    said = found
                elif found.kind != wire.PINGRESP:
                    raise AssertionError(f"expected the connection to be closed, got {found}")
        except Closed:
            return said

    def drain(self):
        """Reads until the broker closes; returns what came."""
        found = []
        try:
            while True:
                found.append(self.receive())
        except Closed:
            return found

    def is_alive(self):
        self.send(wire.PINGREQ_BYTES)
        return self.expect(wire.PINGRESP).kind == wire.PINGRESP

    # Whole exchanges

    def connect(self, client_id="", clean=True, keep_alive=0, expect=0, **more):
        self.send(wire.connect(client_id, self.version, clean, keep_alive, **more))
        self.connack = self.expect(wire.CONNACK)
        assert self.connack.reason == expect, f"expected CONNACK {expect:#04x}, got {self.connack}"
        return self

    def subscribe(self, *filters, props=None, expect=None):
        """Filters are names (QoS 0) or (name, options). Deliveries that overtake the SUBACK are kept."""
        wanted = [(entry, 0) if isinstance(entry, str) else entry for entry in filters]
        packet_id = next(self.ids)
        self.send(wire.subscribe(packet_id, wanted, props, self.version))
        ack = self._await_ack(wire.SUBACK, packet_id)
        granted = [options & 3 for _, options in wanted] if expect is None else expect
        assert ack.reasons == granted, f"expected SUBACK {granted}, got {ack.reasons}"
        return ack

    def unsubscribe(self, *filters):
        packet_id = next(self.ids)
        self.send(wire.unsubscribe(packet_id, filters, self.version))
        return self._await_ack(wire.UNSUBACK, packet_id)

    def _await_ack(self, kind, packet_id):
        early = []
        while True:
            found = self.receive()
            if found.kind == kind and found.packet_id == packet_id:
                self._early = getattr(self, "_early", []) + early
                return found
            assert found.kind == wire.PUBLISH, f"expected packet type {kind}, got {found}"
            early.append(found)

    def publish(self, topic, payload=b"", qos=0, expect=0, **more):
        """Publishes and completes the exchange; returns the packet identifier used."""
        packet_id = next(self.ids) if qos else None
        self.send(wire.publish(topic, payload, qos, packet_id, version=self.version, **more))
        if qos == 1:
            ack = self.expect(wire.PUBACK)
            assert (ack.packet_id, ack.reason in (expect, 0x10)) == (packet_id, True), ack
        elif qos == 2:
            ack = self.expect(wire.PUBREC)
            assert (ack.packet_id, ack.reason in (expect, 0x10)) == (packet_id, True), ack
            self.send(wire.acknowledgement(wire.PUBREL, packet_id))
            assert self.expect(wire.PUBCOMP).packet_id == packet_id
        return packet_id

    def delivery(self, acknowledge=True, patience=PATIENCE):
        """The next PUBLISH, acknowledged to the end of its exchange unless told otherwise."""
        early = getattr(self, "_early", [])
        found = early.pop(0) if early else self.expect(wire.PUBLISH, patience)
        if acknowledge and found.qos == 1:
            self.send(wire.acknowledgement(wire.PUBACK, found.packet_id))
        elif acknowledge and found.qos == 2:
            self.send(wire.acknowledgement(wire.PUBREC, found.packet_id))
            pending = []
            while True:
                answer = self.receive()
                if answer.kind == wire.PUBREL and answer.packet_id == found.packet_id:
                    break
                assert answer.kind == wire.PUBLISH, answer
                pending.append(answer)
            self._early = early + pending
            self.send(wire.acknowledgement(wire.PUBCOMP, found.packet_id))
        return found

    def deliveries_until(self, payload):
        """All deliveries before the one with this payload (a barrier that the test published last)."""
        barrier = payload.encode() if isinstance(payload, str) else payload
        found = []
        while True:
            one = self.delivery()
            if one.payload == barrier:
                return found
            found.append(one)

    def disconnect(self, reason=None, props=None):
        self.send(wire.disconnect(reason, props))
        self.close()

    def close(self):
        self.socket.close()

    def reset(self):
        """Ends the connection as a crash would: without DISCONNECT."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.socket.close()
