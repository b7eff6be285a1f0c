"""The way from an inventory to a topology: what both ends of it need.

Things have their AWS ids in an inventory and short names in a topology; what is assumed on the way
is gathered here.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import TypeVar

from samepath.aws.inventory import Inventory, VpnConnection
from samepath.aws.names import short_names
from samepath.aws.networks import vpcs_of
from samepath.aws.reading import InvalidDescription, Remark
from samepath.aws.tunnels import KnownTunnel, tunnels_of
from samepath.aws.understood import Assumption
from samepath.model import limits
from samepath.model.problems import Problem

T = TypeVar("T")

_CUSTOMER_POOL = IPv4Network("192.0.2.0/24")
_GATEWAY_POOL = IPv4Network("203.0.113.0/24")
"""Documentation addresses (RFC 5737)."""
_INSIDE_POOL = IPv4Network("169.254.8.0/21")


class Filling:
    """One inventory on its way to a topology, and what had to be assumed on it.

    ``warnings`` are what is wrong at AWS whatever the customer does. ``names`` has the topology's name for each id.
    """

    def __init__(self, inventory: Inventory, connections: list[VpnConnection]) -> None:
        self.inventory = inventory
        self.connections = connections
        self.assumed: list[Assumption] = []
        self.warnings: list[Problem] = []
        gateways = [*map(gateway_of, connections)]
        vpcs = [vpc for one in gateways for vpc in (*vpcs_of(inventory, one), f"vpc-of-{one}")]
        ids = (*(one.id for one in connections), *gateways, *map(customer_of, connections), *vpcs)
        self.names = short_names(ids)
        self._by_customer: dict[str, list[VpnConnection]] = {}
        for one in connections:
            self._by_customer.setdefault(self.names[customer_of(one)], []).append(one)
        self.outsides: Iterator[IPv4Address] = iter(_CUSTOMER_POOL.hosts())
        """Addresses that stand for those of devices."""
        tunnels = [tunnel for one in connections for tunnel in tunnels_of(one)]
        known = {tunnel.outside for tunnel in tunnels}
        self.gateway_outsides: Iterator[IPv4Address] = (
            one for one in _GATEWAY_POOL.hosts() if one not in known
        )
        """Addresses that stand for those of AWS's end."""
        taken = {tunnel.inside for tunnel in tunnels}
        self.insides: Iterator[IPv4Network] = (
            one for one in _INSIDE_POOL.subnets(new_prefix=limits.INSIDE_LENGTH) if one not in taken
        )
        """Networks that stand for those inside of tunnels."""

    def assume(self, subject: str, what: str) -> None:
        """Say what is taken to be so, once."""
        assumption = Assumption(subject=subject, what=what)
        if assumption not in self.assumed:
            self.assumed.append(assumption)

    def take(self, pool: Iterator[T]) -> T:
        """The next of the values that stand for others.

        Raises :class:`~samepath.aws.reading.InvalidDescription` where there is none left.
        """
        for one in pool:
            return one
        message = f"too much of these {len(self.connections)} connections is not told"
        problem = Problem(path="", message=message, advice="name fewer at a time")
        raise InvalidDescription((Remark(file=self.connections[0].where.file, problem=problem),))

    def gateway_of(self, connection: VpnConnection) -> str:
        """The topology's name of a connection's gateway."""
        return self.names[gateway_of(connection)]

    def of_customer(self, name: str) -> list[VpnConnection]:
        """The connections of the customer gateway that the topology calls so."""
        return self._by_customer[name]


def gateway_of(connection: VpnConnection) -> str:
    """The name of a connection's gateway; one that nothing names is called after the connection."""
    named = connection.virtual_gateway or connection.transit_gateway
    return named or f"tgw-of-{connection.id}"


def customer_of(connection: VpnConnection) -> str:
    """The name of a connection's customer gateway, likewise."""
    told = connection.configuration
    named = connection.customer_gateway or (told and told.customer_gateway)
    return named or f"cgw-of-{connection.id}"


def is_static(connection: VpnConnection) -> bool:
    """Whether a connection has static routes; what nothing tells is BGP."""
    if connection.configuration is not None:
        return connection.configuration.is_static
    return bool(connection.is_static)


def announces_nothing(connection: VpnConnection, tunnel: KnownTunnel) -> bool:
    """Whether AWS had no prefix over a BGP session that stood (``0 BGP ROUTES``)."""
    told = tunnel.telemetry
    if is_static(connection) or told is None:
        return False
    return told.is_up and told.accepted == 0 and "BGP" in (told.message or "")
