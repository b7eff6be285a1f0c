"""What ``samepath check`` judges: topology files, and descriptions of AWS as one more.

Reading stops at no mistake: every mistake of every file is told at once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from samepath.aws.gathering import LARGEST, gather
from samepath.aws.reading import InvalidDescription, Remark
from samepath.aws.topology import understand
from samepath.aws.understood import Understood
from samepath.cli.check.devices import Named, read_devices
from samepath.cli.files import CannotRead, read_text, read_topology
from samepath.device.readers import UnknownPlatform
from samepath.model.problems import InvalidDocument, Place, Problem, at
from samepath.model.topology import Topology
from samepath.pairing.device import CannotPair, Device
from samepath.pairing.insides import assumed_aws
from samepath.pairing.paired import Paired
from samepath.pairing.topology import pair

SUFFIXES = (".json", ".xml", ".tfstate")
"""Files of a folder that are read as descriptions."""
WRITTEN = ".tf"
"""Those that are read where it holds none: a plan or a state tells all that they do."""


class UnusableFiles(ValueError):
    """More than one of the files cannot be used; the text has every mistake of every file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A topology and where it came from; ``understood`` is None where somebody wrote it."""

    file: str
    topology: Topology
    warnings: tuple[Problem, ...]
    places: Mapping[str, Place]
    understood: Understood | None = None
    paired: Paired | None = None
    """Where devices were named: both ends together."""

    @property
    def files(self) -> str:
        """All that it was read from, the devices' files, too."""
        devices = () if self.paired is None else self.paired.devices
        of_devices = (file for one in devices for file in one.device.files)
        return ", ".join(dict.fromkeys((*self.file.split(", "), *of_devices)))


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """An account of AWS that is to be asked; AWS's own settings tell what is None."""

    region: str | None = None
    profile: str | None = None


def read_sources(
    files: Iterable[Path],
    descriptions: Iterable[Path],
    account: Account | None = None,
    named: Iterable[Named] = (),
) -> list[Source]:
    """All of them; the descriptions, and what an account answers, are one, with the devices.

    An account is asked after every file was read, and only if all of them can be used.

    Raises :class:`~samepath.cli.files.CannotRead`,
    :class:`~samepath.model.problems.InvalidDocument`,
    :class:`~samepath.aws.reading.InvalidDescription`,
    :class:`~samepath.device.readers.UnknownPlatform`,
    :class:`~samepath.pairing.device.CannotPair`, and :class:`UnusableFiles` for several;
    :class:`~samepath.drivers.errors.DriverError` where the account does not answer.
    """
    read: list[Source] = []
    refused: list[
        CannotRead | InvalidDocument | InvalidDescription | UnknownPlatform | CannotPair
    ] = []
    for file in files:
        try:
            document = read_topology(file)[1]
        except (CannotRead, InvalidDocument) as error:
            refused.append(error)
            continue
        read.append(
            Source(
                file=str(file),
                topology=document.topology,
                warnings=document.warnings(),
                places=document.places,
            )
        )
    descriptions = list(descriptions)
    devices: list[Device] = []
    try:
        devices = read_devices(named)
    except (CannotRead, UnknownPlatform, CannotPair) as error:
        refused.append(error)
    alone = bool(devices) and not descriptions and account is None
    if descriptions or alone or (account is not None and not refused):
        try:
            described = (
                _alone(devices) if alone else _described(descriptions, None if refused else account)
            )
            read.append(_with_devices(described, devices) if devices else described)
        except (CannotRead, InvalidDescription, CannotPair) as error:
            refused.append(error)
    if len(refused) == 1:
        raise refused[0]
    if refused:
        raise UnusableFiles("\n".join(map(str, refused)))
    return read


def _described(named: Iterable[Path], account: Account | None) -> Source:
    texts = [
        (str(file), read_text(file, what="description of AWS", largest=LARGEST))
        for one in named
        for file in _files(one)
    ]
    names = [*map(str, named)]
    not_allowed: list[Remark] = []
    if account is not None:
        name, text, remarks = _asked(account)
        texts.append((name, text))
        names.append(name)
        not_allowed.extend(remarks)
    understood = understand(gather(texts))
    return Source(
        file=", ".join(names),
        topology=understood.topology,
        warnings=understood.warnings(),
        places=_places(understood) if len(texts) == 1 else {},
        understood=replace(understood, skipped=(*not_allowed, *understood.skipped)),
    )


def _places(understood: Understood) -> dict[str, Place]:
    """Where each connection stands in the only file."""
    return {
        at("connections", one.name): Place(line=one.line, column=1)
        for one in understood.connections
        if one.line is not None
    }


def _alone(devices: list[Device]) -> Source:
    """What devices take AWS's end to be."""
    understood = assumed_aws(devices)
    return Source(
        file=", ".join(file for one in devices for file in one.files),
        topology=understood.topology,
        warnings=(),
        places={},
        understood=understood,
    )


def _with_devices(described: Source, devices: list[Device]) -> Source:
    assert described.understood is not None  # noqa: S101 - it was described
    paired = pair(described.understood, devices)
    return replace(
        described,
        topology=paired.understood.topology,
        understood=paired.understood,
        paired=paired,
    )


def _asked(account: Account) -> tuple[str, str, list[Remark]]:
    """What an account answers: a name for it, the text, and what it was not allowed to tell."""
    from samepath.drivers import ec2  # noqa: PLC0415 - whoever names files needs no client

    found = ec2.describe(ec2.connect(account.region, account.profile))
    name = f"AWS {found.region}"
    remarks = [
        Remark(file=name, problem=Problem(path=action, message="it is not allowed to be asked"))
        for action in found.not_allowed
    ]
    return name, json.dumps(found.answers, default=str), remarks


def _files(named: Path) -> list[Path]:
    """The file itself, or the descriptions in a folder, by their names."""
    if not named.is_dir():
        return [named]
    try:
        files = sorted(one for one in named.iterdir() if one.is_file())
    except OSError as error:
        raise CannotRead(f"{named} cannot be read: {error.strerror}") from error
    found = [one for one in files if one.suffix in SUFFIXES]
    found = found or [one for one in files if one.suffix == WRITTEN]
    if not found:
        raise CannotRead(f"{named} holds no file that ends in {', '.join(SUFFIXES)} or {WRITTEN}")
    return found
