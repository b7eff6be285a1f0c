"""A detector: what looks for one cause, or for a few that exclude one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from samepath.routing.findings.evidence import Evidence
from samepath.routing.findings.finding import Finding, Kind


@dataclass(frozen=True, kw_only=True, slots=True)
class Detector:
    """``find`` yields every place of its ``kinds`` in the evidence, and nothing of another kind."""

    kinds: tuple[Kind, ...]
    find: Callable[[Evidence], Iterator[Finding]]
