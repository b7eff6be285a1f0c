"""A lab's world: what surrounds the two ends of a VPN so that they can meet on one machine.

The internet is one router between all outside addresses. Its every interface has the same address
and a host route to what is behind, so that any outside addresses will do. Sites get a switch,
hosts a namespace each. The VPN itself comes from :mod:`samepath.control`, unchanged.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from samepath.control.addressing import INTERNET_HOP
from samepath.control.cluster import OUTSIDE
from samepath.control.names import Names, lan_device, short
from samepath.control.parts import default_route, forwarding
from samepath.control.situation import Situation
from samepath.control.vpn import first_host, vpn
from samepath.linux.objects import Address, Bridge, End, Namespace, Object, Route, Veth, veth
from samepath.model.address_plan import hosts_router, lan_address
from samepath.model.topology import CustomerGateway, Host, Site, Topology, Vpc
from samepath.model.topology_view import clusters


def world(topology: Topology, names: Names, situation: Situation) -> frozenset[Object]:
    """Every object of a lab that runs ``topology``."""
    return frozenset(
        (
            *vpn(topology, names, situation),
            *_internet(topology, names),
            *(part for vpc in topology.vpcs.values() for part in _vpc_hosts(vpc, names)),
            *(part for site in topology.sites.values() for part in _site(topology, site, names)),
        )
    )


def outside_ports(topology: Topology, names: Names) -> dict[str, tuple[str, IPv4Address]]:
    """The internet's interfaces: name -> (the namespace behind it, the outside address there).

    Behind one of a cluster there is a switch, and the address is where VRRP has it.
    """
    ports: dict[str, tuple[str, IPv4Address]] = {}
    for connection in topology.connections.values():
        for tunnel in connection.tunnels:
            ports[short(connection.name, f"-o{tunnel.number}")] = (
                names.endpoint_outside(connection.name, tunnel.number),
                tunnel.outside,
            )
    for customer in topology.customer_gateways.values():
        ports[edge_port(customer.name)] = (
            names.outside_switch(customer.name)
            if customer.cluster
            else names.customer_edge(customer.name),
            customer.address,
        )
    return ports


def edge_port(customer: str) -> str:
    """The internet's interface towards a customer gateway."""
    return short(customer, "-edge")


def _internet(topology: Topology, names: Names) -> Iterator[Object]:
    internet = names.internet()
    yield Namespace(name=internet)
    yield forwarding(internet)
    shared = {names.outside_switch(name) for name in clusters(topology)}
    for port, (namespace, address) in outside_ports(topology, names).items():
        yield Address(namespace=internet, device=port, interface=INTERNET_HOP)
        yield Route(namespace=internet, destination=IPv4Network(address), device=port)
        yield veth(End(namespace=internet, name=port), End(namespace=namespace, name="wan"))
        if namespace not in shared:
            yield Address(namespace=namespace, device="wan", interface=IPv4Interface(address))
            yield default_route(namespace, "wan", INTERNET_HOP.ip)
    for name in clusters(topology):
        customer = topology.customer_gateways[name]
        yield Namespace(name=names.outside_switch(name))
        yield outside_switch(customer, names)
        for member in customer.members:
            yield veth(
                End(namespace=names.outside_switch(name), name=member_port(member)),
                End(namespace=names.customer(name, member), name=OUTSIDE),
            )


def member_port(member: int) -> str:
    """An outside switch's interface towards a machine of a cluster."""
    return f"member{member}"


def outside_switch(
    customer: CustomerGateway, names: Names, without: Collection[tuple[str, int]] = ()
) -> Bridge:
    """What joins a cluster to the internet, but for the machines ``without``."""
    ports = [member_port(each) for each in customer.members if (customer.name, each) not in without]
    namespace = names.outside_switch(customer.name)
    return Bridge(namespace=namespace, name="switch", ports=(*ports, "wan"))


def _host(
    host: Host, network: IPv4Network, names: Names, switch: str, first_hop: IPv4Address
) -> Iterator[Object]:
    namespace = names.host(host.name)
    yield Namespace(name=namespace)
    yield veth(End(namespace=namespace, name="eth0"), End(namespace=switch, name=host_port(host)))
    yield Address(
        namespace=namespace,
        device="eth0",
        interface=IPv4Interface((host.address, network.prefixlen)),
    )
    yield default_route(namespace, "eth0", first_hop)


def host_port(host: Host) -> str:
    """The switch's interface towards a host."""
    return short(f"h-{host.name}")


def lan_wire(site: Site, customer: str, names: Names, member: int = 1) -> Veth:
    """The wire between a site's switch and a customer gateway's machine."""
    return veth(
        End(namespace=names.site(site.name), name=leg_port(customer, member)),
        End(namespace=names.customer(customer, member), name=lan_device(site.name)),
    )


def _network_of(
    host: Host, networks: Iterator[IPv4Network] | tuple[IPv4Network, ...]
) -> IPv4Network:
    return next(network for network in networks if host.address in network)


def _vpc_hosts(vpc: Vpc, names: Names) -> Iterator[Object]:
    namespace = names.vpc(vpc.name)
    # The gateway brings them, too, but a VPC may be without one.
    yield Namespace(name=namespace)
    yield forwarding(namespace)
    subnets = tuple(vpc.subnets.values())
    for name, network in vpc.subnets.items():
        bridge = short(f"br-{name}")
        ports = sorted(host_port(host) for host in vpc.hosts.values() if host.address in network)
        yield Bridge(namespace=namespace, name=bridge, ports=tuple(ports))
        yield Address(
            namespace=namespace,
            device=bridge,
            interface=IPv4Interface((first_host(network), network.prefixlen)),
        )
    for host in vpc.hosts.values():
        network = _network_of(host, subnets)
        yield from _host(host, network, names, namespace, first_host(network))


def leg_port(customer: str, member: int = 1) -> str:
    """A site switch's interface towards a customer gateway's machine."""
    return short(f"c-{customer}" if member == 1 else f"c{member}-{customer}")


def site_switch(
    topology: Topology, site: Site, names: Names, without: Collection[tuple[str, int]] = ()
) -> Bridge:
    """A site's switch, without the ports of the customer gateways' machines ``without``.

    It forwards nothing of those, and nothing to them.
    """
    legs = [
        leg_port(customer, member)
        for customer in site.customer_gateways
        for member in topology.customer_gateways[customer].members
        if (customer, member) not in without
    ]
    ports = sorted((*legs, *(host_port(host) for host in site.hosts.values())))
    return Bridge(namespace=names.site(site.name), name="lan", ports=tuple(ports))


def _site(topology: Topology, site: Site, names: Names) -> Iterator[Object]:
    switch = names.site(site.name)
    yield Namespace(name=switch)
    yield site_switch(topology, site, names)
    for customer in site.customer_gateways:
        for member in topology.customer_gateways[customer].members:
            yield lan_wire(site, customer, names, member)
        if topology.customer_gateways[customer].cluster is not None:
            continue  # The address moves.
        namespace, device = names.customer(customer), lan_device(site.name)
        for network in site.networks:
            yield Address(
                namespace=namespace, device=device, interface=lan_address(site, customer, network)
            )
    for host in site.hosts.values():
        network = _network_of(host, site.networks)
        yield from _host(host, network, names, switch, hosts_router(site, network))
