"""The finding of states of which so much is open that no outcome is told."""

from __future__ import annotations

from collections.abc import Iterator

from samepath.routing.findings.detector import Detector
from samepath.routing.findings.evidence import Evidence, alike
from samepath.routing.findings.finding import Finding, Kind, Severity

TOO_MUCH_OPEN = Kind(
    code="too-much-open",
    severity=Severity.WARNING,
    means="so much is open of a state that its outcomes are too many to be told",
    because="Several questions that no file answers have thousands of combinations of answers. What "
    "becomes of packets in such a state nobody can say; the other states are told.",
    advice="Make one path better than the others in both directions, which leaves nothing to ask. Or "
    "answer a question: a device's BGP table (--observed) tells what it has chosen, `firewall` and "
    "`zone` in a topology file say what its firewall does.",
)


def _too_much_open(it: Evidence) -> Iterator[Finding]:
    for group in alike(it, lambda one: bool(one.questions)):
        asked = dict.fromkeys(
            f"{question.subject}: {question.what}"
            for one in group.states
            for question in one.questions
        )
        yield TOO_MUCH_OPEN.at(
            group.pairs[0].gateway,
            f"{group.networks}: too much is open to say what becomes of packets ({group.named}): "
            f"{'; '.join(asked)}",
            "make one path better than the others in both directions (samepath fix finds the "
            "smallest change), or hand over the device's BGP table (--observed), or say what its "
            "firewall does (firewall, zone)",
        )


DETECTORS = (Detector(kinds=(TOO_MUCH_OPEN,), find=_too_much_open),)
