"""Logs of a world's daemons, which lie in memory (``/run``): kept small, and read on as they grow.

Every writer appends (``O_APPEND``), so a log may be cut while it is written to.
"""

from __future__ import annotations

import os
from pathlib import Path

MOST = 2 << 20
"""Bytes at which a log is cut: thousands of lines, more than a look back needs."""
KEPT = 1 << 20
"""Bytes of its end that then stay."""


def trim(folder: Path, most: int = MOST, kept: int = KEPT) -> tuple[str, ...]:
    """Cut the logs in ``folder`` that have grown beyond ``most``; returns their names.

    What stays is whole lines, in their order. A line that is written in the very moment of the cut
    may be lost.
    """
    logs = (path for path in sorted(folder.glob("*.log")) if not path.is_symlink())
    return tuple(path.name for path in logs if _trim(path, most, kept))


def _trim(path: Path, most: int, kept: int) -> bool:
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW)
    except FileNotFoundError:
        return False
    with os.fdopen(handle, "r+b") as stream:
        size = stream.seek(0, os.SEEK_END)
        if size <= most:
            return False
        stream.seek(size - kept)
        stream.readline()
        rest = stream.read()
        stream.seek(0)
        stream.write(rest)
        stream.truncate()
    return True


class GrowingLog:
    """A log that is read on from where the last reading ended."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def read(self) -> tuple[list[str], bool]:
        """The whole lines since the last reading, and whether the log was cut meanwhile.

        Of a log that was cut all lines are given, those that were given before among them.
        """
        try:
            with self._path.open("rb") as stream:
                cut = stream.seek(0, os.SEEK_END) < self._offset
                self._offset = stream.seek(0 if cut else self._offset)
                text = stream.read()
        except FileNotFoundError:
            return [], False
        whole = text.rfind(b"\n") + 1
        self._offset += whole
        return text[:whole].decode(errors="replace").splitlines(), cut
