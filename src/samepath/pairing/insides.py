"""Devices as the only ones that tell inside addresses: of a VPN that is planned, or not described.

AWS chooses inside addresses when a connection is made. Before that, or without a description, the
neighbours of a device at link-local addresses (169.254.0.0/16) are what there is: two of them, of
one AS, are the two tunnels of a connection.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from ipaddress import IPv4Address, IPv4Network

from samepath.aws.gathering import Gathered, Sources
from samepath.aws.inventory import (
    CustomerGateway,
    Inventory,
    TunnelOptions,
    VirtualGateway,
    VpnConnection,
)
from samepath.aws.reading import Where
from samepath.aws.topology import understand
from samepath.aws.understood import Assumption, Understood, UnderstoodConnection
from samepath.device.reading.configuration import Bgp, Neighbour
from samepath.model import limits
from samepath.model.topology import Connection
from samepath.pairing.device import CannotPair, Device

_WITH_VPN = "describe the VPN with --vpn"


def assumed_aws(devices: Iterable[Device]) -> Understood:
    """AWS's end as devices take it to be: a virtual private gateway with AWS's default options.

    Raises :class:`~samepath.pairing.device.CannotPair` where the neighbours of a device are not two
    of one AS.
    """
    connections: dict[str, VpnConnection] = {}
    gateways: dict[str, VirtualGateway] = {}
    customers: dict[str, CustomerGateway] = {}
    for device in devices:
        where = Where(file=", ".join(device.files))
        groups = _clean_groups(device)
        for asn, (bgp, tunnels) in groups.items():
            gateway, customer = f"vgw-{asn}", f"cgw-{device.name}"
            name = f"vpn-{device.name}" + (f"-{asn}" if len(groups) > 1 else "")
            options = tuple(_options(device, one) for one in tunnels)
            own = tunnels[0].local_as or bgp.asn
            gateways[gateway] = VirtualGateway(id=gateway, asn=asn, where=where)
            customers[customer] = CustomerGateway(id=customer, asn=own.value, where=where)
            connections[name] = VpnConnection(
                id=name,
                customer_gateway=customer,
                virtual_gateway=gateway,
                is_static=False,
                tunnels=options,
                planned=any(one.outside is None for one in options),
                where=where,
            )
    inventory = Inventory(
        connections=connections,
        virtual_gateways=gateways,
        transit_gateways={},
        customer_gateways=customers,
        attachments={},
        vpcs={},
        route_tables={},
    )
    found = understand(Gathered(inventory=inventory, skipped=(), sources=Sources()))
    assumed = tuple(
        Assumption(
            subject=name,
            what="AWS's end is a virtual private gateway with AWS's default options, and what the "
            "device expects of it; --vpn tells what it is",
        )
        for name in gateways
    )
    return replace(found, assumed=(*assumed, *found.assumed))


def _options(device: Device, neighbour: Neighbour) -> TunnelOptions:
    inside = _inside(device, neighbour)
    outside = next(
        (
            one.destination.value
            for one in device.configuration.tunnels
            if one.inside is not None
            and one.inside.value.network == inside
            and one.destination is not None
            and isinstance(one.destination.value, IPv4Address)
        ),
        None,
    )
    return TunnelOptions(inside=inside, outside=outside)


def _inside(device: Device, neighbour: Neighbour) -> IPv4Network:
    """The network inside of a tunnel: AWS has its first address."""
    assert isinstance(neighbour.address, IPv4Address)  # noqa: S101 - it was chosen so
    network = IPv4Network((neighbour.address, limits.INSIDE_LENGTH), strict=False)
    if neighbour.address != network.network_address + 1:
        raise CannotPair(
            f"{neighbour.place}: {neighbour.address} is not the first address of {network}, and "
            f"AWS has that one: {device.name} has no tunnel to AWS there, or {_WITH_VPN}"
        )
    return network


def _groups(device: Device) -> dict[int, tuple[Bgp, list[Neighbour]]]:
    """The neighbours of each AS that may be AWS's."""
    found: dict[int, tuple[Bgp, list[Neighbour]]] = {}
    for bgp, neighbour in _candidates(device):
        assert neighbour.remote_as is not None  # noqa: S101 - it was chosen so
        found.setdefault(int(neighbour.remote_as.value), (bgp, []))[1].append(neighbour)
    return found


