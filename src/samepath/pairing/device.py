"""A device as somebody names it: a name, its files, and what these say."""

from __future__ import annotations

from dataclasses import dataclass

from samepath.device.reading.configuration import Bgp, DeviceConfiguration, Neighbour
from samepath.device.reading.source import Place, Source
from samepath.device.reading.support import Part, Remark


class CannotPair(ValueError):
    """Devices and a VPN that do not go together; the text says why, and what to do."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """A device: what it is called here, the files that were read, and what they say."""

    name: str
    sources: tuple[Source, ...]
    configuration: DeviceConfiguration

    @property
    def files(self) -> tuple[str, ...]:
        """The names of its files."""
        return tuple(one.name for one in self.sources)

    def neighbours(self) -> tuple[tuple[Bgp, Neighbour], ...]:
        """Every BGP neighbour with its speaker."""
        return tuple(
            (bgp, neighbour) for bgp in self.configuration.bgps for neighbour in bgp.neighbours
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Doubt:
    """Something of a device that may change the verdict, and of which nobody can say how.

    ``text`` is the line as it may be shown; empty where no single line says it. ``parts`` are what
    it could change.
    """

    device: str
    place: Place | None
    text: str
    reason: str
    parts: frozenset[Part]

    @property
    def concerns_ways(self) -> bool:
        """Whether it could change which way packets take, or whether they arrive."""
        return bool(self.parts & {Part.TO_AWS, Part.FROM_AWS, Part.DROPS})


def doubt_of(device: str, remark: Remark) -> Doubt:
    """A line that a reader did not understand."""
    return Doubt(
        device=device,
        place=remark.place,
        text=remark.text,
        reason=remark.reason,
        parts=remark.mark.parts,
    )
