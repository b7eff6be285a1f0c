"""The address plan: rules for the networks of VPCs and sites, and for the hosts in them.

Every subnet and site network keeps its first host address for its router, as AWS's subnets do.
Overlapping networks are a mistake only where one gateway reaches both: tenants with the same
private addresses, each on a gateway of their own, are legal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from ipaddress import IPv4Address, IPv4Interface, IPv4Network
from itertools import combinations

from samepath.model.problems import Problem, at, below
from samepath.model.topology import Host, Site, Topology

UNUSABLE_NETWORKS = tuple(
    IPv4Network(text) for text in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3")
)
"""Networks in which no machine of a VPC or a site can live (RFC 6890)."""


def subnet_problems(topology: Topology) -> Iterator[Problem]:
    """Subnets outside their VPC, or over each other."""
    for vpc in topology.vpcs.values():
        cidr = at("vpcs", vpc.name, "cidr")
        for name, network in vpc.subnets.items():
            if not network.subnet_of(vpc.cidr):
                yield Problem(
                    path=at("vpcs", vpc.name, "subnets", name),
                    message=f"{network} is not in the VPC's {vpc.cidr}",
                    advice="choose a part of it",
                    concerns=(cidr,),
                )
        for (first, a), (second, b) in combinations(vpc.subnets.items(), 2):
            if a.overlaps(b):
                yield Problem(
                    path=at("vpcs", vpc.name, "subnets", second),
                    message=f"{b} overlaps the subnet {first}, {a}",
                    advice="let no two subnets share an address",
                    concerns=(at("vpcs", vpc.name, "subnets", first), cidr),
                )


def network_problems(topology: Topology) -> Iterator[Problem]:
    """VPC and site networks in which no machine can live, and site networks over each other."""
    for vpc in topology.vpcs.values():
        yield from _usable(at("vpcs", vpc.name, "cidr"), vpc.cidr)
    for site in topology.sites.values():
        for i, network in enumerate(site.networks):
            yield from _usable(at("sites", site.name, "networks", i), network)
        for (i, a), (j, b) in combinations(enumerate(site.networks), 2):
            if a.overlaps(b):
                yield Problem(
                    path=at("sites", site.name, "networks", j),
                    message=f"{b} overlaps {a}",
                    advice="keep the larger of the two",
                    concerns=(at("sites", site.name, "networks", i),),
                )


def _usable(path: str, network: IPv4Network) -> Iterator[Problem]:
    for unusable in UNUSABLE_NETWORKS:
        if network.overlaps(unusable):
            yield Problem(
                path=path,
                message=f"{network} overlaps {unusable}, where no machine can have an address",
                advice="choose a private network (RFC 1918)",
            )


_Reached = tuple[str, str, IPv4Network]
"""A network: its path, whose it is, and the network itself."""


def overlap_problems(topology: Topology) -> Iterator[Problem]:
    """Networks over each other that one gateway or one customer gateway reaches.

    Different gateways' may overlap.
    """
    told: set[tuple[str, str]] = set()
    for gateway in topology.gateways.values():
        reached: list[_Reached] = []
        if vpc := topology.vpcs.get(gateway.vpc):
            reached.append((at("vpcs", vpc.name, "cidr"), f"the VPC {vpc.name}", vpc.cidr))
        sites = _sites_of(topology, gateway.name)
        advice = (
            "a gateway tells destinations apart by address: renumber one, or give it a gateway "
            "of its own"
        )
        yield from _overlaps(reached, sites, f"the gateway {gateway.name}", advice, told)
    for name in topology.customer_gateways:
        behind = (one for one in topology.sites.values() if name in one.customer_gateways)
        advice = "a router tells destinations apart by address: renumber one"
        yield from _overlaps([], behind, f"the customer gateway {name}", advice, told)


def _overlaps(
    reached: list[_Reached],
    sites: Iterable[Site],
    who: str,
    advice: str,
    told: set[tuple[str, str]],
) -> Iterator[Problem]:
    """Each network of ``sites`` that overlaps another site's, or one of ``reached``, once."""
    for site in sites:
        here = [
            (at("sites", site.name, "networks", i), f"the site {site.name}", network)
            for i, network in enumerate(site.networks)
        ]
        for path, _, network in here:
            for other_path, whose, other in reached:
                if network.overlaps(other) and (path, other_path) not in told:
                    told.add((path, other_path))
                    yield Problem(
                        path=path,
                        message=f"{network} overlaps {other} of {whose}, and {who} reaches both",
                        advice=advice,
                        concerns=(other_path,),
                    )
        reached.extend(here)


