"""Route maps and lists of VyOS."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Network

from samepath.device.ios_family.draft import NamedList, Numbered
from samepath.device.reading.kinds import asn as as_number
from samepath.device.reading.kinds import community
from samepath.device.reading.modes import (
    LATER,
    Entry,
    Outcome,
    Told,
    ignored,
    recognised,
    understood,
)
from samepath.device.reading.prefix_sets import ALL
from samepath.device.reading.prefix_sets import Entry as ListEntry
from samepath.device.reading.route_maps import Match, RouteMapClause, Set
from samepath.device.reading.support import BOTH_WAYS, unknown
from samepath.device.vyos.draft import VyosDraft
from samepath.model.policy import Changes, PrefixMatch

_RULE = "policy route-map map=WORD rule number=1..65535"


def _clause(draft: VyosDraft, told: Told) -> RouteMapClause:
    """The clause of a line, which is its map's."""
    name, number = told.get("map", str), told.get("number", int)
    draft.map_lines.setdefault(name, []).append(told.line)
    clauses = draft.maps.setdefault(name, {})
    return clauses.setdefault(number, RouteMapClause(number=number, permits=True, line=told.line))


def _action(draft: VyosDraft, told: Told) -> Outcome:
    clause = _clause(draft, told)
    clause.permits = told.get("verb", str) == "permit"
    return LATER


def _match(pattern: str, kind: str) -> Entry[VyosDraft]:
    def handler(draft: VyosDraft, told: Told) -> Outcome:
        match = Match(kind=kind, names=(str(told.get("list", object)),), line=told.line)
        _clause(draft, told).matches.append(match)
        return LATER

    return understood(f"{_RULE} match {pattern}", handler)


def _opaque_match(draft: VyosDraft, told: Told) -> Outcome:
    words = told.get("words", str)
    _clause(draft, told).matches.append(Match(kind=words, names=(), line=told.line))
    return LATER


def _set(pattern: str, words: str, changes: Callable[[Told], Changes]) -> Entry[VyosDraft]:
    def handler(draft: VyosDraft, told: Told) -> Outcome:
        made = Set(
            line=told.line, changes=changes(told), words=f"{words} {told.get('value', object)}"
        )
        _clause(draft, told).sets.append(made)
        return LATER

    return understood(f"{_RULE} set {pattern}", handler)


def _prepend(draft: VyosDraft, told: Told) -> Outcome:
    clause = _clause(draft, told)
    try:
        numbers = tuple(as_number(word) for word in told.get("asns", str).split())
    except ValueError as error:
        return unknown(f"VyOS rejects it: {error}", BOTH_WAYS)
    words = f"as-path prepend {' '.join(map(str, numbers))}"
    clause.sets.append(Set(line=told.line, prepended=numbers, words=words))
    return LATER


def _community(draft: VyosDraft, told: Told) -> Outcome:
    """Communities, in one line, or from 1.4 on each in one of its own (vyos-1x, ``policy/3-to-4``)."""
    clause = _clause(draft, told)
    names = told.get("names", str).split()
    additive = "additive" in names or told.maybe("many", str) == "add"
    try:
        added = tuple(community(one) for one in names if one != "additive")
    except ValueError as error:
        return unknown(f"VyOS rejects it: {error}", BOTH_WAYS)
    before = next((one for one in clause.sets if one.words.startswith("community ")), None)
    if before is not None and told.has("many"):
        clause.sets.remove(before)
        added = (*before.changes.add_communities, *added)
    opaque = "" if additive else "the communities that a route had are taken away"
    words = f"community {' '.join(added)}{' additive' if additive else ''}"
    clause.sets.append(
        Set(line=told.line, changes=Changes(add_communities=added), words=words, opaque=opaque)
    )
    return LATER


def _opaque_set(draft: VyosDraft, told: Told) -> Outcome:
    words = told.get("words", str)
    _clause(draft, told).sets.append(Set(line=told.line, words=words, opaque=words))
    return LATER


def _goes_on(draft: VyosDraft, told: Told) -> Outcome:
    clause = _clause(draft, told)
    clause.goes_on, clause.goes_to = told.line, told.maybe("to", int)
    return LATER


def _call(draft: VyosDraft, told: Told) -> Outcome:
    _clause(draft, told).calls = (told.get("called", str), told.line)
    return LATER


def _mention(draft: VyosDraft, told: Told) -> Outcome:
    name = told.get("map", str)
    draft.maps.setdefault(name, {})
    draft.map_lines.setdefault(name, []).append(told.line)
    if told.has("number"):
        _clause(draft, told)
    return LATER