def _clean_groups(device: Device) -> dict[int, tuple[Bgp, list[Neighbour]]]:
    """The same, where there are two of each AS."""
    found = _groups(device)
    if not found:
        raise CannotPair(
            f"{', '.join(device.files)}: none of its neighbours may be AWS's, at {limits.INSIDE_RANGE}"
            f" and of another AS; {_WITH_VPN}"
        )
    for asn, (_, neighbours) in found.items():
        if len(neighbours) != limits.TUNNELS:
            named = ", ".join(str(one.address) for one in neighbours)
            raise CannotPair(
                f"{', '.join(device.files)}: {len(neighbours)} of its neighbours "
                f"{'is' if len(neighbours) == 1 else 'are'} of AS {asn} "
                f"({named}), and a connection has {limits.TUNNELS} tunnels: which ones are one "
                f"connection, nobody says; {_WITH_VPN}"
            )
    return found


def _candidates(device: Device) -> Iterator[tuple[Bgp, Neighbour]]:
    for bgp, neighbour in device.neighbours():
        remote, address = neighbour.remote_as, neighbour.address
        if (
            isinstance(address, IPv4Address)
            and address in limits.INSIDE_RANGE
            and remote is not None
            and isinstance(remote.value, int)
            and remote.value != (neighbour.local_as or bgp.asn).value
        ):
            yield bgp, neighbour


# ------------------------------------------------------------------------------ a planned VPN


def with_insides(understood: Understood, devices: Iterable[Device]) -> Understood:
    """With a device's inside addresses where AWS's are not chosen yet.

    A device is the customer gateway that has its name (``cgw-fw1`` for ``fw1``). Its neighbours are
    the tunnels in their order, which is assumed and said.
    """
    named = {one.name: one for one in devices}
    connections = dict(understood.topology.connections)
    told = list(understood.connections)
    assumed = list(understood.assumed)
    for position, one in enumerate(told):
        connection = connections[one.name]
        device = named.get(connection.customer_gateway.removeprefix("cgw-")) or named.get(
            connection.customer_gateway
        )
        if device is None or any(tunnel.inside_told for tunnel in one.tunnels):
            continue
        groups = [neighbours for _, neighbours in _groups(device).values()]
        if len(groups) != 1 or len(groups[0]) != limits.TUNNELS:
            continue
        (neighbours,) = groups
        insides = [_inside(device, each) for each in neighbours]
        before = {str(tunnel.inside) for tunnel in connection.tunnels}
        connections[one.name] = _given(connection, insides)
        told[position] = _told(one, insides)
        assumed = [
            each
            for each in assumed
            if each.subject != one.name or not all(network in each.what for network in before)
        ]
        what = f"{device.name}'s neighbours are its tunnels in their order"
        assumed.append(Assumption(subject=one.name, what=what))
    return replace(
        understood,
        topology=replace(understood.topology, connections=connections),
        connections=tuple(told),
        assumed=tuple(assumed),
    )


def unchosen(understood: Understood) -> tuple[str, ...]:
    """The customer gateways to whose tunnels AWS gives no inside addresses yet."""
    topology = understood.topology
    return tuple(
        dict.fromkeys(
            topology.connections[one.name].customer_gateway
            for one in understood.connections
            if not any(tunnel.inside_told for tunnel in one.tunnels)
        )
    )


def _given(connection: Connection, insides: list[IPv4Network]) -> Connection:
    return replace(
        connection,
        tunnels=tuple(
            replace(tunnel, inside=inside)
            for tunnel, inside in zip(connection.tunnels, insides, strict=True)
        ),
    )


def _told(one: UnderstoodConnection, insides: list[IPv4Network]) -> UnderstoodConnection:
    return replace(
        one,
        tunnels=tuple(
            replace(tunnel, inside=inside)
            for tunnel, inside in zip(one.tunnels, insides, strict=True)
        ),
    )
