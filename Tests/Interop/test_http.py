"""The HTTP listener: health, readiness, metrics, and a strict parser behind them."""
import json
import re
import socket
import subprocess

import pytest
from support.waiting import eventually

pytestmark = pytest.mark.fluxd


def curl(broker, path, *flags):
    """(status, content type, body) as curl sees it."""
    answer = subprocess.run(
        ["curl", "--silent", "--max-time", "10", "--noproxy", "*", "--write-out", "\n%{http_code} %{content_type}", *flags,
         f"http://127.0.0.1:{broker.http_port}{path}"],
        capture_output=True, text=True, check=True,
    ).stdout
    body, _, tail = answer.rpartition("\n")
    status, _, kind = tail.partition(" ")
    return int(status), kind, body


def raw(broker, request):
    """Sends bytes, returns the status code of the answer, or 0 when the server just closed."""
    with socket.create_connection((broker.host, broker.http_port), timeout=10) as connection:
        connection.sendall(request)
        answer = b""
        while b"\r\n" not in answer:
            try:
                more = connection.recv(4096)
            except ConnectionError:
                break
            if not more:
                break
            answer += more
    return int(answer.split(b" ")[1]) if answer else 0


def metrics(broker):
    status, kind, body = curl(broker, "/metrics")
    assert status == 200 and kind.startswith("text/plain")
    values = {}
    for line in body.splitlines():
        if line and not line.startswith("#"):
            name, value = re.fullmatch(r"([a-zA-Z_:][\w:]*)(?:\{[^}]*\})? (\S+)(?: \d+)?", line).groups()
            values[name] = values.get(name, 0) + float(value)
    return values


def test_health_is_healthy(broker):
    status, kind, body = curl(broker, "/health")
    assert (status, json.loads(body)["status"]) == (200, "healthy")
    assert kind.startswith("application/json")


def test_ready_after_the_ready_line(broker):
    status, _, body = curl(broker, "/ready")
    assert (status, json.loads(body)["status"]) == (200, "ready")


def test_metrics_are_well_formed(broker):
    body = curl(broker, "/metrics")[2]
    families = re.findall(r"^# TYPE (\S+) (\S+)$", body, re.M)
    assert families and len(set(families)) == len(families), "each family is declared once"
    assert all(name.startswith("fluxmq_") or name.startswith("process_") for name, _ in families)
    assert set(kind for _, kind in families) <= {"counter", "gauge", "histogram", "summary", "unknown"}
    assert set(re.findall(r"^# HELP (\S+) ", body, re.M)) >= {name for name, _ in families}
    metrics(broker)


def test_messages_are_counted(broker, client):
    before = metrics(broker)
    reader = client()
    reader.subscribe(("count", 1))
    writer = client()
    for _ in range(10):
        writer.publish("count", "x", 1)
        reader.delivery()

    def grown():
        after = metrics(broker)
        return [name for name, value in after.items() if value - before.get(name, 0) == 10 and "message" in name]

    eventually(grown, "some message counter grows by exactly ten")


def test_a_client_s_names_are_never_labels(broker, client):
    reader = client("conspicuous-client")
    reader.subscribe(("conspicuous/topic", 1))
    client().publish("conspicuous/topic", "x", 1)
    assert "conspicuous" not in curl(broker, "/metrics")[2]


def test_unknown_paths_are_404_and_other_methods_405(broker):
    assert curl(broker, "/nothing/here")[0] == 404
    assert curl(broker, "/health", "--data", "x")[0] == 405


def test_head_has_no_body(broker):
    status, _, body = curl(broker, "/health", "--head")
    assert status in (200, 405) and "healthy" not in body


def test_a_connection_serves_several_requests(broker):
    answer = subprocess.run(
        ["curl", "--silent", "--noproxy", "*", "--write-out", "%{num_connects} "]
        + [f"http://127.0.0.1:{broker.http_port}/health"] * 3,
        capture_output=True, text=True, check=True,
    ).stdout
    assert [int(count) for count in re.findall(r"(\d) ", answer)] == [1, 0, 0]


def test_a_foreign_host_is_refused(broker):
    """A page in a browser must not reach a loopback service by a name of its own (DNS rebinding)."""
    assert curl(broker, "/metrics", "--header", "Host: rebound.example")[0] in (400, 403, 421)
    assert curl(broker, "/metrics", "--header", f"Host: localhost:{broker.http_port}")[0] == 200


@pytest.mark.parametrize("request_bytes,status", [
    (b"GET /health HTTP/1.1\r\nHost : 127.0.0.1\r\n\r\n", 400),
    (b"GET /health HTTP/1.1\nHost: 127.0.0.1\n\n", 400),
    (b"GET /health HTTP/1.1\r\n\r\n", 400),
    (b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: 127.0.0.1\r\n\r\n", 400),
    (b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\rb\r\n\r\n", 400),
    (b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\x00b\r\n\r\n", 400),
    (b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n folded\r\n\r\n", 400),
    (b"POST /health HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    (b"POST /health HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: +1\r\n\r\nx", 400),
    (b"POST /health HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", 400),
    (b"GET /" + b"a" * 100_000 + b" HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", 414),
    (b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n" + b"X: y\r\n" * 50_000 + b"\r\n", 431),
    (b"\x10\x0f\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x02me\r\n\r\n", 400),
    (b"GET /health\r\n\r\n", 400),
], ids=["space before the colon", "bare LF", "no Host", "two Hosts", "bare CR", "NUL", "folded line", "length and chunked",
        "signed length", "two lengths", "long target", "long header", "MQTT", "HTTP/0.9"])
def test_a_bad_request_is_refused(broker, request_bytes, status):
    assert raw(broker, request_bytes) in (status, 0 if len(request_bytes) > 65_536 else status)
    assert curl(broker, "/health")[0] == 200
