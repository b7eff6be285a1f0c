"""A change of a device's configuration: what is typed, and what takes it back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from samepath.device.reading.configuration import Bgp, DeviceConfiguration, Neighbour
from samepath.device.reading.source import Source
from samepath.model.change import Direction
from samepath.model.policy import Policy


class NotWritable(ValueError):
    """A change that a writer has no lines for; the text says why, and what to do instead."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """What one direction of a neighbour's policy is to be.

    ``configuration`` and ``sources`` are the device as it is; ``bgp`` and ``neighbour`` are of it.
    ``after`` is complete: whatever is not in it goes.
    """

    configuration: DeviceConfiguration
    sources: tuple[Source, ...]
    bgp: Bgp
    neighbour: Neighbour
    direction: Direction
    after: Policy


@dataclass(frozen=True, kw_only=True, slots=True)
class Patch:
    """Lines for one edit, each list in the order of typing.

    ``lines`` are typed in the mode in which the device is configured, without the command that
    gets there; ``reverts`` take them back in the same way. ``resets`` are typed after either, in
    the mode in which the device is asked: they make the change take effect, and close no session.
    """

    lines: tuple[str, ...]
    reverts: tuple[str, ...]
    resets: tuple[str, ...]


def typed(sources: Sequence[Source], lines: Sequence[str]) -> tuple[Source, ...]:
    """A configuration into which lines were typed: they come after all that is there.

    True of every platform whose configuration is a list of commands.
    """
    *others, last = sources
    before = last.text if last.text.endswith("\n") or not last.text else last.text + "\n"
    return (*others, Source(name=last.name, text=before + "".join(f"{one}\n" for one in lines)))
