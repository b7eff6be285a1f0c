"""What differs while a session goes down by itself is measured again, and nothing else is."""

from __future__ import annotations

from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from samepath.lab.drill.drill import TRIES, Drill
from samepath.lab.events import Event, Kind, ends_a_session
from samepath.routing.states import ALL_UP

DOWN = ("cgw:dc/router: p_seoul_1: BGP session closed",)


def row(*, differs: bool, disturbed: bool) -> SimpleNamespace:
    measured = SimpleNamespace(disturbed=DOWN if disturbed else ())
    return SimpleNamespace(differences=("it differs",) if differs else (), measured=measured)


WELL = row(differs=False, disturbed=False)
WELL_ALTHOUGH = row(differs=False, disturbed=True)
DIFFERS = row(differs=True, disturbed=False)
SPOILT = row(differs=True, disturbed=True)


@pytest.mark.parametrize(
    ("found", "taken"),
    [
        ([WELL], 1),
        ([WELL_ALTHOUGH], 1),
        ([DIFFERS, WELL], 1),
        ([SPOILT, WELL], 2),
        ([SPOILT, DIFFERS, WELL], 2),
        ([SPOILT] * (TRIES + 1), TRIES),
    ],
)
def test_a_state_is_measured_until_it_is_as_predicted_or_undisturbed(
    found: list[SimpleNamespace], taken: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = iter(found)
    tried: list[int] = []

    def measured(_self: Drill, _state: object, again: int) -> tuple[SimpleNamespace, ...]:
        tried.append(again)
        return (WELL, next(rows))

    monkeypatch.setattr(Drill, "_measured", measured)
    monkeypatch.setattr(Drill, "_go_before", lambda *_: None)
    drill = object.__new__(Drill)
    monkeypatch.setattr(
        drill, "_lab", SimpleNamespace(seat_usual_masters=lambda: None), raising=False
    )

    (last,) = drill.run([ALL_UP], lambda _: None)

    assert tried == list(range(taken))
    assert [id(one) for one in last] == [id(WELL), id(found[taken - 1])]


@pytest.mark.parametrize(
    ("kind", "text", "ends"),
    [
        (Kind.BFD, "bfd1: Session to 169.254.10.1 changed state from Up to Down", True),
        (Kind.BFD, "bfd1: Session to 169.254.10.1 changed state from Down to Init", False),
        (Kind.BGP, "p_seoul_1: BGP session closed", True),
        (Kind.BGP, "p_seoul_1: BGP session established", False),
        (Kind.BGP, "p_seoul_1: State changed to down", False),
        (Kind.BGP, "%ADJCHANGE: neighbor 169.254.10.1 in vrf default Down BFD down received", True),
        (Kind.BGP, "%ADJCHANGE: neighbor 169.254.10.1 in vrf default Up", False),
        (Kind.IKE, "deleting IKE_SA seoul-1[1] between ...", False),
    ],
)
def test_only_the_end_of_a_session_that_was_up_disturbs(kind: Kind, text: str, ends: bool) -> None:
    event = Event(time=datetime.now(UTC), element="cgw:dc/router", kind=kind, text=text)
    assert ends_a_session(event) is ends
