"""Where a lab that stands for a VPN is predicted to do otherwise than the VPN itself.

Both are predicted, in every state of either. A state differs where the lab does what is not among
the outcomes of the real one. Where the real one has several outcomes, since something is not known
of it, the lab shows one of them: such states are counted, and are no difference.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from samepath.model.topology import Topology
from samepath.routing.compile import tunnel_of
from samepath.routing.evaluator import analyse
from samepath.routing.fate import Initiator, Transition, Verdict
from samepath.routing.states import FailureState, single_states
from samepath.routing.verdict import Judgement, Pair, PairInState

_Fates = tuple[tuple[Initiator, Verdict, Transition | None], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What becomes of a pair: the tunnels to the site and to the VPC, and each end's flows."""

    tunnels: tuple[str | None, str | None]
    fates: _Fates

    def __str__(self) -> str:
        if self.tunnels == (None, None):
            ways = "no way"
        elif self.tunnels[0] == self.tunnels[1]:
            ways = f"both ways by {self.tunnels[0]}"
        else:
            to_site, to_vpc = (one or "no tunnel" for one in self.tunnels)
            ways = f"{to_site} to the site, {to_vpc} to the VPC"
        told = {end: _fate(verdict, kept) for end, verdict, kept in self.fates}
        if len(set(told.values())) == 1:
            return f"{ways}: {next(iter(told.values()))}"
        flows = "; ".join(f"flows of the {end.value} {fate}" for end, fate in told.items())
        return f"{ways}: {flows}"


def _fate(verdict: Verdict, kept: Transition | None) -> str:
    word = verdict.value.replace("_", " ")
    return word if kept is None else f"{word}, an open flow {_KEPT[kept]}"


_KEPT = {
    Transition.SURVIVES: "survives",
    Transition.CUT_OFF: "is cut off",
    Transition.RESETS: "is reset",
    Transition.HANGS: "hangs",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Difference:
    """States in which a pair fares in the lab as it never does in reality, by the predictions."""

    pair: Pair
    states: tuple[FailureState, ...]
    real: tuple[Outcome, ...]
    lab: tuple[Outcome, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Likeness:
    """How far two predictions agree; ``pairs`` and ``states`` are counted of the real one.

    ``open_rows`` is in how many rows the real VPN has outcomes that the lab does not show, ``absent``
    the pairs that the lab does not have.
    """

    rows: int
    differences: tuple[Difference, ...]
    open_rows: int
    absent: tuple[Pair, ...]

    @property
    def differing(self) -> int:
        """In how many rows they differ: pairs in states."""
        return sum(len(one.states) for one in self.differences)


def likeness(real: Topology, lab: Topology) -> Likeness:
    """Compare what is predicted of both.

    Raises :class:`~samepath.routing.assumption.TooManyOutcomes`.
    """
    states = tuple(dict.fromkeys((*single_states(real), *single_states(lab))))
    there = {(row.pair, row.state): row.complete() for row in analyse(real, states)}
    here = {(row.pair, row.state): row.complete() for row in analyse(lab, states)}
    groups: dict[tuple[Pair, tuple[Outcome, ...], tuple[Outcome, ...]], list[FailureState]] = {}
    open_rows = 0
    for key, row in there.items():
        if key not in here:
            continue
        mine, its = _outcomes(row), _outcomes(here[key])
        if not set(its) <= set(mine):
            groups.setdefault((key[0], mine, its), []).append(key[1])
        elif set(its) < set(mine):
            open_rows += 1
    return Likeness(
        rows=len(there),
        differences=tuple(
            Difference(pair=pair, states=tuple(some), real=mine, lab=its)
            for (pair, mine, its), some in groups.items()
        ),
        open_rows=open_rows,
        absent=tuple(_absent(there, {pair for pair, _ in here})),
    )


def _absent(rows: Iterable[tuple[Pair, FailureState]], known: set[Pair]) -> Iterator[Pair]:
    yield from dict.fromkeys(pair for pair, _ in rows if pair not in known)


def _outcomes(row: PairInState) -> tuple[Outcome, ...]:
    return tuple(dict.fromkeys(_outcome(one.result) for one in row.outcomes))


def _outcome(judgement: Judgement) -> Outcome:
    to_site, to_vpc = judgement.ways.tunnels
    return Outcome(
        tunnels=(
            None if to_site is None else tunnel_of(to_site),
            None if to_vpc is None else tunnel_of(to_vpc),
        ),
        fates=tuple((end, one.verdict, one.transition) for end, one in judgement.fates),
    )
