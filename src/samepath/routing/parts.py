"""Parts of a topology that predict each other nothing: what is worked out on one holds on the whole.

A route to a network is carried whatever other networks there are, so what a router does with it
depends on the routers that lie on some way between that network and itself, and on no other.
Routers that share a network (the customer gateways of a site, the gateways of a VPC) are one node
here, and the connections between two nodes one edge. Where the edges of a topology form a tree,
each of them is a part: a gateway's customers are cut off from one another. Where they form a ring,
a route can come round, and the ring with all that hangs on it is one part.

Four things tie networks together, and what they may touch is left whole:

- networks over each other, since the longest match goes first;
- a mirrored MED, which follows what a router does with the *first* network that it hears over both
  tunnels: its connection may hear networks of other customers, and must treat them as the VPC;
- VRRP that tracks tunnels: to which gateway they lead does not matter to it;
- a limit on the number of routes, where a customer gateway passes on what it hears elsewhere.

A path that holds an AS is refused by it (RFC 4271, 9.1.2), so that between gateways of one AS a
customer gateway passes on nothing, nor a gateway between customers of one AS.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from ipaddress import IPv4Network
from itertools import chain
from operator import le

from samepath.model import limits
from samepath.model.policy import Conditions, Disposition, Policy, PrefixMatch, Term
from samepath.model.topology import (
    Connection,
    CustomerGateway,
    Gateway,
    Mode,
    Routing,
    Site,
    Topology,
    Tracking,
    Vpc,
)
from samepath.routing.compile import customer_name, gateway_name, route_limit
from samepath.routing.network import DEFAULT
from samepath.routing.policy import apply
from samepath.routing.route import Route, Source

LEAST_ROUTE_LIMIT = limits.ROUTES_FROM_CUSTOMER
"""Up to so many networks behind a customer gateway no limit on routes is met, whatever platform
stands at the other end: it is AWS's for a VPN connection of a virtual private gateway."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """The elements of a part by name, each kind sorted.

    ``networks`` are those of each site, in order. ``alone``: they lie apart and are no more than any
    router takes, so that those which no policy tells apart fare alike.
    """

    gateways: tuple[str, ...]
    customers: tuple[str, ...]
    sites: tuple[str, ...]
    networks: tuple[tuple[IPv4Network, ...], ...]
    connections: tuple[str, ...]
    alone: bool


def cut(
    topology: Topology, part: Part, networks: Mapping[str, tuple[IPv4Network, ...]] | None = None
) -> Topology:
    """The topology of one part; ``networks`` stand for those of its sites."""
    sites = {name: topology.sites[name] for name in part.sites}
    if networks is not None:
        sites = {
            name: replace(site, networks=networks[name], hosts={}) for name, site in sites.items()
        }
    gateways = {name: topology.gateways[name] for name in part.gateways}
    return replace(
        topology,
        vpcs={gateway.vpc: topology.vpcs[gateway.vpc] for gateway in gateways.values()},
        gateways=gateways,
        customer_gateways={name: topology.customer_gateways[name] for name in part.customers},
        sites=sites,
        connections={name: topology.connections[name] for name in part.connections},
    )


def numbers_of(networks: Iterable[IPv4Network]) -> list[int]:
    """Each network as a number: networks sort by it as they do by themselves."""
    return [int(one.network_address) << 6 | one.prefixlen for one in networks]


def parts(topology: Topology, *, whole: bool = False) -> tuple[Part, ...]:
    """The parts of a topology. What no connection joins to anything is in none.

    ``whole``: what connections join is one part, and no network in it stands for another one.
    """
    return tuple(
        part
        for joined in _joined(topology)
        for part in ([_part(joined, list(joined.edges), alone=False)] if whole else _split(joined))
    )


@dataclass(frozen=True, kw_only=True)
class _Node:
    """Routers that share a network."""

    gateways: list[Gateway]
    customers: list[CustomerGateway]
    sites: list[Site]

    @cached_property
    def numbers(self) -> Mapping[str, list[int]]:
        """The networks of each site as numbers, as they stand there."""
        return {site.name: numbers_of(site.networks) for site in self.sites}

    @cached_property
    def in_order(self) -> Mapping[str, tuple[IPv4Network, ...]]:
        """The networks of each site, in order."""
        return {site.name: _in_order(site.networks, self.numbers[site.name]) for site in self.sites}

    @cached_property
    def has_one_as(self) -> bool:
        """Whether none of its routers takes from another one what was announced outside."""
        asns = [*(one.asn for one in self.gateways), *(one.asn for one in self.customers)]
        return len(set(asns)) == 1


def _in_order(networks: tuple[IPv4Network, ...], numbers: list[int]) -> tuple[IPv4Network, ...]:
    if numbers == sorted(numbers):
        return networks
    return tuple(networks[i] for i in sorted(range(len(numbers)), key=numbers.__getitem__))


@dataclass(frozen=True, kw_only=True)
class _Joined:
    """Nodes that connections join, by name, with the connections of each edge.

    An edge is the gateways' node and the customer gateways'.
    """

    nodes: Mapping[str, _Node]
    edges: Mapping[tuple[str, str], list[Connection]]
    vpcs: Mapping[str, Vpc]

    @cached_property
    def numbers(self) -> list[int]:
        """All networks as numbers, in order."""
        found: list[int] = []
        for node in self.nodes.values():
            vpcs = dict.fromkeys(gateway.vpc for gateway in node.gateways)
            found += numbers_of(self.vpcs[vpc].cidr for vpc in vpcs)
            for numbers in node.numbers.values():
                found += numbers
        return sorted(found)

    @cached_property
    def lies_apart(self) -> bool:
        """Whether no network is over another one, nor twice there.

        An aggregate and a default route lie over what has no other route.
        """
        if any(one.aggregates for node in self.nodes.values() for one in node.customers):
            return False
        if any(map(_makes_a_default, chain.from_iterable(self.edges.values()))):
            return False
        # A fleet has millions of networks, and each of these passes is one call for all of them.
        begins = [number >> 6 for number in self.numbers]
        ends = [(number >> 6) + _SIZES[number & 63] for number in self.numbers]
        return all(map(le, ends, begins[1:]))

    @cached_property
    def by_length(self) -> Mapping[int, list[int]]:
        """The networks of each length, in order."""
        found: dict[int, list[int]] = {}
        for number in self.numbers:
            found.setdefault(number & 63, []).append(number)
        return found

    def told_apart_by(self, matches: Iterable[PrefixMatch]) -> Iterator[IPv4Network]:
        """A network of each of those that ``matches`` may tell from the others."""
        edges: set[int] = set()
        for one in matches:
            start = int(one.prefix.network_address)
            edges.update((start << 6, start + _SIZES[one.prefix.prefixlen] << 6))
        for length, numbers in self.by_length.items():
            for at in {0, *(bisect_left(numbers, edge) for edge in edges)} - {len(numbers)}:
                yield IPv4Network((numbers[at] >> 6, length))

    @cached_property
    def gateway_asns(self) -> frozenset[int]:
        """The ASNs of all gateways."""
        return frozenset(one.asn for node in self.nodes.values() for one in node.gateways)

    @cached_property
    def customer_asns(self) -> frozenset[int]:
        """The ASNs of all customer gateways."""
        return frozenset(one.asn for node in self.nodes.values() for one in node.customers)

    @cached_property
    def shared(self) -> frozenset[str]:
        """The nodes of more than one edge."""
        count = Counter(name for edge in self.edges for name in edge)
        return frozenset(name for name, edges in count.items() if edges > 1)

    @cached_property
    def route_limit(self) -> int:
        """How many networks of a customer gateway each of the gateways takes."""
        return min(route_limit(one) for node in self.nodes.values() for one in node.gateways)

    def is_within_limits(self, customers: str) -> bool:
        """Whether a node of customer gateways announces no more than each of the gateways takes."""
        own = sum(len(site.networks) for site in self.nodes[customers].sites)
        passes_on = customers in self.shared and len(self.gateway_asns) > 1
        return (len(self.numbers) if passes_on else own) <= self.route_limit


_SIZES = tuple(1 << 32 - length for length in range(33))
"""The addresses of a network, by the length of its prefix."""


def _joined(topology: Topology) -> Iterator[_Joined]:
    sharing = _Groups()
    for site in topology.sites.values():
        for name in site.customer_gateways[1:]:
            sharing.join(customer_name(site.customer_gateways[0]), customer_name(name))
    first: dict[str, str] = {}
    for gateway in topology.gateways.values():
        name = gateway_name(gateway.name)
        sharing.join(first.setdefault(gateway.vpc, name), name)
    nodes: dict[str, _Node] = defaultdict(lambda: _Node(gateways=[], customers=[], sites=[]))
    for gateway in topology.gateways.values():
        nodes[sharing.of(gateway_name(gateway.name))].gateways.append(gateway)
    for customer in topology.customer_gateways.values():
        nodes[sharing.of(customer_name(customer.name))].customers.append(customer)
    for site in topology.sites.values():
        for name in site.customer_gateways[:1]:
            nodes[sharing.of(customer_name(name))].sites.append(site)
    edges: dict[tuple[str, str], list[Connection]] = defaultdict(list)
    reach = _Groups()
    for connection in topology.connections.values():
        edge = (
            sharing.of(gateway_name(connection.gateway)),
            sharing.of(customer_name(connection.customer_gateway)),
        )
        edges[edge].append(connection)
        reach.join(*edge)
    together: dict[str, dict[tuple[str, str], list[Connection]]] = defaultdict(dict)
    for edge, connections in edges.items():
        together[reach.of(edge[0])][edge] = connections
    for there in together.values():
        yield _Joined(
            nodes={name: nodes[name] for edge in there for name in edge},
            edges=there,
            vpcs=topology.vpcs,
        )


class _Groups:
    """Names in groups that grow together (union-find)."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def of(self, name: str) -> str:
        """The name that stands for the group of ``name``."""
        above = self._above
        while (one := above.get(name, name)) != name:
            above[name] = above.get(one, one)
            name = one
        return name

    def join(self, one: str, other: str) -> None:
        """Make one group of the groups of two names."""
        self._above[self.of(one)] = self.of(other)


