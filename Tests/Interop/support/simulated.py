"""fluxd-sim at a place that stays the same over its restarts."""
import json
import os
import re
import signal
import subprocess

from .broker import program

SMALL = {
    "counts": {"connection": 120, "session": 150, "topic": 200},
    "events": [{"at": "-1m", "level": "notice", "kind": "connection.opened", "subject": "dash-1", "text": "mqtt5 from 10.0.0.1:5000"}],
    "log": [{"at": "-1m", "level": "info", "message": "listening"}],
}

# What peers may call themselves, and what no terminal may act on.
HOSTILE = [
    "\x1b]0;owned\x07", "\x1b]52;c;b3duZWQ=\x07", "\x1b[2J\x1b[H", "\x1b[?1049l", "\x1b[?1000h", "\x1bc", "\x1bP1;2|x\x1b\\",
    "\x9b31m", "\x9d0;owned\x9c", "\x90q\x9c", "a\u202eb\u2066c", "a\u200bb\u200dc\ufeff", "e" + "\u0301" * 40, "日本語のクライアント",
    "👩\u200d👩\u200d👧 🏳\ufe0f\u200d🌈 👍🏽", "line\nbreak\r\ttab", "\x7f\x08\x08\x08", "\ufffd\ufffe", "x" * 65000, "\u0300first",
    "%s%n{}", "\u2028\u2029", "\U000e0041\U000e0042", "ａｂｃ", "\x0e\x0f\x05",
]


def hostile_scenario():
    """Every name at every place that takes one."""
    now = [{"at": f"-{index}s", "level": "warning", "kind": "connection.closed", "subject": name, "text": name, "identity": name}
           for index, name in enumerate(HOSTILE, 1)]
    return {
        "counts": {},
        "rows": {
            "connection": [{"client_id": name, "username": name, "will_topic": name, "buffered_bytes": 1000 - index}
                           for index, name in enumerate(HOSTILE)],
            "topic": [{"id": name, "retained": True} for name in HOSTILE],
            "subscription": [{"id": f"{name} {name}", "client_id": name, "filter": name, "share": name} for name in HOSTILE],
        },
        "events": now,
        "log": [{"at": f"-{index}s", "level": "error", "message": name} for index, name in enumerate(HOSTILE, 1)],
    }


def yaml(value):
    """JSON is YAML, but for surrogates: a character beyond the first 65,536 has an escape of its own."""
    def one(match):
        high, low = (int(part, 16) for part in match.groups())
        return f"\\U{0x10000 + ((high - 0xD800) << 10) + low - 0xDC00:08x}"

    return re.sub(r"\\u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})", one, json.dumps(value))


class Simulated:
    def __init__(self, directory):
        self.directory = directory
        self.socket = os.path.join(directory, "a.sock")
        self.url = f"unix:{self.socket}"
        self.process = None
        self.scenario = SMALL

    def start(self, path=None):
        """With a scenario file, or with ``scenario``."""
        if path is None:
            path = os.path.join(self.directory, "scenario.yaml")
            with open(path, "w") as file:
                file.write(yaml(self.scenario))
        self.process = subprocess.Popen(
            [program("fluxd-sim", "FLUXD_SIM"), path, "--socket", self.socket],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        ready = self.process.stdout.readline()
        assert ready.startswith(b"READY"), f"{ready!r} {self.process.stderr.read().decode()}"

    def signal(self, number):
        self.process.send_signal(number)

    def kill(self):
        self._end(signal.SIGKILL)

    def stop(self):
        self._end(signal.SIGTERM)

    def _end(self, number):
        if self.process and self.process.poll() is None:
            self.process.send_signal(number)
            self.process.wait(10)
            self.process.stdout.close()
            self.process.stderr.close()

    def restart(self, scenario):
        self.stop()
        self.scenario = scenario
        self.start()
