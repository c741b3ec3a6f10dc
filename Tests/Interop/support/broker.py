"""Starts a broker on port 0 with directories of its own, and stops it by its process id."""
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import types

from .waiting import eventually

ROOT = pathlib.Path(__file__).resolve().parents[3]


def program(name, variable):
    """The built program: what the variable names, else release, else debug."""
    candidates = [os.environ.get(variable)] + [str(ROOT / ".build" / kind / name) for kind in ("release", "debug")]
    for candidate in candidates:
        if candidate and os.access(candidate, os.X_OK):
            return candidate
    raise FileNotFoundError(f"{name} is not built (make build), and ${variable} does not name it")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A broker's process: its output read by threads, so that it never blocks on a full pipe."""

    def __init__(self, arguments, environment=None):
        self.arguments = arguments
        self.out, self.err = [], []
        #: Texts of errors that the test brings about itself.
        self.expected = []
        #: The test ended it with SIGKILL.
        self.was_killed = False
        self.process = subprocess.Popen(
            arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env={**os.environ, **(environment or {})},
        )
        self.readers = [
            threading.Thread(target=self._read, args=pair, daemon=True)
            for pair in ((self.process.stdout, self.out), (self.process.stderr, self.err))
        ]
        for reader in self.readers:
            reader.start()

    @staticmethod
    def _read(stream, lines):
        for line in stream:
            lines.append(line.decode("utf-8", "replace").rstrip("\n"))

    @property
    def pid(self):
        return self.process.pid

    @property
    def running(self):
        return self.process.poll() is None

    @property
    def output(self):
        return "\n".join(self.out + self.err)

    def resident_bytes(self):
        status = pathlib.Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) * 1024

    def cpu_seconds(self):
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def wait(self, patience=15.0):
        """The exit status; killed and failed when it does not end in time."""
        try:
            status = self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise AssertionError(f"{self.arguments[0]} did not end within {patience} s\n{self.output}") from None
        for reader in self.readers:
            reader.join(5)
        return status

    def terminate(self):
        if self.running:
            self.process.send_signal(signal.SIGTERM)

    def kill(self):
        """SIGKILL: nothing is said, nothing is finished. What it wrote is still read."""
        self.was_killed = self.running
        if self.running:
            self.process.kill()
        return self.wait()


class Fluxd(Process):
    """The daemon under test. `settings` are `key.path: value`, as `--set` takes them."""

    name = "fluxd"

    def __init__(self, directory, settings=None, environment=None, arguments=(), listening=True):
        self.directory = pathlib.Path(directory)
        self.runtime = self.directory / "run"
        # A unix socket's path is short, and pytest's directories may not be.
        self._short = tempfile.TemporaryDirectory(prefix="fluxd-")
        self.admin = os.path.join(self._short.name, "admin.sock")
        chosen = {
            "server.mqtt.tcp.plain.addr": "127.0.0.1:0",
            "server.mqtt.ws.plain.addr": "127.0.0.1:0",
            "server.http_addr": "127.0.0.1:0",
            "server.runtime_dir": str(self.runtime),
            "storage.dir": str(self.directory / "data"),
            "server.admin.socket": self.admin,
            "server.shutdown_timeout": "5s",
            "server.shards": os.environ.get("FLUXD_SHARDS", "3"),
            "log.format": "json",
            **(settings or {}),
        }
        flags = [word for key, value in chosen.items() for word in ("--set", f"{key}={value}")]
        super().__init__([program("fluxd", "FLUXD"), *arguments, *flags], environment)
        self.host, self.port, self.http_port = "127.0.0.1", None, None
        if listening:
            self._await_ready()

    def _await_ready(self):
        def ready():
            line = next((line for line in self.out if line.startswith("READY")), None)
            assert line or self.running, f"fluxd ended with {self.process.returncode} before READY\n{self.output}"
            return line

        try:
            line = eventually(ready, "fluxd prints READY")
        except AssertionError:
            self.process.kill()
            raise
        self.port = int(re.search(r"\bmqtt=\S*:(\d+)", line).group(1))
        #: Ports by listener: mqtt, mqtt.tls, ws, ws.mtls, http ...
        self.ports = {name: int(port) for name, port in re.findall(r"(\S+)=\S+?:(\d+)(?= |$)", line)}
        http = re.search(r"\bhttp=\S*:(\d+)", line)
        self.http_port = int(http.group(1)) if http else None

    def at(self, listener):
        """The same broker, reached by another of its listeners."""
        return types.SimpleNamespace(host=self.host, port=self.ports[listener], name=self.name)

    def reload(self):
        self.process.send_signal(signal.SIGHUP)

    def logged(self, *texts):
        """The record, when it has come, whose line holds all the texts."""

        def found():
            return next((line for line in self.err if all(text in line for text in texts)), None)

        return eventually(found, f"a line of the log with {texts}\n{self.output}")

    def log_records(self):
        for line in list(self.err) + list(self.out):
            try:
                record = json.loads(line)
            except ValueError:
                continue
            if isinstance(record, dict):
                yield record

    def complaints(self):
        """What it logged at error or above, and any sign of a trap."""
        bad = [str(record) for record in self.log_records() if str(record.get("level", "")).lower() in ("error", "critical")]
        bad = [line for line in bad if not any(text in line for text in self.expected)]
        return bad + [line for line in self.err if "Fatal error" in line or "💣" in line]


class Mosquitto(Process):
    """Debian's Mosquitto in the same place: BROKER=mosquitto checks the tests themselves."""

    name = "mosquitto"

    def __init__(self, directory, settings=None):
        self.host, self.port, self.http_port = "127.0.0.1", free_port(), None
        names = {
            "session.max_offline_queue_size": "max_queued_messages",
            "session.max_inflight_messages": "max_inflight_messages",
        }
        lines = [f"listener {self.port} 127.0.0.1", "allow_anonymous true", "max_queued_bytes 0", "set_tcp_nodelay true"]
        lines += [f"{names[key]} {value}" for key, value in (settings or {}).items() if key in names]
        path = pathlib.Path(directory) / "mosquitto.conf"
        path.write_text("\n".join(lines) + "\n")
        super().__init__([shutil.which("mosquitto") or "/usr/sbin/mosquitto", "-c", str(path)])
        eventually(self._listening, "mosquitto listens")

    def _listening(self):
        with socket.socket() as probe:
            return probe.connect_ex((self.host, self.port)) == 0

    def complaints(self):
        return []