def _split(it: _Joined) -> Iterator[Part]:
    is_tree = len(it.edges) == len(it.nodes) - 1
    if is_tree and it.lies_apart and not _is_tied(it):
        for edge in it.edges:
            yield _part(it, [edge], alone=it.is_within_limits(edge[1]))
        return
    within = all(it.is_within_limits(customers) for _, customers in it.edges)
    yield _part(it, list(it.edges), alone=it.lies_apart and within)


def _makes_a_default(connection: Connection) -> bool:
    return any(tunnel.customer_policy.default_originate for tunnel in connection.tunnels)


def _part(it: _Joined, edges: list[tuple[str, str]], *, alone: bool) -> Part:
    nodes = [it.nodes[name] for name in dict.fromkeys(name for edge in edges for name in edge)]
    networks = {name: some for node in nodes for name, some in node.in_order.items()}
    sites = sorted(networks)
    return Part(
        gateways=tuple(sorted(one.name for node in nodes for one in node.gateways)),
        customers=tuple(sorted(one.name for node in nodes for one in node.customers)),
        sites=tuple(sites),
        networks=tuple(networks[name] for name in sites),
        # As the names of their tunnels sort.
        connections=tuple(
            sorted((one.name for edge in edges for one in it.edges[edge]), key=lambda n: f"{n}/")
        ),
        alone=alone,
    )


