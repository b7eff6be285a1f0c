"""Reading what the ends of tunnels do and choose, from the daemons that own them.

A charon that does not answer carries nothing new: its end is reported as down, and reported again
when it is back. So an end that is only slow is never mistaken for one that is up. Of a BIRD that
does not answer nothing is reported: a failover is not made to stay because somebody was busy.

BIRD tells since when a session is established by the wall clock, which somebody may set. Here that
becomes a time of the monotonic clock, which no one can: a session is not taken for another one
because the clock of the machine was put right.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cache

from samepath.control.following import Heard
from samepath.control.names import (
    bird_of_customer,
    bird_of_endpoint,
    charon_of_customer,
    charon_of_endpoint,
    ike_name,
)
from samepath.control.situation import Side, TunnelEnd
from samepath.control.speakers import customer_session, endpoint_session
from samepath.control.tunnel_state import EndReport
from samepath.drivers.bird import Bird
from samepath.drivers.bird_output import RibRoute, moment
from samepath.drivers.errors import DriverError
from samepath.drivers.ike import IkeSa
from samepath.drivers.strongswan import Charon
from samepath.model.topology import Connection, Routing, Topology
from samepath.node.machine import Machine

PATIENCE = 2.0
"""Seconds for a BIRD: of one that is stopped or stuck nothing is reported, and the others wait."""


STEP = 0.1
"""Seconds by which the wall clock may have moved against the monotonic one while a BIRD was asked.
After more nothing is reported of it this time."""


def charon_of(end: TunnelEnd) -> str:
    """The IKE daemon of an end."""
    of = charon_of_endpoint if end.side == Side.GATEWAY.value else charon_of_customer
    return of(end.connection, end.number)


def read_ends(
    machine: Machine,
    topology: Topology,
    ends: Iterable[TunnelEnd],
    answers: Mapping[TunnelEnd, bool | None],
) -> tuple[EndReport, ...]:
    """One report for each end whose BIRD, where it has one, answers; each is asked once.

    ``answers`` are the verdicts of the inside probes.
    """
    return tuple(_reports(machine, topology, ends, answers))


def _reports(
    machine: Machine,
    topology: Topology,
    ends: Iterable[TunnelEnd],
    answers: Mapping[TunnelEnd, bool | None],
) -> Iterator[EndReport]:
    @cache
    def sessions(daemon: str) -> dict[str, float] | None:
        return _read_sessions(machine, daemon)

    for end in ends:
        connection = topology.connections[end.connection]
        established = None
        if connection.routing is Routing.BGP:
            daemon, session = _session_of(connection, end)
            there = sessions(daemon)
            if there is None:
                continue  # It may be busy. If it is dead, the far end reports its session as down.
            established = there.get(session)
        yield EndReport(
            end=end,
            child_age=_child_age(machine, end),
            established=established,
            inside_answers=answers.get(end),
        )


def _read_sessions(machine: Machine, daemon: str) -> dict[str, float] | None:
    """When each established session of a BIRD was so, on the monotonic clock."""
    ahead = _wall_ahead()
    try:
        with Bird(machine.socket(daemon, "ctl"), patience=PATIENCE) as bird:
            established = {
                state.name: moment(state.since).timestamp() - ahead
                for state in bird.protocols()
                if state.bgp_state == "Established"
            }
    except DriverError:
        return None
    return established if abs(_wall_ahead() - ahead) < STEP else None


def _wall_ahead() -> float:
    return time.time() - time.monotonic()


def _child_age(machine: Machine, end: TunnelEnd) -> float | None:
    name = ike_name(end.connection, end.number)
    sas: tuple[IkeSa, ...] = ()
    with suppress(DriverError), Charon(machine.socket(charon_of(end), "vici")) as charon:
        sas = charon.sas()
    ages = [
        float(child.age)
        for sa in sas
        if sa.name == name
        for child in sa.children
        # One that is being replaced still carries, and tells how long the tunnel has been up.
        if child.carries
    ]
    return max(ages, default=None)


def _session_of(connection: Connection, end: TunnelEnd) -> tuple[str, str]:
    """The BIRD of an end, and the name of its session over the tunnel."""
    if end.side == Side.GATEWAY.value:
        return bird_of_endpoint(end.connection, end.number), endpoint_session()
    session = customer_session(connection, connection.tunnels[end.number - 1])
    return bird_of_customer(connection.customer_gateway), session


def read_choices(
    machine: Machine, topology: Topology, connections: Iterable[Connection]
) -> tuple[Heard, ...]:
    """What the customer's end of each connection hears of the VPC, and what it chooses.

    Each customer's BIRD is asked once; of one that does not answer nothing is heard.
    """

    @cache
    def routes(speaker: str) -> tuple[RibRoute, ...]:
        with suppress(DriverError), Bird(machine.socket(speaker, "ctl"), patience=PATIENCE) as bird:
            return bird.routes()
        return ()

    return tuple(
        _heard(topology, connection, routes(bird_of_customer(connection.customer_gateway)))
        for connection in connections
    )


def _heard(topology: Topology, connection: Connection, routes: Iterable[RibRoute]) -> Heard:
    vpc = topology.vpcs[topology.gateways[connection.gateway].vpc].cidr
    sessions = {customer_session(connection, each): each.number for each in connection.tunnels}
    over = [
        (sessions[route.protocol], route.primary)
        for route in routes
        if route.prefix == vpc and route.protocol in sessions
    ]
    return Heard(
        connection=connection.name,
        tunnels=frozenset(number for number, _ in over),
        best=next((number for number, primary in over if primary), None),
    )
