"""A report: everything that is predicted of a topology, and its verdict in one sentence.

For whoever is woken by a pager the sentence is the report: whether packets are lost now, or would
be after which failure. The rest says why.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from samepath.model.topology import Topology
from samepath.routing.evaluator import analyse
from samepath.routing.findings import Finding, Severity, detect
from samepath.routing.observation import Learned, Observation, learn
from samepath.routing.states import ALL_UP, FailureState, single_states
from samepath.routing.verdict import PairInState, Transition, Verdict


@dataclass(frozen=True, kw_only=True)
class Report:
    """The verdict on each pair of networks in each failure state, and the findings."""

    topology: Topology
    states: tuple[PairInState, ...]
    findings: tuple[Finding, ...]
    learned: Learned = field(default_factory=Learned)
    """What the observations tell beyond the topology."""

    @cached_property
    def failure_states(self) -> tuple[FailureState, ...]:
        """The states that were looked at, each once."""
        return tuple(dict.fromkeys(one.state for one in self.states))

    @cached_property
    def worst(self) -> Severity | None:
        """The severity of the worst finding; None: there is none."""
        order = list(Severity)
        return min((one.severity for one in self.findings), key=order.index, default=None)

    @cached_property
    def sentence(self) -> str:
        """The verdict in one sentence, without its full stop."""
        if not self.states:
            return "no connection joins a VPC to a site: there is nothing to judge"
        troubles = {state: worst_of(self.of(state)) for state in self.failure_states}
        if any(troubles.values()):
            return "; ".join(_clauses(troubles))
        left = sum(
            any(one.verdicts != {Verdict.EXPECTED_OUTAGE} for one in self.of(state))
            for state in self.failure_states
        )
        return (
            "both directions take the same tunnel in every failure state that leaves a path "
            f"({left} of {len(self.failure_states)}): nothing drops and nothing hangs"
        )

    def of(self, state: FailureState) -> tuple[PairInState, ...]:
        """The verdicts on every pair in a state."""
        return self._by_state.get(state, ())

    @cached_property
    def _by_state(self) -> dict[FailureState, tuple[PairInState, ...]]:
        found: dict[FailureState, list[PairInState]] = {}
        for one in self.states:
            found.setdefault(one.state, []).append(one)
        return {state: tuple(told) for state, told in found.items()}


def check(
    topology: Topology,
    states: Iterable[FailureState] | None = None,
    *,
    observed: Iterable[Observation] = (),
    between_sites: bool = False,
) -> Report:
    """Predict every pair of networks in ``states``; by default all up, and each single failure.

    ``observed`` are BGP tables of its routers with all up: what they tell is not asked for, and
    where they are not what ``topology`` leads to is a finding. ``between_sites`` adds the pairs of
    two sites that a gateway joins.
    Raises :class:`~samepath.routing.assumption.TooManyOutcomes` where too much is open.
    """
    learned = learn(topology, observed)
    wanted = tuple(single_states(topology)) if states is None else tuple(states)
    found = tuple(analyse(topology, wanted, learned.facts, between_sites=between_sites))
    findings = detect(topology, found, learned.differences)
    return Report(topology=topology, states=found, findings=findings, learned=learned)


class Trouble(Enum):
    """What is not well with a pair of networks in a state, the worst first.

    The value: how it is told of all up, of one failure state, and of several.
    """

    DROPS = ("packets are DROPPED", "DROPS packets", "DROP packets")
    LOSES = (
        "packets are LOST though a tunnel lives",
        "LOSES packets though a tunnel lives",
        "LOSE packets though a tunnel lives",
    )
    HANGS = ("open flows HANG", "HANGS open flows", "HANG open flows")
    MAY = (
        "packets MAY be dropped or lost, nobody can say",
        "MAY drop, lose or hang, nobody can say",
        "MAY drop, lose or hang, nobody can say",
    )
    DIFFERS = (
        "the directions may take different tunnels, which no firewall here minds",
        "has the directions apart, which passes",
        "have the directions apart, which passes",
    )


def trouble(one: PairInState) -> Trouble | None:
    """What is not well with a pair in a state; None: nothing."""
    transitions = {outcome.result.transition for outcome in one.outcomes} - {None}
    if one.verdicts == {Verdict.ASYMMETRIC_DROPPED}:
        return Trouble.DROPS
    if one.verdicts == {Verdict.UNREACHABLE}:
        return Trouble.LOSES
    if transitions == {Transition.HANGS}:
        return Trouble.HANGS
    if one.verdicts & _LOSS or Transition.HANGS in transitions:
        return Trouble.MAY
    return Trouble.DIFFERS if Verdict.ASYMMETRIC_TOLERATED in one.verdicts else None


_LOSS = {Verdict.ASYMMETRIC_DROPPED, Verdict.UNREACHABLE}


def worst_of(states: Iterable[PairInState]) -> Trouble | None:
    """The worst trouble of several pairs in a state."""
    order = list(Trouble)
    found = (told for one in states if (told := trouble(one)) is not None)
    return min(found, key=order.index, default=None)


def _clauses(troubles: Mapping[FailureState, Trouble | None]) -> Iterator[str]:
    failures = [told for state, told in troubles.items() if state != ALL_UP]
    if ALL_UP in troubles:
        now = troubles[ALL_UP]
        yield f"with all up {'all is well' if now is None else now.value[0]}"
    told = []
    for one in Trouble:
        count = failures.count(one)
        if count:
            told.append(f"{count} {one.value[1 if count == 1 else 2]}")
    if told:
        yield f"of {len(failures)} failure states {', '.join(told)}"
    elif failures:
        yield "the failure states are well"
