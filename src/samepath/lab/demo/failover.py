"""The first part: the active tunnel dies and comes back, and the other one carries on meanwhile.

The story is data (:data:`STORY`), told step by step by :func:`tell`, which acts, waits until the
tunnels have settled, and measures with the probe. The tunnel of each direction is counted behind
the tunnels, the loss from sequence numbers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

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
from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.probe import ProbePair, Run
from samepath.lab.status import StatusReader

SETTLE_WITHIN = 60.0

STORY = (
    Act(
        mark="normal",
        happens="both tunnels are up",
        means="the active tunnel carries both directions, the other one waits",
        lossless=True,
    ),
    Act(
        mark="failover",
        happens="every packet of the active tunnel's outside path vanishes, silently",
        means="BFD misses three packets on each end; both ends move to the other tunnel",
        fault=True,
        lossless=False,
    ),
    Act(
        mark="failback",
        happens="the outside path is whole again",
        means="BFD and BGP come back; both ends return to the active tunnel without a loss",
        fault=False,
        lossless=True,
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Played:
    """An act that is over, of which only the loss is still to be counted."""

    act: Act
    expected: int
    seconds: float
    tunnels: Mapping[str, frozenset[int]]


def tell(
    lab: Lab, begin: Callable[[Act, int], None], pause: Callable[[float], None]
) -> Iterator[Scene]:
    """Play the story on a running lab; yields each scene after the whole was measured.

    ``begin`` is called before each act with the tunnel that it should end on.
    """
    connection = next(iter(lab.topology.connections.values()))
    active = connection.active
    element = f"{connection.name}/tunnel{active}"
    vpc_host, site_host = ends(lab.topology)
    reader = StatusReader(lab)
    played: list[_Played] = []
    with ProbePair(
        a=lab.host(vpc_host.name),
        b=lab.host(site_host.name),
        rate=RATE,
        sizes=SIZES,
    ) as pair:
        pair.wait_flowing(10.0)
        for act in STORY:
            expected = 3 - active if act.fault else active
            begin(act, expected)
            pair.mark(act.mark)
            started = time.monotonic()
            if act.fault:
                lab.break_element(element, Fault.CUT, None)
            elif act.fault is False:
                lab.heal(element)
            _settle(reader, connection.name, expected, pause)
            before = reader.counters()
            pause(STEADY)
            played.append(
                _Played(
                    act=act,
                    expected=expected,
                    seconds=time.monotonic() - started,
                    tunnels=came_by(before, reader.counters()),
                )
            )
        pair.mark("end")
        report = pair.finish()
    yield from _scenes(played, report)


def _settle(
    reader: StatusReader, connection: str, expected: int, pause: Callable[[float], None]
) -> None:
    """Wait until both directions come out of the expected tunnel, and of no other."""
    deadline = time.monotonic() + SETTLE_WITHIN
    while time.monotonic() < deadline:
        before = reader.counters()
        pause(0.3)
        if set(came_by(before, reader.counters()).values()) == {frozenset({expected})}:
            return
    raise NotSettled(
        f"traffic did not move to {connection}/tunnel{expected} within {SETTLE_WITHIN:.0f} s"
    )


def _scenes(played: list[_Played], report: Run) -> Iterator[Scene]:
    marks = [one.act.mark for one in played] + ["end"]
    for one, following in zip(played, marks[1:], strict=True):
        window = report.between(one.act.mark, following)
        to_site, to_vpc = (
            Direction(tunnel=only(one.tunnels[way]), expected=one.expected, report=counted)
            for way, counted in (("to-site", window.a_to_b), ("to-vpc", window.b_to_a))
        )
        yield Scene(act=one.act, seconds=one.seconds, to_site=to_site, to_vpc=to_vpc)
