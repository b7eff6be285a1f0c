"""A lab on this machine: real charon, real BIRD, real packets."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
from tests.packet.crash import POINTS
from tests.packet.leftovers import snapshot
from tests.packet.own import clear, own

from samepath.control.names import Names
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab, NoSuchLab, running_labs
from samepath.lab.settling import wait_usable
from samepath.lab.status import StatusReader
from samepath.model.document import parse

NAME = own("lab")
FILE = Path(__file__).parent / "two-tunnels.yaml"


KILLED = -9
CRASH = (sys.executable, str(Path(__file__).with_name("crash.py")))


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


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """A lab that is up, taken down after the module; what it left is compared."""
    clear(NAME)
    before = snapshot()
    text = FILE.read_text()
    with Lab(NAME, parse(text).topology) as lab:
        lab.up(text)
        status = wait_usable(StatusReader(lab), 30.0)
        assert status.ready, status
        yield lab
    clear(NAME)
    assert before == snapshot()


def host(lab: Lab, name: str, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command on a host of the lab."""
    return subprocess.run(
        ["ip", "netns", "exec", lab.names.host(name), *command],
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_host_of_the_vpc_reaches_a_host_of_the_site(lab: Lab) -> None:
    answer = host(lab, "app", "ping", "-n", "-c", "5", "-i", "0.05", "192.168.10.10")

    assert "5 packets transmitted, 5 received" in answer.stdout


def test_both_directions_take_the_active_tunnel(lab: Lab) -> None:
    reader = StatusReader(lab)
    reader.read()
    host(lab, "app", "ping", "-n", "-c", "5", "-i", "0.05", "192.168.10.10")

    status = reader.read()

    assert [direction.routed for direction in status.directions] == [("seoul", 1), ("seoul", 1)]
    assert [direction.used for direction in status.directions] == [(("seoul", 1),)] * 2


def test_a_second_up_has_nothing_to_do(lab: Lab) -> None:
    assert lab.up(FILE.read_text()) == ()


@pytest.mark.parametrize(
    "lose",
    [
        lambda names: ("-n", names.endpoint_inside("seoul", 1), "link", "delete", "seoul-t1"),
        lambda names: ("netns", "delete", names.endpoint_inside("seoul", 1)),
        lambda names: ("netns", "delete", names.endpoint_outside("seoul", 1)),
        lambda names: ("netns", "delete", names.gateway("vgw")),
    ],
    ids=["device", "inside", "outside", "gateway"],
)
def test_what_somebody_takes_away_comes_back(
    lab: Lab, lose: Callable[[Names], Sequence[str]]
) -> None:
    subprocess.run(["ip", *lose(lab.names)], check=True)

    lab.up(FILE.read_text())
    status = wait_usable(StatusReader(lab), 60.0)
    assert status.ready, status
    assert lab.up(FILE.read_text()) == ()


def test_a_cut_tunnel_is_left_by_both_directions_and_returned_to(lab: Lab) -> None:
    reader = StatusReader(lab)
    lab.break_element("seoul/tunnel1", Fault.CUT, None)

    def routed() -> set[tuple[str, int] | None]:
        return {direction.routed for direction in reader.read().directions}

    _until(lambda: routed() == {("seoul", 2)})
    answer = host(lab, "app", "ping", "-n", "-c", "3", "-i", "0.05", "192.168.10.10")
    assert "3 received" in answer.stdout

    lab.heal(None)
    _until(lambda: routed() == {("seoul", 1)})


def _until(true: object, within: float = 60.0) -> None:
    deadline = time.monotonic() + within
    while not true():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.1)  # noqa: TID251 - status has no events to wait for


def test_killed_after_each_step_the_next_up_goes_on(crash: Crash) -> None:
    """Each step is the last one of some process; the lab comes up all the same."""
    name = own("crash")
    clear(name)
    before = snapshot()
    crashes = 0
    while crash("up", str(FILE), name, "1") == KILLED:
        crashes += 1
        assert crashes < 400
    with Lab.running(name) as lab:
        status = wait_usable(StatusReader(lab), 30.0)
    clear(name)

    assert status.ready
    assert crashes > 80
    assert before == snapshot()


@pytest.mark.parametrize("steps", range(0, 100, 5))
def test_down_leaves_nothing_of_a_half_built_lab(crash: Crash, steps: int) -> None:
    name = own("half")
    clear(name)
    before = snapshot()
    died = crash("up", str(FILE), name, str(steps))

    clear(name)
    clear(name)

    assert died == KILLED
    assert before == snapshot()
    with pytest.raises(NoSuchLab):
        Lab.running(name)


def test_a_down_that_is_killed_after_each_step_and_in_between_is_gone_on_with(
    crash: Crash,
) -> None:
    name = own("half")
    clear(name)
    before = snapshot()
    assert crash("up", str(FILE), name, "1000") == 0

    begin, ended, directory, removing = POINTS
    assert crash("down", name, begin) == KILLED
    with Lab.running(name) as lab:
        assert lab.machine.processes.observe(), "what it had not come to lives on"
    assert crash("down", name, ended) == KILLED
    crashes = 0
    while crash("down", name, "1") == KILLED:
        crashes += 1
        assert name in running_labs(), "it is a lab until its directory has gone"
    # The last one had one step to do and came to its end, so there is a lab for the end anew.
    assert (crash("up", str(FILE), name, "7"), crash("down", name, directory)) == (KILLED, KILLED)
    assert crash("down", name, removing) == KILLED
    clear(name)

    assert crashes > 10
    assert before == snapshot()
