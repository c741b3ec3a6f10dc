"""aiomqtt: asyncio programs."""
import asyncio

import aiomqtt
import pytest

BOTH = [aiomqtt.ProtocolVersion.V311, aiomqtt.ProtocolVersion.V5]


def connect(broker, version=aiomqtt.ProtocolVersion.V5, **more):
    return aiomqtt.Client(broker.host, broker.port, protocol=version, timeout=15, **more)


@pytest.mark.parametrize("version", BOTH)
@pytest.mark.parametrize("qos", [0, 1, 2])
async def test_a_round_trip(broker, version, qos):
    async with connect(broker, version) as client:
        await client.subscribe("aio/#", qos=qos)
        await client.publish("aio/a", "value", qos=qos)
        async with asyncio.timeout(15):
            message = await anext(aiter(client.messages))
        assert (str(message.topic), message.payload, message.qos) == ("aio/a", b"value", qos)


async def test_twenty_clients_at_once(broker):
    async def member(number):
        async with connect(broker, identifier=f"member-{number}") as client:
            await client.subscribe("room", qos=1)
            joined.release()
            found = set()
            async with asyncio.timeout(30):
                async for message in client.messages:
                    found.add(message.payload)
                    if len(found) == 20:
                        return

    joined = asyncio.Semaphore(0)
    members = [asyncio.create_task(member(number)) for number in range(20)]
    for _ in members:
        await asyncio.wait_for(joined.acquire(), 15)
    async with connect(broker) as speaker:
        for number in range(20):
            await speaker.publish("room", str(number), qos=1)
    await asyncio.gather(*members)


async def test_a_will_reaches_the_room(broker):
    async with connect(broker) as watcher:
        await watcher.subscribe("left", qos=1)
        doomed = connect(broker, will=aiomqtt.Will("left", "gone", qos=1))
        await doomed.__aenter__()
        doomed._client.socket().shutdown(2)
        async with asyncio.timeout(15):
            message = await anext(aiter(watcher.messages))
        assert message.payload == b"gone"
        try:
            await doomed.__aexit__(None, None, None)
        except aiomqtt.MqttError:
            pass
