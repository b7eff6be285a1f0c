"""Failure states: what is down, and what a network is without it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from samepath.model.elements import Element, ElementKind
from samepath.model.topology import Connection, Preemption, Routing, Topology, Tunnel
from samepath.model.topology_view import customer_tunnels, tunnels_of
from samepath.routing.compile import (
    LAN,
    compile_network,
    customer_name,
    path_name,
    session_name,
    tunnel_name,
)
from samepath.routing.network import Network


class Condition(Enum):
    """What has happened to an element."""

    DOWN = "down"
    MAINTENANCE = "in maintenance"
    """AWS has moved its lower MED to the other tunnel, and the endpoint still works."""
    SILENT = "dead, IKE alive"
    """No packet passes, and only what asks through the tunnel itself can notice."""
    RETURNED = "returned"
    """It was down, and is the youngest of all now."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FailureState:
    """Elements and what has happened to each; all up if there are none."""

    conditions: tuple[tuple[Element, Condition], ...] = ()

    @property
    def name(self) -> str:
        """What a table calls it: ``all up``, ``seoul/tunnel1 down``."""
        told = [f"{element} {condition.value}" for element, condition in self.conditions]
        return ", ".join(told) or "all up"


ALL_UP = FailureState()


def single_states(topology: Topology) -> Iterator[FailureState]:
    """All up, and every state with one element affected."""
    yield ALL_UP
    for connection, tunnel in tunnels_of(topology):
        for condition, kind in _tunnel_conditions(connection):
            element = Element(kind=kind, name=connection.name, tunnel=tunnel.number)
            yield FailureState(conditions=((element, condition),))
    for name in topology.customer_gateways:
        for kind in (ElementKind.CUSTOMER_GATEWAY, ElementKind.CUSTOMER_LAN):
            element = Element(kind=kind, name=name)
            yield FailureState(conditions=((element, Condition.DOWN),))


def _tunnel_conditions(connection: Connection) -> Iterator[tuple[Condition, ElementKind]]:
    yield Condition.DOWN, ElementKind.TUNNEL
    if connection.routing is Routing.BGP:
        yield Condition.DOWN, ElementKind.BGP
        yield Condition.MAINTENANCE, ElementKind.TUNNEL
    else:
        yield Condition.SILENT, ElementKind.ESP
    yield Condition.RETURNED, ElementKind.TUNNEL


@dataclass(frozen=True, kw_only=True)
class Affected:
    """A network in a failure state, and the paths that nobody knows to be dead."""

    network: Network
    dead: frozenset[str]


def affected(topology: Topology, network: Network, state: FailureState) -> Affected:
    """What ``state`` makes of ``network``, which was compiled from ``topology``."""
    dead: set[str] = set()
    for element, condition in state.conditions:
        network = _apply(topology, network, element, condition, dead)
    return Affected(network=network, dead=frozenset(dead))


def _apply(
    topology: Topology, network: Network, element: Element, condition: Condition, dead: set[str]
) -> Network:
    if element.kind is ElementKind.CUSTOMER_GATEWAY:
        gone = {
            tunnel_name(connection, tunnel)
            for connection, tunnel in customer_tunnels(topology, element.name)
        }
        rest = network.without(routers=frozenset({customer_name(element.name)}))
        return _without_routes(rest, gone)
    if element.kind is ElementKind.CUSTOMER_LAN:
        return _without_lan(network, customer_name(element.name))
    connection = topology.connections[element.name]
    tunnel = connection.tunnels[(element.tunnel or 1) - 1]
    match condition:
        case Condition.DOWN:
            rest = network.without(sessions=frozenset({session_name(connection, tunnel)}))
            return _without_routes(rest, {tunnel_name(connection, tunnel)})
        case Condition.SILENT:
            if connection.probe_inside:
                return _without_routes(network, {tunnel_name(connection, tunnel)})
            dead.add(path_name(connection, tunnel))
            return network
        case Condition.MAINTENANCE:
            return _favouring_the_other(network, connection, tunnel)
        case Condition.RETURNED:
            stays = connection.preemption is Preemption.MANUAL
            if stays and tunnel.number == connection.active:
                # The tunnel that took over is the active one now, until somebody says otherwise.
                network = compile_network(topology, {connection.name: _other(tunnel.number)})
            return _returned(network, session_name(connection, tunnel))


def _other(number: int) -> int:
    """The other tunnel's number."""
    return 3 - number


def _without_routes(network: Network, sessions: set[str]) -> Network:
    """Without the static routes into some tunnels."""
    return replace(
        network,
        routers={
            router.name: replace(
                router, routes=tuple(one for one in router.routes if one.session not in sessions)
            )
            for router in network.routers.values()
        },
    )


def _without_lan(network: Network, name: str) -> Network:
    router = network.routers[name]
    lan = {route.prefix for route in router.routes if route.session == LAN}
    left = replace(
        router,
        routes=tuple(route for route in router.routes if route.session != LAN),
        originates=tuple(
            each for each in router.originates if each.prefix not in lan or not each.tracks
        ),
    )
    return replace(network, routers={**network.routers, name: left})


def _favouring_the_other(network: Network, connection: Connection, tunnel: Tunnel) -> Network:
    pair = set(network.pairs[connection.name])
    other = pair - {path_name(connection, tunnel)}
    return replace(
        network,
        routers={
            name: replace(router, favourites=router.favourites - pair | other)
            if router.meds is not None and _has(network, name, pair)
            else router
            for name, router in network.routers.items()
        },
    )


def _has(network: Network, router: str, sessions: set[str]) -> bool:
    return any(session.name in sessions for session in network.sessions_of[router])


def _returned(network: Network, name: str) -> Network:
    """The session ``name`` is the youngest of all; nothing is known of the others' order."""
    if name not in network.sessions:
        return network
    youngest = 1 + max(session.age or 0 for session in network.sessions.values())
    return replace(
        network,
        sessions={
            other: replace(session, age=youngest if other == name else session.age or 0)
            for other, session in network.sessions.items()
        },
    )
