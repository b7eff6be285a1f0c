"""``samepath demo``, stopped at any moment: nothing is left, or it is told what is."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.drivers.daemons.worlds import until
from tests.packet.commands import LIMIT, SAMEPATH, said, samepath
from tests.packet.leftovers import snapshot
from tests.packet.own import clear, own

from samepath.cli.exit_codes import ExitCode

NAME = own("stopped")
HOME = Path("/run/samepath", NAME)
TRIES = 3
"""Where the machine is busy, all may be gone before the second stop is sent."""


@contextmanager
def playing() -> Iterator[subprocess.Popen[str]]:
    """A demo that has begun; whatever it leaves goes at the end."""
    clear(NAME)
    try:
        with subprocess.Popen(
            [SAMEPATH, "demo", "--name", NAME],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        ) as process:
            try:
                yield process
            finally:
                process.kill()
    finally:
        clear(NAME)


def reach(process: subprocess.Popen[str], moment: str) -> None:
    """Wait for a file of the lab, or for a line that the demo prints."""
    if moment in {"lock", "supervisor.sock", "log/agent.log"}:
        until(lambda: (HOME / moment).exists() or process.poll() is not None)
        return
    assert process.stdout is not None
    assert any(line.startswith(moment) for line in process.stdout)


def ended(process: subprocess.Popen[str]) -> tuple[int, str]:
    """Its exit status and what it has complained of."""
    _, complaints = process.communicate(timeout=LIMIT)
    return process.returncode, complaints


@pytest.mark.parametrize(
    ("moment", "number"),
    [
        ("lock", signal.SIGINT),
        ("supervisor.sock", signal.SIGTERM),
        ("log/agent.log", signal.SIGINT),
        ("Both tunnels", signal.SIGTERM),
        ("normal", signal.SIGINT),
        ("failover", signal.SIGTERM),
        ("failback", signal.SIGINT),
        ("asymmetric", signal.SIGTERM),
        ("repaired", signal.SIGINT),
        ("normal", signal.SIGHUP),
    ],
)
def test_a_stop_in_any_part_of_the_story_leaves_nothing(
    moment: str, number: signal.Signals
) -> None:
    before = snapshot()
    with playing() as process:
        reach(process, moment)
        process.send_signal(number)

        assert ended(process) == (130, "")
        assert snapshot() == before


def interrupt(process: subprocess.Popen[str]) -> None:
    """What Ctrl-C does: the terminal sends the signal to all that run there."""
    os.killpg(process.pid, signal.SIGINT)


def taking_down(process: subprocess.Popen[str]) -> None:
    """Stop a demo, and wait until it has begun to take its lab down."""
    reach(process, "normal")
    interrupt(process)
    until(lambda: not (HOME / "supervisor.sock").exists())


def test_a_second_stop_does_not_keep_it_from_taking_all_down() -> None:
    before = snapshot()
    complaints = ""
    for _ in range(TRIES):
        with playing() as process:
            taking_down(process)
            interrupt(process)

            status, complaints = ended(process)

            assert (status, snapshot()) == (130, before)
        if complaints:
            break
    assert complaints == f"samepath: taking the lab {NAME} down first; another stop leaves it\n"


def test_whoever_insists_is_told_what_is_left_and_the_command_removes_it() -> None:
    before = snapshot()
    with playing() as process:
        taking_down(process)
        process.send_signal(signal.SIGINT)
        process.send_signal(signal.SIGTERM)

        status, complaints = ended(process)
        command = complaints.rpartition("Take it away: ")[2].split()
        assert (status, command) == (130, ["samepath", "lab", "down", NAME]), complaints
        assert HOME.is_dir()
        down = samepath(*command[1:])

        assert (down.returncode, down.stderr) == (0, ""), said(down)
        assert snapshot() == before


def test_a_terminal_that_closes_leaves_nothing() -> None:
    before = snapshot()
    clear(NAME)
    terminal, inside = os.openpty()
    # It becomes the leader of the terminal's session, as a shell is.
    words = ["setsid", "--ctty", SAMEPATH, "demo", "--name", NAME]
    with subprocess.Popen(words, stdin=inside, stdout=inside, stderr=inside) as process:
        try:
            os.close(inside)
            seen = b""
            while b"normal" not in seen:
                seen += os.read(terminal, 4096)
            os.close(terminal)

            # It hears of it by the signal, or first by what it cannot write any more.
            assert process.wait(LIMIT) in {ExitCode.INTERRUPTED, ExitCode.WORLD}
            assert snapshot() == before
        finally:
            process.kill()
            clear(NAME)
