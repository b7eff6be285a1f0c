"""From a topology to the network of its routers.

A gateway is one router here, whatever number of endpoints it has: which of them announces what is
told by the session. Each connection gives it two sessions, or two static routes a site network.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Network

from samepath.model import limits
from samepath.model.address_plan import lan_address
from samepath.model.elements import Element, ElementKind
from samepath.model.policy import Opaque, Policy
from samepath.model.preference import ACTIVE_MED, STANDBY_MED, customer_policies
from samepath.model.topology import (
    BestPath,
    Connection,
    CustomerGateway,
    Gateway,
    GatewayKind,
    GatewayPrefers,
    Mode,
    Platform,
    Routing,
    Topology,
    Tunnel,
)
from samepath.model.topology_view import ibgp_neighbours, site_networks, tunnels_of
from samepath.routing.network import Network, Origination, Router, Session, SessionEnd
from samepath.routing.platforms import PLATFORMS
from samepath.routing.route import Origin, Route, Source
from samepath.routing.rules import WORST_MED, Rules
from samepath.routing.rules import Platform as Kind

LAN = "lan"
"""The ``session`` of a connected route to a site network."""
VPC = "vpc"
"""The ``session`` of a gateway's route into its VPC."""
STEERING_MED = ACTIVE_MED - 1
"""What a transit gateway announces on the tunnel that stays while the other one is in maintenance:
AWS says that it is lower than before, and not how much."""
RULES_OF: Mapping[Platform, Rules] = {one: PLATFORMS[Kind(one.value)] for one in Platform}
"""The rules of each platform that a customer gateway may be of, with nothing changed."""

TRACKING = frozenset(Platform) - {Platform.BIRD, Platform.QUAGGA}
"""Platforms that announce a site network only while they have a route to it.

FRR's ``network`` does since 7.4 (``bgp network import-check``), FortiOS's by its own default
(``network-import-check``); IOS's and ASA's always do, and so does what Junos, PAN-OS and RouterOS
export of their tables. Quagga's does not unless it is told to. The BIRD that samepath writes
announces it always.
"""

OWN_ONLY = frozenset({Platform.BIRD})
"""Platforms that pass on nothing from one gateway to another.

The BIRD that samepath writes announces its site's networks only; a router without an export policy
passes on all that it hears.
"""


def rules_of(customer: CustomerGateway) -> Rules:
    """How a customer gateway chooses: its platform's rules, with what its configuration changes."""
    knobs, rules = customer.best_path, RULES_OF[customer.platform]
    if knobs == BestPath():
        return rules

    def either(given: bool | None, own: bool) -> bool:  # noqa: FBT001 - a value, no switch
        return own if given is None else given

    missing = {True: WORST_MED, False: 0, None: rules.missing_med}
    paths = knobs.maximum_paths
    return replace(
        rules,
        always_compare_med=either(knobs.always_compare_med, rules.always_compare_med),
        deterministic_med=either(knobs.deterministic_med, rules.deterministic_med),
        compare_router_id=either(knobs.compare_router_id, rules.compare_router_id),
        missing_med=missing[knobs.missing_med_as_worst],
        multipath=rules.multipath
        if paths is None
        else replace(rules.multipath, ebgp=paths, ibgp=paths),
    )


def requires_policy(customer: CustomerGateway) -> bool:
    """Whether a customer gateway exchanges nothing over eBGP in a direction without a policy.

    The BIRD that samepath writes has filters of its own in both.
    """
    if customer.requires_policy is not None:
        return customer.requires_policy
    return customer.platform is not Platform.BIRD and RULES_OF[customer.platform].needs_policy


def gateway_rules(gateway: Gateway) -> Rules:
    """How a gateway chooses."""
    if gateway.kind is GatewayKind.VIRTUAL_PRIVATE:
        return PLATFORMS[Kind.AWS_VGW]
    rules = PLATFORMS[Kind.AWS_TGW]
    return rules if gateway.ecmp else replace(rules, multipath=replace(rules.multipath, ebgp=1))


def route_limit(gateway: Gateway) -> int:
    """How many prefixes a gateway takes of a customer gateway; above, it ends the session."""
    if gateway.kind is GatewayKind.TRANSIT:
        return limits.ROUTES_FROM_CUSTOMER_OF_TRANSIT
    return limits.ROUTES_FROM_CUSTOMER


