"""Which tunnel a following customer announces as the better one: the one that it sends by itself.

In ``follow`` mode the customer's end chooses by what the gateway announces, and the gateway may
steer: by its export policy, or as AWS does before it takes a tunnel out of service. The customer's
announcement must then change with its choice, or the answers come back by the other tunnel. BIRD
cannot make one route's MED depend on another route, so the choice is read from it and stored as a
decision.

It is the choice that is mirrored, not the received MED: where MEDs are equal, or something else
than the MED decides, the two directions stay on one tunnel all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from samepath.model.topology import Connection, Mode, Routing, Topology


@dataclass(frozen=True, kw_only=True, slots=True)
class Heard:
    """What a customer's end hears of the VPC over one connection."""

    connection: str
    tunnels: frozenset[int]
    """The tunnels over which it hears the VPC's prefix, so with an established session."""
    best: int | None
    """The tunnel of the route that it sends by; None if that is a route of another connection."""


def follows(connection: Connection) -> bool:
    """Whether the customer's end of a connection follows what the gateway announces."""
    return connection.routing is Routing.BGP and connection.mode is Mode.FOLLOW


def followed_after(
    topology: Topology,
    active: Mapping[str, int],
    heard: Iterable[Heard],
    before: Mapping[str, int],
) -> dict[str, int]:
    """The tunnel that each customer's end follows, where that is not the connection's active one.

    ``active`` is the stored decision on active tunnels. Only who hears the VPC over every tunnel
    has a choice; without one the order stays, so that a failover changes nothing here.
    """
    after = dict(before)
    for one in heard:
        connection = topology.connections[one.connection]
        if one.best is None or one.tunnels != {tunnel.number for tunnel in connection.tunnels}:
            continue
        if one.best == active.get(connection.name, connection.active):
            after.pop(connection.name, None)
        else:
            after[connection.name] = one.best
    return after


def followed_while(
    before: Mapping[str, int], after: Mapping[str, int], followed: Mapping[str, int]
) -> dict[str, int]:
    """What stays of ``followed`` when the stored active tunnels change from ``before``.

    A new active tunnel is for both ends at once; whether the gateway steers against it is seen
    afterwards.
    """
    return {
        name: number for name, number in followed.items() if before.get(name) == after.get(name)
    }
