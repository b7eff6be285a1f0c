"""The expectation: which share of the time a pair has no working way, and what makes it so.

The time is divided into that without planned work and, for each unit that is worked on, the time in
which it is out of service. In each of them states are enumerated; what switches is added.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import groupby

from samepath.model.elements import Element
from samepath.model.topology import Topology
from samepath.routing.availability.components import Component, design_of, in_service
from samepath.routing.availability.enumeration import (
    NOTHING,
    Down,
    Prospect,
    Range,
    enumerate_states,
    total,
)
from samepath.routing.availability.figures import Figures, Whose
from samepath.routing.availability.periods import YEAR
from samepath.routing.availability.planned import Work, works_of
from samepath.routing.availability.prospects import Outlook, going_down, outlooks
from samepath.routing.availability.switches import Gaps, Switch, switches_of
from samepath.routing.fate import Verdict
from samepath.routing.states import Happening

MOST_DOWN = 2
"""Components that are looked at while they are down together."""
MOST_STATES = 20_000
"""States that are looked at for a pair; of a larger part of a topology only single failures are."""


class Cause(Enum):
    """Why there is an outage, in the words of a table."""

    ALL_UP = "all up"
    FAILURE = "failure"
    PLANNED = "planned work"
    SWITCH = "switching"
    UNSEEN = "not looked at"


@dataclass(frozen=True, kw_only=True, slots=True)
class Contribution:
    """A part of the outage.

    ``share`` of the time; ``what`` makes it, in a few words. ``per_year`` is how often that happens;
    None: unknown. ``verdicts`` are what is predicted of new flows then. ``whose`` are the figures that
    it rests on, the least sure first.
    """

    cause: Cause
    what: str
    share: Range
    per_year: float | None
    verdicts: frozenset[Verdict]
    whose: Whose


@dataclass(frozen=True, kw_only=True, slots=True)
class Expectation:
    """What is to be expected for some pairs of networks, of which ``outlook`` has one.

    ``contributions`` are all that there is, the largest first. ``uncounted`` are the switches of
    which nobody knows the gap. ``unseen`` is the probability of states that were not looked at, and
    the upper end of ``unavailability`` holds it.
    """

    outlook: Outlook
    contributions: tuple[Contribution, ...]
    uncounted: tuple[Switch, ...]
    unseen: float
    most_down: int
    """How many components are looked at while they are down together."""

    @property
    def unavailability(self) -> Range:
        """The share of the time in which new flows have no working way."""
        found = total(one.share for one in self.contributions)
        return Range(low=min(found.low, 1.0), high=min(found.high, 1.0))

    def because_of(self, cause: Cause) -> Range:
        """The part of it that a cause makes."""
        return total(one.share for one in self.contributions if one.cause is cause)


class TooMuchWork(ValueError):
    """Planned work takes more time than there is."""


def expect(
    topology: Topology,
    figures: Figures,
    gaps: Gaps | None = None,
    without: Collection[Element] = (),
) -> tuple[Expectation, ...]:
    """What is to be expected for every pair of networks, those that fare alike once; the worst first.

    ``gaps`` are what a drill has measured. ``without`` are tunnels and customer gateways that the
    design lacks. Raises :class:`TooMuchWork`, and
    :class:`~samepath.routing.assumption.TooManyOutcomes`.
    """
    found = [
        _expected(outlook, figures, gaps or {}, without) for outlook in outlooks(topology, without)
    ]
    return tuple(sorted(found, key=lambda one: -one.unavailability.high))


def _expected(
    outlook: Outlook, figures: Figures, gaps: Gaps, without: Collection[Element]
) -> Expectation:
    design = design_of(outlook.topology, figures, without, whole=outlook.whole)
    components = design.components
    most = _most(components)
    works = works_of(outlook.topology, design)
    free = 1 - sum(work.share for work in works)
    if free <= 0:
        raise TooMuchWork(
            f"planned work on what {outlook.pair} depends on takes more time than there is, one "
            "unit after the other: let it last shorter, or be less often"
        )
    usual = enumerate_states(components, _prospects(outlook), most=most)
    by_failure = {one.down: _Sum(one.probability * free, one.outage * free) for one in usual.shares}
    # What is an outage whether or not somebody works is no matter of the work.
    anyway = {one.down for one in usual.shares if one.outage.low == one.probability}
    by_work: list[Contribution] = []
    unseen = usual.unseen * free
    for work in works:
        meanwhile = enumerate_states(
            in_service(design, work.member, work.units_left).components,
            _prospects(outlook, work.happenings),
            most=max(most - 1, 1),
        )
        unseen += meanwhile.unseen * work.share
        because = NOTHING
        for one in meanwhile.shares:
            if one.down in anyway:
                by_failure[one.down].add(one.probability * work.share, one.outage * work.share)
            else:
                because += one.outage * work.share
        by_work.append(_of_work(outlook, work, because))
    contributions = [*_of_states(outlook, by_failure), *by_work]
    if unseen > 0:
        contributions.append(_of_unseen(unseen, most))
    switches = switches_of(outlook, design, works, gaps, figures.switching)
    contributions += _of_switches(switches)
    return Expectation(
        outlook=outlook,
        contributions=tuple(
            sorted(
                (one for one in contributions if one.share.high > 0),
                key=lambda one: (one.cause is Cause.UNSEEN, -one.share.high, one.what),
            )
        ),
        uncounted=tuple(one for one in switches if not one.is_counted),
        unseen=unseen,
        most_down=most,
    )


def _most(components: Sequence[Component]) -> int:
    count = len({one.elements for one in components})
    return MOST_DOWN if count * count / 2 <= MOST_STATES else MOST_DOWN - 1


def _prospects(outlook: Outlook, always: Sequence[Happening] = ()) -> Callable[[Down], Prospect]:
    """What components that are down mean to a pair, while ``always`` has happened anyway."""

    def prospect(down: Down) -> Prospect:
        return outlook.of((*always, *_happenings(outlook, down)))

    return prospect


def _happenings(outlook: Outlook, down: Iterable[Component]) -> Iterator[Happening]:
    for component in down:
        for element in component.elements:
            yield from going_down(outlook.topology, element)


@dataclass(kw_only=False, slots=True)
class _Sum:
    """The probability of a state, and the outage in it, over all the time."""

    probability: float
    outage: Range

    def add(self, probability: float, outage: Range) -> None:
        """Add what there is of it in another part of the time."""
        self.probability += probability
        self.outage += outage


def _of_states(outlook: Outlook, found: Mapping[Down, _Sum]) -> Iterator[Contribution]:
    for down, it in found.items():
        yield Contribution(
            cause=Cause.FAILURE if down else Cause.ALL_UP,
            what=_named(down) or "all up",
            share=it.outage,
            per_year=_per_year(down, it.probability),
            verdicts=outlook.verdicts(_happenings(outlook, down)),
            whose=_least_sure(one.whose for one in down),
        )


def _named(down: Iterable[Component]) -> str:
    return " and ".join(one.name for one in down)


def _per_year(down: Down, probability: float) -> float | None:
    """How often a state is entered: it is left at the rate of the repairs of what is down in it."""
    rates = [1 / one.down for one in down if one.down]
    if not down or len(rates) < len(down):
        return None
    return probability * sum(rates) * YEAR.total_seconds()


def _least_sure(some: Iterable[Whose]) -> Whose:
    return max(some, key=list(Whose).index, default=Whose.USER)


def _of_work(outlook: Outlook, work: Work, share: Range) -> Contribution:
    return Contribution(
        cause=Cause.PLANNED,
        what=work.name,
        share=share,
        per_year=work.per_year,
        verdicts=outlook.verdicts(work.happenings),
        whose=work.member.figure.whose,
    )


def _of_unseen(unseen: float, most: int) -> Contribution:
    return Contribution(
        cause=Cause.UNSEEN,
        what=f"more than {most} failures at once",
        share=Range(low=0.0, high=unseen),
        per_year=None,
        verdicts=frozenset(),
        whose=Whose.USER,
    )


def _of_switches(switches: Iterable[Switch]) -> Iterator[Contribution]:
    """What switches because of one component is told together."""
    known = [one for one in switches if one.is_counted]
    for what, group in groupby(known, key=lambda one: one.because):
        some = tuple(group)
        yield Contribution(
            cause=Cause.SWITCH,
            what=what,
            share=total(one.share for one in some),
            per_year=sum(one.per_year or 0.0 for one in some),
            verdicts=frozenset(),
            whose=_least_sure(one.whose for one in some),
        )
