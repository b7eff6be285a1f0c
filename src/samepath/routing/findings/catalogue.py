"""All detectors, and all kinds of findings that they tell."""

from __future__ import annotations

from samepath.routing.findings import (
    asns,
    changes,
    defaults,
    observed,
    openness,
    preference,
    prefixes,
    sites,
    statics,
    terms,
    verdicts,
)
from samepath.routing.findings.detector import Detector
from samepath.routing.findings.finding import Kind, Severity

DETECTORS: tuple[Detector, ...] = tuple(
    detector
    for module in (
        verdicts,
        openness,
        preference,
        prefixes,
        defaults,
        terms,
        asns,
        statics,
        sites,
        changes,
        observed,
    )
    for detector in module.DETECTORS
)


def kinds() -> tuple[Kind, ...]:
    """Every kind of finding, the worst first."""
    worst = list(Severity)
    found = (kind for detector in DETECTORS for kind in detector.kinds)
    return tuple(sorted(found, key=lambda kind: (worst.index(kind.severity), kind.code)))
