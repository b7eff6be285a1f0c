"""What the probe reports, against a count by brute force."""

from __future__ import annotations

import re
from array import array

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samepath.lab.probe.report import LATE_AFTER, bins, direction
from samepath.lab.probe.wire import NOT_SENT, Notes

STARTED, INTERVAL, LATE = 1_000, 2_000_000, int(LATE_AFTER * 1e9)
Fate = tuple[int, ...] | None
"""Delays of a number's arrivals; None if it was not sent."""
ARRIVED: Fate = (0,)
LOST: Fate = ()
UNSENT: Fate = None
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


@given(st.lists(st.sampled_from((ARRIVED, LOST, UNSENT)), max_size=60))
def test_a_gap_is_from_a_lost_number_to_the_last_lost_one_before_an_arrival(
    fates: list[Fate],
) -> None:
    """What was not sent neither begins a gap nor ends one, nor lengthens it at either side."""
    letters = "".join({ARRIVED: ".", LOST: "x", UNSENT: "-"}[fate] for fate in fates)
    gaps = [len(gap) for gap in re.findall(r"x(?:[x-]*x)?", letters)]

    found = direction(*notes(fates), 0, 1 << 62)

    assert found.longest_gap == pytest.approx(max(gaps, default=0) * INTERVAL / 1e9)


def test_one_lost_number_after_many_unsent_ones_is_a_gap_of_one() -> None:
    fates: list[Fate] = [*[ARRIVED] * 1500, *[UNSENT] * 25, LOST, *[ARRIVED] * 1500]

    found = direction(*notes(fates), 0, 1 << 62)

    assert found.valid
    assert (found.lost, found.longest_gap) == (1, INTERVAL / 1e9)


def test_a_number_that_left_late_is_told() -> None:
    sender, receiver = notes([(0,)] * 3)
    sender.sent[1] += 7_000_000
    assert direction(sender, receiver, 0, 1 << 62).behind == pytest.approx(0.007)


@given(FATES, st.integers(-3, 45), st.integers(0, 45), st.integers(1, 9))
def test_bins_count_what_the_whole_span_counts_each_in_its_own_part(
    fates: list[Fate], first: int, length: int, width: int
) -> None:
    sender, receiver = notes(fates)
    begin = STARTED + first * INTERVAL
    end = begin + length * INTERVAL

    found = bins(sender, receiver, begin, end, width * INTERVAL)

    whole = direction(sender, receiver, begin, end)
    assert len(found) == -(-length // width)
    assert sum(one.due for one in found) == whole.due
    assert sum(one.not_sent for one in found) == whole.not_sent
    assert sum(one.lost for one in found) == whole.lost
    for number, one in enumerate(found):
        start = begin + number * width * INTERVAL
        part = direction(sender, receiver, start, min(start + width * INTERVAL, end))
        assert (one.due, one.not_sent, one.lost) == (part.due, part.not_sent, part.lost)
