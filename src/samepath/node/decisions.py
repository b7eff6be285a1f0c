"""The stored decisions of one world: what its agent has decided from what it saw.

They are kept on disk, because whoever changes the world next (a command, the next agent) must want
what the agent wants. The file is replaced whole; a reader sees the old decisions or the new ones.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Final

from samepath.control.situation import TunnelEnd
from samepath.node.home import write_private

FILE: Final = "decisions.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Decisions:
    """See :mod:`samepath.control.tunnel_state`."""

    usable: frozenset[TunnelEnd] = frozenset()
    active: dict[str, int] = field(default_factory=dict)
    proven: frozenset[tuple[str, int]] = frozenset()
    """Tunnels (connection, number) that have been able to carry traffic since the world began."""
    sessions: dict[TunnelEnd, float] = field(default_factory=dict)
    """When each end's BGP session was established, as it was seen last: see :class:`EndReport`."""
    followed: dict[str, int] = field(default_factory=dict)
    """See :mod:`samepath.control.following`."""


class DecisionStore:
    """The decisions of the world whose directory is ``directory``."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / FILE

    def read(self) -> Decisions:
        """What was decided last; nothing in a new world."""
        try:
            stored = json.loads(self._path.read_text())
        except FileNotFoundError:
            return Decisions()
        return Decisions(
            usable=frozenset(TunnelEnd(**end) for end in stored["usable"]),
            active=stored["active"],
            proven=frozenset((name, number) for name, number in stored["proven"]),
            # a lab of an earlier version has none, or times of day under another name
            sessions={TunnelEnd(**end): since for end, since in stored.get("established", ())},
            followed=stored.get("followed", {}),  # a lab of an earlier version has none
        )

    def write(self, decisions: Decisions) -> None:
        """Keep ``decisions``; the caller holds the world's lock."""
        usable = [asdict(end) for end in sorted(decisions.usable)]
        content = {
            "usable": usable,
            "active": decisions.active,
            "proven": sorted(decisions.proven),
            "established": [
                [asdict(end), decisions.sessions[end]] for end in sorted(decisions.sessions)
            ],
            "followed": decisions.followed,
        }
        write_private(self._path, json.dumps(content))
