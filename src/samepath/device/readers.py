"""The readers of all platforms, and which of them a text is for.

A further platform is a folder with a reader, and a line in :data:`READERS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from samepath.device.bird.reading import reader as bird
from samepath.device.cisco_ios import reader as cisco_ios
from samepath.device.fortios import reader as fortios
from samepath.device.frr.reading import reader as frr
from samepath.device.junos import reader as junos
from samepath.device.reading.configuration import DeviceConfiguration
from samepath.device.reading.source import Source
from samepath.device.reading.support import Ledger, Support
from samepath.device.strongswan import reader as strongswan
from samepath.device.vyos import reader as vyos
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """A platform's reader. ``likeness`` sums the traces of the platform in a text."""

    platform: Platform
    title: str
    likeness: Callable[[str], int]
    read: Callable[[Iterable[Source]], DeviceConfiguration]
    takes_strongswan: bool = False
    """Whether it is a daemon of a machine whose IPsec is strongSwan's, whose files stand beside."""


def _quagga_likeness(text: str) -> int:
    return frr.likeness(text) + 1 if frr.is_quagga(text) else 0


READERS: tuple[Reader, ...] = (
    Reader(
        platform=Platform.FRR,
        title="FRR",
        likeness=frr.likeness,
        read=frr.read,
        takes_strongswan=True,
    ),
    Reader(
        platform=Platform.QUAGGA,
        title="Quagga",
        likeness=_quagga_likeness,
        read=frr.read_quagga,
        takes_strongswan=True,
    ),
    Reader(
        platform=Platform.CISCO_IOS,
        title="Cisco IOS",
        likeness=cisco_ios.likeness,
        read=cisco_ios.read,
    ),
    Reader(
        platform=Platform.FORTIOS, title="FortiOS", likeness=fortios.likeness, read=fortios.read
    ),
    Reader(platform=Platform.JUNOS, title="Junos", likeness=junos.likeness, read=junos.read),
    Reader(
        platform=Platform.BIRD,
        title="BIRD",
        likeness=bird.likeness,
        read=bird.read,
        takes_strongswan=True,
    ),
    Reader(platform=Platform.VYOS, title="VyOS", likeness=vyos.likeness, read=vyos.read),
)


def platforms() -> tuple[Platform, ...]:
    """The platforms that are read."""
    return tuple(reader.platform for reader in READERS)


def detect(sources: Iterable[Source]) -> Platform:
    """Whose configuration these files of one device are. Raises :class:`UnknownPlatform`."""
    files = list(sources)
    found = sorted(
        ((sum(reader.likeness(one.text) for one in files), reader) for reader in READERS),
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
    of_ipsec = [one for one in sources if strongswan.is_ours(one.text)]
    others = [one for one in sources if one not in of_ipsec]
    wanted = detect(others or sources) if platform is None else platform
    for reader in READERS:
        if reader.platform is wanted and reader.takes_strongswan and of_ipsec:
            return _with_tunnels(reader.read(others), of_ipsec)
        if reader.platform is wanted:
            return reader.read(sources)
    known = ", ".join(sorted(each.value for each in platforms()))
    raise UnknownPlatform(f"configurations of {wanted.value} are not read yet; known here: {known}")


def _with_tunnels(found: DeviceConfiguration, of_ipsec: Sequence[Source]) -> DeviceConfiguration:
    """A device that routes by one daemon, with the tunnels of another one's files."""
    ledger = Ledger()
    tunnels = strongswan.read(of_ipsec, ledger)
    support = ledger.close()
    joined = Support(
        remarks=(*found.support.remarks, *support.remarks),
        outside=found.support.outside + support.outside,
    )
    return replace(found, tunnels=(*found.tunnels, *tunnels), support=joined)


def title(platform: Platform) -> str:
    """What a platform that is read is called."""
    return next(reader.title for reader in READERS if reader.platform is platform)
