"""Planned work: what is out of service for certain, one unit after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from samepath.model.elements import Element, ElementKind
from samepath.model.topology import Routing, Topology
from samepath.routing.availability.components import Design, Member
from samepath.routing.availability.periods import YEAR
from samepath.routing.availability.prospects import going_down
from samepath.routing.states import Condition, Happening


@dataclass(frozen=True, kw_only=True, slots=True)
class Work:
    """Planned work on the units of a member, one after the other.

    ``share`` is that of the time. ``steps`` are what has happened at each step, until all is as it
    was; ``happenings`` what has while the unit is out of service, nothing where another one stands
    in for it.
    """

    member: Member
    share: float
    per_year: float
    units_left: int
    steps: tuple[tuple[Happening, ...], ...]
    happenings: tuple[Happening, ...]

    @property
    def name(self) -> str:
        """What a table calls it."""
        return f"{self.member.element} {self.member.kind.words}"


def works_of(topology: Topology, design: Design) -> tuple[Work, ...]:
    """The planned work on a design."""
    return tuple(_works(topology, design))


def _works(topology: Topology, design: Design) -> Iterator[Work]:
    for member in design.members:
        work = member.figure.maintenance
        if work is None:
            continue
        per_year = work.per_year * member.figure.units
        left = member.figure.units - 1
        steps = () if left else _steps(topology, member.element)
        yield Work(
            member=member,
            share=per_year * (work.lasts / YEAR),
            per_year=per_year,
            units_left=left,
            steps=steps,
            happenings=next((one for one in steps if _is_out(one)), ()),
        )


def _steps(topology: Topology, element: Element) -> tuple[tuple[Happening, ...], ...]:
    """A gateway's endpoint goes after the lower MED has moved away, and comes back before it."""
    connection = topology.connections.get(element.name)
    if (
        element.kind is not ElementKind.TUNNEL
        or connection is None
        or connection.routing is not Routing.BGP
    ):
        return (going_down(topology, element), ())
    begun = (element, Condition.MAINTENANCE)
    endpoint = Element(kind=ElementKind.ENDPOINT, name=element.name, tunnel=element.tunnel)
    return (
        (begun,),
        (begun, (endpoint, Condition.DOWN)),
        (begun, (element, Condition.RETURNED)),
        (),
    )


def _is_out(happenings: tuple[Happening, ...]) -> bool:
    return any(condition is Condition.DOWN for _, condition in happenings)
