"""The objects of a world: everything that samepath creates on a machine, as frozen values.

Every object has a :attr:`key` (what makes it the same object) and a value (what it should be like).
Two objects with equal keys and unequal values are one object that must change.

An object lives in a network namespace of its world, named by the namespace's ``ip netns`` name,
or (files, daemons) in the world's own directory. Nothing here ever refers to the root namespace.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from typing import ClassVar

Key = tuple[str, ...]

ROUTE_PROTOCOL = 84
"""The kernel's protocol number by which our own routes and rules are known (``ip route ... proto
84``)."""
MAIN_TABLE = 254
"""The table that routes are in where nobody says otherwise (``ip-route(8)``)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Namespace:
    """A network namespace, by its ``ip netns`` name. Its loopback is up."""

    name: str

    @property
    def key(self) -> Key:
        return ("namespace", self.name)


@dataclass(frozen=True, kw_only=True, slots=True, order=True)
class End:
    """One end of a veth pair: the namespace and the interface's name there."""

    namespace: str
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Veth:
    """A veth pair between two namespaces (or inside one); both ends are up.

    ``ends`` is sorted, so that a pair has one spelling. ``mtu`` holds for both ends. ``down`` is the
    one end that is not up, if any: the other one has no carrier then, as if a cable were pulled.
    """

    ends: tuple[End, End]
    mtu: int = 1500
    down: End | None = None

    @property
    def key(self) -> Key:
        (a, b) = self.ends
        return ("veth", a.namespace, a.name, b.namespace, b.name)


def veth(a: End, b: End, mtu: int = 1500) -> Veth:
    """The veth pair between ``a`` and ``b`` in its one spelling."""
    first, second = sorted((a, b))
    return Veth(ends=(first, second), mtu=mtu)


