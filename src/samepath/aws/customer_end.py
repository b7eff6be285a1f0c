"""The customer's end in a topology: no description tells it, so nearly all of it is assumed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Network
from itertools import count

from samepath.aws.filling import Filling, announces_nothing, customer_of, gateway_of, is_static
from samepath.aws.gateway_end import host
from samepath.aws.inventory import VpnConnection
from samepath.aws.networks import SITE_POOL, judged, propagated, stand_ins
from samepath.aws.sites import Device, sites
from samepath.aws.tunnels import tunnels_of
from samepath.model.topology import CustomerGateway, Gateway, Platform, Site, Vpc

ASSUMED_PLATFORM = Platform.CISCO_IOS
"""A device that nobody has described chooses as IOS does: one best path, and of equals the oldest,
which nobody can know. So every answer is tried that another platform would give for certain."""
PLAIN_ROUTER = (
    "a router without policies, which takes one best path and keeps no sessions; a firewall that "
    "binds sessions to an interface would drop what is asymmetric"
)
"""What is assumed of a device that nobody has described."""
FIRST_TUNNEL = "it sends by tunnel 1 while that is up, where routes are static"
CUSTOMER_ASN = 65000
"""AWS's default (CreateCustomerGateway)."""


def customer_gateways(
    filling: Filling, gateways: Mapping[str, Gateway]
) -> dict[str, CustomerGateway]:
    """The customer gateways of all connections, by their names."""
    found: dict[str, CustomerGateway] = {}
    taken: dict[IPv4Address, str] = {}
    for identity in dict.fromkeys(map(customer_of, filling.connections)):
        name = filling.names[identity]
        mine = filling.of_customer(name)
        address = _address(filling, identity, mine)
        if address in taken:
            filling.assume(name, f"it is another device than {taken[address]}, at one address")
        if address is None or address in taken:
            address = filling.take(filling.outsides)
            filling.assume(name, f"{address} stands for its address")
        taken[address] = name
        found[name] = CustomerGateway(
            name=name,
            address=address,
            asn=_customer_asn(filling, identity, mine, gateways),
            platform=ASSUMED_PLATFORM,
        )
        filling.assume(name, PLAIN_ROUTER)
        if any(is_static(one) for one in mine):
            filling.assume(name, FIRST_TUNNEL)
    return found


def _address(
    filling: Filling, identity: str, connections: Iterable[VpnConnection]
) -> IPv4Address | None:
    described = filling.inventory.customer_gateways.get(identity)
    told: list[object] = [None if described is None else described.address]
    told += [
        tunnel.customer.outside
        for one in connections
        if one.configuration is not None
        for tunnel in one.configuration.tunnels
    ]
    return next((one for one in told if isinstance(one, IPv4Address)), None)


def _customer_asn(
    filling: Filling,
    identity: str,
    connections: Iterable[VpnConnection],
    gateways: Mapping[str, Gateway],
) -> int:
    described = filling.inventory.customer_gateways.get(identity)
    told = [None if described is None else described.asn]
    told += [
        tunnel.customer.asn
        for one in connections
        if one.configuration is not None
        for tunnel in one.configuration.tunnels
    ]
    asn = next((one for one in told if one is not None), None)
    if asn is not None:
        return asn
    # AWS admits no customer gateway of its gateway's own number (AsnConflict).
    taken = {gateways[filling.gateway_of(one)].asn for one in connections}
    stand_in = next(one for one in count(CUSTOMER_ASN) if one not in taken)
    if not all(is_static(one) for one in connections):
        filling.assume(filling.names[identity], assumed_asn(stand_in))
    return stand_in


def assumed_asn(asn: int) -> str:
    """What is said where nobody tells a device's AS number."""
    return f"its AS number is {asn}"


def site_values(
    filling: Filling,
    customers: Mapping[str, CustomerGateway],
    gateways: Mapping[str, Gateway],
    vpcs: Mapping[str, Vpc],
) -> dict[str, Site]:
    """The sites behind them, with the networks that are judged."""
    found: dict[str, Site] = {}
    groups = sites(_devices(filling, customers))
    sharing = Counter(
        gateway
        for group in groups
        for gateway in {
            filling.gateway_of(one) for name in group for one in filling.of_customer(name)
        }
    )
    shared = frozenset(gateway for gateway, number in sharing.items() if number > 1)
    spare = stand_ins(SITE_POOL, len(groups))
    for group in groups:
        devices = _by_announcing(filling, group)
        name = f"site-of-{devices[0]}"
        if len(devices) > 1:
            filling.assume(
                name,
                f"{' and '.join(devices)} are two devices of one site, whose hosts send to "
                f"{devices[0]}",
            )
        mine = [one for device in devices for one in filling.of_customer(device)]
        reached = [gateways[name] for name in dict.fromkeys(map(filling.gateway_of, mine))]
        stand_in = filling.take(spare)
        known = _known_networks(filling, mine, shared)
        chosen = judged(known, [vpcs[one.vpc].cidr for one in reached], stand_in, len(devices))
        for told in chosen.told:
            filling.assume(name, told)
        if not chosen.networks:
            filling.assume(name, f"its networks are not told; {stand_in} stands for them")
        networks = chosen.networks or (stand_in,)
        found[name] = Site(
            name=name,
            networks=networks,
            customer_gateways=devices,
            hosts=host(f"{name}-host", networks[0], len(devices)),
        )
    return found


def _devices(filling: Filling, customers: Mapping[str, CustomerGateway]) -> Iterator[Device]:
    for customer in customers.values():
        mine = filling.of_customer(customer.name)
        routes: dict[str, frozenset[IPv4Network]] = {}
        for one in mine:
            if is_static(one):
                gateway = gateway_of(one)
                routes[gateway] = routes.get(gateway, frozenset()) | frozenset(one.routes)
        yield Device(
            name=customer.name,
            speaks=frozenset((gateway_of(one), customer.asn) for one in mine if not is_static(one)),
            routes=routes,
        )


def _by_announcing(filling: Filling, group: Iterable[str]) -> tuple[str, ...]:
    """A site's devices, those first of which AWS has prefixes."""

    def silent(name: str) -> bool:
        mine = filling.of_customer(name)
        return all(announces_nothing(one, tunnel) for one in mine for tunnel in tunnels_of(one))

    return tuple(sorted(group, key=silent))


def _known_networks(
    filling: Filling, connections: Iterable[VpnConnection], shared: Collection[str]
) -> Iterator[IPv4Network]:
    """What is known to be behind connections; of a ``shared`` gateway nobody knows whose it is."""
    for one in connections:
        if is_static(one):
            yield from one.routes
        elif filling.gateway_of(one) not in shared:
            yield from propagated(filling.inventory, gateway_of(one))
