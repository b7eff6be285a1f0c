"""Prospects: what a state means to a pair of networks, as the evaluator predicts it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from samepath.model.elements import Element, ElementKind
from samepath.model.topology import Topology
from samepath.routing.availability.components import tunnels_left
from samepath.routing.availability.enumeration import CERTAIN, NOTHING, Prospect, Range
from samepath.routing.evaluator import Member, analyse
from samepath.routing.fate import Verdict
from samepath.routing.states import (
    ALL_UP,
    Condition,
    FailureState,
    Happening,
    joined,
    remembered,
    with_histories,
)
from samepath.routing.verdict import Judged, Pair

LOST = frozenset({Verdict.EXPECTED_OUTAGE, Verdict.UNREACHABLE, Verdict.ASYMMETRIC_DROPPED})
"""Verdicts with which new flows of an end, at least, do not pass."""
_EITHER = Range(low=0.0, high=1.0)

Ways = frozenset[tuple[object, ...]]
"""What packets of both directions pass, one for each outcome."""


@dataclass(frozen=True, kw_only=True)
class Outlook:
    """Pairs of networks that fare alike in every state: one of them, which stands for ``pairs``.

    ``whole`` is the topology that ``topology``, in which it is judged, is a part of.
    """

    pair: Pair
    pairs: int
    whole: Topology
    member: Member
    missing: tuple[Happening, ...]
    """What the design lacks: it is down for ever."""

    @property
    def topology(self) -> Topology:
        """The part of the topology that the pair depends on."""
        return self.member.topology

    def state(self, happenings: Iterable[Happening]) -> FailureState:
        """The state in which these have happened, beside what is missing anyway."""
        return joined(self.topology, (*self.missing, *happenings))

    def of(self, happenings: Iterable[Happening]) -> Prospect:
        """What it means to the pair that these have happened, after whatever history."""
        state = self.state(happenings)
        if state not in self._known:
            outcomes = [
                self.member.judged(self.pair, one, new_only=True)
                for one in with_histories(self.topology, state, self._returned)
            ]
            self._known[state] = _prospect(outcomes)
            ways = {way for some in outcomes for way in _ways(some)}
            if any(some.questions for some in outcomes):
                # Nobody can say that they are those of another state.
                ways.add((state,))
            self._ways[state] = frozenset(ways)
            self._verdicts[state] = frozenset(
                outcome.result.verdict for some in outcomes for outcome in some.outcomes
            )
        return self._known[state]

    def verdicts(self, happenings: Iterable[Happening]) -> frozenset[Verdict]:
        """The verdicts that are possible then."""
        state = self.state(happenings)
        self.of(state.conditions)
        return self._verdicts[state]

    def ways(self, happenings: Iterable[Happening]) -> Ways:
        """What packets pass then."""
        state = self.state(happenings)
        self.of(state.conditions)
        return self._ways[state]

    @cached_property
    def _returned(self) -> tuple[Happening, ...]:
        return remembered(self.topology)

    @cached_property
    def _known(self) -> dict[FailureState, Prospect]:
        return {}

    @cached_property
    def _ways(self) -> dict[FailureState, Ways]:
        return {}

    @cached_property
    def _verdicts(self) -> dict[FailureState, frozenset[Verdict]]:
        return {}


def outlooks(topology: Topology, without: Collection[Element] = ()) -> Iterator[Outlook]:
    """Every pair of networks of a topology, what fares alike once.

    ``without`` are the elements that the design lacks: tunnels and customer gateways.
    """
    missing = joined(topology, ((element, Condition.DOWN) for element in without))
    # Parts are of one kind only where what is missing is the same for them.
    analysis = analyse(topology, dict.fromkeys((ALL_UP, missing)))
    for kind in analysis.kinds:
        member = kind.members[0]
        for pair, place in member.places.items():
            yield Outlook(
                pair=pair,
                pairs=sum(len(one.alike[place]) for one in kind.members),
                whole=topology,
                member=member,
                missing=member.local(missing).conditions,
            )


def going_down(topology: Topology, element: Element) -> tuple[Happening, ...]:
    """What happens when an element fails: a gateway is all its tunnels."""
    if element.kind is ElementKind.GATEWAY:
        return tuple((tunnel, Condition.DOWN) for tunnel in tunnels_left(topology, element))
    return ((element, Condition.DOWN),)


def _prospect(of: Iterable[Judged]) -> Prospect:
    some = tuple(of)
    if any(one.questions for one in some):
        return Prospect(outage=_EITHER, final=False)
    verdicts = [outcome.result.verdict for one in some for outcome in one.outcomes]
    lost = [verdict in LOST for verdict in verdicts]
    outage = CERTAIN if all(lost) else _EITHER if any(lost) else NOTHING
    final = all(verdict is Verdict.EXPECTED_OUTAGE for verdict in verdicts)
    return Prospect(outage=outage, final=final)


def _ways(judged: Judged) -> Iterator[tuple[object, ...]]:
    for outcome in judged.outcomes:
        ways = outcome.result.ways
        yield (*ways.tunnels, ways.to_site.routers, ways.to_vpc.routers)
