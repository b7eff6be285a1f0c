"""What the probe reports, against a count by brute force."""

from __future__ import annotations

from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samepath.lab.probe.report import LATE_AFTER, direction
from samepath.lab.probe.wire import NOT_SENT, Notes

STARTED, INTERVAL, LATE = 1_000, 2_000_000, int(LATE_AFTER * 1e9)
Fate = tuple[int, ...] | None
"""Delays of a number's arrivals; None if it was not sent."""
FATES = st.lists(st.none() | st.lists(st.integers(0, 2 * LATE), max_size=3).map(tuple), max_size=40)


def notes(fates: list[Fate]) -> tuple[Notes, Notes]:
    due = [STARTED + number * INTERVAL for number in range(len(fates))]
    came = sorted((due[n] + delay, n) for n, fate in enumerate(fates) for delay in fate or ())
    sent = [NOT_SENT if fate is None else when for when, fate in zip(due, fates, strict=True)]
    none = array("q")
    arrivals, numbers = array("q", [w for w, _ in came]), array("q", [n for _, n in came])
    return (
        Notes(STARTED, INTERVAL, array("q", sent), none, none, 0),
        Notes(STARTED, INTERVAL, none, numbers, arrivals, 0),
    )


@given(FATES)
def test_every_number_is_counted_as_what_became_of_it(fates: list[Fate]) -> None:
    sender, receiver = notes(fates)
    found = direction(sender, receiver, 0, 1 << 62)
    order = list(receiver.numbers)
    first = {number: order.index(number) for number in order}
    assert found.not_sent == fates.count(None)
    assert found.lost == fates.count(())
    assert found.received == sum(bool(fate) for fate in fates)
    assert found.late == sum(min(fate) > LATE for fate in fates if fate)
    assert found.duplicated == sum(len(fate) - 1 for fate in fates if fate)
    assert found.reordered == sum(
        any(other > number and first[other] < at for other in first) for number, at in first.items()
    )


@given(st.lists(st.booleans(), max_size=60))
def test_the_longest_gap_is_the_longest_run_of_lost_numbers(arrived: list[bool]) -> None:
    found = direction(*notes([(0,) if one else () for one in arrived]), 0, 1 << 62)
    runs = "".join(".x"[not one] for one in arrived).split(".")
    assert found.longest_gap == pytest.approx(max(map(len, runs)) * INTERVAL / 1e9)


def test_a_number_that_left_late_is_told() -> None:
    sender, receiver = notes([(0,)] * 3)
    sender.sent[1] += 7_000_000
    assert direction(sender, receiver, 0, 1 << 62).behind == pytest.approx(0.007)
