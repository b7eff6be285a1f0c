"""The files of one world: rendered configurations in its directory, root-only."""

from __future__ import annotations

import os
from pathlib import Path

from samepath.drivers.errors import DriverError
from samepath.linux.objects import ConfigFile

FOLDER = "etc"


class WorldFiles:
    """The rendered files of the world whose directory is ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def observe(self) -> frozenset[ConfigFile]:
        """Every file under ``etc/``."""
        folder = self._directory / FOLDER
        if not folder.is_dir():
            return frozenset()
        return frozenset(
            ConfigFile(path=f"{FOLDER}/{path.name}", text=path.read_text())
            for path in folder.iterdir()
            if not path.name.startswith(".")
        )

    def read(self, path: str) -> str:
        """The text of a file, by its path in the world's directory."""
        return (self._directory / path).read_text()

    def write(self, item: ConfigFile) -> None:
        """Write a file at once: a reader sees the old text or the new one.

        Raises :class:`DriverError` if the file system does not take it.
        """
        path = self._directory / item.path
        try:
            self._write(path, item.text)
        except OSError as error:
            raise DriverError(f"{path} cannot be written: {error.strerror}") from error

    @staticmethod
    def _write(path: Path, text: str) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = path.with_name(f".{path.name}")
        temporary.unlink(missing_ok=True)
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(handle, "w") as stream:
            stream.write(text)
        temporary.replace(path)

    def delete(self, item: ConfigFile) -> None:
        """Remove a file; one that has gone already is no error."""
        (self._directory / item.path).unlink(missing_ok=True)
