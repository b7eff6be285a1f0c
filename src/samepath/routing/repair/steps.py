"""The order in which a repair's statements are typed, and what each does to open flows.

Between the first statement and the last the VPN is one that nobody wanted. Every set of the
statements is a topology, so what it does is known; of all ways from none of them to all, the one is
taken whose worst moment is the least bad, and among equal ones that with the fewest bad moments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from samepath.model.change import Change, DropTerm, SetAttribute, SetKey, changed
from samepath.model.topology import Topology
from samepath.routing.assumption import Outcome
from samepath.routing.evaluator import analyse
from samepath.routing.fate import transition_between
from samepath.routing.repair.goal import NO_LOSS, Found, rank
from samepath.routing.states import ALL_UP, FailureState
from samepath.routing.verdict import (
    Judgement,
    Pair,
    PairInState,
    Transition,
    flows_of,
)

MOST_ORDERED = 7
"""Statements of which every order is weighed; of more, the least bad next one is taken."""
MOST_WEIGHED = 3
"""Statements of which every set is looked at in all states; of more, with all up."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Cut:
    """What a step does to the flows of a pair that are open when it is typed.

    More than one ``transition`` is undetermined.
    """

    pair: Pair
    transitions: frozenset[Transition]


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A statement that is typed, and the network after it.

    ``faults`` are the verdicts that lose packets, or may, in any state.
    """

    change: Change
    all_up: tuple[PairInState, ...]
    faults: tuple[PairInState, ...]
    cuts: tuple[Cut, ...]


Weight = tuple[int, int]
"""How bad a moment is: the pairs that lose packets with all up, and the verdicts that do at all."""


def in_order(
    part: Topology, changes: frozenset[Change], before: Found, after: Found
) -> tuple[Step, ...]:
    """The steps of a repair of a group, in the order that is least bad between them."""
    states = tuple(dict.fromkeys(state for _, state in before))
    it = _Moments(part, states, few=len(changes) <= MOST_WEIGHED)
    order = _least_bad(it, changes) if len(changes) <= MOST_ORDERED else _greedily(it, changes)
    return tuple(_steps(part, order, before, after))


class _Moments:
    """The topologies between the first statement and the last, each weighed once."""

    def __init__(self, part: Topology, states: tuple[FailureState, ...], *, few: bool) -> None:
        self.part = part
        self.states = states if few else (ALL_UP,)
        self.weights: dict[frozenset[Change], Weight] = {}

    def weight(self, made: frozenset[Change]) -> Weight:
        """How bad it is while these statements are made and no other."""
        if made not in self.weights:
            lost = [
                one for one in analyse(changed(self.part, made), self.states) if rank(one) > NO_LOSS
            ]
            self.weights[made] = (sum(one.state == ALL_UP for one in lost), len(lost))
        return self.weights[made]


def _least_bad(it: _Moments, changes: frozenset[Change]) -> tuple[Change, ...]:
    """By sets of statements, from the small to the large: the best way to each one."""
    best: dict[frozenset[Change], tuple[Weight, Weight, tuple[Change, ...]]] = {
        frozenset(): ((0, 0), (0, 0), ())
    }
    for _ in changes:
        further: dict[frozenset[Change], tuple[Weight, Weight, tuple[Change, ...]]] = {}
        for made, (worst, total, order) in best.items():
            for change in sorted(changes - made, key=typed):
                after = made | {change}
                weight = (0, 0) if after == changes else it.weight(after)
                way = (
                    max(worst, weight),
                    (total[0] + weight[0], total[1] + weight[1]),
                    (*order, change),
                )
                if after not in further or way[:2] < further[after][:2]:
                    further[after] = way
        best = further
    return best[changes][2]


def _greedily(it: _Moments, changes: frozenset[Change]) -> tuple[Change, ...]:
    order: list[Change] = []
    while left := sorted(changes.difference(order), key=typed):
        order.append(min(left, key=lambda change: it.weight(frozenset((*order, change)))))
    return tuple(order)


def typed(change: Change) -> tuple[str, int, str, str, int]:
    """Where a statement stands among those of a file, for an order that says nothing else."""
    match change:
        case SetKey(key=key, name=name):
            return (name, 0, "", key.value, 0)
        case SetAttribute(place=place, term=term, attribute=attribute):
            return (
                place.connection,
                place.tunnel,
                f"{place.end.value} {place.direction.value}",
                attribute.value,
                -1 if term is None else term,
            )
        case DropTerm(place=place, term=term):
            where = f"{place.end.value} {place.direction.value}"
            return (place.connection, place.tunnel, where, "", term)


def _steps(
    part: Topology, order: tuple[Change, ...], before: Found, after: Found
) -> Iterator[Step]:
    states = tuple(dict.fromkeys(state for _, state in before))
    now: Mapping[Pair, PairInState] = {
        pair: one for (pair, state), one in before.items() if state == ALL_UP
    }
    for number, change in enumerate(order, start=1):
        topology = changed(part, order[:number])
        last = number == len(order)
        found = tuple(after.values()) if last else tuple(analyse(topology, states))
        then = {one.pair: one for one in found if one.state == ALL_UP}
        yield Step(
            change=change,
            all_up=tuple(then.values()),
            faults=tuple(one for one in found if rank(one) > NO_LOSS),
            cuts=tuple(_cuts(topology, now, then)),
        )
        now = then


def _cuts(
    topology: Topology, now: Mapping[Pair, PairInState], then: Mapping[Pair, PairInState]
) -> Iterator[Cut]:
    firewalls = flows_of(topology).firewalls
    for pair, one in then.items():
        transitions = {
            transition_between(opened.result.ways, after.result.ways, firewalls)
            for opened in now[pair].outcomes
            for after in one.outcomes
            if _together(opened, after)
        }
        told = frozenset(each for each in transitions if each is not None)
        if told - {Transition.SURVIVES}:
            yield Cut(pair=pair, transitions=told)


def _together(one: Outcome[Judgement], other: Outcome[Judgement]) -> bool:
    """Whether two outcomes may follow one another: no question has two answers."""
    return any(
        all(dict(answers).get(question, answer) == answer for question, answer in others)
        for answers in one.because
        for others in other.because
    )
