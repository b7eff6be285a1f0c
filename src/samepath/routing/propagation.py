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
from samepath.routing.decision import Decision, best_of, decide
from samepath.routing.exchange import (
    favourite_question,
    local,
    receive,
    send,
    send_default,
)
from samepath.routing.network import Network, Router, Session, check
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
        return choose(self.network, self.network.routers[router], chosen, ask) if chosen else None


Heard = dict[tuple[str, str], dict[IPv4Network, Route]]


def propagate(
    network: Network,
    ask: Ask,
    *,
    before: Mapping[tuple[str, str], Table] | None = None,
    any_end: bool = False,
) -> Solution:
    """Carry all routes to a fixed point. ``ask`` answers what no input holds.

    ``any_end``: any one of several stable states will do, and no other is looked for.

    ``before`` is what the routers had heard (:attr:`Solution.heard`) when sessions went or came:
    of several stable states it may decide. None: nothing.
    Raises :class:`~samepath.routing.network.InvalidNetwork`.
    """
    check(network)
    ended: dict[str, int] = {}
    while True:
        left = network.without(sessions=frozenset(ended))
        if any_end:
            solution = _run(left, sorted(left.routers), ask, before or {})
        else:
            solution = _settle(left, ask, before or {})
        over = dict(_over_limit(solution))
        if not over:
            return replace(solution, ended=MappingProxyType(ended))
        ended.update(over)


def _settle(network: Network, ask: Ask, before: Mapping[tuple[str, str], Table]) -> Solution:
    names = sorted(network.routers)
    first = _run(network, names, ask, before)
    if first.oscillating or not _may_end_otherwise(network):
        return first
    ends = {f"{names[0]} first": first}
    for name in names:
        others = [one for one in names if one != name]
        for when, end in (
            ("first", _run(network, [name, *others], ask, before)),
            ("first, and then who hears of it", _run(network, _from(network, name), ask, before)),
            ("last", _run(network, others, ask, before, last=name)),
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
    return ends[ask(question)]


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
    network: Network,
    order: Iterable[str],
    ask: Ask,
    start: Mapping[tuple[str, str], Table],
    *,
    last: str | None = None,
) -> Solution:
    """Carry routes by turns in an order; ``last`` says nothing until the others are at rest."""
    heard: Heard = {
        (end.router, session.name): dict(start.get((end.router, session.name), {}))
        for session in network.sessions.values()
        for end in session.ends
    }
    order = tuple(order)
    moving = _carry(network, order, heard, frozenset(order), ask)
    if last is not None and not moving:
        moving = _carry(network, (last, *order), heard, frozenset({last}), ask)
    return Solution(network=network, heard=heard, ended={}, oscillating=moving)


def _carry(
    network: Network, order: tuple[str, ...], heard: Heard, news: frozenset[str], ask: Ask
) -> frozenset[str]:
    """Change ``heard`` until no router of ``order`` has news; those that go on changing, if any do."""
    seen: list[tuple[Mapping[tuple[str, str], Table], frozenset[str]]] = []
    reached: list[frozenset[str]] = []
    """By round, as ``seen``: the state before it, and who has heard something new in it."""
    while news:
        before = {key: dict(table) for key, table in heard.items()}, news
        if before in seen:
            # Within a round, too, there may be changes that leave no trace at its end.
            return frozenset().union(*reached[seen.index(before) :])
        seen.append(before)
        news, of_round = _round(network, order, heard, news, ask)
        reached.append(of_round)
        if moving := _going_round(network, heard):
            return moving
    return frozenset()


def _round(
    network: Network, order: tuple[str, ...], heard: Heard, news: frozenset[str], ask: Ask
) -> tuple[frozenset[str], frozenset[str]]:
    """Let each router with news announce; those that have news after it, and all that heard some."""
    left, reached = set(news), set[str]()
    for name in order:
        if name in left:
            left.discard(name)
            hearers = _announce(network, network.routers[name], heard, ask)
            left |= hearers.intersection(order)
            reached |= hearers
    return frozenset(left), frozenset(reached)


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
    default = send_default(network, session, sender)
    if default is not None:
        yield default
    for route in best:
        if default is not None and route.prefix == default.prefix:
            # There is one route a prefix on the wire, also where the neighbour refuses it.
            continue
        on_wire = send(network, session, sender, route, ask, chosen=chosen).route
        if on_wire is not None:
            yield on_wire


