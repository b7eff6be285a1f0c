"""The probe's verdict: no single packet decides, and three in a row always do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samepath.control.inside_probe import IN_A_ROW, InsideProbe

rows = st.lists(st.booleans(), max_size=30)


def verdicts(outcomes: list[bool] | str) -> list[bool | None]:
    """The verdict after each outcome; in a string, ``+`` is an answer and ``-`` is none."""
    state, found = InsideProbe(), list[bool | None]()
    for outcome in outcomes:
        state = state.after(answered=outcome in {"+", True})
        found.append(state.answers)
    return found


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ("", None),
        ("+", True),
        ("-", None),
        ("--", None),
        ("---", False),
        ("--+", True),
        ("+--", True),
        ("+---", False),
        ("+--+--", True),
        ("---++", False),
        ("---+++", True),
        ("---++-+", False),
    ],
)
def test_the_verdict_after_a_row_of_probes(outcomes: str, expected: bool | None) -> None:
    assert [None, *verdicts(outcomes)][-1] is expected


@given(outcomes=rows)
def test_a_verdict_changes_only_to_what_the_last_probe_said(outcomes: list[bool]) -> None:
    before: bool | None = None
    for outcome, after in zip(outcomes, verdicts(outcomes), strict=True):
        assert after in {before, outcome}
        before = after


@given(outcomes=rows, last=st.booleans())
def test_enough_alike_in_a_row_are_the_verdict_whatever_was_before(
    outcomes: list[bool], last: bool
) -> None:
    assert verdicts([*outcomes, *[last] * IN_A_ROW])[-1] is last


@given(settled=st.booleans(), against=st.lists(st.integers(1, IN_A_ROW - 1), max_size=10))
def test_fewer_than_that_never_turn_a_verdict(settled: bool, against: list[int]) -> None:
    """Lost probes that come one or two at a time take no tunnel out of service, nor bring one."""
    bursts = [outcome for length in against for outcome in (*[not settled] * length, settled)]

    found = verdicts([*[settled] * IN_A_ROW, *bursts])[IN_A_ROW:]

    assert all(verdict is settled for verdict in found)


@given(outcomes=rows)
def test_the_state_stays_small(outcomes: list[bool]) -> None:
    """An agent keeps one for years."""
    state = InsideProbe()
    for outcome in outcomes:
        state = state.after(answered=outcome)
        assert 0 <= state.against < IN_A_ROW
