"""An order of tunnels, and the fewest statements by which both ends are told it.

At each customer gateway the liking of its tunnels (weight, local preference, length of the path)
has to fall along the order, and at the gateway the length of the AS path has to grow. Some tunnels
keep what they have, and the others get what fits between. Every choice of those that keep it is
tried, so that no smaller one is overlooked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from itertools import combinations

from samepath.model.change import Attribute, Direction, End, SetAttribute, policy_at
from samepath.model.policy import Policy
from samepath.model.topology import Connection, Mode, Policies, Topology, Tunnel
from samepath.model.topology_view import site_networks
from samepath.routing.repair.attributes import (
    MOST_PREPENDS,
    Liking,
    attributes,
    place,
    to_have,
)

Place = tuple[str, int]
"""A tunnel: its connection's name and its number."""
Order = tuple[tuple[Place, ...], ...]
"""Places of tunnels, the best first; where two share one, the MED decides between them."""

STEP = 100
"""Between the local preferences of two tunnels, so that there is room for another one."""
MOST_TRIED = 8
"""Tunnels of which every choice of those that keep what they have is tried."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Member:
    """A tunnel in the order; ``bare`` is what its ends would hear without its customer's values."""

    connection: Connection
    tunnel: Tunnel
    networks: tuple[IPv4Network, ...]
    liking: Liking | None
    bare_liking: Liking | None
    lengths: Mapping[IPv4Network, int]
    bare_lengths: Mapping[IPv4Network, int]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Told:
    """One way to tell one end: the statements, and how many that contradict are left."""

    changes: tuple[SetAttribute, ...]
    contradictions: int


def realisations(
    topology: Topology, order: Order
) -> Iterator[tuple[tuple[SetAttribute, ...], int]]:
    """The fewest statements that tell all ends the order, and how many are left that contradict.

    Nothing, where the mode of a connection or a policy of the gateway's stands against it.
    """
    if any(len(together) > 1 and _is_pinned(topology, together[0][0]) for together in order):
        return
    members = [[_member(topology, one) for one in together] for together in order]
    gateway = _best(_told_gateway(members))
    if gateway is None:
        return
    against = sum(_pinned_against(topology, order))
    for choosers in dict.fromkeys((_devices(topology), _clusters(topology))):
        told = [gateway]
        for devices in choosers:
            mine = [
                [one for one in together if one.connection.customer_gateway in devices]
                for together in members
            ]
            best = _best(_told_customer([together for together in mine if together], topology))
            if best is None:
                break
            told.append(best)
        else:
            yield (
                tuple(change for one in told for change in one.changes),
                against + sum(one.contradictions for one in told),
            )


def _devices(topology: Topology) -> frozenset[frozenset[str]]:
    """Customer gateways that choose each for itself."""
    return frozenset(frozenset((name,)) for name in topology.customer_gateways)


def _clusters(topology: Topology) -> frozenset[frozenset[str]]:
    """Customer gateways that choose together, as they tell each other their local preferences."""
    found = [{name} for name in topology.customer_gateways]
    for site in topology.sites.values():
        if site.ibgp:
            joined = [one for one in found if not one.isdisjoint(site.customer_gateways)]
            rest = [one for one in found if one.isdisjoint(site.customer_gateways)]
            found = [*rest, set().union(*joined)]
    return frozenset(map(frozenset, found))


def _best(ways: Iterable[_Told]) -> _Told | None:
    return min(
        ways,
        key=lambda one: (
            len(one.changes) + one.contradictions,
            one.contradictions,
            sum(change.before is not None for change in one.changes),
        ),
        default=None,
    )


def _is_pinned(topology: Topology, connection: str) -> bool:
    return topology.connections[connection].mode is Mode.PINNED


def _pinned_against(topology: Topology, order: Order) -> Iterator[bool]:
    """For each pinned connection, whether its mode prefers the other tunnel than the order does."""
    places = [one for together in order for one in together]
    for name in dict.fromkeys(name for name, _ in places):
        connection = topology.connections[name]
        first = next(number for other, number in places if other == name)
        yield connection.mode is Mode.PINNED and connection.active != first


