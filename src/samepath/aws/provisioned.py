"""Terraform's resources as things of AWS.

A resource that is not applied yet has no id: its address stands for it. A connection of that kind
has no outside addresses either (:attr:`~samepath.aws.inventory.VpnConnection.planned`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from ipaddress import IPv4Interface, IPv4Network

from samepath.aws.configuration import CustomerGatewayConfiguration
from samepath.aws.describe import read_configuration
from samepath.aws.inventory import (
    Algorithms,
    Attachment,
    CustomerGateway,
    Telemetry,
    Thing,
    TransitGateway,
    TunnelOptions,
    VirtualGateway,
    Vpc,
    VpnConnection,
)
from samepath.aws.reading import Item, Reading, Where
from samepath.aws.terraform import Index, Resource
from samepath.model import limits
from samepath.model.problems import below, show
from samepath.model.secret import Secret


def things(found: Iterable[Resource], reading: Reading) -> tuple[Thing, ...]:
    """The things that resources are, of those that tell of a VPN."""
    found = tuple(found)
    context = _Context(found, reading)
    for one in found:
        _tell_unknown(one, reading)
    made = (MAKERS[one.kind](context, one) for one in found if one.kind in MAKERS)
    return tuple(one for one in made if one is not None)


def _tell_unknown(resource: Resource, reading: Reading) -> None:
    """Say which expressions decide on a prediction, and are not known."""
    wanted = KEYS.get(resource.kind, frozenset())
    own = "tunnel" if resource.kind == "aws_vpn_connection" else None
    for key, expression in resource.unknown.items():
        if key in wanted or (own is not None and key.startswith(own) and "preshared" not in key):
            where = Where(file=resource.file, path=below(resource.address, key))
            reading.skip(where, f"what {show(expression)} will be is not known")


class _Context:
    """All resources, to follow references from one to another."""

    def __init__(self, found: tuple[Resource, ...], reading: Reading) -> None:
        self.found = found
        self.reading = reading
        self.index = Index(found)

    def item(self, resource: Resource) -> Item:
        where = Where(file=resource.file, path=resource.address)
        return Item(values=resource.values, where=where, reading=self.reading)

    def named(self, resource: Resource, key: str) -> str | None:
        """The identity that a key names: as a value, or as that of another resource."""
        told = self.item(resource).text(key)
        if told is not None:
            return told
        reference = resource.references.get(key)
        return None if reference is None else self.index.identity(reference, resource)

    def of(self, kind: str, key: str, identity: str) -> Iterator[Resource]:
        """The resources of a kind whose key names ``identity``."""
        return (one for one in self.found if one.kind == kind and self.named(one, key) == identity)


def _connection(context: _Context, resource: Resource) -> VpnConnection:
    item = context.item(resource)
    identity = resource.identity
    routes = [
        *(one.network("destination_cidr_block") for one in item.items("routes")),
        *(
            context.item(one).network("destination_cidr_block")
            for one in context.of("aws_vpn_connection_route", "vpn_connection_id", identity)
        ),
    ]
    tunnels = tuple(_options(item, number) for number in range(1, limits.TUNNELS + 1))
    return VpnConnection(
        id=identity,
        name=item.item("tags").text("Name"),
        state="available",
        customer_gateway=context.named(resource, "customer_gateway_id"),
        virtual_gateway=context.named(resource, "vpn_gateway_id"),
        transit_gateway=context.named(resource, "transit_gateway_id"),
        is_static=None
        if "static_routes_only" in resource.unknown
        else bool(item.flag("static_routes_only")),
        inside_version=item.word("tunnel_inside_ip_version"),
        configuration=_configuration(item),
        tunnels=tunnels,
        telemetry=tuple(filter(None, map(_telemetry, item.items("vgw_telemetry")))),
        routes=tuple(dict.fromkeys(one for one in routes if one is not None)),
        planned=all(one.outside is None for one in tunnels),
        where=item.where,
    )


def _configuration(item: Item) -> CustomerGatewayConfiguration | None:
    text = item.text("customer_gateway_configuration")
    if text is None or not text.lstrip().startswith("<"):
        return None
    return read_configuration(text, item.at("customer_gateway_configuration"), item.reading)


def _options(item: Item, number: int) -> TunnelOptions:
    own = f"tunnel{number}_"
    key = item.text(f"{own}preshared_key")
    gateway = item.address(f"{own}vgw_inside_address")
    inside = item.network(f"{own}inside_cidr")
    if inside is None and gateway is not None:
        inside = IPv4Interface((gateway, limits.INSIDE_LENGTH)).network
    return TunnelOptions(
        outside=item.address(f"{own}address"),
        inside=inside,
        key=None if key is None else Secret(key),
        phase1=_algorithms(item, f"{own}phase1_"),
        phase2=_algorithms(item, f"{own}phase2_"),
        ike_versions=item.words(f"{own}ike_versions"),
        # The provider writes 0 for what nobody set.
        rekey_margin=item.duration(f"{own}rekey_margin_time_seconds") or None,
        rekey_fuzz_percent=item.number(f"{own}rekey_fuzz_percentage") or None,
        replay_window=item.number(f"{own}replay_window_size") or None,
        dpd_timeout=item.duration(f"{own}dpd_timeout_seconds") or None,
        dpd_action=item.word(f"{own}dpd_timeout_action"),
        startup=item.word(f"{own}startup_action"),
    )


def _algorithms(item: Item, own: str) -> Algorithms:
    return Algorithms(
        encryption=item.words(f"{own}encryption_algorithms"),
        integrity=item.words(f"{own}integrity_algorithms"),
        groups=item.numbers(f"{own}dh_group_numbers"),
        lifetime=item.duration(f"{own}lifetime_seconds") or None,
    )


def _telemetry(item: Item) -> Telemetry | None:
    outside = item.address("outside_ip_address")
    if outside is None:
        return None
    return Telemetry(
        outside=outside,
        status=item.word("status") or "unknown",
        message=item.text("status_message"),
        accepted=item.number("accepted_route_count"),
        changed=item.text("last_status_change"),
    )


def _virtual_gateway(context: _Context, resource: Resource) -> VirtualGateway:
    attached = context.of("aws_vpn_gateway_attachment", "vpn_gateway_id", resource.identity)
    vpcs = [
        context.named(resource, "vpc_id"),
        *(context.named(one, "vpc_id") for one in attached),
    ]
    item = context.item(resource)
    return VirtualGateway(
        id=resource.identity,
        asn=item.number("amazon_side_asn") or None,
        vpc=next((one for one in vpcs if one is not None), None),
        where=item.where,
    )


def _transit_gateway(context: _Context, resource: Resource) -> TransitGateway:
    item = context.item(resource)
    ecmp = item.word("vpn_ecmp_support")
    return TransitGateway(
        id=resource.identity,
        asn=item.number("amazon_side_asn") or None,
        ecmp=None if ecmp is None else ecmp == "enable",
        where=item.where,
    )


def _customer_gateway(context: _Context, resource: Resource) -> CustomerGateway:
    item = context.item(resource)
    return CustomerGateway(
        id=resource.identity,
        name=item.item("tags").text("Name") or item.text("device_name"),
        address=item.address("ip_address"),
        asn=item.number("bgp_asn") or item.number("bgp_asn_extended") or None,
        where=item.where,
    )


def _attachment(context: _Context, resource: Resource) -> Attachment | None:
    gateway = context.named(resource, "transit_gateway_id")
    vpc = context.named(resource, "vpc_id")
    if gateway is None or vpc is None:
        return None
    return Attachment(
        id=resource.identity,
        transit_gateway=gateway,
        kind="vpc",
        resource=vpc,
        where=context.item(resource).where,
    )


def _vpc(context: _Context, resource: Resource) -> Vpc:
    item = context.item(resource)
    network = item.network("cidr_block")
    networks: tuple[IPv4Network, ...] = () if network is None else (network,)
    return Vpc(id=resource.identity, networks=networks, where=item.where)


MAKERS: dict[str, Callable[[_Context, Resource], Thing | None]] = {
    "aws_vpn_connection": _connection,
    "aws_vpn_gateway": _virtual_gateway,
    "aws_ec2_transit_gateway": _transit_gateway,
    "aws_ec2_transit_gateway_vpc_attachment": _attachment,
    "aws_customer_gateway": _customer_gateway,
    "aws_vpc": _vpc,
}
"""What makes a thing of a resource, by its type; others are read through these."""
KEYS = {
    "aws_vpn_connection": frozenset({"static_routes_only"}),
    "aws_vpn_connection_route": frozenset({"destination_cidr_block"}),
    "aws_vpn_gateway": frozenset({"amazon_side_asn"}),
    "aws_ec2_transit_gateway": frozenset({"amazon_side_asn", "vpn_ecmp_support"}),
    "aws_customer_gateway": frozenset({"bgp_asn", "bgp_asn_extended", "ip_address"}),
    "aws_vpc": frozenset({"cidr_block"}),
}
"""The keys whose value decides on a prediction, beside references and what begins with tunnel."""
