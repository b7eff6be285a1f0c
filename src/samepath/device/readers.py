"""The readers of all platforms, and which of them a text is for.

A further platform is a folder with a reader, and a line in :data:`READERS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib import import_module
from typing import Protocol, cast

from samepath.device.reading.configuration import DeviceConfiguration
from samepath.device.reading.source import Source
from samepath.device.reading.support import Ledger, Support
from samepath.model.topology import Platform

LARGEST = 64 << 20
"""Bytes of a configuration, at most: some hundred times what a large router has."""
LEAST_LIKENESS = 4
"""A text with fewer traces of a platform is not taken for its configuration."""


_NOT_READ = {
    "a Cisco ASA": re.compile(
        r"^[ \t]*nameif \S|^(?:: Saved|ASA Version |tunnel-group \S|access-list \S+ extended )",
        re.MULTILINE,
    ),
    "PAN-OS": re.compile(
        r"<entry name=|^set (?:deviceconfig|network virtual-router) ", re.MULTILINE
    ),
    "RouterOS": re.compile(r"^/(?:interface|ip|routing|system)\b", re.MULTILINE),
}
"""Whose configurations are known by sight, and have no reader."""


class UnknownPlatform(ValueError):
    """Nobody said whose configuration a text is, and it does not tell; the text says what to do."""


class Loaded(Protocol):
    """A platform's module that reads. ``likeness`` sums the traces of the platform in a text."""

    def likeness(self, text: str) -> int: ...

    def read(self, sources: Iterable[Source]) -> DeviceConfiguration: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """A platform, and where its reader is: a module of :mod:`samepath.device`."""

    platform: Platform
    title: str
    module: str
    takes_strongswan: bool = False
    """Whether it is a daemon of a machine whose IPsec is strongSwan's, whose files stand beside,
    with those of systemd-networkd for the interfaces."""

    def load(self) -> Loaded:
        """Its reader, whose tables of commands take their time to make: who needs none waits not."""
        return cast("Loaded", import_module(f"samepath.device.{self.module}"))


READERS: tuple[Reader, ...] = (
    Reader(platform=Platform.FRR, title="FRR", module="frr.reading.reader", takes_strongswan=True),
    Reader(
        platform=Platform.QUAGGA, title="Quagga", module="frr.reading.quagga", takes_strongswan=True
    ),
    Reader(platform=Platform.CISCO_IOS, title="Cisco IOS", module="cisco_ios.reader"),
    Reader(platform=Platform.FORTIOS, title="FortiOS", module="fortios.reader"),
    Reader(platform=Platform.JUNOS, title="Junos", module="junos.reader"),
    Reader(
        platform=Platform.BIRD, title="BIRD", module="bird.reading.reader", takes_strongswan=True
    ),
    Reader(platform=Platform.VYOS, title="VyOS", module="vyos.reader"),
)


def platforms() -> tuple[Platform, ...]:
    """The platforms that are read."""
    return tuple(reader.platform for reader in READERS)


def detect(sources: Iterable[Source]) -> Platform:
    """Whose configuration these files of one device are. Raises :class:`UnknownPlatform`."""
    files = list(sources)
    texts = [one.text for one in files]
    found = sorted(
        ((sum(map(reader.load().likeness, texts)), reader) for reader in READERS),
        key=lambda one: one[0],
        reverse=True,
    )
    (most, best), (next_most, _next) = found[:2]
    names = ", ".join(one.name for one in files)
    known = ", ".join(sorted(platform.value for platform in platforms()))
    for other, trace in _NOT_READ.items():
        if any(trace.search(one.text) for one in files):
            raise UnknownPlatform(f"{names}: it is of {other}, which is not read; {known} are")
    if most < LEAST_LIKENESS or most == next_most:
        raise UnknownPlatform(
            f"{names}: it does not tell whose configuration it is; say it with --platform ({known})"
        )
    return best.platform


def read(sources: Sequence[Source], platform: Platform | None = None) -> DeviceConfiguration:
    """The configuration of one device, out of its files.

    Raises :class:`UnknownPlatform` where nobody says whose it is and it does not tell, or where
    the platform is none of those that are read.
    """
    others = without_tunnels(sources)
    beside = [one for one in sources if one not in others]
    wanted = detect(others or sources) if platform is None else platform
    for reader in READERS:
        if reader.platform is wanted and reader.takes_strongswan and beside:
            return _with_tunnels(reader.load().read(others), beside)
        if reader.platform is wanted:
            return reader.load().read(sources)
    known = ", ".join(sorted(each.value for each in platforms()))
    raise UnknownPlatform(f"configurations of {wanted.value} are not read yet; known here: {known}")


def without_tunnels(sources: Iterable[Source]) -> list[Source]:
    """The files of a daemon that routes, without those of strongSwan and networkd beside it."""
    from samepath.device.networkd import reader as networkd  # noqa: PLC0415 - see Reader.load
    from samepath.device.strongswan import reader as strongswan  # noqa: PLC0415 - see Reader.load

    return [
        one
        for one in sources
        if not strongswan.is_ours(one.text) and not networkd.is_ours(one.text)
    ]


def _with_tunnels(found: DeviceConfiguration, beside: Sequence[Source]) -> DeviceConfiguration:
    """A device that routes by one daemon, with the tunnels and interfaces of others' files."""
    from samepath.device.networkd import reader as networkd  # noqa: PLC0415 - see Reader.load
    from samepath.device.strongswan import reader as strongswan  # noqa: PLC0415 - see Reader.load

    ledger = Ledger()
    links = networkd.read((one for one in beside if networkd.is_ours(one.text)), ledger)
    of_ipsec = [one for one in beside if not networkd.is_ours(one.text)]
    tunnels = networkd.bound(strongswan.read(of_ipsec, ledger), links)
    support = ledger.close()
    joined = Support(
        remarks=(*found.support.remarks, *support.remarks),
        outside=found.support.outside + support.outside,
    )
    return replace(
        found,
        interfaces=(*found.interfaces, *networkd.interfaces(links)),
        tunnels=(*found.tunnels, *tunnels),
        support=joined,
    )


def title(platform: Platform) -> str:
    """What a platform that is read is called."""
    return next(reader.title for reader in READERS if reader.platform is platform)