def gateway_name(name: str) -> str:
    """The router of a gateway: its element's name."""
    return str(Element(kind=ElementKind.GATEWAY, name=name))


def customer_name(name: str) -> str:
    """The router of a customer gateway: its element's name."""
    return str(Element(kind=ElementKind.CUSTOMER_GATEWAY, name=name))


def tunnel_name(connection: Connection, tunnel: Tunnel) -> str:
    """A tunnel's element, which is also the ``session`` of the static routes that point into it."""
    return str(Element(kind=ElementKind.TUNNEL, name=connection.name, tunnel=tunnel.number))


def session_name(connection: Connection, tunnel: Tunnel) -> str:
    """The BGP session in a tunnel: its element's name."""
    return str(Element(kind=ElementKind.BGP, name=connection.name, tunnel=tunnel.number))


def tunnel_of(path: str) -> str:
    """The tunnel of a :func:`path_name`."""
    return path.removesuffix("/bgp")


def is_tunnels(path: str) -> bool:
    """Whether a route's ``session`` is a tunnel's; the others lead over a LAN."""
    return "/ibgp/" not in path


def path_name(connection: Connection, tunnel: Tunnel) -> str:
    """What a route over a tunnel has as its ``session``: the session, or the tunnel if static."""
    of = session_name if connection.routing is Routing.BGP else tunnel_name
    return of(connection, tunnel)


def compile_network(topology: Topology, active: Mapping[str, int] | None = None) -> Network:
    """The network of ``topology``; ``active`` overrides the connections' own active tunnels."""
    chosen = {
        connection.name: (active or {}).get(connection.name, connection.active)
        for connection in topology.connections.values()
    }
    bgp = [
        (connection, tunnel)
        for connection, tunnel in tunnels_of(topology)
        if connection.routing is Routing.BGP
    ]
    routers = (*_gateways(topology, chosen), *_customers(topology, chosen))
    return Network(
        routers={router.name: router for router in routers},
        sessions={
            session.name: session
            for session in (
                *(_session(topology, each, tunnel, chosen[each.name]) for each, tunnel in bgp),
                *_neighbours(topology),
            )
        },
        pairs={
            connection.name: tuple(path_name(connection, each) for each in connection.tunnels)
            for connection in topology.connections.values()
        },
    )


def _gateways(topology: Topology, active: Mapping[str, int]) -> Iterator[Router]:
    for gateway in topology.gateways.values():
        vpc = topology.vpcs[gateway.vpc].cidr
        transit = gateway.kind is GatewayKind.TRANSIT
        mine = [one for one in topology.connections.values() if one.gateway == gateway.name]
        yield Router(
            name=gateway_name(gateway.name),
            asn=gateway.asn,
            rules=gateway_rules(gateway),
            originates=(Origination(prefix=vpc),),
            routes=(
                Route(prefix=vpc, source=Source.CONNECTED, session=VPC),
                *(
                    Route(prefix=network, source=Source.STATIC, session=tunnel_name(one, tunnel))
                    for one in mine
                    if one.routing is Routing.STATIC
                    for tunnel in one.tunnels
                    for network in site_networks(topology, one.customer_gateway)
                ),
            ),
            favourites=frozenset()
            if transit
            else frozenset(
                path_name(one, tunnel)
                for one in mine
                for tunnel in one.tunnels
                if tunnel.number == active[one.name]
                and one.gateway_prefers is GatewayPrefers.ACTIVE
            ),
            meds=(STEERING_MED, ACTIVE_MED) if transit else (ACTIVE_MED, STANDBY_MED),
            favours_one=not transit,
        )


STANDBY_METRIC = 1
"""The metric of a site's static route into the tunnel that is not the active one."""


