"""A topology with shorter timers: what a drill waits for, where somebody says not to wait.

How soon a failure is noticed is another thing then; which way packets take, once it is, is not.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from samepath.model.problems import spell_duration
from samepath.model.topology import SECOND, BgpTimers, Connection, Dpd, Routing, Topology, Tunnel

HOLD, KEEPALIVE = 3 * SECOND, 1 * SECOND
"""The shortest that BGP has (RFC 4271, 4.2), and a third of it."""
DPD_DELAY, DPD_TIMEOUT = 1 * SECOND, 4 * SECOND


def fastened(topology: Topology) -> Topology:
    """The topology with no timer longer than it has to be."""
    return replace(
        topology,
        connections={name: _connection(one) for name, one in topology.connections.items()},
    )


def changes(topology: Topology) -> Iterator[str]:
    """What :func:`fastened` changes, each in a sentence without its full stop."""
    for name, before in topology.connections.items():
        after = _connection(before)
        if before.bgp != after.bgp:
            yield (
                f"{name}: hold time {spell_duration(after.bgp.hold)} instead of "
                f"{spell_duration(before.bgp.hold)}"
            )
        for one, other in zip(before.tunnels, after.tunnels, strict=True):
            if one.dpd != other.dpd:
                yield (
                    f"{name}/tunnel{one.number}: dead after {spell_duration(other.dpd.timeout)} "
                    f"instead of {spell_duration(one.dpd.timeout)}"
                )


def _connection(connection: Connection) -> Connection:
    return replace(
        connection,
        bgp=connection.bgp if connection.routing is Routing.STATIC else _timers(connection.bgp),
        tunnels=tuple(map(_tunnel, connection.tunnels)),
    )


def _timers(timers: BgpTimers) -> BgpTimers:
    if timers.hold <= HOLD:
        return timers
    return replace(timers, hold=HOLD, keepalive=min(timers.keepalive, KEEPALIVE))


def _tunnel(tunnel: Tunnel) -> Tunnel:
    dpd = tunnel.dpd
    if dpd.timeout <= DPD_TIMEOUT:
        return tunnel
    delay = min(dpd.delay, DPD_DELAY)
    return replace(tunnel, dpd=Dpd(delay=delay, timeout=DPD_TIMEOUT, action=dpd.action))
