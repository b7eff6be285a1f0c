"""Compile a customer gateway's part in the VRRP of its sites: a keepalived, and what it tracks.

One keepalived in the customer gateway's namespace has a virtual router for each site with VRRP. It
gives the addresses that move to the LAN leg by itself, so that the rest of the world only says
which these are.

``tracks: tunnels`` is a small process of its own that asks the customer gateway's BIRD, or the bgpd
and the zebra of its FRR, whether a tunnel has a route, and writes the answer to the file that
keepalived tracks. It needs no agent: a customer gateway without tunnels must give the address up
although nothing of samepath's lives.

* The kernel's table would not do. One that prefers its neighbour's tunnels by iBGP has none of its
  own routes there, and would give up what it could take over at once.
* Nor would a script of keepalived's: it runs once a second at most.
* Should the process end, its supervisor starts it again. Until then the file says what it said.
"""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum

from samepath.control.frr import BGPD, ZEBRA, socket_of
from samepath.control.names import (
    Names,
    bird_of_customer,
    frr_of_customer,
    keepalived_of_customer,
    lan_device,
    tracker_of_customer,
    tunnel_device,
)
from samepath.control.parts import keepalived, tracker
from samepath.control.speakers import customer_session, runs_frr
from samepath.device.keepalived.vrrp import (
    Keepalived,
    VirtualRouter,
    configuration,
    notify_script,
)
from samepath.linux.objects import MovingAddress, Object
from samepath.model.address_plan import lan_address, virtual_address
from samepath.model.topology import CustomerGateway, Routing, Site, Topology, Tracking
from samepath.model.topology_view import customer_tunnels, vrrp_sites

ROUTER_NUMBER = 1
"""The virtual router's number on each site's LAN, which has no other."""


class Asked(Enum):
    """A daemon that knows whether a tunnel has a route, and by what it knows the tunnel."""

    BIRD = "bird"
    """By the protocol of its session or its static routes."""
    BGPD = "bgpd"
    """By the neighbour's address."""
    ZEBRA = "zebra"
    """By the device that static routes lead into."""


def vrrp_of(topology: Topology, customer: CustomerGateway, names: Names) -> Iterator[Object]:
    """The objects of a customer gateway's VRRP; none where no site of it has any."""
    sites = vrrp_sites(topology, customer.name)
    if not sites:
        return
    namespace = names.customer(customer.name)
    daemon = keepalived_of_customer(customer.name)
    tracked = f"run/{daemon}.track"
    text = configuration(
        Keepalived(
            name=customer.name,
            routers=tuple(_router(site, customer.name) for site in sites),
            tracked=f"{names.directory}/{tracked}",
            notify=f"{names.directory}/etc/{daemon}.sh",
        )
    )
    yield from keepalived(
        daemon, namespace, text, notify_script(f"{names.directory}/log/{daemon}.log")
    )
    if any(_tracks(site) for site in sites):
        yield tracker(
            tracker_of_customer(customer.name),
            namespace,
            tracked,
            _tunnels(topology, customer.name),
        )
    for site in sites:
        for network in site.networks:
            yield MovingAddress(
                namespace=namespace,
                device=lan_device(site.name),
                interface=virtual_address(site, network),
            )


def _tunnels(topology: Topology, customer: str) -> Iterator[tuple[str, str, str]]:
    """Whom to ask for the tunnels of a customer gateway: the program, its socket, their names."""
    tunnels = customer_tunnels(topology, customer)
    if not runs_frr(topology, customer):
        names = [customer_session(topology, *tunnel) for tunnel in tunnels]
        yield Asked.BIRD.value, f"run/{bird_of_customer(customer)}.ctl", ",".join(names)
        return
    frr = frr_of_customer(customer)
    by_bgp = [
        customer_session(topology, connection, tunnel)
        for connection, tunnel in tunnels
        if connection.routing is Routing.BGP
    ]
    static = [
        tunnel_device(connection.name, tunnel.number)
        for connection, tunnel in tunnels
        if connection.routing is Routing.STATIC
    ]
    for asked, program, names in ((Asked.BGPD, BGPD, by_bgp), (Asked.ZEBRA, ZEBRA, static)):
        if names:
            yield asked.value, socket_of(frr, program), ",".join(names)


def _tracks(site: Site) -> bool:
    return site.vrrp is not None and site.vrrp.tracks is Tracking.TUNNELS


def _router(site: Site, customer: str) -> VirtualRouter:
    assert site.vrrp is not None  # noqa: S101 - one of vrrp_sites
    return VirtualRouter(
        name=site.name,
        number=ROUTER_NUMBER,
        device=lan_device(site.name),
        local=lan_address(site, customer, site.networks[0]).ip,
        addresses=tuple(virtual_address(site, network) for network in site.networks),
        priority=site.vrrp.priorities[site.customer_gateways.index(customer)],
        preempts=site.vrrp.preempt,
        tracks=_tracks(site),
    )
