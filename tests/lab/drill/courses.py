"""Courses of states as a drill would have measured them, from notes that a test makes."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from samepath.lab.drill.course import Clocks
from samepath.lab.events import Event, Kind
from samepath.lab.probe import Run
from samepath.lab.probe.wire import NOT_SENT, Notes

INTERVAL = 5_000_000
STARTED = 77_000_000_000_000
LEAD = 500_000_000
"""Nanoseconds from the first packet to when the state begins."""
BEGUN = datetime(2026, 11, 28, 5, 41, 12, 345_000, tzinfo=UTC)
"""When it begins by the wall clock."""
BEGIN = STARTED + LEAD
CLOCKS = Clocks(wall=int(BEGUN.timestamp()) * 1_000_000_000 + 345_000_000, monotonic=BEGIN)

Spans = Iterable[tuple[float, float]]
"""Seconds from when the state begins, from the first to before the second."""


def run(seconds: float, *, lost: tuple[Spans, Spans] = ((), ()), unsent: Spans = ()) -> Run:
    """A run that ends so many seconds after the state has begun.

    ``lost`` are the spans in which packets to the site and to the VPC are lost, ``unsent`` those in
    which none to the site is sent.
    """
    count = (LEAD + round(seconds * 1e9)) // INTERVAL
    due = [STARTED + number * INTERVAL for number in range(count)]
    arrived = [
        [number for number, when in enumerate(due) if not _in(when, spans)] for spans in lost
    ]
    sent = [NOT_SENT if _in(when, unsent) else when for when in due]
    came = [number for number in arrived[0] if sent[number] != NOT_SENT]
    return Run(
        a=_notes(sent, due, arrived[1]),
        b=_notes(due, due, came),
        marks={
            "begin": BEGIN,
            "done": BEGIN + round(seconds * 1e8),
            "end": BEGIN + round(seconds * 1e9),
        },
    )


def _in(when: int, spans: Spans) -> bool:
    return any(begin <= (when - BEGIN) / 1e9 < end for begin, end in spans)


def _notes(sent: list[int], due: list[int], numbers: list[int]) -> Notes:
    return Notes(
        STARTED,
        INTERVAL,
        array("q", sent),
        array("q", numbers),
        array("q", [due[number] + 1_000_000 for number in numbers]),
        0,
    )


def event(after: float, kind: Kind, text: str, element: str = "seoul/tunnel1") -> Event:
    """An event so many seconds after the state has begun."""
    return Event(time=BEGUN + timedelta(seconds=after), element=element, kind=kind, text=text)
