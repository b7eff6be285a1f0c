"""Likeness: which parts of a topology are alike, and which networks in a part.

Prediction sees less than a topology holds. It compares names, addresses and AS numbers with one
another and never looks into them, so what counts of them is which are equal and in which order they
come. Of networks that lie apart it sees which conditions of the policies they meet, and in which
order they come. The likeness of a part is a value that holds this and nothing else: parts of one
likeness have the same verdicts, element by element in the order of their names.

A field that this module does not know is part of the likeness as it is. A field that is added to
the model may so make more likenesses than there need be, and never too few.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterator, Mapping
from dataclasses import fields
from ipaddress import IPv4Address, IPv4Network
from itertools import pairwise
from operator import attrgetter
from typing import Any

from samepath.model.policy import Policy, PrefixMatch
from samepath.model.topology import (
    Connection,
    CustomerGateway,
    Gateway,
    Site,
    Topology,
    Tunnel,
    Vpc,
)
from samepath.routing.parts import Part, numbers_of

Likeness = Hashable

Alike = Mapping[tuple[int, int], tuple[IPv4Network, ...]]
"""The networks of a part's sites that are alike, in order: by the number of the site in the part, and
a number for what the policies see of them."""


def _rest(kind: type, *seen: str) -> Callable[[Any], object]:
    """What a value of ``kind`` holds beside the fields ``seen``."""
    names = [field.name for field in fields(kind) if field.name not in seen]
    return attrgetter(*names) if names else lambda _: None


# What is named here is either looked at in another way below, or is nothing that routes depend on:
# addresses outside the tunnels, secrets, IKE and ESP, the machines behind the routers.
_OF_GATEWAY = _rest(Gateway, "name", "vpc", "asn")
_OF_CUSTOMER = _rest(CustomerGateway, "name", "address", "asn")
_OF_SITE = _rest(Site, "name", "networks", "customer_gateways", "hosts")
_OF_VPC = _rest(Vpc, "name", "cidr", "subnets", "hosts")
_OF_CONNECTION = _rest(Connection, "name", "gateway", "customer_gateway", "tunnels")
_POLICIES = ("gateway_policy", "customer_policy")
_OF_TUNNEL = _rest(
    Tunnel,
    *_POLICIES,
    *("outside", "inside", "gateway_secret", "customer_secret"),
    *("crypto", "customer_crypto", "startup"),
)


class Likenesses:
    """Likenesses of parts of one topology, with small numbers for the values that recur."""

    def __init__(self, topology: Topology) -> None:
        self._topology = topology
        self._numbers: dict[object, int] = {}
        self._policies: dict[int, tuple[Policy, int, tuple[PrefixMatch, ...]]] = {}

    def of(self, part: Part) -> tuple[Likeness, Alike]:
        """The likeness of a part, and which of its sites' networks are alike."""
        topology = self._topology
        gateways = [topology.gateways[name] for name in part.gateways]
        customers = [topology.customer_gateways[name] for name in part.customers]
        sites = [topology.sites[name] for name in part.sites]
        connections = [topology.connections[name] for name in part.connections]
        vpcs = {name: i for i, name in enumerate(dict.fromkeys(one.vpc for one in gateways))}
        at_gateway = {one.name: i for i, one in enumerate(gateways)}
        at_customer = {one.name: i for i, one in enumerate(customers)}
        asns: dict[int, int] = {}
        tunnels = [tunnel for one in connections for tunnel in one.tunnels]
        policies = [
            self._policy(policy)
            for tunnel in tunnels
            for policies in (tunnel.gateway_policy, tunnel.customer_policy)
            for policy in (policies.imports, policies.exports)
        ]
        conditions = tuple(dict.fromkeys(one for _, _, matches in policies for one in matches))
        alike: Alike = {
            (number, met): networks
            for number, some in enumerate(part.networks)
            for met, networks in _alike(some, conditions if part.alone else None).items()
        }
        cidrs = [topology.vpcs[name].cidr for name in vpcs]
        return (
            (
                part.alone,
                tuple(
                    (vpcs[one.vpc], asns.setdefault(one.asn, len(asns)), _OF_GATEWAY(one))
                    for one in gateways
                ),
                tuple(
                    (asns.setdefault(one.asn, len(asns)), self._number(_OF_CUSTOMER(one)))
                    for one in customers
                ),
                _order([one.address for one in customers]),
                tuple(
                    (
                        tuple(at_customer[name] for name in site.customer_gateways),
                        self._number(_OF_SITE(site)),
                    )
                    for site in sites
                ),
                tuple(self._number(_OF_VPC(topology.vpcs[name])) for name in vpcs),
                tuple(
                    (
                        at_gateway[one.gateway],
                        at_customer[one.customer_gateway],
                        self._number(_OF_CONNECTION(one)),
                        len(one.tunnels),
                    )
                    for one in connections
                ),
                tuple(
                    (self._number(_OF_TUNNEL(tunnel)), tunnel.customer_policy.default_originate)
                    for tunnel in tunnels
                ),
                tuple(number for _, number, _ in policies),
                # The addresses of the ends are the first ones in it.
                _order([tunnel.inside.network_address for tunnel in tunnels]),
                _in_order(cidrs, alike, conditions if part.alone else None),
            ),
            alike,
        )

    def _number(self, value: object) -> int:
        return self._numbers.setdefault(value, len(self._numbers))

    def _policy(self, policy: Policy) -> tuple[Policy, int, tuple[PrefixMatch, ...]]:
        """A policy, its number, and its conditions on prefixes; it is kept, and with it its id."""
        if (known := self._policies.get(id(policy))) is not None:
            return known
        matches = tuple(one for term in policy.terms for one in term.conditions.prefixes)
        return self._policies.setdefault(id(policy), (policy, self._number(policy), matches))


