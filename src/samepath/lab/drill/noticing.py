"""What a tunnel shows of what has happened to it, and how long its ends take to notice."""

from __future__ import annotations

from collections.abc import Collection

from samepath.lab.faults import ROUTING_ONLY, Broken, Fault
from samepath.lab.status import EndStatus, TunnelStatus
from samepath.model.topology import Connection, Routing

BFD_DETECTS = 1.0


def shows(
    tunnel: TunnelStatus, broken: Collection[Broken], *, notices: bool, withdrawn: bool
) -> bool:
    """Whether both ends of a tunnel show what has happened to it.

    ``withdrawn`` says that the customer's end has seen its LAN go.
    """
    silent = [one for one in broken if one.fault is Fault.NO_ROUTES]
    broken = [one for one in broken if one.fault not in ROUTING_ONLY]
    if not broken:
        if withdrawn:
            return tunnel.usable and not (tunnel.gateway.session and tunnel.gateway.session.routes)
        return tunnel.usable and (tunnel.heard if not silent else not _hears(tunnel))
    if not notices and all(one.fault is Fault.ESP for one in broken):
        return True
    return all(_is_down(end) for end in (tunnel.gateway, tunnel.customer))


def _hears(tunnel: TunnelStatus) -> bool:
    """Whether an end of a tunnel's session still uses what it hears."""
    return any(end.session and end.session.routes for end in (tunnel.gateway, tunnel.customer))


def _is_down(end: EndStatus) -> bool:
    if end.session is None:
        return end.usable is False
    return end.session.state != "Established"


def detection(connection: Connection) -> float:
    """Seconds after which both ends of a connection's tunnel know that it is dead, about."""
    if connection.routing is Routing.STATIC:
        return max(
            (tunnel.dpd.delay + tunnel.dpd.timeout).total_seconds() for tunnel in connection.tunnels
        )
    if connection.bgp.bfd is None:
        return connection.bgp.hold.total_seconds()
    return BFD_DETECTS
