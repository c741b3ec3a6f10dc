"""TLS and mutual TLS with other people's clients; bad certificates are refused, and the log says which and why."""
import asyncio
import shutil
import socket
import ssl
import subprocess

import aiomqtt
import paho.mqtt.client as paho
import pytest
import websockets
from support import wire
from support.admin import Admin
from support.broker import Fluxd
from support.certificates import Certificates
from support.waiting import PATIENCE, eventually

pytestmark = pytest.mark.fluxd


@pytest.fixture(scope="session")
def certificates(tmp_path_factory):
    return Certificates(tmp_path_factory.mktemp("certificates"))


def config(certificates, **changes):
    server = f"cert_file: {certificates.server}, key_file: {certificates.server_key}"
    mutual = f"ca_file: {certificates.ca}, crl_file: {certificates.crl}, certificate_identity: common_name"
    return f"""
server:
  mqtt:
    tcp:
      plain: {{addr: "127.0.0.1:0"}}
      tls: {{addr: "127.0.0.1:0", {changes.get("server", server)}{changes.get("tls", "")}}}
      mtls: {{addr: "127.0.0.1:0", {server}, {mutual}}}
    ws:
      tls: {{addr: "127.0.0.1:0", {server}}}
      mtls: {{addr: "127.0.0.1:0", {server}, {mutual}}}
"""


@pytest.fixture
def broker(start_broker, certificates):
    return start_broker(config=config(certificates))


def context(certificates, client=None, **more):
    made = ssl.create_default_context(cafile=certificates.ca)
    if client:
        made.load_cert_chain(getattr(certificates, client), getattr(certificates, client + "_key"))
    for name, value in more.items():
        setattr(made, name, value)
    return made


def mqtt(broker, listener, tls, client_id="raw", host="localhost"):
    """CONNECT over TLS; the CONNACK's reason and the socket."""
    plain = socket.create_connection(("127.0.0.1", broker.ports[listener]), timeout=PATIENCE)
    stream = tls.wrap_socket(plain, server_hostname=host)
    stream.sendall(wire.connect(client_id, 5, True, 0))
    answer = stream.recv(1000)
    if not answer:
        raise ConnectionError("closed")
    return answer[3], stream


# Good certificates


@pytest.mark.parametrize("listener", ["mqtt.tls", "mqtt.mtls", "ws.tls", "ws.mtls"])
@pytest.mark.parametrize("version", [paho.MQTTv311, paho.MQTTv5])
def test_paho(broker, certificates, client, listener, version):
    sub = client("watcher", to=broker)
    sub.subscribe(("t/#", 2))
    transport = "websockets" if listener.startswith("ws") else "tcp"
    pub = paho.Client(paho.CallbackAPIVersion.VERSION2, client_id="paho", protocol=version, transport=transport)
    pub.tls_set_context(context(certificates, "client" if "mtls" in listener else None))
    pub.connect("localhost", broker.ports[listener], 30)
    pub.loop_start()
    for qos in (0, 1, 2):
        pub.publish("t/a", b"x" * 300_000, qos).wait_for_publish(PATIENCE)
        assert len(sub.delivery().payload) == 300_000
    row = next(row for row in Admin(broker).list("connection")[0] if row["clientId"] == "paho")
    assert row["listener"] == listener
    pub.disconnect()
    pub.loop_stop()


@pytest.mark.parametrize("listener", ["mqtt.tls", "mqtt.mtls"])
def test_mosquitto_clients(broker, certificates, listener):
    address = ["-h", "localhost", "-p", str(broker.ports[listener]), "--cafile", certificates.ca]
    if listener == "mqtt.mtls":
        address += ["--cert", certificates.client, "--key", certificates.client_key]
    subprocess.run(["mosquitto_pub", *address, "-t", "kept", "-m", "value", "-q", "1", "-r"], check=True, timeout=20)
    found = subprocess.run(
        ["mosquitto_sub", *address, "-t", "kept", "-C", "1", "-W", "15"], check=True, timeout=20, capture_output=True, text=True
    )
    assert found.stdout == "value\n"


