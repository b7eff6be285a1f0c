"""What a world's machine makes of the processes that it finds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from samepath.control.parts import bird, charon
from samepath.control.plan import Change, describe, plan
from samepath.drivers.processes import Running
from samepath.linux.objects import Daemon
from samepath.node.machine import observed_daemons

(CHARON,) = (item for item in charon("charon-a", "ns", "one") if isinstance(item, Daemon))
(BIRD,) = (item for item in bird("bird-a", "ns", "one") if isinstance(item, Daemon))


def process(daemon: Daemon) -> Running:
    return Running(
        name=daemon.name,
        pid=1,
        start=1,
        digest=daemon.restart_on,
        namespace=daemon.namespace,
        zombie=False,
    )


def steps(running: Running, wanted: Daemon, *without_device: str) -> list[str]:
    found = plan([wanted], observed_daemons([wanted], [running], without_device))
    assert all(isinstance(step, Change) for step in found)
    return [describe(step) for step in found]


@pytest.mark.parametrize("wanted", [CHARON, BIRD])
def test_a_daemon_that_runs_as_it_is_wanted_is_left_alone(wanted: Daemon) -> None:
    assert steps(process(wanted), wanted, "charon-other") == []


@pytest.mark.parametrize("wanted", [CHARON, BIRD])
def test_a_daemon_whose_namespace_has_gone_or_is_another_is_started_anew(wanted: Daemon) -> None:
    for namespace in (None, "other"):
        running = replace(process(wanted), namespace=namespace)
        assert steps(running, wanted) == [f"change daemon {wanted.name}"]


def test_a_daemon_whose_device_has_gone_is_started_anew() -> None:
    assert steps(process(CHARON), CHARON, "charon-a") == ["change daemon charon-a"]


def test_a_charon_whose_configuration_is_another_is_started_anew_and_a_bird_is_told() -> None:
    (other,) = (item for item in charon("charon-a", "ns", "two") if isinstance(item, Daemon))
    (told,) = (item for item in bird("bird-a", "ns", "two") if isinstance(item, Daemon))

    assert steps(process(other), CHARON) == ["change daemon charon-a"]
    assert steps(process(told), BIRD) == []


def test_the_way_a_daemon_is_called_is_a_part_of_what_it_is_started_anew_for() -> None:
    (elsewhere,) = (item for item in bird("bird-b", "ns", "one") if isinstance(item, Daemon))

    assert elsewhere.argv != BIRD.argv
    assert elsewhere.restart_on != BIRD.restart_on
