"""The course of a state: what was lost, and what happened, from before it began until it settled.

Numbered packets are on the monotonic clock, the logs of daemons on the wall clock. The two are read
together when a state begins, and again at its end: by the first reading the events come onto the
packets' axis, and by the second shows how far the clocks have parted meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from samepath.lab.events import Event
from samepath.lab.probe import Bin, Run

BEGIN, DONE, END = "begin", "done", "end"
"""The marks in a run: a state begins to be brought about, all that it takes is broken and healed,
both ends have noticed and the routes have settled."""
WIDTHS = (20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000)
"""Milliseconds that a bin may be wide."""
MOST_BINS = 150
"""More of them could hardly be told apart in a picture."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True, slots=True)
class Clocks:
    """Both clocks, read together; nanoseconds."""

    wall: int
    monotonic: int

    @property
    def apart(self) -> int:
        """What the wall clock is ahead."""
        return self.wall - self.monotonic


@dataclass(frozen=True, kw_only=True, slots=True)
class Moment:
    """An event, so many seconds after the state began; before it where that is negative."""

    after: float
    event: Event


@dataclass(frozen=True, kw_only=True, slots=True)
class Course:
    """Loss and events on one axis, in seconds from when the state was begun to be brought about."""

    begun: datetime
    """Zero of the axis by the wall clock, UTC."""
    first: float
    """Where the first bin begins; packets flowed already."""
    done: float
    """When all was broken and healed that was to be: each came into force between zero and this."""
    until: float
    """Where the last bin ends: both ends had noticed, and the routes had settled."""
    width: float
    """Of a bin; the last one may be narrower."""
    to_site: tuple[Bin, ...]
    to_vpc: tuple[Bin, ...]
    moments: tuple[Moment, ...]
    """By time; none from outside the axis."""
    parted: float
    """How far the clocks went apart meanwhile: an event may stand so much too early or late."""


def course_of(run: Run, before: Clocks, after: Clocks, events: Iterable[Event]) -> Course:
    """The course of a run that was marked at :data:`BEGIN`, :data:`DONE` and :data:`END`.

    ``before`` is of about the first mark, ``after`` of later than the last.
    """
    begin, end = run.marks[BEGIN], run.marks[END]
    width = _width(end - run.a.started)
    first = begin - max(begin - run.a.started, 0) // width * width
    to_site, to_vpc = run.bins(first, end, width)
    placed = [(_monotonic(event.time, before) - begin, event) for event in events]
    return Course(
        begun=_EPOCH + timedelta(microseconds=(begin + before.apart) // 1000),
        first=(first - begin) / 1e9,
        done=(run.marks[DONE] - begin) / 1e9,
        until=(end - begin) / 1e9,
        width=width / 1e9,
        to_site=to_site,
        to_vpc=to_vpc,
        moments=tuple(
            Moment(after=at / 1e9, event=event)
            for at, event in sorted(placed, key=lambda one: one[0])
            if first <= begin + at <= end
        ),
        parted=abs(after.apart - before.apart) / 1e9,
    )


def _width(span: int) -> int:
    """The narrowest width (ns) of which a span (ns) has no more than :data:`MOST_BINS`."""
    wide = (width * 1_000_000 for width in WIDTHS)
    return next((width for width in wide if width * MOST_BINS >= span), WIDTHS[-1] * 1_000_000)


def _monotonic(time: datetime, clocks: Clocks) -> int:
    """A time of the wall clock by the monotonic one, ns."""
    return (time - _EPOCH) // timedelta(microseconds=1) * 1000 - clocks.apart
