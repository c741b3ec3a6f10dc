"""Queues of the configuration file: made where they are missing, kept where they exist, and shown where they differ."""
import json
import subprocess

import pytest

pytestmark = pytest.mark.fluxd

QUEUES = """queues:
  - name: orders
    topics: ["shop/+/orders"]
    limits: {max_depth: 5}
  - name: audit
    type: stream
"""


def changes(fluxctl, broker, *arguments, status=0):
    """Rows of a `config` command by key."""
    done = subprocess.run(
        [fluxctl, "config", *arguments, "-o", "json", "--admin", f"unix:{broker.admin}"], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == status, done.stderr
    return {row["key"]: row for row in json.loads(done.stdout)["items"]}


@pytest.fixture
def filed(start_broker):
    """Starts a broker with a file, and says where the file is."""

    def start(text):
        broker = start_broker(config=text)
        return broker, broker.directory / "fluxd.yaml"

    return start


def test_queues_of_the_file_are_there_after_the_start(filed, fluxctl):
    broker, _ = filed(QUEUES)
    assert changes(fluxctl, broker, "diff") == {}


def test_a_reload_makes_what_is_missing_and_keeps_what_differs(filed, fluxctl):
    broker, file = filed(QUEUES)
    file.write_text(QUEUES.replace("max_depth: 5", "max_depth: 6") + "  - name: returns\n")
    seen = changes(fluxctl, broker, "diff")
    assert seen["queues[returns]"]["effect"] == "live"
    assert {key: seen["queues[orders].limits.max_depth"][key] for key in ("from", "to", "effect")} == {
        "from": "5", "to": "6", "effect": "kept",
    }
    assert set(changes(fluxctl, broker, "reload")) == set(seen)
    assert set(changes(fluxctl, broker, "diff")) == {"queues[orders].limits.max_depth"}
    taken = changes(fluxctl, broker, "reload", "--apply-queues")
    assert taken["queues[orders].limits.max_depth"]["effect"] == "live"
    assert changes(fluxctl, broker, "diff") == {}


def test_a_queue_that_leaves_the_file_stays(filed, fluxctl):
    broker, file = filed(QUEUES)
    file.write_text("queues: [{name: audit, type: stream}]\n")
    for verb in ("reload", "diff"):
        assert changes(fluxctl, broker, verb)["queues"]["from"] == "1"
    assert changes(fluxctl, broker, "diff", "--all")["queues[orders]"]["note"] == "not in the file"


def test_a_mistake_in_a_queue_changes_nothing(filed, fluxctl):
    broker, file = filed(QUEUES)
    file.write_text(QUEUES + "  - name: late\n    overflow: dead-letter\n")
    done = subprocess.run(
        [fluxctl, "config", "reload", "--admin", f"unix:{broker.admin}"], capture_output=True, text=True, timeout=30
    )
    assert done.returncode == 9
    assert "fluxd.yaml:8:15: queue 'late': overflow is dead-letter; expected dlq.enabled" in done.stderr
    file.write_text(QUEUES)
    assert changes(fluxctl, broker, "diff") == {}
