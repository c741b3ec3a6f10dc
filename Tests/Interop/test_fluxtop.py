"""fluxtop in a terminal, against fluxd-sim: what is drawn, what keys do, and how the terminal is left behind."""
import csv
import io
import json
import os
import random
import signal
import subprocess
import time

import pexpect
import pytest
from support.broker import program
from support.console import Console
from support.simulated import HOSTILE, Simulated, hostile_scenario

SIZES = [(24, 80), (40, 120)]
SCREENS = {
    "1": "Overview", "2": "Connections", "3": "Queues", "4": "Groups", "5": "Topics", "6": "Events",
}


@pytest.fixture
def sim(tmp_path):
    """A simulated daemon that can be killed and started again at its place."""
    daemon = Simulated(tmp_path)
    daemon.start()
    yield daemon
    daemon.stop()


@pytest.fixture
def fluxtop(sim):
    """Starts fluxtop in a terminal of its own."""
    opened = []

    def start(*arguments, rows=24, columns=80, **environment):
        command = [program("fluxtop", "FLUXTOP"), "--admin", sim.url, *arguments]
        opened.append(Console(command, rows, columns, environment))
        return opened[-1]

    yield start
    for console in opened:
        console.close()


@pytest.fixture
def run(sim):
    """Runs fluxtop without a terminal, to its end."""

    def start(*arguments, url=None, **more):
        command = [program("fluxtop", "FLUXTOP"), "--admin", url or sim.url, *arguments]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30, **more)

    return start


def connected(console):
    console.wait_for(lambda text: "NO CONNECTION" not in text and "connecting" not in text and "fluxtop" in text)
    return console


def active_tab(text):
    line = next(line for line in text.splitlines() if "[" in line and "1 Over" in line)
    return line[line.index("[") + 1:line.index("]")]


# Screens and keys


@pytest.mark.parametrize("rows, columns", SIZES)
def test_every_screen_opens_by_its_key_and_fits(fluxtop, rows, columns):
    console = connected(fluxtop(rows=rows, columns=columns))
    for key, name in SCREENS.items():
        console.type(key)
        text = console.wait_for(lambda text: active_tab(text).startswith(key))
        assert name[:4] in active_tab(text)
        assert len(text.splitlines()) == rows, "the last row is drawn, too"
    console.type("q")
    assert console.wait() == 0
    console.assert_restored()


def test_the_first_frame_does_not_wait_for_the_daemon(sim, fluxtop):
    sim.stop()
    started = time.monotonic()
    console = fluxtop()
    console.wait_for("fluxtop")
    assert time.monotonic() - started < 1
    console.wait_for("NO CONNECTION")
    sim.start()
    console.type("r")
    connected(console)


def test_a_filter_is_typed_applied_and_cleared(fluxtop):
    console = connected(fluxtop("-s", "connections"))
    everything = console.wait_for("CLIENT")
    console.type("/")
    console.type("client_id=nobody-has-this\r")
    console.wait_for(lambda text: "nobody-has-this" in text and text != everything)
    console.type("\x1b")
    console.wait_for(lambda text: "nobody-has-this" not in text)


def test_a_filter_that_is_wrong_says_so_and_harms_nothing(fluxtop):
    console = connected(fluxtop("-s", "connections"))
    console.type("/nosuchfield>3\r")
    console.wait_for(lambda text: "nosuchfield" in text and "field" in text.replace("nosuchfield", ""))
    console.type("\x1b")
    console.type("1")
    console.wait_for("[1 Over")


def test_kicking_asks_first_and_does_only_what_was_confirmed(fluxtop):
    console = connected(fluxtop("-s", "connections"))
    console.wait_for("CLIENT")
    console.settle()
    console.type("j")
    console.type("K")
    console.wait_for("y = ")
    console.type("n")
    console.wait_for(lambda text: "y = " not in text)
    assert "closed" not in console.text
    console.type("K")
    console.wait_for("y = ")
    console.type("y")
    console.wait_for("closed")


def test_read_only_has_no_key_that_changes_something(fluxtop):
    console = connected(fluxtop("-s", "connections", "--readonly"))
    console.settle()
    console.type("jK")
    console.wait_for("--readonly")
    assert "y = " not in console.text


# The daemon goes and comes


def test_a_killed_daemon_is_seen_within_a_second_and_comes_back(sim, fluxtop):
    console = connected(fluxtop("-s", "connections"))
    console.settle()
    sim.kill()
    killed = time.monotonic()
    console.wait_for("NO CONNECTION", 1)
    console.type("1")
    typed = time.monotonic()
    console.wait_for("[1 Over", 1)
    assert time.monotonic() - typed < 0.5, "keys are answered with the daemon dead"
    assert time.monotonic() - killed < 5
    sim.start()
    connected(console)  # by itself


