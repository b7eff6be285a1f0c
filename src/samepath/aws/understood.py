"""What was understood of descriptions, as a topology with everything that had to be assumed.

The customer's end is in no description of AWS. It is taken for a router that does what its platform
does by itself (:attr:`~samepath.model.topology.Mode.PLAIN`), and every assumption is said. Names in
the topology are AWS's ids.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from samepath.aws.reading import Remark
from samepath.model.problems import Problem
from samepath.model.secret import Secret
from samepath.model.suites import weaknesses
from samepath.model.topology import Connection, GatewayKind, Routing, Topology, Tunnel


@dataclass(frozen=True, kw_only=True, slots=True)
class Assumption:
    """Something that no description tells: ``what`` is taken to be so of ``subject``."""

    subject: str
    what: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.what}"


@dataclass(frozen=True, kw_only=True, slots=True)
class UnderstoodTunnel:
    """A tunnel of a connection, and how AWS saw it when it was asked.

    ``status`` is ``up``, ``down`` or ``unknown``; ``accepted`` the prefixes that AWS had from it.
    """

    number: int
    outside: IPv4Address
    inside: IPv4Network
    status: str
    message: str | None
    accepted: int | None
    since: str | None = None
    """When ``status`` last changed, as AWS writes it."""
    ike_versions: tuple[str, ...] = ()
    """``ikev1``, ``ikev2``; none: nobody says, and AWS's default is both."""
    startup_told: bool = True
    """False: no description says who starts it, and AWS's default is the customer."""
    outside_told: bool = True
    inside_told: bool = True
    """False of the two: another value stands for one that AWS has not chosen yet."""
    key: Secret | None = None
    """Its pre-shared key, where a description holds it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class UnderstoodConnection:
    """A connection, and where it leads. ``customer_asn`` is None where it has static routes.

    ``name`` is what the topology calls it, ``tag`` what its owner does; ids are whole.
    """

    id: str
    name: str
    tag: str | None
    file: str
    line: int | None
    """Where its description begins in that."""
    gateway: str
    gateway_kind: GatewayKind
    gateway_asn: int
    customer_gateway: str
    customer_address: IPv4Address
    customer_asn: int | None
    routing: Routing
    tunnels: tuple[UnderstoodTunnel, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Understood:
    """The topology, and what is to be said of how it came about."""

    topology: Topology
    connections: tuple[UnderstoodConnection, ...]
    assumed: tuple[Assumption, ...]
    skipped: tuple[Remark, ...]
    wrong: tuple[Problem, ...] = ()
    """What is wrong at AWS's end whatever the customer does."""

    @property
    def labels(self) -> Mapping[str, str]:
        """For each tunnel's name in the topology, what AWS calls it: by its outside address."""
        return {
            f"{one.name}/tunnel{tunnel.number}": f"{one.id} tunnel {tunnel.number} "
            f"({tunnel.outside})"
            for one in self.connections
            for tunnel in one.tunnels
        }

    def warnings(self) -> tuple[Problem, ...]:
        """What is wrong at AWS's end, and what it admits and should not."""
        weak_ones = (
            Problem(
                path=connection.name,
                message=f"AWS agrees to weak algorithms ({', '.join(weak)}), and takes the lowest "
                "that both ends know",
                advice="modify the tunnels' options: AES256-GCM-16, SHA2-384 and group 20 alone",
            )
            for connection in self.topology.connections.values()
            if (weak := _weak(connection))
        )
        return (*self.wrong, *weak_ones)


def _weak(connection: Connection) -> tuple[str, ...]:
    found = (word for tunnel in connection.tunnels for word in _weak_words(tunnel))
    return tuple(dict.fromkeys(found))


def _weak_words(tunnel: Tunnel) -> Iterator[str]:
    for suites in (tunnel.crypto.ike, tunnel.crypto.esp):
        for reason in weaknesses(suites):
            yield reason.partition(":")[0]
