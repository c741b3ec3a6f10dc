"""fluxtop's screens against fluxd-sim with a clock that stands: whole frames as text, at the sizes that people have.

UPDATE_GOLDEN=1 writes them anew; look at what changed before you keep it.
"""
import os
import pathlib
import re
import subprocess
import tempfile

import pytest
from support.broker import ROOT, program
from support.simulated import Simulated

GOLDEN = pathlib.Path(__file__).parent / "golden"
SIZES = [(20, 5), (80, 24), (120, 40), (200, 60)]
SCREENS = ["overview", "connections", "queues", "groups", "topics", "events"]


@pytest.fixture
def sim():
    with tempfile.TemporaryDirectory(prefix="sim-") as directory:
        scenario = pathlib.Path(directory) / "frozen.yaml"
        demo = (ROOT / "Tests" / "Scenarios" / "demo.yaml").read_text()
        scenario.write_text(demo + '\nclock: frozen\nat: "2026-11-22T14:02:07Z"\n')
        one = Simulated(directory)
        one.start(str(scenario))
        yield one
        one.stop()


def frame(sim, screen, columns, rows):
    done = subprocess.run(
        [program("fluxtop", "FLUXTOP"), "--admin", sim.url, "--once", "-s", screen],
        env={**os.environ, "COLUMNS": str(columns), "LINES": str(rows), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "TZ": "UTC"},
        capture_output=True, text=True, timeout=30,
    )
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    # What belongs to the machine that the test runs on: the time of day, and what a look cost.
    lines[0] = re.sub(r"\d\d:\d\d(:\d\d)?$", lambda clock: re.sub(r"\d", "0", clock.group()), lines[0])
    lines = [re.sub(r" *server +\S+ (us|ms|s)\b.*", " server …", line) for line in lines]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("columns,rows", SIZES, ids=lambda value: str(value))
def test_frames(sim, columns, rows):
    for screen in SCREENS:
        found = frame(sim, screen, columns, rows)
        path = GOLDEN / f"{screen}-{columns}x{rows}.txt"
        if os.environ.get("UPDATE_GOLDEN"):
            GOLDEN.mkdir(exist_ok=True)
            path.write_text(found)
        assert found == path.read_text(), f"{path.name} is another frame"
        assert all(len(line) <= columns for line in found.splitlines())
