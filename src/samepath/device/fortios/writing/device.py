"""What a neighbour's policy on a FortiGate is made of, and who else uses it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from samepath.device.fortios.node import Node
from samepath.device.fortios.policies import Policies, clauses
from samepath.device.fortios.statements import statements
from samepath.device.fortios.tree import Tree
from samepath.device.fortios.writing.text import Settings
from samepath.device.reading.source import Source
from samepath.device.reading.support import Ledger
from samepath.device.writing import route_map
from samepath.device.writing.patch import Edit
from samepath.device.writing.rules import Rule, rule
from samepath.model.change import Direction

LISTS = ("distribute-list", "prefix-list", "filter-list")
_NAMES_A_MAP = re.compile(r"rou|.*map")
_Path = tuple[tuple[str, ...], ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Applied(route_map.Applied[Settings]):
    """A direction of a neighbour; ``attributes`` are those that apply a map or a list there."""

    attributes: dict[str, tuple[str, ...]]


def applied(edit: Edit) -> Applied:
    """The direction that an edit is about."""
    tree = tree_of(edit.sources)
    scope, node = _neighbour(tree, edit)
    way = "in" if edit.direction is Direction.IMPORT else "out"
    policies = Policies(scope=scope)
    names = [f"{one}-{way}" for one in (*LISTS, "route-map")]
    said = node.text(f"route-map-{way}")
    found = None if said is None else policies.entry("route-map", said.value)
    return Applied(
        attributes={one: node.words(one) for one in names if node.words(one)},
        filters=tuple(term for one in policies.filters(node, way) for term in one.policy.terms),
        map_name=None if found is None else found.name,
        rules=() if found is None else _rules(found, policies, edit),
        is_alone=found is not None and _uses(edit.sources, found.name, edit.bgp.vrf) == 1,
        taken=frozenset(
            one.name
            for table in ("route-map", "prefix-list", "access-list", "community-list")
            for one in scope.table("router", table)
        ),
    )


def tree_of(sources: Sequence[Source]) -> Tree:
    """The objects of a configuration."""
    tree = Tree(ledger=Ledger())
    for source in sources:
        tree.read(source.lines())
    return tree


def is_external(edit: Edit) -> bool:
    """Whether a neighbour is of another AS, as the reader takes it."""
    remote = edit.neighbour.remote_as
    return remote is None or remote.value != edit.bgp.asn.value


def _neighbour(tree: Tree, edit: Edit) -> tuple[Node, Node]:
    """The domain of a neighbour, and its entry. The edit is of a reading that has found them."""
    for name, scope in tree.scopes():
        bgp = scope.block("router", "bgp")
        table = None if bgp is None or name != edit.bgp.vrf else bgp.block("neighbor")
        for entry in table.entries.values() if table is not None else ():
            if entry.name == str(edit.neighbour.address):
                return scope, entry
    raise AssertionError(edit.neighbour.address)


def _rules(found: Node, policies: Policies, edit: Edit) -> tuple[Rule[Settings], ...]:
    reaches_none = is_external(edit) and edit.direction is Direction.EXPORT
    entries = found.blocks[("rule",)].entries if ("rule",) in found.blocks else {}
    by_number = {int(name): node for name, node in entries.items() if name.isdecimal()}
    return tuple(
        rule(
            clause,
            {name: one.values for name, one in by_number[clause.number].settings.items()},
            policies.resolve,
            edit.bgp.asn.value,
        )
        for clause in clauses(found, reaches_none=reaches_none)
    )


# --------------------------------------------------------------------------------------- the uses


def _uses(sources: Sequence[Source], name: str, domain: str | None) -> int:
    """How many attributes of a domain name a map, also those of blocks that nobody reads."""
    found = _Uses(name=name, domain=domain)
    for source in sources:
        found.read(source)
    return len(found.places)


@dataclass(kw_only=True, slots=True)
class _Uses:
    """The attributes that name a map, each by where it stands."""

    name: str
    domain: str | None
    places: set[_Path] = field(default_factory=set)
    _stack: list[tuple[str, ...]] = field(default_factory=list)

    def read(self, source: Source) -> None:
        """Read a file, whose blocks end with it."""
        self._stack = []
        for one in statements([*source.lines()]):
            self._statement(one.words)

    def _statement(self, words: tuple[str, ...]) -> None:
        match words:
            case ("config" | "edit", *_):
                self._stack.append(words)
            case ("next",):
                self._close("edit")
            case ("end",):
                self._close("edit")
                self._close("config")
            case ("set" | "append" | "select", attribute, *values):
                self.places.discard(self._place(attribute))
                if self.name in values and _NAMES_A_MAP.match(attribute) and self._is_here():
                    self.places.add(self._place(attribute))
            case ("unset", attribute):
                self.places.discard(self._place(attribute))
            case ("delete", entry):
                gone = (*self._stack, ("edit", entry))
                self.places = {one for one in self.places if one[: len(gone)] != gone}
            case _:
                pass

    def _place(self, attribute: str) -> _Path:
        return (*self._stack, (attribute,))

    def _is_here(self) -> bool:
        domains = self._stack[1][1:] if self._stack[:1] == [("config", "vdom")] else ()
        return domains == (() if self.domain is None else (self.domain,))

    def _close(self, command: str) -> None:
        if self._stack and self._stack[-1][0] == command:
            self._stack.pop()
