"""fluxctl and the admin plane: what each command writes, how it ends, and that it changes what it says and nothing else."""
import csv
import io
import json
import os
import re
import signal
import subprocess

import jsonschema
import pexpect
import pyte
import pytest
from support.broker import program
from support.simulated import HOSTILE, Simulated, hostile_scenario
from support.waiting import eventually

USAGE, PARTIAL, NOT_FOUND, CONFLICT, NOT_PERMITTED, UNREACHABLE, BAD_INPUT, NEEDS_YES = 2, 3, 4, 5, 6, 7, 9, 10

FORMATS = ["table", "wide", "json", "jsonl", "csv", "name", "template"]
SCENARIO = {
    "counts": {"connection": 40, "session": 50, "subscription": 60, "topic": 80, "retained": 30, "ban": 3},
    "rows": {
        "queue": [
            {"id": "orders", "type": "classic", "ready": 12041, "dead_letter_queue": "$dlq/orders"},
            {"id": "audit", "type": "stream"},
            {"id": "$dlq/orders", "type": "classic", "dead_letters_of": "orders", "ready": 3},
        ],
        "group": [
            {"id": "orders billing", "queue": "orders", "name": "billing"},
            {"id": "audit analytics", "queue": "audit", "name": "analytics"},
        ],
        "consumer": [{"id": "m0.256.1", "queue": "orders", "group": "billing", "client_id": "w1"}],
        "pending": [{"id": "orders:5012 billing", "queue": "orders", "group": "billing", "number": 5012}],
        "message": [
            {"id": "orders:5012", "queue": "orders", "offset": 5012, "state": "ready"},
            {"id": "audit:7", "queue": "audit", "offset": 7, "state": "stored"},
            {"id": "$dlq/orders:2", "queue": "$dlq/orders", "offset": 2, "state": "ready", "reason": "rejected"},
        ],
    },
    "events": [{"at": "-5s", "every": "1s", "level": "notice", "kind": "connection.opened", "subject": "a", "text": "connected"}],
    "log": [{"at": "-5s", "every": "1s", "level": "info", "message": "hello"}],
}


def command_tree():
    """What `fluxctl help -o json` says; without fluxctl nothing is tried."""
    try:
        path = program("fluxctl", "FLUXCTL")
    except FileNotFoundError:
        return []
    return json.loads(subprocess.run([path, "help", "-o", "json"], capture_output=True, text=True, check=True).stdout)["commands"]


TREE = command_tree()
# Only fluxd itself knows what is wrong with a configuration.
CHECKING = ["config", "check"]
# These read files; the socket only says which.
FILES = ("acl", "cert", "user")
# What asks the admin socket, reads only and ends by itself; arguments are filled in below.
READING = [
    command for command in TREE
    if command["effect"] == "read" and "admin" in command["global_flags"] and command["path"][0] not in ("check", "context", *FILES)
    and command["path"][-1] != "tail" and command["path"] != CHECKING
]
READING_PATHS = [" ".join(command["path"]) for command in READING]


@pytest.fixture
def sim(tmp_path):
    """A simulated daemon."""
    daemon = Simulated(tmp_path)
    daemon.scenario = SCENARIO
    daemon.start()
    yield daemon
    daemon.stop()


def outcome(fluxctl, url, *arguments, status=0, **more):
    options = {"stdin": subprocess.DEVNULL, "capture_output": True, "text": True, "timeout": 30, **more}
    # Contexts of whoever runs the tests are none of theirs.
    options["env"] = {**os.environ, "XDG_CONFIG_HOME": "/nonexistent", "FLUXMQ_ADMIN": url, **options.get("env", {})}
    done = subprocess.run([fluxctl, *arguments], **options)
    assert done.returncode == status, f"{arguments}: {done.returncode}\n{done.stdout}\n{done.stderr}"
    return done


@pytest.fixture
def ask(fluxctl, sim):
    """Runs fluxctl against the simulated daemon to its end."""
    return lambda *arguments, **more: outcome(fluxctl, sim.url, *arguments, **more)


@pytest.fixture
def run(fluxctl, broker):
    """Runs fluxctl against fluxd to its end."""
    return lambda *arguments, **more: outcome(fluxctl, f"unix:{broker.admin}", *arguments, **more)


def first_name(ask, noun):
    verb = "show" if noun == "config" else "ls"
    return ask(noun, verb, "-o", "name", "--limit", "1").stdout.rstrip("\n")


# Commands about queues name two things, or one that another command lists.
NAMED = {("stream", "QUEUE"): "audit", ("group", "GROUP"): "billing"}


