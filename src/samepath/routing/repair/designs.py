"""Designs: sets of changes that may reach a goal, the smallest first.

A design either puts all tunnels into an *order*, which both ends are told (local preference falls
and prepending grows along it), or takes away what keeps the two ends from *following* one MED. An
order may hold both tunnels of a connection at one place: between these two the MED decides, as
``follow`` has it. Since every tunnel has its place, an order holds whichever of them fail together.

**The smallest** is the one with the fewest statements, where a statement counts that is added, that
is changed, that is removed, and that is left in place although it contradicts the order (prepending
on the best tunnel, local preference for the last): somebody will have to explain it. Among equal
ones go first, in this order: what leaves less that contradicts; what changes or removes less of
what somebody has written; what leaves the firewalls as they are; what leaves a device's need of
policies as it is; what leaves the modes as they are (to pin is one statement here, and two on a
device); what leaves less to the MED; what moves fewer directions of traffic; what prefers the
tunnel that is the active one, and then the file's first.

All orders of up to two connections are tried, and for more of them the orders of whole connections.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, permutations, product

from samepath.model.change import (
    Attribute,
    Change,
    Direction,
    DropTerm,
    End,
    Key,
    SetAttribute,
    SetKey,
    changed,
    policy_at,
    setters,
)
from samepath.model.policy import Disposition
from samepath.model.topology import (
    Connection,
    Mode,
    Platform,
    Routing,
    SessionBinding,
    Topology,
    Tunnel,
    unpinned,
)
from samepath.model.topology_view import tunnels_of
from samepath.routing.compile import requires_policy, tunnel_name
from samepath.routing.repair.attributes import admitting, place
from samepath.routing.repair.goal import RepairMode
from samepath.routing.repair.order import Order, Place, networks_of, realisations

MOST_IN_FULL = 2
"""Connections of which every order of tunnels is tried."""
MOST_PERMUTED = 4
"""Connections of which every order of connections is tried."""
MOST_REMOVED = 2
"""Statements of which every set is tried when something is to be taken away; then by kinds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Design:
    """A proposal: its changes, and what counts against it."""

    changes: frozenset[Change]
    contradictions: int = 0
    """Statements that are left in place and contradict the order."""
    shared: int = 0
    """Connections whose tunnels share a place in the order."""
    moves: int = 0
    """Directions of traffic that leave the tunnel on which they are."""
    rank: int = 0
    """Its place among those that are equal otherwise."""

    @property
    def cost(self) -> tuple[int, ...]:
        """What the smallest has least of, the first difference first."""
        written = sum(
            isinstance(change, DropTerm)
            or (isinstance(change, SetAttribute) and change.before is not None)
            for change in self.changes
        )
        keys = [change.key for change in self.changes if isinstance(change, SetKey)]
        return (
            len(self.changes) + self.contradictions,
            self.contradictions,
            written,
            keys.count(Key.FIREWALL),
            keys.count(Key.REQUIRES_POLICY),
            keys.count(Key.MODE),
            self.shared,
            self.moves,
            self.rank,
        )


def designs(part: Topology, mode: RepairMode, carriers: Sequence[str]) -> list[Design]:
    """The designs for a group, the smallest first; none is proven.

    ``carriers`` are the tunnels that carry each direction of each pair with all up.
    """
    found: list[Design] = []
    if mode is RepairMode.SYMMETRIC:
        found.extend(_ordered(part, carriers))
    found.extend(_following(part, mode))
    smallest: dict[frozenset[Change], Design] = {}
    for design in found:
        known = smallest.get(design.changes)
        if known is None or design.cost < known.cost:
            smallest[design.changes] = design
    return sorted(smallest.values(), key=lambda design: design.cost)


# ------------------------------------------------------------------------------------ in an order