def _is_tied(it: _Joined) -> bool:
    """Whether what some routers hear of other edges' networks may change what they do at all."""
    if len(it.edges) == 1:
        return False
    if it.gateway_asns & it.customer_asns:
        return True
    if any(_tracks_tunnels(it.nodes[name]) for name in it.shared):
        return True
    if not all(it.nodes[name].has_one_as and _is_bounded(it, name) for name in it.shared):
        return True
    # Through a gateway of several edges customers hear of each other, unless they are of one AS.
    return len(it.customer_asns) > 1 and any(
        not _hears_all_alike(it, connections)
        for (gateways, _), connections in it.edges.items()
        if gateways in it.shared
    )


def _is_bounded(it: _Joined, node: str) -> bool:
    return not it.nodes[node].customers or it.is_within_limits(node)


def _tracks_tunnels(node: _Node) -> bool:
    """Whether which customer gateway the hosts send to depends on its tunnels, to any gateway."""
    return any(one.vrrp is not None and one.vrrp.tracks is Tracking.TUNNELS for one in node.sites)


def _hears_all_alike(it: _Joined, connections: Sequence[Connection]) -> bool:
    """Whether customer gateways treat each network that they may hear of as the VPC, or not at all.

    Only where one mirrors the MED does it matter.
    """
    if all(one.routing is Routing.STATIC or one.mode is not Mode.FOLLOW for one in connections):
        return True
    gateways = {one.gateway for one in connections}
    if len(gateways) > 1 or any(one.routing is Routing.STATIC for one in connections):
        return False
    ways = [
        [
            (tunnel.gateway_policy.exports, tunnel.customer_policy.imports)
            for tunnel in connection.tunnels
        ]
        for connection in connections
    ]
    terms = [term for way in ways for ends in way for policy in ends for term in policy.terms]
    if all(_holds_of_all(term) for term in terms):
        return True
    if any(term.conditions.communities or term.opaque for term in terms):
        return False
    (node,) = (one for one in it.nodes.values() if gateways & {each.name for each in one.gateways})
    (vpc,) = {it.vpcs[one.vpc].cidr for one in node.gateways}
    as_vpc = _made_of(vpc, ways)
    matches = [match for term in terms for match in term.conditions.prefixes]
    return all(
        made == as_vpc or all(None in way for way in made)
        for network in it.told_apart_by(matches)
        for made in (_made_of(network, ways),)
    )


def _holds_of_all(term: Term) -> bool:
    return (
        term.conditions == _NONE and term.disposition is not Disposition.REJECT and not term.opaque
    )


_NONE = Conditions()
_Made = tuple[Route, Route] | None


def _made_of(network: IPv4Network, ways: list[list[tuple[Policy, Policy]]]) -> list[list[_Made]]:
    """What the policies of each connection's tunnels make of a route, at both ends."""
    return [[_passed(network, *ends) for ends in way] for way in ways]


def _passed(network: IPv4Network, exports: Policy, imports: Policy) -> _Made:
    route = Route(prefix=network, source=Source.EBGP, session="")
    out, into = (apply(policy, route, own_asn=0).route for policy in (exports, imports))
    if out is None or into is None:
        return None
    return replace(out, prefix=DEFAULT), replace(into, prefix=DEFAULT)