@pytest.mark.parametrize("listener", ["mqtt.tls", "ws.mtls"])
async def test_aiomqtt(broker, certificates, listener):
    tls = context(certificates, "client" if "mtls" in listener else None)
    transport = "websockets" if listener.startswith("ws") else "tcp"
    async with aiomqtt.Client("localhost", broker.ports[listener], tls_context=tls, transport=transport, timeout=15) as one:
        await one.subscribe("aio", qos=2)
        await one.publish("aio", "value", qos=2)
        async with asyncio.timeout(PATIENCE):
            assert (await anext(aiter(one.messages))).payload == b"value"


async def test_a_browser_style_client(broker, certificates):
    address = f"wss://localhost:{broker.ports['ws.tls']}/mqtt"
    async with websockets.connect(address, subprotocols=["mqtt"], ssl=context(certificates)) as connection:
        await connection.send(wire.connect("browser", 5, True, 0))
        assert (await connection.recv())[0] == 0x20


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_versions_are_served_and_sessions_resume(broker, certificates, version):
    tls = context(certificates, minimum_version=version, maximum_version=version)
    _, first = mqtt(broker, "mqtt.tls", tls)
    session = first.session
    first.close()
    plain = socket.create_connection(("127.0.0.1", broker.ports["mqtt.tls"]), timeout=PATIENCE)
    with tls.wrap_socket(plain, server_hostname="localhost", session=session) as second:
        second.sendall(wire.connect("again", 5, True, 0))
        assert second.recv(100)[0] == 0x20
        assert second.session_reused


def test_application_protocols(broker, certificates):
    for offered, chosen in ((["mqtt"], "mqtt"), (["http/1.1", "mqtt"], "mqtt"), ([], None)):
        tls = context(certificates)
        if offered:
            tls.set_alpn_protocols(offered)
        _, stream = mqtt(broker, "mqtt.tls", tls)
        assert stream.selected_alpn_protocol() == chosen
        stream.close()
    tls = context(certificates)
    tls.set_alpn_protocols(["h2"])
    with pytest.raises(ssl.SSLError):
        mqtt(broker, "mqtt.tls", tls)


def test_the_certificate_is_who_the_client_is(broker, certificates):
    reason, stream = mqtt(broker, "mqtt.mtls", context(certificates, "client"), "certified")
    row = next(row for row in Admin(broker).list("connection")[0] if row["clientId"] == "certified")
    assert reason == 0 and row["username"] == "client" and "CN=client" in row["certificate"] and row["transport"] == "tls"
    stream.close()


# Bad ones


@pytest.mark.parametrize(
    ("client", "words"),
    [
        ("expired_client", "expired"),
        ("revoked", "revoked"),
        ("self_signed", "self-signed"),
        (None, "no certificate"),
    ],
)
@pytest.mark.parametrize("listener", ["mqtt.mtls", "ws.mtls"])
def test_a_bad_client_certificate_is_refused_and_named(broker, certificates, listener, client, words):
    with pytest.raises((ssl.SSLError, ConnectionError)):
        mqtt(broker, listener, context(certificates, client))
    assert words in broker.logged(words)


@pytest.mark.parametrize("server", ["wrong_host", "self_signed"])
def test_clients_refuse_a_bad_server_certificate_and_the_log_has_their_reason(start_broker, certificates, server):
    files = f"cert_file: {getattr(certificates, server)}, key_file: {getattr(certificates, server + '_key')}"
    broker = start_broker(config=config(certificates, server=files))
    with pytest.raises(ssl.SSLCertVerificationError):
        mqtt(broker, "mqtt.tls", context(certificates))
    broker.logged("mqtt.tls", "certificate")


def test_an_expired_certificate_is_found_before_anybody_connects(certificates, tmp_path):
    files = f"cert_file: {certificates.expired}, key_file: {certificates.expired_key}"
    (tmp_path / "fluxd.yaml").write_text(config(certificates, server=files))
    broker = Fluxd(tmp_path, arguments=("--config", str(tmp_path / "fluxd.yaml")), listening=False)
    assert broker.wait() == 78, broker.output
    assert "expired.pem: the certificate expired on 2024-01-01" in broker.output and "server.mqtt.tcp.tls" in broker.output


