"""What is reported of a tunnel's ends, of daemons that say what a test lets them say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Self

import pytest
from tests.control.topologies import topology
from tests.drivers.kernels import FakeKernel

from samepath.control.situation import Side
from samepath.control.speakers import endpoint_session
from samepath.control.tunnel_state import EndReport, ends_of
from samepath.drivers.bird_output import BfdSession, ProtocolState
from samepath.node import speakers
from samepath.node.home import Home
from samepath.node.machine import Machine
from samepath.node.tunnel_reports import read_ends

MANUAL = topology({"seoul": "preemption: manual"})
(END,) = (end for end in ends_of(MANUAL) if (end.number, end.side) == (1, Side.GATEWAY.value))
NOON = datetime(2026, 11, 28, 12, tzinfo=UTC).timestamp()


class Told:
    """A BIRD with one session, established since a time of the wall clock that it prints."""

    def __init__(self, since: str) -> None:
        self._since = since

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def protocols(self) -> tuple[ProtocolState, ...]:
        return (
            ProtocolState(
                name=endpoint_session(),
                kind="BGP",
                table=None,
                state="up",
                since=self._since,
                info="Established",
                bgp_state="Established",
            ),
        )

    def bfd_sessions(self) -> tuple[BfdSession, ...]:
        return ()


@pytest.fixture
def look(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Look:
    return Look(monkeypatch, Machine(Home("test", tmp_path), "t-", FakeKernel()))


class Look:
    """Reads the end while BIRD prints ``since`` and the wall clock is ahead by so much."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, machine: Machine) -> None:
        self._monkeypatch = monkeypatch
        self._machine = machine

    def __call__(self, since: str, before: float, after: float) -> tuple[EndReport, ...]:
        ahead = iter((before, after))
        self._monkeypatch.setattr(speakers, "_wall_ahead", lambda: next(ahead))
        self._monkeypatch.setattr(speakers, "Bird", lambda *_, **__: Told(since))
        return read_ends(self._machine, MANUAL, (END,), {})


def test_a_session_is_the_same_when_the_wall_clock_has_been_set(look: Look) -> None:
    """BIRD moves what it has printed along with the clock."""
    (before,) = look("2026-11-28 12:00:07.250", NOON, NOON)
    (after,) = look("2026-11-28 15:00:07.250", NOON + 10_800, NOON + 10_800)

    assert before.established == after.established == 7.25


def test_nothing_is_reported_while_the_wall_clock_is_being_set(look: Look) -> None:
    """Which of the two times BIRD's answer is of is not known."""
    assert look("2026-11-28 12:00:07.250", NOON, NOON + 3600) == ()


def test_nothing_is_reported_of_a_time_that_is_not_understood(look: Look) -> None:
    assert look("12:00:07.250", NOON, NOON) == ()
