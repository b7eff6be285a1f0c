"""What is made of a speaker's answers: above all, when a session was established."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from pathlib import Path
from typing import Self

import pytest
from tests.control.topologies import topology
from tests.drivers.kernels import FakeKernel

from samepath.control.frr import BGPD, ZEBRA
from samepath.drivers.errors import DaemonUnreachable, NotUnderstood
from samepath.drivers.frr_output import Neighbour
from samepath.node import speakers
from samepath.node.home import Home
from samepath.node.machine import Machine
from samepath.node.speakers import FrrSpeaker, SpeakerSession, customer_speaker

GATEWAY = IPv4Address("169.254.10.1")
ESTABLISHED = Neighbour(
    address=GATEWAY, state="Established", uptime=40, accepted=1, bfd="Up", last_error="BFD down"
)


class Told:
    """A bgpd with one neighbour that has announced three routes."""

    neighbour = ESTABLISHED

    def __init__(self, *_: object, **__: object) -> None:
        return

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return

    def neighbours(self) -> tuple[Neighbour, ...]:
        return (self.neighbour,)

    def received(self, neighbour: IPv4Address) -> int:
        assert neighbour == GATEWAY
        return 3


class Clock:
    """A monotonic clock that shows what a test says."""

    def __init__(self, *times: float) -> None:
        self._times: Iterator[float] = iter(times)

    def monotonic(self) -> float:
        return next(self._times)


def session(
    monkeypatch: pytest.MonkeyPatch, neighbour: Neighbour, *times: float
) -> SpeakerSession | None:
    """What is told of the session, asked while the clock shows these times."""
    monkeypatch.setattr(speakers, "Frr", Told)
    monkeypatch.setattr(Told, "neighbour", neighbour)
    monkeypatch.setattr(speakers, "time", Clock(*times))
    return FrrSpeaker({BGPD: Path("/nowhere")}, 1.0).sessions().get(str(GATEWAY))


def test_a_session_of_an_frr_is_told_with_its_beginning_and_what_was_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert session(monkeypatch, ESTABLISHED, 100.2, 100.3) == SpeakerSession(
        state="Established", since=60.0, routes=1, refused=2, bfd="Up", last_error="BFD down"
    )


def test_whenever_an_frr_is_asked_the_beginning_is_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It counts whole seconds: one that begins while it is asked may be in its answer, or not."""
    looks = [
        (ESTABLISHED, (100.01, 100.02)),
        (ESTABLISHED, (100.98, 100.99)),
        (replace(ESTABLISHED, uptime=41), (100.99, 101.01, 101.01, 101.02)),
    ]
    found = [session(monkeypatch, neighbour, *times) for neighbour, times in looks]

    assert [one and one.since for one in found] == [60.0] * 3


def test_a_session_that_is_down_has_neither_a_beginning_nor_routes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    down = replace(ESTABLISHED, state="Active", uptime=None, bfd="Down")

    assert session(monkeypatch, down, 100.2, 100.3) == SpeakerSession(
        state="Active", since=None, routes=0, refused=0, bfd="Down", last_error="BFD down"
    )


def test_nothing_is_told_of_one_that_takes_more_than_a_second_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(NotUnderstood, match="more than a second"):
        session(monkeypatch, ESTABLISHED, *range(100))


@pytest.mark.parametrize(
    ("platform", "words"),
    [("", r"no BIRD answers at .*bird-cgw-dc\.ctl"), ("platform: frr", r"no FRR answers at .*vty")],
)
def test_a_customers_speaker_is_of_its_platform(tmp_path: Path, platform: str, words: str) -> None:
    machine = Machine(Home("test", tmp_path), "t-", FakeKernel())
    speaker = customer_speaker(machine, topology({"seoul": "mode: pinned"}, dc=platform), "dc")

    for ask in (speaker.require_answer, speaker.sessions):
        with pytest.raises(DaemonUnreachable, match=words):
            ask()


def test_every_daemon_of_an_frr_has_to_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Path] = []

    class Answers(Told):
        def __init__(self, path: Path, **_: object) -> None:
            asked.append(path)

        def version(self) -> str:
            return "FRRouting"

    monkeypatch.setattr(speakers, "Frr", Answers)
    FrrSpeaker({ZEBRA: Path("/zebra"), BGPD: Path("/bgpd")}, 1.0).require_answer()

    assert asked == [Path("/zebra"), Path("/bgpd")]
