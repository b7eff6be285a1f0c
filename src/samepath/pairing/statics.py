"""Static routes of a device into tunnels that have BGP: they may decide its way to a VPC.

A router takes the longest match first, and of one prefix the source with the better distance. So a
static route decides where no BGP route to the VPC is accepted, or where it is as long as the VPC's
own prefix and better than BGP. No topology can hold it beside BGP. It is told as a preference of the
tunnel's session instead, which is the same as long as the two come and go together; so what is
predicted with it is a doubt.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network

from samepath.aws.networks import VPC_POOL
from samepath.device.reading.configuration import StaticRoute
from samepath.device.reading.support import Part
from samepath.model.policy import Changes, Policy, Term
from samepath.model.topology import Topology
from samepath.pairing.announcing import effect
from samepath.pairing.device import Doubt
from samepath.pairing.matching import Match, Matched, routes_into
from samepath.routing.compile import RULES_OF
from samepath.routing.route import Source
from samepath.routing.steps import Step

_WEIGHT, _LOCAL_PREFERENCE = 65535, 1_000_000
"""Above what people set; a better distance leaves more of it."""


def deciding(found: Matched, topology: Topology, *, requires: bool) -> Mapping[str, StaticRoute]:
    """The static route of each tunnel by which it has a VPC, where static routes decide."""
    by_vpc: dict[IPv4Network, list[Match]] = {}
    for one in found.matches:
        if one.neighbour is not None:
            vpc = topology.vpcs[topology.gateways[one.connection.gateway].vpc].cidr
            by_vpc.setdefault(vpc, []).append(one)
    decided: dict[str, StaticRoute] = {}
    for vpc, matches in by_vpc.items():
        routes = {
            one.name: min(there, key=lambda route: (-route.prefix.prefixlen, rank(found, route)))
            for one in matches
            if (there := [*_to(found, one, vpc)])
        }
        refused = all(_refuses(one, vpc, requires=requires) for one in matches)
        if routes and (refused or any(_beats(found, one, vpc) for one in routes.values())):
            decided.update(routes)
    return decided


def _to(found: Matched, one: Match, vpc: IPv4Network) -> Iterator[StaticRoute]:
    """The static routes into a tunnel by which the VPC is reached; any, where its network is not told."""
    for route in routes_into(found.device, one):
        if vpc.subnet_of(VPC_POOL) or route.prefix.overlaps(vpc):
            yield route


def _refuses(one: Match, vpc: IPv4Network, *, requires: bool) -> bool:
    """Whether the device takes no route to the VPC from a session."""
    assert one.neighbour is not None  # noqa: S101 - it was chosen so
    applied = one.neighbour.imports
    return requires if applied is None else effect(applied.policy, vpc) is None


def _beats(found: Matched, route: StaticRoute, vpc: IPv4Network) -> bool:
    """Whether a static route goes before what BGP has of the VPC."""
    distances = RULES_OF[found.device.configuration.platform].distances
    ebgp, own = distances.default(Source.EBGP).value, distance(found, route)
    first = own > ebgp if distances.higher_wins else own < ebgp
    return first and route.prefix.subnet_of(vpc)


def distance(found: Matched, route: StaticRoute) -> int:
    """The distance of a static route; its platform's own where the route says none."""
    if route.distance is not None:
        return route.distance
    distances = RULES_OF[found.device.configuration.platform].distances
    return distances.default(Source.STATIC).value


def rank(found: Matched, route: StaticRoute) -> int:
    """A number that is lower for the better of two static routes to one prefix."""
    own = distance(found, route)
    return -own if RULES_OF[found.device.configuration.platform].distances.higher_wins else own


def preference(found: Matched, route: StaticRoute) -> Policy:
    """What stands for a static route: all that the session brings is preferred by its distance."""
    own = distance(found, route)
    weighs = RULES_OF[found.device.configuration.platform].takes(Step.WEIGHT)
    changes = (
        Changes(weight=_WEIGHT - own)
        if weighs
        else Changes(local_preference=_LOCAL_PREFERENCE - own)
    )
    return Policy(terms=(Term(changes=changes),))


def doubts(found: Matched, decided: Mapping[str, StaticRoute]) -> Iterator[Doubt]:
    """That what is predicted of static routes is not sure."""
    for name, route in decided.items():
        yield Doubt(
            device=found.device.name,
            place=route.place,
            text="",
            reason=f"a static route to {route.prefix} goes before what {name} has by BGP; it is "
            "taken to come and go with that session",
            parts=frozenset({Part.TO_AWS}),
        )
