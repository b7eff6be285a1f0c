"""A route as one router holds it: a prefix, where it was learned, and its attributes."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum
from ipaddress import IPv4Address, IPv4Network


class Source(Enum):
    """Where a router has a route from. What each is worth is the platform's matter."""

    CONNECTED = "connected"
    STATIC = "static"
    LOCAL = "local"
    """Put into BGP by this router itself (``network``, ``redistribute``, an aggregate)."""
    EBGP = "ebgp"
    IBGP = "ibgp"
    OSPF = "ospf"
    OSPF_EXTERNAL = "ospf-external"


class Origin(IntEnum):
    """The ORIGIN attribute (RFC 4271, 5.1.1); the lower is the better."""

    IGP = 0
    EGP = 1
    INCOMPLETE = 2


LATE = 1 << 32
"""The first rank of what arrived after everything whose age nobody knows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """One route of one router.

    ``session`` names the session that a BGP route was learned in, or the device or neighbour that
    another one points to: within a router and a prefix, source and session tell routes apart.
    An attribute that is None is one that the route does not carry (``med``) or that no input holds
    (``peer_router_id``, ``age``): whoever needs the latter has to ask.
    """

    prefix: IPv4Network
    source: Source
    session: str
    next_hop: IPv4Address | None = None
    as_path: tuple[int, ...] = ()
    """The neighbour's AS first, the originator's last."""
    origin: Origin = Origin.IGP
    med: int | None = None
    local_preference: int | None = None
    """None: what the platform takes for one that is missing."""
    weight: int | None = None
    """Of this router only, never sent. None: the platform's default for the source."""
    communities: frozenset[str] = frozenset()
    igp_metric: int = 0
    """The interior cost of reaching the next hop."""
    peer_as: int | None = None
    """The AS of the neighbour that sent it: the first one of the path, but for what an import policy
    has put in front of that."""
    peer_address: IPv4Address | None = None
    peer_router_id: IPv4Address | None = None
    originator: IPv4Address | None = None
    """ORIGINATOR_ID of a reflected route (RFC 4456, 8)."""
    clusters: tuple[str, ...] = ()
    """The clusters that reflected it (RFC 4456, 8), the last one first."""
    age: int | None = None
    """A rank in the order of arrival, the oldest 0: routes are compared with it, no time is.
    From :data:`LATE` on, it is younger than one of an unknown age, too."""
    distance: int | None = None
    """The administrative distance (BIRD, Junos: preference) where it is not the source's default."""

    @property
    def neighbour_as(self) -> int | None:
        """The AS that the route was heard from, None for a route of this AS."""
        return self.as_path[0] if self.as_path else None

    @property
    def cluster_length(self) -> int:
        """How many clusters reflected it."""
        return len(self.clusters)

    @property
    def is_bgp(self) -> bool:
        """Whether the route is BGP's own, and compared by BGP's decision process."""
        return self.source in {Source.LOCAL, Source.EBGP, Source.IBGP}
