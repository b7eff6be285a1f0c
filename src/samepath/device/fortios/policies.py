"""FortiOS's lists and route maps, and what they come to where a neighbour has them.

A rule without an action permits. ``match-ip-address`` names an access list or a prefix list. What a
map or a list does not permit at its end is denied. A name that no object has cannot be set
("entry not found"), so that a line with one is not there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from samepath.device.fortios.blocks import OPAQUE_MATCHES, OPAQUE_SETS
from samepath.device.fortios.node import Node
from samepath.device.ios_family.maps import joined
from samepath.device.reading.grammar import between
from samepath.device.reading.kinds import asn as as_number
from samepath.device.reading.kinds import community
from samepath.device.reading.policies import AppliedPolicy, Clause
from samepath.device.reading.prefix_sets import ALL, Entry, TooManyPatterns, permitted
from samepath.device.reading.route_maps import (
    Match,
    Resolved,
    RouteMapClause,
    Set,
    compile_map,
    filtering,
)
from samepath.device.reading.source import Said
from samepath.device.reading.support import (
    BOTH_WAYS,
    Part,
    contradictory,
    irrelevant,
    not_modelled,
)
from samepath.model.policy import Changes, Disposition, Opaque, Policy, PrefixMatch, Term

_MOST = 2**32 - 1
_NO_USE = "nothing that is understood uses it"


@dataclass(kw_only=True, slots=True)
class Policies:
    """The lists and maps of a virtual domain."""

    scope: Node
    used: set[int] = field(default_factory=set)
    """The ids of the nodes that something uses."""
    inbound: set[int] = field(default_factory=set)
    """The same of maps that decide on more than what an external neighbour is told."""

    def entry(self, table: str, name: str) -> Node | None:
        """A list or a map by its name."""
        block = self.scope.block("router", table)
        found = None if block is None else block.entries.get(name)
        if found is not None:
            self.used.add(id(found))
        return found

    # ----------------------------------------------------------------------------------- applying

    def of_neighbour(
        self, node: Node, way: str, asn: int, *, external: bool
    ) -> AppliedPolicy | None:
        """What the lists and the map of a direction (``in``, ``out``) do together."""
        part = Part.TO_AWS if way == "in" else Part.FROM_AWS
        applied = self.map(node, f"route-map-{way}", asn, part, external=external)
        return joined([*self.filters(node, way), *([] if applied is None else [applied])])

    def filters(self, node: Node, way: str) -> list[AppliedPolicy]:
        """What the lists of a direction do, which come before the map."""
        part = Part.TO_AWS if way == "in" else Part.FROM_AWS
        return [
            *self._filters(node, f"distribute-list-{way}", "access-list", part),
            *self._filters(node, f"prefix-list-{way}", "prefix-list", part),
            *self._path_filter(node, f"filter-list-{way}", part),
        ]

    def map(
        self, node: Node, name: str, asn: int, part: Part, *, external: bool = False
    ) -> AppliedPolicy | None:
        """The map that an attribute names. ``external``: of a neighbour of another AS."""
        said = node.text(name)
        if said is None:
            return None
        found = self.entry("route-map", said.value)
        if found is None:
            return self._missing(node, name, "route map", said, part)
        reaches_none = external and part is Part.FROM_AWS
        if not reaches_none:
            self.inbound.add(id(found))
        rules = clauses(found, reaches_none=reaches_none)
        compiled = compile_map(rules, self.resolve, asn)
        for line, why in compiled.odd:
            found.ledger.mark(line, not_modelled(why, {part}))
        return AppliedPolicy(
            name=said.value, place=said.place, policy=compiled.policy, clauses=compiled.clauses
        )

    def _filters(self, node: Node, name: str, table: str, part: Part) -> Iterator[AppliedPolicy]:
        said = node.text(name)
        if said is None:
            return
        found = self.entry(table, said.value)
        if found is None:
            yield self._missing(node, name, table.replace("-", " "), said, part)
            return
        words = f"{table} {said.value}"
        patterns = _patterns(found, table)
        if patterns is None:
            node.mark(name, not_modelled(f"{words} is not modelled", {part}))
            yield _opaque(words, said, "go on")
            return
        term = filtering(patterns)
        clause = Clause(place=said.place, when=(f"not in {words}",), sets=(), then="reject")
        terms = () if term is None else (term,)
        yield AppliedPolicy(
            name=words, place=said.place, policy=Policy(terms=terms), clauses=(clause,)
        )

    def _path_filter(self, node: Node, name: str, part: Part) -> Iterator[AppliedPolicy]:
        said = node.text(name)
        if said is None:
            return
        if self.entry("aspath-list", said.value) is None:
            yield self._missing(node, name, "AS path list", said, part)
            return
        node.mark(name, not_modelled("AS paths are not modelled", {part}))
        yield _opaque(f"aspath-list {said.value}", said, "go on")

    def _missing(
        self, node: Node, name: str, what: str, said: Said[str], part: Part
    ) -> AppliedPolicy:
        why = f"there is no {what} {said.value}, and FortiOS does not take a name that is not there"
        node.mark(name, contradictory(why, {part}))
        policy = Policy(terms=(Term(opaque=(Opaque(source=why),)),))
        return AppliedPolicy(name=said.value, place=said.place, policy=policy, defined=False)

    # ---------------------------------------------------------------------------------- conditions

    def resolve(self, match: Match) -> Resolved:
        """What a condition of a rule comes to."""
        words = f"{match.kind} {' '.join(match.names)}".strip()
        if match.kind == "match-ip-address":
            return self._addresses(match, words)
        if match.kind == "match-community":
            return self._communities(match, words)
        if match.kind == "match-as-path":
            for name in match.names:
                if self.entry("aspath-list", name) is None:
                    self._mark_missing(match, "AS path list", name)
        return Resolved(words=words, opaque=(words,))

    def _addresses(self, match: Match, words: str) -> Resolved:
        found: list[PrefixMatch] = []
        for name in match.names:
            table = "access-list"
            node = self.entry(table, name)
            if node is None:
                table = "prefix-list"
                node = self.entry(table, name)
            if node is None:
                self._mark_missing(match, "access list or prefix list", name)
                return Resolved(words=words)
            patterns = _patterns(node, table)
            if patterns is None:
                return Resolved(words=words, opaque=(words,))
            found += patterns
        if not found:
            words = f"{words} (no route)"
        return Resolved(words=words, prefixes=None if ALL in found else tuple(found))

    def _communities(self, match: Match, words: str) -> Resolved:
        found: list[str] = []
        for name in match.names:
            node = self.entry("community-list", name)
            if node is None:
                self._mark_missing(match, "community list", name)
                return Resolved(words=words)
            for _, rule in _numbered(node):
                members = rule.each("match", community)
                if len(members) != 1 or rule.words("regexp") or not _permits(rule):
                    return Resolved(words=words, opaque=(words,))
                found += members
        return Resolved(words=words, communities=tuple(dict.fromkeys(found)))

    def _mark_missing(self, match: Match, what: str, name: str) -> None:
        why = f"there is no {what} {name}, and FortiOS does not take a name that is not there"
        self.scope.ledger.mark(match.line, contradictory(why, BOTH_WAYS))

    # --------------------------------------------------------------------------------------- marks

    def close(self) -> None:
        """Say of the lists and maps that nothing uses that it is so."""
        for table in ("route-map", "prefix-list", "access-list", "aspath-list", "community-list"):
            for node in self.scope.table("router", table):
                if id(node) not in self.used:
                    node.unused = _NO_USE
        for node in self.scope.table("router", "route-map"):
            if id(node) in self.used and id(node) not in self.inbound:
                for rule in node.table("rule"):
                    for name in ("set-local-preference", "set-weight"):
                        if name in rule.settings:
                            why = "it does not reach a neighbour of another AS"
                            rule.mark(name, irrelevant(why))


def _opaque(words: str, said: Said[str], then: str) -> AppliedPolicy:
    """A filter that is not modelled."""
    term = Term(disposition=Disposition.NEXT, opaque=(Opaque(source=words),))
    clause = Clause(place=said.place, when=(words,), sets=(), then=then)
    return AppliedPolicy(
        name=words, place=said.place, policy=Policy(terms=(term,)), clauses=(clause,)
    )


# ------------------------------------------------------------------------------- rules of lists


def _numbered(node: Node) -> list[tuple[int, Node]]:
    """The rules of a list or a map by their numbers, in which they are tried."""
    found: list[tuple[int, Node]] = []
    for rule in node.table("rule"):
        try:
            found.append((between(0, _MOST)(rule.name), rule))
        except ValueError:
            rule.unused = "FortiOS rejects it: a rule is a number"
    return sorted(found, key=lambda one: one[0])


def _permits(rule: Node) -> bool:
    action = rule.one_of("action", "permit", "deny")
    return action is None or action.value == "permit"


def _patterns(node: Node, table: str) -> tuple[PrefixMatch, ...] | None:
    """What a list permits; None where that cannot be said."""
    entries: list[Entry] = []
    for _, rule in _numbered(node):
        match = _prefix_rule(rule) if table == "prefix-list" else _access_rule(rule)
        if match is None:
            return None
        entries += [Entry(permits=_permits(rule), match=one) for one in match]
    try:
        return permitted(entries)
    except TooManyPatterns:
        return None


def _prefix_rule(rule: Node) -> tuple[PrefixMatch, ...]:
    """What a prefix list's rule is about; nothing where FortiOS rejects it."""
    if rule.words("prefix") == ("any",):
        return (ALL,)
    said = rule.network("prefix")
    prefix = said.value if said is not None else IPv4Network("0.0.0.0/0")
    least, most = rule.number("ge", 0, 32), rule.number("le", 0, 32)
    minimum = prefix.prefixlen if least is None else least.value
    maximum = most.value if most is not None else minimum if least is None else 32
    if least is not None and minimum < prefix.prefixlen:
        rule.reject("ge", "it is shorter than the prefix")
        return ()
    if maximum < minimum:
        rule.reject("le", "the lengths are out of order")
        return ()
    return (PrefixMatch(prefix=prefix, minimum=minimum, maximum=maximum),)


