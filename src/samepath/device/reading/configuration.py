"""What a device is configured to do, as far as it bears on a VPN: the value that every reader returns.

Nothing is filled in: a field that is None was not said, and what holds then is the platform's
affair (:mod:`samepath.routing.platforms`). Every value that was said has the line that says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from samepath.device.reading.policies import AppliedPolicy
from samepath.device.reading.source import Place, Said
from samepath.device.reading.support import Support
from samepath.device.reading.tunnels import Tunnel
from samepath.model.change import Direction
from samepath.model.topology import Bfd, Platform, ReversePath, SessionBinding


class Appears(Enum):
    """When a network is announced that a configuration names."""

    ALWAYS = "always"
    WHILE_ROUTED = "while the device has a route to it"
    WHILE_PARTS = "while a part of it is in the BGP table"


@dataclass(frozen=True, kw_only=True, slots=True)
class Announced:
    """A network that the device puts into BGP by itself (``network``, an aggregate)."""

    prefix: IPv4Network
    place: Place
    appears: Appears
    policy: AppliedPolicy | None = None
    summary_only: bool = False
    """Whether an aggregate keeps its parts back."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Redistribution:
    """Routes of another source that the device puts into BGP, as ``connected`` or ``ospf 1``."""

    source: str
    place: Place
    policy: AppliedPolicy | None = None
    metric: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DefaultOriginate:
    """``0.0.0.0/0``, which a session announces past its export policy."""

    place: Place
    policy: AppliedPolicy | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbour:
    """A BGP neighbour of the IPv4 unicast family, with what its groups give it.

    ``address`` is the name of an interface where the neighbour is whoever is found there.
    """

    address: IPv4Address | str
    place: Place
    remote_as: Said[int] | Said[str] | None = None
    """``internal`` and ``external`` stand for the own and for any other AS; another word for one
    that no file tells."""
    local_as: Said[int] | None = None
    group: str | None = None
    description: Said[str] | None = None
    shutdown: Said[bool] | None = None
    activated: bool = True
    update_source: Said[str] | None = None
    """An address or an interface."""
    keepalive: Said[int] | None = None
    """Seconds, as the next two."""
    hold: Said[int] | None = None
    connect_retry: Said[int] | None = None
    bfd: Said[Bfd | None] | None = None
    """Said without a value: BFD with intervals that stand elsewhere."""
    multihop: Said[int] | None = None
    imports: AppliedPolicy | None = None
    exports: AppliedPolicy | None = None
    default_originate: DefaultOriginate | None = None
    next_hop_self: Said[bool] | None = None
    weight: Said[int] | None = None
    allow_own_as: Said[int] | None = None
    route_limit: Said[int] | None = None
    reflector_client: Said[bool] | None = None
    signed: Said[bool] | None = None
    """Whether the session's packets are signed (TCP MD5, RFC 2385, or TCP-AO, RFC 5925)."""

    def applied(self, direction: Direction) -> AppliedPolicy | None:
        """Its policy in a direction; None: it has none."""
        return self.imports if direction is Direction.IMPORT else self.exports


@dataclass(frozen=True, kw_only=True, slots=True)
class Knobs:
    """What a configuration changes of the platform's choice of routes."""

    always_compare_med: Said[bool] | None = None
    deterministic_med: Said[bool] | None = None
    missing_med_as_worst: Said[bool] | None = None
    compare_router_id: Said[bool] | None = None
    ignore_as_path: Said[bool] | None = None
    multipath_relax: Said[bool] | None = None
    maximum_paths: Said[int] | None = None
    maximum_paths_ibgp: Said[int] | None = None
    local_preference: Said[int] | None = None
    """What a route has that no policy has given one."""
    requires_policy: Said[bool] | None = None
    """Whether an eBGP session exchanges nothing in a direction without a policy (RFC 8212)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Bgp:
    """A BGP speaker of the device: one a routing table."""

    asn: Said[int]
    vrf: str | None = None
    router_id: Said[IPv4Address] | None = None
    neighbours: tuple[Neighbour, ...] = ()
    networks: tuple[Announced, ...] = ()
    aggregates: tuple[Announced, ...] = ()
    redistributions: tuple[Redistribution, ...] = ()
    knobs: Knobs = Knobs()


@dataclass(frozen=True, kw_only=True, slots=True)
class StaticRoute:
    """A static route. Without a next hop and an interface it drops what it matches."""

    prefix: IPv4Network
    place: Place
    next_hop: IPv4Address | None = None
    interface: str | None = None
    distance: int | None = None
    priority: int | None = None
    """Which of those of one distance sends, the lowest first; the others stand beside it."""
    tag: int | None = None
    track: str | None = None
    """What has to be well for the route to stand."""
    name: str | None = None
    vrf: str | None = None

    @property
    def drops(self) -> bool:
        """Whether it sends nowhere."""
        return self.next_hop is None and self.interface is None


@dataclass(frozen=True, kw_only=True, slots=True)
class Interface:
    """An interface that has something to say: an address, a zone, a check of sources."""

    name: str
    place: Place
    addresses: tuple[Said[IPv4Interface], ...] = ()
    description: Said[str] | None = None
    shutdown: Said[bool] | None = None
    vrf: Said[str] | None = None
    zone: Said[str] | None = None
    reverse_path: Said[ReversePath] | None = None
    mtu: Said[int] | None = None
    mss: Said[int] | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class DeviceConfiguration:
    """A device's configuration as it was understood, and what of it was not."""

    platform: Platform
    host_name: Said[str] | None
    release: Said[str] | None
    bgps: tuple[Bgp, ...]
    static_routes: tuple[StaticRoute, ...]
    interfaces: tuple[Interface, ...]
    tunnels: tuple[Tunnel, ...]
    zones: tuple[str, ...]
    """Zones of its firewall; a device without any may still have one that binds to interfaces."""
    support: Support
    session_binding: Said[SessionBinding] | None = None
    """To what its firewall binds a session, where the configuration says that."""