def words_of(ask, command, tmp_path):
    """A line that works: the command's words, and its first arguments."""
    words = list(command["path"])
    for argument in command["arguments"]:
        if not argument["required"]:
            continue
        if argument["name"] == "FILE":
            path = tmp_path / "fluxd.yaml"
            path.write_text("log:\n  level: debug\n")
            words.append(str(path))
        elif argument["name"] in ("QUEUE", "GROUP"):
            words.append(NAMED.get((command["path"][0], argument["name"]), "orders"))
        else:
            words.append(first_name(ask, command["path"][0]))
    return words


def schema_of(ask, name):
    return json.loads(ask("schema", name).stdout)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("path", READING_PATHS)
def test_every_reading_command_in_every_format(ask, tmp_path, path, form):
    parses(ask, tmp_path, READING[READING_PATHS.index(path)], form)


@pytest.mark.fluxd
@pytest.mark.parametrize("form", FORMATS)
def test_a_checked_file_in_every_format(run, tmp_path, form):
    parses(run, tmp_path, next(command for command in TREE if command["path"] == CHECKING), form, status=PARTIAL)


def parses(ask, tmp_path, command, form, status=0):
    """What the command writes in a format is what its schema says, in plain text, and nothing else is said."""
    path = " ".join(command["path"])
    name = command["output_schema"].removeprefix("fluxmq.").removesuffix("/1")
    item = name.removesuffix(".list").removesuffix(".show")
    line = words_of(ask, command, tmp_path) + (["-F", "{%s}\\n" % item_field(ask, item)] if form == "template" else ["-o", form])
    done = ask(*line, "-q", env={"LANG": "C", "LC_ALL": "C"}, status=status)
    assert done.stderr == "" and "\x1b" not in done.stdout
    if form == "json":
        document = json.loads(done.stdout)
        jsonschema.validate(document, schema_of(ask, name))
        assert document["schema"] == command["output_schema"]
    elif form == "jsonl":
        schema = schema_of(ask, item)
        for row in done.stdout.splitlines():
            jsonschema.validate(json.loads(row), schema)
    elif form == "csv":
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        assert all(None not in row and None not in row.values() for row in rows)
    else:
        assert done.stdout or path.startswith("config ")


def item_field(ask, item):
    return next(iter(schema_of(ask, item)["properties"]))


@pytest.mark.parametrize("path", READING_PATHS)
def test_closed_streams_and_pipes_end_quietly(fluxctl, sim, ask, tmp_path, path):
    line = words_of(ask, READING[READING_PATHS.index(path)], tmp_path)
    environment = {**os.environ, "XDG_CONFIG_HOME": "/nonexistent", "FLUXMQ_ADMIN": sim.url}
    script = '"$@" <&- | head -c 1 >/dev/null; exit "${PIPESTATUS[0]}"'
    done = subprocess.run(["bash", "-c", script, "bash", fluxctl, *line, "-q"], capture_output=True, text=True, timeout=30, env=environment)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("path", READING_PATHS)
def test_nobody_there_is_7_and_an_object_where_programs_read(fluxctl, tmp_path, ask, path):
    line = words_of(ask, READING[READING_PATHS.index(path)], tmp_path)
    done = outcome(fluxctl, "unix:/nonexistent/admin.sock", *line, "-o", "json", status=UNREACHABLE)
    error = json.loads(done.stderr)
    assert done.stdout == "" and error["schema"] == "fluxmq.error/1"
    assert (error["error"]["code"], error["error"]["exit"]) == ("unreachable", UNREACHABLE)


@pytest.mark.parametrize("form", ["table", "wide", "csv", "name", "jsonl", "json"])
@pytest.mark.parametrize("line", ["conn ls", "topic ls", "topic tree", "subscription ls", "event ls", "log ls"])
def test_hostile_names_change_nothing_of_a_terminal(fluxctl, sim, form, line):
    sim.restart(hostile_scenario())
    environment = {**os.environ, "TERM": "xterm-256color", "XDG_CONFIG_HOME": "/nonexistent", "FLUXMQ_ADMIN": sim.url}
    console = pexpect.spawn(fluxctl, [*line.split(), "-o", form], env=environment, dimensions=(50, 100), timeout=30)
    written = console.read().decode("utf-8")
    console.close()
    assert console.exitstatus == 0
    # Bold for the headings, and their end.
    written = re.sub(r"\x1b\[[01]m", "", written)
    obeyed = r"\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069"
    # JSON keeps what is only invisible.
    hidden = "" if form.startswith("json") else r"\u200b-\u200d\u2060-\u2065\ufeff"
    assert not re.search(f"[{obeyed}{hidden}]", written)
    if form in ("table", "wide"):
        screen = pyte.Screen(100, 50)
        pyte.Stream(screen).feed(written)
        assert screen.title == "" and screen.mode == pyte.Screen(100, 50).mode