def _access_rule(rule: Node) -> tuple[PrefixMatch, ...] | None:
    """What an access list's rule is about; None where that is no prefix."""
    if rule.words("wildcard"):
        rule.mark("wildcard", not_modelled("a wildcard is not modelled", BOTH_WAYS))
        return None
    if rule.words("prefix") in ((), ("any",)):
        return (ALL,)
    said = rule.network("prefix")
    if said is None:
        return (ALL,)
    length = said.value.prefixlen
    most = length if rule.is_on("exact-match") else 32
    return (PrefixMatch(prefix=said.value, minimum=length, maximum=most),)


# -------------------------------------------------------------------------------- rules of maps


def clauses(node: Node, *, reaches_none: bool) -> Iterator[RouteMapClause]:
    """The rules of a map. ``reaches_none``: what is set for the own AS alone reaches nobody."""
    for number, rule in _numbered(node):
        clause = RouteMapClause(number=number, permits=_permits(rule), line=rule.lines[0])
        clause.matches += _matches(rule)
        clause.sets += _sets(rule, reaches_none=reaches_none)
        yield clause


def _matches(rule: Node) -> Iterator[Match]:
    exact = rule.is_on("match-community-exact")
    for name, setting in rule.settings.items():
        line = setting.lines[0]
        if name in {"match-ip-address", "match-as-path"} or (
            name == "match-community" and not exact
        ):
            yield Match(kind=name, names=setting.values, line=line)
        elif name in OPAQUE_MATCHES or name == "match-community":
            yield Match(kind=f"{name} {' '.join(setting.values)}", names=(), line=line)


