"""Questions to a topology that more than one of its readers asks."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from samepath.model.topology import Connection, Topology, Tunnel


def tunnels_of(topology: Topology) -> Iterator[tuple[Connection, Tunnel]]:
    """Every tunnel with its connection."""
    for connection in topology.connections.values():
        for tunnel in connection.tunnels:
            yield connection, tunnel


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
