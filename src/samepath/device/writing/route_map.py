"""A neighbour's route map as a list of rules, and how it is made another one.

In the map itself where nobody else has it, otherwise in a new one, which this neighbour has alone.
What a rule says, ``Told``, and how it is typed, is the platform's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic

from samepath.device.writing.clauses import Clause, Plan, Step
from samepath.device.writing.forms import REJECTS_ALL, Form
from samepath.device.writing.patch import Edit, NotWritable
from samepath.device.writing.rules import Addition, Lines, NewRule, Rule, Told
from samepath.device.writing.ways import Way
from samepath.model.change import Direction
from samepath.model.policy import Policy, Term
from samepath.model.policy_form import normal


def refuse_without_as(edit: Edit) -> None:
    """Raise :class:`NotWritable` where BGP does not run."""
    if not edit.bgp.asn.value:
        raise NotWritable(
            "nothing says the device's own AS, so that BGP does not run; set that first"
        )


def is_so(edit: Edit) -> bool:
    """Whether the neighbour's policy is already what it is to be."""
    imports = edit.direction is Direction.IMPORT
    before = edit.neighbour.imports if imports else edit.neighbour.exports
    return normal(Policy() if before is None else before.policy) == normal(edit.after)


def refuse_what_is_not_understood(edit: Edit) -> None:
    """Raise :class:`NotWritable` where that is why a policy has no lines."""
    if any(term.opaque for term in edit.after.terms):
        raise NotWritable(
            f"{edit.neighbour.address}: its policy has parts that are not understood, so that it "
            "can be neither copied nor changed in front of them; change it by hand"
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Applied(Generic[Told]):
    """A direction of a neighbour, as the configuration has it.

    ``filters`` is what the lists do that a route passes before the map. ``rules`` are those of the
    map, and ``is_alone`` says that nothing else applies it.
    """

    filters: tuple[Term, ...]
    map_name: str | None
    rules: tuple[Rule[Told], ...]
    is_alone: bool
    taken: frozenset[str]
    """Names that maps and lists have."""


@dataclass(frozen=True, kw_only=True)
class RouteMap(ABC, Generic[Told]):
    """An edit, with what is there: what is the same of it on every platform that has such rules."""

    last: ClassVar[int]
    """The highest number of a rule."""
    before_count: ClassVar[str]
    """What stands between a name that is taken and the number that makes it another one."""

    it: Edit
    there: Applied[Told]

    @property
    @abstractmethod
    def name(self) -> str:
        """What a map of the neighbour's own is called."""

    @abstractmethod
    def retold(self, rule: Rule[Told], term: Term) -> Told | None:
        """What a rule says that does what a term does; None: its own words do not let it."""

    @abstractmethod
    def new_rule(self, term: Term, list_name: str) -> NewRule[Told] | None:
        """A rule that does what a term does; None where there is none."""

    @abstractmethod
    def rule_lines(
        self, map_name: str, number: int, before: Told | None, after: Told | None
    ) -> Lines:
        """What makes a rule another one; None: it is not there."""

    @abstractmethod
    def map_lines(self, name: str, rules: Sequence[str]) -> Lines:
        """The lines of a map's rules, with what is typed around them."""

    @abstractmethod
    def map_removal(self, name: str) -> Lines:
        """What takes a map away."""

    @property
    def filters(self) -> tuple[Term, ...]:
        """What the neighbour's lists do."""
        return self.there.filters

    @property
    def clauses(self) -> Sequence[Clause]:
        """The rules of a map that nobody else has."""
        rules = self.there.rules if self.there.is_alone else ()
        return [Clause(number=one.number, term=one.term) for one in rules]

    def change(self, at: int, term: Term) -> int | None:
        """Lines that make a rule do what a term does."""
        rule = self.there.rules[at]
        found = self.retold(rule, term)
        return None if found is None else len(self.rule_lines("", 0, rule.told, found))

    def add(self, term: Term) -> int | None:
        """Lines of a new rule, with those of its lists."""
        made = self._made(term, 0)
        if made is None:
            return None
        return len(self.rule_lines("", 0, None, made.told)) + len(_lines(made.lists))

    def in_place(self, found: Plan) -> Way:
        """Rules changed, taken out and put in where the map stands."""
        name = self.there.map_name or ""
        typed: list[str] = []
        back: list[str] = []
        lists: list[Addition] = []
        for step in found.steps:
            old, new = self._step(step, lists)
            typed += self.rule_lines(name, step.number, old, new)
            back += self.rule_lines(name, step.number, new, old)
        return Way(
            lines=(*_lines(lists), *self.map_lines(name, typed)),
            reverts=(*self.map_lines(name, back), *_removals(lists)),
        )

    def _step(self, step: Step, lists: list[Addition]) -> tuple[Told | None, Told | None]:
        """What a step's rule says before and after; None: it is not there."""
        if step.at is None:
            assert step.term is not None  # noqa: S101 - a step adds, changes or takes out
            made = self._made(step.term, step.number)
            assert made is not None  # noqa: S101 - its cost was told
            lists += made.lists
            return None, made.told
        rule = self.there.rules[step.at]
        if step.term is None:
            return rule.told, None
        return rule.told, self.retold(rule, step.term)

    def new_map(self, form: Form) -> Addition | None:
        """A map that says a form, with its lists; None where a term has no rule."""
        name = self._free(self.name)
        made = [
            self._made(term, 10 * number) for number, term in enumerate(form or (REJECTS_ALL,), 1)
        ]
        rules = [one for one in made if one is not None]
        if len(rules) < len(made):
            return None
        lists = [each for one in rules for each in one.lists]
        typed = [
            line
            for number, one in enumerate(rules, 1)
            for line in self.rule_lines(name, 10 * number, None, one.told)
        ]
        return Addition(
            name=name,
            lines=(*_lines(lists), *self.map_lines(name, typed)),
            removal=(*self.map_removal(name), *_removals(lists)),
        )

    def _made(self, term: Term, number: int) -> NewRule[Told] | None:
        """A rule of ours: by the conditions of one that is there, where there is such a one."""
        for rule in self.there.rules if not term.opaque else ():
            found = self.retold(rule, term)
            if found is not None:
                return NewRule(told=found)
        return self.new_rule(term, self._free(f"{self.name}-{number}"))

    def _free(self, name: str) -> str:
        """A name that no map and no list has."""
        numbers = range(2, len(self.there.taken) + 3)
        names = (name, *(f"{name}{self.before_count}{number}" for number in numbers))
        return next(one for one in names if one not in self.there.taken)


def _lines(lists: Sequence[Addition]) -> Lines:
    return tuple(line for one in lists for line in one.lines)


def _removals(lists: Sequence[Addition]) -> Lines:
    return tuple(line for one in lists for line in one.removal)
