"""A patch on trial: its lines are read again before anybody gets them.

A writer may know several ways to make an edit, and not which of them a configuration bears. It
orders them by their cost, and the first that reads as what was meant, and whose revert reads as
what was there, is the patch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from ipaddress import IPv4Network

from samepath.device.readers import read
from samepath.device.reading.configuration import DeviceConfiguration
from samepath.device.reading.source import Source
from samepath.device.writing.patch import Edit, NotWritable, Patch
from samepath.model.change import Direction
from samepath.model.policy import Policy
from samepath.model.policy_form import normal

After = Callable[[Sequence[Source], Sequence[str]], tuple[Source, ...]]
Key = tuple[str | None, str, Direction]


def first_that_holds(edit: Edit, patches: Iterable[Patch], after: After, otherwise: str) -> Patch:
    """The first patch that does what is meant, and nothing else, and can be taken back.

    Raises :class:`NotWritable` with the text ``otherwise``.
    """
    platform = edit.configuration.platform
    for one in patches:
        sources = after(edit.sources, one.lines)
        if not is_meant(edit, read(sources, platform)):
            continue
        if does(read(after(sources, one.reverts), platform)) == does(edit.configuration):
            return one
    raise NotWritable(otherwise)


def is_meant(edit: Edit, then: DeviceConfiguration) -> bool:
    """Whether a device differs from what it was in the policy of an edit, and in nothing else."""
    key = (edit.bgp.vrf, str(edit.neighbour.address), edit.direction)
    wanted, found = policies(edit.configuration), policies(then)
    if key not in found:
        return False
    del wanted[key]
    is_there = found.pop(key)
    doubts = len(edit.configuration.support.doubts())
    return (
        (is_there or normal(Policy())) == normal(edit.after)
        and found == wanted
        and _beside(then) == _beside(edit.configuration)
        and _networks(then) <= _networks(edit.configuration)
        and len(then.support.doubts()) <= doubts
    )


def does(device: DeviceConfiguration) -> object:
    """What a device does with routes, whatever lines say so."""
    return policies(device), _beside(device), _networks(device), len(device.support.doubts())


def policies(device: DeviceConfiguration) -> dict[Key, Policy | None]:
    """Every session's policies in normal form; None: it has none."""
    return {
        (bgp.vrf, str(one.address), direction): None if found is None else normal(found.policy)
        for bgp in device.bgps
        for one in bgp.neighbours
        for direction in Direction
        for found in (one.applied(direction),)
    }


def _beside(device: DeviceConfiguration) -> object:
    """What a device does that no policy of a session changes."""
    return [
        (bgp.vrf, bgp.asn.value, [one.source for one in bgp.redistributions]) for bgp in device.bgps
    ]


def _networks(device: DeviceConfiguration) -> set[tuple[str | None, IPv4Network]]:
    """What a device announces by itself; on some platforms a policy that lets less pass has less."""
    return {(bgp.vrf, one.prefix) for bgp in device.bgps for one in bgp.networks}