def _sites_of(topology: Topology, gateway: str) -> Iterator[Site]:
    customers = {
        connection.customer_gateway
        for connection in topology.connections.values()
        if connection.gateway == gateway
    }
    for site in topology.sites.values():
        if customers.intersection(site.customer_gateways):
            yield site


def host_problems(topology: Topology) -> Iterator[Problem]:
    """Hosts in no network, on a kept address, or with a name or an address of another one."""
    owners: dict[str, str] = {}
    for vpc in topology.vpcs.values():
        where = at("vpcs", vpc.name)
        concerns = (at("vpcs", vpc.name, "subnets"), at("vpcs", vpc.name, "cidr"))
        networks = tuple(vpc.subnets.values())
        yield from _hosts_in(where, vpc.hosts, networks, "subnets", owners, concerns)
    for site in topology.sites.values():
        where = at("sites", site.name)
        of_networks = (at("sites", site.name, "networks"),)
        yield from _hosts_in(where, site.hosts, site.networks, "networks", owners, of_networks)


def _hosts_in(
    where: str,
    hosts: Mapping[str, Host],
    networks: tuple[IPv4Network, ...],
    what: str,
    owners: dict[str, str],
    concerns: tuple[str, ...],
) -> Iterator[Problem]:
    taken: dict[IPv4Address, str] = {}
    for host in hosts.values():
        path = below(below(where, "hosts"), host.name)
        if host.name in owners:
            yield Problem(
                path=path,
                message=f"a host {host.name} is also in {owners[host.name]}",
                advice="a host's name is its own in the whole file: choose another one",
            )
        owners.setdefault(host.name, where)
        if host.address in taken:
            yield Problem(
                path=path,
                message=f"{host.address} is also the address of {taken[host.address]}",
                advice="give each host an address of its own",
                concerns=(below(below(where, "hosts"), taken[host.address]), *concerns),
            )
        taken.setdefault(host.address, host.name)
        network = next((network for network in networks if host.address in network), None)
        if network is None:
            listed = ", ".join(str(network) for network in networks)
            yield Problem(
                path=path,
                message=f"{host.address} is in none of the {what}",
                advice=f"choose an address in {listed}",
                concerns=concerns,
            )
        elif role := reserved_role(host.address, network):
            yield Problem(
                path=path,
                message=f"{host.address} is {role} of {network}",
                advice=f"choose one such as {default_host(network)}",
                concerns=concerns,
            )


def reserved_role(address: IPv4Address, network: IPv4Network) -> str | None:
    """What an address of ``network`` is kept for, or None if a host may have it."""
    if address == router_address(network):
        return "the router's address, the first"
    if network.prefixlen < 31:
        if address == network.network_address:
            return "the network's own address"
        if address == network.broadcast_address:
            return "the broadcast address"
    return None


def router_address(network: IPv4Network) -> IPv4Address:
    """The first host address: the router's of every subnet and site network (as AWS does)."""
    return network.network_address + (1 if network.prefixlen < 31 else 0)


def default_host(network: IPv4Network) -> IPv4Address:
    """The address of a host that nobody gave one: the 10th, or the last of a small network."""
    last = network.num_addresses - (2 if network.prefixlen < 31 else 1)
    return network.network_address + min(10, last)


def lan_address(site: Site, customer_gateway: str, network: IPv4Network) -> IPv4Interface:
    """A customer gateway's address on a site network."""
    offset = 1 + site.customer_gateways.index(customer_gateway)
    return IPv4Interface((network.network_address + offset, network.prefixlen))
