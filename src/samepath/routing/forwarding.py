"""Where a packet goes, router by router: longest match first, then the router's own decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Network

from samepath.routing.assumption import Ask, Question
from samepath.routing.decision import Decision
from samepath.routing.propagation import Solution
from samepath.routing.route import Route, Source
from samepath.routing.steps import Step


class End(Enum):
    """How a packet's way ends."""

    DELIVERED = "delivered"
    NO_ROUTE = "no route"
    NO_FIRST_HOP = "no router takes it"
    """Nobody holds the address that the hosts send to."""
    LOST = "sent where nothing takes it on"
    """The route points into something that is dead, and nobody has noticed."""
    LOOP = "it comes to a router for the second time"


@dataclass(frozen=True, kw_only=True, slots=True)
class Hop:
    """A router on the way, the route that it takes, and its decision."""

    router: str
    route: Route
    decision: Decision

    @property
    def equals(self) -> int:
        """How many routes the router uses together, this one among them."""
        return len(self.decision.chosen)

    @property
    def decided_by(self) -> Step | None:
        """The step that led to this route and to no other one; None: there was no other one.

        It is ``MULTIPATH`` where a flow's hash takes one of several.
        """
        return Step.MULTIPATH if self.equals > 1 else self.decision.step


@dataclass(frozen=True, kw_only=True, slots=True)
class Path:
    """A packet's way: the hops, and how it ends.

    ``tunnel`` is the ``session`` of the VPN route that was taken last (a BGP session, or a tunnel
    with static routing); None: the packet came into no tunnel.
    """

    hops: tuple[Hop, ...]
    end: End
    tunnel: str | None

    @property
    def routers(self) -> tuple[str, ...]:
        """The routers on the way."""
        return tuple(hop.router for hop in self.hops)


def trace(
    solution: Solution,
    start: str,
    destination: IPv4Network,
    ask: Ask,
    *,
    far_ends: Mapping[str, tuple[str, str]],
    lost: frozenset[tuple[str, str]] = frozenset(),
) -> Path:
    """The way of a packet for ``destination`` that the router ``start`` has got.

    ``far_ends`` gives the two routers of each tunnel with static routes. What goes by a path to a
    router, and the two are in ``lost``, is lost, whoever still has a route there.
    """
    hops: list[Hop] = []
    tunnel: str | None = None
    router = start
    while True:
        if router in (hop.router for hop in hops):
            return Path(hops=tuple(hops), end=End.LOOP, tunnel=tunnel)
        if router not in solution.network.routers:
            return Path(hops=tuple(hops), end=End.LOST, tunnel=tunnel)
        decision = _longest_match(solution, router, destination, ask)
        if decision is None:
            return Path(hops=tuple(hops), end=End.NO_ROUTE, tunnel=tunnel)
        route = _one_of(router, decision, ask)
        hops.append(Hop(router=router, route=route, decision=decision))
        pair = _ends(solution, route, far_ends)
        if pair is None:
            end = End.DELIVERED if route.source is Source.CONNECTED else End.LOST
            return Path(hops=tuple(hops), end=end, tunnel=tunnel)
        if route.session in far_ends or solution.network.sessions[route.session].connection:
            tunnel = route.session
        router = pair[1] if pair[0] == router else pair[0]
        if (route.session, router) in lost:
            return Path(hops=tuple(hops), end=End.LOST, tunnel=tunnel)


def _longest_match(
    solution: Solution, router: str, destination: IPv4Network, ask: Ask
) -> Decision | None:
    prefix = solution.longest_match(router, destination)
    return None if prefix is None else solution.decide(router, prefix, ask)


def _one_of(router: str, decision: Decision, ask: Ask) -> Route:
    """The route of several equal ones that a flow's hash takes."""
    if len(decision.chosen) == 1:
        return decision.chosen[0]
    by_session = {route.session: route for route in decision.chosen}
    question = Question(
        subject=router,
        what="which of its equal paths the flow's hash takes",
        answers=tuple(sorted(by_session)),
        per_flow=True,
    )
    return by_session[ask(question)]


def _ends(
    solution: Solution, route: Route, far_ends: Mapping[str, tuple[str, str]]
) -> tuple[str, str] | None:
    session = solution.network.sessions.get(route.session)
    if session is not None:
        return session.ends[0].router, session.ends[1].router
    return far_ends.get(route.session)