def test_a_daemon_that_stands_still_does_not_hold_keys_up(sim, fluxtop):
    console = connected(fluxtop())
    sim.signal(signal.SIGSTOP)
    try:
        for key in "234123412":
            console.type(key)
            started = time.monotonic()
            console.wait_for(f"[{key} ", 1)
            assert time.monotonic() - started < 0.5
    finally:
        sim.signal(signal.SIGCONT)


# The terminal is left as it was found


@pytest.mark.parametrize("number", [
    signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGSEGV, signal.SIGABRT, signal.SIGBUS,
], ids=lambda number: number.name)
def test_every_end_gives_the_terminal_back(fluxtop, number):
    console = connected(fluxtop())
    console.signal(number)
    orderly = number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
    assert console.wait() == (128 + number if orderly else -number)
    console.assert_restored()


def test_ctrl_z_and_fg(sim):
    shell = pexpect.spawn(
        "bash", ["--norc", "--noprofile", "-i"], dimensions=(24, 80), timeout=20,
        env={**os.environ, "PS1": "READY> ", "TERM": "xterm-256color", "LC_ALL": "C.UTF-8"},
    )

    def run(line):
        shell.sendline(line)
        shell.expect(r"\n(.*?)READY> ")
        return shell.match.group(1)

    shell.expect("READY> ")
    before = run("stty -a | cksum")
    shell.sendline(f"{program('fluxtop', 'FLUXTOP')} --admin {sim.url}")
    shell.expect("Overview|1 Over")
    shell.send("\x1a")
    shell.expect("Stopped")
    shell.expect("READY> ")
    assert run("stty -a | cksum") == before
    shell.sendline("fg")
    shell.expect("Overview|1 Over")
    shell.send("q")
    shell.expect("READY> ")
    assert run("stty -a | cksum") == before
    shell.close()


def test_what_cannot_be_a_screen_is_said_on_a_clean_terminal(fluxtop):
    console = fluxtop(TERM="no-such-terminal")
    assert console.wait() == 1
    assert b"no-such-terminal" in console.sent and b"\x1b" not in console.sent
    console.assert_restored()


# Storms


def test_a_storm_of_resizes(fluxtop):
    console = connected(fluxtop())
    random_ = random.Random(1)
    for _ in range(500):
        console.resize(random_.randint(1, 60), random_.randint(1, 200))
        console.read(0)
    console.resize(24, 80)
    console.type("2")
    console.wait_for(lambda text: active_tab(text).startswith("2") if "1 Over" in text else False)
    console.type("q")
    assert console.wait() == 0
    console.assert_restored()


KEYS = (
    list("123456789jkhlgGpuUIoKyn?/<>+- \t\r\x1b@%=!qazwx[]{}:;,.'\"\\|~^`") + ["\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D", "\x1b[5~", "\x1b[6~",
    "\x1bOP", "\x1bOQ", "\x1b[20~", "\x1b[Z", "\x1b[H", "\x1b[F", "\x1b[3~", "\x7f", "\x01", "\x05", "\x15", "é", "日", "🙂", "\x1b[200~", "\x1b["]
)
KEYS = [key for key in KEYS if key != "q"]


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_keys_resizes_and_restarts(sim, fluxtop, seed):
    """Thousands of keys of a seeded hand: fluxtop neither ends nor hangs, and answers afterwards."""
    random_ = random.Random(seed)
    console = connected(fluxtop("-d", "0.2"))
    for step in range(3000):
        console.type(random_.choice(KEYS))
        if step % 97 == 0:
            console.resize(random_.randint(1, 50), random_.randint(1, 160))
        if step % 1000 == 500:
            sim.kill()
        if step % 1000 == 700:
            sim.start()
        console.read(0.02 if step % 10 == 0 else 0)  # so that answers come between the keys
        assert console.process.poll() is None, f"ended with {console.process.returncode} at step {step}\n{console.text}"
    console.resize(24, 80)
    console.settle()
    console.type("\x1b")
    console.settle(0.1)
    console.type("\x1b")
    console.settle(0.1)
    console.type("5")
    console.wait_for(lambda text: "[5 Topi" in text)
    console.type("q")
    assert console.wait() == 0
    console.assert_restored()
    console.assert_only_plain_sequences()


# Hostile data


