"""The BGP tables of a lab's own devices, as ``samepath check --observed`` takes a real one's."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network

from samepath.control.frr import BGPD
from samepath.control.names import bird_of_customer
from samepath.control.speakers import runs_frr
from samepath.device.bgp_table import from_frr_json
from samepath.drivers.bird import Bird
from samepath.drivers.bird_output import BgpAttributes, RibRoute
from samepath.drivers.frr import Frr
from samepath.lab.clusters import acting_member
from samepath.lab.lab import Lab
from samepath.model.topology import Routing
from samepath.node.speakers import frr_socket
from samepath.routing.compile import customer_name
from samepath.routing.observation import Observation, Seen


def observe(lab: Lab) -> tuple[Observation, ...]:
    """What each customer gateway with BGP has in its table now.

    Raises what :class:`~samepath.drivers.bird.Bird` raises, and
    :class:`~samepath.device.bgp_table.NotABgpTable`.
    """
    speaking = dict.fromkeys(
        connection.customer_gateway
        for connection in lab.topology.connections.values()
        if connection.routing is Routing.BGP
    )
    return tuple(
        Observation(router=customer_name(name), routes=_table(lab, name)) for name in speaking
    )


def _table(lab: Lab, customer: str) -> tuple[Seen, ...]:
    if runs_frr(lab.topology, customer):
        with Frr(frr_socket(lab.machine, customer, BGPD)) as frr:
            return from_frr_json(frr.table())
    name = bird_of_customer(customer, acting_member(lab, customer))
    with Bird(lab.machine.socket(name, "ctl")) as bird:
        return seen_of(bird.routes())


def seen_of(routes: Iterable[RibRoute]) -> tuple[Seen, ...]:
    """The IPv4 routes of BIRD's tables that have BGP attributes."""
    return tuple(
        _seen(route, route.bgp)
        for route in routes
        if route.bgp is not None and route.prefix.version == 4
    )


def _seen(route: RibRoute, bgp: BgpAttributes) -> Seen:
    vias = [hop.via for hop in route.next_hops if hop.via is not None]
    neighbour = route.source or bgp.next_hop or next(iter(vias), None)
    path = tuple(number for number in bgp.as_path if isinstance(number, int))
    return Seen(
        prefix=IPv4Network(route.prefix),
        neighbour=neighbour if isinstance(neighbour, IPv4Address) else None,
        used=route.primary,
        as_path=path if len(path) == len(bgp.as_path) else None,
        med=bgp.med or 0,
        local_preference=bgp.local_pref,
    )
