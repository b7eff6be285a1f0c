"""The devices that ``--device`` names: ``NAME=FILE``, or a file that is called after itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from samepath.cli.files import read_text
from samepath.device.readers import LARGEST, read
from samepath.device.reading.source import Source
from samepath.model.topology import Platform
from samepath.pairing.device import CannotPair, Device

VpnOption = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE_OR_DIR",
        help="What AWS tells of a VPN, in place of a topology file; as `samepath check` takes it.",
    ),
]
"""The option ``--vpn`` of the commands that take it, or a topology file."""
DeviceOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[NAME=]FILE",
        help="The configuration of a device at the customer's end of --vpn.",
    ),
]
"""The option ``--device`` of the same."""
PlatformOption = Annotated[
    list[str] | None,
    typer.Option(
        metavar="[NAME=]PLATFORM",
        help="Whose configuration a device's is, where it does not tell by itself.",
    ),
]
"""The option ``--platform`` of the commands that take devices."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """One ``--device``: a name, whether somebody gave it, and a file."""

    name: str
    given: bool
    file: Path
    platform: Platform | None = None


def named(devices: Iterable[str], platforms: Iterable[str]) -> list[Named]:
    """The devices of the command line. Raises :class:`~samepath.pairing.device.CannotPair`."""
    of_all, of_one = _platforms(platforms)
    found: list[Named] = []
    for word in devices:
        name, equals, file = word.partition("=")
        given = bool(equals) and "/" not in name
        if not (file if given else word):
            raise CannotPair(f"--device {word}: it names no file; NAME=FILE, or FILE alone")
        path = Path(file if given else word)
        called = name if given else path.stem
        found.append(
            Named(name=called, given=given, file=path, platform=of_one.get(called, of_all))
        )
    unknown = of_one.keys() - {one.name for one in found}
    if unknown:
        raise CannotPair(f"--platform: no device is called {', '.join(sorted(unknown))}")
    return found


def _platforms(words: Iterable[str]) -> tuple[Platform | None, dict[str, Platform]]:
    """The platform of every device, and those of some."""
    of_all: Platform | None = None
    of_one: dict[str, Platform] = {}
    for word in words:
        name, equals, value = word.rpartition("=")
        known = {one.value: one for one in Platform}
        if value not in known:
            raise CannotPair(f"--platform {word}: known here: {', '.join(sorted(known))}")
        if equals:
            of_one[name] = known[value]
        else:
            of_all = known[value]
    return of_all, of_one


def read_devices(named: Iterable[Named]) -> list[Device]:
    """The devices, each with all of its files.

    Raises :class:`~samepath.cli.files.CannotRead`,
    :class:`~samepath.device.readers.UnknownPlatform`, and
    :class:`~samepath.pairing.device.CannotPair` where two devices would have one name, or one file.
    """
    by_name: dict[str, list[Named]] = {}
    for one in named:
        by_name.setdefault(one.name, []).append(one)
    _apart(by_name)
    found: list[Device] = []
    for name, files in by_name.items():
        if len(files) > 1 and not all(one.given for one in files):
            raise CannotPair(
                f"two devices would be called {name}: say --device NAME={files[0].file}; files of "
                "one device have one name"
            )
        sources = [
            Source(
                name=str(one.file), text=read_text(one.file, what="configuration", largest=LARGEST)
            )
            for one in files
        ]
        found.append(
            Device(
                name=name,
                sources=tuple(sources),
                configuration=read(sources, files[0].platform),
            )
        )
    return found


def _apart(by_name: Mapping[str, Iterable[Named]]) -> None:
    """Refuse a file that is named twice: no two devices have one, and no device has it twice."""
    taken: dict[Path, str] = {}
    for name, files in by_name.items():
        for one in files:
            file = one.file.absolute()
            if file in taken:
                other = taken[file]
                whose = f"twice of {name}" if other == name else f"of {other} and of {name}"
                raise CannotPair(f"{one.file} is named as a file {whose}: name it once")
            taken[file] = name
