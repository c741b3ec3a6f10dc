"""Fixtures. Every test has a broker of its own, which must neither crash nor log an error while the test runs."""
import functools
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from support.broker import Fluxd, Mosquitto, program  # noqa: E402
from support.client import RawClient  # noqa: E402

ON_MOSQUITTO = os.environ.get("BROKER") == "mosquitto"


def pytest_collection_modifyitems(items):
    if ON_MOSQUITTO:
        for item in items:
            if item.get_closest_marker("fluxd"):
                item.add_marker(pytest.mark.skip(reason="only of fluxd"))


@pytest.fixture
def start_broker(tmp_path):
    """Starts brokers with settings of the test's choice; the test's end stops and judges them."""
    started = []

    def start(config=None, **settings):
        """`session__max_offline_queue_size=10` sets `session.max_offline_queue_size`; `config` is the text of a file."""
        directory = tmp_path / f"broker-{len(started)}"
        directory.mkdir()
        chosen = {key.replace("__", "."): value for key, value in settings.items()}
        arguments = ()
        if config is not None:
            (directory / "fluxd.yaml").write_text(config)
            arguments = ("--config", str(directory / "fluxd.yaml"))
        broker = Mosquitto(directory, chosen) if ON_MOSQUITTO else Fluxd(directory, chosen, arguments=arguments)
        started.append(broker)
        return broker

    start.default = functools.cache(start)
    yield start
    for broker in started:
        if broker.was_killed:
            assert not broker.complaints(), f"the broker logged errors\n{broker.output}"
            continue
        ended = None if broker.running else broker.process.returncode
        broker.terminate()
        status = broker.wait(20)
        assert ended in (None, 0), f"the broker ended with {ended} during the test\n{broker.output}"
        assert status == 0, f"the broker ended with {status}\n{broker.output}"
        assert not broker.complaints(), f"the broker logged errors\n{broker.output}"


@pytest.fixture
def broker(start_broker):
    """The test's broker, with default settings."""
    return start_broker.default()


@pytest.fixture
def client(start_broker):
    """Opens raw connections, to the default broker unless `to` names another."""
    opened = []

    def open_client(client_id="", version=5, connected=True, receive_buffer=None, to=None, **more):
        one = RawClient(to or start_broker.default(), version, receive_buffer)
        opened.append(one)
        return one.connect(client_id, **more) if connected else one

    yield open_client
    for one in opened:
        one.close()


@pytest.fixture
def fluxctl():
    if ON_MOSQUITTO and not os.environ.get("FLUXCTL"):
        pytest.skip("needs fluxctl")
    return program("fluxctl", "FLUXCTL")
