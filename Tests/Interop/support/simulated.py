"""fluxd-sim at a place that stays the same over its restarts."""
import os
import signal
import subprocess

from .broker import program
from .waiting import eventually


class Simulated:
    def __init__(self, directory):
        # A unix socket's path is short, and pytest's directories may not be.
        self.socket = os.path.join(directory, "a.sock")
        self.url = f"unix:{self.socket}"
        self.process = None

    def start(self, scenario=None):
        with_scenario = ["--scenario", scenario] if scenario else []
        self.process = subprocess.Popen(
            [program("fluxd-sim", "FLUXD_SIM"), "--socket", self.socket, *with_scenario],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        eventually(lambda: os.path.exists(self.socket), "fluxd-sim listens")

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
        if os.path.exists(self.socket):
            os.unlink(self.socket)

    def restart(self, scenario=None):
        self.stop()
        self.start(scenario)
