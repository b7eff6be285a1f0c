"""The address plan: rules for the networks of VPCs and sites, and for the hosts in them.

Every subnet keeps its first host address for its router, as AWS's do. A site network keeps its
first ones for the site's customer gateways, one each, in their order, and with VRRP the next one for
whichever of them is master.
Overlapping networks are a mistake only where one gateway reaches both: tenants with the same
private addresses, each on a gateway of their own, are legal.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
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
                    concerns=(at("vpcs", vpc.name, "subnets", first),),
                )


def network_problems(topology: Topology) -> Iterator[Problem]:
    """Networks in which no machine can live, or not all; site networks over each other."""
    for vpc in topology.vpcs.values():
        yield from _usable(at("vpcs", vpc.name, "cidr"), vpc.cidr)
    for site in topology.sites.values():
        for i, network in enumerate(site.networks):
            yield from _usable(at("sites", site.name, "networks", i), network)
            yield from _room(site, i, network)
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


def _room(site: Site, position: int, network: IPv4Network) -> Iterator[Problem]:
    if router_count(site) > room(network):
        gateways = f"{len(dict.fromkeys(site.customer_gateways))} customer gateways"
        by_vrrp = " that share one more address by VRRP" if site.vrrp is not None else ""
        yield Problem(
            path=at("sites", site.name, "networks", position),
            message=f"{network} has room for {room(network)} machines, and the site has "
            f"{gateways}{by_vrrp}",
            advice="choose a larger network",
            concerns=_kept_by(site),
        )


def _kept_by(site: Site) -> tuple[str, ...]:
    """The paths of the values that the addresses of a site's routers follow from."""
    gateways = at("sites", site.name, "customer_gateways")
    return (gateways,) if site.vrrp is None else (gateways, at("sites", site.name, "vrrp"))


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
        subnets = _Networks(
            what="subnets",
            kept={network: _kept_in_subnet(network) for network in vpc.subnets.values()},
            concerns=(at("vpcs", vpc.name, "subnets"), at("vpcs", vpc.name, "cidr")),
            kept_by={
                network: (at("vpcs", vpc.name, "subnets", name), at("vpcs", vpc.name, "cidr"))
                for name, network in vpc.subnets.items()
            },
        )
        yield from _hosts_in(where, vpc.hosts, subnets, owners)
    for site in topology.sites.values():
        where = at("sites", site.name)
        networks = _Networks(
            what="networks",
            kept={network: _kept_in_site(site, network) for network in site.networks},
            concerns=(at("sites", site.name, "networks"),),
            kept_by=dict.fromkeys(site.networks, _kept_by(site)),
        )
        yield from _hosts_in(where, site.hosts, networks, owners)


_Kept = dict[IPv4Address, str]
"""Addresses that no host may have, with what each of them is; routers' among them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Networks:
    """Where the hosts of a VPC or a site live."""

    what: str
    """What a file calls them."""
    kept: Mapping[IPv4Network, _Kept]
    concerns: tuple[str, ...]
    """The paths of the values that these follow from, all together."""
    kept_by: Mapping[IPv4Network, tuple[str, ...]]
    """The paths of the values that each one's kept addresses follow from.

    A site's network is not among them: one that cannot be read is left out, and the others are
    what they are."""


def _kept_in_subnet(network: IPv4Network) -> _Kept:
    router = f"the router's address, the first of {network}"
    return {router_address(network): router} | _ends(network)


def _kept_in_site(site: Site, network: IPv4Network) -> _Kept:
    # A network that is too small for them is a problem of its own, and may lie at the very end.
    names = list(dict.fromkeys(site.customer_gateways))[: room(network)]
    kept = {
        lan_address(site, name, network).ip: f"the customer gateway {name}'s in {network}"
        for name in names
    }
    if site.vrrp is not None and router_count(site) <= room(network):
        kept[virtual_address(site, network).ip] = f"the address that VRRP moves in {network}"
    return kept | _ends(network)


def _ends(network: IPv4Network) -> _Kept:
    if network.prefixlen >= 31:
        return {}
    return {
        network.network_address: f"the network's own address of {network}",
        network.broadcast_address: f"the broadcast address of {network}",
    }


def _hosts_in(
    where: str, hosts: Mapping[str, Host], networks: _Networks, owners: dict[str, str]
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
                concerns=(below(below(where, "hosts"), taken[host.address]),),
            )
        taken.setdefault(host.address, host.name)
        network = next((network for network in networks.kept if host.address in network), None)
        if network is None:
            listed = ", ".join(str(network) for network in networks.kept)
            yield Problem(
                path=path,
                message=f"{host.address} is in none of the {networks.what}",
                advice=f"choose an address in {listed}",
                concerns=networks.concerns,
            )
        elif role := networks.kept[network].get(host.address):
            routers = len(networks.kept[network].keys() - _ends(network).keys())
            free = default_host(network, routers)
            yield Problem(
                path=path,
                message=f"{host.address} is {role}",
                advice=f"choose one such as {free}" if free else "choose a larger network",
                concerns=networks.kept_by[network],
            )


def room(network: IPv4Network) -> int:
    """How many machines can have an address of ``network``, its routers among them."""
    return network.num_addresses - len(_ends(network))


def router_address(network: IPv4Network) -> IPv4Address:
    """The first host address: a subnet's router's, and a site's first customer gateway's."""
    return network.network_address + (1 if network.prefixlen < 31 else 0)


def default_host(network: IPv4Network, routers: int = 1) -> IPv4Address | None:
    """The address of a host that nobody gave one, after those of the network's ``routers``.

    It is the 10th host address, the last of a smaller network, or the next after more routers.
    None if these leave no room.
    """
    position = max(min(10, room(network)), routers + 1)
    return router_address(network) + (position - 1) if position <= room(network) else None


def lan_address(site: Site, customer_gateway: str, network: IPv4Network) -> IPv4Interface:
    """A customer gateway's address on a site network."""
    names = tuple(dict.fromkeys(site.customer_gateways))
    address = router_address(network) + names.index(customer_gateway)
    return IPv4Interface((address, network.prefixlen))


def virtual_address(site: Site, network: IPv4Network) -> IPv4Interface:
    """The address on a site network that VRRP moves: the next after its customer gateways'."""
    address = router_address(network) + len(dict.fromkeys(site.customer_gateways))
    return IPv4Interface((address, network.prefixlen))


def hosts_router(site: Site, network: IPv4Network) -> IPv4Address:
    """The address that the hosts of a site network send to."""
    if site.vrrp is not None:
        return virtual_address(site, network).ip
    return lan_address(site, site.usual_first_hop, network).ip


def router_count(site: Site) -> int:
    """How many addresses of each of its networks a site keeps for its routers."""
    return len(dict.fromkeys(site.customer_gateways)) + (site.vrrp is not None)
