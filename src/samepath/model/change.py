"""Changes of a topology: each is one statement of its file, as a value.

A change names the statement and what it is to be; :func:`changed` makes any number of them, in
whatever order they are given. A policy's terms are named by their positions *before* any change, so
that a change means the same whether or not others are made beside it. That makes every set of
changes a topology of its own: those that are half-way through a repair are looked at too.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import Enum

from samepath.model.policy import Changes, Conditions, Disposition, Policy, Term
from samepath.model.problems import at
from samepath.model.topology import (
    Connection,
    CustomerGateway,
    Mode,
    Platform,
    Policies,
    SessionBinding,
    Topology,
    Tunnel,
)


class End(Enum):
    """Whose policy it is; the value is the file's key."""

    GATEWAY = "gateway"
    CUSTOMER = "customer"


class Direction(Enum):
    """Of which routes: those that the end hears, or those that it announces."""

    IMPORT = "import"
    EXPORT = "export"


class Attribute(Enum):
    """What a term may set to a number; the value is the file's key."""

    LOCAL_PREFERENCE = "local_preference"
    WEIGHT = "weight"
    MED = "med"
    PREPEND = "prepend"


class Key(Enum):
    """What stands on its own in the file; the value is the file's key."""

    MODE = "mode"
    ACTIVE = "active"
    PROBE_INSIDE = "probe_inside"
    FIREWALL = "firewall"
    REQUIRES_POLICY = "requires_policy"

    @property
    def of_device(self) -> bool:
        """Whether a customer gateway has it, and not a connection."""
        return self in {Key.FIREWALL, Key.REQUIRES_POLICY}

    @property
    def section(self) -> str:
        """The part of the file that holds it."""
        return "customer_gateways" if self.of_device else "connections"


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyPlace:
    """A policy: of which tunnel, at which end, for which direction."""

    connection: str
    tunnel: int
    end: End
    direction: Direction

    @property
    def path(self) -> str:
        """Where the file has it."""
        steps = ("connections", self.connection, "tunnels", self.tunnel - 1, "policy")
        return at(*steps, self.end.value, self.direction.value)


@dataclass(frozen=True, kw_only=True, slots=True)
class SetAttribute:
    """An attribute in a term of a policy is set, changed, or (``after`` is None) left alone.

    ``term`` is the term's position; None: a term for every route, in front of all others.
    """

    place: PolicyPlace
    term: int | None
    attribute: Attribute
    before: int | None
    after: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class DropTerm:
    """A whole term goes."""

    place: PolicyPlace
    term: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SetKey:
    """A key of a connection or of a customer gateway gets another value."""

    key: Key
    name: str
    before: Mode | SessionBinding | int | bool
    after: Mode | SessionBinding | int | bool

    @property
    def path(self) -> str:
        """Where the file has it."""
        return at(self.key.section, self.name, self.key.value)


Change = SetAttribute | DropTerm | SetKey


def changed(topology: Topology, changes: Iterable[Change]) -> Topology:
    """``topology`` with all of ``changes``."""
    policies: dict[PolicyPlace, list[SetAttribute | DropTerm]] = {}
    connections = dict(topology.connections)
    customers = dict(topology.customer_gateways)
    for change in changes:
        if not isinstance(change, SetKey):
            policies.setdefault(change.place, []).append(change)
        elif change.key.of_device:
            customers[change.name] = _with_device_key(customers[change.name], change)
        else:
            connections[change.name] = _with_key(connections[change.name], change)
    for place, mine in policies.items():
        connection = connections[place.connection]
        terms = amended(policy_at(connection, place), mine, stays=stays(topology, place))
        policy = Policy(terms=tuple(term for _, term in terms))
        connections[place.connection] = _with_policy(connection, place, policy)
    return replace(topology, connections=connections, customer_gateways=customers)


def _with_key(connection: Connection, change: SetKey) -> Connection:
    match change.key, change.after:
        case Key.MODE, Mode() as mode:
            return replace(connection, mode=mode)
        case Key.ACTIVE, int() as active:
            return replace(connection, active=active)
        case Key.PROBE_INSIDE, bool() as probes:
            return replace(connection, probe_inside=probes)
        case _:
            raise AssertionError(change)


def _with_device_key(customer: CustomerGateway, change: SetKey) -> CustomerGateway:
    match change.key, change.after:
        case Key.FIREWALL, SessionBinding() as binding:
            return replace(customer, binding=binding)
        case Key.REQUIRES_POLICY, bool() as required:
            return replace(customer, requires_policy=required)
        case _:
            raise AssertionError(change)


