"""A course's plot: loss and events in their places, and no two texts meet."""

from __future__ import annotations

import re
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.lab.drill.courses import CLOCKS, event, run
from tests.report.records import EVENTS, lossy

from samepath.lab.drill.course import course_of
from samepath.lab.events import Event, Kind
from samepath.lab.probe import Run
from samepath.report.chart import BAND, MOST_TICKS, Chart, chart_of, fits
from samepath.report.drawing import Rectangle


def chart(made: Run, events: tuple[Event, ...] = EVENTS) -> Chart:
    report = made.between("begin", "end")
    return chart_of(course_of(made, CLOCKS, CLOCKS, events), (report.a_to_b, report.b_to_a))


def seconds(drawn: Chart, x: float, until: float) -> float:
    """The time of a place, from zero and the end of the axis."""
    return (x - drawn.zero) / (drawn.right - drawn.zero) * until


@given(
    st.floats(0.01, 900),
    st.lists(st.tuples(st.floats(-0.5, 900), st.sampled_from(list(Kind))), max_size=40),
)
def test_no_text_meets_another_or_leaves_the_plot(
    until: float, happened: list[tuple[float, Kind]]
) -> None:
    events = tuple(event(after, kind, "") for after, kind in happened)
    drawn = chart(run(min(until, 20.0), lost=([(0, 10)], [])), events)
    paper = Rectangle(left=-1, top=0, right=drawn.width, bottom=drawn.height)
    assert [one.text for one in drawn.labels if not paper.holds(one.extent)] == []
    assert [
        (one.text, other.text)
        for one, other in combinations(drawn.labels, 2)
        if one.extent.overlaps(other.extent)
    ] == []
    assert [one.text for one in drawn.labels if one.y < drawn.axis and not fits(one)] == []
    assert 1 <= len(drawn.ticks) <= MOST_TICKS + 1
    places = (*drawn.ticks, *drawn.faults, *(x for lane in drawn.lanes for x in lane.marks))
    assert all(drawn.left - 0.1 <= x <= drawn.right + 0.1 for x in places)


def test_what_was_lost_stands_where_it_was_lost() -> None:
    drawn = chart(run(2.0, lost=([(0.1, 0.3)], [])))
    to_site, to_vpc = drawn.bands
    found = re.fullmatch(r"M([\d.]+),([\d.]+)V([\d.]+)H([\d.]+)V[\d.]+Z", to_site.lost)
    assert found
    begin, bottom, top, end = map(float, found.groups())
    assert seconds(drawn, begin, 2.0) == pytest.approx(0.1, abs=0.002)
    assert seconds(drawn, end, 2.0) == pytest.approx(0.3, abs=0.002)
    assert bottom - top == BAND
    assert to_vpc.lost == ""


def test_a_bin_that_has_lost_half_is_half_as_high() -> None:
    drawn = chart(run(2.0, lost=([(0.1, 0.11)], [])))
    (top,) = re.findall(r"V([\d.]+)H", drawn.bands[0].lost)
    assert drawn.bands[0].bottom - float(top) == pytest.approx(BAND / 2)


def test_what_was_not_sent_is_not_drawn_as_lost() -> None:
    to_site, to_vpc = chart(run(2.0, unsent=[(0.5, 0.6)])).bands
    assert (to_site.lost, to_vpc.lost, to_vpc.not_sent) == ("", "", "")
    assert to_site.not_sent


def test_each_kind_of_event_has_a_lane_in_the_order_of_the_layers() -> None:
    drawn = chart(lossy())
    lanes = [one for one in drawn.labels if one.text in {kind.value for kind in Kind}]
    assert [one.text for one in lanes] == ["fault", "IKE", "BFD", "BGP"]
    fault, ike, bfd, bgp = drawn.lanes
    assert drawn.faults == pytest.approx(fault.marks, abs=0.1)
    assert drawn.zero < drawn.faults[0] < drawn.done
    assert seconds(drawn, drawn.done, 1.9) == pytest.approx(0.19, abs=0.001)
    assert fault.marks[0] < bfd.marks[0] < bgp.marks[0] < ike.marks[0]
    assert seconds(drawn, bfd.marks[0], 1.9) == pytest.approx(0.151, abs=0.002)


def test_figures_stand_beside_and_doubt_is_told() -> None:
    texts = [one.text for one in chart(lossy()).labels]
    assert "2 from +0.151 s" in texts
    assert "+0.006 s" in texts
    assert "30? of 372 lost" in texts
    assert "29 of 380 lost" in texts


def test_it_is_told_in_words_too() -> None:
    told = chart(lossy()).description
    assert "to VPC 29 of 380 packets lost, longest gap 145 ms" in told
    assert "BFD: 2 events from +0.151 s to +0.158 s" in told
    assert told.endswith("Settled after 1.9 s.")
