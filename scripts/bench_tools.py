"""What the modes of `bench` share: programs that are started and stopped, the generator, tables of ratios."""
import contextlib
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
TOOLS = pathlib.Path(os.environ.get("FLUXMQ_TOOLS", ROOT.parent / "shared" / "tools"))
BUILT = ROOT / ".build" / "bench"
ROUNDS = int(os.environ["ROUNDS"]) if "ROUNDS" in os.environ else None
CORES = os.cpu_count()

# CPU a message against the floor, at most; throughput against Mosquitto's, at least.
FLOOR_BOUNDS = {
    "q0-1-1": 2, "q0-1-1-1KiB": 2, "q1-1-1": 2, "q0-1-50": 2, "q0-20-20": 2, "q1-20-20-w20": 1.6, "q0-500-1": 2,
    "q0-1MiB": 1.2,
}
ROWS = [
    "q0-1-1", "q0-1-1-1KiB", "q1-1-1", "q2-1-1", "q0-1-50", "q0-20-20", "q1-20-20-w20", "q0-500-1", "q0-v5", "q1-v5",
    "q0-10k-topics", "q0-10k-topics-churn", "q1-kept-session", "q0-1MiB",
]


def mosquitto_bound(row):
    return None if row == "q0-1MiB" else 5 if "1KiB" in row else 8


# Programs


def build():
    """mqload and floor into .build/bench, and fluxd; the sources beside this repository are only read."""
    BUILT.mkdir(parents=True, exist_ok=True)
    if "MQLOAD" not in os.environ:
        os.environ["MQLOAD"] = str(BUILT / "mqload")
        subprocess.run(["cc", "-O2", "-o", os.environ["MQLOAD"], str(TOOLS / "mqload" / "mqload.c")], check=True)
    if "FLOOR" not in os.environ:
        copy = BUILT / "floor"
        shutil.copytree(TOOLS / "floor", copy, dirs_exist_ok=True, copy_function=shutil.copyfile)
        subprocess.run(["swift", "build", "-c", "release", "--package-path", str(copy)], check=True, stdout=sys.stderr)
        os.environ["FLOOR"] = str(copy / ".build" / "release" / "floor")
    if "FLUXD" not in os.environ:
        os.environ["FLUXD"] = str(ROOT / ".build" / "release" / "fluxd")
        os.environ.setdefault("FLUXTOP", str(ROOT / ".build" / "release" / "fluxtop"))
        subprocess.run(["make", "--no-print-directory", "build"], check=True, stdout=sys.stderr, cwd=ROOT)
    # rows gets its generator through this, so that what the generator itself cost is seen too.
    tee = BUILT / "mqload-tee"
    tee.write_text('#!/bin/sh\n"$REAL_MQLOAD" "$@" | tee -a "$MQLOAD_LOG"\n')
    tee.chmod(0o755)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(condition, what, patience=15):
    deadline = time.monotonic() + patience
    while not condition():
        if time.monotonic() > deadline:
            sys.exit(f"bench: not within {patience} s: {what}")
        time.sleep(0.01)


def listening(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@contextlib.contextmanager
def started(name, arguments, port=None, environment=None, patience=20):
    """(name, port, pid) of a broker that runs until the block ends. It has `patience` seconds to stop, and then it is killed."""
    with tempfile.TemporaryFile("w+") as log:
        process = subprocess.Popen(
            arguments, stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, env={**os.environ, **(environment or {})}
        )

        def said():
            log.seek(0)
            return log.read()

        def up():
            if process.poll() is not None:
                sys.exit(f"bench: {name} did not start:\n{said()}")
            return listening(port) if port else re.search(r"^READY .*mqtt=\S+:(\d+)", said(), re.M)

        try:
            wait_for(up, f"{name} listens", 60)
            yield name, port or int(re.search(r"^READY .*mqtt=\S+:(\d+)", said(), re.M).group(1)), process.pid
            if process.poll() is not None:
                sys.exit(f"bench: {name} ended with {process.returncode} under load:\n{said()[-2000:]}")
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            try:
                process.wait(patience)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextlib.contextmanager
def fluxd(shards, *more, name=None, configuration=None, environment=None, data=None, patience=20):
    """`configuration` is the text of a file for what --set cannot say; `data` a directory that outlives this fluxd."""
    with tempfile.TemporaryDirectory() as directory:
        settings = [
            f"server.shards={shards}", "server.mqtt.tcp.plain.addr=127.0.0.1:0",
            "server.mqtt.ws.plain.addr=127.0.0.1:0", "server.http_addr=127.0.0.1:0",
            f"server.runtime_dir={directory}", f"storage.dir={data or directory + '/data'}", "server.shutdown_timeout=1s", "log.level=warn", *more,
        ]
        flags = [word for setting in settings for word in ("--set", setting)]
        if configuration:
            path = pathlib.Path(directory) / "fluxd.yaml"
            path.write_text(configuration)
            flags += ["--config", str(path)]
        with started(name or f"fluxd-{shards}", [os.environ["FLUXD"], *flags], None, environment, patience) as broker:
            yield broker


@contextlib.contextmanager
def floor():
    port = free_port()
    with started("floor", [os.environ["FLOOR"], str(port), "1"], port) as broker:
        yield broker


def mosquitto_program():
    return shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")


@contextlib.contextmanager
def mosquitto(*more):
    """None when it is not installed. `more` are lines of its configuration."""
    program = mosquitto_program()
    if not program:
        print("mosquitto is not installed; its columns stay empty", file=sys.stderr)
        yield None
        return
    port = free_port()
    with tempfile.TemporaryDirectory() as directory:
        path = pathlib.Path(directory) / "mosquitto.conf"
        path.write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\nset_tcp_nodelay true\n"
            "max_inflight_messages 0\nmax_queued_messages 0\nmax_queued_bytes 0\nlog_type none\n" + "".join(f"{line}\n" for line in more)
        )
        path.chmod(0o644)
        os.chmod(directory, 0o755)
        with started("mosquitto", [program, "-c", str(path)], port) as broker:
            yield broker


