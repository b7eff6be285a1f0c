"""What ``samepath check`` judges: topology files, and descriptions of AWS as one more.

Reading stops at no mistake: every mistake of every file is told at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from samepath.aws.gathering import LARGEST, gather
from samepath.aws.reading import InvalidDescription
from samepath.aws.topology import understand
from samepath.aws.understood import Understood
from samepath.cli.files import CannotRead, read_text, read_topology
from samepath.model.problems import InvalidDocument, Place, Problem
from samepath.model.topology import Topology

SUFFIXES = (".json", ".xml", ".tfstate")
"""Files of a folder that are read as descriptions."""


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


def read_sources(files: Iterable[Path], descriptions: Iterable[Path]) -> list[Source]:
    """All of them; the descriptions, if there are some, are one.

    Raises :class:`~samepath.cli.files.CannotRead`,
    :class:`~samepath.model.problems.InvalidDocument`,
    :class:`~samepath.aws.reading.InvalidDescription`, and :class:`UnusableFiles` for several.
    """
    read: list[Source] = []
    refused: list[CannotRead | InvalidDocument | InvalidDescription] = []
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
    if descriptions:
        try:
            read.append(_described(descriptions))
        except (CannotRead, InvalidDescription) as error:
            refused.append(error)
    if len(refused) == 1:
        raise refused[0]
    if refused:
        raise UnusableFiles("\n".join(map(str, refused)))
    return read


def _described(named: Iterable[Path]) -> Source:
    texts = [
        (str(file), read_text(file, what="description of AWS", largest=LARGEST))
        for one in named
        for file in _files(one)
    ]
    understood = understand(gather(texts))
    return Source(
        file=", ".join(map(str, named)),
        topology=understood.topology,
        warnings=understood.warnings(),
        places={},
        understood=understood,
    )


def _files(named: Path) -> list[Path]:
    """The file itself, or the descriptions in a folder, by their names."""
    if not named.is_dir():
        return [named]
    try:
        found = sorted(one for one in named.iterdir() if one.suffix in SUFFIXES and one.is_file())
    except OSError as error:
        raise CannotRead(f"{named} cannot be read: {error.strerror}") from error
    if not found:
        raise CannotRead(
            f"{named} holds no file that ends in {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}"
        )
    return found
