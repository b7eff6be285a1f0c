"""The inventory: what an account has of a VPN, in AWS's words, whatever source told it.

A value that no source tells is None. Each thing knows where it was read (``where``), which takes no
part in comparing two of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network

from samepath.aws.configuration import CustomerGatewayConfiguration
from samepath.aws.reading import Where
from samepath.model.secret import Secret

GONE = frozenset({"deleting", "deleted"})
"""States of what AWS still lists, and is not there any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Algorithms:
    """What AWS admits in one phase; an empty list is not told."""

    encryption: tuple[str, ...] = ()
    integrity: tuple[str, ...] = ()
    groups: tuple[int, ...] = ()
    lifetime: timedelta | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class TunnelOptions:
    """``Options.TunnelOptions`` of one tunnel."""

    outside: IPv4Address | None = None
    inside: IPv4Network | None = None
    key: Secret | None = None
    phase1: Algorithms = field(default_factory=Algorithms)
    phase2: Algorithms = field(default_factory=Algorithms)
    ike_versions: tuple[str, ...] = ()
    rekey_margin: timedelta | None = None
    rekey_fuzz_percent: int | None = None
    replay_window: int | None = None
    dpd_timeout: timedelta | None = None
    dpd_action: str | None = None
    startup: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Telemetry:
    """``VgwTelemetry`` of one tunnel: what AWS saw when it was asked.

    ``accepted`` counts the prefixes taken over BGP, or a static connection's routes (which it counts
    while the tunnel is down, too).
    """

    outside: IPv4Address
    status: str
    message: str | None = None
    accepted: int | None = None
    changed: str | None = None
    """When its status last changed, as AWS writes it."""

    @property
    def is_up(self) -> bool:
        """Whether the tunnel is up, its BGP session included."""
        return self.status == "up"


@dataclass(frozen=True, kw_only=True, slots=True)
class VpnConnection:
    """A VPN connection (``vpn-``)."""

    id: str
    name: str | None = None
    """Its tag ``Name``."""
    state: str | None = None
    customer_gateway: str | None = None
    virtual_gateway: str | None = None
    transit_gateway: str | None = None
    concentrator: str | None = None
    is_static: bool | None = None
    inside_version: str | None = None
    """``ipv4`` or ``ipv6``."""
    configuration: CustomerGatewayConfiguration | None = None
    tunnels: tuple[TunnelOptions, ...] = ()
    telemetry: tuple[Telemetry, ...] = ()
    routes: tuple[IPv4Network, ...] = ()
    """Its static routes that are available."""
    described: bool = True
    """False: it is known by a configuration that is a file of its own, and no answer of AWS."""
    planned: bool = False
    """Whether it is not there yet, so that its outside addresses are not known."""
    where: Where = field(compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class VirtualGateway:
    """A virtual private gateway (``vgw-``) and the VPC that it is attached to."""

    id: str
    state: str | None = None
    asn: int | None = None
    vpc: str | None = None
    where: Where = field(compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class TransitGateway:
    """A transit gateway (``tgw-``)."""

    id: str
    state: str | None = None
    asn: int | None = None
    ecmp: bool | None = None
    where: Where = field(compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerGateway:
    """A customer gateway (``cgw-``): AWS's notion of somebody's device."""

    id: str
    name: str | None = None
    state: str | None = None
    address: IPv4Address | None = None
    asn: int | None = None
    where: Where = field(compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Attachment:
    """A transit gateway's attachment (``tgw-attach-``)."""

    id: str
    state: str | None = None
    transit_gateway: str
    kind: str
    """``vpc``, ``vpn``, ..."""
    resource: str
    where: Where = field(compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Vpc:
    """A VPC and its networks."""

    id: str
    state: str | None = None
    networks: tuple[IPv4Network, ...] = ()
    where: Where = field(compare=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class VpcRoute:
    """A route of a VPC's route table; ``target`` is ``local`` or an id."""

    destination: IPv4Network
    target: str
    propagated: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteTable:
    """A VPC's route table (``rtb-``) with its active routes."""

    id: str
    vpc: str | None = None
    routes: tuple[VpcRoute, ...] = ()
    propagating: tuple[str, ...] = ()
    """The virtual private gateways that put their prefixes into it."""
    where: Where = field(compare=False)


Thing = (
    VpnConnection
    | VirtualGateway
    | TransitGateway
    | CustomerGateway
    | Attachment
    | Vpc
    | RouteTable
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Inventory:
    """All things by their ids, in the order in which they were read."""

    connections: Mapping[str, VpnConnection]
    virtual_gateways: Mapping[str, VirtualGateway]
    transit_gateways: Mapping[str, TransitGateway]
    customer_gateways: Mapping[str, CustomerGateway]
    attachments: Mapping[str, Attachment]
    vpcs: Mapping[str, Vpc]
    route_tables: Mapping[str, RouteTable]