def _best(
    network: Network, router: Router, heard: Heard, ask: Ask
) -> Iterator[tuple[IPv4Network, Route]]:
    """The route of each prefix that a router announces, where it announces one."""
    by_prefix: dict[IPv4Network, list[Route]] = {}
    own = {origination.prefix for origination in router.originates}
    for route in candidates(network, heard, router.name):
        if route.is_bgp or (router.rules.distances.one_table and route.prefix not in own):
            by_prefix.setdefault(route.prefix, []).append(route)
    reflects = any(each.end_of(router.name).is_client for each in network.sessions_of[router.name])
    for prefix in sorted(by_prefix):
        decision = choose(network, router, by_prefix[prefix], ask)
        best = best_of(
            router.rules, decision, ask, router.name, next_hop_self=True, reflects=reflects
        )
        if best.is_bgp:
            yield prefix, best


def candidates(
    network: Network, heard: Mapping[tuple[str, str], Table], router: str
) -> Iterator[Route]:
    """Every route that a router may use, whatever its source.

    One whose next hop it cannot reach is none (RFC 4271, 9.1.2).
    """
    it = network.routers[router]
    yield from it.routes
    for origination in it.originates:
        route = local(it, origination)
        if route is not None:
            yield route
    for session in network.sessions_of[router]:
        yield from (one for one in heard[router, session.name].values() if resolves(it, one))


def resolves(router: Router, route: Route) -> bool:
    """Whether a router can reach a route's next hop. In an eBGP session it is the neighbour."""
    if router.resolves is None or route.source is not Source.IBGP or route.next_hop is None:
        return True
    return any(route.next_hop in network for network in router.resolves)


def choose(network: Network, router: Router, routes: list[Route], ask: Ask) -> Decision:
    """A router's choice among routes to one prefix, as one of ``network``."""

    def ask_gateway(question: Question) -> str:
        """Of equal routes a gateway takes no connection's but those of the tunnel it favours there.

        It tells it by the MED that it sends. Which connection it takes then, nobody says.
        """
        if router.meds is None or not router.favours_one:
            return ask(question)
        left = list(question.answers)
        for connection, pair in network.pairs.items():
            both = [answer for answer in left if answer in pair]
            if len(both) > 1:
                known = router.favourites.intersection(both)
                favourite = next(iter(known), "") or ask(
                    favourite_question(router.name, connection, pair)
                )
                left = [answer for answer in left if answer not in both or answer == favourite]
        if len(left) == 1:
            return left[0]
        return ask(replace(question, answers=tuple(left)))

    if router.favourites and not router.favours_one:
        routes = _steered(network, router, routes, ask)
    return decide(router.rules, routes, ask_gateway, router.name, asn=router.asn)


def _steered(network: Network, router: Router, routes: list[Route], ask: Ask) -> list[Route]:
    """The routes that are left to a gateway that steers the far end to its ``favourites``.

    Whether it leaves equal routes by the other tunnels itself, or goes on with them, AWS does not
    say. A better one it keeps: prepending outranks what it steers by (VPN user guide, "Route priority").
    """
    there = {route.session: route for route in routes if route.is_bgp}

    def rank(session: str) -> tuple[int, int]:
        med, missing = there[session].med, router.rules.missing_med or 0
        return len(there[session].as_path), missing if med is None else med

    left = {
        session
        for pair in network.pairs.values()
        for favourite in router.favourites.intersection(pair, there)
        for session in there.keys() & set(pair) - router.favourites
        if rank(session) == rank(favourite)
    }
    if not left:
        return routes
    question = Question(
        subject=router.name,
        what="whether it leaves the tunnel itself from which it steers the other end away",
        answers=(_LEAVES, _STAYS),
    )
    return (
        [route for route in routes if route.session not in left]
        if ask(question) == _LEAVES
        else routes
    )


_LEAVES, _STAYS = "it does", "it goes on"


def _over_limit(solution: Solution) -> Iterator[tuple[str, int]]:
    for session in solution.network.sessions.values():
        for end in session.ends:
            count = len(solution.heard[end.router, session.name])
            if end.route_limit is not None and count > end.route_limit:
                yield session.name, count
