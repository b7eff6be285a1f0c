"""Another network put in the place of one that fares alike, in what was worked out for that one."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network

from samepath.routing.assumption import Outcome
from samepath.routing.comparison import Routes
from samepath.routing.decision import Decision
from samepath.routing.forwarding import Hop, Path
from samepath.routing.route import Route
from samepath.routing.verdict import Judgement


def renamed(
    outcomes: tuple[Outcome[Judgement], ...], old: IPv4Network, new: IPv4Network
) -> tuple[Outcome[Judgement], ...]:
    """``outcomes`` for a flow to the site network ``new`` instead of ``old``.

    Questions are about routers and sessions, and stay as they are.
    """

    def route(one: Route) -> Route:
        return replace(one, prefix=new) if one.prefix == old else one

    def routes(some: Routes) -> Routes:
        return tuple(map(route, some))

    def decision(one: Decision) -> Decision:
        return Decision(
            chosen=routes(one.chosen),
            best=None if one.best is None else route(one.best),
            removals=tuple(
                replace(removal, removed=routes(removal.removed)) for removal in one.removals
            ),
        )

    def path(one: Path) -> Path:
        return replace(
            one,
            hops=tuple(
                Hop(router=hop.router, route=route(hop.route), decision=decision(hop.decision))
                for hop in one.hops
            ),
        )

    def judgement(one: Judgement) -> Judgement:
        ways = replace(one.ways, to_site=path(one.ways.to_site), to_vpc=path(one.ways.to_vpc))
        return replace(one, ways=ways)

    return tuple(
        Outcome(result=judgement(outcome.result), because=outcome.because) for outcome in outcomes
    )
