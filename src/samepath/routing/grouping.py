"""Grouping: what is the same is told once.

A topology with a few connections has hundreds of pairs of networks in failure states, and few
different answers. Pairs with equal answers in every state form a block; a block's states with
equal answers form a row. Nothing is left out: a row knows its states, a block its pairs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Network

from samepath.model.topology import Topology
from samepath.routing.assumption import Outcome
from samepath.routing.compile import gateway_name
from samepath.routing.fate import Initiator
from samepath.routing.forwarding import End
from samepath.routing.report import Report
from samepath.routing.verdict import Judgement, Pair, PairInState, Transition, Verdict

MOST_OUTCOMES = 3
"""Outcomes of a state that are told each; of more, those with one verdict are told together."""

Way = tuple[str | None, End]
"""The tunnel that a packet takes last, and how its way ends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Told:
    """What is told of a pair in a state; of several ways nobody can say which."""

    to_site: tuple[Way, ...]
    to_vpc: tuple[Way, ...]
    verdict: Verdict
    transition: Transition | None
    verdict_of: Initiator | None
    """Whose flows have this verdict, the worse of two; None: those of both ends."""
    transition_of: Initiator | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """States in which the same is told of a pair."""

    states: tuple[PairInState, ...]
    told: tuple[Told, ...]
    """More than one: nobody can say which. None: too much is open to tell any."""

    @property
    def is_well(self) -> bool:
        """Whether both directions share a tunnel, or nothing is left, and nothing hangs."""
        return bool(self.told) and all(
            one.verdict in {Verdict.SYMMETRIC, Verdict.EXPECTED_OUTAGE}
            and one.transition is not Transition.HANGS
            for one in self.told
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Block:
    """Pairs of networks of which the same is told in every state."""

    pairs: tuple[Pair, ...]
    rows: tuple[Row, ...]
    elsewhere: int
    """How many more states are about what does not join these networks, and change nothing."""

    @property
    def is_well(self) -> bool:
        """Whether nothing drops, is lost, hangs or differs between the directions."""
        return all(row.is_well for row in self.rows)

    @property
    def states(self) -> tuple[PairInState, ...]:
        """Those that are told, of the first pair."""
        return tuple(one for row in self.rows for one in row.states)


def blocks(report: Report) -> tuple[Block, ...]:
    """What a report tells, each thing once; the blocks with trouble first."""
    found: dict[tuple[object, ...], list[Block]] = {}
    joining = _joining(report.topology)
    total = len(report.failure_states)
    for states in _by_pair(report.states):
        pair = states[0].pair
        block = _block(states, _that_join(pair, joining), total)
        found.setdefault(_content(block), []).append(block)
    merged = [
        Block(
            pairs=tuple(pair for block in same for pair in block.pairs),
            rows=same[0].rows,
            elsewhere=same[0].elsewhere,
        )
        for same in found.values()
    ]
    return tuple(sorted(merged, key=lambda block: block.is_well))


def every_state(report: Report) -> tuple[Block, ...]:
    """The same without any grouping: a block for each pair, a row for each state that concerns it."""
    return tuple(
        Block(
            pairs=(states[0].pair,),
            rows=tuple(Row(states=(one,), told=distinct(one.outcomes)) for one in states),
            elsewhere=len(report.failure_states) - len(states),
        )
        for states in _by_pair(report.states)
    )


def distinct(outcomes: Iterable[Outcome[Judgement]]) -> tuple[Told, ...]:
    """What is to be told of the outcomes, each once: what differs in its hops only is one."""
    told = dict.fromkeys(_told(outcome.result) for outcome in outcomes)
    # Where no flow could be open there is nothing to tell beside a case in which one could.
    open_to = {(one.to_site, one.to_vpc, one.verdict) for one in told if one.transition is not None}
    return tuple(
        one
        for one in told
        if one.transition is not None or (one.to_site, one.to_vpc, one.verdict) not in open_to
    )


def in_short(told: tuple[Told, ...]) -> tuple[Told, ...]:
    """The same, with those of one verdict together where they are many."""
    if len(told) <= MOST_OUTCOMES:
        return told
    merged: dict[_Fate, list[Told]] = {}
    for one in told:
        merged.setdefault(_fate(one), []).append(one)
    return tuple(
        Told(
            to_site=tuple(dict.fromkeys(way for one in same for way in one.to_site)),
            to_vpc=tuple(dict.fromkeys(way for one in same for way in one.to_vpc)),
            verdict=same[0].verdict,
            transition=same[0].transition,
            verdict_of=same[0].verdict_of,
            transition_of=same[0].transition_of,
        )
        for same in merged.values()
    )


def _told(judgement: Judgement) -> Told:
    ways = judgement.ways
    return Told(
        to_site=((ways.to_site.tunnel, ways.to_site.end),),
        to_vpc=((ways.to_vpc.tunnel, ways.to_vpc.end),),
        verdict=judgement.verdict,
        transition=judgement.transition,
        verdict_of=_whose({who: fate.verdict for who, fate in judgement.fates}, judgement.verdict),
        transition_of=_whose(
            {who: fate.transition for who, fate in judgement.fates}, judgement.transition
        ),
    )


def _whose(found: Mapping[Initiator, object], worst: object) -> Initiator | None:
    """Whose is the worst; None where both ends have it."""
    having = [who for who, one in found.items() if one is worst]
    return having[0] if len(having) == 1 else None


_Fate = tuple[Verdict, Transition | None, Initiator | None, Initiator | None]


def _fate(told: Told) -> _Fate:
    return told.verdict, told.transition, told.verdict_of, told.transition_of


def _shown(told: Told) -> tuple[object, ...]:
    """What a reader sees of it: a way, or how many there are."""

    def ways(of: tuple[Way, ...]) -> object:
        return of[0] if len(of) == 1 else len(of)

    return ways(told.to_site), ways(told.to_vpc), *_fate(told)


def _by_pair(states: Iterable[PairInState]) -> Iterable[list[PairInState]]:
    found: dict[Pair, list[PairInState]] = {}
    for one in states:
        found.setdefault(one.pair, []).append(one)
    return found.values()


def _block(states: list[PairInState], joining: frozenset[str], total: int) -> Block:
    """Of ``total`` failure states those that concern a pair; ``joining`` is what joins it."""
    told = [one for one in states if _concerns(joining, one) or _changes(one, states[0])]
    rows: dict[tuple[object, ...], list[PairInState]] = {}
    for one in told:
        # All up is what the others are compared with, and stands alone.
        told_of_it = in_short(distinct(one.outcomes))
        key = (not one.state.conditions, frozenset(map(_shown, told_of_it)))
        rows.setdefault(key, []).append(one)
    return Block(
        pairs=(states[0].pair,),
        rows=tuple(
            Row(states=tuple(same), told=in_short(distinct(same[0].outcomes)))
            for same in rows.values()
        ),
        elsewhere=total - len(told),
    )


def _content(block: Block) -> tuple[object, ...]:
    """What a block tells, beside of whom."""
    return tuple(
        (tuple(one.state for one in row.states), frozenset(map(_shown, row.told)))
        for row in block.rows
    )


def _joining(topology: Topology) -> Mapping[tuple[str, IPv4Network], frozenset[str]]:
    """The names of the connections and customer gateways that join a gateway to a site's network."""
    behind: dict[str, list[IPv4Network]] = {}
    for site in topology.sites.values():
        for customer in site.customer_gateways:
            behind.setdefault(customer, []).extend(site.networks)
    found: dict[tuple[str, IPv4Network], set[str]] = {}
    for connection in topology.connections.values():
        customer = connection.customer_gateway
        for network in behind.get(customer, ()):
            names = found.setdefault((gateway_name(connection.gateway), network), set())
            names |= {connection.name, customer}
    return {joined: frozenset(names) for joined, names in found.items()}


def _that_join(
    pair: Pair, joining: Mapping[tuple[str, IPv4Network], frozenset[str]]
) -> frozenset[str]:
    """Those of :func:`_joining` that join a pair, which may be of a part of a site's network."""
    for length in range(pair.site.prefixlen, -1, -1):
        names = joining.get((pair.gateway, pair.site.supernet(new_prefix=length)))
        if names is not None:
            return names
    return frozenset()


def _concerns(joining: frozenset[str], one: PairInState) -> bool:
    """Whether all that has happened has happened to what joins the pair's two networks."""
    return all(element.name in joining for element, _ in one.state.conditions)


def _changes(one: PairInState, all_up: PairInState) -> bool:
    """Whether a state is another one for the pair than that in which all is up."""

    def told(of: PairInState) -> set[Told]:
        return {
            replace(each, transition=None, transition_of=None) for each in distinct(of.outcomes)
        }

    moved = {each.transition for each in distinct(one.outcomes)} - {None, Transition.SURVIVES}
    return bool(one.questions) or bool(moved) or told(one) != told(all_up)
