"""paho-mqtt, 3.1.1 and 5.0: the client that most people's programs use."""
import queue

import paho.mqtt.client as paho
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode
from paho.mqtt.subscribeoptions import SubscribeOptions
from support.waiting import PATIENCE, eventually

BOTH = [paho.MQTTv311, paho.MQTTv5]


class Paho:
    """paho's client with its callbacks turned into queues."""

    def __init__(self, broker, client_id="", version=paho.MQTTv5, clean=True, expiry=None, will=None):
        self.messages, self.events = queue.Queue(), queue.Queue()
        more = {} if version == paho.MQTTv5 else {"clean_session": clean}
        self.client = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id=client_id, protocol=version, **more)
        self.client.on_message = lambda client, data, message: self.messages.put(message)
        self.client.on_connect = lambda client, data, flags, reason, props: self.events.put(("connect", flags, reason, props))
        self.client.on_subscribe = lambda client, data, mid, reasons, props: self.events.put(("subscribe", mid, reasons))
        self.client.on_publish = lambda client, data, mid, reason, props: self.events.put(("publish", mid, reason))
        self.client.on_disconnect = lambda client, data, flags, reason, props: self.events.put(("disconnect", flags, reason))
        if will:
            self.client.will_set(*will)
        props = None
        if version == paho.MQTTv5 and expiry is not None:
            props = Properties(PacketTypes.CONNECT)
            props.SessionExpiryInterval = expiry
        more = {"clean_start": clean, "properties": props} if version == paho.MQTTv5 else {}
        self.client.connect(broker.host, broker.port, 30, **more)
        self.client.loop_start()
        _, self.flags, reason, self.connack = self.event("connect")
        assert not reason.is_failure, reason

    def event(self, kind):
        while True:
            found = self.events.get(timeout=PATIENCE)
            if found[0] == kind:
                return found

    def subscribe(self, *arguments, **more):
        _, mid = self.client.subscribe(*arguments, **more)
        found = self.event("subscribe")
        assert found[1] == mid and not any(reason.is_failure for reason in found[2])

    def publish(self, topic, payload, qos=0, **more):
        info = self.client.publish(topic, payload, qos, **more)
        info.wait_for_publish(PATIENCE)
        assert info.is_published()

    def message(self):
        return self.messages.get(timeout=PATIENCE)

    def cut(self):
        """Ends the connection under paho's feet."""
        self.client._reconnect_on_failure = False
        self.client.socket().shutdown(2)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def connect(broker):
    opened = []

    def start(*arguments, **more):
        opened.append(Paho(broker, *arguments, **more))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_round_trip(connect, version, qos):
    one = connect("trip", version)
    one.subscribe("trip/#", qos)
    one.publish("trip/a", b"value", qos)
    found = one.message()
    assert (found.topic, found.payload, found.qos, bool(found.retain)) == ("trip/a", b"value", qos, False)


@pytest.mark.parametrize("version", BOTH)
def test_a_thousand_messages_in_order(connect, version):
    reader, writer = connect("reader", version), connect("writer", version)
    reader.subscribe("order", 1)
    for n in range(1000):
        info = writer.client.publish("order", str(n), 1)
    info.wait_for_publish(PATIENCE)
    assert [int(reader.message().payload) for _ in range(1000)] == list(range(1000))


@pytest.mark.parametrize("version", BOTH)
def test_several_filters_in_one_subscribe(connect, version):
    one = connect("several", version)
    one.subscribe([("a/#", 0), ("b/+", 1), ("c", 2)] if version != paho.MQTTv5 else
                  [("a/#", SubscribeOptions(0)), ("b/+", SubscribeOptions(1)), ("c", SubscribeOptions(2))])
    for topic, qos in (("a/x/y", 0), ("b/x", 1), ("c", 2)):
        one.publish(topic, topic, 2)
        found = one.message()
        assert (found.topic, found.qos) == (topic, qos)


def test_a_kept_session_with_waiting_messages(connect):
    first = connect("kept", expiry=300)
    first.subscribe("for/kept", 1)
    first.close()
    connect().publish("for/kept", "waiting", 1)
    again = connect("kept", clean=False, expiry=300)
    assert again.flags.session_present
    assert again.message().payload == b"waiting"


def test_takeover_is_told_as_paho_says_it(connect):
    first = connect("same")
    first.client._reconnect_on_failure = False
    connect("same")
    reason = first.event("disconnect")[2]
    assert reason == ReasonCode(PacketTypes.DISCONNECT, "Session taken over")


def test_a_will_of_paho(connect, client):
    watcher = client("watcher")
    watcher.subscribe(("will", 1))
    doomed = connect("doomed", will=("will", "gone", 1))
    doomed.cut()
    assert watcher.delivery().payload == b"gone"


def test_properties_both_ways(connect):
    one = connect("props")
    one.subscribe("props", options=SubscribeOptions(1), properties=None)
    props = Properties(PacketTypes.PUBLISH)
    props.UserProperty = [("b", "1"), ("a", "2"), ("b", "3")]
    props.ContentType, props.ResponseTopic, props.CorrelationData = "text/plain", "re/ply", b"\x00\x01"
    props.MessageExpiryInterval, props.PayloadFormatIndicator = 60, 1
    one.publish("props", "x", 1, properties=props)
    found = one.message().properties
    assert found.UserProperty == props.UserProperty
    assert (found.ContentType, found.ResponseTopic, found.CorrelationData) == ("text/plain", "re/ply", b"\x00\x01")
    assert found.MessageExpiryInterval in (59, 60) and found.PayloadFormatIndicator == 1


def test_no_local_and_retain_as_published(connect):
    one, other = connect("one"), connect("other")
    one.subscribe("talk", options=SubscribeOptions(qos=1, noLocal=True, retainAsPublished=True))
    one.publish("talk", "mine", 1)
    other.publish("talk", "theirs", 1, retain=True)
    found = one.message()
    assert (found.payload, bool(found.retain)) == (b"theirs", True)


@pytest.mark.parametrize("version", BOTH)
def test_shared_between_two(connect, version):
    readers = [connect(f"r{n}", version) for n in range(2)]
    for reader in readers:
        reader.subscribe("$share/team/job", 1)
    writer = connect("writer", version)
    for n in range(40):
        writer.publish("job", str(n), 1)
    eventually(lambda: sum(reader.messages.qsize() for reader in readers) == 40, "forty deliveries in all")
    counts = [reader.messages.qsize() for reader in readers]
    assert min(counts) >= 5, f"unfair: {counts}"


def test_reconnecting_resumes_what_was_in_flight(connect, client):
    reader = connect("resumes", clean=False, expiry=300)
    reader.subscribe("flow", 2)
    writer = client("writer")
    for n in range(100):
        writer.publish("flow", str(n), 2)
        if n == 50:
            reader.client.socket().shutdown(2)  # paho reconnects by itself, with the session it had
            reader.event("disconnect")
    found = []
    while len(set(found)) < 100:
        found.append(int(reader.message().payload))
    assert found == list(range(100)), "QoS 2: each once, in order"


def test_a_million_byte_payload(connect):
    one = connect("large")
    one.subscribe("large", 1)
    payload = bytes(n % 251 for n in range(1_000_000))
    one.publish("large", payload, 1)
    assert one.message().payload == payload
