"""The rules of a route map on VyOS: what one does, and which commands make it do something else.

Words as in vyos-1x, ``interface-definitions/policy.xml.in``. What stands behind ``rule N`` is a leaf
here: its words, the last of which is its value.
"""

from __future__ import annotations

from collections.abc import Iterable

from samepath.device.vyos.paths import Words, shown
from samepath.device.vyos.writing.style import Style
from samepath.device.writing.forms import same_conditions
from samepath.device.writing.rules import Addition, Lines, NewRule, Rule, lengths
from samepath.model.policy import Changes, Disposition, PrefixMatch, Term

Leaves = tuple[Words, ...]
GOES_ON = ("on-match", "next")
_ONE_VALUE = frozenset({"action", "local-preference", "weight", "metric", "as-path-prepend"})
_PAIRS = frozenset(
    {("as-path", "prepend"), ("set", "community"), ("route-map", "import"), ("route-map", "export")}
)
_PREPENDS = frozenset({("set", "as-path-prepend"), ("set", "as-path", "prepend")})


def has_one_value(path: Words) -> bool:
    """Whether ``set`` of a leaf takes the place of the value that it had."""
    return path[-3:-1] in _PAIRS or (len(path) > 1 and path[-2] in _ONE_VALUE)


def retold(it: Rule[Leaves], term: Term, asn: int, style: Style) -> Leaves | None:
    """The leaves with which a rule does what a term does; None: its own do not let it."""
    if it.permitting is None or it.term is None or not same_conditions(it.permitting, term):
        return None
    others = tuple(one for one in it.told if one[0] != "action")
    if term.disposition is Disposition.REJECT:
        if it.term.disposition is Disposition.REJECT:
            return it.told if it.term.opaque == term.opaque else None
        plain = not term.opaque and it.permitting.disposition is not Disposition.NEXT
        return (*others, ("action", "deny")) if plain else None
    if it.permitting.disposition is not term.disposition or it.permitting.opaque != term.opaque:
        return None
    found = _changed(others, it.permitting.changes, term.changes, asn, style)
    return None if found is None else (("action", "permit"), *found)


def _changed(own: Leaves, before: Changes, after: Changes, asn: int, style: Style) -> Leaves | None:
    """Leaves that set other values; None where one of them is set in a way we do not know."""
    found = list(own)
    numbers = {
        "local-preference": (before.local_preference, after.local_preference),
        "metric": (before.med, after.med),
        "weight": (before.weight, after.weight),
    }
    for name, (old, new) in numbers.items():
        if old != new:
            found = [one for one in found if one[:2] != ("set", name)]
            found += [("set", name, str(new))] * (new is not None)
    if before.prepend != after.prepend:
        prepends = [one for one in found if one[:-1] in _PREPENDS]
        if prepends and not before.prepend:
            return None
        found = [one for one in found if one not in prepends]
        if after.prepend:
            times = " ".join([str(asn)] * after.prepend)
            path = prepends[-1][:-1] if prepends else ("set", *style.prepends)
            found.append((*path, times))
    if set(before.add_communities) != set(after.add_communities):
        adds = [one for one in found if one[:2] == ("set", "community")]
        if adds and not before.add_communities:
            return None
        found = [one for one in found if one not in adds]
        found += style.communities(after)
    return tuple(found)


def difference(path: Words, before: Leaves, after: Leaves) -> Lines:
    """The commands that make the leaves below a path others."""
    gone = [one for one in before if one not in after]
    new = [one for one in after if one not in before]
    replaced = {one[:-1] for one in new if has_one_value(one)}
    deleted = [one for one in gone if one[:-1] not in replaced]
    return (
        *(f"delete {shown((*path, *_named(one)))}" for one in deleted),
        *sets(path, new),
    )


def _named(leaf: Words) -> Words:
    """A leaf without its value, where that is the only one that it can have."""
    return leaf[:-1] if has_one_value(leaf) else leaf


def sets(path: Words, leaves: Iterable[Words]) -> Lines:
    """The commands that set leaves below a path."""
    return tuple(f"set {shown((*path, *one))}" for one in leaves)


def delete(*path: str) -> str:
    """The command that takes everything below a path away."""
    return f"delete {shown(path)}"


def new_rule(term: Term, asn: int, list_name: str, style: Style) -> NewRule[Leaves] | None:
    """A rule that does what a term does; None where there is none."""
    if term.opaque:
        return None
    rejects = term.disposition is Disposition.REJECT
    leaves: list[Words] = [("action", "deny" if rejects else "permit")]
    lists: list[Addition] = []
    if term.conditions.prefixes:
        leaves.append(("match", "ip", "address", "prefix-list", list_name))
        lists.append(prefix_list(list_name, term.conditions.prefixes))
    if term.conditions.communities:
        leaves.append(("match", "community", "community-list", list_name))
        lists.append(_community_list(list_name, term.conditions.communities))
    if not rejects:
        leaves += _changed((), Changes(), term.changes, asn, style) or ()
        leaves += [GOES_ON] * (term.disposition is Disposition.NEXT)
    return NewRule(told=tuple(leaves), lists=tuple(lists))


def prefix_list(name: str, prefixes: Iterable[PrefixMatch]) -> Addition:
    """A prefix list that permits these."""
    path = ("policy", "prefix-list", name)
    lines = [
        line
        for number, one in enumerate(prefixes, 1)
        for line in sets((*path, "rule", str(10 * number)), (("action", "permit"), *_lengths(one)))
    ]
    return Addition(name=name, lines=tuple(lines), removal=(delete(*path),))


def _lengths(match: PrefixMatch) -> Iterable[Words]:
    """A prefix and the lengths that it admits."""
    yield ("prefix", str(match.prefix))
    yield from ((name, str(length)) for name, length in lengths(match).items())


def _community_list(name: str, communities: Iterable[str]) -> Addition:
    path = ("policy", "community-list", name)
    lines = [
        line
        for number, one in enumerate(communities, 1)
        for line in sets((*path, "rule", str(10 * number)), (("action", "permit"), ("regex", one)))
    ]
    return Addition(name=name, lines=tuple(lines), removal=(delete(*path),))
