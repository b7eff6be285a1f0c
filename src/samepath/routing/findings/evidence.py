"""What the detectors look at, and the questions that more than one of them asks of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from samepath.model import elements
from samepath.model.problems import at
from samepath.model.topology import Connection, Routing, Topology, Tunnel
from samepath.model.topology_view import tunnels_of
from samepath.routing.assumption import first_answer
from samepath.routing.compile import compile_network, customer_name, gateway_name, tunnel_of
from samepath.routing.forwarding import Path
from samepath.routing.observation import Difference
from samepath.routing.propagation import Solution, propagate
from samepath.routing.states import ALL_UP
from samepath.routing.verdict import Judgement, Pair, PairInState


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """An analysed topology: the intent, its routes with all up, and every verdict."""

    topology: Topology
    solution: Solution
    states: tuple[PairInState, ...]
    normally: tuple[PairInState, ...] = ()
    """What others are compared with, where nobody asked for it: each pair with all up."""
    differences: tuple[Difference, ...] = ()
    """Where a router's own table is not what the topology leads to."""

    @cached_property
    def all_up(self) -> tuple[PairInState, ...]:
        """The verdicts with all up, if they were asked for."""
        return tuple(one for one in self.states if one.state == ALL_UP)

    @cached_property
    def usual(self) -> Mapping[Pair, PairInState]:
        """Each pair with all up, asked for or not: what a state is compared with."""
        return {one.pair: one for one in (*self.normally, *self.all_up)}

    @cached_property
    def by_pair(self) -> Mapping[Pair, tuple[PairInState, ...]]:
        """The verdicts of each pair of networks."""
        found: dict[Pair, list[PairInState]] = {}
        for one in self.states:
            found.setdefault(one.pair, []).append(one)
        return {pair: tuple(states) for pair, states in found.items()}

    @cached_property
    def bgp_tunnels(self) -> tuple[tuple[Connection, Tunnel], ...]:
        """The tunnels with a BGP session in them."""
        return tuple(
            (connection, tunnel)
            for connection, tunnel in tunnels_of(self.topology)
            if connection.routing is Routing.BGP
        )


def gather(
    topology: Topology,
    states: Iterable[PairInState],
    differences: Iterable[Difference] = (),
    *,
    normally: Iterable[PairInState] = (),
) -> Evidence:
    """The evidence on ``topology``, of which ``states`` are the verdicts.

    ``normally``: each pair with all up, if that is not among the states.
    """
    # Which prefixes are heard where does not depend on what nobody says, but for policies of which
    # not all is understood: those are taken by what is.
    solution = propagate(compile_network(topology), first_answer, any_end=True)
    return Evidence(
        topology=topology,
        solution=solution,
        states=tuple(states),
        normally=tuple(normally),
        differences=tuple(differences),
    )


def judgements(one: PairInState) -> Iterator[Judgement]:
    """What may become of a pair in a state."""
    for outcome in one.outcomes:
        yield outcome.result


def ways_of(judgement: Judgement) -> tuple[Path, Path]:
    """The ways to the site and to the VPC."""
    return judgement.ways.to_site, judgement.ways.to_vpc


@dataclass(frozen=True, kw_only=True, slots=True)
class Alike:
    """Pairs with the same routers, of which something holds in the same states."""

    pairs: tuple[Pair, ...]
    states: tuple[PairInState, ...]
    """Those of the first pair."""

    @property
    def networks(self) -> str:
        """The pairs in words."""
        return some([str(pair) for pair in self.pairs], "pairs")

    @property
    def named(self) -> str:
        """The states in words."""
        return some([one.state.name for one in self.states], "states")


def alike(it: Evidence, holds: Callable[[PairInState], bool]) -> Iterator[Alike]:
    """Where ``holds`` does: the pairs together that nothing tells apart."""
    groups: dict[tuple[object, ...], list[tuple[Pair, tuple[PairInState, ...]]]] = {}
    for pair, states in it.by_pair.items():
        told = tuple(one for one in states if holds(one))
        if told:
            key = (pair.gateway, pair.customer, *(one.state for one in told))
            groups.setdefault(key, []).append((pair, told))
    for group in groups.values():
        yield Alike(pairs=tuple(pair for pair, _ in group), states=group[0][1])


def some(names: list[str], what: str) -> str:
    """Two of many names, and how many more there are."""
    more = len(names) - 2
    if more == 1:
        what = what.removesuffix("s")
    return ", ".join(names[:2]) + (f" and {more} more {what}" if more > 0 else "")


def either(tunnels: Iterable[str]) -> str:
    """One of some tunnels, each named once."""
    names = sorted(set(tunnels))
    return " or ".join(names) if len(names) < 3 else some(names, "tunnels")


def policy_path(connection: Connection, tunnel: Tunnel, *steps: str | int) -> str:
    """Where a tunnel's policy stands in the topology file."""
    return at("connections", connection.name, "tunnels", tunnel.number - 1, "policy", *steps)


def tunnel_at(it: Evidence, path: str) -> tuple[Connection, Tunnel]:
    """The tunnel that a way takes, by the ``session`` of its route, with its connection."""
    element = elements.parse(tunnel_of(path))
    connection = it.topology.connections[element.name]
    return connection, connection.tunnels[(element.tunnel or 1) - 1]


def ends_of(connection: Connection) -> tuple[tuple[str, str], tuple[str, str]]:
    """The routers of a connection's two ends, each with the word for it."""
    return (
        ("gateway", gateway_name(connection.gateway)),
        ("customer", customer_name(connection.customer_gateway)),
    )
