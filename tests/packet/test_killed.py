"""``up`` and ``down`` are killed with SIGKILL after every single step; the next one makes it good.

Each test has a lab of its own, so several processes share them (see ``tests/conftest.py``).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.drivers.daemons.worlds import until
from tests.packet.commands import said, samepath
from tests.packet.crash import POINTS
from tests.packet.labs import FILE
from tests.packet.leftovers import snapshot
from tests.packet.own import clear, own

from samepath.control.plan import Step, plan
from samepath.lab.lab import INTENT, Lab, NoSuchLab, running_labs
from samepath.lab.settling import wait_usable
from samepath.lab.status import StatusReader
from samepath.linux.objects import BirdConfig, Daemon, MovingAddress
from samepath.model.document import parse
from samepath.node.home import Home

KILLED, ENDED = -9, 0
CRASH = (sys.executable, str(Path(__file__).with_name("crash.py")))
NOWHERE = Path("/nonexistent")
VRRP = Path(__file__).parents[2] / "examples" / "two-customer-gateways-vrrp.yaml"


def _steps_of_up(file: Path = FILE) -> tuple[Step, ...]:
    """The steps from nothing to the whole lab."""
    lab = Lab("count", parse(file.read_text()).topology, root=NOWHERE)
    return plan(lab.desired((), 0.0), ())


KINDS = [type(step.object) for step in _steps_of_up()]
STEPS = len(KINDS)
ALL = str(STEPS + 1)
DAEMONS = KINDS.index(Daemon)
"""How many steps there are before the first daemon's."""

Crash = Callable[..., int]


@pytest.fixture(scope="module")
def crash() -> Iterator[Crash]:
    """The exit status of what ``crash.py`` does by some words."""
    with subprocess.Popen(
        CRASH, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        asks, answers = server.stdin, server.stdout
        assert asks is not None
        assert answers is not None

        def ask(*words: str) -> int:
            print(json.dumps(words), file=asks, flush=True)
            return int(answers.readline())

        yield ask
        asks.close()


@contextmanager
def taken_down() -> Iterator[str]:
    """The name of a lab, for what is done within; a ``down`` then leaves nothing of it."""
    name = own("killed")
    before = snapshot()
    try:
        yield name
    finally:
        clear(name)
    assert before == snapshot()
    with pytest.raises(NoSuchLab):
        Lab.running(name)


@pytest.mark.parametrize("steps", range(STEPS + 1))
def test_down_leaves_nothing_of_an_up_that_was_killed_after_so_many_steps(
    crash: Crash, steps: int
) -> None:
    with taken_down() as name:
        assert crash("up", str(FILE), name, str(steps)) == KILLED


# After each step it goes on below; these come to the end at once, by one process.
@pytest.mark.parametrize("steps", [*range(0, DAEMONS, 4), *range(DAEMONS, STEPS + 1)])
def test_the_next_up_takes_all_the_other_steps_of_one_that_was_killed_after_so_many(
    crash: Crash, steps: int
) -> None:
    with taken_down() as name:
        assert crash("up", str(FILE), name, str(steps)) == KILLED

        assert crash("up", str(FILE), name, ALL) == ENDED
        assert crash("up", str(FILE), name, "1") == ENDED, "there was a step left to take"


def _of_vrrp(step: Step) -> bool:
    key = "/".join(step.object.key)
    return isinstance(step.object, MovingAddress) or "keepalived-" in key or "tracker-" in key


VRRP_STEPS = _steps_of_up(VRRP)
AROUND_VRRP = sorted(
    {at for number, step in enumerate(VRRP_STEPS) if _of_vrrp(step) for at in (number, number + 1)}
)
"""Numbers of steps after which an ``up`` is about to take one of VRRP's, or has just taken it."""


@pytest.mark.parametrize("steps", AROUND_VRRP)
def test_an_up_that_was_killed_around_a_step_of_vrrp_is_gone_on_with_to_one_master(
    crash: Crash, steps: int
) -> None:
    with taken_down() as name:
        assert crash("up", str(VRRP), name, str(steps)) == KILLED

        assert crash("up", str(VRRP), name, str(len(VRRP_STEPS) + 1)) == ENDED
        with Lab.running(name) as lab:
            reader = StatusReader(lab)
            assert wait_usable(reader, 30.0).ready
            until(lambda: [one.holders for one in reader.read().masters] == [("fw1",)])
        assert crash("up", str(VRRP), name, "1") == ENDED, "there was a step left to take"


HALF_BUILT = (1, DAEMONS // 2, DAEMONS, *range(DAEMONS + 1, STEPS, 6), STEPS - 1)
"""Some numbers of steps after which there is no agent yet."""


@pytest.mark.parametrize("steps", HALF_BUILT)
def test_a_lab_whose_up_was_killed_says_that_it_is_half_built_and_what_can_be_told(
    crash: Crash, steps: int
) -> None:
    with taken_down() as name:
        assert crash("up", str(FILE), name, str(steps)) == KILLED
        done = [
            samepath("lab", *words, "--lab", name)
            for words in (
                ("ping", "app", "desk", "-c", "1"),
                ("ping", "app", "desk", "-c", "1", "--json"),
                ("exec", "app", "true"),
                ("capture", "seoul/tunnel1", "--outside", "--seconds", "1"),
                ("capture", "seoul/tunnel1", "--inside", "--seconds", "1"),
            )
        ]
        why = samepath("lab", "why", "--lab", name)
        home = Home(name).path

    again = f"go on: samepath lab up {home / INTENT} --name {name}, or"
    sentence = f"samepath: the lab {name} is half built: "
    for one in (*done, why):
        assert one.stderr.startswith(sentence), said(one)
        assert again in one.stderr
        assert one.stderr.count("\n") == 1
    assert {one.returncode for one in done} == {3}
    assert (why.returncode, "seoul/tunnel2: " in why.stdout) == (1, True), said(why)


def test_when_each_up_takes_one_step_and_is_killed_the_tunnels_come_up_all_the_same(
    crash: Crash,
) -> None:
    crashes = 0
    with taken_down() as name:
        while crash("up", str(FILE), name, "1") == KILLED:
            crashes += 1
            assert crashes <= 2 * STEPS
        with Lab.running(name) as lab:
            status = wait_usable(StatusReader(lab), 30.0)

    assert status.ready
    # A BIRD reads its configuration as it starts, so the next up has nothing to tell it.
    assert crashes == STEPS - KINDS.count(BirdConfig)


def test_a_down_that_is_killed_after_each_step_and_in_between_is_gone_on_with(
    crash: Crash,
) -> None:
    begin, ended, directory, removing = POINTS
    crashes = 0
    with taken_down() as name:
        assert crash("up", str(FILE), name, ALL) == ENDED
        assert crash("down", name, begin) == KILLED
        with Lab.running(name) as lab:
            assert lab.machine.processes.observe(), "what it had not come to lives on"
        assert crash("down", name, ended) == KILLED
        while crash("down", name, "1") == KILLED:
            crashes += 1
            assert name in running_labs(), "it is a lab until its directory has gone"
        # The last one had one step to do and came to its end, so there is a lab for the end anew.
        assert crash("up", str(FILE), name, "7") == KILLED
        assert crash("down", name, directory) == KILLED
        assert crash("down", name, removing) == KILLED

    assert crashes > 10
