"""Routes carried from router to router until nothing changes any more.

Routers take turns in the order of their names; each sends what its best routes are now. That is
one order of many in which the messages of a real network may arrive. Where BGP has more than one
stable state, or none, the order matters: :func:`propagate` carries the routes once more in the
opposite order, and where the two ends differ it asks which router was first. A network that comes
back to a state that it has left does not settle: it is reported as oscillating.

Source: RFC 4271, sections 3.2 and 9; T. Griffin and G. Wilfong, "An Analysis of BGP Convergence
Properties" (1999), for the networks that have several stable states or none.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from ipaddress import IPv4Network
from types import MappingProxyType

from samepath.routing.assumption import Ask, Question
from samepath.routing.decision import Decision, best_of, decide
from samepath.routing.exchange import (
    favourite_question,
    local,
    receive,
    send,
    send_default,
)
from samepath.routing.network import Network, Router, Session
from samepath.routing.route import Route, Source

Table = Mapping[IPv4Network, Route]


@dataclass(frozen=True, kw_only=True)
class Solution:
    """Where the routes have come to.

    ``heard`` holds, for each (router, session), what the router has accepted from it. ``ended`` are
    the sessions that were taken down because more prefixes came in than an end takes, with their
    number; the rest of the solution is without them. ``oscillating`` are the routers that go on
    changing their minds: what is told of them is one moment of many.
    """

    network: Network
    heard: Mapping[tuple[str, str], Table]
    ended: Mapping[str, int]
    oscillating: frozenset[str] = frozenset()

    @cached_property
    def tables(self) -> Mapping[str, Mapping[IPv4Network, tuple[Route, ...]]]:
        """Every route of every router, by prefix."""
        found: dict[str, dict[IPv4Network, tuple[Route, ...]]] = {}
        for router in self.network.routers:
            table: dict[IPv4Network, list[Route]] = {}
            for route in candidates(self.network, self.heard, router):
                table.setdefault(route.prefix, []).append(route)
            found[router] = {prefix: tuple(routes) for prefix, routes in table.items()}
        return found

    def longest_match(self, router: str, destination: IPv4Network) -> IPv4Network | None:
        """The longest prefix of a router's that holds all of ``destination``; None: it has none."""
        table = self.tables[router]
        for length in range(destination.prefixlen, -1, -1):
            covering = destination.supernet(new_prefix=length)
            if covering in table:
                return covering
        return None

    def decide(self, router: str, prefix: IPv4Network, ask: Ask) -> Decision | None:
        """A router's decision for packets to a prefix among all its routes; None: it has none.

        A prefix of its own leads where the route does that it was announced for.
        """
        routes = self.tables[router].get(prefix, ())
        own = any(not route.is_bgp for route in routes)
        chosen = [route for route in routes if not own or route.source is not Source.LOCAL]
        return _decide(self.network, self.network.routers[router], chosen, ask) if chosen else None


Heard = dict[tuple[str, str], dict[IPv4Network, Route]]


def propagate(network: Network, ask: Ask) -> Solution:
    """Carry all routes to a fixed point. ``ask`` answers what no input holds."""
    ended: dict[str, int] = {}
    while True:
        solution = _settle(network.without(sessions=frozenset(ended)), ask)
        over = dict(_over_limit(solution))
        if not over:
            return replace(solution, ended=MappingProxyType(ended))
        ended.update(over)


def _settle(network: Network, ask: Ask) -> Solution:
    names = sorted(network.routers)
    first = _run(network, names, ask)
    if first.oscillating or not _has_a_ring(network):
        # Between two routers there is one way only, so that there is nothing to disagree on.
        return first
    other = _run(network, names[::-1], ask)
    if other.oscillating or other.heard == first.heard:
        return first
    question = Question(
        subject=", ".join(_that_differ(first, other)),
        what="which router announced its routes first, and that decides between two stable states",
        answers=(names[0], names[-1]),
    )
    return first if ask(question) == names[0] else other


def _has_a_ring(network: Network) -> bool:
    """Whether a route can come round: sessions between the same two routers are one edge."""
    group = {name: name for name in network.routers}

    def root(name: str) -> str:
        while group[name] != name:
            name = group[name]
        return name

    edges = {frozenset(end.router for end in each.ends) for each in network.sessions.values()}
    for edge in edges:
        one, other = map(root, edge)
        if one == other:
            return True
        group[one] = other
    return False


def _that_differ(one: Solution, other: Solution) -> list[str]:
    return sorted({key[0] for key in one.heard if one.heard[key] != other.heard[key]})


