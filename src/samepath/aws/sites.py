"""Which customer gateways are the devices of one site: a guess, since no description tells.

Two that have one AS number at one gateway are taken for two devices of one site: a gateway passes no
route of one to the other, which sites of their own would want. Three and more are taken for sites
that nobody gave a number of its own. With static routes it is what they lead to that tells.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

DEVICES = 2
"""Customer gateways of one AS number at one gateway that are taken for one site."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Device:
    """What tells of a customer gateway where it is: by BGP, and by the static routes to it."""

    name: str
    speaks: frozenset[tuple[str, int]]
    """The gateways that it speaks BGP with, each with its own AS number there."""
    routes: Mapping[str, frozenset[IPv4Network]]
    """The static routes to it, by gateway."""


def sites(devices: Iterable[Device]) -> tuple[tuple[str, ...], ...]:
    """The names of the devices of each site, in their order."""
    devices = tuple(devices)
    speakers = Counter(session for device in devices for session in device.speaks)
    groups: list[list[Device]] = []
    for device in devices:
        mine = [group for group in groups if any(_together(one, device, speakers) for one in group)]
        merged = [one for group in mine for one in group]
        groups = [group for group in groups if group not in mine]
        groups.append([*merged, device])
    order = {device.name: position for position, device in enumerate(devices)}
    named = [tuple(sorted((one.name for one in group), key=order.__getitem__)) for group in groups]
    return tuple(sorted(named, key=lambda names: order[names[0]]))


def _together(one: Device, other: Device, speakers: Counter[tuple[str, int]]) -> bool:
    if any(speakers[session] == DEVICES for session in one.speaks & other.speaks):
        return True
    return any(
        network.overlaps(another)
        for gateway in one.routes.keys() & other.routes.keys()
        for network in one.routes[gateway]
        for another in other.routes[gateway]
    )
