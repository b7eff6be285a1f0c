"""Groups: the connections of a gateway that back one another up.

Two connections of one gateway belong together where they lead to the same site, since the gateway
then chooses between their tunnels. Nothing that is set on a tunnel of one group moves traffic of
another, so that each is looked at in a topology of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from samepath.model.topology import Topology


@dataclass(frozen=True, kw_only=True, slots=True)
class Group:
    """A gateway, some of its connections, the sites that they lead to; in the file's order.

    ``customer_gateways`` are all those of the sites, whether or not a connection here leads to them.
    """

    gateway: str
    connections: tuple[str, ...]
    sites: tuple[str, ...]
    customer_gateways: tuple[str, ...]


def groups(topology: Topology) -> tuple[Group, ...]:
    """The groups of a topology; a connection that leads to no site is in none."""
    sites_of: dict[str, list[str]] = {name: [] for name in topology.customer_gateways}
    for site in topology.sites.values():
        for customer in site.customer_gateways:
            sites_of[customer].append(site.name)
    found: dict[str, list[tuple[dict[str, None], list[str]]]] = {}
    for connection in topology.connections.values():
        sites = dict.fromkeys(sites_of[connection.customer_gateway])
        members = [connection.name]
        if not sites:
            continue
        apart = []
        for other in found.get(connection.gateway, []):
            if other[0].keys() & sites.keys():
                sites = {**other[0], **sites}
                members = [*other[1], *members]
            else:
                apart.append(other)
        found[connection.gateway] = [*apart, (sites, members)]
    return tuple(
        Group(
            gateway=gateway,
            connections=tuple(members),
            sites=tuple(sites),
            customer_gateways=tuple(
                dict.fromkeys(
                    name for site in sites for name in topology.sites[site].customer_gateways
                )
            ),
        )
        for gateway, together in found.items()
        for sites, members in together
    )


def part(topology: Topology, group: Group) -> Topology:
    """What a group joins, and nothing else of ``topology``."""
    gateway = topology.gateways[group.gateway]
    return replace(
        topology,
        vpcs={gateway.vpc: topology.vpcs[gateway.vpc]},
        gateways={gateway.name: gateway},
        customer_gateways={
            name: topology.customer_gateways[name] for name in group.customer_gateways
        },
        sites={name: topology.sites[name] for name in group.sites},
        connections={name: topology.connections[name] for name in group.connections},
    )