def _member(topology: Topology, one: Place) -> _Member:
    name, number = one
    connection = topology.connections[name]
    tunnel = connection.tunnels[number - 1]
    networks = networks_of(topology, connection)
    now = attributes(topology, connection, tunnel, networks)
    bare_tunnel = replace(
        tunnel,
        customer_policy=Policies(
            imports=_without(
                tunnel.customer_policy.imports, Attribute.LOCAL_PREFERENCE, Attribute.WEIGHT
            ),
            exports=_without(tunnel.customer_policy.exports, Attribute.PREPEND),
        ),
    )
    bare_tunnels = tuple(
        bare_tunnel if other.number == number else other for other in connection.tunnels
    )
    bare = attributes(topology, replace(connection, tunnels=bare_tunnels), bare_tunnel, networks)
    return _Member(
        connection=connection,
        tunnel=tunnel,
        networks=networks,
        liking=now.liking,
        bare_liking=bare.liking,
        lengths=now.lengths,
        bare_lengths=bare.lengths,
    )


def networks_of(topology: Topology, connection: Connection) -> tuple[IPv4Network, ...]:
    """The site networks that a connection leads to."""
    return site_networks(topology, connection.customer_gateway)


def _without(policy: Policy, *values: Attribute) -> Policy:
    def bare(value: Attribute) -> dict[str, int | None]:
        return {value.value: 0 if value is Attribute.PREPEND else None}

    return Policy(
        terms=tuple(
            replace(
                term,
                changes=replace(
                    term.changes,
                    **{key: new for value in values for key, new in bare(value).items()},  # type: ignore[arg-type]
                ),
            )
            for term in policy.terms
        )
    )


def _choices(members: Sequence[_Member]) -> Iterator[frozenset[Place]]:
    """Those that keep what they have: every choice, or of many all and none."""
    names = [(one.connection.name, one.tunnel.number) for one in members]
    if len(names) > MOST_TRIED:
        yield frozenset(names)
        yield frozenset()
        return
    for size in range(len(names), -1, -1):
        for some in combinations(names, size):
            yield frozenset(some)


def _name(member: _Member) -> Place:
    return (member.connection.name, member.tunnel.number)


# ---------------------------------------------------------------------------- the customer's end


def _told_customer(order: list[list[_Member]], topology: Topology) -> Iterator[_Told]:
    order = [
        heard
        for together in order
        if (heard := [one for one in together if one.liking is not None])
    ]
    members = [member for together in order for member in together]
    for kept in _choices(members):
        values = _preferences(order, kept)
        if values is None:
            continue
        changes: list[SetAttribute] = []
        for member in members:
            if _name(member) in values:
                changes.extend(_preferring(topology, member, values[_name(member)]))
        yield _Told(changes=tuple(changes), contradictions=_liked_last(order, values))


def _preferences(
    order: list[list[_Member]], kept: frozenset[Place]
) -> dict[Place, int | None] | None:
    """The local preference of each tunnel that does not keep its own, None: none of its own.

    None for all: the kept ones leave no room.
    """
    values: dict[Place, int | None] = {}
    worse: Liking | None = None
    for position in range(len(order) - 1, -1, -1):
        together = order[position]
        kept_here = {one.liking for one in together if _name(one) in kept}
        others = [one for one in together if _name(one) not in kept]
        if len(kept_here) > 1:
            return None
        if kept_here:
            liking = kept_here.pop()
        else:
            room = _lowest_kept(order[:position], kept)
            liking = _fitting(others[0], worse, room)
        if liking is None or (worse is not None and not liking > worse):
            return None
        for one in others:
            bare = one.bare_liking
            if bare is None or (bare.weight, bare.shortness) != (liking.weight, liking.shortness):
                return None
            values[_name(one)] = None if bare == liking else liking.local_preference
        worse = liking
    return values


