"""The fewest commands that make a neighbour's policy on a FortiGate another one.

A rule of a route map ends it, so that a change for every route stands in each rule that permits. In
the map itself where nobody else has it, otherwise in a new one, which this neighbour has alone. The
lists that a neighbour has beside its map stay where they do what is wanted.

A changed map holds for what is announced or heard next, and for what there is already after a soft
reset, which leaves the session standing (Fortinet, "Technical Tip: How to clear BGP sessions",
https://community.fortinet.com/t5/FortiGate/Technical-Tip-How-to-clear-BGP-Sessions/ta-p/199680).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from samepath.device.fortios.writing.device import Applied, applied, is_external
from samepath.device.fortios.writing.rules import new_rule, retold
from samepath.device.fortios.writing.text import (
    Lines,
    Settings,
    config,
    difference,
    edit,
    in_domain,
    settings,
)
from samepath.device.writing.clauses import Clause, Plan, Step
from samepath.device.writing.forms import REJECTS_ALL, Form
from samepath.device.writing.patch import Edit, NotWritable, Patch
from samepath.device.writing.rules import Addition, NewRule
from samepath.device.writing.ways import Way, shortest
from samepath.model.change import Direction
from samepath.model.policy import Policy, Term
from samepath.model.policy_form import normal

_LAST = 2**32 - 1
"""The highest number of a rule."""


def amend(edit: Edit) -> Patch:
    """The fewest commands that make an edit. Raises :class:`NotWritable`."""
    if not edit.bgp.asn.value:
        raise NotWritable(
            "nothing says the device's own AS, so that BGP does not run; set that first"
        )
    _refuse_what_reaches_nobody(edit)
    before = edit.neighbour.imports if _is_import(edit) else edit.neighbour.exports
    if normal(Policy() if before is None else before.policy) == normal(edit.after):
        return Patch(lines=(), reverts=(), resets=())
    best = shortest(edit.after, _Amending(it=edit, there=applied(edit)))
    if best is None:
        raise NotWritable(_why_not(edit))
    return Patch(
        lines=in_domain(edit.bgp.vrf, best.lines),
        reverts=in_domain(edit.bgp.vrf, best.reverts),
        resets=in_domain(edit.bgp.vrf, (_reset(edit),)),
    )


def _is_import(edit: Edit) -> bool:
    return edit.direction is Direction.IMPORT


def _reset(edit: Edit) -> str:
    way = "in" if _is_import(edit) else "out"
    return f"execute router clear bgp ip {edit.neighbour.address} soft {way}"


def _refuse_what_reaches_nobody(edit: Edit) -> None:
    if _is_import(edit) or not is_external(edit):
        return
    for term in edit.after.terms:
        if term.changes.local_preference is not None or term.changes.weight is not None:
            raise NotWritable(
                f"{edit.neighbour.address}: a neighbour of another AS is told no local preference "
                "and no weight; prepend, or set a MED"
            )


def _why_not(edit: Edit) -> str:
    who = f"{edit.neighbour.address}"
    if any(term.opaque for term in edit.after.terms):
        return (
            f"{who}: its policy has parts that are not understood, so that it can be neither "
            "copied nor changed in front of them; change it by hand"
        )
    return (
        f"{who}: a rule of a FortiOS route map ends it, and this policy has a term that changes "
        "some routes and goes on; say the changes in each term that accepts"
    )


@dataclass(kw_only=True)
class _Amending:
    """An edit, with what is there."""

    it: Edit
    there: Applied

    @property
    def _way(self) -> str:
        return "in" if _is_import(self.it) else "out"

    @property
    def filters(self) -> tuple[Term, ...]:
        """What the neighbour's lists do."""
        return self.there.filters

    @property
    def clauses(self) -> Sequence[Clause]:
        """The rules of a map that nobody else has."""
        rules = self.there.rules if self.there.is_alone else ()
        return [Clause(number=one.number, term=one.term) for one in rules]

    @property
    def last(self) -> int:
        """The highest number of a rule."""
        return _LAST

    # ------------------------------------------------------------------------------ in the map itself

    def in_place(self, found: Plan) -> Way:
        """Rules changed, taken out and put in where the map stands."""
        typed: list[str] = []
        back: list[str] = []
        lists: list[Addition] = []
        for step in found.steps:
            old, new = self._rule(step, lists)
            typed += _rule_lines(step.number, old, new)
            back += _rule_lines(step.number, new, old)
        name = self.there.map_name or ""
        return Way(
            lines=(*_blocks(lists), *_map(name, typed)),
            reverts=(*_map(name, back), *_removals(lists)),
        )

    def _rule(self, step: Step, lists: list[Addition]) -> tuple[Settings | None, Settings | None]:
        """The attributes of a step's rule before and after; None: it is not there."""
        if step.at is None:
            assert step.term is not None  # noqa: S101 - a step adds, changes or takes out
            made = self._made(step.term, step.number)
            assert made is not None  # noqa: S101 - its cost was told
            lists += made.lists
            return None, made.told
        rule = self.there.rules[step.at]
        if step.term is None:
            return rule.told, None
        return rule.told, retold(rule, step.term, self.it.bgp.asn.value)

    def change(self, at: int, term: Term) -> int | None:
        """Lines that make a rule do what a term does."""
        rule = self.there.rules[at]
        found = retold(rule, term, self.it.bgp.asn.value)
        return None if found is None else len(_rule_lines(0, rule.told, found))

    def add(self, term: Term) -> int | None:
        """Lines of a new rule, with those of its lists."""
        made = self._made(term, 0)
        if made is None:
            return None
        return len(_rule_lines(0, None, made.told)) + len(_blocks(made.lists))

    def _made(self, term: Term, number: int) -> NewRule[Settings] | None:
        """A rule of ours: by the conditions of one that is there, where there is such a one."""
        for rule in self.there.rules if not term.opaque else ():
            found = retold(rule, term, self.it.bgp.asn.value)
            if found is not None:
                return NewRule(told=found)
        return new_rule(term, self.it.bgp.asn.value, self._free(f"{self._name}-{number}"))

    # -------------------------------------------------------------------------------- in a new map

    def with_clauses(self, form: Form, *, keeps_lists: bool) -> Way | None:
        """A map of the neighbour's own, or none where nothing is left to do."""
        kept = self.there.attributes if keeps_lists else {}
        own = {name: words for name, words in kept.items() if not name.startswith("route-map")}
        if form == (Term(),):
            return self._applied(own, (), ())
        name = self._free(self._name)
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
            for line in _rule_lines(10 * number, None, one.told)
        ]
        own[f"route-map-{self._way}"] = (name,)
        return self._applied(
            own,
            (*_blocks(lists), *_map(name, typed)),
            (*config("router route-map", (f'delete "{name}"',)), *_removals(lists)),
        )

    def _applied(self, own: Settings, first: Lines, last: Lines) -> Way:
        """The neighbour with other attributes: what it needs comes first, and goes last."""
        before = self.there.attributes
        return Way(
            lines=(*first, *self._neighbour(difference(before, own))),
            reverts=(*self._neighbour(difference(own, before)), *last),
        )

    def _neighbour(self, lines: Lines) -> Lines:
        return config("router bgp", config("neighbor", edit(str(self.it.neighbour.address), lines)))

    @property
    def _name(self) -> str:
        return f"SAMEPATH-{self.it.neighbour.address}-{self._way.upper()}"

    def _free(self, name: str) -> str:
        """A name that no map and no list has."""
        names = (name, *(f"{name}.{number}" for number in range(2, len(self.there.taken) + 3)))
        return next(one for one in names if one not in self.there.taken)


def _rule_lines(number: int, before: Settings | None, after: Settings | None) -> Lines:
    """What makes a rule another one; None: it is not there."""
    if after is None:
        return (f"delete {number}",)
    lines = settings(after) if before is None else difference(before, after)
    return edit(str(number), lines) if lines or before is None else ()


def _map(name: str, lines: list[str]) -> Lines:
    return config("router route-map", edit(name, config("rule", lines)))


def _blocks(lists: list[Addition] | tuple[Addition, ...]) -> Lines:
    return tuple(line for one in lists for line in one.lines)


def _removals(lists: list[Addition]) -> Lines:
    return tuple(line for one in lists for line in one.removal)
