"""Prefix lists, community lists, AS path lists and access lists: their lines, and what they admit."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network

from samepath.device.ios_family.draft import Draft, NamedList, Numbered
from samepath.device.reading.grammar import number_of
from samepath.device.reading.kinds import community
from samepath.device.reading.modes import (
    LATER,
    Outcome,
    Told,
    ignored,
    negation,
    recognised,
    understood,
)
from samepath.device.reading.modes import Entry as CommandEntry
from samepath.device.reading.prefix_sets import ALL, Entry, TooManyPatterns
from samepath.device.reading.route_maps import Match, Resolved
from samepath.device.reading.support import (
    BOTH_WAYS,
    UNDERSTOOD,
    contradictory,
    irrelevant,
    not_modelled,
    unknown,
)
from samepath.model.policy import PrefixMatch

ANY = IPv4Network("0.0.0.0/0")


def prefix_list(draft: Draft, told: Told) -> Outcome:
    """``ip prefix-list NAME [seq N] permit|deny PREFIX [ge N] [le N]``."""
    named = draft.prefix_lists.setdefault(
        told.get("name", str), NamedList(name=told.get("name", str))
    )
    prefix = told.maybe("prefix", IPv4Network)
    length = 0 if prefix is None else prefix.prefixlen
    least, most = told.maybe("ge", int), told.maybe("le", int)
    if prefix is None:
        match = ALL
    else:
        if _is_out_of_order(draft, length, least, most):
            return unknown("the device rejects it: its lengths are out of order", BOTH_WAYS)
        match = PrefixMatch(
            prefix=prefix,
            minimum=length if least is None else least,
            maximum=most if most is not None else length if least is None else 32,
        )
    entry = Entry(permits=told.get("verb", str) == "permit", match=match)
    return _add(draft, named, told, Numbered(number=0, line=told.line, entry=entry))


def _is_out_of_order(draft: Draft, length: int, least: int | None, most: int | None) -> bool:
    """Whether the device refuses an entry: some want to be told a longer length than the own."""
    shortest = length + 1 if draft.dialect.lengths_exceed else length
    if least is not None and least < shortest:
        return True
    return most is not None and most < (shortest if least is None else least)


def _add(draft: Draft, named: NamedList, told: Told, entry: Numbered) -> Outcome:
    before = named.put(entry, told.maybe("seq", int))
    if before is not None and not told.line.typed:
        why = f"{told.place} has the same number, and counts"
        draft.ledger.mark(before.line, contradictory(why, BOTH_WAYS))
    return LATER


def no_prefix_list(draft: Draft, told: Told) -> Outcome:
    """``no ip prefix-list NAME``: all of it goes."""
    name = told.get("name", str)
    if name not in draft.prefix_lists:
        return irrelevant(f"there is no prefix list {name}")
    return _gone(draft, told, draft.prefix_lists.pop(name))


def no_community_list(draft: Draft, told: Told) -> Outcome:
    """``no ... community-list standard NAME``: all of it goes."""
    name = told.get("name", str)
    if name not in draft.community_lists:
        why = f"{draft.dialect.title} rejects it: there is no community list {name}"
        return contradictory(why, ())
    return _gone(draft, told, draft.community_lists.pop(name))


def _gone(draft: Draft, told: Told, named: NamedList) -> Outcome:
    for one in named.entries.values():
        draft.ledger.mark(one.line, irrelevant(f"{told.place} takes the list away"))
    return None


def community_list(draft: Draft, told: Told) -> Outcome:
    """``community-list standard NAME permit|deny COMMUNITY...``, or a number below 100."""
    name = str(told.get("name", object))
    named = draft.community_lists.setdefault(name, NamedList(name=name))
    entry = Numbered(number=0, line=told.line, permits=told.get("verb", str) == "permit")
    words = told.get("what", str).split()
    expanded = told.has("expanded") or (number_of(name) or 0) > 99
    try:
        entry.words = () if expanded else tuple(community(word) for word in words)
    except ValueError as error:
        return unknown(f"the device rejects it: {error}", BOTH_WAYS)
    if expanded:
        entry.opaque = "a community list with regular expressions"
    return _add(draft, named, told, entry)


def as_path_list(draft: Draft, told: Told) -> Outcome:
    """``as-path access-list NAME permit|deny EXPRESSION``."""
    name = told.get("name", str)
    named = draft.as_path_lists.setdefault(name, NamedList(name=name))
    return _add(draft, named, told, Numbered(number=0, line=told.line, opaque="an expression"))


def access_list(draft: Draft, told: Told) -> Outcome:
    """An access list's entry, as far as it is about routes: any address, or a prefix of FRR's."""
    name = str(told.maybe("name", object) or draft.in_list)
    named = draft.access_lists.setdefault(name, NamedList(name=name))
    permits = told.get("verb", str) == "permit"
    match = _addresses(told.get("what", str).split())
    entry = Numbered(number=0, line=told.line, permits=permits)
    if match is None:
        entry.opaque = "an access list's entry"
    else:
        entry.entry = Entry(permits=permits, match=match)
    return _add(draft, named, told, entry)


def _addresses(words: Sequence[str]) -> PrefixMatch | None:
    """Which routes an entry is about, if that can be said."""
    if words and words[-1] == "log":
        words = words[:-1]
    if list(words) in (["any"], ["ip", "any", "any"]):
        return ALL
    exact = len(words) == 2 and words[1] == "exact-match"
    if "/" not in words[0] or not (len(words) == 1 or exact):
        return None
    try:
        prefix = IPv4Network(words[0], strict=False)
    except ValueError:
        return None
    return PrefixMatch(
        prefix=prefix, minimum=prefix.prefixlen, maximum=prefix.prefixlen if exact else 32
    )


_PREFIXES = "name=WORD [seq seq=0..4294967295] verb=permit|deny"
PREFIX_LISTS: list[CommandEntry[Draft]] = [
    understood(
        f"ip prefix-list {_PREFIXES} prefix=PREFIX [ge ge=0..32] [le le=0..32]", prefix_list
    ),
    understood(f"ip prefix-list {_PREFIXES} prefix=PREFIX le le=0..32 ge ge=0..32", prefix_list),
    negation("ip prefix-list name=WORD", no_prefix_list),
    *ignored(("ipv6 prefix-list *", "ipv6 access-list *"), "it is about IPv6"),
    *ignored(
        ("ip prefix-list WORD description *", "access-list WORD remark *"), "it is for people"
    ),
]


_ENTRY = "[seq seq=0..4294967295] verb=permit|deny what=*"


def numbered_lists(word: str) -> list[CommandEntry[Draft]]:
    """The commands of community lists and AS path lists, which begin with ``ip`` or with ``bgp``."""
    return [
        understood(f"{word} community-list standard name=WORD {_ENTRY}", community_list),
        understood(f"{word} community-list expanded=expanded name=WORD {_ENTRY}", community_list),
        understood(f"{word} community-list name=1..500 {_ENTRY}", community_list),
        negation(f"{word} community-list standard name=WORD", no_community_list),
        understood(f"{word} as-path access-list name=WORD {_ENTRY}", as_path_list),
        *recognised(
            (f"{word} large-community-list *", f"{word} extcommunity-list *"),
            "a list of other communities",
            (),
        ),
    ]


# ------------------------------------------------------------------------------- what they come to


def resolve(draft: Draft, match: Match) -> Resolved:
    """What a condition comes to, with its lists; what is wrong with it is marked."""
    words = f"{match.kind} {' or '.join(match.names)}".strip()
    if match.kind == "prefix-list":
        return _prefixes(draft, match, words, draft.prefix_lists)
    if match.kind == "access-list":
        return _prefixes(draft, match, words, draft.access_lists)
    if match.kind == "community":
        return _communities(draft, match, words)
    if match.kind == "as-path":
        for name in match.names:
            defined(draft, draft.as_path_lists, name, match, "AS path list")
    return Resolved(words=words, opaque=(words,))


def defined(
    draft: Draft, lists: dict[str, NamedList], name: str, match: Match, what: str
) -> NamedList | None:
    """The list of a name, used from now on; a line that names none is marked."""
    found = lists.get(name)
    if found is None:
        does = (
            "lets no route pass" if draft.dialect.undefined_denies else "may let every route pass"
        )
        why = f"there is no {what} {name}: {draft.dialect.title} {does}"
        draft.ledger.mark(match.line, contradictory(why, BOTH_WAYS))
        return None
    found.used = True
    return found


def prefixes_of(draft: Draft, match: Match, lists: dict[str, NamedList]) -> tuple[PrefixMatch, ...]:
    """What the lists of a condition permit together. Raises :class:`TooManyPatterns`."""
    found: list[PrefixMatch] = []
    for name in match.names:
        named = defined(draft, lists, name, match, match.kind.replace("-", " "))
        if named is None:
            found += [] if draft.dialect.undefined_denies else [ALL]
        else:
            found += named.permits
    return tuple(dict.fromkeys(found))


def _prefixes(draft: Draft, match: Match, words: str, lists: dict[str, NamedList]) -> Resolved:
    try:
        found = prefixes_of(draft, match, lists)
    except TooManyPatterns:
        return Resolved(words=words, opaque=(f"{words}: too long to be worked out",))
    if is_unsure(draft, match, lists):
        return Resolved(words=words, opaque=(words,))
    return Resolved(words=words, prefixes=None if ALL in found else found)


def is_unsure(draft: Draft, match: Match, lists: dict[str, NamedList]) -> bool:
    """Whether what the lists of a condition permit is not sure: one is odd, or is not there."""
    return any(
        lists[name].is_odd if name in lists else not draft.dialect.undefined_denies
        for name in match.names
    )


def _communities(draft: Draft, match: Match, words: str) -> Resolved:
    found: list[str] = []
    simple = not {"exact-match", "exact", "any"}.intersection(match.names)
    for name in match.names if simple else match.names[:-1]:
        named = defined(draft, draft.community_lists, name, match, "community list")
        if named is None:
            simple = simple and draft.dialect.undefined_denies
            continue
        for one in named.ordered:
            simple = simple and one.permits and len(one.words) == 1
            found += one.words
    if not simple:
        return Resolved(words=words, opaque=(words,))
    return Resolved(words=words, communities=tuple(dict.fromkeys(found)))


def mark_lists(draft: Draft) -> None:
    """Mark the lines of all lists, now that it is known which ones are used."""
    kinds = (draft.prefix_lists, draft.community_lists, draft.as_path_lists, draft.access_lists)
    for lists in kinds:
        for named in lists.values():
            for one in named.entries.values():
                if not named.used:
                    mark = irrelevant("nothing that is understood uses this list")
                elif one.opaque:
                    mark = not_modelled(f"{one.opaque} is not modelled", BOTH_WAYS)
                else:
                    mark = UNDERSTOOD
                draft.ledger.mark(one.line, mark)