def _customers(topology: Topology, active: Mapping[str, int]) -> Iterator[Router]:
    for customer in topology.customer_gateways.values():
        mine = [
            one for one in topology.connections.values() if one.customer_gateway == customer.name
        ]
        networks = site_networks(topology, customer.name)
        yield Router(
            name=customer_name(customer.name),
            asn=customer.asn,
            rules=rules_of(customer),
            router_id=customer.address,
            asks_at_once=len(_unread(mine)) > MOST_QUESTIONS,
            resolves=(
                *networks,
                *(tunnel.inside for one in mine for tunnel in one.tunnels),
            ),
            originates=(
                *(
                    Origination(prefix=network, tracks=customer.platform in TRACKING)
                    for network in networks
                ),
                *(
                    Origination(prefix=aggregate, origin=Origin.INCOMPLETE, tracks=False)
                    for aggregate in customer.aggregates
                ),
            ),
            routes=(
                *(
                    Route(prefix=network, source=Source.CONNECTED, session=LAN)
                    for network in dict.fromkeys(
                        (*networks, *_within(customer.aggregates, networks))
                    )
                ),
                *(
                    Route(
                        prefix=topology.vpcs[topology.gateways[one.gateway].vpc].cidr,
                        source=Source.STATIC,
                        session=tunnel_name(one, tunnel),
                        igp_metric=0 if tunnel.number == active[one.name] else STANDBY_METRIC,
                    )
                    for one in mine
                    if one.routing is Routing.STATIC
                    for tunnel in one.tunnels
                ),
            ),
        )


MOST_QUESTIONS = 3
"""So many terms of a customer gateway that are not understood are asked for one by one.

Each doubles what is to be worked out, and nobody reads more combinations than these.
"""


def _unread(connections: Iterable[Connection]) -> frozenset[tuple[Opaque, ...]]:
    """What is not understood in the customer's policies, once for each term that holds it."""
    return frozenset(
        term.opaque
        for connection in connections
        for tunnel in connection.tunnels
        for policy in (tunnel.customer_policy.imports, tunnel.customer_policy.exports)
        for term in policy.terms
        if term.opaque
    )


def _within(
    aggregates: Iterable[IPv4Network], networks: Iterable[IPv4Network]
) -> Iterator[IPv4Network]:
    """Those of a device's prefixes that lie in a network of its site, and so lead to it.

    It may have them of a static route; one that goes nowhere would cut off the hosts there.
    """
    return (one for one in aggregates if any(one.subnet_of(each) for each in networks))


def neighbour_name(one: str, other: str) -> str:
    """The iBGP session between two customer gateways."""
    return f"{customer_name(one)}/ibgp/{other}"


def _neighbours(topology: Topology) -> Iterator[Session]:
    """The iBGP between the customer gateways of a site.

    Who passes on what it has heard in a tunnel names itself as next hop, unless the file says that it
    does not: the other one has no route to the inside address at the tunnel's far end.
    """
    for both in ibgp_neighbours(topology):
        yield Session(
            name=neighbour_name(*both.names),
            ends=tuple(  # type: ignore[arg-type]  # two in, two out
                SessionEnd(
                    router=customer_name(name),
                    address=lan_address(both.site, name, both.network).ip,
                    next_hop_self=name not in both.site.keeps_next_hop,
                )
                for name in both.names
            ),
        )


def _session(topology: Topology, connection: Connection, tunnel: Tunnel, active: int) -> Session:
    device = topology.customer_gateways[connection.customer_gateway]
    customer = customer_policies(connection, tunnel.number, active)
    # What pins a tunnel stands in a policy on both of them, also where it changes nothing.
    any_will_do = not requires_policy(device) or connection.mode is Mode.PINNED
    return Session(
        name=session_name(connection, tunnel),
        connection=connection.name,
        ends=(
            SessionEnd(
                router=gateway_name(connection.gateway),
                address=tunnel.gateway_inside.ip,
                imports=tunnel.gateway_policy.imports,
                exports=tunnel.gateway_policy.exports,
                route_limit=route_limit(topology.gateways[connection.gateway]),
            ),
            SessionEnd(
                router=customer_name(connection.customer_gateway),
                address=tunnel.customer_inside.ip,
                imports=customer.imports,
                exports=customer.exports,
                accepts=any_will_do or bool(customer.imports.terms),
                announces=any_will_do or bool(customer.exports.terms),
                own_only=device.platform in OWN_ONLY,
                default_originate=Policy() if customer.default_originate else None,
                mirrored_meds=(ACTIVE_MED, STANDBY_MED) if connection.mode is Mode.FOLLOW else None,
                prefers=tunnel.number == active,
            ),
        ),
    )
