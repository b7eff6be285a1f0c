"""Detection: every detector held against an analysed topology."""

from __future__ import annotations

from collections.abc import Iterable

from samepath.model.topology import Topology
from samepath.routing.findings.catalogue import DETECTORS
from samepath.routing.findings.evidence import gather
from samepath.routing.findings.finding import Finding, Severity
from samepath.routing.observation import Difference
from samepath.routing.verdict import PairInState


def detect(
    topology: Topology,
    states: Iterable[PairInState],
    differences: Iterable[Difference] = (),
    *,
    normally: Iterable[PairInState] = (),
) -> tuple[Finding, ...]:
    """Every finding on an analysed topology, the worst first, each once.

    ``differences`` are what observations of its routers contradict. ``normally`` is each pair with
    all up, where that is not among ``states``: what some of them are compared with. A pair of which
    neither tells it is compared with nothing.
    """
    it = gather(topology, states, differences, normally=normally)
    found = dict.fromkeys(one for detector in DETECTORS for one in detector.find(it))
    return worst_first(found)


def worst_first(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings in the order in which they are told."""
    worst = list(Severity)
    return tuple(sorted(found, key=lambda one: (worst.index(one.severity), one.code, one.place)))
