"""Starting, refusing to start, and stopping: READY, listeners.json, notifications, exit codes, drain."""
import json
import os
import re
import signal
import socket
import time

import pytest
from support import wire
from support.broker import Fluxd
from support.client import RawClient

pytestmark = pytest.mark.fluxd

USAGE, UNAVAILABLE, CONFIGURATION = 64, 69, 78


def refused(tmp_path, *arguments, settings=None, status=CONFIGURATION):
    """Starts a fluxd that must not start; returns what it said on stderr."""
    daemon = Fluxd(tmp_path, settings, arguments=arguments, listening=False)
    assert daemon.wait() in (status if isinstance(status, tuple) else (status,)), daemon.output
    assert not any(line.startswith("READY") for line in daemon.out)
    said = "\n".join(daemon.err)
    assert said.strip(), "a refusal says why"
    assert "Fatal error" not in said
    return said


def configuration(tmp_path, text):
    path = tmp_path / "fluxd.yaml"
    path.write_text(text)
    return str(path)


def test_ready_names_the_bound_addresses(broker):
    assert re.search(r"^READY mqtt=127\.0\.0\.1:[1-9]\d* ws=127\.0\.0\.1:[1-9]\d* http=127\.0\.0\.1:[1-9]\d* admin=unix:/\S+$", "\n".join(broker.out), re.M)


def test_listeners_json_names_them_too(broker):
    text = (broker.runtime / "listeners.json").read_text()
    json.loads(text)
    assert str(broker.port) in text and str(broker.http_port) in text


def test_version_is_one_line(tmp_path):
    daemon = Fluxd(tmp_path, arguments=["--version"], listening=False)
    assert daemon.wait() == 0
    assert len(daemon.out) == 1 and re.search(r"\d+\.\d+", daemon.out[0])


def test_help_names_every_flag(tmp_path):
    daemon = Fluxd(tmp_path, arguments=["--help"], listening=False)
    assert daemon.wait() == 0
    for flag in ("--config", "--set", "--check", "--print-config", "--version"):
        assert flag in daemon.output


def test_check_says_yes_without_listening(tmp_path):
    daemon = Fluxd(tmp_path, arguments=["--check"], listening=False)
    assert daemon.wait() == 0, daemon.output
    assert not daemon.runtime.joinpath("listeners.json").exists()


def test_print_config_can_be_read_back(tmp_path):
    daemon = Fluxd(tmp_path, {"session.max_inflight_messages": "77"}, arguments=["--print-config"], listening=False)
    assert daemon.wait() == 0, daemon.output
    printed = "\n".join(daemon.out)
    assert "77" in printed
    again = Fluxd(tmp_path, arguments=["--check", "--config", configuration(tmp_path, printed)], listening=False)
    assert again.wait() == 0, again.output


def test_an_unknown_flag_is_usage(tmp_path):
    assert "--conifg" in refused(tmp_path, "--conifg", "x", status=USAGE)


def test_a_set_without_a_value_is_refused(tmp_path):
    assert "nonsense" in refused(tmp_path, "--set", "nonsense", status=(USAGE, CONFIGURATION))


def test_a_missing_file_is_named(tmp_path):
    path = str(tmp_path / "nowhere.yaml")
    assert path in refused(tmp_path, "--config", path)


def test_an_unknown_key_is_named_with_its_line_and_a_suggestion(tmp_path):
    path = configuration(tmp_path, "session:\n  max_sesions: 5\n")
    said = refused(tmp_path, "--config", path)
    assert f"{path}:2" in said and "max_sesions" in said and "max_sessions" in said


def test_a_value_of_the_wrong_kind_is_named_with_its_line(tmp_path):
    path = configuration(tmp_path, "session:\n  max_sessions: many\n")
    said = refused(tmp_path, "--config", path)
    assert f"{path}:2" in said and "max_sessions" in said


def test_broken_yaml_is_named_with_its_line(tmp_path):
    path = configuration(tmp_path, "session:\n  - {a: [}\n")
    assert f"{path}:2" in refused(tmp_path, "--config", path)


def test_a_bad_set_names_the_key(tmp_path):
    said = refused(tmp_path, settings={"session.max_sesions": "5"})
    assert "max_sesions" in said and "max_sessions" in said


def test_a_value_out_of_range_names_the_range(tmp_path):
    assert "max_offline_queue_size" in refused(tmp_path, settings={"session.max_offline_queue_size": "3"})


@pytest.mark.parametrize("address", ["0.0.0.0:0", "[::]:0", ":0"])
def test_anonymous_clients_are_for_loopback_only(tmp_path, address):
    said = refused(tmp_path, settings={"server.mqtt.tcp.plain.addr": address})
    assert "allow_anonymous" in said, "the remedy is named"


