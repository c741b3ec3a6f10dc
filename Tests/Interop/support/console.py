"""fluxtop in a terminal: a pseudo-terminal that the test keeps open, and an emulator that reads what is drawn."""
import contextlib
import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time

import pyte

# What fluxtop may send: the cursor, colours, erasing, scrolling, and the modes of a full-screen program.
PLAIN = re.compile(
    rb"[\x20-\x7e\r\n\x08\x09\x0f]"
    rb"|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
    rb"|\x1b\[[0-9;]*[A-HJKLMPSTXYdfmr@]"
    rb"|\x1b\[\?(?:1|7|12|25|1049|2026)(?:;(?:1|7|12|25|1049|2026))*[hl]"
    rb"|\x1b\[(?:4|34)[hl]|\x1b\[22;0;0t|\x1b\[23;0;0t|\x1b\[!p|\x1b\[\?3;4l"
    rb"|\x1b\([B0]|\x1b[=>78M]|\x1b\[[0-9]*[bZGIC]"
)


class Screen(pyte.Screen):
    """pyte's screen with the sequences that it does not know and ncurses uses."""

    def _scroll(self, count, move):
        place, self.cursor.y = self.cursor.y, self.margins.top if self.margins else 0
        column = self.cursor.x
        move(count or 1)  # which takes the cursor to the first column
        self.cursor.y, self.cursor.x = place, column

    def scroll_up(self, count=1):
        """SU: what `delete_lines` does at the top of the scrolling region."""
        self._scroll(count, self.delete_lines)

    def scroll_down(self, count=1):
        """SD."""
        self._scroll(count, self.insert_lines)

    def repeat(self, count=1):
        """REP: the character before the cursor, again."""
        self.draw(self.buffer[self.cursor.y][self.cursor.x - 1].data * (count or 1))


class Stream(pyte.ByteStream):
    csi = {**pyte.ByteStream.csi, "S": "scroll_up", "T": "scroll_down", "b": "repeat"}
    events = pyte.ByteStream.events | {"scroll_up", "scroll_down", "repeat"}


class Console:
    """One program in one terminal."""

    def __init__(self, arguments, rows=24, columns=80, environment=None):
        self.master, self.slave = os.openpty()
        self.sent = b""  # everything that the program wrote
        self.screen = Screen(columns, rows)
        self._stream = Stream(self.screen)
        self._set_size(rows, columns)
        self.modes_before = termios.tcgetattr(self.slave)
        base = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "COLORTERM", "LINES", "COLUMNS")}
        self.process = subprocess.Popen(
            arguments, stdin=self.slave, stdout=self.slave, stderr=self.slave, start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
            env={**base, "TERM": "xterm-256color", "LC_ALL": "C.UTF-8", **(environment or {})},
        )

    def _set_size(self, rows, columns):
        fcntl.ioctl(self.slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def resize(self, rows, columns):
        self._set_size(rows, columns)  # the kernel sends SIGWINCH
        self.screen.resize(rows, columns)

    def type(self, keys):
        data = keys.encode() if isinstance(keys, str) else keys
        while data:
            self.read(0)
            with contextlib.suppress(BlockingIOError):
                data = data[os.write(self.master, data):]

    def signal(self, number):
        os.kill(self.process.pid, number)

    def read(self, seconds):
        """Takes in what the program draws within `seconds`; returns at once when there was something."""
        ready, _, _ = select.select([self.master], [], [], seconds)
        if not ready:
            return False
        data = os.read(self.master, 65536)
        self.sent += data
        self._stream.feed(data)
        return True

    @property
    def text(self):
        return "\n".join(line.rstrip() for line in self.screen.display)

    def wait_for(self, text, seconds=10):
        """Waits until the screen shows `text` (or, given a function, until that holds of the screen's text)."""
        holds = text if callable(text) else lambda shown: text in shown
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if holds(self.text):
                return self.text
            self.read(0.05)
            assert self.process.poll() is None or holds(self.text), f"fluxtop ended with {self.process.returncode}\n{self.text}"
        raise AssertionError(f"not within {seconds} s: {text}\n{self.text}")

    def settle(self, seconds=0.3):
        """Reads until nothing has been drawn for `seconds`, or for three seconds: a clock never rests."""
        end = time.monotonic() + 3
        while self.read(seconds) and time.monotonic() < end:
            pass

    def wait(self, seconds=10):
        """The exit status, once the program has ended and everything that it wrote is read."""
        end = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < end, f"fluxtop does not end\n{self.text}"
            self.read(0.02)
        while self.read(0.1):
            pass
        return self.process.returncode

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
        os.close(self.master)
        os.close(self.slave)

    # What must hold afterwards

    def assert_restored(self):
        """The terminal is as it was: modes of the line, main screen, visible cursor, plain keys, no colours."""
        assert termios.tcgetattr(self.slave) == self.modes_before
        for begin, end in ((b"\x1b[?1049h", b"\x1b[?1049l"), (b"\x1b[?25l", b"\x1b[?25h"), (b"\x1b[?1h", b"\x1b[?1l")):
            if begin in self.sent:
                assert self.sent.rindex(end) > self.sent.rindex(begin), end

    def assert_only_plain_sequences(self):
        """Nothing was sent that sets a title, a clipboard or a mode, however the data looked that was drawn."""
        position = 0
        while position < len(self.sent):
            match = PLAIN.match(self.sent, position)
            assert match, f"{self.sent[position:position + 40]!r} after {self.sent[max(0, position - 40):position]!r}"
            position = match.end()
        for code in range(0x80, 0xA0):
            assert chr(code).encode() not in self.sent, f"C1 control {code:#x}"
