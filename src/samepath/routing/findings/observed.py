"""A cause that no file shows: the device is not what the file says."""

from __future__ import annotations

from collections.abc import Iterator

from samepath.routing.findings.detector import Detector
from samepath.routing.findings.evidence import Evidence
from samepath.routing.findings.finding import Finding, Kind, Severity

TABLE_DIFFERS = Kind(
    code="table-differs",
    severity=Severity.WARNING,
    means="a router's own BGP table is not what the file leads to",
    because="Everything else that is told here rests on the file. Where the device holds another "
    "route, chooses another one or gives it other attributes, something is configured that the "
    "file does not say, or the table was taken while something was down.",
    advice="Look for the policy that does it on that device, write it into the file, and check "
    "again; or take the table with all up.",
)


def _differs(it: Evidence) -> Iterator[Finding]:
    for one in it.differences:
        yield TABLE_DIFFERS.at(
            one.router,
            one.what,
            one.advice
            or "look for what does it on that device, and write it into the file; or take the table "
            "with all up",
        )


DETECTORS = (Detector(kinds=(TABLE_DIFFERS,), find=_differs),)
