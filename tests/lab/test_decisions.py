"""What a lab decides and stores, where making the world so is left out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from tests.control.topologies import topology
from tests.drivers.kernels import FakeKernel

from samepath.control.following import Heard
from samepath.control.plan import Step
from samepath.control.tunnel_state import EndReport, ends_of
from samepath.lab.lab import INTENT, Lab
from samepath.node.decisions import Decisions

BOTH = frozenset({1, 2})


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A lab that is there as far as its files say."""

    def nothing_to_make(_lab: Lab, _progress: Callable[..., None]) -> tuple[Step, ...]:
        return ()

    monkeypatch.setattr(Lab, "_converge", nothing_to_make)
    lab = Lab("test", topology({"seoul": "", "osaka": ""}), FakeKernel(), tmp_path)
    lab.home.create()
    (lab.home.path / INTENT).touch()
    return lab


def heard(best: int, tunnels: frozenset[int] = BOTH) -> Heard:
    return Heard(connection="seoul", tunnels=tunnels, best=best)


def test_what_a_customer_was_heard_to_choose_is_stored_and_compiled(lab: Lab) -> None:
    lab.follow([heard(2)], lab.decisions.read())

    assert lab.decisions.read() == Decisions(followed={"seoul": 2})
    assert lab.situation().followed == {"seoul": 2}


def test_nothing_is_followed_that_was_heard_before_another_decision(lab: Lab) -> None:
    earlier = lab.decisions.read()
    lab.prefer("seoul", 2)
    there = lab.decisions.read()

    lab.follow([heard(2)], earlier)

    assert lab.decisions.read() == there


def test_a_preferred_tunnel_is_for_both_ends_of_its_connection_and_of_no_other(lab: Lab) -> None:
    lab.decisions.write(Decisions(followed={"seoul": 2, "osaka": 2}))

    assert lab.prefer("seoul", 2)
    assert lab.decisions.read() == Decisions(active={"seoul": 2}, followed={"osaka": 2})


def test_other_decisions_leave_what_is_followed(lab: Lab) -> None:
    before = Decisions(followed={"seoul": 2})
    lab.decisions.write(before)

    lab.decide(lambda: ())

    assert lab.decisions.read() == before


def test_a_tunnel_that_is_preferred_just_after_it_returned_is_not_taken_for_one_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody may have looked between its return and the preference."""
    monkeypatch.setattr(Lab, "_converge", lambda *_: ())
    lab = Lab("test", topology({"seoul": "preemption: manual"}), FakeKernel(), tmp_path)
    lab.home.create()
    (lab.home.path / INTENT).touch()
    ends = ends_of(lab.topology)
    proven = frozenset({("seoul", 1), ("seoul", 2)})
    lab.decisions.write(
        Decisions(active={"seoul": 2}, proven=proven, sessions=dict.fromkeys(ends, 3600.0))
    )

    assert lab.prefer("seoul", 1)
    returned = tuple(
        EndReport(
            end=end,
            child_age=9.0,
            established=3600.0 if end.number == 2 else 4020.0,
            inside_answers=None,
        )
        for end in ends
    )
    lab.decide(lambda: returned)

    assert lab.decisions.read().active == {"seoul": 1}
