"""Topology: the intent of a VPN, whatever source it was read from.

Everything here is a frozen value. A :class:`Topology` that exists has passed the checks that need
one value only (those live in ``__post_init__`` of the values); the checks between values live in
:mod:`samepath.model.validation`, because a reader wants all problems at once, with their places.

Defaults are AWS's where AWS has one that is safe, and strong where AWS's is weak: the algorithms
default to one strong suite instead of AWS's wide list (see ``docs/concepts/defaults.md``).
Durations are ``timedelta``; addresses are ``ipaddress`` values.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import Enum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from samepath.model.policy import Policy
from samepath.model.unknown import SecretRef

SECOND = timedelta(seconds=1)
MILLISECOND = timedelta(milliseconds=1)


class Routing(Enum):
    """How the two ends of a connection learn each other's prefixes."""

    BGP = "bgp"
    STATIC = "static"


class Mode(Enum):
    """How the customer's end chooses between the tunnels of a connection."""

    FOLLOW = "follow"
    """No local preference: honour the MED received, and announce the lower one where it leads.

    Symmetric, and the gateway can still steer (as AWS does in endpoint maintenance). It is what the
    BIRD that samepath writes does; no other platform mirrors its choice."""
    PLAIN = "plain"
    """Nothing but the policies that are written: what a device does that was told nothing."""
    PINNED = "pinned"
    """Local preference on import and AS_PATH prepending on export fix the active tunnel.

    Symmetric, but the gateway's MED is ignored (so its maintenance steering is, too)."""


def unpinned(platform: Platform) -> Mode:
    """The mode of a device that honours the gateway's steering as well as its platform can."""
    return Mode.FOLLOW if platform is Platform.BIRD else Mode.PLAIN


class Preemption(Enum):
    """What happens when the preferred tunnel is usable again."""

    AUTO = "auto"
    """Traffic returns as soon as the tunnel has proved itself."""
    MANUAL = "manual"
    """Traffic stays where it is until somebody says so."""


class GatewayPrefers(Enum):
    """What is known of the tunnel that a virtual private gateway prefers by itself."""

    ACTIVE = "active"
    """It is the active one."""
    UNKNOWN = "unknown"
    """Nobody says: AWS chooses one, and tells it only by the MED that it sends."""


class Platform(Enum):
    """The routing platform of a customer gateway: which best-path rules and defaults apply."""

    BIRD = "bird"
    FRR = "frr"
    QUAGGA = "quagga"
    VYOS = "vyos"
    CISCO_IOS = "cisco-ios"
    CISCO_ASA = "cisco-asa"
    JUNOS = "junos"
    FORTIOS = "fortios"
    PAN_OS = "pan-os"
    ROUTEROS = "routeros"


class Ipsec(Enum):
    """Who tells a customer gateway's strongSwan in a lab what its tunnels are."""

    SAMEPATH = "samepath"
    """samepath loads its connections, starts them, and starts them again."""
    SWANCTL = "swanctl"
    """A ``swanctl.conf`` that it loads itself when it starts; samepath only reads its state."""


class SessionBinding(Enum):
    """To what a customer gateway's firewall binds a session (what asymmetry does to it)."""

    STATELESS = "stateless"
    """No session state: a reply may arrive on any tunnel."""
    DEVICE = "device"
    """State kept per device: either tunnel will do, another device will not (plain conntrack)."""
    ZONE = "zone"
    """State bound to a zone: a packet of the session from another zone's tunnel is dropped."""
    INTERFACE = "interface"
    """State bound to the interface: a packet of the session on the other tunnel is dropped."""


class ReversePath(Enum):
    """Which packets a device drops because of where they come from (RFC 3704)."""

    OFF = "off"
    LOOSE = "loose"
    """A packet whose source has no route at all."""
    FEASIBLE = "feasible"
    """A packet whose source has no active route by the interface that it came by."""
    STRICT = "strict"
    """A packet whose source's best route leads by another interface."""


class Established(Enum):
    """What a firewall does with a session's own packets when the route to their destination moves."""

    FOLLOWS = "follows"
    """They take the new route."""
    STAYS = "stays"
    """They stay on the interface of the session, while there is a route by it."""
    CUT = "cut"
    """It ends the session and tells both ends (TCP reset)."""


class Tracking(Enum):
    """What a customer gateway looks at, beside its LAN, before it is VRRP's master."""

    NOTHING = "nothing"
    TUNNELS = "tunnels"
    """It gives the address up while none of its tunnels works."""


class StartupAction(Enum):
    """Who starts IKE, from the gateway's side (AWS: ``StartupAction``)."""

    ADD = "add"
    START = "start"


class DpdAction(Enum):
    """What a dead peer does to the tunnel (AWS: ``DPDTimeoutAction``)."""

    CLEAR = "clear"
    NONE = "none"
    RESTART = "restart"