def test_a_table_on_a_terminal_has_straight_columns(fluxctl, sim):
    sim.restart(hostile_scenario())
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "1", "XDG_CONFIG_HOME": "/nonexistent", "FLUXMQ_ADMIN": sim.url}
    line = ["conn", "ls", "--columns", "client_id,protocol,buffered_bytes", "--sort", "-buffered_bytes"]
    console = pexpect.spawn(fluxctl, line, env=environment, dimensions=(60, 80), timeout=30)
    screen = pyte.Screen(80, 60)
    pyte.Stream(screen).feed(console.read().decode("utf-8"))
    console.close()
    head, *rows = [row for row in screen.display if row.strip()]
    assert len(rows) == len(HOSTILE), "no row takes more than a line"
    # pyte fills the second cell of a wide character with nothing, so that positions are cells in `buffer` only.
    end = head.index("BUF") + 3
    for y in range(1, len(rows) + 1):
        cells = "".join(screen.buffer[y][x].data or " " for x in range(end - 2, end + 1))
        assert re.search(r"B\s*$", cells), f"row {y}: {screen.display[y]!r}"


def test_pages_make_one_document(ask):
    whole = json.loads(ask("topic", "ls", "-o", "json", "--all").stdout)
    assert len(whole["items"]) == 80 and whole["next"] is None
    first = json.loads(ask("topic", "ls", "-o", "json", "--limit", "30", "--sort", "-messages").stdout)
    assert first["total_matched"] == 80 and len(first["items"]) == 30
    second = ask("topic", "ls", "-o", "json", "--limit", "30", "--sort", "-messages", "--cursor", first["next"])
    ids = [row["id"] for row in first["items"] + json.loads(second.stdout)["items"]]
    assert len(set(ids)) == 60


def test_what_is_cut_is_said(ask):
    done = ask("topic", "ls", "--limit", "3", "-o", "name")
    assert len(done.stdout.splitlines()) == 3 and done.stderr == "3 of 80 topics\n"
    assert ask("topic", "ls", "--limit", "3", "-q").stderr == ""


def test_a_filter_that_is_wrong_shows_where(ask):
    done = ask("conn", "ls", "--filter", "state=slow buf>3", status=USAGE)
    assert done.stderr.splitlines()[-2:] == ["  state=slow buf>3", "             ^"]


def test_a_name_that_is_wrong_has_a_hint(ask):
    known = first_name(ask, "session")
    done = ask("session", "show", known[:-1] + "~", "-o", "json", status=NOT_FOUND)
    error = json.loads(done.stderr)["error"]
    assert (error["code"], error["exit"]) == ("not_found", NOT_FOUND) and error["resource"]["kind"] == "session"


def test_tail_goes_on_and_ends_when_its_time_is_up(ask):
    rows = [json.loads(row) for row in ask("event", "tail", "--last", "2", "--count", "4", "-o", "jsonl").stdout.splitlines()]
    assert [row["seq"] for row in rows] == list(range(rows[0]["seq"], rows[0]["seq"] + 4))
    assert ask("log", "tail", "--last", "1", "--timeout", "1500ms").stdout.startswith("AT ")


def test_watch_appends_what_changed(ask):
    rows = [json.loads(row) for row in ask("topic", "ls", "--watch=200ms", "--timeout", "1500ms", "-o", "jsonl").stdout.splitlines()]
    assert len({row["id"] for row in rows}) == 80


def test_a_watched_table_is_drawn_from_the_top(fluxctl, sim):
    environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "1", "XDG_CONFIG_HOME": "/nonexistent", "FLUXMQ_ADMIN": sim.url}
    console = pexpect.spawn(
        fluxctl, ["conn", "ls", "--watch=200ms", "--limit", "5"], env=environment, dimensions=(10, 100), timeout=30
    )
    screen = pyte.Screen(100, 10)
    stream = pyte.ByteStream(screen)

    drawn = bytearray()

    def drawn_twice():
        drawn.extend(chunk := console.read_nonblocking(65_536, timeout=5))
        stream.feed(chunk)
        # One read may end inside a frame: only a frame that is whole has its cursor on the last line.
        whole = screen.display[0].startswith("ID") and screen.display[6].startswith("40 connections") and screen.cursor.y == 6
        return whole and drawn.count(b"40 connections") >= 3

    eventually(drawn_twice, "the list was drawn several times")
    console.kill(signal.SIGINT)
    console.expect(pexpect.EOF)
    console.close()
    assert console.exitstatus == 130


