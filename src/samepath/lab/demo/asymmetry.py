"""The second part: both tunnels are up, and connections hang; and the same after the repair.

Each end prefers a tunnel of its own, and the site's firewall binds a session to an interface. The
repaired file is what ``samepath fix`` makes of it, and the two labs are measured alike.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from samepath.lab.demo.scene import (
    RATE,
    SIZES,
    STEADY,
    Act,
    Direction,
    NotSettled,
    Scene,
    came_by,
    ends,
    only,
)
from samepath.lab.lab import Lab
from samepath.lab.probe import Answer, Flow, FlowPair, ProbePair
from samepath.lab.status import StatusReader
from samepath.model.elements import tunnel_called
from samepath.model.topology import Topology
from samepath.routing.compile import tunnel_of
from samepath.routing.evaluator import analyse
from samepath.routing.states import ALL_UP

DROP = Act(
    mark="asymmetric",
    happens="both tunnels are up, and each end prefers another one",
    means="the firewall drops what belongs to a session of the other interface",
    lossless=False,
    connects=False,
)
CURED = Act(
    mark="repaired",
    happens="the repaired file is built, and the same traffic sent",
    means="both directions share a tunnel, and the firewall sees whole sessions",
    lossless=True,
    connects=True,
)
SETTLE_WITHIN = 15.0
OPENS_WITHIN = 2.0
"""Seconds that a connection has to open; it would ask again after one, and after three."""
_CONNECTIONS = {"to-site": Flow("a", "tcp", "demo"), "to-vpc": Flow("b", "tcp", "demo")}


def predicted(topology: Topology) -> tuple[int, int]:
    """The tunnels to the site and to the VPC with all up, as ``samepath check`` says."""
    (row,) = analyse(topology, [ALL_UP])
    to_site, to_vpc = (
        tunnel_called(topology, tunnel_of(way))[1].number
        for way in row.outcomes[0].result.ways.tunnels
        if way is not None
    )
    return to_site, to_vpc


def look(
    lab: Lab,
    act: Act,
    expected: tuple[int, int],
    meanwhile: Callable[[], None],
    pause: Callable[[float], None],
) -> Scene:
    """Let numbered packets flow and connections be opened, both ways, and say what came of them.

    ``expected`` are the tunnels to the site and to the VPC: nothing is sent before the routes lead
    into them. ``meanwhile`` is called at the end, while packets still flow.
    Raises :class:`~samepath.lab.demo.scene.NotSettled`.
    """
    reader = StatusReader(lab)
    _settle(reader, expected, pause)
    vpc, site = (lab.host(host.name) for host in ends(lab.topology))
    started = time.monotonic()
    with (
        ProbePair(a=vpc, b=site, rate=RATE, sizes=SIZES) as pair,
        FlowPair(a=vpc, b=site) as flows,
    ):
        pause(0.5)  # So that the stations have begun.
        pair.mark("begin")
        before = reader.counters()
        answers = flows.open(_CONNECTIONS.values(), OPENS_WITHIN)
        pause(max(0.0, started + STEADY - time.monotonic()))
        used = came_by(before, reader.counters())
        pair.mark("end")
        seconds = time.monotonic() - started
        meanwhile()
        window = pair.finish().between("begin", "end")
    to_site, to_vpc = (
        Direction(
            tunnel=only(used[way] or frozenset({leads})),
            counted=bool(used[way]),
            expected=leads,
            report=report,
            connects=answers[_CONNECTIONS[way]] is Answer.ANSWERED,
        )
        for way, report, leads in (
            ("to-site", window.a_to_b, expected[0]),
            ("to-vpc", window.b_to_a, expected[1]),
        )
    )
    return Scene(act=act, seconds=seconds, to_site=to_site, to_vpc=to_vpc)


def _settle(
    reader: StatusReader, expected: tuple[int, int], pause: Callable[[float], None]
) -> None:
    """Wait until each direction is routed into the expected tunnel."""
    vpc = next(iter(reader.lab.topology.vpcs))
    deadline = time.monotonic() + SETTLE_WITHIN
    while time.monotonic() < deadline:
        routed = {
            way.source == vpc: way.routed and way.routed[1]
            for way in reader.directions(reader.lab.topology.connections)
        }
        if (routed.get(True), routed.get(False)) == expected:
            return
        pause(0.2)
    raise NotSettled(
        f"packets to the site do not take tunnel {expected[0]}, and those to the VPC tunnel "
        f"{expected[1]}, within {SETTLE_WITHIN:.0f} s"
    )
