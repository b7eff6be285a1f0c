"""AWS's end in a topology: its gateways, their VPCs, and the connections with their tunnels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from ipaddress import IPv4Network

from samepath.aws.filling import Filling, announces_nothing, customer_of, gateway_of, is_static
from samepath.aws.inventory import VpnConnection
from samepath.aws.networks import VPC_POOL, is_led_to, networks_of, stand_ins, vpcs_of
from samepath.aws.options import crypto_of, dpd_of, startup_of, tells_algorithms, unknown_algorithms
from samepath.aws.tunnels import KnownTunnel, tunnels_of
from samepath.model import limits
from samepath.model.address_plan import default_host
from samepath.model.policy import Disposition, Policy, Term
from samepath.model.problems import Problem, show
from samepath.model.topology import (
    BgpTimers,
    Connection,
    Gateway,
    GatewayKind,
    GatewayPrefers,
    Host,
    Mode,
    Policies,
    Routing,
    Tunnel,
    Vpc,
)
from samepath.model.unknown import SecretRef, SecretSource

GATEWAY_ASN = 64512
"""AWS's default (CreateVpnGateway, CreateTransitGateway)."""
ASSUMED_ASN = f"its AS number is {GATEWAY_ASN} (AWS's default)"
"""What is said where nobody tells a gateway's."""
HOLD, KEEPALIVES = timedelta(seconds=30), 3
"""AWS's hold time, and how many keepalives fit into one (RFC 4271, 10)."""
_SUBNET_LENGTH = 24
_NOTHING = Policies(exports=Policy(terms=(Term(disposition=Disposition.REJECT),)))
"""Announces nothing."""


def gateways(filling: Filling) -> dict[str, Gateway]:
    """The gateways of all connections, by their names."""
    found: dict[str, Gateway] = {}
    taken: set[str] = set()
    for identity in dict.fromkeys(map(gateway_of, filling.connections)):
        name = filling.names[identity]
        mine = [one for one in filling.connections if gateway_of(one) == identity]
        virtual = any(one.virtual_gateway for one in mine)
        attached = vpcs_of(filling.inventory, identity)
        free = [one for one in attached if one not in taken]
        vpc = free[0] if free else f"vpc-of-{identity}"
        taken.add(vpc)
        if len(attached) > 1:
            filling.assume(name, f"of its {len(attached)} VPCs {filling.names[vpc]} stands for all")
        described = filling.inventory.transit_gateways.get(identity)
        ecmp = None if described is None else described.ecmp
        if all(one.virtual_gateway is None and one.transit_gateway is None for one in mine):
            filling.assume(name, "it is a transit gateway: a virtual private one would be named")
        if not virtual and ecmp is None:
            filling.assume(name, "it uses equal routes together (VpnEcmpSupport, AWS's default)")
        found[name] = Gateway(
            name=name,
            vpc=filling.names[vpc],
            asn=_gateway_asn(filling, identity, mine),
            kind=GatewayKind.VIRTUAL_PRIVATE if virtual else GatewayKind.TRANSIT,
            ecmp=None if virtual else (ecmp is not False),
        )
    return found


def _gateway_asn(filling: Filling, identity: str, connections: Iterable[VpnConnection]) -> int:
    described = filling.inventory.virtual_gateways.get(
        identity
    ) or filling.inventory.transit_gateways.get(identity)
    told = [None if described is None else described.asn]
    told += [
        tunnel.gateway.asn
        for one in connections
        if one.configuration is not None
        for tunnel in one.configuration.tunnels
    ]
    asn = next((one for one in told if one is not None), None)
    if asn is None and not all(is_static(one) for one in connections):
        filling.assume(filling.names[identity], ASSUMED_ASN)
    return GATEWAY_ASN if asn is None else asn


def vpcs(filling: Filling, gateways: Mapping[str, Gateway]) -> dict[str, Vpc]:
    """The VPC of each gateway, by their names."""
    found: dict[str, Vpc] = {}
    spare = stand_ins(VPC_POOL, len(gateways))
    ids = {name: identity for identity, name in filling.names.items()}
    for gateway in gateways.values():
        stand_in = filling.take(spare)
        if not is_led_to(filling.inventory, ids[gateway.vpc], ids[gateway.name]):
            filling.warnings.append(
                Problem(
                    path=gateway.vpc,
                    message=f"none of its route tables leads to {gateway.name}: what its hosts "
                    "send to the site does not get there",
                    advice="let the gateway propagate its routes, or add one to it",
                )
            )
        known = [
            one for one in networks_of(filling.inventory, ids[gateway.vpc]) if _is_vpc_network(one)
        ]
        if not known:
            known = [stand_in]
            filling.assume(gateway.vpc, f"its network is not told; {stand_in} stands for it")
        if len(known) > 1:
            filling.assume(gateway.vpc, f"of its {len(known)} networks {known[0]} stands for all")
        cidr = known[0]
        subnet = next(cidr.subnets(new_prefix=max(_SUBNET_LENGTH, cidr.prefixlen)))
        found[gateway.vpc] = Vpc(
            name=gateway.vpc,
            cidr=cidr,
            subnets={"main": subnet},
            hosts=host(f"{gateway.vpc}-host", subnet, 1),
        )
    return found


