"""Switches: how often a pair's packets change their way, and how long none passes then.

A gap counts where a pair works afterwards: what lasts is a state's outage, and counted there. Where
a repair ends an outage, the time until traffic runs again is part of the repair.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import prod

from samepath.model.elements import MEMBERS, Element
from samepath.routing.availability.components import Component, Design, Member
from samepath.routing.availability.enumeration import Range
from samepath.routing.availability.figures import Whose
from samepath.routing.availability.periods import YEAR
from samepath.routing.availability.planned import Work
from samepath.routing.availability.prospects import Outlook, going_down
from samepath.routing.states import Condition, Happening

Gaps = Mapping[str, Mapping[str, float]]
"""By pair of networks, by the state that begins: seconds for which no packet passed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Switch:
    """A change that a pair's packets notice.

    ``because`` is what makes it, ``into`` the state that begins. ``gap`` is in seconds; None: nobody
    has measured it. ``per_year`` is None where nobody says how often it happens. Without one of
    them it adds nothing. ``weight`` is 1, or less where it is open whether it matters.
    """

    because: str
    into: str
    per_year: float | None
    gap: float | None
    weight: Range
    whose: Whose

    @property
    def is_counted(self) -> bool:
        """Whether it is known how often it happens, and how long it takes."""
        return self.per_year is not None and self.gap is not None

    @property
    def share(self) -> Range:
        """The share of the time that it takes, as far as that is known."""
        return self.weight * ((self.per_year or 0.0) * (self.gap or 0.0) / YEAR.total_seconds())


def switches_of(
    outlook: Outlook,
    design: Design,
    works: Sequence[Work],
    gaps: Gaps,
    fallback: timedelta | None,
) -> tuple[Switch, ...]:
    """Every change that a pair's packets may notice, those of one cause together.

    ``fallback`` is the gap of what nobody has measured.
    """
    it = _Looking(outlook, gaps.get(str(outlook.pair), {}), fallback)
    return tuple(
        switch
        for some in (
            it.of_failures(design.components),
            it.of_takeovers(design.members),
            it.of_works(works),
        )
        for switch in some
    )


class _Looking:
    def __init__(
        self, outlook: Outlook, measured: Mapping[str, float], fallback: timedelta | None
    ) -> None:
        self._outlook = outlook
        self._measured = measured
        self._fallback = fallback

    def of_failures(self, components: Sequence[Component]) -> Iterator[Switch]:
        """Into each single failure and out of it; with something else down already, the rest."""
        again = 0.0
        for component in components:
            happenings = tuple(
                happening
                for element in component.elements
                for happening in going_down(self._outlook.topology, element)
            )
            if self._outlook.of(happenings).final:
                continue
            others = prod(1 - one.unavailability for one in components if one is not component)
            often = component.frequency and component.frequency * YEAR.total_seconds()
            again += 2 * (often or 0.0) * (1 - others)
            back = _back(component.elements)
            for before, after, into, fails in (
                ((), happenings, self._outlook.state(happenings).name, True),
                (happenings, (), back, False),
            ):
                yield from self._switch(
                    component.name,
                    often and often * others,
                    before,
                    after,
                    into=into,
                    fails=fails,
                    whose=component.whose,
                )
        if again > 0:
            yield Switch(
                because=_AGAIN,
                into=_AGAIN,
                per_year=again,
                gap=self._gap(""),
                weight=Range(low=0.0, high=1.0),
                whose=Whose.USER,
            )

    def of_takeovers(self, members: Sequence[Member]) -> Iterator[Switch]:
        """Inside what has several units: the one that carries fails, and another one stands in.

        The one that carries fails u / (MTTR (1 - u)) times in a unit of time in which it works, and
        that matters if another one works, too.
        """
        for member in members:
            figure, unit = member.figure, member.unit
            if figure.units == 1 or unit == 0:
                continue
            works, count = 1 - unit, figure.units
            two_work = 1 - unit**count - count * works * unit ** (count - 1)
            often = None if figure.mttr is None else unit / works * two_work * (YEAR / figure.mttr)
            yield Switch(
                because=f"{member.element} {member.kind.words}, one unit to another",
                into=f"another unit of {member.element} {member.kind.words}",
                per_year=often,
                gap=self._takeover(member),
                weight=self._working(()),
                whose=figure.whose,
            )

    def _takeover(self, member: Member) -> float | None:
        """How long no packet passes: as somebody says, or as it was measured of a cluster."""
        measured = [
            self._measured[state]
            for kind in MEMBERS
            for state in (f"{Element(kind=kind, name=member.element.name)} {Condition.DOWN.value}",)
            if state in self._measured
        ]
        if member.figure.takeover is None and measured:
            return max(measured)
        return _seconds(member.figure.takeover, self._fallback)

    def of_works(self, works: Sequence[Work]) -> Iterator[Switch]:
        """Each step of planned work."""
        for work in works:
            if work.units_left:
                yield Switch(
                    because=f"{work.name}, planned",
                    into=f"another unit of {work.name}",
                    per_year=work.per_year,
                    gap=self._takeover(work.member),
                    weight=self._working(()),
                    whose=work.member.figure.whose,
                )
                continue
            before: tuple[Happening, ...] = ()
            for after in work.steps:
                planned = len(work.steps) > 2
                into = (
                    self._outlook.state(after).name
                    if after
                    else _back((work.member.element,), planned=planned)
                )
                yield from self._switch(
                    f"{work.name}, planned",
                    work.per_year,
                    before,
                    after,
                    into=into,
                    fails=_has_more(after, before),
                    whose=work.member.figure.whose,
                )
                before = after

    def _switch(
        self,
        because: str,
        per_year: float | None,
        before: tuple[Happening, ...],
        after: tuple[Happening, ...],
        *,
        into: str,
        fails: bool,
        whose: Whose,
    ) -> Iterator[Switch]:
        """The change between two states, unless it is none or an outage follows."""
        weight = self._working(after)
        if not fails:
            # What ends an outage is part of the repair.
            was = self._working(before)
            weight = Range(low=weight.low * was.low, high=weight.high * was.high)
        if weight.high == 0:
            return
        gap = self._gap(into)
        moves = self._outlook.ways(before) != self._outlook.ways(after)
        if into not in self._measured and not moves:
            return  # Nothing carries packets that has changed.
        yield Switch(
            because=because, into=into, per_year=per_year, gap=gap, weight=weight, whose=whose
        )

    def _working(self, happenings: tuple[Happening, ...]) -> Range:
        outage = self._outlook.of(happenings).outage
        return Range(low=1 - outage.high, high=1 - outage.low)

    def _gap(self, into: str) -> float | None:
        measured = self._measured.get(into)
        return _seconds(self._fallback) if measured is None else measured


_AGAIN = "any state while something else is down"


def _back(elements: Sequence[Element], *, planned: bool = False) -> str:
    """The name of the state in which these have returned."""
    if planned:
        return f"{elements[0]} {Condition.MAINTENANCE.value}, and over"
    return " + ".join(f"{element} {Condition.RETURNED.value}" for element in elements)


def _has_more(after: tuple[Happening, ...], before: tuple[Happening, ...]) -> bool:
    """Whether something goes, and nothing comes back."""
    down = {one for one in after if one[1] is Condition.DOWN}
    return not {one for one in before if one[1] is Condition.DOWN} - down and bool(after)


def _seconds(*some: timedelta | None) -> float | None:
    """The first of some that is known, in seconds."""
    return next((one.total_seconds() for one in some if one is not None), None)