def policy_at(connection: Connection, place: PolicyPlace) -> Policy:
    """The policy of a connection that ``place`` names."""
    tunnel = connection.tunnels[place.tunnel - 1]
    policies = tunnel.gateway_policy if place.end is End.GATEWAY else tunnel.customer_policy
    return policies.imports if place.direction is Direction.IMPORT else policies.exports


def _with_policy(connection: Connection, place: PolicyPlace, policy: Policy) -> Connection:
    def put(policies: Policies) -> Policies:
        if place.direction is Direction.IMPORT:
            return replace(policies, imports=policy)
        return replace(policies, exports=policy)

    def of(tunnel: Tunnel) -> Tunnel:
        if tunnel.number != place.tunnel:
            return tunnel
        if place.end is End.GATEWAY:
            return replace(tunnel, gateway_policy=put(tunnel.gateway_policy))
        return replace(tunnel, customer_policy=put(tunnel.customer_policy))

    return replace(connection, tunnels=tuple(map(of, connection.tunnels)))


def stays(topology: Topology, place: PolicyPlace) -> bool:
    """Whether a policy is still one when nothing is left in it.

    On a device an emptied route map is; what samepath writes has none then.
    """
    customer = topology.connections[place.connection].customer_gateway
    platform = topology.customer_gateways[customer].platform
    return place.end is End.CUSTOMER and platform is not Platform.BIRD


def amended(
    policy: Policy, changes: Iterable[SetAttribute | DropTerm], *, stays: bool = False
) -> tuple[tuple[int | None, Term], ...]:
    """The terms of ``policy`` with changes of its own, each with its position before.

    A term that the changes leave nothing to do goes as well. With ``stays`` the last one does not:
    it accepts everything, as no policy would, but where one is needed (RFC 8212).
    """
    changes = tuple(changes)
    dropped = {change.term for change in changes if isinstance(change, DropTerm)}
    sets: dict[int | None, dict[Attribute, int | None]] = {}
    for change in changes:
        if isinstance(change, SetAttribute):
            sets.setdefault(change.term, {})[change.attribute] = change.after
    left: list[tuple[int | None, Term]] = []
    emptied: int | None = None
    for position, term in reversed(list(enumerate(policy.terms))):
        if position in dropped:
            continue
        new = replace(term, changes=_set(term.changes, sets.get(position, {})))
        if new == term or not _does_nothing(new, last=not left):
            left.insert(0, (position, new))
        elif new == Term():
            emptied = position
    if stays and policy.terms and not left and None not in sets:
        left.append((emptied, Term()))
    if None in sets:
        disposition = Disposition.NEXT if left else Disposition.ACCEPT
        term = Term(changes=_set(Changes(), sets[None]), disposition=disposition)
        left.insert(0, (None, term))
    return tuple(left)


def _set(changes: Changes, values: dict[Attribute, int | None]) -> Changes:
    return Changes(
        local_preference=values.get(Attribute.LOCAL_PREFERENCE, changes.local_preference),
        weight=values.get(Attribute.WEIGHT, changes.weight),
        med=values.get(Attribute.MED, changes.med),
        prepend=values.get(Attribute.PREPEND, changes.prepend) or 0,
        add_communities=changes.add_communities,
    )


def _does_nothing(term: Term, *, last: bool) -> bool:
    if term.changes != Changes() or term.opaque:
        return False
    return term.disposition is Disposition.NEXT or (last and term.disposition is Disposition.ACCEPT)


def value_in(term: Term, attribute: Attribute) -> int | None:
    """What a term sets; None: it leaves the attribute alone."""
    match attribute:
        case Attribute.LOCAL_PREFERENCE:
            return term.changes.local_preference
        case Attribute.WEIGHT:
            return term.changes.weight
        case Attribute.MED:
            return term.changes.med
        case Attribute.PREPEND:
            return term.changes.prepend or None


def setters(policy: Policy, attribute: Attribute) -> Iterator[tuple[int, int]]:
    """The terms that set an attribute of a route that goes on, and to what."""
    for position, term in enumerate(policy.terms):
        value = value_in(term, attribute)
        if value is not None and term.disposition is not Disposition.REJECT:
            yield position, value


def matches_everything(term: Term) -> bool:
    """Whether a term applies to every route that gets to it, and lets it go on."""
    return term.conditions == Conditions() and term.disposition is not Disposition.REJECT
