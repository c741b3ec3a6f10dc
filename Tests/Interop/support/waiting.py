"""Waiting for conditions with a deadline. No test sleeps for a fixed time and hopes."""
import time

PATIENCE = 15.0  # seconds: generous, since a test that passes never waits that long


def eventually(condition, what, patience=PATIENCE, pause=0.01):
    """Returns the first true value of `condition()`; fails when there is none in time."""
    deadline = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {patience} s: {what}")
        time.sleep(pause)
