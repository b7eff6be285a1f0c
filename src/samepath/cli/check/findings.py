"""Every kind of finding that ``samepath check`` tells: of a topology, and of two ends paired."""

from __future__ import annotations

from samepath.pairing.kinds import KINDS
from samepath.routing.findings import Kind, Severity, catalogue


def kinds() -> tuple[Kind, ...]:
    """All of them, the worst first."""
    worst = list(Severity)
    found = (*catalogue.kinds(), *KINDS)
    return tuple(sorted(found, key=lambda kind: (worst.index(kind.severity), kind.code)))
