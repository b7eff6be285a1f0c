"""A stop reaches the command wherever it falls."""

from __future__ import annotations

import subprocess
import sys

import pytest

from samepath.cli import stopping
from samepath.cli.lab.common import Bar
from samepath.control.plan import Create
from samepath.linux.objects import Namespace

STOPPED_WHILE = """
import logging, os, signal, sys, time
from samepath.cli import stopping
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

def library(code):
    exec(compile(code, "/lib/pyroute2/any.py", "exec"), globals())

def swallow():
    library("try:\\n    signal.raise_signal(signal.{number})\\nexcept:\\n    pass")

def swallow_for_long():
    library('''
signal.raise_signal(signal.{number})
end = time.monotonic() + 1.7
while time.monotonic() < end:
    try:
        time.sleep(0.01)
    except BaseException:
        print("swallowed")
''')

def turn_into_an_error():
    library('''
try:
    signal.raise_signal(signal.{number})
    time.sleep(2)
except BaseException as reason:
    raise OSError from reason
''')

def hang():
    library("signal.raise_signal(signal.{number})\\ntime.sleep(30)")

def clean_up():
    try:
        hang()
    finally:
        library("time.sleep(0.1)")
        time.sleep(0.1)
        print("cleaned up")

def go_on_and_be_stopped_again():
    try:
        signal.raise_signal(signal.{number})
    except KeyboardInterrupt:
        time.sleep(stopping.PATIENCE + 0.1)
    swallow()

def ask():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGALRM])
    stopping.heed()
    swallow()
    try:
        stopping.heed()
    finally:
        stopping.heed()
        print("asked")

def settings():
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGALRM)
    return (
        *(signal.getsignal(number) for number in numbers),
        signal.getitimer(signal.ITIMER_REAL),
        sys.unraisablehook,
        logging.getLogger("asyncio").level,
    )

logging.getLogger("asyncio").setLevel(logging.ERROR)
before = settings()
try:
    with stoppable():
        {act}
        time.sleep(30)
        print("has gone on")
except KeyboardInterrupt:
    print("stopped")
if settings() != before:
    print("not as before:", before, settings())
"""


def run(act: str, number: str = "SIGINT") -> str:
    script = STOPPED_WHILE.format(number=number, act=act)
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, timeout=20, check=True
    )
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM", "SIGHUP"])
@pytest.mark.parametrize("act", ["fork()", "Thrown()", "swallow()"])
def test_a_stop_that_falls_where_no_exception_can_leave_is_not_lost(act: str, number: str) -> None:
    assert run(act, number) == "stopped\n"


def test_a_stop_does_not_wait_for_ever_for_a_library() -> None:
    assert run("hang()") == "stopped\n"


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


def test_a_stop_comes_again_where_a_library_has_swallowed_it_after_all() -> None:
    assert run("swallow_for_long()") == "swallowed\nstopped\n"


def test_a_stop_that_a_library_turns_into_an_error_comes_again() -> None:
    act = "\n        try:\n            turn_into_an_error()\n        except OSError:\n            pass"
    assert run(act) == "stopped\n"


def test_a_stop_that_has_left_the_library_does_not_fall_into_our_cleaning_up() -> None:
    assert run("clean_up()") == "cleaned up\nstopped\n"


def test_a_second_stop_waits_for_a_library_as_the_first_did() -> None:
    assert run("go_on_and_be_stopped_again()") == "stopped\n"


def test_long_work_that_asks_is_stopped_once() -> None:
    assert run("ask()") == "asked\nstopped\n"


def test_building_is_long_work_that_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stopping._STOP, "stands", lambda: True)
    step = Create(object=Namespace(name="a"))
    with Bar("building", quiet=True) as bar, pytest.raises(KeyboardInterrupt):
        bar(0, 1, step)


def test_a_command_that_is_not_stopped_leaves_everything_as_it_was() -> None:
    assert run("sys.exit()") == ""


def test_a_terminal_that_closes_is_heeded_once() -> None:
    wait = """
        try:
            signal.raise_signal(signal.SIGHUP)
        finally:
            signal.raise_signal(signal.SIGHUP)
            with held("another one"):
                signal.raise_signal(signal.SIGHUP)
                signal.raise_signal(signal.SIGHUP)
                print("has come to its end")
    """.strip()
    assert run(wait) == "has come to its end\nstopped\n"


def test_a_hangup_that_is_ignored_stays_so() -> None:
    act = "signal.raise_signal(signal.SIGHUP); os._exit(print('has gone on', flush=True) or 0)"
    script = STOPPED_WHILE.format(number="SIGHUP", act=act)
    ignoring = ["sh", "-c", 'trap "" HUP; exec "$0" -c "$1"', sys.executable, script]
    done = subprocess.run(ignoring, capture_output=True, text=True, timeout=20, check=True)
    assert (done.stdout, done.stderr) == ("has gone on\n", "")


WHAT_IS_THROWN_AWAY = """
import signal
from samepath.cli.stopping import stoppable

class Complains:
    def __init__(self):
        self.me = self
    def __del__(self):
        raise OSError("it was half made")

def command():
    made = Complains()
    signal.raise_signal(signal.SIGINT)

try:
    with stoppable():
        command()
except KeyboardInterrupt:
    print("stopped")
"""


def test_what_was_stopped_while_it_was_being_made_is_thrown_away_quietly() -> None:
    done = subprocess.run(
        [sys.executable, "-c", WHAT_IS_THROWN_AWAY], capture_output=True, text=True, check=True
    )
    assert (done.stdout, done.stderr) == ("stopped\n", "")