def _ordered(part: Topology, carriers: Sequence[str]) -> Iterator[Design]:
    bases = tuple(_bases(part))
    for rank, order in enumerate(_orders(part)):
        first = {
            tunnel_name(part.connections[name], part.connections[name].tunnels[number - 1])
            for name, number in (order[0] if order else ())
        }
        moves = sum(tunnel not in first for tunnel in carriers)
        for base in bases:
            for changes, contradictions in realisations(changed(part, base), order):
                yield Design(
                    changes=frozenset((*base, *changes)),
                    contradictions=contradictions,
                    shared=sum(len(together) > 1 for together in order),
                    moves=moves,
                    rank=rank,
                )


def _bases(part: Topology) -> Iterator[tuple[Change, ...]]:
    """What the keys of the connections may be, with and without the networks that are kept out."""
    connections = tuple(part.connections.values())
    if len(connections) > MOST_IN_FULL:
        kept: tuple[Change, ...] = ()
        pinned = tuple(
            change for one in connections for change in _key(one, Key.MODE, one.mode, Mode.PINNED)
        )
        choices: Iterable[tuple[Change, ...]] = dict.fromkeys((kept, pinned))
    else:
        each = [tuple(_pinning(connection)) for connection in connections]
        choices = (tuple(chain.from_iterable(one)) for one in product(*each))
    extras: tuple[tuple[Change, ...], ...] = (
        tuple(_probing(part)),
        tuple(_admitting(part)),
        tuple(_opening(part)),
    )
    for keys in choices:
        for others in product(*(dict.fromkeys(((), extra)) for extra in extras)):
            yield (*keys, *chain.from_iterable(others))


def _pinning(connection: Connection) -> Iterator[tuple[Change, ...]]:
    """The mode and the active tunnel as they are, and each other choice of the two."""
    if connection.routing is not Routing.BGP:
        yield ()
        return
    other = 3 - connection.active
    for mode in dict.fromkeys((connection.mode, Mode.PINNED)):
        for active in (connection.active, other):
            yield (
                *_key(connection, Key.MODE, connection.mode, mode),
                *_key(connection, Key.ACTIVE, connection.active, active),
            )


def _key(
    connection: Connection, key: Key, before: Mode | int, after: Mode | int
) -> Iterator[SetKey]:
    if before != after:
        yield SetKey(key=key, name=connection.name, before=before, after=after)


def _probing(part: Topology) -> Iterator[SetKey]:
    for connection in part.connections.values():
        if connection.routing is Routing.STATIC and not connection.probe_inside:
            yield SetKey(key=Key.PROBE_INSIDE, name=connection.name, before=False, after=True)


def _opening(part: Topology) -> Iterator[SetKey]:
    """What lets a device exchange routes that has no policy, and would need one (RFC 8212)."""
    customers = {
        one.customer_gateway
        for one in part.connections.values()
        if one.routing is Routing.BGP and one.mode is not Mode.PINNED
    }
    for name in sorted(customers):
        if requires_policy(part.customer_gateways[name]):
            yield SetKey(key=Key.REQUIRES_POLICY, name=name, before=True, after=False)


def _admitting(part: Topology) -> Iterator[DropTerm]:
    for connection, tunnel in _with_bgp(part):
        yield from admitting(part, connection, tunnel, networks_of(part, connection))


def _with_bgp(part: Topology) -> Iterator[tuple[Connection, Tunnel]]:
    for connection, tunnel in tunnels_of(part):
        if connection.routing is Routing.BGP:
            yield connection, tunnel


def _orders(part: Topology) -> Iterator[Order]:
    """Orders of the tunnels with BGP, those that prefer what is active now first."""
    connections = [one for one in part.connections.values() if one.routing is Routing.BGP]
    if len(connections) > MOST_IN_FULL:
        yield from _orders_of_connections(part, connections)
        return
    for together in product((False, True), repeat=len(connections)):
        places = [
            place
            for one, both in zip(connections, together, strict=True)
            for place in ((_both(one),) if both else _each(one))
        ]
        yield from permutations(places)


