"""Queues over MQTT, with the clients that people use."""
import subprocess

import paho.mqtt.client as paho
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions
from support.waiting import PATIENCE, eventually
from test_paho import Paho

pytestmark = [pytest.mark.fluxd]
VERSIONS = [paho.MQTTv311, paho.MQTTv5]
SHARDS = [1, 3]


def user(kind, **pairs):
    props = Properties(kind)
    props.UserProperty = [(name.replace("_", "-"), value) for name, value in pairs.items()]
    return props


def values(message):
    return dict(message.properties.UserProperty)


def consume(client, topic, **terms):
    if client.client.protocol == paho.MQTTv5:
        client.subscribe(topic, options=SubscribeOptions(qos=1), properties=user(PacketTypes.SUBSCRIBE, **terms))
    else:
        client.subscribe(topic, qos=1)


def settle(client, message, verb, **more):
    found = values(message)
    props = user(PacketTypes.PUBLISH, **{"message_id": found["message-id"], "group_id": found["group-id"], **more})
    client.publish(f"{message.topic}/{verb}", b"", 1, properties=props)
    return client.event("publish")[2]


@pytest.mark.parametrize("shards", SHARDS)
def test_settling_with_paho(start_broker, shards):
    broker = start_broker(server__shards=shards)
    publisher, worker = Paho(broker, "publisher"), Paho(broker, "worker")
    for number in range(3):
        publisher.publish("$queue/jobs", str(number), 1)
    consume(worker, "$queue/jobs", consumer_group="workers")
    messages = [worker.message() for _ in range(3)]
    assert [message.payload for message in messages] == [b"0", b"1", b"2"]
    found = values(messages[0])
    assert (found["message-id"], found["group-id"], found["queue"]) == ("jobs:0", "workers", "jobs")
    assert (found["client_id"], found["protocol"], found["x-delivery-count"]) == ("publisher", "mqtt", "1")
    assert settle(worker, messages[0], "$ack") == 0
    assert settle(worker, messages[0], "$ack") == 0x80
    assert settle(worker, messages[1], "$nack") == 0
    again = worker.message()
    assert (again.payload, values(again)["x-delivery-count"]) == (b"1", "2")
    assert settle(worker, again, "$reject", reason="not today") == 0
    # What is left goes to another consumer of the group when this one is gone.
    worker.client.disconnect()
    other = Paho(broker, "other")
    consume(other, "$queue/jobs", consumer_group="workers")
    rest = other.message()
    assert (rest.payload, values(rest)["x-delivery-count"]) == (b"2", "2")


@pytest.mark.parametrize("shards", SHARDS)
@pytest.mark.parametrize("version", VERSIONS)
def test_puback_settles(start_broker, shards, version):
    broker = start_broker(server__shards=shards)
    publisher = Paho(broker, "publisher", version)
    worker = Paho(broker, "worker", version)
    consume(worker, "$queue/jobs/#", x_ack_mode="puback")
    for number in range(200):
        publisher.publish(f"$queue/jobs/{number % 7}", str(number), 1 + number % 2)
    assert [worker.message().payload for _ in range(200)] == [str(number).encode() for number in range(200)]
    publisher.publish("$queue/jobs", "end", 1)
    assert worker.message().payload == b"end"
    # Nothing of it is left for the same group, but what paho had no time to acknowledge.
    worker.client.disconnect()
    again = Paho(broker, "worker", version)
    consume(again, "$queue/jobs/#", x_ack_mode="puback")
    publisher.publish("$queue/jobs", "new", 1)
    left = list(iter(lambda: again.message().payload, b"new"))
    assert left == [b"197", b"198", b"199", b"end"][4 - len(left):], "only the last few"


@pytest.mark.parametrize("shards", SHARDS)
def test_each_group_has_its_own_and_shares_it(start_broker, shards):
    broker = start_broker(server__shards=shards)
    workers = [Paho(broker, f"w{number}") for number in range(3)]
    for worker in workers:
        consume(worker, "$queue/jobs", consumer_group="workers", x_ack_mode="puback")
    audit = Paho(broker, "audit", paho.MQTTv311)
    consume(audit, "$queue/jobs")
    publisher = Paho(broker, "publisher")
    for number in range(30):
        publisher.publish("$queue/jobs", str(number), 1)
    assert [int(audit.message().payload) for _ in range(30)] == list(range(30))
    eventually(lambda: sum(worker.messages.qsize() for worker in workers) == 30, "the workers have all messages")
    assert all(worker.messages.qsize() >= 5 for worker in workers)


@pytest.mark.parametrize("version", ["mqttv311", "mqttv5"])
@pytest.mark.parametrize("shards", SHARDS)
def test_mosquitto_clients(start_broker, shards, version):
    broker = start_broker(server__shards=shards)
    address = ["-h", broker.host, "-p", str(broker.port), "-V", version, "-q", "1", "-t", "$queue/jobs"]
    read = ["mosquitto_sub", *address, "-i", "reader", "-C", "50", "-W", "20"]
    if version == "mqttv5":
        read += ["-D", "SUBSCRIBE", "user-property", "x-ack-mode", "puback"]
    for first in (0, 50):
        numbers = [str(number) for number in range(first, first + 50)]
        lines = "".join(f"{number}\n" for number in numbers)
        subprocess.run(["mosquitto_pub", *address, "-l"], input=lines, text=True, check=True, timeout=PATIENCE)
        found = subprocess.run(read, capture_output=True, text=True, check=True, timeout=25).stdout.split()
        assert found == numbers
