"""Reading what the ends of tunnels do and choose, from the daemons that own them.

A charon that does not answer carries nothing new: its end is reported as down, and reported again
when it is back. So an end that is only slow is never mistaken for one that is up. Of a speaker that
does not answer nothing is reported: a failover is not made to stay because somebody was busy. Since
when a session stands is told on the monotonic clock (:mod:`samepath.node.speakers`): it is not taken
for another one because the clock of the machine was put right.
"""

from __future__ import annotations

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
from samepath.drivers.bird_output import RibRoute
from samepath.drivers.errors import DriverError
from samepath.drivers.ike import IkeSa
from samepath.drivers.strongswan import Charon
from samepath.model.topology import Connection, Routing, Topology
from samepath.node.machine import Machine
from samepath.node.speakers import Speaker, bird_speaker, customer_speaker

PATIENCE = 2.0
"""Seconds for a speaker: of one that is stopped or stuck nothing is reported, and others wait."""


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
    """One report for each end whose speaker, where it has one, answers; each is asked once.

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
    def at_customer(name: str) -> dict[str, float] | None:
        return _read_sessions(customer_speaker(machine, topology, name, PATIENCE))

    def sessions(end: TunnelEnd) -> dict[str, float] | None:
        if end.side == Side.GATEWAY.value:
            endpoint = bird_of_endpoint(end.connection, end.number)
            return _read_sessions(bird_speaker(machine, endpoint, PATIENCE))
        return at_customer(topology.connections[end.connection].customer_gateway)

    for end in ends:
        connection = topology.connections[end.connection]
        established = None
        if connection.routing is Routing.BGP:
            there = sessions(end)
            if there is None:
                continue  # It may be busy. If it is dead, the far end reports its session as down.
            established = there.get(_session_of(topology, connection, end))
        yield EndReport(
            end=end,
            child_age=_child_age(machine, end),
            established=established,
            inside_answers=answers.get(end),
        )


def _read_sessions(speaker: Speaker) -> dict[str, float] | None:
    """When each established session of a speaker was so, on the monotonic clock."""
    try:
        found = speaker.sessions()
    except DriverError:
        return None
    return {name: session.since for name, session in found.items() if session.since is not None}


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


def _session_of(topology: Topology, connection: Connection, end: TunnelEnd) -> str:
    """What the speaker of an end calls its session over the tunnel."""
    if end.side == Side.GATEWAY.value:
        return endpoint_session()
    return customer_session(topology, connection, connection.tunnels[end.number - 1])


def read_choices(
    machine: Machine, topology: Topology, connections: Iterable[Connection]
) -> tuple[Heard, ...]:
    """What the customer's end of each connection hears of the VPC, and what it chooses.

    The customers of ``connections`` follow, which only BIRDs do. Each is asked once; of one that does
    not answer nothing is heard.
    """

    @cache
    def routes(speaker: str) -> tuple[RibRoute, ...]:
        with suppress(DriverError), Bird(machine.socket(speaker, "ctl"), patience=PATIENCE) as bird:
            return bird.routes()
        return ()

    def at_customer(name: str) -> Iterator[RibRoute]:
        # Of a cluster only the machine that is active hears anything.
        for member in topology.customer_gateways[name].members:
            yield from routes(bird_of_customer(name, member))

    return tuple(
        _heard(topology, connection, at_customer(connection.customer_gateway))
        for connection in connections
    )


def _heard(topology: Topology, connection: Connection, routes: Iterable[RibRoute]) -> Heard:
    vpc = topology.vpcs[topology.gateways[connection.gateway].vpc].cidr
    sessions = {
        customer_session(topology, connection, each): each.number for each in connection.tunnels
    }
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
