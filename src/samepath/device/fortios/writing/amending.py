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
from typing import ClassVar

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
from samepath.device.writing.forms import Form
from samepath.device.writing.patch import Edit, NotWritable, Patch
from samepath.device.writing.route_map import (
    RouteMap,
    is_so,
    refuse_what_is_not_understood,
    refuse_without_as,
)
from samepath.device.writing.rules import NewRule, Rule
from samepath.device.writing.ways import Way, shortest
from samepath.model.change import Direction
from samepath.model.policy import Term


def amend(edit: Edit) -> Patch:
    """The fewest commands that make an edit. Raises :class:`NotWritable`."""
    refuse_without_as(edit)
    _refuse_what_reaches_nobody(edit)
    if is_so(edit):
        return Patch(lines=(), reverts=(), resets=())
    best = shortest(edit.after, _Amending(it=edit, there=applied(edit)))
    if best is None:
        refuse_what_is_not_understood(edit)
        raise NotWritable(
            f"{edit.neighbour.address}: a rule of a FortiOS route map ends it, and this policy has a "
            "term that changes some routes and goes on; say the changes in each term that accepts"
        )
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


@dataclass(frozen=True, kw_only=True)
class _Amending(RouteMap[Settings]):
    """An edit, with what is there."""

    last: ClassVar[int] = 2**32 - 1
    before_count: ClassVar[str] = "."

    there: Applied

    @property
    def _way(self) -> str:
        return "in" if _is_import(self.it) else "out"

    @property
    def name(self) -> str:
        """By the neighbour's address."""
        return f"SAMEPATH-{self.it.neighbour.address}-{self._way.upper()}"

    def retold(self, rule: Rule[Settings], term: Term) -> Settings | None:
        """The attributes with which a rule does what a term does."""
        return retold(rule, term, self.it.bgp.asn.value)

    def new_rule(self, term: Term, list_name: str) -> NewRule[Settings] | None:
        """A rule that does what a term does."""
        return new_rule(term, self.it.bgp.asn.value, list_name)

    def rule_lines(
        self, _map_name: str, number: int, before: Settings | None, after: Settings | None
    ) -> Lines:
        """What makes a rule another one, typed within the map."""
        if after is None:
            return (f"delete {number}",)
        lines = settings(after) if before is None else difference(before, after)
        return edit(str(number), lines) if lines or before is None else ()

    def map_lines(self, name: str, rules: Sequence[str]) -> Lines:
        """The blocks around the rules of a map."""
        return config("router route-map", edit(name, config("rule", rules)))

    def map_removal(self, name: str) -> Lines:
        """What takes a map away."""
        return config("router route-map", (f'delete "{name}"',))

    def with_clauses(self, form: Form, *, keeps_lists: bool) -> Way | None:
        """A map of the neighbour's own, or none where nothing is left to do."""
        kept = self.there.attributes if keeps_lists else {}
        own = {name: words for name, words in kept.items() if not name.startswith("route-map")}
        if form == (Term(),):
            return self._applied(own, (), ())
        made = self.new_map(form)
        if made is None:
            return None
        own[f"route-map-{self._way}"] = (made.name,)
        return self._applied(own, made.lines, made.removal)

    def _applied(self, own: Settings, first: Lines, last: Lines) -> Way:
        """The neighbour with other attributes: what it needs comes first, and goes last."""
        before = self.there.attributes
        return Way(
            lines=(*first, *self._neighbour(difference(before, own))),
            reverts=(*self._neighbour(difference(own, before)), *last),
        )

    def _neighbour(self, lines: Lines) -> Lines:
        return config("router bgp", config("neighbor", edit(str(self.it.neighbour.address), lines)))
