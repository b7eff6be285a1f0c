"""IPsec tunnels as a device's configuration has them."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Interface

from samepath.device.reading.secret import Secret
from samepath.device.reading.source import Place, Said
from samepath.model.topology import IkeProposal


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadPeer:
    """Dead peer detection, in seconds. ``periodic``: also while traffic arrives."""

    delay: int
    retry: int | None = None
    periodic: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Ike:
    """The first phase. An empty ``proposals`` is the platform's own list."""

    version: Said[int] | None = None
    proposals: tuple[Said[IkeProposal], ...] = ()
    more: bool = False
    """Whether the platform has suites besides, which are in no file."""
    lifetime: Said[int] | None = None
    """Seconds."""
    local_identity: Said[str] | None = None
    remote_identity: Said[str] | None = None
    dead_peer: Said[DeadPeer] | None = None
    nat_traversal: Said[bool] | None = None
    secret: Said[Secret] | None = field(default=None)


@dataclass(frozen=True, kw_only=True, slots=True)
class Esp:
    """The second phase. A proposal's group is that of PFS."""

    proposals: tuple[Said[IkeProposal], ...] = ()
    more: bool = False
    """Whether the platform has suites besides, which are in no file."""
    lifetime: Said[int] | None = None
    """Seconds."""
    lifetime_kilobytes: Said[int] | None = None
    replay_window: Said[int] | None = None
    """Packets."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tunnel:
    """A tunnel: its interface, its two outside addresses, its inside address, and its IPsec."""

    interface: str
    place: Place
    source: Said[IPv4Address] | Said[str] | None = None
    """An address, or the interface that has it."""
    destination: Said[IPv4Address] | Said[str] | None = None
    inside: Said[IPv4Interface] | None = None
    mtu: Said[int] | None = None
    mss: Said[int] | None = None
    shutdown: Said[bool] | None = None
    vrf: Said[str] | None = None
    zone: Said[str] | None = None
    mode: Said[str] | None = None
    """How packets are wrapped, in the platform's words (``ipsec ipv4``, ``gre ip``)."""
    interface_id: Said[int] | None = None
    """Of the XFRM interface that it is bound to, which other files make (``if_id_out``)."""
    protection: Said[str] | None = None
    """The name of what protects it; None: it is a tunnel without IPsec."""
    starts: Said[bool] | None = None
    """Whether it begins by itself, or when there is traffic; None: nothing is said."""
    ike: Ike | None = None
    esp: Esp | None = None
