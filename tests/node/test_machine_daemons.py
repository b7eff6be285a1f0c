"""What a world's machine makes of the processes that it finds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Self

import pytest
from tests.drivers.kernels import FakeKernel

from samepath.control.parts import bird, charon
from samepath.control.plan import Change, describe, plan
from samepath.drivers.processes import Running
from samepath.linux.objects import Daemon, DaemonKind, IkeConfig
from samepath.node.home import Home
from samepath.node.machine import Machine, observed_daemons, outlived
from samepath.node.reconcile import reconcile

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


def test_a_daemon_is_started_anew_with_the_one_that_it_needs_from_its_start_on() -> None:
    zebra = Daemon(name="zebra", kind=DaemonKind.ZEBRA, namespace="ns", argv=("zebra",))
    bgpd = Daemon(name="bgpd", kind=DaemonKind.FRR, namespace="ns", argv=("bgpd",), after="zebra")
    older, younger = (replace(process(each), start=5) for each in (zebra, bgpd))

    def lost(*running: Running) -> set[str]:
        return outlived([zebra, bgpd, BIRD], {each.name: each for each in running})

    assert lost(older, younger) == lost(older) == set()
    assert lost(younger) == {"bgpd"}
    assert lost(replace(older, start=6), younger) == {"bgpd"}


def test_a_charon_whose_configuration_is_another_is_started_anew_and_a_bird_is_told() -> None:
    (other,) = (item for item in charon("charon-a", "ns", "two") if isinstance(item, Daemon))
    (told,) = (item for item in bird("bird-a", "ns", "two") if isinstance(item, Daemon))

    assert steps(process(other), CHARON) == ["change daemon charon-a"]
    assert steps(process(told), BIRD) == []


def test_the_way_a_daemon_is_called_is_a_part_of_what_it_is_started_anew_for() -> None:
    (elsewhere,) = (item for item in bird("bird-b", "ns", "one") if isinstance(item, Daemon))

    assert elsewhere.argv != BIRD.argv
    assert elsewhere.restart_on != BIRD.restart_on


class Loaded:
    """A charon's control socket: what is loaded, and whose SAs were ended."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.ended: list[str] = []

    def load(self, name: str, section: object, **_: object) -> None:
        assert section == {}
        self.names.append(name)

    def unload(self, name: str) -> None:
        self.names.remove(name)

    def terminate(self, *, ike: str) -> None:
        assert ike not in self.names, "it would be called again"
        self.ended.append(ike)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return


def test_a_connection_that_nobody_wants_any_more_is_unloaded_and_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(Home("x", tmp_path), "sp-x--", FakeKernel())
    machine.home.create()
    daemon = replace(CHARON, namespace="")
    charons = Loaded()
    monkeypatch.setattr(machine.processes, "observe", lambda: frozenset({process(daemon)}))
    monkeypatch.setattr(machine, "_charon", lambda _: charons)
    one, other = (
        IkeConfig(
            daemon=daemon.name, name=name, section="{}", secret=f"generated:{name}", identities=()
        )
        for name in ("one", "other")
    )
    reconcile(machine, frozenset({daemon, one, other}))
    assert (charons.names, charons.ended) == (["one", "other"], [])

    steps = reconcile(machine, frozenset({daemon, one}))
    assert [describe(step) for step in steps] == ["delete ike charon-a/other"]
    assert (charons.names, charons.ended) == (["one"], ["other"])
    assert reconcile(machine, frozenset({daemon, one})) == ()
