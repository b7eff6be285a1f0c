"""Whoever holds a lab's lock for long is named; and an agent that does so keeps no lab from going."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest
from tests.drivers.daemons.worlds import alive, until
from tests.packet.commands import LIMIT, SAMEPATH, said, samepath
from tests.packet.labs import FILE
from tests.packet.leftovers import snapshot
from tests.packet.own import clear, own

from samepath.drivers.processes import Running
from samepath.lab.lab import INTENT, machine_of
from samepath.linux.objects import Daemon, DaemonKind
from samepath.node.home import Home
from samepath.node.machine import Machine

CHANGES = """
import sys, time
from pathlib import Path
from samepath.node.home import Home
world = Path(sys.argv[1])
with Home(world.name, world.parent).locked():
    print("changing", flush=True)
    time.sleep(1000)
"""


@pytest.fixture
def name() -> Iterator[str]:
    """A lab of which there is only the wish; nothing is left of it afterwards."""
    name = own("stuck")
    before = snapshot()
    home = Home(name)
    home.create()
    (home.path / INTENT).write_text(FILE.read_text())
    yield name
    clear(name)
    assert before == snapshot()


def _changing_agent(machine: Machine) -> Running:
    """An agent in a change to which there is no end."""
    log = machine.home.path / "log" / "agent.log"
    running = machine.processes.start(
        Daemon(
            name="agent",
            kind=DaemonKind.AGENT,
            namespace="",
            argv=("{python}", "-c", CHANGES, "{world}"),
            restart_on="",
            again=True,
        )
    )
    until(lambda: "changing" in log.read_text())
    return running


@pytest.mark.parametrize("number", [signal.SIGSTOP, signal.SIGCONT], ids=["stopped", "hangs"])
def test_down_ends_an_agent_that_is_stuck_in_a_change_and_says_that_it_waits_for_it(
    name: str, number: signal.Signals
) -> None:
    with machine_of(name) as machine:
        agent = _changing_agent(machine)
        machine.processes.kill(agent, number)

    began = time.monotonic()
    done = samepath("lab", "down", name)

    assert done.returncode == 0, said(done)
    assert f"{name} is being changed by process {agent.pid} (" in said(done)
    assert ("which is stopped" in said(done)) is (number is signal.SIGSTOP)
    assert f"lab {name} is down" in said(done)
    assert not alive(agent)
    assert not Home(name).exists()
    assert time.monotonic() - began < 20.0


def _said_soon(*words: str) -> tuple[str, Callable[[], int]]:
    """The first line of complaint of a command that goes on, and how it ends."""
    process = subprocess.Popen(
        [SAMEPATH, *words], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    line = process.stderr.readline()

    def ends() -> int:
        with process:
            process.communicate(timeout=LIMIT)
        return process.returncode

    return line, ends


@pytest.mark.parametrize(
    "words",
    [
        ("lab", "down"),
        ("lab", "break", "seoul/tunnel1", "--lab"),
        ("lab", "up", str(FILE), "--name"),
    ],
    ids=lambda words: words[1],
)
def test_a_second_command_says_whom_it_waits_for_and_goes_on_after_it(
    name: str, words: tuple[str, ...]
) -> None:
    with Home(name).locked():
        began = time.monotonic()
        line, ends = _said_soon(*words, name)
        seconds = time.monotonic() - began
    status = ends()

    assert line.startswith(f"samepath: {name} is being changed by process "), line
    assert line.endswith("; waiting until it has ended\n")
    assert seconds < 10.0, "a second after it has started, which is slow on a busy machine"
    assert status == 0
