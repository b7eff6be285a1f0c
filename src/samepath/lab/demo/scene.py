"""A step of the demonstration: what happens in it, what it means, and what packets did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from samepath.lab.probe import DirectionReport
from samepath.lab.status import Counters
from samepath.model.topology import Host, Topology

RATE = 500
"""Probe packets a second, each way."""
SIZES = (64, 1200)
STEADY = 2.0
"""Seconds of traffic that each step is watched for after it has settled."""


class NotSettled(RuntimeError):
    """The traffic did not reach the tunnel that it was to take in time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Act:
    """One step of the story: what happens, and what it means."""

    mark: str
    happens: str
    means: str
    fault: bool | None = None
    """True: cut the active tunnel; False: heal it; None: leave things alone."""
    lossless: bool
    """Whether no packet may be lost in it; else some have to be."""
    connects: bool | None = None
    """Whether new TCP connections open; None where none is tried."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Direction:
    """What one direction went through in one act."""

    tunnel: int | None
    """The tunnel at the end of the act; None when packets used more than one, or none."""
    expected: int
    report: DirectionReport
    counted: bool = True
    """Whether packets came out of the tunnel; else it is the one that they are routed into."""
    connects: bool | None = None
    """Whether a TCP connection opened that was begun by the sender of this direction."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scene:
    """One act as it was measured."""

    act: Act
    seconds: float
    to_site: Direction
    to_vpc: Direction

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
        return (
            *(
                f"{self.act.mark}, {name}: {what}"
                for name, direction in self.directions
                for what in self._amiss(direction)
            ),
            *self._nothing_lost(),
        )

    def _amiss(self, direction: Direction) -> Iterator[str]:
        if direction.tunnel != direction.expected:
            seen = "no single tunnel" if direction.tunnel is None else f"tunnel {direction.tunnel}"
            yield f"packets came out of {seen}, not of tunnel {direction.expected}"
        report = direction.report
        if self.act.lossless and report.valid and report.lost:
            yield f"{report.lost} of {report.sent} packets were lost, and none may be"
        if direction.connects is not self.act.connects:
            opens = "opened" if direction.connects else "did not open"
            yield f"a new TCP connection {opens}"

    def _nothing_lost(self) -> Iterator[str]:
        reports = [direction.report for _, direction in self.directions]
        if not self.act.lossless and not any(one.lost or not one.valid for one in reports):
            yield f"{self.act.mark}: no packet was lost, and some have to be"

    @property
    def as_told(self) -> bool:
        """Whether both directions did what the story says."""
        return not self.findings


def ends(topology: Topology) -> tuple[Host, Host]:
    """A host on each side."""
    vpc = next(iter(topology.vpcs.values()))
    site = next(iter(topology.sites.values()))
    return next(iter(vpc.hosts.values())), next(iter(site.hosts.values()))


def came_by(before: Counters, after: Counters) -> Mapping[str, frozenset[int]]:
    """For each direction the tunnels that packets came out of between two readings."""
    return {
        way: frozenset(
            number
            for (name, number, direction), packets in after.items()
            if direction == way and packets > before.get((name, number, direction), 0)
        )
        for way in ("to-site", "to-vpc")
    }


def only(tunnels: frozenset[int]) -> int | None:
    """The one tunnel; None for several or none."""
    return next(iter(tunnels)) if len(tunnels) == 1 else None