def _sets(rule: Node, *, reaches_none: bool) -> Iterator[Set]:
    preference = rule.number("set-local-preference", 0, _MOST)
    metric = rule.number("set-metric", 0, _MOST)
    weight = rule.number("set-weight", 0, _MOST)
    if preference is not None and not reaches_none:
        yield _set(rule, "set-local-preference", Changes(local_preference=preference.value))
    if metric is not None:
        yield _set(rule, "set-metric", Changes(med=metric.value))
    if weight is not None and not reaches_none:
        yield _set(rule, "set-weight", Changes(weight=weight.value))
    yield from _prepended(rule)
    yield from _communities(rule)
    for name in sorted(OPAQUE_SETS & rule.settings.keys()):
        yield Set(line=rule.line_of(name), words=_spoken(rule, name), opaque=_spoken(rule, name))


def _set(rule: Node, name: str, changes: Changes) -> Set:
    return Set(line=rule.line_of(name), changes=changes, words=_spoken(rule, name))


def _spoken(rule: Node, name: str) -> str:
    return f"{name.removeprefix('set-')} {' '.join(rule.words(name))}"


def _prepended(rule: Node) -> Iterator[Set]:
    numbers = rule.each("set-aspath", as_number)
    if not numbers:
        return
    words = _spoken(rule, "set-aspath")
    action = rule.one_of("set-aspath-action", "prepend", "replace")
    replaces = action is not None and action.value == "replace"
    opaque = "the AS path is replaced" if replaces else ""
    line = rule.line_of("set-aspath")
    yield Set(line=line, prepended=() if replaces else numbers, words=words, opaque=opaque)


def _communities(rule: Node) -> Iterator[Set]:
    added = rule.each("set-community", community)
    if not added:
        return
    additive = rule.is_on("set-community-additive")
    opaque = "" if additive else "the communities that a route had are taken away"
    changes = Changes(add_communities=added)
    words = _spoken(rule, "set-community") + (" additive" if additive else "")
    yield Set(line=rule.line_of("set-community"), changes=changes, words=words, opaque=opaque)
