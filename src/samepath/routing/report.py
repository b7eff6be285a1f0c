"""A report: everything that is predicted of a topology, and its verdict in one sentence.

For whoever is woken by a pager the sentence is the report: whether packets are lost now, or would
be after which failure. The rest says why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property

from samepath.model.topology import Topology
from samepath.routing.assumption import some_flows
from samepath.routing.evaluator import Elsewhere, Outcomes, analyse
from samepath.routing.findings import Finding, Severity, detect
from samepath.routing.observation import Learned, Observation, learn
from samepath.routing.states import ALL_UP, FailureState, single_states
from samepath.routing.verdict import PairInState, Transition, Verdict, befalls_some


@dataclass(frozen=True, kw_only=True)
class Report:
    """The verdict on each pair of networks in each failure state, and the findings."""

    topology: Topology
    states: tuple[PairInState, ...]
    """Of each pair those states in which something happens to what it depends on, and all up."""
    elsewhere: tuple[Elsewhere, ...]
    """What becomes of a pair in all other states."""
    failure_states: tuple[FailureState, ...]
    """The states that were looked at."""
    findings: tuple[Finding, ...]
    learned: Learned = field(default_factory=Learned)
    """What the observations tell beyond the topology."""

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
        said = dict(self._said_in_each_state())
        troubles = {state: _worst(some) for state, some in said.items()}
        if any(troubles.values()):
            return "; ".join(_clauses(troubles))
        left = sum(any(one.leaves_a_path for one in some) for some in said.values())
        return (
            "both directions take the same tunnel in every failure state that leaves a path "
            f"({left} of {len(self.failure_states)}): nothing drops and nothing hangs"
        )

    def of(self, state: FailureState) -> tuple[PairInState, ...]:
        """The verdicts on every pair in a state."""
        concerned = self._by_state.get(state, ())
        pairs = {one.pair for one in concerned}
        return (
            *concerned,
            *(
                PairInState(
                    pair=one.pair, state=state, outcomes=one.outcomes, questions=one.questions
                )
                for one in self.elsewhere
                if one.pair not in pairs
            ),
        )

    def _said_in_each_state(self) -> Iterator[tuple[FailureState, Collection[_Said]]]:
        """What is said of any pair in each state, each once."""
        usual = {one.pair: _said(one.outcomes) for one in self.elsewhere}
        having = Counter(usual.values())
        for state in self.failure_states:
            concerned = self._by_state.get(state, ())
            others = having - Counter(usual[one.pair] for one in concerned if one.pair in usual)
            yield state, {*(_said(one.outcomes) for one in concerned), *others}

    @cached_property
    def _by_state(self) -> Mapping[FailureState, tuple[PairInState, ...]]:
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
    Raises :class:`~samepath.routing.states.NotModelled` of a state of which nothing is predicted, and
    :class:`~samepath.routing.assumption.TooManyOutcomes` where what is observed leaves too much open;
    a pair in a state of which too much is open is undetermined.
    """
    learned = learn(topology, observed)
    wanted = tuple(dict.fromkeys(single_states(topology) if states is None else states))
    analysis = analyse(topology, wanted, learned.facts, between_sites=between_sites)
    found = tuple(analysis.concerned())
    normally = (
        analysis.at(pair, ALL_UP)
        for pair in dict.fromkeys(one.pair for one in found)
        if ALL_UP not in wanted
    )
    return Report(
        topology=topology,
        states=found,
        elsewhere=tuple(analysis.elsewhere()),
        failure_states=analysis.states,
        findings=detect(topology, found, learned.differences, normally=normally),
        learned=learned,
    )


class Trouble(Enum):
    """What is not well with a pair of networks in a state, the worst first.

    The value: how it is told of all up, of one failure state, and of several.
    """

    DROPS = ("packets are DROPPED", "DROPS packets", "DROP packets")
    DROPS_SOME = (
        "some flows are DROPPED: a hash spreads them over equal paths",
        "DROPS some flows, as a hash spreads them",
        "DROP some flows, as a hash spreads them",
    )
    LOSES = (
        "packets are LOST though a tunnel lives",
        "LOSES packets though a tunnel lives",
        "LOSE packets though a tunnel lives",
    )
    LOSES_SOME = (
        "some flows are LOST: a hash spreads them over paths that do not all lead on",
        "LOSES some flows, as a hash spreads them",
        "LOSE some flows, as a hash spreads them",
    )
    HANGS = ("open flows HANG", "HANGS open flows", "HANG open flows")
    HANGS_SOME = ("some open flows HANG", "HANGS some open flows", "HANG some open flows")
    MAY = (
        "packets MAY be dropped or lost, nobody can say",
        "MAY drop, lose or hang, nobody can say",
        "MAY drop, lose or hang, nobody can say",
    )
    DIFFERS = (
        "the directions may take different tunnels, which passes",
        "has the directions apart, which passes",
        "have the directions apart, which passes",
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Said:
    """What the sentence needs to know of a pair in a state."""

    trouble: Trouble | None
    leaves_a_path: bool


def _said(outcomes: Outcomes) -> _Said:
    verdicts = {outcome.result.verdict for outcome in outcomes}
    return _Said(
        trouble=_trouble(outcomes),
        leaves_a_path=verdicts != {Verdict.EXPECTED_OUTAGE},
    )


def _trouble(outcomes: Outcomes) -> Trouble | None:
    """What is not well where these are possible; None: nothing. Without any, nobody can say."""
    if not outcomes:
        return Trouble.MAY
    verdicts = {outcome.result.verdict for outcome in outcomes}
    transitions = {outcome.result.transition for outcome in outcomes} - {None}
    if verdicts == {Verdict.ASYMMETRIC_DROPPED}:
        return Trouble.DROPS
    if befalls_some(outcomes, Verdict.ASYMMETRIC_DROPPED):
        return Trouble.DROPS_SOME
    if verdicts == {Verdict.UNREACHABLE}:
        return Trouble.LOSES
    if befalls_some(outcomes, Verdict.UNREACHABLE):
        return Trouble.LOSES_SOME
    if transitions == {Transition.HANGS}:
        return Trouble.HANGS
    if some_flows(outcomes, lambda one: one.transition is Transition.HANGS):
        return Trouble.HANGS_SOME
    if verdicts & _LOSS or Transition.HANGS in transitions:
        return Trouble.MAY
    return Trouble.DIFFERS if Verdict.ASYMMETRIC_TOLERATED in verdicts else None


_LOSS = {Verdict.ASYMMETRIC_DROPPED, Verdict.UNREACHABLE}


def _worst(some: Iterable[_Said]) -> Trouble | None:
    """The worst trouble of several pairs in a state."""
    order = list(Trouble)
    found = (one.trouble for one in some if one.trouble is not None)
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