def _lowest_kept(better: list[list[_Member]], kept: frozenset[Place]) -> int | None:
    """The lowest local preference that something better keeps, and that has to stay above."""
    lowest = [
        one.liking.local_preference
        for together in better
        for one in together
        if _name(one) in kept and one.liking is not None and one.liking.weight == 0
    ]
    return min(lowest, default=None)


def _fitting(member: _Member, worse: Liking | None, room: int | None) -> Liking | None:
    """What a tunnel is to be liked, above ``worse`` and with room below what is kept above."""
    bare = member.bare_liking
    if bare is None:
        return None
    if worse is None or bare > worse:
        return bare
    if worse.weight > 0:
        return None
    preference = (worse.local_preference // STEP + 1) * STEP
    if room is not None and preference >= room:
        preference = (worse.local_preference + room) // 2
    return replace(bare, local_preference=preference)


def _preferring(topology: Topology, member: _Member, value: int | None) -> Iterator[SetAttribute]:
    where = place(member.connection, member.tunnel, End.CUSTOMER, Direction.IMPORT)
    policy = policy_at(member.connection, where)
    vpc = topology.vpcs[topology.gateways[member.connection.gateway].vpc].cidr
    yield from to_have(policy, where, Attribute.LOCAL_PREFERENCE, value, (vpc,))
    yield from to_have(policy, where, Attribute.WEIGHT, None, (vpc,))


def _liked_last(order: list[list[_Member]], values: Mapping[Place, int | None]) -> int:
    """How many of the last tunnels end with something that makes them liked more."""
    return sum(
        values[_name(one)] is not None if _name(one) in values else one.liking != one.bare_liking
        for together in order[-1:]
        for one in together
    )


# ---------------------------------------------------------------------------- the gateway's end


def _told_gateway(order: list[list[_Member]]) -> Iterator[_Told]:
    order = [heard for together in order if (heard := [one for one in together if one.lengths])]
    members = [member for together in order for member in together]
    for kept in _choices(members):
        values = _prepends(order, kept)
        if values is None:
            continue
        changes: list[SetAttribute] = []
        for member in members:
            if _name(member) in values:
                where = place(member.connection, member.tunnel, End.CUSTOMER, Direction.EXPORT)
                policy = policy_at(member.connection, where)
                value = values[_name(member)] or None
                changes.extend(to_have(policy, where, Attribute.PREPEND, value, member.networks))
        yield _Told(changes=tuple(changes), contradictions=_long_first(order, values))


def _prepends(order: list[list[_Member]], kept: frozenset[Place]) -> dict[Place, int] | None:
    """How often each tunnel that does not keep what it has is to prepend; None: there is no room."""
    values: dict[Place, int] = {}
    better: dict[IPv4Network, int] = {}
    for together in order:
        keeping = [one for one in together if _name(one) in kept]
        others = [one for one in together if _name(one) not in kept]
        if any(one.lengths != keeping[0].lengths for one in keeping):
            return None
        if keeping:
            lengths = dict(keeping[0].lengths)
        else:
            least = max(
                (
                    better[network] + 1 - length
                    for network, length in others[0].bare_lengths.items()
                    if network in better
                ),
                default=0,
            )
            prepends = max(least, 0)
            lengths = {net: length + prepends for net, length in others[0].bare_lengths.items()}
        if any(length <= better.get(network, -1) for network, length in lengths.items()):
            return None
        for one in others:
            more = {lengths.get(net, -1) - length for net, length in one.bare_lengths.items()}
            if len(more) != 1 or not 0 <= min(more) <= MOST_PREPENDS:
                return None
            values[_name(one)] = more.pop()
        better.update({net: max(length, better.get(net, -1)) for net, length in lengths.items()})
    return values


def _long_first(order: list[list[_Member]], values: Mapping[Place, int]) -> int:
    """How many of the best tunnels end with prepending of their own."""
    return sum(
        values[_name(one)] > 0 if _name(one) in values else one.lengths != one.bare_lengths
        for together in order[:1]
        for one in together
    )
