"""Failure states: what has happened to which elements, and in which order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import combinations

from samepath.model.elements import MEMBERS, Element, ElementKind, resolve
from samepath.model.topology import Connection, Preemption, Routing, Topology, Tracking, Tunnel
from samepath.model.topology_view import clusters, customer_tunnels, gateway_tunnels, tunnels_of
from samepath.routing.compile import rules_of


class Condition(Enum):
    """What has happened to an element."""

    DOWN = "down"
    MAINTENANCE = "in maintenance"
    """The gateway has moved its lower MED to the other tunnel, and the endpoint still works."""
    SILENT = "dead (IKE alive)"
    """No packet passes, and only what asks through the tunnel itself can notice."""
    LOSES_TO_SITE = "loses packets to the site"
    """The packets of this direction vanish; those of the other one arrive."""
    LOSES_TO_VPC = "loses packets to the VPC"
    NO_ROUTES = "without routes"
    """The BGP session is established and carries no routes either way."""
    RETURNED = "returned"
    """It was down, and is the youngest of all now."""


Happening = tuple[Element, Condition]


@dataclass(frozen=True, kw_only=True, slots=True)
class FailureState:
    """Elements and what has happened to each, in the order in which it happened; all up if none.

    ``noticed``: False while packets vanish and nobody has noticed: the routes are those from before.
    """

    conditions: tuple[Happening, ...] = ()
    noticed: bool = True

    @property
    def name(self) -> str:
        """What a table calls it: ``all up``, ``seoul/tunnel1 down``, ``cgw:a down + cgw:b down``.

        It holds no comma, and so is one of a list of them.
        """
        told = [f"{element} {condition.value}" for element, condition in self.conditions]
        unnoticed = "" if self.noticed else " (unnoticed)"
        return (" + ".join(told) or "all up") + unnoticed


ALL_UP = FailureState()


def state_before(state: FailureState) -> FailureState:
    """The state in which a flow was opened that is open when ``state`` begins.

    It is the one without the last thing that happened to each connection and to each customer
    gateway: what has returned was down, whatever else has happened had not. So one state of two
    connections is to each of them what it would be alone.
    """
    last = {_whole(element): number for number, (element, _) in enumerate(state.conditions)}
    return FailureState(
        conditions=tuple(
            (element, Condition.DOWN) if number in last.values() else (element, condition)
            for number, (element, condition) in enumerate(state.conditions)
            if number not in last.values() or condition is Condition.RETURNED
        )
    )


def _whole(element: Element) -> str:
    """The connection, gateway or customer gateway that an element is or belongs to."""
    return str(element).split("/")[0]


# ---------------------------------------------------------------------------- which are modelled


class NotModelled(ValueError):
    """A failure state of which nothing is predicted: the text names what has happened in it."""

    def __init__(self, element: Element, condition: Condition) -> None:
        super().__init__(f"{element} {condition.value}: what this leads to is not modelled")


_PARTS = frozenset(
    {
        ElementKind.TUNNEL,
        ElementKind.PATH,
        ElementKind.IKE,
        ElementKind.ESP,
        ElementKind.BGP,
        ElementKind.ENDPOINT,
        ElementKind.CUSTOMER,
        ElementKind.CUSTOMER_GATEWAY,
        ElementKind.CUSTOMER_LAN,
        ElementKind.CUSTOMER_PATH,
        *MEMBERS,
    }
)
_ONE_WAY = frozenset({ElementKind.PATH})
_MODELLED = {
    # A daemon that dies alone is missing: what it had set up may live on.
    Condition.DOWN: _PARTS | {ElementKind.CONNECTION, ElementKind.GATEWAY},
    Condition.RETURNED: _PARTS,
    Condition.MAINTENANCE: frozenset({ElementKind.TUNNEL}),
    Condition.SILENT: frozenset({ElementKind.ESP}),
    Condition.LOSES_TO_SITE: _ONE_WAY,
    Condition.LOSES_TO_VPC: _ONE_WAY,
    Condition.NO_ROUTES: frozenset({ElementKind.BGP}),
}
"""Of each condition, the kinds of elements that it is modelled for."""


def check_modelled(topology: Topology, state: FailureState) -> None:
    """Return if it is known what a state does to ``topology``.

    Raises :class:`NotModelled`, and :class:`~samepath.model.elements.InvalidElement` where
    something has happened to what is not there.
    """
    for element, condition in state.conditions:
        if element.kind not in _MODELLED[condition]:
            raise NotModelled(element, condition)
        if not _is_there(topology, element):
            resolve(topology, element)
        if element.kind is ElementKind.BGP and (
            topology.connections[element.name].routing is Routing.STATIC
        ):
            raise NotModelled(element, condition)


def _is_there(topology: Topology, element: Element) -> bool:
    """What :func:`~samepath.model.elements.resolve` says of a modelled one, without a search."""
    if element.kind.has_tunnel or element.kind is ElementKind.CONNECTION:
        return element.name in topology.connections
    if element.kind is ElementKind.GATEWAY:
        return element.name in topology.gateways
    customer = topology.customer_gateways.get(element.name)
    return customer is not None and (element.kind not in MEMBERS or customer.cluster is not None)


def tunnels_under(topology: Topology, element: Element) -> list[tuple[Connection, Tunnel]]:
    """The tunnels that a modelled element is, carries, or is a part of."""
    if element.kind is ElementKind.GATEWAY:
        return gateway_tunnels(topology, element.name)
    if not element.kind.has_tunnel and element.kind is not ElementKind.CONNECTION:
        return customer_tunnels(topology, element.name)
    connection = topology.connections[element.name]
    return [
        (connection, each)
        for each in connection.tunnels
        if element.tunnel is None or each.number == element.tunnel
    ]


# ---------------------------------------------------------------------------- which states there are


def single_states(topology: Topology) -> Iterator[FailureState]:
    """All up, every state with one failure, and those that such a failure ends with.

    A gateway's maintenance is told in its steps: the lower MED moves away, the endpoint goes, it
    returns, the MED returns. Where a customer gateway keeps the oldest path, or traffic stays where
    a failover has brought it, two tunnels that have returned are two states, one for each order.
    """
    yield ALL_UP
    for connection, tunnel in tunnels_of(topology):
        for happenings in _tunnel_states(connection, tunnel):
            yield FailureState(conditions=happenings)
    for connection in topology.connections.values():
        if _keeps_an_order(topology, connection):
            for order in (connection.tunnels, connection.tunnels[::-1]):
                returned = tuple(
                    (_of(ElementKind.TUNNEL, connection, tunnel), Condition.RETURNED)
                    for tunnel in order
                )
                yield FailureState(conditions=returned)
    keeping = {
        ElementKind.CUSTOMER_GATEWAY: _without_preemption(topology),
        ElementKind.CUSTOMER_LAN: _without_preemption(topology),
        ElementKind.CUSTOMER_PATH: _without_preemption(topology, Tracking.TUNNELS),
    }
    for name in topology.customer_gateways:
        for kind, names in keeping.items():
            element = Element(kind=kind, name=name)
            yield FailureState(conditions=((element, Condition.DOWN),))
            if name in names:
                yield FailureState(conditions=((element, Condition.RETURNED),))
    for name in clusters(topology):
        first, second = (Element(kind=kind, name=name) for kind in MEMBERS)
        yield FailureState(conditions=((first, Condition.DOWN),))
        yield FailureState(conditions=((first, Condition.RETURNED),))
        yield FailureState(conditions=((second, Condition.DOWN),))


def pair_states(topology: Topology) -> Iterator[FailureState]:
    """Every state with two elementary failures, of which neither is a part of the other.

    Elementary are those failures that leave a network of their own: an outside path that loses one
    direction, or a session without routes, is in the end a session that is down.
    """
    elementary = [
        state.conditions[0]
        for state in single_states(topology)
        if len(state.conditions) == 1 and state.conditions[0][1] in _ELEMENTARY
    ]
    for one, other in combinations(elementary, 2):
        tunnels = (_tunnels_below(topology, one[0]), _tunnels_below(topology, other[0]))
        if not tunnels[0] & tunnels[1]:
            yield FailureState(conditions=(one, other))


_ELEMENTARY = frozenset({Condition.DOWN, Condition.MAINTENANCE, Condition.SILENT})


def joined(topology: Topology, happenings: Iterable[Happening]) -> FailureState:
    """The state in which all of these have happened, in their order, each once.

    What happens to a part of something that is down changes nothing, and is left out.
    """
    every = [(one, _tunnels_below(topology, one[0])) for one in dict.fromkeys(happenings)]

    def is_covered(place: int) -> bool:
        _, below = every[place]
        return any(
            condition is Condition.DOWN and (below < other or (below == other and number < place))
            for number, ((_, condition), other) in enumerate(every)
        )

    return FailureState(
        conditions=tuple(one for place, (one, _) in enumerate(every) if not is_covered(place))
    )


def remembered(topology: Topology) -> tuple[Happening, ...]:
    """What may have returned last, wherever that decides."""
    return tuple(
        happening
        for state in single_states(topology)
        if len(state.conditions) == 1
        for happening in state.conditions
        if happening[1] is Condition.RETURNED and _is_remembered(topology, happening[0])
    )


def with_histories(
    topology: Topology, state: FailureState, returned: Iterable[Happening]
) -> tuple[FailureState, ...]:
    """A state, and the same after each of ``returned`` has returned, which is not down in it.

    Of what happened before only the last return is looked at.
    """
    down = [_tunnels_below(topology, element) for element, _ in state.conditions]
    gone: frozenset[str] = frozenset().union(*down)
    return (
        state,
        *(
            FailureState(conditions=(happening, *state.conditions))
            for happening in returned
            if not _tunnels_below(topology, happening[0]) <= gone
        ),
    )


def _is_remembered(topology: Topology, element: Element) -> bool:
    """Whether it may matter that this has returned last: it does where VRRP does not preempt.

    A member of a cluster that has returned stands by: what is to come goes the same ways.
    """
    if element.kind in MEMBERS:
        return False
    if not element.kind.has_tunnel:
        return True
    return _keeps_an_order(topology, topology.connections[element.name])


def _tunnel_states(connection: Connection, tunnel: Tunnel) -> Iterator[tuple[Happening, ...]]:
    it = _of(ElementKind.TUNNEL, connection, tunnel)
    path = _of(ElementKind.PATH, connection, tunnel)
    yield ((it, Condition.DOWN),)
    if connection.routing is Routing.STATIC:
        yield ((_of(ElementKind.ESP, connection, tunnel), Condition.SILENT),)
    else:
        session = _of(ElementKind.BGP, connection, tunnel)
        begun = (it, Condition.MAINTENANCE)
        yield ((session, Condition.DOWN),)
        yield (begun,)
        yield (begun, (_of(ElementKind.ENDPOINT, connection, tunnel), Condition.DOWN))
        yield (begun, (it, Condition.RETURNED))
        yield ((session, Condition.NO_ROUTES),)
    yield ((path, Condition.LOSES_TO_SITE),)
    yield ((path, Condition.LOSES_TO_VPC),)
    yield ((it, Condition.RETURNED),)


def _without_preemption(topology: Topology, tracks: Tracking | None = None) -> frozenset[str]:
    """Customer gateways that are not master again only because they are back; of those that track so."""
    return frozenset(
        name
        for site in topology.sites.values()
        if site.vrrp is not None and not site.vrrp.preempt
        if tracks in {None, site.vrrp.tracks}
        for name in site.customer_gateways
    )


def _of(kind: ElementKind, connection: Connection, tunnel: Tunnel) -> Element:
    return Element(kind=kind, name=connection.name, tunnel=tunnel.number)


def _keeps_an_order(topology: Topology, connection: Connection) -> bool:
    """Whether it matters which of a connection's tunnels has returned first."""
    if connection.preemption is Preemption.MANUAL:
        return True
    customer = topology.customer_gateways[connection.customer_gateway]
    return connection.routing is Routing.BGP and rules_of(customer).keeps_oldest


def _tunnels_below(topology: Topology, element: Element) -> frozenset[str]:
    """What an element is or takes with it: tunnels, and a customer gateway's LAN leg and members."""
    tunnels = {
        f"{connection.name}/tunnel{tunnel.number}"
        for connection, tunnel in tunnels_under(topology, element)
    }
    lan = f"{_whole(element)}/lan"
    match element.kind:
        case ElementKind.CUSTOMER_LAN:
            return frozenset({lan})
        case ElementKind.CUSTOMER_GATEWAY:
            members = (str(Element(kind=kind, name=element.name)) for kind in MEMBERS)
            return frozenset({lan, *tunnels, *members})
        case ElementKind.FIRST_MEMBER | ElementKind.SECOND_MEMBER:
            return frozenset({str(element)})
        case _:
            return frozenset(tunnels)