def _alike(
    networks: tuple[IPv4Network, ...], conditions: tuple[PrefixMatch, ...] | None
) -> Mapping[int, tuple[IPv4Network, ...]]:
    """Networks by a number for what ``conditions`` say of them; None: no two are alike."""
    if conditions is None:
        return {met: (one,) for met, one in zip(numbers_of(networks), networks, strict=True)}
    if not conditions:
        return {0: networks} if networks else {}
    found: dict[int, list[IPv4Network]] = {}
    for stretch in _stretches(networks, conditions):
        # Of one length, they lie in the same prefixes, or in none, all of them.
        of_one_length = len({network.prefixlen for network in stretch}) == 1
        for some in (stretch,) if of_one_length else zip(stretch, strict=True):
            found.setdefault(_met(some[0], conditions), []).extend(some)
    return {met: tuple(some) for met, some in found.items()}


def _stretches(
    networks: tuple[IPv4Network, ...], conditions: tuple[PrefixMatch, ...]
) -> Iterator[tuple[IPv4Network, ...]]:
    """Networks in order, cut where one of the prefixes of ``conditions`` begins or ends."""
    prefixes = {one.prefix for one in conditions}
    edges = {int(one.network_address) for one in prefixes}
    edges |= {int(one.broadcast_address) + 1 for one in prefixes}
    cuts = {bisect_left(networks, edge, key=_address) for edge in edges}
    for begin, end in pairwise(sorted({0, *cuts, len(networks)})):
        yield networks[begin:end]


def _address(network: IPv4Network) -> int:
    return int(network.network_address)


def _in_order(
    cidrs: list[IPv4Network], alike: Alike, conditions: tuple[PrefixMatch, ...] | None
) -> tuple[object, ...]:
    """What comes after what, of the VPCs' networks and of the first of alike ones."""
    numbers = numbers_of(cidrs)
    if conditions is None:
        # As they are: which is over which counts, too.
        return (*numbers, *alike)
    places = [
        *((number, ~i, _met(cidrs[i], conditions)) for i, number in enumerate(numbers)),
        *(
            (number, site, met)
            for (site, met), networks in alike.items()
            for number in numbers_of(networks[:1])
        ),
    ]
    return tuple((which, met) for _, which, met in sorted(places))


def _met(network: IPv4Network, conditions: tuple[PrefixMatch, ...]) -> int:
    """Which of ``conditions`` a network meets, a bit each."""
    met = 0
    for one in conditions:
        met = met << 1 | one.matches(network)
    return met


def _order(addresses: list[IPv4Address]) -> tuple[int, ...]:
    """In which order addresses come; equal ones are equal."""
    if len(addresses) == 1:
        return ()
    ranks = {address: rank for rank, address in enumerate(sorted(set(addresses)))}
    return tuple(ranks[address] for address in addresses)
