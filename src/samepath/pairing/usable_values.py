"""Values of a real VPN that no topology file and no lab has, and others in their place.

A zone may have any name there, an old gateway of AWS's an AS number of Amazon's own, a policy may
hold a line that was not understood, and an outside address may be the one that the lab's internet
has.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterable, Mapping
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from samepath.model import limits
from samepath.model.policy import Policy
from samepath.model.topology import Topology, Tunnel
from samepath.model.topology_view import tunnels_of
from samepath.pairing.substitution import Substitution, stands_in
from samepath.routing.compile import customer_name, gateway_name, tunnel_name

TAKEN = IPv4Address("192.0.2.1")
"""The address of the lab's internet router."""
_POOL = IPv4Network("198.51.100.0/24")
"""Documentation addresses (RFC 5737, TEST-NET-2)."""
_NAME = re.compile(r"[a-z][a-z0-9-]{0,30}")


def with_usable_values(topology: Topology) -> tuple[Topology, tuple[Substitution, ...]]:
    """A topology that a file can say, and what is said of what had to change."""
    topology, of_addresses = _addresses(topology)
    topology, of_numbers = _numbers(topology)
    return _policies(_zones(topology)), (*of_addresses, *of_numbers)


def _addresses(topology: Topology) -> tuple[Topology, list[Substitution]]:
    used = {
        *(one.address for one in topology.customer_gateways.values()),
        *(tunnel.outside for _, tunnel in tunnels_of(topology)),
    }
    if TAKEN not in used:
        return topology, []
    free = next(address for address in _POOL.hosts() if address not in used)
    told = [
        stands_in(
            name,
            f"{free} stands for its outside address {TAKEN}, which is that of the lab's internet",
        )
        for name in (
            *(
                customer_name(one.name)
                for one in topology.customer_gateways.values()
                if one.address == TAKEN
            ),
            *(
                tunnel_name(connection, tunnel)
                for connection, tunnel in tunnels_of(topology)
                if tunnel.outside == TAKEN
            ),
        )
    ]

    def other(address: IPv4Address) -> IPv4Address:
        return free if address == TAKEN else address

    made = replace(
        topology,
        customer_gateways={
            name: replace(one, address=other(one.address))
            for name, one in topology.customer_gateways.items()
        },
        connections={
            name: replace(
                one,
                tunnels=tuple(replace(each, outside=other(each.outside)) for each in one.tunnels),
            )
            for name, one in topology.connections.items()
        },
    )
    return made, told


def _numbers(topology: Topology) -> tuple[Topology, list[Substitution]]:
    told: list[Substitution] = []
    gateways = {}
    taken = {one.asn for one in topology.customer_gateways.values()}
    taken |= {one.asn for one in topology.gateways.values()}
    for gateway in topology.gateways.values():
        asn = gateway.asn
        if not _is_in(asn, limits.GATEWAY_ASNS):
            asn = _free(limits.GATEWAY_ASNS, taken)
            taken.add(asn)
            told.append(
                stands_in(gateway_name(gateway.name), f"AS {asn} stands for its AS {gateway.asn}")
            )
        gateways[gateway.name] = replace(gateway, asn=asn)
    customers = {}
    for customer in topology.customer_gateways.values():
        asn = customer.asn
        if asn in limits.RESERVED_ASNS or not _is_in(asn, limits.CUSTOMER_ASNS):
            asn = _free(limits.GATEWAY_ASNS, taken)
            taken.add(asn)
            was = f"its AS {customer.asn}" if customer.asn else "its AS, which is not told"
            told.append(stands_in(customer_name(customer.name), f"AS {asn} stands for {was}"))
        customers[customer.name] = replace(customer, asn=asn)
    return replace(topology, gateways=gateways, customer_gateways=customers), told


def _is_in(asn: int, ranges: Iterable[tuple[int, int]]) -> bool:
    return any(least <= asn <= most for least, most in ranges)


def _free(ranges: Iterable[tuple[int, int]], taken: Container[int]) -> int:
    return next(asn for least, most in ranges for asn in range(least, most + 1) if asn not in taken)


def _zones(topology: Topology) -> Topology:
    """With names of zones that a file takes; nobody but the imitated firewall sees them."""
    names = _names(
        dict.fromkeys(tunnel.zone for _, tunnel in tunnels_of(topology) if tunnel.zone is not None)
    )
    return replace(
        topology,
        connections={
            name: replace(
                one,
                tunnels=tuple(
                    each if each.zone is None else replace(each, zone=names[each.zone])
                    for each in one.tunnels
                ),
            )
            for name, one in topology.connections.items()
        },
    )


def _names(zones: Iterable[str]) -> Mapping[str, str]:
    zones = tuple(zones)
    names = {zone: zone for zone in zones if _NAME.fullmatch(zone)}
    for zone in zones:
        if zone in names:
            continue
        word = re.sub(r"[^a-z0-9]+", "-", zone.lower()).strip("-")[:24].strip("-")
        word = word if _NAME.fullmatch(word) else f"zone-{word}".strip("-")
        free = (word, *(f"{word}-{number}" for number in range(2, len(zones) + 2)))
        names[zone] = next(one for one in free if one not in names.values())
    return names


def _policies(topology: Topology) -> Topology:
    """With policies as they are predicted: what was not understood in a term is taken to hold."""
    return replace(
        topology,
        connections={
            name: replace(one, tunnels=tuple(map(_without_unread, one.tunnels)))
            for name, one in topology.connections.items()
        },
    )


def _without_unread(tunnel: Tunnel) -> Tunnel:
    own = tunnel.customer_policy
    return replace(
        tunnel,
        customer_policy=replace(
            own, imports=_understood(own.imports), exports=_understood(own.exports)
        ),
    )


def _understood(policy: Policy) -> Policy:
    return Policy(terms=tuple(replace(term, opaque=()) for term in policy.terms))
