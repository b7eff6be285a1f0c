"""Findings: the named ways in which two ends come to disagree, each with its place and advice.

A detector looks at the file's policies, at what the routers hold, and at the verdicts. What it
tells is a cause; the verdicts themselves are findings as well, where something drops or hangs. The
causes are those of real reports: prepending without local preference, the other way round, both on
different tunnels, one map on all neighbours, a preference set in a direction in which it does
nothing, different prefixes on the two tunnels, a tunnel that announces nothing, a lost LAN that is
still announced, a static route that wins over BGP, a route's age that decides after a failback.

Each module holds the causes of one topic: their kinds, and the detectors that find them.
:mod:`~samepath.routing.findings.catalogue` is the list, and the reference page is made from it.

It must not hold: proposals of what to change (a finding's advice is a sentence), and anything that
is told of a topology without an analysis (:mod:`samepath.model.cautions`).
"""

from samepath.routing.findings.detection import detect, worst_first
from samepath.routing.findings.finding import Finding, Kind, Severity

__all__ = ["Finding", "Kind", "Severity", "detect", "worst_first"]
