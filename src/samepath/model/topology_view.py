"""Questions to a topology that more than one of its readers asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from itertools import combinations

from samepath.model.topology import Connection, Site, Topology, Tunnel
from samepath.model.unknown import SecretSource


def tunnels_of(topology: Topology) -> Iterator[tuple[Connection, Tunnel]]:
    """Every tunnel with its connection."""
    for connection in topology.connections.values():
        for tunnel in connection.tunnels:
            yield connection, tunnel


def key_variables(topology: Topology) -> frozenset[str]:
    """The names of the environment variables that hold pre-shared keys of ``topology``."""
    return frozenset(
        secret.locator
        for _, tunnel in tunnels_of(topology)
        for secret in (tunnel.gateway_secret, tunnel.customer_secret)
        if secret.source is SecretSource.ENVIRONMENT
    )


def gateway_tunnels(topology: Topology, gateway: str) -> list[tuple[Connection, Tunnel]]:
    """A gateway's tunnels in the order that numbers its internal links."""
    return [
        (connection, tunnel)
        for connection in topology.connections.values()
        if connection.gateway == gateway
        for tunnel in connection.tunnels
    ]


def customer_tunnels(topology: Topology, customer: str) -> list[tuple[Connection, Tunnel]]:
    """A customer gateway's tunnels in the order that numbers its internal links."""
    return [
        (connection, tunnel)
        for connection in topology.connections.values()
        if connection.customer_gateway == customer
        for tunnel in connection.tunnels
    ]


def site_networks(topology: Topology, customer_gateway: str) -> tuple[IPv4Network, ...]:
    """The prefixes behind a customer gateway, sorted."""
    return tuple(
        sorted(
            network
            for site in topology.sites.values()
            if customer_gateway in site.customer_gateways
            for network in site.networks
        )
    )


def vrrp_sites(topology: Topology, customer_gateway: str | None = None) -> tuple[Site, ...]:
    """The sites with VRRP, by name; of a customer gateway those in whose VRRP it takes part."""
    return tuple(
        site
        for _, site in sorted(topology.sites.items())
        if site.vrrp is not None and customer_gateway in {None, *site.customer_gateways}
    )


def clusters(topology: Topology) -> tuple[str, ...]:
    """The customer gateways that are two machines."""
    return tuple(name for name, one in topology.customer_gateways.items() if one.cluster)


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbours:
    """Two customer gateways that speak iBGP with each other, and the network that they do it on.

    It is the lowest network of the first site of both, by name: the order of a file decides nothing.
    """

    names: tuple[str, str]
    site: Site

    @property
    def network(self) -> IPv4Network:
        """The network on which they speak."""
        return min(self.site.networks)


def ibgp_neighbours(topology: Topology) -> Iterator[Neighbours]:
    """The customer gateways that speak iBGP with each other, by two."""
    told: set[frozenset[str]] = set()
    for _, site in sorted(topology.sites.items()):
        for names in combinations(site.customer_gateways, 2) if site.ibgp else ():
            if (both := frozenset(names)) not in told:
                told.add(both)
                yield Neighbours(names=names, site=site)
