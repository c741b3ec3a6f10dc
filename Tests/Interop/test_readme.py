"""README's five-minute tour works line by line: each block is run as it stands, but for ports and where fluxctl is."""
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest
from support.broker import ROOT, free_port

pytestmark = pytest.mark.fluxd


def tour():
    """(title, commands, expected lines) of each block below 'Five minutes'. `# prints: X` is what the block writes."""
    section = re.search(r"^## Five minutes\n(.*?)^## ", (ROOT / "README.md").read_text(), re.M | re.S).group(1)
    for title, block in re.findall(r"^### ([^\n]+)\n.*?^```sh\n(.*?)^```", section, re.M | re.S):
        expected = re.findall(r"# prints: (.*)$", block, re.M)
        yield pytest.param(block, expected, id=title)


def type_in(script, directory, environment):
    """Runs a block as a person would, and gives up on it as a person would. Returns (status or None, stdout, stderr)."""
    shell = subprocess.Popen(
        ["bash", "-euc", script], cwd=directory, env=environment, text=True, start_new_session=True,
        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )
    try:
        out, err = shell.communicate(timeout=5)
        return shell.returncode, out, err
    except subprocess.TimeoutExpired:
        os.killpg(shell.pid, signal.SIGKILL)
        return None, *shell.communicate()


@pytest.mark.parametrize("block,expected", list(tour()))
def test_the_tour(broker, fluxctl, tmp_path, block, expected):
    (tmp_path / ".build").mkdir()
    (tmp_path / ".build" / "release").symlink_to(pathlib.Path(fluxctl).parent)
    (tmp_path / "scripts").symlink_to(ROOT / "scripts")
    script = block.replace("8082", str(broker.http_port)).replace("1883", str(broker.port)).replace("8883", str(free_port()))
    environment = {**os.environ, "PORT": str(broker.port), "FLUXMQ_VIA": f"mqtt5://127.0.0.1:{broker.port}"}
    environment["FLUXMQ_ADMIN"] = f"unix:{broker.admin}"
    # Programs of their own, not shell functions: `kill $!` of a function would end a shell and leave its child.
    for name in ("mosquitto_pub", "mosquitto_sub"):
        wrapper = tmp_path / "bin" / name
        wrapper.parent.mkdir(exist_ok=True)
        wrapper.write_text(f'#!/bin/sh\nexec {shutil.which(name)} -p "$PORT" "$@"\n')
        wrapper.chmod(0o755)
    environment["PATH"] = f"{tmp_path / 'bin'}:{environment['PATH']}"
    # A script types faster than a background subscriber connects, which a person never does: then it is typed again.
    for _ in range(5):
        status, out, err = type_in(script, tmp_path, environment)
        if status == 0 and all(line in out.splitlines() for line in expected):
            return
    raise AssertionError(f"status {status}; expected {expected} in\n{out}\n{err}")


def test_the_two_commands_are_there():
    text = (ROOT / "README.md").read_text()
    assert "make run" in text and "make test" in text



def test_every_promise_names_tests_that_are_there():
    page = (ROOT / "docs" / "promises.md").read_text()
    rows = [line for line in page.splitlines() if line.startswith("| ") and '"' in line]
    sources = "\n".join(path.read_text() for path in (ROOT / "Tests").rglob("*.swift"))
    titles = [title for row in rows for title in re.findall(r'"([^"]+)"', row.split("|")[2])]
    assert len(rows) >= 20 and len(titles) > len(rows)
    assert [title for title in titles if f'"{title}"' not in sources] == []
