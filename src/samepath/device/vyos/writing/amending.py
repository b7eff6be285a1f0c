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
from typing import ClassVar

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
from samepath.device.writing.forms import Form
from samepath.device.writing.patch import Edit, NotWritable, Patch
from samepath.device.writing.route_map import (
    RouteMap,
    is_so,
    refuse_what_is_not_understood,
    refuse_without_as,
)
from samepath.device.writing.rules import Lines, NewRule, Rule
from samepath.device.writing.ways import Way, shortest
from samepath.model.change import Direction
from samepath.model.policy import Term

_MAP = "route-map"


def amend(edit: Edit) -> Patch:
    """The fewest commands that make an edit. Raises :class:`NotWritable`."""
    refuse_without_as(edit)
    if not edit.neighbour.activated:
        raise NotWritable(
            f"{edit.neighbour.address}: it has no IPv4 unicast family, and a policy would give it one; "
            "set that first"
        )
    if is_so(edit):
        return Patch(lines=(), reverts=(), resets=())
    there = applied(edit)
    best = shortest(edit.after, _Amending(it=edit, there=there))
    if best is None:
        refuse_what_is_not_understood(edit)
        raise NotWritable(_why_not(edit, there))
    way = "in" if edit.direction is Direction.IMPORT else "out"
    resets = (
        () if there.style.renders_frr else (f"clear ip bgp {edit.neighbour.address} soft {way}",)
    )
    return Patch(lines=best.lines, reverts=best.reverts, resets=resets)


def _why_not(edit: Edit, there: Applied) -> str:
    who = f"{edit.neighbour.address}"
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


@dataclass(frozen=True, kw_only=True)
class _Amending(RouteMap[Leaves]):
    """An edit, with what is there."""

    last: ClassVar[int] = 65535
    before_count: ClassVar[str] = "_"

    there: Applied

    @property
    def _word(self) -> str:
        return self.it.direction.value

    @property
    def name(self) -> str:
        """By the neighbour's address, without the dots."""
        address = str(self.it.neighbour.address).replace(".", "-")
        return f"SAMEPATH-{address}-{'IN' if self._word == 'import' else 'OUT'}"

    def retold(self, rule: Rule[Leaves], term: Term) -> Leaves | None:
        """The leaves with which a rule does what a term does."""
        return retold(rule, term, self.it.bgp.asn.value, self.there.style)

    def new_rule(self, term: Term, list_name: str) -> NewRule[Leaves] | None:
        """A rule that does what a term does."""
        return new_rule(term, self.it.bgp.asn.value, list_name, self.there.style)

    def rule_lines(
        self, map_name: str, number: int, before: Leaves | None, after: Leaves | None
    ) -> Lines:
        """What makes a rule another one, each command with its whole path."""
        path = ("policy", _MAP, map_name, "rule", str(number))
        if after is None:
            return (delete(*path),)
        return sets(path, after) if before is None else difference(path, before, after)

    def map_lines(self, _name: str, rules: Sequence[str]) -> Lines:
        """The commands of its rules: nothing is typed around them."""
        return tuple(rules)

    def map_removal(self, name: str) -> Lines:
        """What takes a map away."""
        return (delete("policy", _MAP, name),)

    def with_clauses(self, form: Form, *, keeps_lists: bool) -> Way | None:
        """A map of the neighbour's own, or none where nothing is left to do."""
        stuck = not keeps_lists and self.there.inherited - {_MAP}
        if stuck or _is_bound(self.it, self.there):
            return None
        goes = [one for kind, one in self.there.own.items() if kind != _MAP and not keeps_lists]
        if form == (Term(),) and _MAP not in self.there.inherited:
            own = self.there.own.get(_MAP)
            return self._applied([*goes, *([] if own is None else [own])], None, (), ())
        made = self.new_map(form)
        return None if made is None else self._applied(goes, made.name, made.lines, made.removal)

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
