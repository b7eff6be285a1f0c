"""Packets and events come onto one axis, whatever their clocks say."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.lab.drill.courses import BEGUN, CLOCKS, LEAD, event, run

from samepath.lab.drill.course import MOST_BINS, WIDTHS, Clocks, course_of
from samepath.lab.events import Kind

BROKEN = event(0.004, Kind.FAULT, "broken: seoul/tunnel1 (cut)")
NOTICED = event(0.152, Kind.BFD, "bfd1: Session changed")


def test_an_event_stands_at_its_time_after_the_state_began() -> None:
    course = course_of(run(1.0), CLOCKS, CLOCKS, [NOTICED, BROKEN])

    assert course.begun == BEGUN
    assert (course.done, course.until) == (0.1, 1.0)
    assert [moment.event for moment in course.moments] == [BROKEN, NOTICED]
    assert [moment.after for moment in course.moments] == pytest.approx([0.004, 0.152])


def test_what_happened_before_the_packets_or_after_the_end_is_no_part_of_it() -> None:
    others = [event(-0.501, Kind.IKE, "too early"), event(1.001, Kind.IKE, "too late")]
    course = course_of(run(1.0), CLOCKS, CLOCKS, [*others, NOTICED])
    assert [moment.event for moment in course.moments] == [NOTICED]


def test_lost_packets_are_in_the_bins_of_their_time_and_their_direction() -> None:
    course = course_of(run(1.0, lost=([(0.02, 0.16)], [(0.5, 0.52)])), CLOCKS, CLOCKS, [])

    def lost(bins: tuple[float, ...]) -> list[float]:
        return [round(course.first + number * course.width, 3) for number in bins]

    assert course.width == 0.02
    to_site = tuple(number for number, one in enumerate(course.to_site) if one.lost)
    to_vpc = tuple(number for number, one in enumerate(course.to_vpc) if one.lost)
    assert lost(to_site) == [0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.14]
    assert lost(to_vpc) == [0.5]
    assert {one.due for one in course.to_site} == {4}


def test_how_far_the_clocks_went_apart_is_told() -> None:
    stepped = Clocks(wall=CLOCKS.wall + 2_003_000_000, monotonic=CLOCKS.monotonic + 2_000_000_000)
    assert course_of(run(1.0), CLOCKS, stepped, []).parted == pytest.approx(0.003)


@given(st.floats(0.001, 1200), st.integers(-(10**18), 10**18))
def test_bins_are_few_whole_before_zero_and_reach_the_end(seconds: float, apart: int) -> None:
    clocks = Clocks(wall=CLOCKS.monotonic + apart, monotonic=CLOCKS.monotonic)
    made = run(0.0)
    made = replace(made, marks={**made.marks, "end": made.marks["begin"] + int(seconds * 1e9)})

    course = course_of(made, clocks, clocks, [])

    assert len(course.to_site) == len(course.to_vpc) <= MOST_BINS + 1
    assert round(course.width * 1000) in WIDTHS
    before = -course.first / course.width
    assert before == pytest.approx(round(before))
    assert 0 <= -course.first <= LEAD / 1e9
    covered = course.first + len(course.to_site) * course.width
    assert course.until <= covered + 1e-6 < course.until + course.width + 2e-6


def test_an_event_is_placed_by_the_clocks_of_the_beginning() -> None:
    ahead = replace(CLOCKS, wall=CLOCKS.wall + 3_600_000_000_000)
    later = replace(NOTICED, time=NOTICED.time + timedelta(hours=1))
    (moment,) = course_of(run(1.0), ahead, ahead, [later]).moments
    assert moment.after == pytest.approx(0.152)
