"""A finding, and the kind of it: what is wrong, how bad that is, where, and what mends it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    """How bad a finding is; the worst first."""

    ERROR = "error"
    """Packets are dropped, sessions hang, or a path lived that could have carried them."""
    WARNING = "warning"
    """It works until something changes, or only because nobody minds."""
    NOTE = "note"
    """Nothing is wrong; but it is not what somebody may take it for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """Something that is wrong, or is not what it looks like.

    ``place`` is an element's name, and ``path`` the value of the topology file that says it, where
    one does. ``what`` is a sentence without its full stop, ``advice`` what mends it.
    """

    code: str
    severity: Severity
    place: str
    what: str
    advice: str
    path: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind:
    """A cause that has a name.

    ``means`` says in a line when it is found; ``because`` explains why that is bad, and
    ``advice`` what mends it: full sentences, whatever the place.
    """

    code: str
    severity: Severity
    means: str
    because: str
    advice: str

    def at(self, place: str, what: str, advice: str, *, path: str = "") -> Finding:
        """It is found at ``place``."""
        return Finding(
            code=self.code,
            severity=self.severity,
            place=place,
            what=what,
            advice=advice,
            path=path,
        )
