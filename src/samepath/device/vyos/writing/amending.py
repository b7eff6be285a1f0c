"""The fewest commands that make a neighbour's policy on a VyOS another one.

In the map itself where nobody else has it, otherwise in a new one, which this neighbour has alone; it
goes before the one of the neighbour's group. The lists beside the map stay where they do what is
wanted.

VyOS renders the change for FRR when it is committed, and FRR looks at the routes of the session again
by itself (FRR, ``bgpd/bgp_routemap.c``, ``bgp_route_map_process_peer``; ``bgp route-map
delay-timer``). EdgeOS and VyOS 1.1 run another daemon, which wants to be told (EdgeOS operational
command ``clear ip bgp ADDRESS soft in``).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from samepath.device.vyos.paths import Words
from samepath.device.vyos.writing.device import Applied, applied
from samepath.device.vyos.writing.rules import (
    Leaves,
    delete,
    difference,
    new_rule,
    retold,
    sets,
)
from samepath.device.writing.clauses import Clause, Plan, Step
from samepath.device.writing.forms import REJECTS_ALL, Form
from samepath.device.writing.patch import Edit, NotWritable, Patch
from samepath.device.writing.rules import Addition, Lines, NewRule
from samepath.device.writing.ways import Way, shortest
from samepath.model.change import Direction
from samepath.model.policy import Policy, Term
from samepath.model.policy_form import normal

_LAST = 65535
"""The highest number of a rule."""
_MAP = "route-map"


def amend(edit: Edit) -> Patch:
    """The fewest commands that make an edit. Raises :class:`NotWritable`."""
    if not edit.bgp.asn.value:
        raise NotWritable(
            "nothing says the device's own AS, so that BGP does not run; set that first"
        )
    if not edit.neighbour.activated:
        raise NotWritable(
            f"{edit.neighbour.address}: it has no IPv4 unicast family, and a policy would give it one; "
            "set that first"
        )
    imports = edit.direction is Direction.IMPORT
    before = edit.neighbour.imports if imports else edit.neighbour.exports
    if normal(Policy() if before is None else before.policy) == normal(edit.after):
        return Patch(lines=(), reverts=(), resets=())
    there = applied(edit)
    best = shortest(edit.after, _Amending(it=edit, there=there))
    if best is None:
        raise NotWritable(_why_not(edit, there))
    way = "in" if imports else "out"
    resets = (
        () if there.style.renders_frr else (f"clear ip bgp {edit.neighbour.address} soft {way}",)
    )
    return Patch(lines=best.lines, reverts=best.reverts, resets=resets)


def _why_not(edit: Edit, there: Applied) -> str:
    who = f"{edit.neighbour.address}"
    if any(term.opaque for term in edit.after.terms):
        return (
            f"{who}: its policy has parts that are not understood, so that it can be neither "
            "copied nor changed in front of them; change it by hand"
        )
    if _is_bound(edit, there):
        return (
            f"{who}: this release takes no export policy for one neighbour of a group; "
            "take it out of the group, or change the group's"
        )
    kinds = " and the ".join(sorted(there.inherited))
    return (
        f"{who}: the {kinds} of its group cannot be taken from it alone; take it out of the group"
    )


def _is_bound(edit: Edit, there: Applied) -> bool:
    """Whether a neighbour announces what its group does (Quagga, ``peer_route_map_set``)."""
    in_group = edit.neighbour.group is not None and edit.direction is Direction.EXPORT
    return in_group and not there.style.renders_frr


@dataclass(kw_only=True)
class _Amending:
    """An edit, with what is there."""

    it: Edit
    there: Applied

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

    @property
    def _word(self) -> str:
        return self.it.direction.value

    # ------------------------------------------------------------------------------ in the map itself

    def in_place(self, found: Plan) -> Way:
        """Rules changed, taken out and put in where the map stands."""
        typed: list[str] = []
        back: list[str] = []
        lists: list[Addition] = []
        for step in found.steps:
            path = self._rule_path(self.there.map_name or "", step.number)
            old, new = self._rule(step, lists)
            typed += _rule_lines(path, old, new)
            back += _rule_lines(path, new, old)
        return Way(lines=(*_lines(lists), *typed), reverts=(*back, *_removals(lists)))

    def _rule(self, step: Step, lists: list[Addition]) -> tuple[Leaves | None, Leaves | None]:
        """The leaves of a step's rule before and after; None: it is not there."""
        if step.at is None:
            assert step.term is not None  # noqa: S101 - a step adds, changes or takes out
            made = self._made(step.term, step.number)
            assert made is not None  # noqa: S101 - its cost was told
            lists += made.lists
            return None, made.told
        rule = self.there.rules[step.at]
        if step.term is None:
            return rule.told, None
        return rule.told, retold(rule, step.term, self.it.bgp.asn.value, self.there.style)

    def _rule_path(self, name: str, number: int) -> Words:
        return ("policy", _MAP, name, "rule", str(number))

    def change(self, at: int, term: Term) -> int | None:
        """Commands that make a rule do what a term does."""
        rule = self.there.rules[at]
        found = retold(rule, term, self.it.bgp.asn.value, self.there.style)
        return None if found is None else len(difference((), rule.told, found))

    def add(self, term: Term) -> int | None:
        """Commands of a new rule, with those of its lists."""
        made = self._made(term, 0)
        return None if made is None else len(made.told) + len(_lines(made.lists))

    def _made(self, term: Term, number: int) -> NewRule[Leaves] | None:
        """A rule of ours: by the conditions of one that is there, where there is such a one."""
        for rule in self.there.rules if not term.opaque else ():
            found = retold(rule, term, self.it.bgp.asn.value, self.there.style)
            if found is not None:
                return NewRule(told=found)
        name = self._free(f"{self._name}-{number}")
        return new_rule(term, self.it.bgp.asn.value, name, self.there.style)

    # -------------------------------------------------------------------------------- in a new map

    def with_clauses(self, form: Form, *, keeps_lists: bool) -> Way | None:
        """A map of the neighbour's own, or none where nothing is left to do."""
        stuck = not keeps_lists and self.there.inherited - {_MAP}
        if stuck or _is_bound(self.it, self.there):
            return None
        goes = [one for kind, one in self.there.own.items() if kind != _MAP and not keeps_lists]
        if form == (Term(),) and _MAP not in self.there.inherited:
            own = self.there.own.get(_MAP)
            return self._applied([*goes, *([] if own is None else [own])], None, (), ())
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
            for line in sets(self._rule_path(name, 10 * number), one.told)
        ]
        return self._applied(
            goes, name, (*_lines(lists), *typed), (delete("policy", _MAP, name), *_removals(lists))
        )

    def _applied(self, goes: list[Words], name: str | None, first: Lines, last: Lines) -> Way:
        """The neighbour with other lists and another map: what it needs comes first, and goes last."""
        path, own = self.there.path, self.there.own.get(_MAP)
        kept = () if name is None else (self._map_leaf(name),)
        before = (*goes, *(() if own is None or own in goes else (own,)))
        return Way(
            lines=(*first, *difference(path, before, kept)),
            reverts=(*difference(path, kept, before), *last),
        )

    def _map_leaf(self, name: str) -> Words:
        """What applies a map, in the words of the configuration."""
        own = self.there.own.get(_MAP)
        if own is not None:
            return (*own[:-1], name)
        return self.there.style.of_neighbour((), _MAP, self._word, name)

    @property
    def _name(self) -> str:
        address = str(self.it.neighbour.address).replace(".", "-")
        return f"SAMEPATH-{address}-{'IN' if self._word == 'import' else 'OUT'}"

    def _free(self, name: str) -> str:
        """A name that no map and no list has."""
        names = (name, *(f"{name}_{number}" for number in range(2, len(self.there.taken) + 3)))
        return next(one for one in names if one not in self.there.taken)


def _rule_lines(path: Words, before: Leaves | None, after: Leaves | None) -> Lines:
    """What makes a rule another one; None: it is not there."""
    if after is None:
        return (delete(*path),)
    return sets(path, after) if before is None else difference(path, before, after)


def _lines(lists: Sequence[Addition]) -> Lines:
    return tuple(line for one in lists for line in one.lines)


def _removals(lists: Sequence[Addition]) -> Lines:
    return tuple(line for one in lists for line in one.removal)
