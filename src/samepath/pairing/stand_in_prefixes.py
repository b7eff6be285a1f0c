"""Prefixes that a device announces and no lab does: default routes, aggregates.

Where a network of the site is announced as part of such a prefix alone, the lab announces the
network itself in its place, with what the device's policies set on the prefix: nothing longer draws
its packets, so they take the same tunnels. What stands for no network is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Network

from samepath.model.policy import Changes, Disposition, Policy, Term
from samepath.model.topology import Connection, CustomerGateway, Routing, Topology, Tunnel
from samepath.model.topology_view import customer_tunnels, site_networks
from samepath.pairing.announcing import effect
from samepath.pairing.policies import exactly
from samepath.pairing.substitution import Substitution, left_out, stands_in
from samepath.routing.compile import customer_name, requires_policy
from samepath.routing.network import DEFAULT

_Announced = Mapping[str, Changes]
"""What is set on a prefix in each tunnel in which it is announced, by the tunnel's name."""


def without_prefixes(topology: Topology) -> tuple[Topology, tuple[Substitution, ...]]:
    """A topology whose devices announce networks of their sites alone, and what is said of it."""
    told: list[Substitution] = []
    for customer in topology.customer_gateways.values():
        topology, mine = _of_customer(topology, customer)
        told += mine
    return topology, tuple(told)


def _of_customer(
    topology: Topology, customer: CustomerGateway
) -> tuple[Topology, list[Substitution]]:
    element = customer_name(customer.name)
    tunnels = _by_bgp(topology, customer)
    wider = {
        prefix: announced
        for prefix in _wider(customer, tunnels)
        if (announced := _announced(customer, tunnels, prefix))
    }
    terms: dict[str, list[Term]] = {}
    stood: set[IPv4Network] = set()
    told: list[Substitution] = []
    for network in site_networks(topology, customer.name):
        holding = [one for one in wider if network.subnet_of(one) and network != one]
        if not holding or _is_announced(topology, network):
            continue
        longest = max(holding, key=lambda one: one.prefixlen)
        stood.add(longest)
        for name, changes in wider[longest].items():
            term = Term(conditions=exactly(network), changes=changes)
            terms.setdefault(name, []).append(term)
        told.append(
            stands_in(element, f"it announces {network} in the place of {longest}, which it is in")
        )
    told += [
        left_out(element, f"{prefix}, which it announces beside its site's networks")
        for prefix in dict.fromkeys((*wider, *customer.aggregates))
        if prefix not in stood
    ]
    connections = dict(topology.connections)
    for connection, tunnel in tunnels:
        known = connections[connection.name]
        made = _with_terms(customer, tunnel, terms.get(_name(connection, tunnel), []))
        connections[known.name] = replace(
            known,
            tunnels=tuple(made if one.number == made.number else one for one in known.tunnels),
        )
    customers = {**topology.customer_gateways, customer.name: replace(customer, aggregates=())}
    return replace(topology, customer_gateways=customers, connections=connections), told


def _by_bgp(topology: Topology, customer: CustomerGateway) -> list[tuple[Connection, Tunnel]]:
    return [
        (connection, tunnel)
        for connection, tunnel in customer_tunnels(topology, customer.name)
        if connection.routing is Routing.BGP
    ]


def _is_announced(topology: Topology, network: IPv4Network) -> bool:
    """Whether a device announces a network of its site as it is, which then draws its packets."""
    return any(
        network in site_networks(topology, one.name)
        and _announced(one, _by_bgp(topology, one), network, itself=True)
        for one in topology.customer_gateways.values()
    )


def _name(connection: Connection, tunnel: Tunnel) -> str:
    return f"{connection.name}/tunnel{tunnel.number}"


def _wider(
    customer: CustomerGateway, tunnels: Iterable[tuple[Connection, Tunnel]]
) -> Iterator[IPv4Network]:
    yield from customer.aggregates
    by_itself = any(tunnel.customer_policy.default_originate for _, tunnel in tunnels)
    if by_itself and DEFAULT not in customer.aggregates:
        yield DEFAULT


def _announced(
    customer: CustomerGateway,
    tunnels: Iterable[tuple[Connection, Tunnel]],
    prefix: IPv4Network,
    *,
    itself: bool = False,
) -> _Announced:
    """The tunnels in which a prefix is announced; ``itself``: a network of the site."""
    found: dict[str, Changes] = {}
    for connection, tunnel in tunnels:
        policies = tunnel.customer_policy
        closed = requires_policy(customer) and not policies.exports.terms
        there = itself or prefix in customer.aggregates
        changes = None if closed or not there else effect(policies.exports, prefix)
        if prefix == DEFAULT and policies.default_originate:
            # It goes past the policy, and before what the policy makes of another one.
            changes = Changes()
        if changes is not None:
            found[_name(connection, tunnel)] = changes
    return found


def _with_terms(customer: CustomerGateway, tunnel: Tunnel, first: list[Term]) -> Tunnel:
    """A tunnel with terms in front of its export policy, and no default route of its own."""
    policies = tunnel.customer_policy
    exports = policies.exports
    if first:
        closed = requires_policy(customer) and not exports.terms
        rest = (Term(disposition=Disposition.REJECT),) if closed else exports.terms
        exports = Policy(terms=(*first, *rest))
    made = replace(policies, exports=exports, default_originate=False)
    return replace(tunnel, customer_policy=made)
