"""A stop reaches the command wherever it falls."""

from __future__ import annotations

import subprocess
import sys

import pytest

STOPPED_WHILE = """
import os, signal, time
from samepath.cli.stopping import held, stoppable

class Thrown:
    def __del__(self):
        signal.raise_signal(signal.{number})

def fork():
    os.register_at_fork(after_in_parent=lambda: signal.raise_signal(signal.{number}))
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)

def swallow():
    code = "try:\\n    signal.raise_signal(signal.{number})\\nexcept:\\n    pass"
    exec(compile(code, "/lib/pyroute2/any.py", "exec"), globals())

def hang():
    code = "signal.raise_signal(signal.{number})\\ntime.sleep(30)"
    exec(compile(code, "/lib/pyroute2/any.py", "exec"), globals())

try:
    with stoppable():
        {act}
        time.sleep(30)
        print("has gone on")
except KeyboardInterrupt:
    print("stopped")
"""


def run(act: str, number: str) -> str:
    script = STOPPED_WHILE.format(number=number, act=act)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=20, check=True
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("act", ["fork()", "Thrown()", "swallow()"])
def test_a_stop_that_falls_where_no_exception_can_leave_is_not_lost(act: str, number: str) -> None:
    assert run(act, number) == "stopped\n"


def test_a_stop_does_not_wait_for_ever_for_a_library() -> None:
    assert run("hang()", "SIGINT") == "stopped\n"


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
def test_a_stop_that_waits_for_a_library_is_held_too(number: str) -> None:
    wait = f"""
        code = "signal.raise_signal(signal.{number})"
        exec(compile(code, "/lib/pyroute2/any.py", "exec"), globals())
        with held("held"):
            time.sleep(0.1)
            print("has come to its end")
    """.strip()
    assert run(wait, number) == "has come to its end\nstopped\n"
