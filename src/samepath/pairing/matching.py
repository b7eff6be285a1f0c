"""Which neighbour and which tunnel of a device belong to which tunnel of AWS's.

The inside addresses tell first: AWS gives them, and a device behind NAT has them, too. The outside
address of AWS's end tells next. That of the customer gateway tells nothing: it is the address that
AWS sees, and may be a NAT's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address

from samepath.device.reading.configuration import Bgp, Neighbour, StaticRoute
from samepath.device.reading.tunnels import Tunnel as DeviceTunnel
from samepath.model.topology import Connection, Routing, Topology, Tunnel
from samepath.model.topology_view import tunnels_of
from samepath.pairing.device import CannotPair, Device

_MOST_NAMED = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """A tunnel of AWS's, and what a device has of it; None is what it does not have."""

    connection: Connection
    tunnel: Tunnel
    bgp: Bgp | None
    neighbour: Neighbour | None
    own: DeviceTunnel | None

    @property
    def name(self) -> str:
        """The tunnel's name in a topology."""
        return f"{self.connection.name}/tunnel{self.tunnel.number}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Matched:
    """A device, the customer gateways of AWS's that it is, and all of their tunnels."""

    device: Device
    customers: tuple[str, ...]
    matches: tuple[Match, ...]
    strangers: tuple[tuple[Bgp, Neighbour], ...]
    """Its neighbours that are no tunnel of this VPN."""

    @property
    def customer(self) -> str:
        """The customer gateway that stands for the device in a topology."""
        return self.customers[0]


def match(
    topology: Topology, devices: Iterable[Device], unchosen: Sequence[str] = ()
) -> tuple[Matched, ...]:
    """The devices, each with its tunnels; ``unchosen`` are customer gateways without addresses yet.

    Raises :class:`~samepath.pairing.device.CannotPair` where one of them has no tunnel of this VPN,
    or two have tunnels of one customer gateway.
    """
    found = tuple(_matched(topology, device, unchosen) for device in devices)
    owners: dict[str, str] = {}
    for one in found:
        for customer in one.customers:
            other = owners.setdefault(customer, one.device.name)
            if other != one.device.name:
                raise CannotPair(
                    f"{other} and {one.device.name} both have tunnels of {customer}, which is one "
                    "device for AWS; name one of the two"
                )
    return found


def _matched(topology: Topology, device: Device, unchosen: Sequence[str]) -> Matched:
    everywhere = [_match(device, *each) for each in tunnels_of(topology)]
    customers = tuple(
        dict.fromkeys(
            one.connection.customer_gateway for one in everywhere if _is_there(device, one)
        )
    )
    if not customers:
        raise CannotPair(_nothing_matches(topology, device, unchosen))
    mine = tuple(one for one in everywhere if one.connection.customer_gateway in customers)
    taken = {id(one.neighbour) for one in mine if one.neighbour is not None}
    return Matched(
        device=device,
        customers=customers,
        matches=mine,
        strangers=tuple(each for each in device.neighbours() if id(each[1]) not in taken),
    )


def _is_there(device: Device, one: Match) -> bool:
    return (
        one.neighbour is not None
        or one.own is not None
        or (one.connection.routing is Routing.STATIC and any(routes_into(device, one)))
    )


def _match(device: Device, connection: Connection, tunnel: Tunnel) -> Match:
    own = _own_tunnel(device, tunnel)
    bgp, neighbour = _neighbour(device, tunnel, own)
    return Match(connection=connection, tunnel=tunnel, bgp=bgp, neighbour=neighbour, own=own)


def _own_tunnel(device: Device, tunnel: Tunnel) -> DeviceTunnel | None:
    """The device's tunnel with the network inside, or to the outside address."""
    there = device.configuration.tunnels
    inside = (
        one for one in there if one.inside is not None and one.inside.value.network == tunnel.inside
    )
    outside = (
        one
        for one in there
        if one.destination is not None and one.destination.value == tunnel.outside
    )
    return next(inside, None) or next(outside, None)


def _neighbour(
    device: Device, tunnel: Tunnel, own: DeviceTunnel | None
) -> tuple[Bgp, Neighbour] | tuple[None, None]:
    """The neighbour at AWS's inside address, or at another one inside of this tunnel."""
    there = device.neighbours()
    networks = [tunnel.inside]
    if own is not None and own.inside is not None:
        networks.append(own.inside.value.network)
    for each in there:
        if each[1].address == tunnel.gateway_inside.ip:
            return each
    for each in there:
        address = each[1].address
        if isinstance(address, IPv4Address) and any(address in one for one in networks):
            return each
    return None, None


def routes_into(device: Device, one: Match) -> Iterator[StaticRoute]:
    """The device's static routes into a tunnel."""
    interfaces = {
        interface.name
        for interface in device.configuration.interfaces
        if any(address.value.ip in one.tunnel.inside for address in interface.addresses)
    }
    if one.own is not None:
        interfaces.add(one.own.interface)
    for route in device.configuration.static_routes:
        if route.next_hop == one.tunnel.gateway_inside.ip or route.interface in interfaces:
            yield route


def by_customer(found: Iterable[Matched]) -> Mapping[str, Matched]:
    """The devices by each customer gateway that they are."""
    return {customer: one for one in found for customer in one.customers}


def _nothing_matches(topology: Topology, device: Device, unchosen: Sequence[str]) -> str:
    known = [
        str(tunnel.gateway_inside.ip)
        for connection, tunnel in tunnels_of(topology)
        if connection.customer_gateway not in unchosen
    ]
    its = [str(neighbour.address) for _, neighbour in device.neighbours()]
    has = f"its neighbours are {_some(its)}" if its else "it has no BGP neighbour"
    looked_for = (
        f"AWS's inside addresses are {_some(known)}" if known else "AWS has chosen none yet"
    )
    told = (
        f"{', '.join(device.files)}: nothing of it is a tunnel of this VPN: {has}, and {looked_for}"
    )
    if unchosen:
        names = _some([one.removeprefix("cgw-") for one in unchosen])
        told += f"; before AWS chooses them, a device is called as its customer gateway: {names}"
    return told


def _some(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
