"""The demonstration: what a two-tunnel VPN does when a tunnel dies and comes back.

The story is data (:data:`STORY`), told step by step by :func:`tell`, which acts, waits until the
tunnels have settled, and measures with the probe. What it reports is counted from packets: the
tunnel of each direction from counters behind the tunnels, the loss from sequence numbers.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.probe import DirectionReport, ProbePair, Run
from samepath.lab.status import Counters, StatusReader
from samepath.model.topology import Host

RATE = 500
"""Probe packets a second, each way."""
SIZES = (64, 1200)
SETTLE_WITHIN = 60.0
STEADY = 2.0
"""Seconds of traffic that each step is watched for after it has settled."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """One step of the story: what happens, what it means, and which tunnel is to carry on."""

    mark: str
    happens: str
    means: str
    fault: bool | None
    """True: cut the active tunnel; False: heal it; None: leave things alone."""
    expected: int
    """Tunnel number that both directions are to take afterwards; 0 stands for the active one."""
    lossless: bool
    """Whether no packet may be lost in it."""


STORY = (
    Act(
        mark="normal",
        happens="both tunnels are up",
        means="the active tunnel carries both directions, the other one waits",
        fault=None,
        expected=0,
        lossless=True,
    ),
    Act(
        mark="failover",
        happens="every packet of the active tunnel's outside path vanishes, silently",
        means="BFD misses three packets on each end; both ends move to the other tunnel",
        fault=True,
        expected=1,
        lossless=False,
    ),
    Act(
        mark="failback",
        happens="the outside path is whole again",
        means="BFD and BGP come back; both ends return to the active tunnel without a loss",
        fault=False,
        expected=0,
        lossless=True,
    ),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Direction:
    """What one direction went through in one act."""

    tunnel: int | None
    """The tunnel at the end of the act; None when packets used more than one, or none."""
    report: DirectionReport


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """One act as it was measured."""

    act: Act
    seconds: float
    to_site: Direction
    to_vpc: Direction
    expected: int

    @property
    def directions(self) -> tuple[tuple[str, Direction], ...]:
        """Both directions, each with its name for people."""
        return (("VPC -> site", self.to_site), ("site -> VPC", self.to_vpc))

    @property
    def findings(self) -> tuple[str, ...]:
        """What was not as the story says.

        Nothing is said of losses where the machine has spoilt the measurement; the tunnel is
        counted all the same.
        """
        return tuple(
            f"{self.act.mark}, {name}: {what}"
            for name, direction in self.directions
            for what in self._amiss(direction)
        )

    def _amiss(self, direction: Direction) -> Iterator[str]:
        if direction.tunnel != self.expected:
            seen = "no single tunnel" if direction.tunnel is None else f"tunnel {direction.tunnel}"
            yield f"packets came out of {seen}, not of tunnel {self.expected}"
        report = direction.report
        if self.act.lossless and report.valid and report.lost:
            yield f"{report.lost} of {report.sent} packets were lost, and none may be"

    @property
    def as_told(self) -> bool:
        """Whether both directions did what the story says."""
        return not self.findings


class NotSettled(RuntimeError):
    """The traffic did not reach the tunnel that it was to take in time."""


def tell(
    lab: Lab, begin: Callable[[Act, int], None], pause: Callable[[float], None]
) -> Iterator[Scene]:
    """Play the story on a running lab; yields each scene after the whole was measured.

    ``begin`` is called before each act with the tunnel that it should end on.
    """
    connection = next(iter(lab.topology.connections.values()))
    active = connection.active
    other = 3 - active
    element = f"{connection.name}/tunnel{active}"
    vpc_host, site_host = _ends(lab)
    reader = StatusReader(lab)
    scenes: list[tuple[Act, int, float, dict[str, int | None]]] = []
    with ProbePair(
        a=lab.host(vpc_host.name),
        b=lab.host(site_host.name),
        rate=RATE,
        sizes=SIZES,
    ) as pair:
        pair.wait_flowing(10.0)
        for act in STORY:
            expected = other if act.expected else active
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
            moved = _moved(before, reader.counters())
            scenes.append((act, expected, time.monotonic() - started, moved))
        pair.mark("end")
        report = pair.finish()
    yield from _scenes(scenes, report)


def _ends(lab: Lab) -> tuple[Host, Host]:
    """A host on each side."""
    vpc = next(iter(lab.topology.vpcs.values()))
    site = next(iter(lab.topology.sites.values()))
    return next(iter(vpc.hosts.values())), next(iter(site.hosts.values()))


def _settle(
    reader: StatusReader, connection: str, expected: int, pause: Callable[[float], None]
) -> None:
    """Wait until both directions come out of the expected tunnel, and of no other."""
    deadline = time.monotonic() + SETTLE_WITHIN
    while time.monotonic() < deadline:
        before = reader.counters()
        pause(0.3)
        if set(_moved(before, reader.counters()).values()) == {expected}:
            return
    raise NotSettled(
        f"traffic did not move to {connection}/tunnel{expected} within {SETTLE_WITHIN:.0f} s"
    )


def _moved(before: Counters, after: Counters) -> dict[str, int | None]:
    """For each direction the one tunnel that packets came out of; None for several or none."""
    found: dict[str, int | None] = {}
    for way in ("to-site", "to-vpc"):
        used = [
            number
            for (name, number, direction), packets in after.items()
            if direction == way and packets > before.get((name, number, direction), 0)
        ]
        found[way] = used[0] if len(used) == 1 else None
    return found


def _scenes(
    scenes: list[tuple[Act, int, float, dict[str, int | None]]], report: Run
) -> Iterator[Scene]:
    marks = [act.mark for act, *_ in scenes] + ["end"]
    for (act, expected, seconds, moved), following in zip(scenes, marks[1:], strict=True):
        window = report.between(act.mark, following)
        yield Scene(
            act=act,
            seconds=seconds,
            expected=expected,
            to_site=Direction(tunnel=moved["to-site"], report=window.a_to_b),
            to_vpc=Direction(tunnel=moved["to-vpc"], report=window.b_to_a),
        )
