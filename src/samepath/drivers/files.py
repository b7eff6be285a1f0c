"""The files of one world, root-only in its directory: rendered configurations, and files with keys.

What is observed of a file with a key is its path. Its text is only compared.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from samepath.drivers.errors import DriverError
from samepath.linux.objects import ConfigFile, SecretFile

FOLDER = "etc"
SECRETS = "keys"


class WorldFiles:
    """The rendered files of the world whose directory is ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def observe(self) -> frozenset[ConfigFile]:
        """Every file under ``etc/``."""
        return frozenset(
            ConfigFile(path=f"{FOLDER}/{path.name}", text=path.read_text())
            for path in self._in(FOLDER)
        )

    def with_secrets(self) -> frozenset[str]:
        """The path of every file under ``keys/``."""
        return frozenset(f"{SECRETS}/{path.name}" for path in self._in(SECRETS))

    def _in(self, name: str) -> Iterator[Path]:
        folder = self._directory / name
        if folder.is_dir():
            yield from (path for path in folder.iterdir() if not path.name.startswith("."))

    def read(self, path: str) -> str:
        """The text of a file, by its path in the world's directory."""
        return (self._directory / path).read_text()

    def write(self, item: ConfigFile) -> None:
        """Write a file at once: a reader sees the old text or the new one.

        Raises :class:`DriverError` if the file system does not take it.
        """
        self._put(item.path, item.text)

    def write_secret(self, item: SecretFile, secret: bytes) -> None:
        """Write a file with its key, in the same manner."""
        self._put(item.path, _filled(item, secret))

    def holds_secret(self, item: SecretFile, secret: bytes) -> bool:
        """Whether a file that is there has this text with this key."""
        return self.read(item.path) == _filled(item, secret)

    def _put(self, name: str, text: str) -> None:
        path = self._directory / name
        try:
            self._write(path, text)
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

    def delete(self, item: ConfigFile | SecretFile) -> None:
        """Remove a file; one that has gone already is no error."""
        (self._directory / item.path).unlink(missing_ok=True)


def _filled(item: SecretFile, secret: bytes) -> str:
    return item.text.replace(SecretFile.PLACE, secret.decode())
