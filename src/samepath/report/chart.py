"""The course of a state as a picture: the loss of both directions and the events, on one time axis.

Above, the share of each bin's packets that was lost, a band for each direction; below, a lane for
each kind of event. Nothing is written inside: the names stand to the left, figures to the right.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from samepath.lab.drill.course import Course, Moment
from samepath.lab.events import Kind
from samepath.lab.probe import Bin, DirectionReport
from samepath.report.drawing import SIZES, Anchor, Label, Role, width_of

WIDTH = 760.0
LEFT, RIGHT = 104.0, 152.0
"""What the names and the figures take."""
BAND, LANE = 34.0, 18.0
GAP = 12.0
AXIS = 24.0
TOP = 4.0
TICKS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)
"""Seconds from one tick of the axis to the next."""
MOST_TICKS = 8

TO_SITE, TO_VPC = "to site", "to VPC"
LANES = (Kind.FAULT, Kind.IKE, Kind.CHILD, Kind.BFD, Kind.BGP, Kind.DAEMON)
"""The kinds of events from above downwards: the cause, then the layers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Band:
    """One direction's loss: outlines of what was lost and of what could not be sent."""

    top: float
    bottom: float
    lost: str
    """A path of SVG; empty where nothing was lost."""
    not_sent: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Lane:
    """One kind's events, each at its time."""

    top: float
    bottom: float
    middle: float
    marks: tuple[float, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Chart:
    """Everything that is drawn, and what it shows in words.

    Between ``zero`` and ``done`` is broken and healed what the state takes; ``faults`` is where that
    was begun, ``ticks`` where the axis is marked; all by their x.
    """

    width: float
    height: float
    left: float
    right: float
    top: float
    axis: float
    zero: float
    done: float
    faults: tuple[float, ...]
    ticks: tuple[float, ...]
    bands: tuple[Band, ...]
    lanes: tuple[Lane, ...]
    labels: tuple[Label, ...]
    description: str


def chart_of(course: Course, lost: tuple[DirectionReport, DirectionReport]) -> Chart:
    """Draw a course; ``lost`` are the counts of both directions, to the site and to the VPC."""
    scale = _Scale(course)
    labels: list[Label] = []
    bands: list[Band] = []
    lanes: list[Lane] = []
    y = TOP
    for name, found, report in (
        (TO_SITE, course.to_site, lost[0]),
        (TO_VPC, course.to_vpc, lost[1]),
    ):
        bands.append(_band(found, scale, y))
        labels += _beside_band(name, report, y)
        y += BAND + GAP
    for kind in LANES:
        mine = [moment for moment in course.moments if moment.event.kind is kind]
        if mine:
            lanes.append(_lane(mine, scale, y))
            labels += _beside_lane(kind, mine, y)
            y += LANE
    ticks = tuple(_ticks(course))
    labels += [
        Label(
            x=scale.at(tick),
            y=y + 4 + SIZES[Role.DETAIL],
            text=f"{tick:g} s",
            role=Role.DETAIL,
            anchor=Anchor.MIDDLE,
        )
        for tick in ticks
    ]
    return Chart(
        width=WIDTH,
        height=y + AXIS,
        left=LEFT,
        right=WIDTH - RIGHT,
        top=TOP,
        axis=y,
        zero=scale.at(0.0),
        done=scale.at(course.done),
        faults=tuple(
            scale.at(moment.after) for moment in course.moments if moment.event.kind is Kind.FAULT
        ),
        ticks=tuple(scale.at(tick) for tick in ticks),
        bands=tuple(bands),
        lanes=tuple(lanes),
        labels=tuple(labels),
        description=_description(course, lost),
    )


class _Scale:
    """From seconds to places on the axis."""

    def __init__(self, course: Course) -> None:
        self._first = course.first
        self._pixels = (WIDTH - LEFT - RIGHT) / max(course.until - course.first, 1e-9)
        self._until = course.until
        self.width = course.width

    def at(self, seconds: float) -> float:
        return LEFT + (seconds - self._first) * self._pixels

    def edges(self, number: int) -> tuple[float, float]:
        """Where a bin begins and ends."""
        begin = self._first + number * self.width
        return self.at(begin), self.at(min(begin + self.width, self._until))


def _band(bins: Sequence[Bin], scale: _Scale, top: float) -> Band:
    lost = [one.lost / sent if (sent := one.due - one.not_sent) else 0.0 for one in bins]
    not_sent = [one.not_sent / one.due if one.due else 0.0 for one in bins]
    return Band(
        top=top,
        bottom=top + BAND,
        lost=_outline(lost, scale, top),
        not_sent=_outline(not_sent, scale, top),
    )


def _outline(shares: Sequence[float], scale: _Scale, top: float) -> str:
    """The outline of what stands above the line of zero; bins of one height are one step."""
    drawn = []
    bottom = top + BAND
    number = 0
    while number < len(shares):
        share = shares[number]
        last = number
        while last + 1 < len(shares) and shares[last + 1] == share:
            last += 1
        if share:
            begin, end = scale.edges(number)[0], scale.edges(last)[1]
            y = bottom - share * BAND
            drawn.append(f"M{begin:.1f},{bottom:.1f}V{y:.1f}H{end:.1f}V{bottom:.1f}Z")
        number = last + 1
    return "".join(drawn)


def _beside_band(name: str, report: DirectionReport, top: float) -> Iterator[Label]:
    yield Label(x=0.0, y=top + BAND / 2 + 4, text=name, role=Role.NAME)
    high, low = top + SIZES[Role.HEADING] - 1, top + BAND
    for y, text in ((high, "100%"), (low, "0%")):
        yield Label(x=LEFT - 6, y=y, text=text, role=Role.HEADING, anchor=Anchor.END)
    doubt = "" if report.valid else "?"
    text = f"{report.lost}{doubt} of {report.sent} lost"
    yield Label(x=WIDTH - RIGHT + 10, y=top + BAND / 2 + 4, text=text, role=Role.DETAIL)


def _lane(moments: Sequence[Moment], scale: _Scale, top: float) -> Lane:
    marks = dict.fromkeys(round(scale.at(moment.after), 1) for moment in moments)
    return Lane(top=top + 3, bottom=top + LANE - 3, middle=top + LANE / 2, marks=tuple(marks))


def _beside_lane(kind: Kind, moments: Sequence[Moment], top: float) -> Iterator[Label]:
    y = top + LANE / 2 + 4
    yield Label(x=0.0, y=y, text=kind.value, role=Role.DETAIL)
    first = f"{moments[0].after:+.3f} s"
    text = first if len(moments) == 1 else f"{len(moments)} from {first}"
    yield Label(x=WIDTH - RIGHT + 10, y=y, text=text, role=Role.DETAIL)


def _ticks(course: Course) -> Iterator[float]:
    span = course.until - course.first
    step = next((step for step in TICKS if span / step <= MOST_TICKS), TICKS[-1])
    number = -int(-course.first / step)
    while number * step <= course.until:
        yield round(number * step, 2)
        number += 1


def _description(course: Course, lost: tuple[DirectionReport, DirectionReport]) -> str:
    """The picture in words, for whoever does not see it."""
    told = [
        f"{name} {report.lost} of {report.sent} packets lost, longest gap "
        f"{report.longest_gap * 1000:.0f} ms"
        for name, report in zip((TO_SITE, TO_VPC), lost, strict=True)
    ]
    for kind in LANES:
        times = [moment.after for moment in course.moments if moment.event.kind is kind]
        if times:
            told.append(
                f"{kind.value}: {len(times)} events from {times[0]:+.3f} s to {times[-1]:+.3f} s"
            )
    return f"{'; '.join(told)}. Settled after {course.until:.1f} s."


def fits(label: Label) -> bool:
    """Whether a text beside the plot keeps to its margin."""
    room = LEFT if label.x < LEFT else RIGHT - 10
    return width_of(label.text, label.role) <= room
