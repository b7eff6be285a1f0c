"""A router's routes to each prefix, whatever their source, and its choice among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Network

from samepath.routing.assumption import Ask, Question
from samepath.routing.decision import Decision, decide
from samepath.routing.exchange import favourite_question, local
from samepath.routing.history import Before
from samepath.routing.network import Network, Router
from samepath.routing.route import Route, Source

Table = Mapping[IPv4Network, Route]
"""What a router has accepted from a session, by prefix."""


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


def choose(
    network: Network,
    router: Router,
    routes: list[Route],
    ask: Ask,
    before: Before | None = None,
) -> Decision:
    """A router's choice among routes to one prefix, as one of ``network``; ``before``: it had those."""

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
    return decide(router.rules, routes, ask_gateway, router.name, asn=router.asn, before=before)


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
