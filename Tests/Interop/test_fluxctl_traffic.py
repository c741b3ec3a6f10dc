"""fluxctl req, reply, ping and bench against a broker, with other people's clients on the other side."""
import json
import os
import signal
import socket
import subprocess
import threading
import time

import paho.mqtt.client as paho
import pytest
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from support.broker import free_port
from support.waiting import eventually

FAILED, USAGE, PARTIAL, UNREACHABLE, TIMED_OUT, UNSUPPORTED, ASSERTION, NOBODY = 1, 2, 3, 7, 8, 11, 12, 13
WIRES = ["mqtt5", "mqtt3"]


@pytest.fixture
def run(broker, fluxctl):
    """Runs fluxctl to its end; returns the finished process."""

    def start(*arguments, via="mqtt5", status=0, stdin="", text=True):
        done = subprocess.run(
            [fluxctl, *arguments], input=stdin, capture_output=True, text=text, timeout=90,
            env={**os.environ, "FLUXMQ_VIA": f"{via}://127.0.0.1:{broker.port}"},
        )
        assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return start


@pytest.fixture
def responder(broker, fluxctl):
    """Starts fluxctl reply in the background, and returns once it answers."""
    started = []

    def start(*arguments):
        process = subprocess.Popen(
            [fluxctl, "reply", *arguments], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True, env={**os.environ, "FLUXMQ_VIA": f"mqtt5://127.0.0.1:{broker.port}"},
        )
        started.append(process)
        line = process.stderr.readline()
        assert line.startswith("answering on "), line
        return process

    yield start
    for one in started:
        one.kill()
        one.communicate()