@dataclass(frozen=True, kw_only=True, slots=True)
class IkeProposal:
    """One IKE or ESP suite in strongSwan's words; ESP without ``group`` has no PFS.

    ``encryption`` is ``aes256gcm16`` or ``aes256``; ``integrity`` is ``sha384`` (the PRF for an
    AEAD cipher in IKE, unused for an AEAD cipher in ESP); ``group`` is the IANA number of the
    Diffie-Hellman group.
    """

    encryption: str
    integrity: str | None
    group: int | None


STRONG_IKE = (IkeProposal(encryption="aes256gcm16", integrity="sha384", group=20),)
STRONG_ESP = (IkeProposal(encryption="aes256gcm16", integrity=None, group=20),)


@dataclass(frozen=True, kw_only=True, slots=True)
class Crypto:
    """Proposals and lifetimes of one tunnel, both phases (AWS: tunnel options)."""

    ike: tuple[IkeProposal, ...] = STRONG_IKE
    esp: tuple[IkeProposal, ...] = STRONG_ESP
    ike_lifetime: timedelta = 28800 * SECOND
    esp_lifetime: timedelta = 3600 * SECOND
    rekey_margin: timedelta = 270 * SECOND
    rekey_fuzz_percent: int = 100
    replay_window: int = 1024


@dataclass(frozen=True, kw_only=True, slots=True)
class Dpd:
    """Dead peer detection: probe after ``delay`` of silence, dead ``timeout`` after AWS's count.

    AWS's default of 40 s is a probe after 10 s and 30 s of unanswered probes.
    """

    delay: timedelta = 10 * SECOND
    timeout: timedelta = 40 * SECOND
    action: DpdAction = DpdAction.CLEAR


@dataclass(frozen=True, kw_only=True, slots=True)
class Bfd:
    """BFD between the two ends inside the tunnel (RFC 5880, asynchronous mode)."""

    interval: timedelta = 50 * MILLISECOND
    multiplier: int = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class BgpTimers:
    """Hold time and keepalive offered by our ends, and BFD (``None``: off)."""

    hold: timedelta = 9 * SECOND
    keepalive: timedelta = 3 * SECOND
    bfd: Bfd | None = field(default_factory=Bfd)


@dataclass(frozen=True, kw_only=True, slots=True)
class Policies:
    """Extra routing policy of one end of one tunnel, applied after the mode's own."""

    imports: Policy = field(default_factory=Policy)
    exports: Policy = field(default_factory=Policy)
    default_originate: bool = False
    """Whether 0.0.0.0/0 is announced always, past the exports (IOS, FRR, FortiOS)."""


UNRESPONSIVE_MBIT = 100
"""Mbit/s at which traffic that does not slow down by itself may enter a user-space tunnel.

charon queues without a limit. On two cores that a tunnel's two ends share with the traffic's own
source it takes some 170 Mbit/s of 1350-byte packets while three times as much is offered, and what
waits in its queues delays BFD for longer than three of its intervals
(``docs/lab-notes/0003-overload.md``).
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Tunnel:
    """One tunnel of a connection.

    ``number`` is 1 or 2. ``outside`` is the gateway's outside address. ``inside`` is the /30 of
    the tunnel; the gateway takes the first host, the customer gateway the second
    (:attr:`gateway_inside`, :attr:`customer_inside`).
    """

    number: int
    outside: IPv4Address
    inside: IPv4Network
    gateway_secret: SecretRef
    customer_secret: SecretRef
    """Normally the same reference; two make a deliberate mismatch expressible."""
    crypto: Crypto = field(default_factory=Crypto)
    customer_crypto: Crypto | None = None
    """The customer end's own proposals; ``None``: the same as the gateway's."""
    dpd: Dpd = field(default_factory=Dpd)
    startup: StartupAction = StartupAction.ADD
    zone: str | None = None
    """The firewall zone that holds the customer's end. Tunnels that name none share one."""
    unresponsive_mbit: int = UNRESPONSIVE_MBIT
    """Mbit/s, each way, at which everything but TCP may enter the tunnel."""
    gateway_policy: Policies = field(default_factory=Policies)
    customer_policy: Policies = field(default_factory=Policies)

    @property
    def gateway_inside(self) -> IPv4Interface:
        """The gateway's inside address with the /30's length."""
        return IPv4Interface((self.inside.network_address + 1, self.inside.prefixlen))

    @property
    def customer_inside(self) -> IPv4Interface:
        """The customer gateway's inside address with the /30's length."""
        return IPv4Interface((self.inside.network_address + 2, self.inside.prefixlen))


