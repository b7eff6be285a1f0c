"""The fewest lines that make one list of numbered clauses another.

A clause is kept as it is, changed where it stands, or taken out; a new one needs a number that is
free between its neighbours. What each of these costs is the platform's to say. The cheapest way is
found as an edit distance.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from samepath.device.writing.forms import Form, decides, is_end
from samepath.model.policy import Disposition, Term

_MANY = 10_000
"""Pairs of clauses; where there are more, few new ones are tried side by side."""
_FEW = 3


class Costs(Protocol):
    """Lines that a platform takes; None: it has none that say it."""

    def change(self, at: int, term: Term) -> int | None:
        """Make a clause, by its position, do what a term does."""

    def add(self, term: Term) -> int | None:
        """Put in a clause."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Clause:
    """A clause that is there; without a term it matches no route."""

    number: int
    term: Term | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A clause to be changed, taken out or put in.

    ``at`` is its position among those that are there; None: it is new. Without a ``term`` it goes.
    """

    number: int
    at: int | None
    term: Term | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Plan:
    """Steps by their numbers, and how many clauses are there after them."""

    steps: tuple[Step, ...]
    left: int


_Move = tuple[int, int, int]
"""Clauses that are past, terms that are past, new clauses since the last one that was there."""
_DROP_LINES = 1


def plan(there: Sequence[Clause], wanted: Form, costs: Costs, *, last: int) -> Plan | None:
    """The cheapest steps; None where there are none. ``last``: the highest number of a clause."""
    best = _Best(there, wanted, costs, _same_ends(there, wanted), last=last)
    if best.cost is None and len(there) * len(wanted) <= _MANY:
        best = _Best(there, wanted, costs, (0, 0), last=last)
    if best.cost is None:
        return None
    steps = tuple(sorted(best.steps(), key=lambda one: one.number))
    dropped = sum(one.term is None for one in steps)
    added = sum(one.at is None for one in steps)
    return Plan(steps=steps, left=len(there) - dropped + added)


def _same_ends(there: Sequence[Clause], wanted: Form) -> tuple[int, int]:
    """How many clauses at the beginning and at the end are what is wanted."""
    most = min(len(there), len(wanted))
    head = 0
    while head < most and there[head].term == wanted[head]:
        head += 1
    tail = 0
    while tail < most - head and there[-1 - tail].term == wanted[-1 - tail]:
        tail += 1
    return head, tail


class _Best:
    """The cheapest way from every point of the comparison to its end."""

    def __init__(
        self,
        there: Sequence[Clause],
        wanted: Form,
        costs: Costs,
        same: tuple[int, int],
        *,
        last: int,
    ) -> None:
        head, tail = same
        self.there, self.wanted, self.head = there, wanted, head
        self.ends = len(there) - tail, len(wanted) - tail
        self.bounds = [0, *(one.number for one in there), last + 1]
        pairs = (self.ends[0] - head) * (self.ends[1] - head)
        self.side_by_side = len(wanted) if pairs <= _MANY else _FEW
        self.adds = {at: costs.add(wanted[at]) for at in range(head, self.ends[1])}
        self.found: dict[_Move, tuple[int, _Move | None]] = {}
        self._fill(costs)

    @property
    def cost(self) -> int | None:
        """Lines of the whole way."""
        found = self.found.get((self.head, self.head, 0))
        return None if found is None else found[0]

    def _room(self, at: int) -> int:
        return min(self.bounds[at + 1] - self.bounds[at] - 1, self.side_by_side)

    def _fill(self, costs: Costs) -> None:
        for at in range(self.ends[0], self.head - 1, -1):
            for term in range(self.ends[1], self.head - 1, -1):
                for new in range(self._room(at), -1, -1):
                    self._point((at, term, new), costs)

    def _point(self, move: _Move, costs: Costs) -> None:
        at, term, new = move
        ways: list[tuple[int, _Move | None]] = []
        if at < self.ends[0] and term < self.ends[1]:
            same = self.there[at].term == self.wanted[term]
            self._take(
                ways, 0 if same else costs.change(at, self.wanted[term]), (at + 1, term + 1, 0)
            )
        if at < self.ends[0]:
            needs = self.there[at].term is not None
            self._take(ways, _DROP_LINES if needs else 0, (at + 1, term, 0))
        if term < self.ends[1] and new < self._room(at):
            self._take(ways, self.adds[term], (at, term + 1, new + 1))
        if term == self.ends[1] and self._is_over(at):
            ways.append((0, None))
        if ways:
            self.found[move] = min(ways, key=lambda one: one[0])

    def _take(self, ways: list[tuple[int, _Move | None]], lines: int | None, to: _Move) -> None:
        then = self.found.get(to)
        if lines is not None and then is not None:
            ways.append((lines + then[0], to))

    def _is_over(self, at: int) -> bool:
        """Whether the clauses from here on may stay, with all that is wanted said."""
        if self.ends[0] < len(self.there):
            return at == self.ends[0]
        if decides(self.wanted):
            return True
        for one in self.there[at:]:
            if one.term is None:
                continue
            if one.term.disposition is not Disposition.REJECT or one.term.opaque:
                return False
            if is_end(one.term):
                return True
        return True

    def steps(self) -> Iterator[Step]:
        """The steps of the cheapest way."""
        move: _Move | None = (self.head, self.head, 0)
        pending: list[Term] = []
        while move is not None:
            at, term, _ = move
            then = self.found[move][1]
            if then is not None and then[0] == at:
                pending.append(self.wanted[term])
            else:
                yield from self._added(at, pending)
                pending = []
            if then is not None and then[0] > at:
                number, own = self.there[at].number, self.there[at].term
                if then[1] == term:
                    if own is not None:
                        yield Step(number=number, at=at, term=None)
                elif own != self.wanted[term]:
                    yield Step(number=number, at=at, term=self.wanted[term])
            move = then

    def _added(self, at: int, terms: Sequence[Term]) -> Iterator[Step]:
        low, high = self.bounds[at], self.bounds[at + 1]
        numbers = _between(low, high, len(terms), is_last=at == len(self.there))
        for number, term in zip(numbers, terms, strict=True):
            yield Step(number=number, at=None, term=term)


def _between(low: int, high: int, count: int, *, is_last: bool) -> tuple[int, ...]:
    """Numbers that are free between two, in tens behind the last one where they fit."""
    tens = low // 10 * 10 + 10
    if is_last and tens + 10 * count < high:
        return tuple(tens + 10 * each for each in range(count))
    return tuple(low + (high - low) * each // (count + 1) for each in range(1, count + 1))
