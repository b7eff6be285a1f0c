"""Repairs of whole topologies: group by group, and then proven on all of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import Enum

from samepath.model.change import Change, changed
from samepath.model.topology import Topology
from samepath.routing.evaluator import Analysis, Told, analyse
from samepath.routing.repair.goal import (
    NO_LOSS,
    Chosen,
    Fault,
    Found,
    RepairMode,
    is_lost,
    left,
    rank,
    reference,
)
from samepath.routing.repair.groups import Group, groups
from samepath.routing.repair.kinds import Kinds
from samepath.routing.repair.price import prices
from samepath.routing.repair.search import Searched, States, already, found_in, search
from samepath.routing.repair.steps import Step, in_order
from samepath.routing.states import ALL_UP, FailureState, single_states
from samepath.routing.verdict import Pair, PairInState, pairs


class Result(Enum):
    """What came of it."""

    NOTHING = "nothing to repair"
    REPAIRED = "repaired"
    PART = "repaired in part"
    """Some states are mended, and no change was found that mends all."""
    NONE = "no repair"


@dataclass(frozen=True, kw_only=True, slots=True)
class Alike:
    """A group that fares as another one does, and the other one's changes with its own names."""

    group: Group
    changes: tuple[Change, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupRepair:
    """What came of a group, and of those that are alike.

    ``price`` is what it costs, in sentences without their full stops. ``left`` is what is wrong in
    some states after it, and that no policy of the mode mends; ``nearest`` what was wrong with the designs that were tried, where none reached the goal.
    """

    group: Group
    chosen: Chosen
    result: Result
    steps: tuple[Step, ...]
    price: tuple[str, ...]
    left: tuple[Fault, ...]
    nearest: tuple[Fault, ...]
    other: RepairMode | None = None
    """The other mode, where nothing was found that mends all, and that may mend more."""
    alike: tuple[Alike, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """Its own changes in the order of typing."""
        return tuple(step.change for step in self.steps)

    @property
    def all_changes(self) -> tuple[Change, ...]:
        """Those of the group and of the ones that are alike."""
        return (*self.changes, *(change for one in self.alike for change in one.changes))


@dataclass(frozen=True, kw_only=True)
class Repair:
    """What came of a topology: the repaired one, and the verdicts before and after.

    Each group has its verdicts here in the states that concern it, of alike groups the first, and of
    networks that no policy tells apart one stands for all. ``states`` is in how many states the whole was
    looked at. ``worse`` are verdicts of the whole topology that the groups' repairs would spoil for one
    another; there is no repair then.
    """

    groups: tuple[GroupRepair, ...]
    topology: Topology
    before: Found
    after: Found
    states: int
    worse: tuple[PairInState, ...] = ()

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes in the order of typing."""
        return tuple(change for group in self.groups for change in group.all_changes)

    @property
    def result(self) -> Result:
        """What came of all groups together."""
        results = {group.result for group in self.groups}
        if self.worse:
            return Result.NONE
        if results & {Result.NONE, Result.PART}:
            return Result.PART if self.changes else Result.NONE
        return Result.REPAIRED if Result.REPAIRED in results else Result.NOTHING


def repair(
    topology: Topology, mode: RepairMode | None = None, states: States = single_states
) -> Repair:
    """The smallest repair of a topology; ``mode`` None: for each group what suits its firewalls.

    It holds in the states that ``states`` gives. Where too much is open is a fault.
    """
    found: list[Searched] = []
    together = groups(topology)
    whole = _analysis(topology, states) if len(together) > 1 else None
    well = frozenset[str]() if whole is None else _well(whole, mode)
    kinds = Kinds(topology)
    mended: list[GroupRepair] = []
    searched: set[str] = set()
    sound: dict[tuple[Pair, FailureState], PairInState] = {}
    for first, others in kinds.of(together, well):
        short = kinds.in_short(first)
        if whole is not None and well.issuperset(first.connections):
            told = _nothing(first, mode)
            sound.update(_verdicts(whole, short, states))
        else:
            searched |= set(first.connections)
            found.append(search(short, states, mode))
            told = _of_group(first, short, found[-1], states)
        alike = tuple(
            Alike(group=one, changes=tuple(kinds.renamed(told.changes, first, one)))
            for one in others
        )
        mended.append(replace(told, alike=alike))
    repaired = changed(topology, [change for one in mended for change in one.all_changes])
    before = {key: one for it in found for key, one in it.before.items()}
    after = {key: one for it in found for key, one in it.after.items()}
    return Repair(
        groups=tuple(mended),
        topology=repaired,
        before={**before, **sound},
        after={**after, **sound},
        states=sum(1 for _ in states(repaired)),
        worse=()
        if whole is None
        else tuple(_worse(repaired, states, before, after, frozenset(searched))),
    )


def _verdicts(whole: Analysis, short: Topology, states: States) -> Found:
    """What an analysis of the whole has of the pairs of a group, in the states that concern it."""
    return {
        (pair, state): whole.at(pair, state) for state in states(short) for pair in pairs(short)
    }


def _analysis(topology: Topology, states: States) -> Analysis:
    return analyse(topology, None if states is single_states else states(topology))


def _well(whole: Analysis, mode: RepairMode | None) -> frozenset[str]:
    """The connections of those parts of a topology in which nothing is wrong in any state."""
    goal = mode or RepairMode.SYMMETRIC
    return frozenset(
        name
        for kind in whole.kinds
        if all(left(goal, _as_pair(one)) is None for one in kind.told())
        for member in kind.members
        for name in member.part.connections
    )


def _as_pair(told: Told) -> PairInState:
    return PairInState(
        pair=told.pair,
        state=told.state or ALL_UP,
        outcomes=told.outcomes,
        questions=told.questions,
    )


def _worse(
    topology: Topology, states: States, before: Found, after: Found, looked_at: frozenset[str]
) -> Iterator[PairInState]:
    """What is worse in the repaired topology as a whole than it was, or than in its group alone.

    ``looked_at`` are the connections of the groups that ``before`` and ``after`` tell of. What is of
    one kind with one of them fares as it does.
    """
    whole = _analysis(topology, states)
    for key, one in after.items():
        there = whole.at(*key)
        if rank(there) > rank(before[key]) or rank(there) > rank(one):
            yield there
    for kind in whole.kinds:
        if looked_at.isdisjoint(name for one in kind.members for name in one.part.connections):
            for told in kind.told():
                if rank(_as_pair(told)) > NO_LOSS:
                    yield _as_pair(told)


def _nothing(group: Group, mode: RepairMode | None) -> GroupRepair:
    return GroupRepair(
        group=group,
        chosen=already(mode),
        result=Result.NOTHING,
        steps=(),
        price=(),
        left=(),
        nearest=(),
    )


def _of_group(group: Group, alone: Topology, found: Searched, states: States) -> GroupRepair:
    changes = found.changes or frozenset()
    steps = in_order(alone, changes, found.before, found.after) if changes else ()
    typed = tuple(step.change for step in steps)
    return GroupRepair(
        group=group,
        chosen=found.chosen,
        result=_result(found),
        steps=steps,
        price=prices(changed(alone, changes), typed, found.before, found.after),
        left=found.left,
        nearest=found.nearest,
        other=_other_that_helps(alone, found, states),
    )


def _other_that_helps(alone: Topology, found: Searched, states: States) -> RepairMode | None:
    """The other mode, if its design in full lacks something that is wrong after this one."""
    if _result(found) not in {Result.NONE, Result.PART}:
        return None
    other = next(mode for mode in RepairMode if mode is not found.chosen.mode)
    there = found_in(reference(alone, other), states(alone))
    wrong = {(one.one.pair, one.one.state) for one in (*found.left, *found.nearest)}
    return other if any(left(other, there[key]) is None for key in wrong & there.keys()) else None


def _result(found: Searched) -> Result:
    if found.changes is None:
        return Result.NONE
    if any(is_lost(found.chosen.mode, one.one) for one in found.left):
        return Result.PART if found.changes else Result.NONE
    return Result.REPAIRED if found.changes else Result.NOTHING
