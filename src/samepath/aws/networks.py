"""The networks of the two ends: what route tables tell of them, and what stands in for the rest.

AWS knows a VPC's networks; what is behind a customer gateway it tells only as static routes, or as
what a virtual private gateway propagates into a route table. A prediction needs a network at each
end, whichever: where none is known one of 198.18.0.0/15 stands for it, which is nobody's own
(RFC 2544).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from samepath.aws.inventory import GONE, Inventory
from samepath.model.address_plan import UNUSABLE_NETWORKS, room

VPC_POOL = IPv4Network("198.18.0.0/16")
SITE_POOL = IPv4Network("198.19.0.0/16")
_NOT_ATTACHED = GONE | {"failed", "failing", "rejected", "rejecting"}
_FEW, _FEW_LENGTH, _MANY_LENGTH = 256, 24, 28
_WIDEST = 8
"""The shortest prefix of which a part is judged; of a shorter one (a default route) a stand-in."""


def stand_ins(pool: IPv4Network, count: int) -> Iterator[IPv4Network]:
    """Networks of ``pool``, as large as ``count`` of them may be."""
    return pool.subnets(new_prefix=_FEW_LENGTH if count <= _FEW else _MANY_LENGTH)


def vpcs_of(inventory: Inventory, gateway: str) -> tuple[str, ...]:
    """The VPCs that a gateway leads to, as far as anything tells."""
    virtual = inventory.virtual_gateways.get(gateway)
    attached = [virtual.vpc] if virtual is not None and virtual.vpc else []
    attached += [
        one.resource
        for one in inventory.attachments.values()
        if one.transit_gateway == gateway and one.kind == "vpc" and one.state not in _NOT_ATTACHED
    ]
    attached += [
        table.vpc
        for table in inventory.route_tables.values()
        if table.vpc and any(route.target == gateway for route in table.routes)
    ]
    return tuple(dict.fromkeys(attached))


def networks_of(inventory: Inventory, vpc: str) -> tuple[IPv4Network, ...]:
    """A VPC's own networks."""
    described = inventory.vpcs.get(vpc)
    if described is not None and described.networks:
        return described.networks
    return tuple(
        dict.fromkeys(
            route.destination
            for table in inventory.route_tables.values()
            if table.vpc == vpc
            for route in table.routes
            if route.target == "local"
        )
    )


def is_led_to(inventory: Inventory, vpc: str, gateway: str) -> bool:
    """Whether a route table of a VPC leads to a gateway; true where none is told."""
    tables = [one for one in inventory.route_tables.values() if one.vpc == vpc]
    return not tables or any(
        gateway in table.propagating or any(route.target == gateway for route in table.routes)
        for table in tables
    )


def propagated(inventory: Inventory, gateway: str) -> tuple[IPv4Network, ...]:
    """What a virtual private gateway has put into route tables: prefixes that it has from VPNs."""
    return tuple(
        dict.fromkeys(
            route.destination
            for table in inventory.route_tables.values()
            for route in table.routes
            if route.target == gateway and route.propagated
        )
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """The networks of a site that are judged, and what of the known ones is not, or not whole."""

    networks: tuple[IPv4Network, ...]
    told: tuple[str, ...]


def judged(
    known: Iterable[IPv4Network], vpcs: Iterable[IPv4Network], stand_in: IPv4Network, routers: int
) -> Judged:
    """Of the prefixes behind customer gateways those that can be judged apart.

    One that contains a VPC is judged by a part outside of it, a default route by ``stand_in``.
    ``routers`` is how many addresses the site's devices need.
    """
    found: list[IPv4Network] = []
    told: list[str] = []
    vpcs = tuple(vpcs)
    for network in sorted(set(known), key=lambda one: (one.prefixlen, one)):
        part, why = _part(network, vpcs, stand_in, routers)
        if why:
            told.append(f"{network} {why}")
        if part is not None and not any(part.overlaps(one) for one in found):
            found.append(part)
    return Judged(networks=tuple(found), told=tuple(told))


def _part(
    network: IPv4Network, vpcs: tuple[IPv4Network, ...], stand_in: IPv4Network, routers: int
) -> tuple[IPv4Network | None, str]:
    """The part of a network that is judged, and what is to be said of it."""
    if network.prefixlen < _WIDEST:
        return stand_in, f"is judged by {stand_in}, which stands for what is in it"
    if any(network.overlaps(unusable) for unusable in UNUSABLE_NETWORKS):
        return None, "is left out: no machine can have an address there"
    if any(network.subnet_of(vpc) for vpc in vpcs):
        return None, "is left out: it lies in the VPC's own network, which AWS prefers"
    if room(network) < routers:
        return None, "is left out: it is too small for the site's devices"
    parts = [network]
    for vpc in vpcs:
        parts = [
            piece
            for part in parts
            for piece in (part.address_exclude(vpc) if vpc.subnet_of(part) else (part,))
        ]
    part = min(parts, key=lambda one: (one.prefixlen, one))
    return part, "" if part == network else f"contains the VPC, and is judged by {part}"
