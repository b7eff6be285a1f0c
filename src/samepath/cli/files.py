"""Reading the files that somebody names on the command line."""

from __future__ import annotations

from pathlib import Path

from samepath.model.document import Document, parse

LARGEST = 1 << 20
"""Bytes of a file, at most: the largest topology file that is any use has a hundredth of this."""


class FileExists(ValueError):
    """The file that is to be written is there already, and nobody said to replace it."""


class CannotRead(ValueError):
    """A file that cannot be used, before a word of it was understood; the text says which and why."""


def read_topology(file: Path) -> tuple[str, Document]:
    """The text of a topology file, and what it means.

    Raises :class:`CannotRead`, or :class:`~samepath.model.problems.InvalidDocument` with every
    mistake of the text.
    """
    text = read_text(file)
    return text, parse(text, filename=str(file))


def read_text(file: Path, *, what: str = "topology file", largest: int = LARGEST) -> str:
    """The text of a file that is in UTF-8 and has ``largest`` bytes at most.

    ``what`` it is meant to be only stands in messages. A pipe (``<(command)`` in a shell) is as good
    as a file. Raises :class:`CannotRead`.
    """
    try:
        with file.open("rb") as stream:
            content = stream.read(largest + 1)
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise CannotRead(f"{file} cannot be read: {why}") from error
    if len(content) > largest:
        raise CannotRead(f"{file} is no {what}: it has more than {largest >> 20} MiB")
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CannotRead(f"{file}:{line}: this is no text in UTF-8") from error
