"""Which customer gateway the hosts of a site send to.

It is the one that is named, as long as it is on their LAN (one that is dead altogether is sent to
all the same), or VRRP's master. Of the customer gateways that can hold the address, the one with
the highest priority is master (RFC 9568, 6.4). One that has lost its LAN hears nobody and is heard
by nobody: it cannot. Nor can one that tracks its tunnels and has none with a route, as a daemon
gives the address up while what it tracks is faulty. Without preemption a master stays while it can, whatever its priority, so the
master depends on what has been before.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from samepath.model.topology import Site, Topology, Tracking, Vrrp
from samepath.model.topology_view import customer_tunnels
from samepath.routing.compile import LAN, customer_name, tunnel_name
from samepath.routing.network import Network

Masters = Mapping[str, str | None]
"""By site, the router of the customer gateway that its hosts send to; None: nobody takes it."""


def masters(topology: Topology, networks: Iterable[Network]) -> Masters:
    """Who is sent to in the last of ``networks``, which a topology has been one after the other."""
    held: dict[str, str | None] = {}
    for network in networks:
        held = {
            site.name: _named(site, network)
            if site.vrrp is None
            else _master(topology, site, site.vrrp, network, held.get(site.name))
            for site in topology.sites.values()
        }
    return held


def _named(site: Site, network: Network) -> str | None:
    name = customer_name(site.usual_first_hop)
    return (
        None
        if name in network.routers and not _has_lan(network, site, site.usual_first_hop)
        else name
    )


def _master(
    topology: Topology, site: Site, vrrp: Vrrp, network: Network, held: str | None
) -> str | None:
    ranked = {
        customer_name(name): priority
        for name, priority in zip(site.customer_gateways, vrrp.priorities, strict=True)
        if _has_lan(network, site, name)
        and (vrrp.tracks is Tracking.NOTHING or _has_tunnel(topology, network, name))
    }
    if held in ranked and not vrrp.preempt:
        return held
    return max(ranked, key=lambda name: ranked[name], default=None)


def _has_lan(network: Network, site: Site, customer: str) -> bool:
    """Whether a customer gateway is there and has its leg in a site."""
    router = network.routers.get(customer_name(customer))
    return router is not None and any(
        route.session == LAN and route.prefix in site.networks for route in router.routes
    )


def _has_tunnel(topology: Topology, network: Network, customer: str) -> bool:
    """Whether one of its tunnels has a route: a session may bring it one, or a static one stands."""
    name = customer_name(customer)
    static = {tunnel_name(*one) for one in customer_tunnels(topology, customer)}
    sessions = (session for session in network.sessions_of[name] if session.connection)
    return any(session.end_of(name).accepts for session in sessions) or any(
        route.session in static for route in network.routers[name].routes
    )
