"""Route maps: their lines, and what a map comes to where a line applies it."""

from __future__ import annotations

from samepath.device.ios_family.draft import Draft
from samepath.device.ios_family.lists import is_unsure, prefixes_of, resolve
from samepath.device.reading.kinds import asn as as_number
from samepath.device.reading.kinds import community
from samepath.device.reading.modes import (
    LATER,
    Enter,
    Entry,
    Outcome,
    Told,
    negation,
    opens,
    understood,
)
from samepath.device.reading.policies import AppliedPolicy, Clause
from samepath.device.reading.prefix_sets import TooManyPatterns
from samepath.device.reading.route_maps import Match, RouteMapClause, Set, compile_map, filtering
from samepath.device.reading.source import Line
from samepath.device.reading.support import (
    BOTH_WAYS,
    UNDERSTOOD,
    Part,
    contradictory,
    irrelevant,
    not_modelled,
    unknown,
)
from samepath.model.policy import Changes, Disposition, Opaque, Policy, Term

MODE = "route map"
REJECTS_ALL = Policy(terms=(Term(disposition=Disposition.REJECT),))


def _open(draft: Draft, told: Told) -> Outcome:
    if told.negated:
        return _forget(draft, told)
    name, number = told.get("name", str), told.maybe("number", int) or 10
    clauses = draft.maps.setdefault(name, {})
    permits = told.maybe("verb", str) != "deny"
    clause = clauses.get(number)
    if clause is None:
        clause = clauses[number] = RouteMapClause(number=number, permits=permits, line=told.line)
    clause.permits = permits
    draft.in_clause = (name, clause)
    draft.map_lines.setdefault(name, []).append(told.line)
    return Enter(mode=MODE, mark=None)


def _forget(draft: Draft, told: Told) -> Outcome:
    """``no route-map NAME [permit|deny N]``: a clause goes, or all of them.

    A map goes with its last clause (FRR: ``route_map_index_delete``; tried with 8.4.4).
    """
    name, number = told.get("name", str), told.maybe("number", int)
    clauses = draft.maps.get(name, {})
    gone = [one for one in clauses.values() if number in {None, one.number}]
    if not gone:
        return irrelevant("there is nothing of this map to be taken away")
    for one in gone:
        del clauses[one.number]
    if not clauses:
        del draft.maps[name]
    draft.map_lines[name].append(told.line)
    return LATER


def _own(draft: Draft, told: Told) -> None:
    """The line belongs to the map; whether it matters is known when all is read."""
    draft.map_lines[draft.clause[0]].append(told.line)


def _match(kind: str) -> Entry[Draft]:
    def handler(draft: Draft, told: Told) -> Outcome:
        _own(draft, told)
        clause = draft.clause[1]
        names = tuple(told.get("names", str).split())
        if draft.dialect.one_list and set(names[1:]) - {"exact-match", "any"}:
            why = f"{draft.dialect.title} rejects it: it names more than one list"
            return unknown(why, BOTH_WAYS)
        if draft.dialect.same_kind_replaces:
            for before in [one for one in clause.matches if one.kind == kind]:
                why = f"{told.place} has a condition of the same kind, which takes its place"
                draft.ledger.mark(before.line, contradictory(why, BOTH_WAYS))
                clause.matches.remove(before)
        clause.matches.append(Match(kind=kind, names=names, line=told.line))
        return LATER

    return understood(_MATCHES[kind], handler)


_MATCHES = {
    "prefix-list": "match ip address prefix-list names=*",
    "access-list": "match ip address names=*",
    "community": "match community names=*",
    "as-path": "match as-path names=*",
}
_NO_MODEL = (
    "interface",
    "peer",
    "source-protocol",
    "metric",
    "local-preference",
    "origin",
    "tag",
    "ip next-hop",
    "ip address prefix-len",
    "ip route-source",
    "probability",
    "source-vrf",
    "rpki",
    "large-community",
    "extcommunity",
    "route-type",
    "length",
    "ipv6",
)


def _opaque_match(draft: Draft, told: Told) -> Outcome:
    _own(draft, told)
    words = " ".join(told.line.words[1:])
    draft.clause[1].matches.append(Match(kind=words, names=(), line=told.line))
    return LATER


def _is_about(one: Set, title: str) -> bool:
    return one.words.startswith(f"{title} ") and not one.opaque