def test_an_interrupted_tail_ends_with_130(fluxctl, sim):
    environment = {**os.environ, "XDG_CONFIG_HOME": "/nonexistent", "FLUXMQ_ADMIN": sim.url}
    tail = subprocess.Popen([fluxctl, "event", "tail", "-o", "jsonl"], stdout=subprocess.PIPE, env=environment, text=True)
    assert json.loads(tail.stdout.readline())["kind"] == "connection.opened"
    tail.send_signal(signal.SIGINT)
    assert tail.wait(10) == 130
    tail.stdout.close()


def test_a_tail_waits_for_its_broker_and_goes_on(fluxctl, sim):
    sim.restart({**SCENARIO, "faults": [{"at": "2s", "do": "drop"}]})
    environment = {**os.environ, "XDG_CONFIG_HOME": "/nonexistent", "FLUXMQ_ADMIN": sim.url}
    tail = subprocess.Popen(
        [fluxctl, "log", "tail", "--last", "0", "-o", "jsonl"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True
    )
    assert json.loads(tail.stdout.readline())["message"] == "hello"
    assert "lost the broker" in tail.stderr.readline()
    last = json.loads(tail.stdout.readline())["seq"]
    assert json.loads(tail.stdout.readline())["seq"] == last + 1
    tail.send_signal(signal.SIGTERM)
    assert tail.wait(10) == 143
    tail.stdout.close()
    tail.stderr.close()


# What follows needs a broker that changes.
on_fluxd = pytest.mark.fluxd


@on_fluxd
def test_close_asks_counts_and_closes(run, fluxctl, broker, client):
    client("victim")
    client("other")
    line = ["conn", "close", "--filter", "client_id=victim"]
    assert "--yes" in run(*line, status=NEEDS_YES).stderr
    assert len(run(*line, "--dry-run").stdout.splitlines()) == 1
    assert sorted(run("conn", "ls", "--columns", "client_id", "-qq").stdout.split()) == ["other", "victim"]
    environment = {**os.environ, "FLUXMQ_ADMIN": f"unix:{broker.admin}", "XDG_CONFIG_HOME": "/nonexistent"}
    for answer, code in (("n", 1), ("y", 0)):
        console = pexpect.spawn(fluxctl, line, env=environment, timeout=30)
        console.expect(r"Close 1 connection: \S+\? \[y/N\] ")
        console.sendline(answer)
        console.expect(pexpect.EOF)
        console.close()
        assert console.exitstatus == code
    assert run("conn", "ls", "--columns", "client_id", "-qq").stdout.split() == ["other"]


@on_fluxd
def test_dry_runs_change_nothing(run, client):
    one = client("keeper")
    one.subscribe(("a/#", 1))
    one.publish("b/c", "x", 1, retain=True)
    connection = run("conn", "ls", "-o", "name").stdout.strip()

    def state():
        shown = "id,version"
        return [run(*line, "-o", "jsonl", "--columns", shown).stdout for line in (
            ("conn", "ls"), ("session", "ls"), ("subscription", "ls"), ("retained", "ls"), ("listener", "ls"), ("config", "show"),
        )]

    before = state()
    for line in (
        ("conn", "close", connection), ("session", "expire", "keeper"), ("retained", "rm", "b/#"), ("listener", "pause", "mqtt"),
        ("listener", "resume", "mqtt"), ("config", "reload"), ("log", "level", "trace"),
    ):
        run(*line, "--dry-run")
    assert state() == before


@on_fluxd
def test_if_version_holds_against_a_change(run, client):
    client("one").publish("r", "x", 1, retain=True)
    old = json.loads(run("retained", "show", "r", "-o", "jsonl").stdout)["version"]
    client("two").publish("r", "y", 1, retain=True)
    done = run("retained", "rm", "r", "-y", "--if-version", old, "-o", "json", status=CONFLICT)
    assert json.loads(done.stderr)["error"]["code"] == "version_changed"
    new = json.loads(run("retained", "show", "r", "-o", "jsonl").stdout)["version"]
    run("retained", "rm", "r", "-y", "--if-version", new)
    run("retained", "show", "r", status=NOT_FOUND)


@on_fluxd
def test_retained_messages_by_topic_filter(run, client):
    one = client()
    for topic in ("s/a", "s/b/c", "s", "other", "$x/y"):
        one.publish(topic, "x", 1, retain=True)

    def shown(*pattern):
        return sorted(run("retained", "ls", *pattern, "-o", "name").stdout.split())

    assert shown("s/#") == ["s", "s/a", "s/b/c"] and shown("s/+") == ["s/a"] and shown("+/+") == ["s/a"]
    assert shown("#") == ["other", "s", "s/a", "s/b/c"]
    assert json.loads(run("retained", "rm", "s/#", "-y", "-o", "jsonl").stdout)["affected"] == 3
    assert shown() == ["$x/y", "other"]


@on_fluxd
def test_a_paused_listener_lets_nobody_in(run, fluxctl, broker):
    run("listener", "pause", "mqtt")
    assert json.loads(run("listener", "ls", "--filter", "id=mqtt", "-o", "jsonl").stdout)["state"] == "paused"
    via = f"mqtt5://127.0.0.1:{broker.port}"
    done = run("check", "latency", "--via", via, "--timeout", "1s", status=2)
    assert done.stdout.startswith("FLUXMQ LATENCY CRITICAL - ")
    run("listener", "resume", "mqtt")
    done = run("check", "latency", "--via", via, "--warn", "rtt>10s")
    assert re.fullmatch(r"FLUXMQ LATENCY OK - rtt [\d.]+ ms \| rtt=[\d.]+ms;10000\.00;;0\n", done.stdout)


@on_fluxd
def test_checks_have_the_codes_of_monitoring_systems(run, fluxctl):
    assert run("check", "alive").stdout.startswith("FLUXMQ ALIVE OK - fluxd ")
    assert run("check", "ready").stdout.startswith("FLUXMQ READY OK - ")
    assert outcome(fluxctl, "unix:/nonexistent.sock", "check", "alive", status=2).stdout.startswith("FLUXMQ ALIVE CRITICAL - ")
    run("check", "alive", "--nonsense", status=3)


@on_fluxd
def test_a_level_that_is_set_is_used(run):
    assert run("log", "level", "-F", "{value}").stdout == "info"
    run("log", "level", "debug", "--reason", "a test")
    assert run("log", "level", "-F", "{value}").stdout == "debug"
    audit = json.loads(run("event", "ls", "--filter", "kind=admin.do", "-o", "json").stdout)["items"][-1]
    assert audit["attributes"]["reason"] == "a test" and audit["identity"].startswith("uid ")


@on_fluxd
def test_a_file_is_checked_before_it_is_used(run, tmp_path):
    path = tmp_path / "fluxd.yaml"
    path.write_text("server:\n  mqtt:\n    tpc: 1\n")
    done = run("config", "check", str(path), status=BAD_INPUT)
    assert f"{path}:3:" in done.stderr and "did you mean 'tcp'?" in done.stderr
    path.write_text("server:\n  shards: 7\nlog:\n  level: debug\n")
    done = run("config", "check", str(path), "-o", "json", status=PARTIAL)
    changes = {change["key"]: change for change in json.loads(done.stdout)["items"]}
    assert changes["log.level"]["effect"] == "live" and changes["server.shards"]["effect"] == "restart"


@on_fluxd
def test_reading_goes_over_http_and_changing_does_not(fluxctl, broker, client):
    client("one")
    url = f"tcp://127.0.0.1:{broker.http_port}"
    assert outcome(fluxctl, url, "conn", "ls", "--columns", "client_id", "-qq").stdout == "one\n"
    done = outcome(fluxctl, url, "session", "expire", "one", "-y", status=NOT_PERMITTED)
    assert "--admin unix:" in done.stderr


@on_fluxd
def test_a_context_names_the_endpoints(fluxctl, broker, tmp_path):
    environment = {"XDG_CONFIG_HOME": str(tmp_path), "FLUXMQ_ADMIN": ""}
    here = ["--admin", f"unix:{broker.admin}", "--via", f"mqtt5://127.0.0.1:{broker.port}"]
    outcome(fluxctl, "", "context", "add", "here", *here, env=environment)
    outcome(fluxctl, "", "context", "use", "here", env=environment)
    outcome(fluxctl, "", "pub", "c", "x", "-Q1", "-r", env=environment)
    assert outcome(fluxctl, "", "retained", "ls", "-o", "name", env=environment).stdout == "c\n"
    rows = outcome(fluxctl, "", "context", "test", "here", "-o", "jsonl", env=environment).stdout.splitlines()
    assert [(json.loads(row)["id"], json.loads(row)["ok"]) for row in rows] == [("admin", True), ("via", True)]
    outcome(fluxctl, "", "-c", "ther", "status", env=environment, status=NOT_FOUND)
