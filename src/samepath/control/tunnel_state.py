"""Which tunnels may carry traffic, and which one is the active one: decided from what was seen.

Two decisions that no intent can hold, because they follow what happens:

* A **static** route stands only while its end of the tunnel can carry traffic: its CHILD_SA is
  installed (dead peer detection takes it away), and, where asked, the far inside address answers.
* With **manual** preemption the traffic stays where a failover has brought it: the tunnel that
  took over becomes the active one, and remains it.

Each end of a static tunnel decides by what itself sees, as two machines far apart would.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from samepath.control.situation import Side, TunnelEnd
from samepath.model.topology import Connection, Preemption, Routing, Topology

HOLD = 2.0
"""Seconds for which a returning tunnel must have been up before it takes traffic from another one.

The two ends install a CHILD_SA some milliseconds apart. An end that sent into it at once would be
ahead of the other; two seconds are far more than that, and cost nothing, since the other tunnel
carries the traffic meanwhile."""


SAME = 0.5
"""Seconds by which two looks may differ on when one session was established.

What BIRD prints of one moment differs by milliseconds, on a busy machine, from answer to answer
(lab note 0009). A session takes longer than this to end and to come up again: a BIRD of ours
waits a second before it connects anew."""


@dataclass(frozen=True, kw_only=True, slots=True)
class EndReport:
    """What was seen of one end of a tunnel just now."""

    end: TunnelEnd
    child_age: float | None
    """Seconds since the oldest CHILD_SA that carries traffic was installed; None: there is none."""
    established: float | None
    """When the BGP session was established, in seconds of the machine's monotonic clock; None: it
    is not."""
    inside_answers: bool | None
    """Whether the far inside address answers; None where it is not asked, or not known yet."""


def watched(connection: Connection) -> bool:
    """Whether anything of this connection is decided from what its tunnels do."""
    return connection.routing is Routing.STATIC or connection.preemption is Preemption.MANUAL


def usable_ends(
    topology: Topology, reports: Iterable[EndReport], before: frozenset[TunnelEnd]
) -> frozenset[TunnelEnd]:
    """The ends into which static routes may point, where ``before`` were those until now."""
    seen = {report.end: report for report in reports}
    carrying = {
        end: report for end, report in seen.items() if _carries(topology, report, end in before)
    }
    return frozenset(
        end
        for end, report in carrying.items()
        if end in before
        or (report.child_age or 0.0) >= HOLD
        or not any(other in before for other in carrying if _same_choice(other, end))
    )


def _carries(topology: Topology, report: EndReport, usable: bool) -> bool:  # noqa: FBT001 - one caller
    connection = topology.connections[report.end.connection]
    if connection.routing is not Routing.STATIC or report.child_age is None:
        return False
    if not connection.probe_inside:
        return True
    # Until the probe has made up its mind, things stay as they are.
    return usable if report.inside_answers is None else report.inside_answers


def _same_choice(one: TunnelEnd, other: TunnelEnd) -> bool:
    """Whether one router chooses between the two ends."""
    return (one.connection, one.side) == (other.connection, other.side)


def active_tunnels(
    topology: Topology,
    reports: Iterable[EndReport],
    usable: frozenset[TunnelEnd],
    before: Mapping[str, int],
    proven: frozenset[tuple[str, int]],
    sessions: Mapping[TunnelEnd, float],
) -> dict[str, int]:
    """The stored choice of active tunnels after what was seen; ``before`` is the one until now.

    Only a connection with manual preemption moves by itself, and only away from a tunnel that
    cannot carry traffic *any more*, to one that can: while a VPN comes up, the first tunnel to be
    up is no failover. ``proven`` are the tunnels that have been able to carry traffic.

    A tunnel of which nothing was seen is not known to be down.

    An outage may be over before anybody has looked. ``sessions`` are those of the last look: an
    active tunnel with other sessions now was down in between, and a tunnel that was not has taken
    over.
    """
    reports = tuple(reports)
    able_now = able_tunnels(topology, reports, usable)
    stood = able_now - _restarted(reports, sessions)
    after = dict(before)
    for connection in topology.connections.values():
        if connection.preemption is not Preemption.MANUAL:
            continue
        active = before.get(connection.name, connection.active)
        key = (connection.name, active)
        others = stood if key in able_now else able_now
        able = sorted(number for name, number in others if name == connection.name)
        seen = any((one.end.connection, one.end.number) == key for one in reports)
        if able and active not in able and key in proven and seen:
            after[connection.name] = able[0]
    return after


def sessions_after(
    reports: Iterable[EndReport], before: Mapping[TunnelEnd, float]
) -> dict[TunnelEnd, float]:
    """When each end's session was established, or the one that was seen last."""
    seen = {
        report.end: report.established
        for report in reports
        if report.established is not None and not _is_known(report.end, report.established, before)
    }
    return {**before, **seen}


def _is_known(end: TunnelEnd, established: float, sessions: Mapping[TunnelEnd, float]) -> bool:
    """Whether a session is the one of the last look."""
    return end in sessions and abs(established - sessions[end]) < SAME


def _restarted(
    reports: Iterable[EndReport], sessions: Mapping[TunnelEnd, float]
) -> frozenset[tuple[str, int]]:
    """The tunnels with a session that is established, and not the one of the last look."""
    return frozenset(
        (report.end.connection, report.end.number)
        for report in reports
        if report.established is not None
        and report.end in sessions
        and not _is_known(report.end, report.established, sessions)
    )


def able_tunnels(
    topology: Topology, reports: Iterable[EndReport], usable: frozenset[TunnelEnd]
) -> frozenset[tuple[str, int]]:
    """The tunnels (connection, number) of manual connections that can carry traffic now."""
    reports = tuple(reports)
    return frozenset(
        (connection.name, tunnel.number)
        for connection in topology.connections.values()
        if connection.preemption is Preemption.MANUAL
        for tunnel in connection.tunnels
        if _able(connection, tunnel.number, reports, usable)
    )


def _able(
    connection: Connection,
    number: int,
    reports: Iterable[EndReport],
    usable: frozenset[TunnelEnd],
) -> bool:
    """Whether every end that was seen of a tunnel can carry traffic."""
    ends = [
        report
        for report in reports
        if (report.end.connection, report.end.number) == (connection.name, number)
    ]
    if connection.routing is Routing.STATIC:
        return bool(ends) and all(report.end in usable for report in ends)
    return bool(ends) and all(report.established is not None for report in ends)


def ends_of(topology: Topology) -> tuple[TunnelEnd, ...]:
    """Both ends of every tunnel of which something is decided here."""
    return tuple(
        TunnelEnd.of(connection.name, tunnel.number, side)
        for connection in topology.connections.values()
        if watched(connection)
        for tunnel in connection.tunnels
        for side in Side
    )
