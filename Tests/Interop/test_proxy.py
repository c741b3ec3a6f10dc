"""PROXY protocol: who the client is when a proxy stands between."""
import socket
import struct

import pytest
from support import wire
from support.admin import Admin, AdminError
from support.client import Closed, RawClient

pytestmark = pytest.mark.fluxd

CONFIG = """
server:
  mqtt:
    tcp:
      plain: {addr: "127.0.0.1:0"}
      v5: {addr: "127.0.0.1:0", allow_anonymous: true, proxy_from: [%s]}
"""


@pytest.fixture
def broker(start_broker):
    return start_broker(config=CONFIG % '"127.0.0.0/8"')


def version_2(source, port, command=0x21, family=0x11):
    body = socket.inet_aton(source) + socket.inet_aton("192.0.2.9") + struct.pack(">HH", port, 1883)
    return b"\r\n\r\n\0\r\nQUIT\n" + struct.pack(">BBH", command, family, len(body)) + body


@pytest.mark.parametrize(
    "header", [b"PROXY TCP4 198.51.100.7 192.0.2.9 40001 1883\r\n", version_2("198.51.100.7", 40001)], ids=["v1", "v2"]
)
def test_the_client_is_known_by_its_own_address(broker, header):
    one = RawClient(broker.at("mqtt.v5"))
    one.send(header)
    one.connect("behind")
    row = Admin(broker).list("connection")[0][0]
    assert row["peer"] == "198.51.100.7:40001"
    one.close()


def test_a_header_byte_by_byte(broker):
    one = RawClient(broker.at("mqtt.v5"))
    for byte in b"PROXY TCP6 2001:db8::7 2001:db8::1 40001 1883\r\n":
        one.send(bytes([byte]))
    one.connect("slowly")
    one.close()


@pytest.mark.parametrize("start", [wire.connect("direct", 5, True, 0), b"PROXY TCP4 nonsense\r\n", b"\r\n\r\n\0\r\nQUIT\n\x31\x11\0\x0c" + bytes(12)])
def test_without_a_good_header_nobody_comes_in(broker, start):
    one = RawClient(broker.at("mqtt.v5"))
    one.send(start)
    one.expect_closed()
    broker.logged("PROXY")


def test_who_is_not_listed_needs_no_header_and_cannot_use_one(start_broker):
    broker = start_broker(config=CONFIG % '"192.0.2.0/24"')
    RawClient(broker.at("mqtt.v5")).connect("direct").close()
    liar = RawClient(broker.at("mqtt.v5"))
    liar.send(b"PROXY TCP4 127.0.0.1 127.0.0.1 1 1\r\n")
    with pytest.raises((Closed, AssertionError)):
        liar.connect("liar")


def test_bans_are_listed_and_lifted_and_made_by_hand(start_broker):
    broker = start_broker(config=CONFIG % '"127.0.0.0/8"' + "limits: {ban_failures: 2}\n")
    admin = Admin(broker)

    def arrive(packet):
        one = RawClient(broker.at("mqtt.v5"))
        one.send(b"PROXY TCP4 198.51.100.7 192.0.2.9 40001 1883\r\n", packet)
        return one

    def is_let_in():
        try:
            with_session = arrive(wire.connect("guest", 5, True, 0))
            with_session.expect(wire.CONNACK)
            with_session.close()
            return True
        except Closed:
            return False

    for _ in range(2):
        arrive(b"\x10\x02xx").expect_closed()
    ban = admin.get("ban", "198.51.100.7")
    assert (ban["source"], ban["failures"], ban["listener"]) == ("failures", "2", "mqtt.v5") and ban["reason"]
    assert not is_let_in()
    assert admin.do("ban", "lift", id="198.51.100.7")["message"] == "lifted 1 ban"
    with pytest.raises(AdminError) as nothing:
        admin.do("ban", "lift", id="198.51.100.7")
    assert nothing.value.code == "not_found"
    assert is_let_in()
    admin.do("ban", "add", id="198.51.100.7", arguments={"for_ms": "60000"}, reason="ticket 4711")
    assert not is_let_in()
    row = admin.list("ban", filter="source=admin")[0][0]
    assert row["id"] == "198.51.100.7" and row["reason"] == "ticket 4711"
    with pytest.raises(AdminError) as local:
        admin.do("ban", "add", id="127.0.0.1", arguments={"for_ms": "60000"})
    assert local.value.code == "failed_precondition"
    events = [event for answer in admin.stream("Events", last=100, filter="address=198.51.100.7") for event in answer.get("events", [])]
    kinds = {event["kind"] for event in events}
    assert {"address.banned", "connection.opened", "connection.protocol_error", "connection.refused"} <= kinds
    assert all(event["attributes"]["address"] == "198.51.100.7" for event in events)
