"""What a failure state makes of a network: which routers, sessions and routes are left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from samepath.model.elements import MEMBERS, Element, ElementKind
from samepath.model.topology import Connection, DpdAction, Preemption, Routing, Topology, Tunnel
from samepath.model.topology_view import customer_tunnels
from samepath.routing.compile import (
    LAN,
    compile_network,
    customer_name,
    gateway_name,
    path_name,
    session_name,
    tunnel_name,
)
from samepath.routing.first_hop import Masters, masters
from samepath.routing.network import Network, Session, SessionEnd
from samepath.routing.route import LATE
from samepath.routing.states import (
    Condition,
    FailureState,
    Happening,
    check_modelled,
    state_before,
    tunnels_under,
)

Lost = tuple[str, str]
"""A path and a router: what goes by this path to this router is lost."""


@dataclass(frozen=True, kw_only=True)
class Affected:
    """A network in a failure state.

    ``lost``: where packets vanish though a route points there. ``idle``: the sessions that are up
    and carry no routes, because of the state.
    """

    network: Network
    lost: frozenset[Lost] = field(default_factory=frozenset)
    idle: frozenset[str] = field(default_factory=frozenset)
    masters: Masters = field(default_factory=dict)
    """Who the hosts of each site send to."""
    taken_over: frozenset[str] = field(default_factory=frozenset)
    """The routers of the customer gateways that the second machine of a cluster acts for."""


def affected(topology: Topology, network: Network, state: FailureState) -> Affected:
    """What ``state`` makes of ``network``, which was compiled from ``topology``.

    Raises :class:`~samepath.routing.states.NotModelled` where nobody knows.
    """
    check_modelled(topology, state)
    before = [network]
    if any(condition is Condition.RETURNED for _, condition in state.conditions):
        before.append(affected(topology, network, state_before(state)).network)
    if active := _moved_for_good(topology, state):
        network = compile_network(topology, active)
    it = Affected(network=network)
    for element, condition in _of_whole_devices(state):
        vanishing = condition in _VANISHING and element.kind in _CARRIES_PACKETS
        if vanishing and not state.noticed:
            it = _losing(it, tunnels_under(topology, element), condition)
        else:
            it = _apply(it, topology, element, condition)
    for name in _taken_over(state):
        it = _with_second_member(it, topology, name, noticed=state.noticed)
    return replace(it, masters=masters(topology, [*before, it.network]))


def _of_whole_devices(state: FailureState) -> Iterator[Happening]:
    """What has happened, but for the members of clusters; one that has lost both is down itself."""
    down: set[Element] = set()
    for element, condition in state.conditions:
        if element.kind not in MEMBERS:
            yield element, condition
            continue
        down = down | {element} if condition is Condition.DOWN else down - {element}
        if all(Element(kind=kind, name=element.name) in down for kind in MEMBERS):
            yield Element(kind=ElementKind.CUSTOMER_GATEWAY, name=element.name), condition


def _taken_over(state: FailureState) -> frozenset[str]:
    """The customer gateways that the second machine acts for.

    Each stays active until it goes, so that one that has returned has left it to the other.
    """
    active: dict[str, ElementKind] = {}
    down: set[Element] = set()
    for element, condition in state.conditions:
        if element.kind not in MEMBERS:
            continue
        first, second = MEMBERS
        other = second if element.kind is first else first
        if active.get(element.name, first) is element.kind and (
            Element(kind=other, name=element.name) not in down
        ):
            active[element.name] = other
        if condition is Condition.DOWN:
            down.add(element)
        else:
            down.discard(element)
    return frozenset(name for name, kind in active.items() if kind is MEMBERS[1])


def _with_second_member(it: Affected, topology: Topology, name: str, *, noticed: bool) -> Affected:
    """With the second machine of a cluster in the place of the first: all its sessions are new.

    They come up at once, and are younger than the device's others, and than all whose age nobody
    knows. Where a router keeps the oldest of them, nobody knows which that is.
    """
    tunnels = customer_tunnels(topology, name)
    if not noticed:
        return _losing(it, tunnels, Condition.DOWN)
    network = it.network
    router = customer_name(name)
    own = [
        each for each in network.sessions.values() if any(end.router == router for end in each.ends)
    ]
    youngest = max((LATE, *(1 + (each.age or 0) for each in own)))
    new = {session_name(*each) for each in tunnels}
    sessions = {
        session.name: replace(session, age=None if _order_matters(network, session) else youngest)
        if session.name in new
        else session
        for session in network.sessions.values()
    }
    return replace(
        it,
        network=replace(network, sessions=sessions),
        taken_over=it.taken_over | {router},
    )


def _order_matters(network: Network, session: Session) -> bool:
    ends = (network.routers.get(end.router) for end in session.ends)
    return any(router is not None and router.rules.keeps_oldest for router in ends)


_VANISHING = frozenset(
    {Condition.DOWN, Condition.SILENT, Condition.LOSES_TO_SITE, Condition.LOSES_TO_VPC}
)
_CARRIES_PACKETS = frozenset(
    {
        ElementKind.TUNNEL,
        ElementKind.PATH,
        ElementKind.ESP,
        ElementKind.ENDPOINT,
        ElementKind.CUSTOMER,
        ElementKind.CONNECTION,
        ElementKind.GATEWAY,
        ElementKind.CUSTOMER_GATEWAY,
        ElementKind.CUSTOMER_PATH,
    }
)
"""What takes packets with it when it goes, before anybody has noticed."""

_Tunnels = list[tuple[Connection, Tunnel]]


def _apply(it: Affected, topology: Topology, element: Element, condition: Condition) -> Affected:
    """What is left once everybody has noticed who can."""
    tunnels = tunnels_under(topology, element)
    match condition:
        case Condition.MAINTENANCE:
            return _with(it, _favouring_others(it.network, tunnels))
        case Condition.RETURNED:
            return _with(it, _returned(it.network, _sessions_of(it.network, element, tunnels)))
        case Condition.NO_ROUTES:
            return _idle(it, tunnels)
        case Condition.DOWN | Condition.SILENT | Condition.LOSES_TO_SITE | Condition.LOSES_TO_VPC:
            pass
    match element.kind:
        case ElementKind.CUSTOMER_LAN:
            return _with(it, _without_lan(it.network, customer_name(element.name)))
        case ElementKind.CUSTOMER_GATEWAY:
            router = frozenset({customer_name(element.name)})
            it = _with(it, it.network.without(routers=router))
        case _:
            pass
    ike_lives = element.kind is ElementKind.ESP
    noticed = [each for each in tunnels if _is_noticed(*each, ike_lives=ike_lives)]
    unnoticed = [each for each in tunnels if each not in noticed]
    return _losing(_with(it, _without(it.network, noticed)), unnoticed, condition)


def _with(it: Affected, network: Network) -> Affected:
    return replace(it, network=network)


def _is_noticed(connection: Connection, tunnel: Tunnel, *, ike_lives: bool) -> bool:
    """Whether both ends notice that a tunnel's packets vanish, be it those of one direction only.

    BGP: the end that hears nothing ends the session by BFD or its hold time, and says so in the
    direction that still works (RFC 4271, 6.5; RFC 5880, 6.8.4). IKE needs an answer to each request
    (RFC 7296, 2.4), and the probe of the inside address an echo: each end misses its own.
    """
    if connection.routing is Routing.BGP or connection.probe_inside:
        return True
    return not ike_lives and tunnel.dpd.action is not DpdAction.NONE


def _losing(it: Affected, tunnels: _Tunnels, condition: Condition) -> Affected:
    """With routes that point into tunnels in which packets vanish."""
    lost: set[Lost] = set()
    for connection, tunnel in tunnels:
        path = path_name(connection, tunnel)
        if condition is not Condition.LOSES_TO_VPC:
            lost.add((path, customer_name(connection.customer_gateway)))
        if condition is not Condition.LOSES_TO_SITE:
            lost.add((path, gateway_name(connection.gateway)))
    return replace(it, lost=it.lost | lost)


def _without(network: Network, tunnels: _Tunnels) -> Network:
    """Without the sessions in some tunnels, and the static routes into them."""
    rest = network.without(sessions=frozenset(session_name(*each) for each in tunnels))
    gone = {tunnel_name(*each) for each in tunnels}
    return replace(
        rest,
        routers={
            router.name: replace(
                router, routes=tuple(one for one in router.routes if one.session not in gone)
            )
            if any(one.session in gone for one in router.routes)
            else router
            for router in rest.routers.values()
        },
    )


def _idle(it: Affected, tunnels: _Tunnels) -> Affected:
    """With sessions that carry no routes."""

    def silent(end: SessionEnd) -> SessionEnd:
        return replace(end, accepts=False, announces=False, default_originate=None)

    sessions = dict(it.network.sessions)
    names = {session_name(*each) for each in tunnels} & sessions.keys()
    for name in names:
        one, other = sessions[name].ends
        sessions[name] = replace(sessions[name], ends=(silent(one), silent(other)))
    return replace(it, network=replace(it.network, sessions=sessions), idle=it.idle | names)


def _without_lan(network: Network, name: str) -> Network:
    if name not in network.routers:
        return network
    router = network.routers[name]
    lan = {route.prefix for route in router.routes if route.session == LAN}
    # Its neighbours on the LAN are gone, too.
    network = network.without(sessions=frozenset(_beside(network, name)))
    left = replace(
        router,
        routes=tuple(route for route in router.routes if route.session != LAN),
        originates=tuple(
            each for each in router.originates if each.prefix not in lan or not each.tracks
        ),
    )
    return replace(network, routers={**network.routers, name: left})


def _favouring_others(network: Network, tunnels: _Tunnels) -> Network:
    """With the lower MED on the other tunnel of each connection."""
    for connection, tunnel in tunnels:
        pair = set(network.pairs[connection.name])
        other = pair - {path_name(connection, tunnel)}
        name = gateway_name(connection.gateway)
        router = network.routers[name]
        favouring = replace(router, favourites=router.favourites - pair | other)
        network = replace(network, routers={**network.routers, name: favouring})
    return network


def _sessions_of(network: Network, element: Element, tunnels: _Tunnels) -> list[str]:
    """The sessions that went with an element: a LAN leg has those between customer gateways."""
    inside = [session_name(*each) for each in tunnels]
    if element.kind not in {ElementKind.CUSTOMER_GATEWAY, ElementKind.CUSTOMER_LAN}:
        return inside
    lan_only = element.kind is ElementKind.CUSTOMER_LAN
    beside = _beside(network, customer_name(element.name))
    return [*([] if lan_only else inside), *beside]


def _beside(network: Network, router: str) -> list[str]:
    """A customer gateway's sessions with its neighbours on the LAN."""
    return [each.name for each in network.sessions_of[router] if not each.connection]


