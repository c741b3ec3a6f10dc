"""fluxctl pub and sub against a broker: what is on stdout, what on stderr, and how it ends."""
import json
import select
import signal
import subprocess

import pytest
from support.broker import free_port
from support.waiting import eventually

USAGE, NOT_FOUND, UNREACHABLE, TIMED_OUT, BAD_INPUT, UNSUPPORTED = 2, 4, 7, 8, 9, 11
WIRES = ["mqtt5", "mqtt3"]


@pytest.fixture
def run(broker, fluxctl):
    """Runs fluxctl to its end; returns the finished process."""

    def start(*arguments, via="mqtt5", stdin="", status=0, text=True):
        done = subprocess.run(
            [fluxctl, *arguments, "--via", f"{via}://127.0.0.1:{broker.port}"],
            input=stdin, capture_output=True, text=text, timeout=40,
        )
        assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    return start


@pytest.fixture
def background(broker, fluxctl):
    """Starts fluxctl in the background."""
    started = []

    def start(*arguments, via="mqtt5"):
        started.append(subprocess.Popen(
            [fluxctl, *arguments, "--via", f"{via}://127.0.0.1:{broker.port}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        ))
        return started[-1]

    yield start
    for one in started:
        one.kill()
        one.communicate()


@pytest.mark.parametrize("wire", WIRES)
@pytest.mark.parametrize("qos", ["0", "1", "2"])
def test_pub_retained_then_sub(run, wire, qos):
    run("pub", "f/a", "value", "-Q", qos, "-r", via=wire)
    done = run("sub", "f/#", "-Q", qos, "--count", "1", "--timeout", "20s", "-o", "jsonl", via=wire)
    (line,) = done.stdout.splitlines()
    record = json.loads(line)
    assert (record["topic"], record["payload"], record["qos"], record["retained"]) == ("f/a", "value", int(qos), True)
    assert (record["seq"], record["via"], record["payload_enc"]) == (1, wire, "utf8")


@pytest.mark.parametrize("wire", WIRES)
def test_pub_reaches_other_people_s_clients(run, client, wire):
    reader = client()
    reader.subscribe(("f/#", 2))
    run("pub", "f/x", "to you", "-Q2", via=wire)
    found = reader.delivery()
    assert (found.topic, found.payload, found.qos, found.retain) == ("f/x", b"to you", 2, False)


def test_several_payloads_are_several_messages(run, client):
    reader = client()
    reader.subscribe(("f", 1))
    run("pub", "f", "one", "two", "three", "-Q1")
    assert [reader.delivery().payload for _ in range(3)] == [b"one", b"two", b"three"]


def test_properties_are_sent(run, client):
    reader = client()
    reader.subscribe(("f", 1))
    run(
        "pub", "f", "x", "-Q1", "-H", "unit=C", "-H", "unit=F", "--content-type", "text/plain", "--expiry", "60s",
        "--corr", "c1", "--reply-to", "re/ply",
    )
    props = reader.delivery().props
    assert props["user"] == [("unit", "C"), ("unit", "F")]
    assert (props["content_type"], props["correlation_data"], props["response_topic"]) == ("text/plain", b"c1", "re/ply")
    assert 58 <= props["message_expiry"] <= 60


def test_properties_are_shown(run, client):
    client().publish(
        "f", "x", 1, retain=True, props={"user": [("unit", "C")], "content_type": "text/plain", "correlation_data": b"c1"}
    )
    record = json.loads(run("sub", "f", "--count", "1", "--timeout", "20s", "-o", "jsonl").stdout)
    assert record["headers"] == {"unit": "C"}


def test_lines_of_standard_input(run, client):
    reader = client()
    reader.subscribe(("f", 1))
    done = run("pub", "f", "--lines", "-Q1", stdin="".join(f"{n}\n" for n in range(500)))
    assert [int(reader.delivery().payload) for _ in range(500)] == list(range(500))
    assert "500" in done.stderr and done.stdout == ""


def test_no_lines_are_no_failure(run):
    assert "0 published" in run("pub", "f", "--lines", stdin="").stderr


def test_a_last_line_without_its_end_counts(run, client):
    reader = client()
    reader.subscribe(("f", 1))
    run("pub", "f", "--lines", "-Q1", stdin="one\ntwo")
    assert [reader.delivery().payload for _ in range(2)] == [b"one", b"two"]


def test_a_file_is_sent_byte_for_byte(run, client, tmp_path):
    path = tmp_path / "payload"
    path.write_bytes(bytes(range(256)) * 300)
    reader = client()
    reader.subscribe(("f", 1))
    run("pub", "f", "--file", str(path), "-Q1")
    assert reader.delivery().payload == path.read_bytes()


def test_standard_input_is_one_payload(run, client):
    reader = client()
    reader.subscribe(("f", 1))
    run("pub", "f", "--stdin", "-Q1", stdin="two\nlines\n")
    assert reader.delivery().payload == b"two\nlines\n"


def test_raw_writes_only_the_payload(run, client):
    client().publish("f", b"\x00\xff\n", 1, retain=True)
    done = run("sub", "f", "--raw", "--count", "1", "--timeout", "20s", stdin=b"", text=False)
    assert done.stdout in (b"\x00\xff\n", b"\x00\xff\n\n")


def test_a_template_names_its_fields(run, client):
    client().publish("f/t", "21.5", 1, retain=True)
    done = run("sub", "f/#", "--count", "1", "--timeout", "20s", "-F", "{topic}={payload}")
    assert done.stdout.strip() == "f/t=21.5"


def test_json_is_one_document(run, client):
    client().publish("f/t", "21.5", 1, retain=True)
    document = json.loads(run("sub", "f/#", "--count", "1", "--timeout", "20s", "-o", "json").stdout)
    assert document["schema"].startswith("fluxmq.") and document["items"][0]["payload"] == "21.5"


def test_quiet_says_nothing(run):
    done = run("pub", "f", "x", "-Q1", "-q")
    assert (done.stdout, done.stderr) == ("", "")


@pytest.mark.parametrize("wire", WIRES)
def test_live_messages_are_printed_as_they_come(background, client, wire):
    reader = background("sub", "live/#", "--count", "3", "--timeout", "30s", "-o", "jsonl", via=wire)
    writer = client()
    sent = 0

    def finished():
        nonlocal sent
        writer.publish("live/x", str(sent), 1)
        sent += 1
        return reader.poll() is not None

    eventually(finished, "three messages are printed", pause=0.02)
    out, err = reader.communicate()
    assert reader.returncode == 0, err
    values = [int(json.loads(line)["payload"]) for line in out.splitlines()]
    assert len(values) == 3 and values == list(range(values[0], values[0] + 3))


def test_an_interrupt_ends_with_130(background, client):
    reader = background("sub", "live/#", "-o", "jsonl")
    writer = client()

    def seen():
        writer.publish("live/x", "x", 1)
        return select.select([reader.stdout], [], [], 0.05)[0]

    eventually(seen, "a message is printed")
    reader.send_signal(signal.SIGINT)
    assert reader.wait(15) in (130, -signal.SIGINT), "130, as a shell sees it too when the signal itself ended it"


def test_a_closed_pipe_ends_quietly(broker, fluxctl, client):
    client().publish("p/a", "x", 1, retain=True)
    done = subprocess.run(
        ["bash", "-c", '"$0" sub "p/#" --timeout 2s --via "$1" | head -n 1 >/dev/null; exit "${PIPESTATUS[0]}"',
         fluxctl, f"mqtt5://127.0.0.1:{broker.port}"],
        capture_output=True, text=True, timeout=40, stdin=subprocess.DEVNULL,
    )
    assert done.returncode in (0, 8) and "Broken pipe" not in done.stderr


def test_nothing_in_time_is_8(run):
    assert run("sub", "silent", "--count", "1", "--timeout", "300ms", "-o", "jsonl", status=TIMED_OUT).stdout == ""


def test_an_unreachable_broker_is_7(fluxctl):
    done = subprocess.run(
        [fluxctl, "pub", "f", "x", "--via", f"mqtt5://127.0.0.1:{free_port()}"], capture_output=True, text=True, timeout=40
    )
    assert done.returncode == UNREACHABLE
    assert done.stderr.startswith("fluxctl: error: ")


@pytest.mark.parametrize("arguments", [
    ["pub"], ["sub"], ["publsh", "f", "x"], ["pub", "f", "x", "--qos", "3"], ["pub", "f", "x", "--no-such-flag"],
    ["sub", "f", "--count", "many"], ["pub", "f", "x", "--via", "gopher://x"],
])
def test_misuse_is_2_with_a_hint(fluxctl, arguments):
    done = subprocess.run([fluxctl, *arguments], capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL)
    assert done.returncode == USAGE, done.stderr
    assert done.stdout == "" and done.stderr.startswith("fluxctl: error: ")


def test_a_slip_gets_a_suggestion(fluxctl):
    done = subprocess.run([fluxctl, "pbu", "f", "x"], capture_output=True, text=True, timeout=20)
    assert "did you mean" in done.stderr and "pub" in done.stderr


def test_a_flag_without_meaning_on_the_wire_is_11(run):
    done = run("pub", "f", "x", "-H", "a=b", via="mqtt3", status=UNSUPPORTED)
    assert "mqtt3" in done.stderr or "3.1.1" in done.stderr


def test_a_missing_file_is_named(fluxctl, broker):
    done = subprocess.run(
        [fluxctl, "pub", "f", "--file", "/nowhere/at/all", "--via", f"mqtt5://127.0.0.1:{broker.port}"],
        capture_output=True, text=True, timeout=40,
    )
    assert done.returncode in (NOT_FOUND, BAD_INPUT) and "/nowhere/at/all" in done.stderr


def test_a_wildcard_topic_cannot_be_published_to(fluxctl, broker):
    done = subprocess.run(
        [fluxctl, "pub", "a/+", "x", "--via", f"mqtt5://127.0.0.1:{broker.port}"], capture_output=True, text=True, timeout=40
    )
    assert done.returncode in (USAGE, BAD_INPUT) and "a/+" in done.stderr


def test_errors_are_json_when_asked(fluxctl):
    done = subprocess.run(
        [fluxctl, "pub", "f", "x", "-o", "json", "--via", f"mqtt5://127.0.0.1:{free_port()}"],
        capture_output=True, text=True, timeout=40,
    )
    error = json.loads(done.stderr)
    assert error["schema"] == "fluxmq.error/1" and error["error"]["exit"] == UNREACHABLE


@pytest.mark.parametrize(
    "arguments", [["help"], ["--help"], ["pub", "--help"], ["help", "sub"], ["help", "exit-codes"], ["version"]]
)
def test_help_goes_to_stdout(fluxctl, arguments):
    done = subprocess.run([fluxctl, *arguments], capture_output=True, text=True, timeout=20)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() and done.stderr == ""


def test_control_bytes_of_a_stranger_never_reach_a_terminal(run, client):
    client().publish("f", "\x1b]0;owned\x07\x1b[2J", 1, retain=True)
    done = run("sub", "f", "--count", "1", "--timeout", "20s")
    assert "\x1b" not in done.stdout and "\x07" not in done.stdout
