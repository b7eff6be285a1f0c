"""The page of a drill: one HTML text that asks for nothing else, readable without a script."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from jinja2 import Environment, PackageLoader, StrictUndefined

from samepath.lab.drill.comparison import Compared
from samepath.lab.drill.course import Course
from samepath.lab.drill.record import Footing, Record, footing_of, parts_of
from samepath.lab.probe import DirectionReport
from samepath.report.chart import Chart, chart_of
from samepath.report.picture import picture_of
from samepath.report.words import (
    TERMS,
    Cells,
    loss,
    measured,
    milliseconds,
    predicted,
    prefix_of,
    visible,
)
from samepath.routing.states import FailureState

GENERATOR = "samepath drill"
"""What a page says that it was made by; by this an earlier one is known again."""
PARTED = 0.001
"""Seconds that the clocks may go apart in a state before it is told there."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A row that differs, for the head of the page, and where it stands."""

    anchor: str
    row: str
    differences: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A pair in a state, for the table."""

    anchor: str
    number: int
    state: str
    predicted: tuple[Cells, ...]
    more: int
    """Outcomes that are not told."""
    measured: Cells
    counts: tuple[str, str, str] | None
    """Lost to the site, lost to the VPC, and the longest gap of both."""
    footing: Footing
    undetermined: bool
    again: int
    """How many times it was measured before, and differed while a session went down by itself."""
    disturbed: tuple[str, ...]
    differences: tuple[str, ...]
    plotted: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """The rows of one pair."""

    title: str
    hosts: str
    prefix: str
    counted: bool
    rows: tuple[Row, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """A state's course."""

    number: int
    state: str
    differs: bool
    course: Course
    chart: Chart
    lost: tuple[DirectionReport, DirectionReport]
    packets: int
    """In a bin."""


def page_of(record: Record) -> str:
    """The page of a drill."""
    states = dict.fromkeys(row.predicted.state for row in record.rows)
    numbers = {state: number for number, state in enumerate(states, 1)}
    figures = tuple(_figures(record, numbers))
    template = _environment().get_template("drill.html")
    text = template.render(
        record=record,
        generator=GENERATOR,
        headline=headline(record),
        picture=picture_of(record.topology),
        parts=tuple(parts_of(record.topology, record.versions, tuple(states))),
        found=tuple(_found(record, numbers)),
        groups=tuple(_groups(record, numbers)),
        figures=figures,
        parted=max((figure.course.parted for figure in figures), default=0.0),
        parted_most=PARTED,
        terms=TERMS,
        numbers=numbers,
    )
    return f"{text}\n"


def headline(record: Record) -> str:
    """Whether all was as predicted, in a few words."""
    rows, wrong = len(record.rows), len(record.differing)
    if not wrong:
        return f"{'The one row is' if rows == 1 else f'All {rows} rows are'} as predicted"
    verb = "differs" if wrong == 1 else "differ"
    return f"{wrong} of {rows} rows {verb} from the prediction"


def _found(record: Record, numbers: dict[FailureState, int]) -> Iterator[Found]:
    several = len(record.drilled) > 1
    for row in record.differing:
        state, pair = row.predicted.state, row.predicted.pair
        yield Found(
            anchor=_anchor(record, row, numbers),
            row=f"{state.name}, {pair}" if several else state.name,
            differences=row.differences,
        )


def _anchor(record: Record, row: Compared, numbers: dict[FailureState, int]) -> str:
    pairs = [one.pair for one in record.drilled]
    return f"row-{pairs.index(row.predicted.pair) + 1}-{numbers[row.predicted.state]}"


def _groups(record: Record, numbers: dict[FailureState, int]) -> Iterator[Group]:
    for one in record.drilled:
        mine = [row for row in record.rows if row.predicted.pair == one.pair]
        prefix = prefix_of((row.predicted for row in mine), (row.measured for row in mine))
        yield Group(
            title=str(one.pair),
            hosts=f"host {one.vpc_host} and host {one.site_host}",
            prefix=prefix.removesuffix("/"),
            counted=any(row.measured.lost for row in mine),
            rows=tuple(_row(record, row, prefix, numbers) for row in mine),
        )


def _row(record: Record, row: Compared, prefix: str, numbers: dict[FailureState, int]) -> Row:
    outcomes, more = predicted(row.predicted, prefix)
    lost = row.measured.lost
    return Row(
        anchor=_anchor(record, row, numbers),
        number=numbers[row.predicted.state],
        state=row.predicted.state.name,
        predicted=outcomes,
        more=more,
        measured=measured(row.measured, prefix),
        counts=None if lost is None else _counts(*lost),
        footing=footing_of(row, record.topology),
        undetermined=row.predicted.undetermined,
        again=row.measured.again,
        disturbed=row.measured.disturbed,
        differences=row.differences,
        plotted=row.measured.course is not None,
    )


def _counts(to_site: DirectionReport, to_vpc: DirectionReport) -> tuple[str, str, str]:
    gap = max(to_site.longest_gap, to_vpc.longest_gap)
    return loss(to_site), loss(to_vpc), milliseconds(gap)


def _figures(record: Record, numbers: dict[FailureState, int]) -> Iterator[Figure]:
    for row in record.rows:
        course, lost = row.measured.course, row.measured.lost
        if course is None or lost is None:
            continue
        yield Figure(
            number=numbers[row.predicted.state],
            state=row.predicted.state.name,
            differs=any(
                other.differences
                for other in record.rows
                if other.predicted.state == row.predicted.state
            ),
            course=course,
            chart=chart_of(course, lost),
            lost=lost,
            packets=round(course.width / lost[0].interval),
        )


# ---------------------------------------------------------------------------------------- template


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("samepath.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printed,
    )
    environment.filters.update(ms=milliseconds, moment=_moment, clock=_clock, share=_share)
    return environment


def _printed(value: object) -> object:
    """What a template prints of a value: numbers of a drawing short, texts as they can be seen."""
    if isinstance(value, float):
        return f"{value:.1f}".removesuffix(".0")
    if type(value) is str:
        return visible(value)
    return value


def _moment(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M:%S} UTC"


def _clock(time: datetime) -> str:
    return f"{time:%H:%M:%S}.{time.microsecond // 1000:03}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "0%"