@dataclass(frozen=True, kw_only=True, slots=True)
class Connection:
    """A VPN connection: two tunnels between a gateway and a customer gateway."""

    name: str
    gateway: str
    customer_gateway: str
    tunnels: tuple[Tunnel, ...]
    routing: Routing = Routing.BGP
    mode: Mode = Mode.FOLLOW
    active: int = 1
    """The tunnel that carries traffic when both are usable: a stored decision of the gateway."""
    gateway_prefers: GatewayPrefers = GatewayPrefers.ACTIVE
    preemption: Preemption = Preemption.AUTO
    bgp: BgpTimers = field(default_factory=BgpTimers)
    probe_inside: bool = False
    """Static routing only: also withdraw the route when the far inside address does not answer."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Host:
    """A named host with one address, attached to the subnet or site network that holds it."""

    name: str
    address: IPv4Address


@dataclass(frozen=True, kw_only=True, slots=True)
class Vpc:
    """A VPC: its CIDR, its subnets by name, its hosts."""

    name: str
    cidr: IPv4Network
    subnets: Mapping[str, IPv4Network]
    hosts: Mapping[str, Host]


class GatewayKind(Enum):
    """What a gateway is at AWS."""

    VIRTUAL_PRIVATE = "virtual-private"
    TRANSIT = "transit"


@dataclass(frozen=True, kw_only=True, slots=True)
class Gateway:
    """A virtual private gateway attached to a VPC (AWS: ``vgw-``), or a transit gateway (``tgw-``).

    ``ecmp``: whether a transit gateway uses equal BGP routes together (``VpnEcmpSupport``); None of
    a virtual private gateway, which never does.
    """

    name: str
    vpc: str
    asn: int = 64512
    kind: GatewayKind = GatewayKind.VIRTUAL_PRIVATE
    ecmp: bool | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class BestPath:
    """What a device's configuration changes of its platform's choice of routes; None: nothing."""

    always_compare_med: bool | None = None
    deterministic_med: bool | None = None
    missing_med_as_worst: bool | None = None
    compare_router_id: bool | None = None
    maximum_paths: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Cluster:
    """Two machines that look like one customer gateway: one is active, the other stands by.

    The one that stands by takes over the outside address, the device's addresses on its LANs and the
    tunnels, which it negotiates anew. The one that was active stands by when it is back.
    """

    state_sync: bool = False
    """Whether the one that takes over knows the sessions of the other one's firewall."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerGateway:
    """The customer's device: outside address, ASN, platform, IPsec, what its firewall binds to."""

    name: str
    address: IPv4Address
    asn: int = 65000
    platform: Platform = Platform.BIRD
    ipsec: Ipsec = Ipsec.SAMEPATH
    binding: SessionBinding | None = None
    """This and the next two: None is what the platform does by itself."""
    reverse_path: ReversePath | None = None
    established: Established | None = None
    best_path: BestPath = field(default_factory=BestPath)
    requires_policy: bool | None = None
    """Whether it exchanges nothing over eBGP in a direction without a policy (RFC 8212)."""
    aggregates: tuple[IPv4Network, ...] = ()
    """What it announces beside its sites' networks, whether or not it has a way there."""
    cluster: Cluster | None = None
    """None: it is one machine."""

    @property
    def members(self) -> tuple[int, ...]:
        """The numbers of its machines."""
        return (1,) if self.cluster is None else (1, 2)

    @property
    def shares_sessions(self) -> bool:
        """Whether its machines know the sessions of one another's firewall."""
        return self.cluster is not None and self.cluster.state_sync


@dataclass(frozen=True, kw_only=True, slots=True)
class Vrrp:
    """VRRP between a site's customer gateways (RFC 9568): who holds the address of the hosts' router.

    ``priorities`` are those of the site's customer gateways in their order: of those that can, the
    one with the highest is master. A device that has lost its LAN cannot, whatever it tracks.
    """

    priorities: tuple[int, ...]
    preempt: bool = True
    """Whether a higher priority takes the address from a master that works."""
    tracks: Tracking = Tracking.NOTHING


@dataclass(frozen=True, kw_only=True, slots=True)
class Site:
    """A site network: the prefixes behind one or more customer gateways, and its hosts.

    Its hosts send to the customer gateway ``first_hop``, or to the master of ``vrrp``. Where neither
    is said, they are taken to send to the first one.
    """

    name: str
    networks: tuple[IPv4Network, ...]
    customer_gateways: tuple[str, ...]
    hosts: Mapping[str, Host]
    first_hop: str | None = None
    vrrp: Vrrp | None = None
    ibgp: bool = False
    """Whether its customer gateways speak iBGP with each other, each with itself as next hop."""
    keeps_next_hop: tuple[str, ...] = ()
    """Those of them that leave the next hop as it was announced to them."""
    state_sync: bool = False
    """Whether their firewalls share what they know of sessions, so that they are one device."""

    @property
    def usual_first_hop(self) -> str:
        """The customer gateway that its hosts send to while all is up."""
        if self.vrrp is not None:
            ranked = zip(self.vrrp.priorities, self.customer_gateways, strict=True)
            return max(ranked, key=lambda one: one[0])[1]
        return self.first_hop or self.customer_gateways[0]


@dataclass(frozen=True, kw_only=True, slots=True)
class Topology:
    """Everything somebody wants of a VPN, both ends."""

    name: str
    vpcs: Mapping[str, Vpc]
    gateways: Mapping[str, Gateway]
    customer_gateways: Mapping[str, CustomerGateway]
    sites: Mapping[str, Site]
    connections: Mapping[str, Connection]
