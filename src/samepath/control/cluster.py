"""Compile a cluster: what makes two machines look like one customer gateway.

Each machine is a whole device: a router with its own charons and BIRD. keepalived gives the one
that is active the outside address, the routes to the gateway's endpoints and the device's address on
each LAN, all of them or none. So nothing of the one that stands by gets out, and nothing finds it.
An own address on each leg, for the adverts, is all that it keeps.

Neither machine takes back what the other one has: each takeover costs a gap.

IKE_SAs and BGP sessions are not shared. Who becomes active negotiates them anew, told by a small
process of its own (:mod:`samepath.node.tunnel_starter`), which needs no agent. The gateway forgets the
dead one's SAs by INITIAL_CONTACT (RFC 7296, 2.4), and does not wait for dead peer detection.

Sessions of the firewall are shared by conntrackd, where the file says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Interface

from samepath.control.addressing import (
    INTERNET_HOP,
    LAN_LEGS,
    LINKS,
    OUTSIDE_LEGS,
    SYNC_LINK,
    of_member,
)
from samepath.control.names import (
    Names,
    bird_of_customer,
    charon_of_customer,
    conntrackd_of_customer,
    ike_name,
    keepalived_of_customer,
    lan_device,
    starter_of_customer,
)
from samepath.control.parts import conntrackd, keepalived, starter, wire
from samepath.control.rulesets import INSIDE_RANGE
from samepath.control.speakers import customer_session
from samepath.control.vrrp import ROUTER_NUMBER
from samepath.device.conntrackd import sync
from samepath.device.keepalived.vrrp import (
    Keepalived,
    MasterRoute,
    VirtualRouter,
    configuration,
    notify_script,
)
from samepath.linux.objects import Address, End, MovingAddress, Object
from samepath.model.address_plan import lan_address
from samepath.model.topology import CustomerGateway, Site, Topology
from samepath.model.topology_view import customer_tunnels

OUTSIDE = "wan"
"""The interface of a machine's outside leg."""
SYNC = "sync"
"""That of the link between the two."""
PRIORITIES = {1: 200, 2: 100}


def cluster_of(topology: Topology, customer: CustomerGateway, names: Names) -> Iterator[Object]:
    """What a customer gateway's machines have beside their routers and tunnels."""
    if customer.cluster is None:
        return
    one, other = (End(namespace=names.customer(customer.name, n), name=SYNC) for n in (1, 2))
    yield from wire(one, SYNC_LINK.upper, other, SYNC_LINK.lower)
    for member in customer.members:
        yield from _member(topology, customer, names, member)


def _member(
    topology: Topology, customer: CustomerGateway, names: Names, member: int
) -> Iterator[Object]:
    namespace = names.customer(customer.name, member)
    sites = _sites(topology, customer)
    legs = {OUTSIDE: OUTSIDE_LEGS, **{lan_device(site.name): LAN_LEGS for site in sites}}
    for device, pair in legs.items():
        own = IPv4Interface((of_member(pair, member), 32))
        yield Address(namespace=namespace, device=device, interface=own)
    routers = tuple(_routers(topology, customer, sites, member))
    for router in routers:
        for address in router.addresses:
            yield MovingAddress(namespace=namespace, device=router.device, interface=address)
    daemon = keepalived_of_customer(customer.name, member)
    text = configuration(
        Keepalived(
            name=customer.name,
            routers=routers,
            tracked="",
            notify=f"{names.directory}/etc/{daemon}.sh",
            together=True,
        )
    )
    shared = _shared(customer, names, member)
    log = f"{names.directory}/log/{daemon}.log"
    yield from keepalived(daemon, namespace, text, notify_script(log, shared))
    yield starter(
        starter_of_customer(customer.name, member),
        namespace,
        customer.address,
        bird_of_customer(customer.name, member),
        (
            (
                charon_of_customer(connection.name, tunnel.number, member),
                ike_name(connection.name, tunnel.number),
                customer_session(topology, connection, tunnel),
            )
            for connection, tunnel in customer_tunnels(topology, customer.name)
        ),
    )
    if customer.shares_sessions:
        name = conntrackd_of_customer(customer.name, member)
        yield from conntrackd(name, namespace, _sync(name, names, member))


def _sites(topology: Topology, customer: CustomerGateway) -> tuple[Site, ...]:
    return tuple(
        site
        for _, site in sorted(topology.sites.items())
        if customer.name in site.customer_gateways
    )


def _routers(
    topology: Topology, customer: CustomerGateway, sites: tuple[Site, ...], member: int
) -> Iterator[VirtualRouter]:
    yield VirtualRouter(
        name=OUTSIDE,
        number=ROUTER_NUMBER,
        device=OUTSIDE,
        local=of_member(OUTSIDE_LEGS, member),
        addresses=(IPv4Interface(customer.address),),
        priority=PRIORITIES[member],
        preempts=False,
        tracks=False,
        routes=tuple(
            MasterRoute(destination=tunnel.outside, via=INTERNET_HOP.ip)
            for _, tunnel in customer_tunnels(topology, customer.name)
        ),
    )
    for site in sites:
        yield VirtualRouter(
            name=lan_device(site.name),
            number=ROUTER_NUMBER,
            device=lan_device(site.name),
            local=of_member(LAN_LEGS, member),
            addresses=tuple(lan_address(site, customer.name, network) for network in site.networks),
            priority=PRIORITIES[member],
            preempts=False,
            tracks=False,
        )


def _shared(customer: CustomerGateway, names: Names, member: int) -> tuple[str, ...]:
    """What is told to conntrackd when VRRP's state changes."""
    if not customer.shares_sessions:
        return ()
    name = conntrackd_of_customer(customer.name, member)
    return tuple(sync.on_change(f"{names.directory}/etc/{name}.conf"))


def _sync(name: str, names: Names, member: int) -> str:
    return sync.configuration(
        sync.Sync(
            device=SYNC,
            local=of_member(SYNC_LINK, member),
            peer=of_member(SYNC_LINK, 3 - member),
            own=(INSIDE_RANGE, LINKS),
            control=f"{names.directory}/run/{name}.ctl",
            lock=f"{names.directory}/run/{name}.lock",
        )
    )
