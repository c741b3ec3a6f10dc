"""mosquitto_pub and mosquitto_sub, as people type them."""
import subprocess

import pytest
from support.waiting import eventually

VERSIONS = ["mqttv31", "mqttv311", "mqttv5"]


class Subscriber:
    """mosquitto_sub in the background. It is known to be subscribed once a retained message has come through."""

    def __init__(self, broker, *flags, count=1):
        self.process = subprocess.Popen(
            ["mosquitto_sub", "-h", broker.host, "-p", str(broker.port), "-C", str(count), "-W", "20", *flags],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )

    def finish(self):
        out, err = self.process.communicate(timeout=25)
        assert self.process.returncode == 0, err
        return out.splitlines()


def publish(broker, *flags, stdin=None):
    subprocess.run(
        ["mosquitto_pub", "-h", broker.host, "-p", str(broker.port), *flags],
        check=True, timeout=20, capture_output=True, text=True, input=stdin,
    )


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("qos", ["0", "1", "2"])
def test_publish_retained_and_subscribe(broker, version, qos):
    publish(broker, "-V", version, "-t", "m/a", "-m", "value", "-q", qos, "-r")
    assert Subscriber(broker, "-V", version, "-t", "m/#", "-q", qos, "-v").finish() == ["m/a value"]


@pytest.mark.parametrize("version", VERSIONS)
def test_live_lines_from_standard_input(broker, version):
    publish(broker, "-t", "lines", "-m", "hello", "-r", "-q", "1")
    reader = Subscriber(broker, "-V", version, "-t", "lines", "-q", "1", count=101)
    first = reader.process.stdout.readline().strip()  # the retained one: from here on it is subscribed
    publish(broker, "-V", version, "-t", "lines", "-l", "-q", "1", stdin="".join(f"{n}\n" for n in range(100)))
    assert [first] + reader.finish() == ["hello"] + [str(n) for n in range(100)]


def test_properties_as_mosquitto_sub_prints_them(broker):
    publish(
        broker, "-V", "5", "-t", "props", "-m", "x", "-q", "1", "-r",
        "-D", "publish", "content-type", "text/plain", "-D", "publish", "user-property", "k", "v",
        "-D", "publish", "response-topic", "re/ply", "-D", "publish", "correlation-data", "c1",
    )
    found = Subscriber(broker, "-V", "5", "-t", "props", "-q", "1", "-F", "%C|%P|%R|%D|%r").finish()
    assert found == ["text/plain|k:v|re/ply|c1|1"]


def test_a_kept_session_waits_for_mosquitto_sub(broker):
    who = ["-i", "keeper", "-c", "-q", "1", "-t", "wait/#"]
    subprocess.run(
        ["mosquitto_sub", "-h", broker.host, "-p", str(broker.port), "-E", *who], check=True, timeout=20, capture_output=True
    )
    for n in range(5):
        publish(broker, "-t", f"wait/{n}", "-m", str(n), "-q", "1")
    assert Subscriber(broker, *who, count=5).finish() == [str(n) for n in range(5)]


def test_the_will_of_mosquitto_sub_is_published(broker, client):
    watcher = client("watcher")
    watcher.subscribe(("last/words", 1))
    publish(broker, "-t", "go", "-m", "x", "-r", "-q", "1")
    doomed = Subscriber(
        broker, "-t", "go", "--will-topic", "last/words", "--will-payload", "bye", "--will-qos", "1", count=9
    )
    doomed.process.stdout.readline()
    doomed.process.kill()
    doomed.process.communicate()
    assert watcher.delivery().payload == b"bye"


def test_a_large_file_arrives_as_it_is(broker, tmp_path):
    path = tmp_path / "large"
    path.write_bytes(bytes(n * 31 & 0xFF for n in range(900_000)))
    publish(broker, "-t", "file", "-f", str(path), "-q", "1", "-r")
    answer = subprocess.run(
        ["mosquitto_sub", "-h", broker.host, "-p", str(broker.port), "-t", "file", "-C", "1", "-N", "-W", "20"],
        capture_output=True, check=True, timeout=30,
    )
    assert answer.stdout == path.read_bytes()


def test_request_and_response_with_mosquitto_rr(broker, client):
    responder = client("responder")
    responder.subscribe(("service", 1))
    asking = subprocess.Popen(
        ["mosquitto_rr", "-h", broker.host, "-p", str(broker.port), "-V", "5", "-t", "service", "-e", "re/ply",
         "-m", "ping", "-q", "1", "-W", "20"],
        stdout=subprocess.PIPE, text=True,
    )
    asked = responder.delivery()
    responder.publish(
        asked.props["response_topic"], "pong", 1,
        props={key: value for key, value in asked.props.items() if key == "correlation_data"},
    )
    assert eventually(lambda: asking.poll() is not None, "mosquitto_rr ends")
    assert asking.stdout.read().strip() == "pong"