def _returned(network: Network, names: Iterable[str]) -> Network:
    """The sessions are the youngest of all; the others' order is what it was."""
    sessions = dict(network.sessions)
    for name in names:
        if name in sessions:
            youngest = max(LATE, *(1 + (each.age or 0) for each in sessions.values()))
            sessions[name] = replace(sessions[name], age=youngest)
    return replace(network, sessions=sessions)


def _moved_for_good(topology: Topology, state: FailureState) -> dict[str, int]:
    """The active tunnels of connections on which traffic stays where a failover has brought it."""
    return {
        connection.name: active
        for connection in topology.connections.values()
        if connection.preemption is Preemption.MANUAL
        for active in (_active(connection, state),)
        if active != connection.active
    }


def _active(connection: Connection, state: FailureState) -> int:
    """The tunnel that carries traffic until somebody says otherwise.

    One that returned alone had been left for the other. Where both were down, the first one to
    return carries.
    """
    mine = [
        (element.tunnel or 0, condition)
        for element, condition in state.conditions
        if element.kind is ElementKind.TUNNEL and element.name == connection.name
    ]
    back = _numbers(mine, Condition.RETURNED)
    if not back:
        return connection.active
    both_were_down = len(back) > 1 or bool(_numbers(mine, Condition.DOWN))
    if both_were_down:
        return back[0]
    return 3 - back[0] if back[0] == connection.active else connection.active


def _numbers(mine: Iterable[tuple[int, Condition]], wanted: Condition) -> list[int]:
    return [number for number, condition in mine if condition is wanted]