def _is_vpc_network(network: IPv4Network) -> bool:
    shortest, longest = limits.VPC_LENGTH
    return shortest <= network.prefixlen <= longest


def host(name: str, network: IPv4Network, routers: int) -> dict[str, Host]:
    """A host of that name at its usual address; none where the routers leave no room."""
    address = default_host(network, routers)
    return {} if address is None else {name: Host(name=name, address=address)}


def connection_with_tunnels(
    filling: Filling, connection: VpnConnection, gateway: Gateway
) -> Connection:
    """A connection with its tunnels. The customer's end does what nobody told it."""
    tunnels = tunnels_of(connection)
    name = filling.names[connection.id]
    if connection.configuration is None and not connection.planned:
        filling.assume(name, "its tunnels are numbered as its description lists them")
    if not all(tells_algorithms(tunnel) for tunnel in tunnels):
        filling.assume(name, "it admits the algorithms of AWS's defaults")
    unknown = dict.fromkeys(word for one in tunnels for word in unknown_algorithms(one))
    if unknown:
        filling.assume(name, f"nobody chooses {', '.join(map(show, unknown))}")
    made = tuple(_tunnel(filling, connection, one) for one in tunnels)
    pairs = [*zip(made, tunnels, strict=True)]
    _assume_addresses(
        filling, name, "outside address", [one.outside for one, told in pairs if not told.outside]
    )
    _assume_addresses(
        filling, name, "inside network", [one.inside for one, told in pairs if not told.inside]
    )
    _warn_of_counts(filling, name, tunnels)
    virtual = gateway.kind is GatewayKind.VIRTUAL_PRIVATE
    routing = Routing.STATIC if is_static(connection) else Routing.BGP
    if connection.configuration is None and connection.is_static is None:
        filling.assume(name, "it speaks BGP")
    return Connection(
        name=name,
        gateway=gateway.name,
        customer_gateway=filling.names[customer_of(connection)],
        tunnels=made,
        routing=routing,
        mode=Mode.PLAIN,
        gateway_prefers=GatewayPrefers.UNKNOWN if virtual else GatewayPrefers.ACTIVE,
        bgp=_timers(tunnels) if routing is Routing.BGP else BgpTimers(),
    )


def _assume_addresses(
    filling: Filling, name: str, what: str, stand_ins_for: Iterable[object]
) -> None:
    """Say which values stand for those of tunnels that nobody tells."""
    listed = [*map(str, stand_ins_for)]
    if listed:
        stands = "stands" if len(listed) == 1 else "stand"
        filling.assume(
            name, f"{' and '.join(listed)} {stands} for the {what} of a tunnel, which is not told"
        )


def _warn_of_counts(filling: Filling, name: str, tunnels: Iterable[KnownTunnel]) -> None:
    """Say so where AWS has prefixes by one tunnel that it has not by the other."""
    counts = {
        one.number: told.accepted
        for one in tunnels
        if (told := one.telemetry) and told.is_up and "BGP" in (told.message or "")
    }
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{count} by tunnel {number}" for number, count in counts.items())
        filling.warnings.append(
            Problem(
                path=name,
                message=f"AWS has another number of prefixes by each tunnel ({listed}): what it "
                "has by one alone is lost with that",
                advice="announce the same prefixes on both",
            )
        )


def _timers(tunnels: Iterable[KnownTunnel]) -> BgpTimers:
    """AWS's timers; the hold time stands in the configuration. AWS has no BFD on a VPN."""
    told = [one.configured.gateway.hold for one in tunnels if one.configured is not None]
    hold = next((one for one in told if one), HOLD)
    return BgpTimers(hold=hold, keepalive=hold // KEEPALIVES, bfd=None)


def announced_nothing(number: int) -> str:
    """What is said of a session that stands and from which AWS had no prefix."""
    return f"its customer announces nothing on tunnel {number}: AWS had no prefix of it while it was up"


def _tunnel(filling: Filling, connection: VpnConnection, known: KnownTunnel) -> Tunnel:
    name = filling.names[connection.id]
    outside = known.outside or filling.take(filling.gateway_outsides)
    inside = known.inside or filling.take(filling.insides)
    silent = announces_nothing(connection, known)
    if silent:
        filling.assume(name, announced_nothing(known.number))
    secret = SecretRef(source=SecretSource.GENERATED, locator=f"{name}/tunnel{known.number}")
    return Tunnel(
        number=known.number,
        outside=outside,
        inside=inside,
        gateway_secret=secret,
        customer_secret=secret,
        crypto=crypto_of(known),
        dpd=dpd_of(known),
        startup=startup_of(known),
        customer_policy=_NOTHING if silent else Policies(),
    )