def _run(network: Network, order: Iterable[str], ask: Ask) -> Solution:
    heard: Heard = {
        (end.router, session.name): {}
        for session in network.sessions.values()
        for end in session.ends
    }
    order = tuple(order)
    seen: list[dict[tuple[str, str], dict[IPv4Network, Route]]] = []
    moving: frozenset[str] = frozenset()
    news = set(order)
    """Routers that have heard something new since they announced."""
    while True:
        before = {key: dict(table) for key, table in heard.items()}
        for name in order:
            if name in news:
                news.discard(name)
                news |= _announce(network, network.routers[name], heard, ask)
        if not news:
            break
        if moving := _going_round(network, heard):
            break
        if heard in seen:
            cycle = [*seen[seen.index(heard) :], heard]
            moving = frozenset(
                router
                for router, session in heard
                if any(state[router, session] != heard[router, session] for state in cycle)
            )
            break
        seen.append(before)
    return Solution(network=network, heard=heard, ended={}, oscillating=moving)


def _going_round(network: Network, heard: Heard) -> frozenset[str]:
    """The routers that hear a route which more clusters have reflected than there are routers.

    A ring of reflectors that do not look into the cluster list passes on for ever what its source
    has withdrawn long ago (RFC 4456, 8, asks every reflector to look).
    """
    return frozenset(
        router
        for (router, _), table in heard.items()
        if any(route.cluster_length > len(network.routers) for route in table.values())
    )


def _announce(network: Network, router: Router, heard: Heard, ask: Ask) -> set[str]:
    """Let every neighbour hear a router's best routes as they are now; those that hear news."""
    best = dict(_best(network, router, heard, ask))
    reached = set()
    for session in network.sessions_of[router.name]:
        neighbour = session.far_from(router.name).router
        arriving: dict[IPv4Network, Route] = {}
        mirrors = session.end_of(router.name).mirrored_meds is not None
        chosen = _chosen(network, session, router.name, heard, best) if mirrors else None
        for route in _sent(network, session, router.name, best.values(), ask, chosen=chosen):
            taken = receive(network, session, neighbour, route).route
            if taken is not None:
                arriving[taken.prefix] = taken
        if heard[neighbour, session.name] != arriving:
            heard[neighbour, session.name] = arriving
            reached.add(neighbour)
    return reached


def _chosen(
    network: Network,
    session: Session,
    router: str,
    heard: Heard,
    best: Mapping[IPv4Network, Route],
) -> bool | None:
    """Whether a router sends by this session of its connection; None where it has no choice.

    It has one where it hears a prefix over every session of the connection, and sends by one of
    them.
    """
    pair = network.pairs.get(session.connection, ())
    tables = [heard.get((router, name)) for name in pair]
    for prefix in sorted(tables[0] or ()) if tables else ():
        sends_by = best[prefix].session if prefix in best else ""
        if sends_by in pair and all(table is not None and prefix in table for table in tables):
            return sends_by == session.name
    return None


def _sent(
    network: Network,
    session: Session,
    sender: str,
    best: Iterable[Route],
    ask: Ask,
    *,
    chosen: bool | None,
) -> Iterator[Route]:
    for route in best:
        on_wire = send(network, session, sender, route, ask, chosen=chosen).route
        if on_wire is not None:
            yield on_wire
    # It replaces what the table may have for that prefix.
    default = send_default(network, session, sender)
    if default is not None:
        yield default


def _best(
    network: Network, router: Router, heard: Heard, ask: Ask
) -> Iterator[tuple[IPv4Network, Route]]:
    """The route of each prefix that a router announces, where it announces one."""
    by_prefix: dict[IPv4Network, list[Route]] = {}
    own = {origination.prefix for origination in router.originates}
    for route in candidates(network, heard, router.name):
        if route.is_bgp or (router.rules.distances.one_table and route.prefix not in own):
            by_prefix.setdefault(route.prefix, []).append(route)
    for prefix in sorted(by_prefix):
        decision = _decide(network, router, by_prefix[prefix], ask)
        best = best_of(router.rules, decision, ask, router.name, next_hop_self=True)
        if best.is_bgp:
            yield prefix, best


def candidates(
    network: Network, heard: Mapping[tuple[str, str], Table], router: str
) -> Iterator[Route]:
    """Every route that a router has, whatever its source."""
    it = network.routers[router]
    yield from it.routes
    for origination in it.originates:
        route = local(it, origination)
        if route is not None:
            yield route
    for session in network.sessions_of[router]:
        yield from heard[router, session.name].values()


def _decide(network: Network, router: Router, routes: list[Route], ask: Ask) -> Decision:
    def ask_gateway(question: Question) -> str:
        """A gateway's own choice within a connection is its favourite, told by the MED it sends."""
        for connection, pair in network.pairs.items():
            if router.meds is not None and set(question.answers) <= set(pair):
                known = router.favourites.intersection(pair)
                answer = next(iter(known), "") or ask(
                    favourite_question(router.name, connection, pair)
                )
                return answer if answer in question.answers else question.answers[0]
        return ask(question)

    return decide(router.rules, routes, ask_gateway, router.name)


def _over_limit(solution: Solution) -> Iterator[tuple[str, int]]:
    for session in solution.network.sessions.values():
        for end in session.ends:
            count = len(solution.heard[end.router, session.name])
            if end.route_limit is not None and count > end.route_limit:
                yield session.name, count