def _list_rule(draft: VyosDraft, told: Told) -> Outcome:
    """A rule of a prefix list, which several lines make."""
    name, number = told.get("list", str), told.get("number", int)
    named = draft.prefix_lists.setdefault(name, NamedList(name=name))
    rule = draft.rules.setdefault(("prefix-list", name), {}).setdefault(number, {})
    rule.update({key: told.get(key, object) for key in _RULE_KEYS if told.has(key)})
    draft.rule_lines.append((named, told.line))
    prefix = rule.get("prefix")
    match = ALL
    if isinstance(prefix, IPv4Network):
        least, most = rule.get("ge"), rule.get("le")
        low = least if isinstance(least, int) else prefix.prefixlen
        high = most if isinstance(most, int) else 32 if isinstance(least, int) else low
        match = PrefixMatch(prefix=prefix, minimum=max(low, prefix.prefixlen), maximum=high)
    entry = Numbered(
        number=number,
        line=told.line,
        entry=ListEntry(permits=rule.get("verb") != "deny", match=match),
        opaque="" if prefix is not None else "a rule without a prefix",
    )
    named.entries.pop(number, None)
    named.put(entry, number)
    return LATER


_RULE_KEYS = ("verb", "prefix", "ge", "le")


def _community_rule(draft: VyosDraft, told: Told) -> Outcome:
    name, number = told.get("list", str), told.get("number", int)
    named = draft.community_lists.setdefault(name, NamedList(name=name))
    rule = draft.rules.setdefault(("community-list", name), {}).setdefault(number, {})
    rule.update({key: told.get(key, object) for key in ("verb", "what") if told.has(key)})
    draft.rule_lines.append((named, told.line))
    entry = Numbered(number=number, line=told.line, permits=rule.get("verb") != "deny")
    try:
        entry.words = (community(str(rule["what"])),) if "what" in rule else ()
    except ValueError:
        entry.opaque = "an expression"
    named.entries.pop(number, None)
    named.put(entry, number)
    return LATER


_LIST = "policy prefix-list list=WORD rule number=1..65535"
_COMMUNITIES = "policy community-list list=WORD rule number=1..65535"
POLICY: list[Entry[VyosDraft]] = [
    understood("policy route-map map=WORD", _mention),
    understood(_RULE, _mention),
    understood(f"{_RULE} action verb=permit|deny", _action),
    _match("ip address prefix-list list=WORD", "prefix-list"),
    _match("ip address access-list list=WORD", "access-list"),
    _match("community community-list list=WORD", "community"),
    _match("as-path list=WORD", "as-path"),
    understood(f"{_RULE} match words=*", _opaque_match),
    _set(
        "local-preference value=0..4294967295",
        "local-preference",
        lambda told: Changes(local_preference=told.get("value", int)),
    ),
    _set(
        "weight value=0..4294967295", "weight", lambda told: Changes(weight=told.get("value", int))
    ),
    _set("metric value=0..4294967295", "metric", lambda told: Changes(med=told.get("value", int))),
    understood(f"{_RULE} set as-path prepend asns=*", _prepend),
    understood(f"{_RULE} set as-path-prepend asns=*", _prepend),
    understood(f"{_RULE} set community many=add|replace names=*", _community),
    understood(f"{_RULE} set community names=*", _community),
    understood(f"{_RULE} set words=*", _opaque_set),
    *ignored(
        (f"{_RULE.replace('map=', '').replace('number=', '')} description *",), "it is for people"
    ),
    understood(f"{_RULE} continue to=1..65535", _goes_on),
    understood(f"{_RULE} on-match next", _goes_on),
    understood(f"{_RULE} on-match goto to=1..65535", _goes_on),
    understood(f"{_RULE} call called=WORD", _call),
    understood(f"{_LIST}", _list_rule),
    understood(f"{_LIST} action verb=permit|deny", _list_rule),
    understood(f"{_LIST} prefix prefix=PREFIX", _list_rule),
    understood(f"{_LIST} ge ge=0..32", _list_rule),
    understood(f"{_LIST} le le=0..32", _list_rule),
    understood(f"{_COMMUNITIES} action verb=permit|deny", _community_rule),
    understood(f"{_COMMUNITIES} regex what=WORD", _community_rule),
    *ignored(
        ("policy prefix-list WORD [rule WORD] description *", "policy prefix-list WORD"),
        "it is for people",
    ),
    *recognised(
        ("policy as-path-list *", "policy access-list *"), "known, and not modelled", BOTH_WAYS
    ),
    *ignored(
        ("policy prefix-list6 *", "policy access-list6 *", "policy route-map WORD description *"),
        "it changes nothing here",
    ),
]
