"""Compile a topology's VPN: both ends, without the lab around them.

In the user-space data plane one charon carries one route-based tunnel, so each end of a tunnel has
an *outside* namespace with its charon, and the TUN device that charon makes is moved to where the
packets are routed:

* the gateway's **endpoint** owns an inside namespace with a BGP speaker of its own, so that a
  speaker that dies takes one tunnel with it and no more;
* the gateway's **router** hears its endpoints over iBGP and chooses between them;
* the **customer gateway** is one router with all its tunnels, behind one outside address whose
  edge gives each tunnel's charon its ports 500 and 4500.

The shape and its figures are in ``docs/lab-notes/``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from samepath.control import rulesets, speakers
from samepath.control.addressing import VPC_LINK, link
from samepath.control.cluster import cluster_of
from samepath.control.firewall import firewall_of, keeps_sessions_on_tunnels
from samepath.control.frr import frr
from samepath.control.ike_endpoint import (
    USERSPACE_CAPACITY,
    USERSPACE_RECEIVE_BUFFER,
    CarriedTunnel,
    IkeEndpoint,
)
from samepath.control.names import (
    Names,
    bird_of_customer,
    bird_of_endpoint,
    bird_of_gateway,
    charon_of_customer,
    charon_of_endpoint,
    endpoint_port,
    frr_of_customer,
    ike_name,
    ike_port,
    tunnel_device,
)
from samepath.control.parts import bird, default_route, forwarding, wire, without_redirects
from samepath.control.situation import Side, Situation
from samepath.control.swanctl_endpoint import SwanctlEndpoint, configures_itself, swanctl_file
from samepath.control.vrrp import vrrp_of
from samepath.device.swanctl import (
    CHARON_TUN,
    connection_section,
    starts_ike,
    strongswan_conf,
)
from samepath.linux.objects import Address, End, IkeConfig, Namespace, Object, Route, Shaper, Tun
from samepath.model.packet_size import tunnel_mtu
from samepath.model.topology import (
    Connection,
    CustomerGateway,
    Gateway,
    Topology,
    Tunnel,
)
from samepath.model.topology_view import (
    customer_tunnels,
    gateway_tunnels,
    ibgp_neighbours,
    site_networks,
)

MBIT = 1_000_000
"""Bit."""


def vpn(topology: Topology, names: Names, situation: Situation) -> Iterator[Object]:
    """Every object of the VPN of ``topology``, without held daemons."""
    for gateway in topology.gateways.values():
        yield from _gateway(topology, gateway, names, situation)
    for customer in topology.customer_gateways.values():
        for member in customer.members:
            yield from _customer(topology, customer, names, situation, member)
        yield from cluster_of(topology, customer, names)


def first_host(network: IPv4Network) -> IPv4Address:
    """A network's first host address: its router's."""
    return network.network_address + 1


LIBIPSEC_MTU = 1400
"""kernel-libipsec reads its TUN device into a buffer of this many bytes, the MTU that it gives the
device; raising the device's MTU afterwards makes it cut longer packets, which the peer drops."""


def mtu_of(tunnel: Tunnel) -> int:
    """The largest packet that fits through a tunnel: always UDP-encapsulated in user space."""
    return min(tunnel_mtu(tunnel.crypto.esp[0], nat=True), LIBIPSEC_MTU)


def _ike_endpoint(
    topology: Topology,
    connection: Connection,
    tunnel: Tunnel,
    side: Side,
    names: Names,
    *,
    local: IPv4Address,
    inside: str,
    member: int = 1,
) -> IkeEndpoint | SwanctlEndpoint:
    """One end's charon, at the address ``local``, with its tunnel, which ends in ``inside``.

    ``member`` is the machine of a customer gateway.
    """
    gateway_end = side is Side.GATEWAY
    customer = topology.customer_gateways[connection.customer_gateway]
    by_itself = not gateway_end and configures_itself(customer)
    key = (connection.name, tunnel.number)
    daemon = charon_of_endpoint(*key) if gateway_end else charon_of_customer(*key, member)
    outside = names.endpoint_outside(*key) if gateway_end else names.customer_outside(*key, member)
    crypto = tunnel.crypto if gateway_end else tunnel.customer_crypto or tunnel.crypto
    device = Tun(
        namespace=inside,
        name=tunnel_device(*key),
        origin=outside,
        made_as=CHARON_TUN,
        daemon=daemon,
        mtu=mtu_of(tunnel),
    )
    file = f"{names.directory}/{swanctl_file(daemon)}" if by_itself else None
    configuration = strongswan_conf(daemon, names.directory, tunnel.dpd, crypto, file)
    identity, peer = (
        (tunnel.outside, customer.address) if gateway_end else (customer.address, tunnel.outside)
    )
    name = ike_name(*key)
    section = connection_section(
        tunnel,
        gateway=gateway_end,
        name=name,
        local_address=local,
        local_identity=identity,
        remote_address=peer,
        by_itself=by_itself,
    )
    reference = tunnel.gateway_secret if gateway_end else tunnel.customer_secret
    secret, identities = f"{reference.source.value}:{reference.locator}", (str(identity), str(peer))
    if by_itself:
        return SwanctlEndpoint(
            daemon=daemon,
            namespace=outside,
            configuration=configuration,
            directory=names.directory,
            name=name,
            section=section,
            secret=secret,
            identities=identities,
            device=device,
        )
    ike = IkeConfig(
        daemon=daemon,
        name=name,
        section=json.dumps(section, sort_keys=True),
        secret=secret,
        identities=identities,
        # Which machine of a cluster is to start is not known here: it sees to that itself.
        starts=starts_ike(tunnel, gateway=gateway_end)
        and (gateway_end or customer.cluster is None),
        receive_buffer=USERSPACE_RECEIVE_BUFFER,
    )
    return IkeEndpoint(
        daemon=daemon,
        namespace=outside,
        configuration=configuration,
        tunnels=(CarriedTunnel(ike=ike, device=device),),
        capacity=USERSPACE_CAPACITY,
    )


