"""A customer gateway's router, whatever daemon runs it: what each platform's text is rendered from."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network

from samepath.model.policy import Policy
from samepath.model.topology import BestPath, BgpTimers


@dataclass(frozen=True, kw_only=True, slots=True)
class StaticTunnel:
    """What static routing sends into a tunnel; nothing unless the tunnel is usable."""

    networks: tuple[IPv4Network, ...]
    usable: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerTunnel:
    """A customer gateway's session over one tunnel, with what its mode makes of it.

    ``med`` is announced; ``local_preference`` is set on import; ``prepend`` on export. ``pinned``
    says that the mode is a policy in both directions, also where it sets nothing on this tunnel.
    """

    name: str
    device: str
    local: IPv4Address
    gateway: IPv4Address
    gateway_asn: int
    timers: BgpTimers
    med: int | None = None
    local_preference: int | None = None
    prepend: int = 0
    pinned: bool = False
    preferred: bool = True
    imports: Policy = field(default_factory=Policy)
    exports: Policy = field(default_factory=Policy)
    static: StaticTunnel | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbour:
    """Another customer gateway of the same AS, on a LAN."""

    name: str
    device: str
    local: IPv4Address
    address: IPv4Address


@dataclass(frozen=True, kw_only=True, slots=True)
class Customer:
    """A customer gateway's router.

    ``requires_policy`` and ``best_path`` are those of the topology file. Of these a BIRD has the
    number of paths only: it has filters of ours in both directions, and chooses as it does.
    """

    router_id: IPv4Address
    asn: int
    networks: tuple[IPv4Network, ...]
    tunnels: tuple[CustomerTunnel, ...]
    neighbours: tuple[Neighbour, ...] = ()
    requires_policy: bool = False
    best_path: BestPath = field(default_factory=BestPath)
