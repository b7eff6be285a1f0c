"""Receipts: what a running daemon was last told.

charon and BIRD cannot be asked for the text that they were given, and FRR tells it in its own words.
So each time one of them has taken something, a receipt is written: which process (id and start
time), and the digest of what it took, for a key its mark
(:meth:`samepath.node.secrets.SecretStore.mark`). A receipt of another process counts for nothing. A
crash between telling and writing makes us tell again, which changes nothing for the daemon.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from samepath.node.home import write_private

FILE: Final = "receipts.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Process:
    """A process for good: an id may be used again, an id with its start time not."""

    pid: int
    start: int


class Receipts:
    """The receipts of one world, kept in its directory."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE

    def _read(self) -> dict[str, dict[str, str]]:
        try:
            content: dict[str, dict[str, str]] = json.loads(self._path.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return {}
        return content

    @staticmethod
    def _owner(daemon: str, process: Process) -> str:
        return f"{daemon} {process.pid} {process.start}"

    def taken(self, daemon: str, process: Process) -> dict[str, str]:
        """What this process has taken: name -> digest."""
        return dict(self._read().get(self._owner(daemon, process), {}))

    def has_earlier(self, daemon: str, process: Process) -> bool:
        """Whether an earlier process of the daemon has taken something."""
        mine = self._owner(daemon, process)
        return any(
            owner != mine and owner.split(" ")[0] == daemon and taken
            for owner, taken in self._read().items()
        )

    def note(self, daemon: str, process: Process, name: str, digest: str) -> None:
        """Write down that the process has taken ``name`` with ``digest``.

        Receipts of the daemon's earlier processes are thrown away.
        """
        owner = self._owner(daemon, process)
        content = self._read()
        mine = {**content.get(owner, {}), name: digest}
        others = {other: taken for other, taken in content.items() if other.split(" ")[0] != daemon}
        write_private(self._path, json.dumps({**others, owner: mine}))

    def forget(self, daemon: str, process: Process, name: str) -> None:
        """Write down that the process has dropped ``name``."""
        owner = self._owner(daemon, process)
        content = self._read()
        if name in content.get(owner, {}):
            del content[owner][name]
            write_private(self._path, json.dumps(content))
