"""The smallest change that reaches a group's goal, found by analysing one design after the other.

A state that one design failed in is where the next one most likely fails, so it is looked at first.
What reaches the goal is tried once more without each of its statements: none is left that it could
do without.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from samepath.model.change import Change, changed
from samepath.model.topology import Topology
from samepath.routing.compile import tunnel_of
from samepath.routing.evaluator import analyse
from samepath.routing.repair.choice import chosen
from samepath.routing.repair.designs import designs
from samepath.routing.repair.goal import (
    Chosen,
    Fault,
    Found,
    RepairMode,
    fault,
    is_lost,
    left,
    rank,
    reference,
)
from samepath.routing.states import ALL_UP, FailureState
from samepath.routing.verdict import Pair, PairInState

States = Callable[[Topology], Iterable[FailureState]]
"""The states of a topology that a repair has to hold in."""


def found_in(topology: Topology, states: Iterable[FailureState]) -> Found:
    """The verdicts of a topology, by pair and state."""
    return {(one.pair, one.state): one for one in analyse(topology, tuple(states))}


@dataclass(frozen=True, kw_only=True)
class Searched:
    """What came of a search in a group.

    ``changes`` is None where no design reaches the goal; ``nearest`` is then what is wrong with the
    design that came nearest. ``left`` is what no policy mends, before and after.
    """

    chosen: Chosen
    changes: frozenset[Change] | None
    before: Found
    after: Found
    left: tuple[Fault, ...]
    nearest: tuple[Fault, ...] = ()


class _Search:
    def __init__(self, part: Topology, mode: RepairMode, before: Found, floor: Found) -> None:
        self.part = part
        self.mode = mode
        self.before = before
        self.floor = floor
        self.states = list(dict.fromkeys(state for _, state in before))
        self.failed: dict[frozenset[Change], Fault] = {}
        self.reached: dict[frozenset[Change], Found] = {}

    def reaches(self, changes: frozenset[Change]) -> bool:
        """Whether the changed topology reaches the goal in every state."""
        if changes not in self.failed and changes not in self.reached:
            self._try(changes)
        return changes in self.reached

    def _try(self, changes: frozenset[Change]) -> None:
        topology = changed(self.part, changes)
        found: dict[tuple[Pair, FailureState], PairInState] = {}
        for states in (self.states[:1], self.states[1:]):
            for one in analyse(topology, states):
                wrong = self.fault(one)
                if wrong is not None:
                    self.states.remove(one.state)
                    self.states.insert(0, one.state)
                    self.failed[changes] = wrong
                    return
                found[one.pair, one.state] = one
        self.reached[changes] = {key: found[key] for key in self.before}

    def fault(self, one: PairInState) -> Fault | None:
        """What is wrong with a pair in a state, or worse than it was."""
        before = self.before[one.pair, one.state]
        if rank(one) > rank(before):
            return Fault(one=one, what="it would be worse than it is now")
        return fault(self.mode, one, self.floor)

    def without_spare(self, changes: frozenset[Change]) -> frozenset[Change]:
        """``changes`` without those that they do without."""
        for change in sorted(changes, key=repr):
            fewer = changes - {change}
            if fewer and self.reaches(fewer):
                return self.without_spare(fewer)
        return changes


def search(part: Topology, states: States, mode: RepairMode | None) -> Searched:
    """The smallest repair of a group; ``mode`` None: the one that suits its firewalls."""
    known = tuple(states(part))
    before = found_in(part, known)
    clean = RepairMode.SYMMETRIC if mode is None else mode
    if all(left(clean, one) is None for one in before.values()):
        return _nothing(already(mode), before)
    if mode is None and not any(is_lost(clean, one) for one in before.values()):
        floor = found_in(reference(part, clean), known)
        if all(fault(clean, one, floor) is None for one in before.values()):
            return _nothing(already(mode), before)
    choice = chosen(part, before) if mode is None else _declared(mode)
    found = _in_mode(part, choice, known, before)
    # What a repair brings back to life may meet a firewall that minds.
    again = choice if mode is not None else chosen(part, before, found.after)
    return found if again.mode is choice.mode else _in_mode(part, again, known, before)


def _in_mode(
    part: Topology, choice: Chosen, known: tuple[FailureState, ...], before: Found
) -> Searched:
    floor = found_in(reference(part, choice.mode), known)
    it = _Search(part, choice.mode, before, floor)
    if all(it.fault(one) is None for one in before.values()):
        return _nothing(choice, before)
    for design in designs(part, choice.mode, _carriers(before)):
        if design.changes and it.reaches(design.changes):
            changes = it.without_spare(design.changes)
            after = it.reached[changes]
            return Searched(
                chosen=choice,
                changes=changes,
                before=before,
                after=after,
                left=_left(choice, after),
            )
    return Searched(
        chosen=choice,
        changes=None,
        before=before,
        after=before,
        left=_left(choice, before),
        nearest=tuple(dict.fromkeys(it.failed.values())),
    )


def _declared(mode: RepairMode) -> Chosen:
    return Chosen(mode=mode, why="declared")


def already(mode: RepairMode | None) -> Chosen:
    """The mode of what has reached the goal of ``mode``, or without one is symmetric."""
    if mode is not None:
        return _declared(mode)
    why = "it is symmetric already where a policy can make it so"
    return Chosen(mode=RepairMode.SYMMETRIC, why=why)


def _nothing(choice: Chosen, before: Found) -> Searched:
    return Searched(
        chosen=choice,
        changes=frozenset(),
        before=before,
        after=before,
        left=_left(choice, before),
    )


def _left(choice: Chosen, found: Found) -> tuple[Fault, ...]:
    wrong = (left(choice.mode, one) for one in found.values())
    return tuple(one for one in wrong if one is not None)


def _carriers(before: Found) -> tuple[str, ...]:
    """The tunnels that carry each direction of each pair with all up, where that is certain."""
    return tuple(
        tunnel_of(tunnel)
        for (_, state), one in before.items()
        if state == ALL_UP
        for tunnels in zip(*(each.result.ways.tunnels for each in one.outcomes), strict=True)
        if len(set(tunnels)) == 1 and (tunnel := tunnels[0]) is not None
    )