def _gateway(
    topology: Topology, gateway: Gateway, names: Names, situation: Situation
) -> Iterator[Object]:
    vpc = topology.vpcs[gateway.vpc]
    router, vpc_namespace = names.gateway(gateway.name), names.vpc(vpc.name)
    yield Namespace(name=router)
    yield forwarding(router)
    yield Namespace(name=vpc_namespace)
    yield forwarding(vpc_namespace)
    to_vpc, to_router = End(namespace=router, name="vpc"), End(namespace=vpc_namespace, name="gw")
    yield from wire(to_vpc, VPC_LINK.upper, to_router, VPC_LINK.lower)
    yield Route(namespace=router, destination=vpc.cidr, device="vpc", via=VPC_LINK.lower.ip)
    tunnels = gateway_tunnels(topology, gateway.name)
    for customer in sorted({connection.customer_gateway for connection, _ in tunnels}):
        for network in site_networks(topology, customer):
            yield Route(
                namespace=vpc_namespace, destination=network, device="gw", via=VPC_LINK.upper.ip
            )
    yield from bird(bird_of_gateway(gateway.name), router, speakers.gateway(topology, gateway))
    for index, (connection, tunnel) in enumerate(tunnels):
        yield from _endpoint(topology, connection, tunnel, index, names, situation)


def _endpoint(
    topology: Topology,
    connection: Connection,
    tunnel: Tunnel,
    index: int,
    names: Names,
    situation: Situation,
) -> Iterator[Object]:
    inside = names.endpoint_inside(connection.name, tunnel.number)
    device = tunnel_device(connection.name, tunnel.number)
    ike = _ike_endpoint(
        topology, connection, tunnel, Side.GATEWAY, names, local=tunnel.outside, inside=inside
    )
    yield from ike.objects()

    yield Namespace(name=inside)
    yield forwarding(inside)
    yield Address(namespace=inside, device=device, interface=tunnel.gateway_inside)
    rules = tunnel_rules(inside, device, tunnel)
    yield rules.shaper
    yield rulesets.inside(inside, [rules])
    port = endpoint_port(connection.name, tunnel.number)
    yield from wire(
        End(namespace=names.gateway(connection.gateway), name=port),
        link(index).upper,
        End(namespace=inside, name="router"),
        link(index).lower,
    )
    yield from bird(
        bird_of_endpoint(connection.name, tunnel.number),
        inside,
        speakers.endpoint(topology, connection, tunnel, index, situation),
    )


def tunnel_rules(namespace: str, device: str, tunnel: Tunnel) -> rulesets.TunnelRules:
    """What the namespace in which a tunnel ends has to know of it."""
    shaper = Shaper(namespace=namespace, device=device, rate=tunnel.unresponsive_mbit * MBIT)
    return rulesets.TunnelRules(device=device, mtu=mtu_of(tunnel), shaper=shaper)


def _customer(
    topology: Topology,
    customer: CustomerGateway,
    names: Names,
    situation: Situation,
    member: int,
) -> Iterator[Object]:
    """One machine of a customer gateway."""
    router = names.customer(customer.name, member)
    in_router = customer.cluster is not None
    edge = router if in_router else names.customer_edge(customer.name)
    tunnels = customer_tunnels(topology, customer.name)
    for namespace in dict.fromkeys((edge, router)):
        yield Namespace(name=namespace)
        yield forwarding(namespace)
    if any(customer.name in both.names for both in ibgp_neighbours(topology)):
        yield from without_redirects(router)
    translations = []
    rules = []
    for index, (connection, tunnel) in enumerate(tunnels):
        local = link(index).lower
        ike = _ike_endpoint(
            topology,
            connection,
            tunnel,
            Side.CUSTOMER,
            names,
            local=local.ip,
            inside=router,
            member=member,
        )
        yield from ike.objects()
        device = tunnel_device(connection.name, tunnel.number)
        to_ike = ike_port(connection.name, tunnel.number) if in_router else device
        yield from wire(
            End(namespace=edge, name=to_ike),
            link(index).upper,
            End(namespace=ike.namespace, name="edge"),
            local,
        )
        yield default_route(ike.namespace, "edge", link(index).upper.ip)
        yield Address(namespace=router, device=device, interface=tunnel.customer_inside)
        translations.append(rulesets.IkeTranslation(peer=tunnel.outside, daemon=local.ip))
        rules.append(tunnel_rules(router, device, tunnel))
        yield rules[-1].shaper
    yield rulesets.edge(edge, customer.address, translations, beside_firewall=in_router)
    by_session = keeps_sessions_on_tunnels(topology, customer)
    yield rulesets.inside(router, rules, by_mark=by_session)
    yield from firewall_of(topology, customer, router, situation)
    if speakers.runs_frr(topology, customer.name):
        texts = speakers.customer_frr(topology, customer, situation)
        yield from frr(frr_of_customer(customer.name), router, texts)
    else:
        text = speakers.customer(topology, customer, situation)
        yield from bird(bird_of_customer(customer.name, member), router, text)
    yield from vrrp_of(topology, customer, names)
