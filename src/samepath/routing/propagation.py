"""Routes carried from router to router until nothing changes any more.

Routers take turns in the order of their names; each sends what its best routes are now. That is
one order of many in which the messages of a real network may arrive. Where BGP has more than one
stable state, or none, the order matters: :func:`propagate` carries the routes again with each
router first, the others in the order of their names or as its messages get to them, and with each
silent until all others have come to rest, and where the ends differ it asks which router was first
or last. That is no proof that there is no other end, but random networks, carried in random orders,
had none. A network that comes back to a state that it has left does not settle: it is reported as
oscillating.

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
from samepath.routing.carrying import Carrier
from samepath.routing.decision import Decision
from samepath.routing.history import Before
from samepath.routing.network import Network, check
from samepath.routing.route import Route, Source
from samepath.routing.selection import Table, candidates, choose


@dataclass(frozen=True, kw_only=True)
class Solution:
    """Where the routes have come to.

    ``heard`` holds, for each (router, session), what the router has accepted from it. ``ended`` are
    the sessions that were taken down because more prefixes came in than an end takes, with their
    number; the rest of the solution is without them. ``oscillating`` are the routers that go on
    changing their minds: what is told of them is one moment of many. ``before`` is where the routes
    had come to when sessions went or came; None: nowhere.
    """

    network: Network
    heard: Mapping[tuple[str, str], Table]
    ended: Mapping[str, int]
    oscillating: frozenset[str] = frozenset()
    before: Solution | None = None

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
        if not chosen:
            return None
        had = None if self.before is None else self.before.recall(router, prefix, ask)
        return choose(self.network, self.network.routers[router], chosen, ask, had)

    def recall(self, router: str, prefix: IPv4Network, ask: Ask) -> Before | None:
        """What a router's next decision sets out from; None: it has no route to the prefix."""
        routes = self.tables.get(router, {}).get(prefix, ())

        def best() -> tuple[Route, ...]:
            decision = self.decide(router, prefix, ask)
            assert decision is not None  # noqa: S101 - it has routes
            return decision.bests

        earlier = None if self.before is None else self.before.recall(router, prefix, ask)
        past = (*earlier.earlier, *earlier.routes) if earlier else ()
        return Before(routes=routes, best=best, earlier=past) if routes else None


def propagate(
    network: Network,
    ask: Ask,
    *,
    before: Solution | None = None,
    any_end: bool = False,
) -> Solution:
    """Carry all routes to a fixed point. ``ask`` answers what no input holds.

    ``any_end``: any one of several stable states will do, and no other is looked for.

    ``before`` is where they had come to when sessions went or came: of several stable states it may
    decide, and what a router uses that goes by what it used (:mod:`~samepath.routing.history`).
    None: the routers had heard nothing.
    Raises :class:`~samepath.routing.network.InvalidNetwork`.
    """
    check(network)
    ended: dict[str, int] = {}
    start = {} if before is None else before.heard

    def recall(router: str, prefix: IPv4Network) -> Before | None:
        return None if before is None else before.recall(router, prefix, ask)

    while True:
        left = network.without(sessions=frozenset(ended))
        carrier = Carrier(left, ask, recall)
        if any_end:
            solution = _run(carrier, sorted(left.routers), start)
        else:
            solution = _settle(carrier, start)
        over = dict(_over_limit(solution))
        if not over:
            return replace(solution, ended=MappingProxyType(ended), before=before)
        ended.update(over)


def _settle(carrier: Carrier, before: Mapping[tuple[str, str], Table]) -> Solution:
    network = carrier.network
    names = sorted(network.routers)
    first = _run(carrier, names, before)
    if first.oscillating or not _may_end_otherwise(network):
        return first
    ends = {f"{names[0]} first": first}
    for name in names:
        others = [one for one in names if one != name]
        for when, end in (
            ("first", _run(carrier, [name, *others], before)),
            (
                "first, and then who hears of it",
                _run(carrier, _from(network, name), before),
            ),
            ("last", _run(carrier, others, before, last=name)),
        ):
            if not end.oscillating and all(end.heard != known.heard for known in ends.values()):
                ends[f"{name} {when}"] = end
    if len(ends) == 1:
        return first
    question = Question(
        subject=", ".join(_that_differ(ends.values())),
        what="which router announced its routes first or last: there are several stable states",
        answers=tuple(ends),
    )
    return ends[carrier.ask(question)]


def _from(network: Network, name: str) -> list[str]:
    """The routers in the order in which what ``name`` says gets to them."""
    order = [name]
    for one in order:
        near = {session.far_from(one).router for session in network.sessions_of[one]}
        order += sorted(near.difference(order))
    return [*order, *sorted(network.routers.keys() - order)]


def _hides_its_own(network: Network) -> bool:
    """Whether a router may put a heard route before one of its own, by a weight that it sets.

    Where none does, and there is one way only between two routers, there is nothing to disagree on.
    """
    return any(
        term.changes.weight is not None
        for name, router in network.routers.items()
        if router.originates
        for session in network.sessions_of[name]
        for term in session.end_of(name).imports.terms
    )


def _may_end_otherwise(network: Network) -> bool:
    """Whether routers may disagree for ever: where there is one way only, there is one end."""
    return _has_a_ring(network) or _hides_its_own(network) or _is_pulled_at(network)


def _is_pulled_at(network: Network) -> bool:
    """Whether two neighbours that do not originate a prefix hear it from two originators.

    Each may then prefer what comes by the other one: an origin on either side makes a line a ring.
    """
    origins: dict[IPv4Network, set[str]] = {}
    for router in network.routers.values():
        for origination in router.originates:
            origins.setdefault(origination.prefix, set()).add(router.name)
    return any(
        _lies_between(network, frozenset(some))
        for some in {frozenset(some) for some in origins.values() if len(some) > 1}
    )


def _lies_between(network: Network, origins: frozenset[str]) -> bool:
    """Whether routers that are not among ``origins``, two or more of them, join two of these."""
    left = network.routers.keys() - origins
    while left:
        reached, found = [left.pop()], set[str]()
        for one in reached:
            near = {session.far_from(one).router for session in network.sessions_of[one]}
            found |= near & origins
            reached += sorted(near & left)
            left -= near
        if len(reached) > 1 and len(found) > 1:
            return True
    return False


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


def _that_differ(ends: Iterable[Solution]) -> list[str]:
    first, *others = ends
    return sorted(
        {
            key[0]
            for other in others
            for key, table in first.heard.items()
            if other.heard[key] != table
        }
    )


def _run(
    carrier: Carrier,
    order: Iterable[str],
    start: Mapping[tuple[str, str], Table],
    *,
    last: str | None = None,
) -> Solution:
    """Carry routes by turns in an order; ``last`` says nothing until the others are at rest."""
    heard = carrier.heard(start)
    order = tuple(order)
    moving = carrier.carry(order, heard, frozenset(order))
    if last is not None and not moving:
        moving = carrier.carry((last, *order), heard, frozenset({last}))
    return Solution(network=carrier.network, heard=heard, ended={}, oscillating=moving)


def _over_limit(solution: Solution) -> Iterator[tuple[str, int]]:
    for session in solution.network.sessions.values():
        for end in session.ends:
            count = len(solution.heard[end.router, session.name])
            if end.route_limit is not None and count > end.route_limit:
                yield session.name, count
