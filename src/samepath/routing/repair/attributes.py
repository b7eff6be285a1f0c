"""What the ends of a tunnel make of the other's announcement, and the statements that change it.

A route is taken through the two policies of its way alone, without the rest of the network: that
says what a choice will be made by, and a design is built from it. Whether the design does what it
should is not decided here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from samepath.model.change import (
    Attribute,
    Direction,
    DropTerm,
    End,
    PolicyPlace,
    SetAttribute,
    amended,
    matches_everything,
    policy_at,
    setters,
)
from samepath.model.policy import Policy
from samepath.model.preference import customer_policies
from samepath.model.topology import Connection, Topology, Tunnel
from samepath.routing.compile import rules_of
from samepath.routing.policy import apply
from samepath.routing.route import Route, Source
from samepath.routing.steps import Step

MOST_PREPENDS = 16
"""What a topology file admits."""


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class Liking:
    """How much a customer gateway likes a tunnel, before MED; the higher the better."""

    weight: int
    local_preference: int
    shortness: int
    """Minus the length of the AS path."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Attributes:
    """What the two ends of a tunnel hear over it. None, or a network less: nothing.

    ``lengths`` are those of the AS paths at the gateway, by site network.
    """

    liking: Liking | None
    lengths: dict[IPv4Network, int]


def place(connection: Connection, tunnel: Tunnel, end: End, direction: Direction) -> PolicyPlace:
    """Where a policy of a tunnel stands."""
    return PolicyPlace(
        connection=connection.name, tunnel=tunnel.number, end=end, direction=direction
    )


def attributes(
    topology: Topology,
    connection: Connection,
    tunnel: Tunnel,
    networks: Iterable[IPv4Network],
) -> Attributes:
    """What both ends hear over a tunnel, as its connection's mode and policies stand."""
    customer = customer_policies(connection, tunnel.number, connection.active)
    gateway = topology.gateways[connection.gateway]
    device = topology.customer_gateways[connection.customer_gateway]
    vpc = topology.vpcs[gateway.vpc].cidr
    lengths = {}
    for network in networks:
        route = _through(
            network,
            (customer.exports, device.asn),
            (tunnel.gateway_policy.imports, gateway.asn),
        )
        if route is not None:
            lengths[network] = len(route.as_path)
    heard = _through(
        vpc, (tunnel.gateway_policy.exports, gateway.asn), (customer.imports, device.asn)
    )
    if heard is None:
        return Attributes(liking=None, lengths=lengths)
    rules = rules_of(device)
    preference = heard.local_preference
    return Attributes(
        liking=Liking(
            weight=heard.weight or 0 if rules.takes(Step.WEIGHT) else 0,
            local_preference=rules.local_preference if preference is None else preference,
            shortness=-len(heard.as_path),
        ),
        lengths=lengths,
    )


def _through(network: IPv4Network, *policies: tuple[Policy, int]) -> Route | None:
    """A route for ``network`` behind policies, each of the router with that ASN."""
    route: Route | None = Route(prefix=network, source=Source.EBGP, session="")
    for policy, asn in policies:
        if route is not None:
            route = apply(policy, route, asn).route
    return route


def admitting(
    topology: Topology, connection: Connection, tunnel: Tunnel, networks: Iterable[IPv4Network]
) -> Iterator[DropTerm]:
    """The terms that keep the VPC's or the site's networks from being heard over a tunnel."""
    vpc = topology.vpcs[topology.gateways[connection.gateway].vpc].cidr
    ways = (
        ((End.GATEWAY, Direction.EXPORT), (End.CUSTOMER, Direction.IMPORT), (vpc,)),
        ((End.CUSTOMER, Direction.EXPORT), (End.GATEWAY, Direction.IMPORT), tuple(networks)),
    )
    for sending, hearing, prefixes in ways:
        for end, direction in (sending, hearing):
            where = place(connection, tunnel, end, direction)
            yield from _rejecting(policy_at(connection, where), where, prefixes)


def _rejecting(
    policy: Policy, where: PolicyPlace, prefixes: tuple[IPv4Network, ...]
) -> Iterator[DropTerm]:
    found: dict[DropTerm, None] = {}
    for prefix in prefixes:
        dropped: list[DropTerm] = []
        while True:
            left = amended(policy, dropped)
            route = Route(prefix=prefix, source=Source.EBGP, session="")
            result = apply(Policy(terms=tuple(term for _, term in left)), route, 0)
            if result.route is not None or result.term is None:
                break
            position = left[result.term][0]
            assert position is not None  # noqa: S101 - nothing is put in front here
            dropped.append(DropTerm(place=where, term=position))
        found.update(dict.fromkeys(dropped))
    yield from found


def to_have(
    policy: Policy,
    where: PolicyPlace,
    attribute: Attribute,
    value: int | None,
    prefixes: Iterable[IPv4Network],
) -> tuple[SetAttribute, ...]:
    """The fewest statements after which a policy gives routes to ``prefixes`` a value.

    ``value`` None: it leaves the attribute alone.
    """
    there = tuple(setters(policy, attribute))
    cleared = tuple(
        SetAttribute(place=where, term=term, attribute=attribute, before=before, after=None)
        for term, before in there
    )
    if value is None:
        return cleared
    if len(there) == 1:
        ((term, before),) = there
        one = SetAttribute(place=where, term=term, attribute=attribute, before=before, after=value)
        if all(_given(policy, one, prefix) for prefix in prefixes):
            return (one,)
    # In the first term where that is for every route; else in a new one in front of it.
    first = 0 if policy.terms and matches_everything(policy.terms[0]) else None
    added = SetAttribute(place=where, term=first, attribute=attribute, before=None, after=value)
    if first is not None and there and there[0][0] == first:
        ((_, before), *_) = there
        rest = tuple(change for change in cleared if change.term != first)
        return (
            SetAttribute(place=where, term=first, attribute=attribute, before=before, after=value),
            *rest,
        )
    return (*cleared, added)


def _given(policy: Policy, change: SetAttribute, prefix: IPv4Network) -> bool:
    """Whether a route to ``prefix`` has the change's value after the changed policy."""
    terms = amended(policy, (change,))
    bare = Route(prefix=prefix, source=Source.EBGP, session="")
    route = apply(Policy(terms=tuple(term for _, term in terms)), bare, 0).route
    if route is None:
        return True
    match change.attribute:
        case Attribute.LOCAL_PREFERENCE:
            return route.local_preference == change.after
        case Attribute.WEIGHT:
            return route.weight == change.after
        case Attribute.MED:
            return route.med == change.after
        case Attribute.PREPEND:
            return len(route.as_path) == change.after
