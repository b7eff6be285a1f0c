"""From an inventory to a topology: what AWS tells of its end, and assumptions for the rest.

:func:`understand` is a function of the inventory alone, in its order. Connections that cannot be
judged are skipped, each with its reason; whatever is assumed is said.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from ipaddress import IPv6Address
from itertools import zip_longest

from samepath.aws import customer_end, gateway_end
from samepath.aws.filling import Filling, customer_of, gateway_of
from samepath.aws.gathering import Gathered, Sources
from samepath.aws.inventory import GONE, VpnConnection
from samepath.aws.reading import InvalidDescription, Remark
from samepath.aws.tunnels import KnownTunnel, tunnels_of
from samepath.aws.understood import (
    Understood,
    UnderstoodConnection,
    UnderstoodTunnel,
)
from samepath.model import limits, validation
from samepath.model.problems import Problem, printable
from samepath.model.topology import Routing, Topology, Tunnel

NAME = "aws"
"""The topology's name, where it has more than one connection to be called after."""

MOST = 2
"""Connections from one site to one gateway that are judged. Two have all that can be wrong between
connections."""


def understand(gathered: Gathered) -> Understood:
    """The topology of the connections of an inventory.

    Raises :class:`~samepath.aws.reading.InvalidDescription` where none of them can be judged, with
    the reason of each, and where what they say together is no VPN.
    """
    inventory = gathered.inventory
    skipped = list(gathered.skipped)
    usable: list[VpnConnection] = []
    for connection in inventory.connections.values():
        reason = _unusable(connection)
        if reason:
            skipped.append(_remark(connection, f"{connection.id} is not judged: {reason}"))
        else:
            usable.append(connection)
    if not usable:
        raise InvalidDescription(gathered.sources.placed(skipped))
    filling = Filling(inventory, usable)
    topology = _topology(filling)
    surplus = _surplus(filling, topology)
    if surplus:
        skipped += (_remark(one, f"{one.id} is not judged: {why}") for one, why in surplus)
        beside = {one.id for one, _ in surplus}
        filling = Filling(inventory, [one for one in usable if one.id not in beside])
        topology = _topology(filling)
    found = validation.problems(topology)
    if found:
        files = {filling.names[one.id]: one.where.file for one in usable}
        raise InvalidDescription(tuple(_placed(problem, files) for problem in found))
    return Understood(
        topology=topology,
        connections=tuple(_understood(filling, topology, gathered.sources)),
        assumed=tuple(filling.assumed),
        skipped=gathered.sources.placed(skipped),
        wrong=tuple(filling.warnings),
    )


def _remark(connection: VpnConnection, message: str) -> Remark:
    where = connection.where
    return Remark(file=where.file, problem=Problem(path=where.path, message=message))


def _placed(problem: Problem, files: Mapping[str, str]) -> Remark:
    """A rule of topologies that a description breaks, in the file of the connection it is about."""
    named = next((name for name in files if f".{name}" in problem.path), None)
    first = next(iter(files.values()))
    return Remark(file=first if named is None else files[named], problem=problem)


def _unusable(connection: VpnConnection) -> str:
    """Why a connection cannot be judged; empty if it can."""
    tunnels = tunnels_of(connection)
    configured = connection.configuration.tunnels if connection.configuration is not None else ()
    if connection.state in GONE:
        return f"it is {connection.state}"
    if connection.concentrator is not None:
        return f"its traffic shares {connection.concentrator}, which is not modelled"
    if connection.described and not (connection.virtual_gateway or connection.transit_gateway):
        return "it has no gateway (one of Cloud WAN is not modelled)"
    if any(isinstance(one.gateway.outside, IPv6Address) for one in configured):
        return "its outside addresses are IPv6"
    if connection.inside_version == "ipv6" or (
        configured and all(one.gateway.inside is None for one in configured)
    ):
        return "its inside addresses are IPv6"
    if len(tunnels) != limits.TUNNELS:
        return f"the addresses of {len(tunnels)} of its {limits.TUNNELS} tunnels are told"
    return ""


def _surplus(filling: Filling, topology: Topology) -> list[tuple[VpnConnection, str]]:
    """The connections that others stand for: from one site to one gateway the first ones do.

    They add no other way to go astray, and each doubles the answers that have to be tried. The
    devices of a site take turns.
    """
    found: list[tuple[VpnConnection, str]] = []
    for site in topology.sites.values():
        by_gateway: dict[str, list[list[VpnConnection]]] = {}
        for device in site.customer_gateways:
            own: dict[str, list[VpnConnection]] = {}
            for one in filling.of_customer(device):
                own.setdefault(filling.gateway_of(one), []).append(one)
            for gateway, connections in own.items():
                by_gateway.setdefault(gateway, []).append(connections)
        for devices in by_gateway.values():
            in_turn = [one for turn in zip_longest(*devices) for one in turn if one is not None]
            named = " and ".join(one.id for one in in_turn[:MOST])
            why = f"{named} lead from the same site to the same gateway, and stand for it"
            found.extend((one, why) for one in in_turn[MOST:])
    return found


def _topology(filling: Filling) -> Topology:
    """The whole; its connections come first, so that what is said of them does."""
    gateways = gateway_end.gateways(filling)
    customers = customer_end.customer_gateways(filling, gateways)
    connections = {
        filling.names[one.id]: gateway_end.connection_with_tunnels(
            filling, one, gateways[filling.gateway_of(one)]
        )
        for one in filling.connections
    }
    vpcs = gateway_end.vpcs(filling, gateways)
    return Topology(
        name=next(iter(connections)) if len(connections) == 1 else NAME,
        vpcs=vpcs,
        gateways=gateways,
        customer_gateways=customers,
        sites=customer_end.site_values(filling, customers, gateways, vpcs),
        connections=connections,
    )


def _understood(
    filling: Filling, topology: Topology, sources: Sources
) -> Iterator[UnderstoodConnection]:
    """What was understood of each connection."""
    for one in filling.connections:
        made = topology.connections[filling.names[one.id]]
        gateway = topology.gateways[made.gateway]
        customer = topology.customer_gateways[made.customer_gateway]
        yield UnderstoodConnection(
            id=printable(one.id),
            name=made.name,
            tag=one.name and printable(one.name),
            file=one.where.file,
            line=sources.line(one.where.file, one.where.path),
            gateway=printable(gateway_of(one)),
            gateway_kind=gateway.kind,
            gateway_asn=gateway.asn,
            customer_gateway=printable(customer_of(one)),
            customer_address=customer.address,
            customer_asn=customer.asn if made.routing is Routing.BGP else None,
            routing=made.routing,
            tunnels=tuple(
                _understood_tunnel(known, tunnel)
                for known, tunnel in zip(tunnels_of(one), made.tunnels, strict=True)
            ),
        )


def _understood_tunnel(known: KnownTunnel, tunnel: Tunnel) -> UnderstoodTunnel:
    telemetry = known.telemetry
    return UnderstoodTunnel(
        number=tunnel.number,
        outside=tunnel.outside,
        inside=tunnel.inside,
        status="unknown" if telemetry is None else printable(telemetry.status),
        message=printable(telemetry.message) if telemetry and telemetry.message else None,
        accepted=None if telemetry is None else telemetry.accepted,
        since=printable(telemetry.changed) if telemetry and telemetry.changed else None,
        ike_versions=known.options.ike_versions if known.options is not None else (),
        startup_told=known.options is not None and known.options.startup is not None,
        outside_told=known.outside is not None,
        inside_told=known.inside is not None,
        key=known.key,
    )