@dataclass(frozen=True, kw_only=True, slots=True)
class Bridge:
    """A bridge (up), and the interfaces of its namespace that are its ports, sorted."""

    namespace: str
    name: str
    ports: tuple[str, ...] = ()

    @property
    def key(self) -> Key:
        return ("bridge", self.namespace, self.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Tun:
    """A TUN device that a daemon made in ``origin`` and that belongs into ``namespace``.

    The daemon called ``daemon`` (see :class:`Daemon`) opened it as ``made_as`` in the namespace
    ``origin``; it is moved, renamed to ``name``, given ``mtu`` and set up. It goes when its
    daemon goes.
    """

    namespace: str
    name: str
    origin: str
    made_as: str
    daemon: str
    mtu: int

    @property
    def key(self) -> Key:
        return ("tun", self.namespace, self.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Address:
    """An IPv4 address on an interface."""

    namespace: str
    device: str
    interface: IPv4Interface

    @property
    def key(self) -> Key:
        return ("address", self.namespace, self.device, str(self.interface))


@dataclass(frozen=True, kw_only=True, slots=True)
class MovingAddress:
    """An IPv4 address that a daemon gives an interface and takes from it, as it sees fit.

    Nothing makes or removes it here while it is wanted: it is there as soon as its interface is.
    One that nobody wants to move any more is an :class:`Address` like others.
    """

    namespace: str
    device: str
    interface: IPv4Interface

    @property
    def key(self) -> Key:
        return ("moving", self.namespace, self.device, str(self.interface))


@dataclass(frozen=True, kw_only=True, slots=True)
class Route:
    """A route of our own, marked with :data:`ROUTE_PROTOCOL`, in the main table or another one.

    ``via`` is None for a route to a directly connected device. ``onlink`` tells the kernel to
    believe that ``via`` can be reached on ``device``. ``mtu`` is a locked path MTU.
    """

    namespace: str
    destination: IPv4Network
    device: str
    via: IPv4Address | None = None
    onlink: bool = False
    mtu: int | None = None
    table: int = MAIN_TABLE

    @property
    def key(self) -> Key:
        elsewhere = () if self.table == MAIN_TABLE else (f"table {self.table}",)
        return ("route", self.namespace, str(self.destination), *elsewhere)


@dataclass(frozen=True, kw_only=True, slots=True)
class MarkRule:
    """Packets with a mark are routed by a table of their own if it has a route, else as others are.

    The mark is what ``mask`` leaves of a packet's (``ip rule ... fwmark mark/mask``).
    """

    PRIORITY: ClassVar[int] = 1000
    """Before the main table's 32766."""

    namespace: str
    mark: int
    mask: int
    table: int

    @property
    def key(self) -> Key:
        return ("rule", self.namespace, str(self.mark))


@dataclass(frozen=True, kw_only=True, slots=True)
class Sysctl:
    """A network sysctl inside a namespace: ``net.ipv4.ip_forward`` = ``1``.

    An interface's name inside the key is separated by slashes when it holds a dot.
    """

    namespace: str
    name: str
    value: str

    @property
    def key(self) -> Key:
        return ("sysctl", self.namespace, self.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Ruleset:
    """One nftables table of a namespace, whole: ``text`` is the body between its braces.

    The table's comment carries the text's digest (:func:`samepath.linux.marks.digest`), so that an
    observer needs no text comparison (nft prints a ruleset in other words than it was given).
    """

    namespace: str
    table: str
    text: str

    @property
    def key(self) -> Key:
        return ("ruleset", self.namespace, self.table)


@dataclass(frozen=True, kw_only=True, slots=True)
class Shaper:
    """What keeps the queues behind a tunnel's device short: three classes on its egress.

    A packet's class is its ``meta priority``, set by a ruleset (:meth:`priority`):

    * *control*: what keeps the tunnel (BGP, BFD) goes first;
    * *responsive*: TCP, which slows down by itself, is not limited;
    * *rest*: everything else is limited to ``rate`` (bit/s, whole Mbit/s from 1 to 65535), and a
      packet smaller than :attr:`least_size` bytes counts as that large.
    """

    CONTROL: ClassVar[int] = 10
    RESPONSIVE: ClassVar[int] = 20
    REST: ClassVar[int] = 30

    namespace: str
    device: str
    rate: int
    least_size: ClassVar[int] = 1400

    @property
    def key(self) -> Key:
        return ("shaper", self.namespace, self.device)

    @property
    def major(self) -> int:
        """The root's handle: the rate in Mbit/s."""
        return self.rate // 1_000_000

    def priority(self, minor: int) -> str:
        """The ``meta priority`` of a class, in the form that nft and tc share."""
        return f"{self.major:x}:{minor}"


@dataclass(frozen=True, kw_only=True, slots=True)
class ConfigFile:
    """A file in the world's directory, root-only. ``path`` is relative to that directory.

    It never holds a secret.
    """

    path: str
    text: str

    @property
    def key(self) -> Key:
        return ("file", self.path)


@dataclass(frozen=True, kw_only=True, slots=True)
class SecretFile:
    """A root-only file in the world's directory that holds a pre-shared key: all but the key.

    ``path`` is relative to that directory. Where the key is to stand, ``text`` has :attr:`PLACE`;
    ``secret`` says which one it is, as of an :class:`IkeConfig`. ``daemon`` reads the file once,
    when it starts: another key is another start.
    """

    PLACE: ClassVar[str] = "{secret}"

    path: str
    text: str
    secret: str
    daemon: str

    @property
    def key(self) -> Key:
        return ("secret file", self.path)


class DaemonKind(Enum):
    """Which driver speaks with a daemon."""

    CHARON = "charon"
    STRONGSWAN = "strongswan"
    """A charon that loads its connections by itself: it is asked, and told nothing."""
    BIRD = "bird"
    ZEBRA = "zebra"
    """FRR's keeper of the kernel's routes, whom its other daemons need from their start."""
    FRR = "frr"
    AGENT = "agent"
    PLAIN = "plain"


@dataclass(frozen=True, kw_only=True, slots=True)
class Daemon:
    """A supervised process of the world.

    ``argv`` and ``environment`` may hold ``{world}``, which stands for the world's directory, and
    ``{python}`` for the interpreter that samepath runs with.
    ``socket`` (relative) is the control socket whose existence means that the daemon is ready.
    ``config`` is the :class:`ConfigFile` (its path) whose change a BIRD or an FRR takes while it runs;
    ``restart_on`` is a digest of everything whose change needs a restart, such as ``argv``.
    ``after`` names the daemon without which this one is no use from its start on, if any: when that
    one is started anew, so is this.
    ``again`` tells that its supervisor starts it again by itself: it needs nothing made for it.
    """

    name: str
    kind: DaemonKind
    namespace: str
    argv: tuple[str, ...]
    environment: tuple[tuple[str, str], ...] = ()
    socket: str | None = None
    config: str | None = None
    restart_on: str = ""
    after: str | None = None
    again: bool = False

    @property
    def key(self) -> Key:
        return ("daemon", self.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class IkeConfig:
    """What one charon is to have loaded: a connection, by the digest of its whole definition.

    ``section`` is the connection in strongSwan's own tree, without the secret; ``secret`` says
    which secret goes with it (a key of the world's secret store), ``identities`` whose it is.
    """

    daemon: str
    name: str
    section: str
    """JSON of the ``connections.<name>`` section: nested objects, lists of strings, strings."""
    secret: str
    identities: tuple[str, ...]
    starts: bool = False
    """Whether this end sees to it that there is an SA; the other waits to be called."""
    receive_buffer: int | None = None
    """Bytes of arrived packets that each of the charon's sockets holds; None: the kernel's own."""

    @property
    def key(self) -> Key:
        return ("ike", self.daemon, self.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class ReceiveBuffer:
    """Bytes of arrived packets that each UDP socket of a daemon holds, at least."""

    daemon: str
    size: int

    @property
    def key(self) -> Key:
        return ("receive buffer", self.daemon)


@dataclass(frozen=True, kw_only=True, slots=True)
class BirdConfig:
    """What one BIRD is to have in force: the digest of its configuration file's text."""

    daemon: str
    digest: str

    @property
    def key(self) -> Key:
        return ("bird", self.daemon)


@dataclass(frozen=True, kw_only=True, slots=True)
class FrrConfig:
    """What one daemon of an FRR is to have in force: the digest of the text in the file ``config``.

    It is told over ``socket``, from its start on. Both paths are relative to the world's directory.
    """

    daemon: str
    socket: str
    config: str
    digest: str

    @property
    def key(self) -> Key:
        return ("frr", self.daemon)


Object = (
    Namespace
    | Veth
    | Bridge
    | Tun
    | Address
    | MovingAddress
    | Route
    | MarkRule
    | Sysctl
    | Ruleset
    | Shaper
    | ConfigFile
    | SecretFile
    | Daemon
    | IkeConfig
    | ReceiveBuffer
    | BirdConfig
    | FrrConfig
)

ALONE: tuple[type[Object], ...] = (
    *(Address, Route, MarkRule, Sysctl, Ruleset, Shaper, ConfigFile),
)
"""What touches nothing but itself as it is made, changed or deleted: once its driver has done so
without an error it is there, and nothing else has gone with it."""