def test_plain_bytes_on_a_tls_port_are_named(broker):
    with socket.create_connection(("127.0.0.1", broker.ports["mqtt.tls"]), timeout=PATIENCE) as plain:
        plain.sendall(wire.connect("plain", 5, True, 0))
        while plain.recv(1000):
            pass
    assert "speaks no TLS" in broker.logged("speaks no TLS")


def test_a_handshake_has_a_deadline(start_broker, certificates):
    broker = start_broker(config=config(certificates, tls=", handshake_timeout: 300ms"))
    with socket.create_connection(("127.0.0.1", broker.ports["mqtt.tls"]), timeout=PATIENCE) as silent:
        assert silent.recv(10) == b""


# Changes while it runs


def test_a_new_certificate_is_taken_and_no_connection_is_dropped(start_broker, certificates, tmp_path):
    shutil.copy(certificates.server_old, tmp_path / "server.pem")
    shutil.copy(certificates.server_old_key, tmp_path / "server.key")
    files = f"cert_file: {tmp_path}/server.pem, key_file: {tmp_path}/server.key"
    broker = start_broker(config=config(certificates, server=files))
    _, old = mqtt(broker, "mqtt.tls", context(certificates), "old")
    before = old.getpeercert()["serialNumber"]
    shutil.copy(certificates.server, tmp_path / "server.pem")
    shutil.copy(certificates.server_key, tmp_path / "server.key")
    broker.reload()
    broker.logged("configuration reloaded")
    _, new = mqtt(broker, "mqtt.tls", context(certificates), "new")
    assert new.getpeercert()["serialNumber"] != before
    old.sendall(wire.PINGREQ_BYTES)
    assert old.recv(10) == b"\xd0\x00"
    (tmp_path / "server.pem").write_text("no certificate\n")
    broker.reload()
    broker.logged("was not reloaded", "server.pem")
    broker.expected.append("was not reloaded")
    _, third = mqtt(broker, "mqtt.tls", context(certificates), "third")
    for stream in (old, new, third):
        stream.close()


def test_a_revocation_counts_from_the_reload_on(start_broker, certificates, tmp_path):
    shutil.copy(certificates.crl_empty, tmp_path / "crl.pem")
    text = config(certificates).replace(certificates.crl, str(tmp_path / "crl.pem"))
    broker = start_broker(config=text)
    _, stream = mqtt(broker, "mqtt.mtls", context(certificates, "revoked"))
    stream.close()
    shutil.copy(certificates.crl, tmp_path / "crl.pem")
    broker.reload()
    broker.logged("configuration reloaded")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        mqtt(broker, "mqtt.mtls", context(certificates, "revoked"))
    broker.logged("revoked")


def test_fluxctl_over_tls(broker, certificates, fluxctl):
    address = f"mqtts://localhost:{broker.ports['mqtt.tls']}"
    run = subprocess.run(
        [fluxctl, "pub", "--via", address, "--ca", certificates.ca, "--retain", "--qos", "1", "t/kept", "value"], capture_output=True, text=True, timeout=20
    )
    assert run.returncode == 0, run.stderr
    run = subprocess.run([fluxctl, "pub", "--via", address, "t", "x"], capture_output=True, text=True, timeout=20)
    assert run.returncode != 0 and "--ca" in run.stderr
    wss = f"wss://localhost:{broker.ports['ws.mtls']}/mqtt"
    mutual = ["--ca", certificates.ca, "--cert", certificates.client, "--key", certificates.client_key]
    run = subprocess.run([fluxctl, "sub", "--via", wss, *mutual, "--count", "1", "t/kept"], capture_output=True, text=True, timeout=20)
    assert run.returncode == 0 and "value" in run.stdout, run.stderr


def test_two_hundred_handshakes_leave_nothing_behind(broker, certificates):
    tls = context(certificates)
    for number in range(200):
        _, stream = mqtt(broker, "mqtt.tls", tls, f"n{number}")
        stream.close()
    eventually(lambda: Admin(broker).list("connection")[1].get("total", 0) in (0, "0"), "all connections are gone")