class Paho:
    """A paho client that keeps what it receives, and answers if it is told how."""

    def __init__(self, broker, answer=None):
        self.received = []
        self.answer = answer
        self.ready = threading.Event()
        self.client = paho.Client(paho.CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self.client.on_message = self._message
        self.client.on_subscribe = lambda *_: self.ready.set()
        self.client.connect("127.0.0.1", broker.port)
        self.client.loop_start()

    def subscribe(self, topic):
        self.ready.clear()
        self.client.subscribe(topic, qos=1)
        assert self.ready.wait(10)
        return self

    def _message(self, client, _, message):
        self.received.append(message)
        if not self.answer:
            return
        for payload in self.answer(message):
            properties = Properties(PacketTypes.PUBLISH)
            properties.CorrelationData = message.properties.CorrelationData
            client.publish(message.properties.ResponseTopic, payload, qos=1, properties=properties)

    def ask(self, topic, payload, response, correlation, content_type=None):
        properties = Properties(PacketTypes.PUBLISH)
        properties.ResponseTopic = response
        properties.CorrelationData = correlation
        if content_type:
            properties.ContentType = content_type
        self.client.publish(topic, payload, qos=1, properties=properties).wait_for_publish(10)

    def close(self):
        self.client.disconnect()
        self.client.loop_stop()


@pytest.fixture
def other(broker):
    opened = []

    def start(answer=None):
        opened.append(Paho(broker, answer))
        return opened[-1]

    yield start
    for one in opened:
        one.close()


# req


def test_a_request_is_answered_by_paho(run, other):
    asked = other(lambda message: [message.payload.upper()]).subscribe("svc/shout")
    done = run("req", "svc/shout", "hello", "-H", "a=b", "--rtt", "-o", "json")
    answer = json.loads(done.stdout)
    assert (answer["payload"], answer["schema"], answer["qos"]) == ("HELLO", "fluxmq.reply/1", 1)
    assert 0 < answer["rtt_ms"] < 60_000
    (request,) = asked.received
    assert request.properties.ResponseTopic == answer["topic"] and len(request.properties.CorrelationData) == 16
    assert request.properties.UserProperty == [("a", "b")]


def test_an_answer_is_its_payload(run, other):
    other(lambda message: [b"\x00\xffraw\x1b"]).subscribe("svc/raw")
    assert run("req", "svc/raw").stdout == "\\x00\\xffraw\\x1b\n"
    assert run("req", "svc/raw", "--raw", text=False, stdin=b"").stdout == b"\x00\xffraw\x1b\n"
    done = run("req", "svc/raw", "--rtt", "-F", "{bytes}")
    assert done.stdout == "6" and "answer 1" in done.stderr


def test_several_answers(run, other):
    other(lambda message: [b"1", b"2", b"3"]).subscribe("svc/three")
    lines = run("req", "svc/three", "--replies", "3", "-o", "jsonl").stdout.splitlines()
    assert [json.loads(line)["payload"] for line in lines] == ["1", "2", "3"]
    done = run("req", "svc/three", "--replies", "5", "--wait", "500ms", status=TIMED_OUT)
    assert done.stdout == "1\n2\n3\n" and "3 of 5 answers" in done.stderr


def test_an_answer_to_another_question_is_none(run, other):
    def wrong(message):
        client.client.publish(message.properties.ResponseTopic, b"no correlation", qos=1)
        return []

    client = other(wrong).subscribe("svc/wrong")
    done = run("req", "svc/wrong", "--wait", "500ms", status=TIMED_OUT)
    assert done.stdout == "" and 'no answer on "svc/wrong" within 500ms' in done.stderr


def test_nobody_there_is_said_at_once(run):
    start = time.monotonic()
    done = run("req", "svc/nobody", "--wait", "60s", "-o", "json", status=NOBODY)
    assert time.monotonic() - start < 30
    error = json.loads(done.stderr)["error"]
    assert (error["code"], error["reason_code"]) == ("no_subscribers", 0x10)
    assert 'nobody subscribes to "svc/nobody"' in error["message"]


def test_nobody_who_answers_is_a_timeout(run, other):
    other().subscribe("svc/silent")
    run("req", "svc/silent", "--wait", "300ms", status=TIMED_OUT)


@pytest.mark.parametrize("line", [("req", "t"), ("reply", "t", "--echo")])
def test_mqtt3_has_no_response_topics(run, line):
    done = run(*line, via="mqtt3", status=UNSUPPORTED)
    assert "has no meaning on mqtt3" in done.stderr


# reply


def test_paho_is_answered(responder, other):
    process = responder("svc/echo", "--echo", "--count", "2", "-o", "json")
    asking = other().subscribe("re/1")
    asking.ask("svc/echo", b"\x00one", "re/1", b"c1", "x/y")
    asking.ask("svc/echo", b"two", "re/1", b"c2")
    eventually(lambda: len(asking.received) == 2, "both answers come")
    first, second = asking.received
    assert (first.payload, first.properties.CorrelationData, first.properties.ContentType) == (b"\x00one", b"c1", "x/y")
    assert (second.payload, second.properties.CorrelationData) == (b"two", b"c2")
    assert process.wait(20) == 0
    result = json.loads(process.stdout.read())
    assert (result["answered"], result["failed"], result["ignored"]) == (2, 0, 0)


def test_a_command_answers(responder, run):
    responder("svc/#", "--exec", 'printf "%s %s " "$FLUXMQ_TOPIC" "$FLUXMQ_QOS"; tr a-z A-Z')
    assert run("req", "svc/up", "shout", "--raw").stdout == "svc/up 1 SHOUT\n"


def test_a_command_that_fails_is_counted(responder, run):
    process = responder("svc/fail", "--exec", 'read word; test "$word" = good && echo fine', "--count", "2")
    run("req", "svc/fail", "bad", "--wait", "500ms", status=TIMED_OUT)
    assert run("req", "svc/fail", "good").stdout == "fine\\x0a\n"
    assert process.wait(20) == PARTIAL
    said = process.stderr.read()
    assert "the command ended with 1" in said and "1 answered  1 failed  0 ignored" in said


def test_a_text_answers(responder, run):
    responder("svc/hello", "--body", "hello {payload}, {headers.from} says {topic}", "--delay", "50ms")
    done = run("req", "svc/hello", "you", "-H", "from=me", "-o", "json")
    answer = json.loads(done.stdout)
    assert answer["payload"] == "hello you, me says svc/hello" and answer["rtt_ms"] >= 50


def test_what_is_no_request_is_ignored(responder, run):
    process = responder("svc/plain", "--echo", "--count", "1")
    run("pub", "svc/plain", "no response topic", "-Q1")
    assert run("req", "svc/plain", "x").stdout == "x\n"
    assert process.wait(20) == 0
    assert "1 answered  0 failed  1 ignored" in process.stderr.read()


def test_a_group_shares_the_requests(responder, run):
    for name in ("one", "two"):
        responder("svc/shared", "--body", name, "--group", "g")
    answers = [run("req", "svc/shared").stdout.strip() for _ in range(12)]
    assert set(answers) == {"one", "two"}
    # Were it not shared, there would be two answers to each.
    run("req", "svc/shared", "--replies", "2", "--wait", "300ms", status=TIMED_OUT)


def test_an_interrupted_responder_says_what_it_did(responder, run):
    process = responder("svc/stop", "--echo")
    run("req", "svc/stop", "x")
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    assert "1 answered" in process.stderr.read()


# ping


def test_ping_goes_through_all_steps(run, broker):
    urls = [f"{wire}://127.0.0.1:{broker.port}" for wire in WIRES]
    found = json.loads(run("ping", *urls, "-o", "json").stdout)
    assert [item["endpoint"] for item in found["items"]] == urls
    for item in found["items"]:
        assert item["result"] == "ok" and item["address"] == "127.0.0.1"
        assert all(item[step] >= 0 for step in ("dns_ms", "tcp_ms", "connect_ms", "round_trip_ms"))
    table = run("ping", "--count", "2", "--interval", "50ms").stdout.splitlines()
    assert len(table) == 3 and table[0].replace(" ms", "").split() == ["ENDPOINT", "DNS", "TCP", "TLS", "CONNECT", "PUB→SUB", "RESULT"]
    assert all(line.endswith("ok") for line in table[1:])


def test_ping_says_what_does_not_answer(run, broker):
    here, closed = f"mqtt5://127.0.0.1:{broker.port}", f"mqtt5://127.0.0.1:{free_port()}"
    done = run("ping", here, closed, "-o", "jsonl", status=PARTIAL)
    first, second = (json.loads(line) for line in done.stdout.splitlines())
    assert first["result"] == "ok" and "Connection refused" in second["result"] and "tcp_ms" not in second
    done = run("ping", closed, status=UNREACHABLE)
    assert "Connection refused" in done.stdout and "Connection refused" in done.stderr
    assert "cannot look up" in run("ping", "mqtt5://host.invalid", "--wait", "20s", status=UNREACHABLE).stdout


def test_ping_gives_up_on_one_that_is_silent(run):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"mqtt5://127.0.0.1:{silent.getsockname()[1]}"
        done = run("ping", url, "--wait", "300ms", "-o", "jsonl", status=UNREACHABLE)
    item = json.loads(done.stdout)
    assert item["result"] == "the broker does not answer" and "tcp_ms" in item and "connect_ms" not in item


# bench


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("qos", ["0", "1", "2"])
def test_bench_pubsub_loses_nothing(run, wire, qos, tmp_path):
    record, histogram = tmp_path / "record.json", tmp_path / "latency.hgrm"
    done = run(
        "bench", "pubsub", "--pubs", "4", "--subs", "4", "-Q", qos, "--rate", "2k", "--count", "3000", "--size", "32-512",
        "--assert", "lost=0", "--assert", "dup=0", "--assert", "reordered=0", "--assert", "received=3000",
        "--record", str(record), "--hist", str(histogram), "-o", "json", via=wire,
    )
    result = json.loads(done.stdout)
    assert (result["sent"], result["received"], result["lost"], result["errors"]) == (3000, 3000, 0, 0)
    assert result["acknowledged"] == (0 if qos == "0" else 3000)
    assert result["loop"] == "open" and result["via"] == wire
    assert 1_500 < result["sent_per_s"] < 2_500
    times = result["latency_ms"]
    assert 0 < times["min"] <= times["p50"] <= times["p99"] <= times["p99_9"] <= times["max"]
    assert [one["verdict"] for one in result["assertions"]] == ["pass"] * 4
    kept = json.loads(record.read_text())
    assert kept["result"]["sent"] == 3000 and sum(count for _, count in kept["latency_ns"]) == 3000
    assert histogram.read_text().startswith("       Value     Percentile TotalCount 1/(1-Percentile)\n")


def test_bench_pubsub_in_every_shape(run):
    for pubs, subs, topics, received in ((1, 5, 1, 2500), (5, 1, 5, 500), (2, 3, 7, 500), (3, 2, 1, 1000)):
        done = run(
            "bench", "pubsub", "--pubs", str(pubs), "--subs", str(subs), "--topics", str(topics), "-Q1", "--count", "500",
            "--assert", "lost=0", "-o", "json",
        )
        assert json.loads(done.stdout)["received"] == received


def test_bench_is_written_for_people(run):
    done = run("bench", "pubsub", "-Q1", "--rate", "500", "--duration", "1500ms", "--warmup", "200ms", "--interval", "500ms")
    assert "latency, intended send to receive   n=750" in done.stdout and "service-time p99" in done.stdout
    assert "sent 750  received 750  lost 0  dup 0  reordered 0" in done.stdout
    head, columns, *rows = done.stderr.splitlines()
    assert head.startswith("pubsub mqtt5 qos1  1 pub x 1 sub  256 B  500/s open loop  1.5s (+200ms warm-up)")
    assert columns.split()[:4] == ["t", "sent/s", "recv/s", "inflight"] and 2 <= len(rows) <= 3


def test_a_bench_fails_by_its_assertions(run):
    done = run("bench", "pubsub", "--count", "100", "-Q1", "--assert", "received=99", status=ASSERTION)
    assert "ASSERT received=99  FAIL (100)" in done.stdout and "does not hold: received=99 (100)" in done.stderr


def test_a_broker_that_stalls_cannot_hide_it(run, broker):
    """A message that was due while the broker stood still waited for it; the closed loop asked less instead."""

    def stall():
        time.sleep(1.5)
        os.kill(broker.pid, signal.SIGSTOP)
        time.sleep(2)
        os.kill(broker.pid, signal.SIGCONT)

    for loop in ("--open-loop", "--closed-loop"):
        thread = threading.Thread(target=stall)
        thread.start()
        done = run(
            "bench", "pubsub", "-Q1", "--rate", "1k", loop, "--window", "4", "--duration", "6s", "--warmup", "200ms",
            "-o", "json",
        )
        thread.join()
        result = json.loads(done.stdout)
        assert result["lost"] == 0
        if loop == "--open-loop":
            assert result["sent"] == 6000 and result["latency_ms"]["p99_9"] >= 1_900
            assert result["latency_ms"]["p90"] >= 1_000
            assert result["service_ms"]["p99"] < 1_000
        else:
            assert result["sent"] < 5_000 and result["latency_ms"]["p99"] < 1_000


def test_bench_pub_and_bench_sub_meet(broker, fluxctl, run):
    receiving = subprocess.Popen(
        [fluxctl, "bench", "sub", "--subs", "2", "--topics", "2", "-Q1", "--count", "4000", "-o", "json",
         "--via", f"mqtt5://127.0.0.1:{broker.port}"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    try:
        # A subscriber may still be on its way: publish until it has enough.
        for _ in range(20):
            done = run("bench", "pub", "--pubs", "2", "-Q1", "--count", "2000", "-o", "json")
            assert json.loads(done.stdout)["acknowledged"] == 2000
            if receiving.poll() is not None:
                break
            try:
                receiving.wait(0.5)
            except subprocess.TimeoutExpired:
                continue
        output, said = receiving.communicate(timeout=20)
    finally:
        receiving.kill()
    assert receiving.returncode == 0, said
    result = json.loads(output)
    assert result["received"] >= 4000 and (result["lost"], result["duplicates"], result["reordered"]) == (0, 0, 0)


def test_bench_conn(run):
    done = run("bench", "conn", "--conns", "500", "--assert", "connected=500", "-o", "json")
    result = json.loads(done.stdout)
    assert (result["connected"], result["errors"]) == (500, 0) and result["latency_ms"]["max"] > 0
    done = run("bench", "conn", "--conns", "100", "--connect-rate", "200", "--duration", "100ms")
    assert "connected 100 of 100" in done.stdout and "intended connect to CONNACK" in done.stdout


def test_bench_conn_says_what_was_refused(fluxctl, start_broker):
    broker = start_broker(server__mqtt__tcp__plain__max_connections=20)
    done = subprocess.run(
        [fluxctl, "bench", "conn", "--conns", "40", "-o", "json", "--via", f"mqtt5://127.0.0.1:{broker.port}"],
        capture_output=True, text=True, timeout=90,
    )
    assert done.returncode == PARTIAL, done.stderr
    result = json.loads(done.stdout)
    assert result["connected"] == 20 and result["errors"] == 20 and sum(result["problems"].values()) == 20


def test_a_bench_without_a_broker(fluxctl):
    done = subprocess.run(
        [fluxctl, "bench", "pub", "--via", f"mqtt5://127.0.0.1:{free_port()}"], capture_output=True, text=True, timeout=60
    )
    assert done.returncode == UNREACHABLE and "Connection refused" in done.stderr and done.stdout == ""


def test_an_interrupted_bench_shows_what_it_has(broker, fluxctl):
    process = subprocess.Popen(
        [fluxctl, "bench", "pubsub", "-Q1", "--rate", "1k", "--warmup", "0", "--duration", "1h", "--interval", "100ms",
         "--via", f"mqtt5://127.0.0.1:{broker.port}"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    try:
        for _ in range(5):
            process.stderr.readline()
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=20)
    finally:
        process.kill()
    assert process.returncode == 130 and "latency, intended send to receive" in output


def test_a_broker_that_dies_ends_a_bench(broker, fluxctl):
    process = subprocess.Popen(
        [fluxctl, "bench", "pubsub", "-Q1", "--rate", "1k", "--warmup", "0", "--duration", "1h", "-o", "json",
         "--via", f"mqtt5://127.0.0.1:{broker.port}"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )
    try:
        time.sleep(1)
        broker.terminate()
        output, said = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == PARTIAL, said
    assert json.loads(output)["errors"] == 2