@pytest.mark.parametrize("arguments", [["-s", "connections"], ["-s", "queues"], ["-s", "groups"], ["-s", "topics"], ["-s", "events"], []], ids=lambda a: a[-1] if a else "overview")
def test_what_peers_call_themselves_reaches_no_terminal(tmp_path, fluxtop, sim, arguments):
    sim.restart(hostile_scenario())
    console = connected(fluxtop(*arguments, columns=160, rows=40))
    console.settle()
    for key in "\r\x1bjj\rG":
        console.type(key)
        console.settle(0.1)
    console.type("\x1b")
    console.settle(0.1)
    console.type("q")
    assert console.wait() == 0
    console.assert_only_plain_sequences()
    console.assert_restored()
    assert console.screen.title == ""


def test_columns_stand_in_line_whatever_stands_in_them(fluxtop, sim):
    sim.restart(hostile_scenario())
    console = connected(fluxtop("-s", "connections", "--columns", "client_id,username,state", columns=60, rows=40))
    console.wait_for("CLIENT")
    console.settle()

    def cells(row):
        return [console.screen.buffer[row][x].data for x in range(60)]

    head = next(row for row in range(40) if "".join(cells(row)).lstrip().startswith("CLIENT"))
    place = "".join(cells(head)).index(" ST") + 1
    rows = [cells(row) for row in range(head + 1, 40) if "".join(cells(row)).strip()][:len(HOSTILE)]
    assert len(rows) == len(HOSTILE)
    for row in rows:
        assert row[place - 1] == " " and "".join(row[place:place + 7]).strip() in ("ok", "SLOW", "new", "waiting", "closing"), row


# Without a terminal


def test_not_a_terminal_prints_one_frame(run):
    done = run()
    assert done.returncode == 0 and done.stderr == ""
    lines = done.stdout.splitlines()
    assert len(lines) == 24 and all(len(line) <= 80 for line in lines)
    assert "\x1b" not in done.stdout and "[1 Over" in done.stdout


def test_once_has_everything_that_the_screen_asks_for(run):
    done = run("--once", "-s", "connections", env={**os.environ, "COLUMNS": "120", "LINES": "40"})
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == 40 and "CLIENT" in done.stdout


def test_csv(run):
    done = run("-b", "-N", "2", "-d", "0.2", "-s", "connections", "-o", "csv", "--columns", "client_id,state,messages_in_per_s")
    assert done.returncode == 0 and done.stderr == ""
    rows = list(csv.reader(io.StringIO(done.stdout)))
    assert rows[0] == ["client_id", "state", "messages_in_per_s"]
    assert len(rows) > 2 and rows.count(rows[0]) == 1 and all(len(row) == 3 for row in rows)


@pytest.mark.parametrize("screen", ["overview", "connections", "topics", "events"])
def test_json_and_jsonl(run, screen):
    done = run("-b", "-N", "2", "-d", "0.2", "-s", screen, "-o", "json")
    samples = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(samples) == 2 and samples[0]["schema"] == f"fluxmq.top.{screen}/1"
    done = run("-b", "-N", "1", "-s", screen, "-o", "jsonl")
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert records and all(record["schema"] == f"fluxmq.top.{screen}/1" for record in records)
    columns = list(samples[0]["items"][0])
    assert [key for key in records[0] if key != "schema" and key in columns] == columns


def test_a_reader_that_has_seen_enough_is_no_error(sim):
    command = f"{program('fluxtop', 'FLUXTOP')} --admin {sim.url} -b -d 0.2 -o jsonl -s connections | head -n 1; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=30)
    assert done.stdout.splitlines()[-1] == "0" and done.stderr == ""


def test_batch_without_a_daemon_exits_with_7(run, tmp_path):
    done = run("-b", "-N", "1", url=f"unix:{tmp_path}/nobody.sock")
    assert done.returncode == 7 and done.stdout == ""
    assert done.stderr.startswith("fluxtop: error: cannot reach fluxd at unix:")


def test_batch_with_a_filter_that_is_none_exits_with_2(run):
    done = run("-b", "-N", "1", "-s", "connections", "-f", "nosuchfield=1", "-o", "csv")
    assert done.returncode == 2 and done.stdout == ""
    assert "nosuchfield" in done.stderr


def test_batch_ends_in_order_when_it_is_stopped(sim):
    process = subprocess.Popen(
        [program("fluxtop", "FLUXTOP"), "--admin", sim.url, "-b", "-d", "0.2", "-o", "jsonl"],
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
    )
    json.loads(process.stdout.readline())
    process.send_signal(signal.SIGTERM)
    rest = process.communicate(timeout=10)[0]
    assert process.returncode == 143
    assert all(json.loads(line) for line in rest.splitlines()), "no line is cut off"