def _set(draft: Draft, told: Told) -> Outcome:
    _own(draft, told)
    if told.has("preference"):
        value, title = told.get("preference", int), "local-preference"
        changes = Changes(local_preference=value)
    elif told.has("weight"):
        value, title = told.get("weight", int), "weight"
        changes = Changes(weight=value)
    else:
        value, title = told.get("metric", int), "metric"
        changes = Changes(med=value)
    clause = draft.clause[1]
    if told.negated:
        clause.sets = [one for one in clause.sets if not _is_about(one, title)]
    else:
        clause.sets.append(Set(line=told.line, changes=changes, words=f"{title} {value}"))
    return LATER


def _prepend(draft: Draft, told: Told) -> Outcome:
    _own(draft, told)
    if told.negated:
        clause = draft.clause[1]
        clause.sets = [one for one in clause.sets if not one.prepended]
        return LATER
    words = " ".join(told.line.words[1:])
    try:
        numbers = tuple(as_number(word) for word in told.get("asns", str).split())
    except ValueError as error:
        return unknown(f"the device rejects it: {error}", BOTH_WAYS)
    draft.clause[1].sets.append(Set(line=told.line, prepended=numbers, words=words))
    return LATER


def _community(draft: Draft, told: Told) -> Outcome:
    names = told.get("names", str).split()
    words = " ".join(told.line.words[1:])
    additive = names[-1:] == ["additive"]
    try:
        added = tuple(community(word) for word in (names[:-1] if additive else names))
    except ValueError:
        return _opaque_set(draft, told)
    _own(draft, told)
    if told.negated:
        clause = draft.clause[1]
        clause.sets = [one for one in clause.sets if not one.changes.add_communities]
        return LATER
    opaque = "" if additive else "the communities that a route had are taken away"
    made = Set(line=told.line, changes=Changes(add_communities=added), words=words, opaque=opaque)
    draft.clause[1].sets.append(made)
    return LATER


def _other(draft: Draft, told: Told) -> Outcome:
    draft.clause[1].others.append(told.line)
    return _NO_CHOICE


_NO_CHOICE = irrelevant("it changes nothing in the choice of IPv4 routes")


def _opaque_set(draft: Draft, told: Told) -> Outcome:
    _own(draft, told)
    words = " ".join(told.line.words[1:])
    draft.clause[1].sets.append(Set(line=told.line, words=words, opaque=words))
    return LATER


def _goes_on(draft: Draft, told: Told) -> Outcome:
    _own(draft, told)
    clause = draft.clause[1]
    number = told.maybe("number", int)
    if told.negated:
        clause.goes_on = clause.goes_to = None
        return LATER
    if not clause.permits and not draft.dialect.deny_goes_on:
        return unknown(f"{draft.dialect.title} rejects it: the clause denies", BOTH_WAYS)
    if number is not None and number <= clause.number:
        return unknown("the device rejects it: a clause goes on to a later one", BOTH_WAYS)
    clause.goes_on, clause.goes_to = told.line, number
    return LATER


def _call(draft: Draft, told: Told) -> Outcome:
    _own(draft, told)
    draft.clause[1].calls = (told.get("map", str), told.line)
    return LATER


OPEN: list[Entry[Draft]] = [
    opens("route-map name=WORD [verb=permit|deny] [number=1..65535]", _open, no=True)
]
"""IOS's: a clause permits, and has the number 10, unless the line says otherwise."""
OPEN_IN_FULL: list[Entry[Draft]] = [
    opens("route-map name=WORD verb=permit|deny number=1..65535", _open, no=True),
    negation("route-map name=WORD", _forget),
]
"""FRR's."""
CLAUSE: list[Entry[Draft]] = [
    *(_match(kind) for kind in _MATCHES),
    *(understood(f"match {words} [*]", _opaque_match) for words in _NO_MODEL),
    understood("set local-preference preference=0..4294967295", _set, no=True),
    understood("set weight weight=0..4294967295", _set, no=True),
    understood("set metric metric=0..4294967295", _set, no=True),
    understood("set as-path prepend last-as 1..10", _opaque_set),
    understood("set community names=*", _community, no=True),
    *(
        understood(f"set {words} [*]", _opaque_set)
        for words in (
            *("origin", "ip", "comm-list", "metric", "local-preference"),
            *("as-path exclude", "as-path replace", "as-path tag"),
            *("atomic-aggregate", "aggregator", "originator-id", "distance", "table"),
            *("level", "metric-type", "automatic-tag", "interface", "default"),
        )
    ),
    *(
        understood(words, _other)
        for words in (
            *("set tag *", "set src *", "set large-community *", "set extcommunity *"),
            *("set ipv6 *", "description *", "set traffic-index *", "set dampening *"),
        )
    ),
    understood("continue [number=1..65535]", _goes_on, no=True),
]
OF_FRR: list[Entry[Draft]] = [
    understood("set as-path prepend asns=*", _prepend),
    negation("set as-path prepend [ASN]", _prepend),
    understood("on-match next", _goes_on, no=True),
    understood("on-match goto number=1..65535", _goes_on),
    understood("call map=WORD", _call),
]
"""FRR takes a prepending back without its numbers, or by one of them (tried with 8.4.4)."""
OF_IOS: list[Entry[Draft]] = [understood("set as-path prepend asns=*", _prepend, no=True)]


