"""What a run of the probe tells, from the two stations' notes. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from samepath.lab.probe.wire import NOT_SENT, Notes

LATE_AFTER = 1.0
"""Seconds on the way after which a packet counts as late. It did arrive, so it is not lost."""
TOLERATED_NOT_SENT = 0.01
"""Share of numbers that may be unsent before a measurement says more of the machine than of the
path."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DirectionReport:
    """One direction over one span of numbers."""

    due: int
    """Numbers whose turn came in the span."""
    not_sent: int
    """Numbers that the sender could not send: its machine was late, or its kernel refused."""
    received: int
    """Different numbers that arrived, late ones included."""
    late: int
    """Of these, such as were longer on the way than :data:`LATE_AFTER`."""
    duplicated: int
    """Arrivals of a number that had arrived before."""
    reordered: int
    """First arrivals of a number after a higher one."""
    overflowed: int
    """Packets that the receiver's own buffer dropped in the whole run."""
    longest_gap: float
    """Seconds: the most consecutive numbers from a lost one to a lost one of which none arrived,
    times the interval. Such as were not sent count only in between."""
    interval: float
    """Seconds between two numbers."""
    behind: float
    """Seconds: the most that a number left after its time. A gap may be so much longer or shorter
    than it was counted."""

    @property
    def sent(self) -> int:
        """Numbers that were handed to the kernel."""
        return self.due - self.not_sent

    @property
    def lost(self) -> int:
        """Packets that were sent and never arrived."""
        return self.sent - self.received

    @property
    def valid(self) -> bool:
        """False if the machine itself spoilt the measurement: it says nothing of the path then."""
        return (
            self.due > 0 and self.overflowed == 0 and self.not_sent <= TOLERATED_NOT_SENT * self.due
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class PairReport:
    """Both directions."""

    a_to_b: DirectionReport
    b_to_a: DirectionReport

    @property
    def valid(self) -> bool:
        return self.a_to_b.valid and self.b_to_a.valid


def direction(sender: Notes, receiver: Notes, begin: int, end: int) -> DirectionReport:
    """What became of the numbers due from ``begin`` until before ``end`` (monotonic, ns)."""
    first = _number_at(sender, begin)
    last = _number_at(sender, end)
    arrived: set[int] = set()
    late = duplicated = reordered = 0
    highest = -1
    for number, when in zip(receiver.numbers, receiver.arrivals, strict=True):
        inside = first <= number < last
        if number in arrived:
            duplicated += inside
            continue
        if inside:
            arrived.add(number)
            reordered += number < highest
            late += when - sender.sent[number] > LATE_AFTER * 1e9
        highest = max(highest, number)
    not_sent = held = gap = longest = behind = 0
    for number in range(first, last):
        sent = sender.sent[number]
        behind = max(behind, sent - sender.started - number * sender.interval)
        if number in arrived:
            held = gap = 0
        elif sent == NOT_SENT:
            # It neither begins a gap nor ends one: only what lies between two lost ones counts.
            not_sent += 1
            held += 1
        else:
            gap += held + 1 if gap else 1
            held = 0
            longest = max(longest, gap)
    return DirectionReport(
        due=last - first,
        not_sent=not_sent,
        received=len(arrived),
        late=late,
        duplicated=duplicated,
        reordered=reordered,
        overflowed=receiver.overflowed,
        longest_gap=longest * sender.interval / 1e9,
        interval=sender.interval / 1e9,
        behind=behind / 1e9,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Bin:
    """One direction over a short span: how many numbers were due, and what became of them."""

    due: int
    not_sent: int
    lost: int


def bins(sender: Notes, receiver: Notes, begin: int, end: int, width: int) -> tuple[Bin, ...]:
    """What became of the numbers due in each ``width`` from ``begin`` until before ``end``.

    All three are nanoseconds, the first two monotonic. The last bin ends at ``end``, however short
    it is. A number belongs to the bin in which it was due, whenever it was lost.
    """
    arrived = set(receiver.numbers)
    found = []
    for start in range(begin, end, width):
        numbers = range(_number_at(sender, start), _number_at(sender, min(start + width, end)))
        missing = [number for number in numbers if number not in arrived]
        not_sent = sum(sender.sent[number] == NOT_SENT for number in missing)
        found.append(Bin(due=len(numbers), not_sent=not_sent, lost=len(missing) - not_sent))
    return tuple(found)


def _number_at(sender: Notes, when: int) -> int:
    """The first number due at ``when`` or later, within what there is."""
    number = -((sender.started - when) // sender.interval)
    return min(max(number, 0), len(sender.sent))


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """Everything a finished run has: notes of both stations, and the marks by name (ns)."""

    a: Notes
    b: Notes
    marks: Mapping[str, int]

    def between(self, begin: str, end: str) -> PairReport:
        """The numbers that were due from one mark to another. KeyError for an unknown mark."""
        return self.span(self.marks[begin], self.marks[end])

    def whole(self) -> PairReport:
        """All numbers."""
        return self.span(0, 1 << 62)

    def span(self, begin: int, end: int) -> PairReport:
        """The numbers that were due in a span of monotonic time, nanoseconds."""
        return PairReport(
            a_to_b=direction(self.a, self.b, begin, end),
            b_to_a=direction(self.b, self.a, begin, end),
        )

    def bins(self, begin: int, end: int, width: int) -> tuple[tuple[Bin, ...], tuple[Bin, ...]]:
        """:func:`bins` of both directions, a to b and b to a."""
        return (
            bins(self.a, self.b, begin, end, width),
            bins(self.b, self.a, begin, end, width),
        )