@contextlib.contextmanager
def rabbitmq():
    """Debian's, without plugins, with a node of its own; None when it is not installed."""
    program = pathlib.Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the one on PATH changes the user first
    if not program.exists():
        print("rabbitmq-server is not installed; its columns stay empty", file=sys.stderr)
        yield None
        return
    with tempfile.TemporaryDirectory() as directory:
        port, names = free_port(), str(free_port())
        (pathlib.Path(directory) / "rabbitmq.conf").write_text(
            f"listeners.tcp.default = 127.0.0.1:{port}\nlog.console = true\nlog.console.level = error\nlog.file = false\n"
        )
        (pathlib.Path(directory) / "plugins").write_text("[].\n")
        environment = {
            "HOME": directory, "RABBITMQ_NODENAME": "bench@localhost", "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": f"{directory}/mnesia", "RABBITMQ_LOG_BASE": f"{directory}/log",
            "RABBITMQ_CONFIG_FILE": f"{directory}/rabbitmq", "RABBITMQ_CONF_ENV_FILE": "/dev/null",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{directory}/plugins", "ERL_EPMD_PORT": names, "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1}",
            "RUNNING_UNDER_SYSTEMD": "true",  # no shell between us and it
        }
        try:
            with started("rabbitmq", [str(program)], port, environment, 60) as broker:
                time.sleep(3)  # it listens before it has finished starting
                yield broker
        finally:
            subprocess.run(["epmd", "-port", names, "-kill"], capture_output=True)  # Erlang's name server outlives its nodes


# Measuring


def row(broker, name, scale=1.0):
    """One row of `rows`: CPU us a message, M messages a second, lost, CPU us of the generator; or None."""
    if broker is None:
        return None
    with tempfile.NamedTemporaryFile("r", suffix=".jsonl") as log:
        environment = {
            **os.environ, "MQLOAD": str(BUILT / "mqload-tee"), "REAL_MQLOAD": os.environ["MQLOAD"], "MQLOAD_LOG": log.name,
            "SCALE": str(scale),
        }
        line = subprocess.run(
            ["bash", str(TOOLS / "rows"), broker[0], str(broker[1]), str(broker[2]), name],
            env=environment, capture_output=True, text=True,
        ).stdout
        detail = [json.loads(entry) for entry in log.read().splitlines() if entry.startswith("{")]
    print("  " + line.rstrip(), file=sys.stderr, flush=True)
    found = re.search(r"([\d.]+) us +([\d.]+) M/s lost (-?\d+)", line)
    if not found or not detail:
        return None
    generator = detail[-1]["own_cpu_us_per_msg"]
    return {"cpu": float(found[1]), "rate": float(found[2]), "lost": int(found[3]), "generator": generator}


def best(results):
    """The least CPU and the highest rate of several runs; a loss in any of them is kept."""
    seen = [one for one in results if one]
    if not seen:
        return None
    fastest = max(seen, key=lambda one: one["rate"])
    return {**fastest, "cpu": min(one["cpu"] for one in seen), "lost": max(one["lost"] for one in seen)}


def mqload(broker, *flags, protocol="mqtt", patience=90):
    done = subprocess.run(
        [os.environ["MQLOAD"], protocol, "--port", str(broker[1]), "--pid", str(broker[2]), "--json", "--timeout", str(patience),
         *map(str, flags)],
        capture_output=True, text=True,
    )
    if not done.stdout.startswith("{"):
        sys.exit(f"bench: mqload {' '.join(map(str, flags))}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def verdict(value, bound, at_least=False):
    """`1.43x (2x)`, with a mark when the bound is missed."""
    if value is None or bound is None:
        return "" if value is None else f"{value:.2f}x"
    missed = value < bound if at_least else value > bound
    return f"{value:.2f}x ({'>=' if at_least else '<='}{bound:g}x){' MISSED' if missed else ''}"


def ratio(one, other, key):
    return one[key] / other[key] if one and other and other[key] else None


def table(head, lines):
    print("| " + " | ".join(head) + " |")
    print("|" + "---|" * len(head))
    for line in lines:
        print("| " + " | ".join(line) + " |")


def machine():
    model = re.search(r"model name\s*: (.*)", pathlib.Path("/proc/cpuinfo").read_text())
    version = subprocess.run([os.environ["FLUXD"], "--version"], capture_output=True, text=True).stdout.strip()
    print(f"\n{CORES} cores, {model[1] if model else 'unknown processor'}, Linux {os.uname().release}; {version}\n")


def cell(result):
    if not result:
        return "-"
    return f"{result['cpu']:.3g} ({result['rate']:.3g})" + (f" lost {result['lost']}" if result["lost"] else "")
