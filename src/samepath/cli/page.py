"""The folder that a page is written into: seen to be fit before the work, never left half full."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import typer

from samepath.cli.output import CannotWrite
from samepath.report.page import GENERATOR

INDEX: Final = "index.html"
MARK: Final = f'<meta name="generator" content="{GENERATOR}">'
HEAD = 1024
"""Bytes at the beginning of a page of ours that hold its mark."""
_BESIDE = re.compile(rf"\.{re.escape(INDEX)}\.[0-9]+")
"""What another run tries at the same time, or a killed one has left."""


class UnusableFolder(ValueError):
    """A page cannot be written there, or what is there is none of ours; the text says why."""


class PageFolder:
    """A folder that is to get a page; a context manager around the work that the page tells of.

    On entry it is made, if it is not there, and tried by a file beside the page. A page of an
    earlier time stays as it is until :meth:`write`. At the end nothing is left of what was tried,
    and where nothing was written, that is said.
    """

    def __init__(self, folder: Path) -> None:
        self.file = folder / INDEX
        self._folder = folder
        self._beside = folder / f".{INDEX}.{os.getpid()}"
        self._made: list[Path] = []
        self._tried = False
        self._written = False

    def __enter__(self) -> Self:
        """Raises :class:`UnusableFolder`."""
        try:
            self._make()
            self._refuse_strangers()
            self._beside.open("w").close()
            self._tried = True
        except OSError as error:
            self._leave()
            why = error.strerror or str(error)
            raise UnusableFolder(f"no page can be written to {self._folder}: {why}") from error
        except BaseException:
            self._leave()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._leave()
        if not self._written:
            earlier = "; an earlier one is as it was" if self.file.exists() else ""
            typer.echo(f"samepath: no page is written to {self._folder}{earlier}", err=True)

    def write(self, text: str) -> None:
        """Write the page: whoever reads it meanwhile finds an earlier one, or this one as a whole.

        Raises :class:`~samepath.cli.output.CannotWrite`.
        """
        try:
            with self._beside.open("w", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            self._beside.replace(self.file)
        except OSError as error:
            raise CannotWrite(f"{self.file} cannot be written: {error.strerror}") from error
        self._written = True

    def _make(self) -> None:
        missing = [
            folder for folder in (self._folder, *self._folder.parents) if not folder.exists()
        ]
        for folder in reversed(missing):
            folder.mkdir()
            self._made.append(folder)

    def _refuse_strangers(self) -> None:
        strangers = sorted(
            there.name
            for there in self._folder.iterdir()
            if not (_is_ours(there) if there.name == INDEX else _BESIDE.fullmatch(there.name))
        )
        if strangers:
            more = f" and {len(strangers) - 1} more" if len(strangers) > 1 else ""
            raise UnusableFolder(
                f"{self._folder} holds what no drill has written: {strangers[0]}{more}; "
                "name a folder that is empty, or not there, or that has an earlier page"
            )

    def _leave(self) -> None:
        if self._tried:
            self._beside.unlink(missing_ok=True)
        if not self._written:
            with suppress(OSError):  # Somebody else has put something there meanwhile.
                for folder in reversed(self._made):
                    folder.rmdir()


def _is_ours(file: Path) -> bool:
    if not file.is_file():
        return False
    with file.open("rb") as stream:
        return MARK.encode() in stream.read(HEAD)