# ------------------------------------------------------------------------------- what they come to


def applied(
    draft: Draft, name: str, line: Line, asn: int | None, part: Part, *, is_told: bool = False
) -> AppliedPolicy:
    """A map where a line applies it; ``part`` is what it decides.

    ``is_told`` says that whoever reads the policy learns from it that the map is not there: what
    it does is no doubt then, where it is certain.
    """
    clauses = draft.maps.get(name)
    if clauses is None:
        denies = draft.dialect.undefined_denies
        why = (
            f"there is no route map {name}: {draft.dialect.title} "
            f"{'refuses every route' if denies else 'may let every route pass, or none'}"
        )
        certain = denies and is_told
        draft.ledger.mark(line, contradictory(why, () if certain else {part}))
        policy = REJECTS_ALL if denies else Policy(terms=(Term(opaque=(Opaque(source=why),)),))
        return AppliedPolicy(name=name, place=line.place, policy=policy, defined=False)
    draft.maps_used.add(name)
    found = draft.compiled.get((name, asn))
    if found is None:
        found = draft.compiled[name, asn] = compile_map(
            clauses.values(),
            lambda match: resolve(draft, match),
            asn,
            sets_at_end=draft.dialect.sets_at_end,
            last_decides=draft.dialect.last_decides,
        )
    for odd, why in found.odd:
        draft.ledger.mark(odd, not_modelled(why, {part}))
    for called in found.calls:
        draft.maps_used.add(called)
    return AppliedPolicy(name=name, place=line.place, policy=found.policy, clauses=found.clauses)


def list_filter(draft: Draft, match: Match, *, prefix_list: bool) -> AppliedPolicy:
    """A list that a session filters by."""
    lists = draft.prefix_lists if prefix_list else draft.access_lists
    words = f"{match.kind} {' '.join(match.names)}"
    try:
        patterns = prefixes_of(draft, match, lists)
        odd = is_unsure(draft, match, lists)
    except TooManyPatterns:
        patterns, odd = (), True
    place = match.line.place
    if odd:
        draft.ledger.mark(match.line, not_modelled(f"{words} is not modelled", BOTH_WAYS))
        term: Term | None = Term(disposition=Disposition.NEXT, opaque=(Opaque(source=words),))
    else:
        term = filtering(patterns)
    clause = Clause(place=place, when=(f"not in {words}",), sets=(), then="reject")
    return AppliedPolicy(
        name=words,
        place=place,
        policy=Policy(terms=() if term is None else (term,)),
        clauses=(clause,),
        defined=all(name in lists for name in match.names),
    )


def joined(policies: list[AppliedPolicy]) -> AppliedPolicy | None:
    """Policies that a session has one after the other, each of which has to let a route pass."""
    if not policies:
        return None
    *filters, last = policies
    return AppliedPolicy(
        name=", then ".join(one.name for one in policies),
        place=last.place,
        policy=Policy(terms=tuple(term for one in (*filters, last) for term in one.policy.terms)),
        clauses=tuple(clause for one in policies for clause in one.clauses),
        defined=all(one.defined for one in policies),
    )


def _mark_kernel_maps(draft: Draft) -> None:
    for name, line in draft.kernel_maps:
        found = applied(draft, name, line, None, Part.TO_AWS)
        harmless = found.defined and found.policy == Policy(terms=(Term(),))
        draft.ledger.mark(
            line,
            irrelevant("its map lets every route pass")
            if harmless
            else not_modelled("a map decides which routes the kernel gets", {Part.TO_AWS}),
        )


def mark_maps(draft: Draft) -> None:
    """Mark the lines of all maps, now that it is known which ones are used."""
    _mark_kernel_maps(draft)
    for name, lines in draft.map_lines.items():
        used = name in draft.maps_used
        mark = UNDERSTOOD if used else irrelevant("nothing that is understood applies this map")
        for line in lines:
            draft.ledger.mark(line, mark)