def test_an_explicit_opt_out_is_accepted(tmp_path):
    path = configuration(
        tmp_path, "server:\n  mqtt:\n    tcp:\n      plain:\n        addr: 0.0.0.0:0\n        allow_anonymous: true\n"
    )
    settings = {"server.mqtt.tcp.plain.addr": "0.0.0.0:0"}
    daemon = Fluxd(tmp_path, settings, arguments=["--check", "--config", path], listening=False)
    assert daemon.wait() == 0, daemon.output


def test_a_port_in_use_is_unavailable_and_named(tmp_path):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        said = refused(tmp_path, settings={"server.mqtt.tcp.plain.addr": f"127.0.0.1:{port}"}, status=UNAVAILABLE)
        assert str(port) in said


def test_systemd_is_told(tmp_path):
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(path)
        manager.settimeout(15)
        daemon = Fluxd(tmp_path, environment={"NOTIFY_SOCKET": path})
        assert "READY=1" in manager.recv(4096).decode().splitlines()
        daemon.terminate()
        assert "STOPPING=1" in manager.recv(4096).decode().splitlines()
        assert daemon.wait() == 0


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_drains_and_exits_with_0(tmp_path, sent):
    daemon = Fluxd(tmp_path)
    clients = [RawClient(daemon).connect(f"c{n}") for n in range(20)]
    old = RawClient(daemon, 4).connect("old")
    began = time.monotonic()
    os.kill(daemon.pid, sent)
    for one in clients:
        said = one.expect_closed()
        assert said is not None and said.reason == 0x8B
    assert old.expect_closed() is None
    assert daemon.wait() == 0, daemon.output
    assert time.monotonic() - began < 4, "well within shutdown_timeout (5 s)"
    assert not daemon.complaints()


def test_a_client_that_does_not_read_cannot_hold_up_the_stop(tmp_path):
    daemon = Fluxd(tmp_path, {"server.shutdown_timeout": "2s"})
    stuck = RawClient(daemon, receive_buffer=4096).connect("stuck")
    stuck.subscribe("flood")
    writer = RawClient(daemon).connect("writer")
    for _ in range(200):
        writer.send(wire.publish("flood", b"x" * 65_536))
    assert writer.is_alive()
    daemon.terminate()
    assert daemon.wait(patience=8) == 0, daemon.output


def test_a_second_signal_does_not_wait_for_who_does_not_read(tmp_path):
    daemon = Fluxd(tmp_path, {"server.shutdown_timeout": "60s"})
    stuck = RawClient(daemon, receive_buffer=4096).connect("stuck")
    stuck.subscribe("flood")
    writer = RawClient(daemon).connect("writer")
    for _ in range(200):
        writer.send(wire.publish("flood", b"x" * 65_536))
    assert writer.is_alive()
    daemon.terminate()
    writer.expect_closed()
    daemon.terminate()
    assert daemon.wait(patience=8) == 0, daemon.output


@pytest.mark.parametrize("sent", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_no_moment_of_a_stop_is_open_to_another_signal(tmp_path, sent):
    daemon = Fluxd(tmp_path)
    daemon.terminate()
    end = time.monotonic() + 15
    while daemon.running and time.monotonic() < end:
        daemon.process.send_signal(sent)
    assert daemon.wait() == 0, daemon.output


def test_what_was_acknowledged_before_the_stop_was_delivered(tmp_path):
    daemon = Fluxd(tmp_path)
    reader, writer = RawClient(daemon).connect("reader"), RawClient(daemon).connect("writer")
    reader.subscribe(("last", 1))
    for n in range(200):
        writer.publish("last", str(n), 1)
    daemon.terminate()
    found = [int(one.payload) for one in reader.drain() if one.kind == wire.PUBLISH]
    assert found == list(range(200))
    assert daemon.wait() == 0


def test_stopping_before_anybody_came_is_quick(tmp_path):
    daemon = Fluxd(tmp_path)
    began = time.monotonic()
    daemon.terminate()
    assert daemon.wait() == 0
    assert time.monotonic() - began < 2


def test_it_can_be_started_again_on_the_same_port(tmp_path):
    first = Fluxd(tmp_path)
    RawClient(first).connect("x")
    port = first.port
    first.terminate()
    assert first.wait() == 0
    second = Fluxd(tmp_path, {"server.mqtt.tcp.plain.addr": f"127.0.0.1:{port}"})
    assert RawClient(second).connect("x").is_alive()
    second.terminate()
    assert second.wait() == 0


def test_logs_are_json_lines_when_asked(broker, client):
    client("logged")
    records = list(broker.log_records())
    assert records and all({"level"} <= set(record) for record in records)