def _orders_of_connections(part: Topology, connections: Sequence[Connection]) -> Iterator[Order]:
    first = {site.usual_first_hop for site in part.sites.values()}
    towards_hosts = sorted(connections, key=lambda one: one.customer_gateway not in first)
    many = len(connections) > MOST_PERMUTED
    for order in (towards_hosts,) if many else permutations(towards_hosts):
        yield tuple(_both(one) for one in order)
        yield tuple(place for one in order for place in _each(one))


def _both(connection: Connection) -> tuple[Place, ...]:
    """Both tunnels of a connection at one place of an order."""
    return tuple((connection.name, number) for number in _numbers(connection))


def _each(connection: Connection) -> tuple[tuple[Place, ...], ...]:
    """Each tunnel of a connection at a place of its own."""
    return tuple(((connection.name, number),) for number in _numbers(connection))


def _numbers(connection: Connection) -> tuple[int, int]:
    """The tunnels of a connection, the active one first."""
    return (connection.active, 3 - connection.active)


# -------------------------------------------------------------------------------------- following


def _following(part: Topology, mode: RepairMode) -> Iterator[Design]:
    follow = tuple(
        change
        for one in part.connections.values()
        if one.routing is Routing.BGP
        for change in _key(one, Key.MODE, one.mode, unpinned(_platform(part, one)))
    )
    probing, opened = tuple(_probing(part)), tuple(_opening(part))
    zones: tuple[Change, ...] = ()
    if mode is RepairMode.FOLLOW:
        zones = tuple(_zones(part))
    kinds = tuple(_removable(part))
    for removed in _subsets(kinds):
        for others in product(
            *(dict.fromkeys(((), one)) for one in (follow, probing, zones, opened))
        ):
            yield Design(changes=frozenset((*removed, *chain.from_iterable(others))))


def _platform(part: Topology, connection: Connection) -> Platform:
    return part.customer_gateways[connection.customer_gateway].platform


def _zones(part: Topology) -> Iterator[SetKey]:
    for customer in part.customer_gateways.values():
        if customer.binding is SessionBinding.INTERFACE:
            yield SetKey(
                key=Key.FIREWALL,
                name=customer.name,
                before=SessionBinding.INTERFACE,
                after=SessionBinding.ZONE,
            )


def _subsets(kinds: Sequence[Sequence[Change]]) -> Iterator[tuple[Change, ...]]:
    """Every small set of what may be removed, and the kinds up to each one as a whole."""
    everything = tuple(chain.from_iterable(kinds))
    for size in range(MOST_REMOVED + 1):
        yield from combinations(everything, size)
    for last in range(1, len(kinds) + 1):
        yield tuple(chain.from_iterable(kinds[:last]))


def _removable(part: Topology) -> Iterator[tuple[Change, ...]]:
    """What may be taken away, by kinds: first what no end but the customer's has to do with."""
    for end, attributes in (
        (End.CUSTOMER, (Attribute.LOCAL_PREFERENCE, Attribute.WEIGHT)),
        (End.CUSTOMER, (Attribute.PREPEND,)),
        (End.CUSTOMER, (Attribute.MED,)),
        (End.GATEWAY, (Attribute.PREPEND, Attribute.MED)),
    ):
        yield tuple(_setting(part, end, attributes))
    yield tuple(
        DropTerm(place=where, term=position)
        for connection, tunnel in _with_bgp(part)
        for end in End
        for direction in Direction
        for where in (place(connection, tunnel, end, direction),)
        for position, term in enumerate(policy_at(connection, where).terms)
        if term.disposition is Disposition.REJECT
    )


def _setting(part: Topology, end: End, attributes: Iterable[Attribute]) -> Iterator[SetAttribute]:
    for connection, tunnel in _with_bgp(part):
        for direction, attribute in product(Direction, attributes):
            where = place(connection, tunnel, end, direction)
            for term, before in setters(policy_at(connection, where), attribute):
                yield SetAttribute(
                    place=where, term=term, attribute=attribute, before=before, after=None
                )
