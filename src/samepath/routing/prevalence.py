"""How often each finding is there in a fleet, told by one of the parts that have it.

Findings are of elements, and a fleet has a great many. Parts that are alike have the same findings,
each at its own elements, so that one part's are those of its kind. A cause that joins several parts
of one gateway is none of a part: :func:`~samepath.routing.findings.detect` on that gateway finds it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from samepath.routing.evaluator import Analysis
from samepath.routing.findings import Finding, detect
from samepath.routing.states import ALL_UP
from samepath.routing.verdict import PairInState


@dataclass(frozen=True, kw_only=True, slots=True)
class Prevalence:
    """A finding of one part, and how many parts have the same, that one among them."""

    finding: Finding
    parts: int


def prevalences(analysis: Analysis) -> Iterator[Prevalence]:
    """The findings of every kind of part, kind by kind, the worst of a kind first."""
    for kind in analysis.kinds:
        first = kind.members[0]
        states = [
            PairInState(
                pair=told.pair, state=told.state, outcomes=told.outcomes, questions=told.questions
            )
            for told in kind.told()
            if told.state is not None
        ]
        usual = {
            pair: first.judged(pair, ALL_UP) for pair in dict.fromkeys(one.pair for one in states)
        }
        normally = (
            PairInState(pair=pair, state=ALL_UP, outcomes=found.outcomes, questions=found.questions)
            for pair, found in usual.items()
        )
        for finding in detect(first.topology, states, normally=normally):
            yield Prevalence(finding=finding, parts=len(kind.members))
