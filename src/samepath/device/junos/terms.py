"""The terms of a policy statement as policy of ours, at the place where a session has them.

Of the route filters of a term the one with the longest prefix that a route lies in decides alone,
whether its kind of match fits or not (Juniper, "How Route Lists Are Evaluated"). Prefix lists and
route filters beside each other are not modelled.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Network

from samepath.device.junos.draft import Draft, From, PolicyDraft, TermDraft, Then
from samepath.device.reading.kinds import community
from samepath.device.reading.policies import Clause
from samepath.device.reading.prefix_sets import ALL, TooManyPatterns, without
from samepath.device.reading.source import Line, Place
from samepath.device.reading.support import BOTH_WAYS, Part, contradictory, not_modelled
from samepath.model.policy import Changes, Conditions, Disposition, Opaque, PrefixMatch, Term

OWN = ("static", "direct", "aggregate")
"""Protocols whose routes the configuration itself tells."""
_MOST_OWN = 100
"""Own routes that are taken out of the others; with more, it is not worked out."""
Patterns = tuple[PrefixMatch, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """Where a policy is applied."""

    asns: frozenset[int]
    """The ASes that are its own."""
    neighbour: str
    external: bool
    part: Part
    own: Mapping[str, Mapping[IPv4Network, Place]]
    """The routing table's routes of each protocol of :data:`OWN`."""

    @property
    def is_import(self) -> bool:
        """Whether routes come in."""
        return self.part is Part.TO_AWS


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """Which term of which policy statement it is."""

    policy: str
    term: TermDraft


@dataclass(kw_only=True, slots=True)
class Compiled:
    """What policy statements come to, before the default of BGP."""

    terms: list[Term] = field(default_factory=list)
    origins: list[Origin | None] = field(default_factory=list)
    """Of each of ``terms``; None: a policy that is not there, or an expression of some."""
    clauses: list[Clause] = field(default_factory=list)
    exact: dict[IPv4Network, Place] = field(default_factory=dict)
    """Prefixes that a term names exactly, of whatever protocol, and may let pass."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Condition:
    """The conditions of a term; ``never``: no route here fulfils them."""

    prefixes: Patterns | None
    communities: tuple[str, ...] = ()
    opaque: tuple[tuple[Line, str], ...] = ()
    never: bool = False


def undecided(terms: Sequence[Term], prefixes: Iterable[PrefixMatch]) -> Patterns:
    """Those of some prefixes whose routes may come past the terms."""
    return tuple(one for one in prefixes if not any(_decides(term, one.prefix) for term in terms))


def _decides(term: Term, prefix: IPv4Network) -> bool:
    """Whether no route to a prefix comes past a term."""
    matches = term.conditions.prefixes
    return (
        term.disposition is not Disposition.NEXT
        and not term.opaque
        and not term.conditions.communities
        and (not matches or any(one.matches(prefix) for one in matches))
    )


def compile_policy(
    draft: Draft, policy: PolicyDraft, session: Session, into: Compiled, reaching: set[Place]
) -> None:
    """Add a policy statement to what a route has to pass.

    ``reaching`` collects the lines that set something that reaches a neighbour.
    """
    for line, why in policy.odd:
        draft.ledger.mark(line, not_modelled(why, {session.part}))
    terms = [*policy.ordered()]
    for number, term in enumerate(terms):
        condition = _condition(draft, term, session, into.exact)
        changes, disposition, odd = _actions(
            draft, term, session, reaching, is_last=number == len(terms) - 1
        )
        for line, why in (*condition.opaque, *odd):
            draft.ledger.mark(line, not_modelled(f"not modelled: {why}", {session.part}))
        into.clauses.append(_clause(term, condition, disposition))
        if not condition.never:
            into.origins.append(Origin(policy=policy.name, term=term))
            into.terms.append(
                Term(
                    conditions=Conditions(
                        prefixes=condition.prefixes or (), communities=condition.communities
                    ),
                    changes=changes,
                    disposition=disposition,
                    opaque=tuple(Opaque(source=why) for _, why in (*condition.opaque, *odd)),
                )
            )


def _clause(term: TermDraft, condition: _Condition, disposition: Disposition) -> Clause:
    when: dict[str, list[str]] = {}
    for one in term.conditions:
        filters = one.kind.endswith("route-filter")
        text = one.name.removeprefix("route-filter ") if filters else one.name
        when.setdefault("route-filter" if filters else one.kind, []).append(text)
    words = [
        f"{'' if kind == 'odd' else kind + ' '}{' or '.join(names)}" for kind, names in when.items()
    ]
    if condition.never:
        words.append("no route here")
    silent = {"accept", "reject", "next term", "next policy", "harmless", "load-balance"}
    then = {Disposition.ACCEPT: "accept", Disposition.REJECT: "reject"}
    return Clause(
        place=term.line.place,
        when=tuple(words),
        sets=tuple(one.words for one in term.actions if one.kind not in silent),
        then=then.get(disposition, "go on"),
        label=term.name,
    )


# --------------------------------------------------------------------------------------- conditions


def _condition(
    draft: Draft, term: TermDraft, session: Session, exact: dict[IPv4Network, Place]
) -> _Condition:
    by_kind: dict[str, list[From]] = {}
    for one in term.conditions:
        by_kind.setdefault(one.kind.partition(" ")[0], []).append(one)
    opaque = [(one.line, one.name) for kind in ("odd",) for one in by_kind.get(kind, ())]
    never = any(name.startswith("from family inet6") for _, name in opaque)
    never = never or _is_of_others(by_kind.get("neighbor", ()), session)
    if not session.is_import:
        opaque += [(one.line, f"from neighbor {one.name}") for one in by_kind.get("neighbor", ())]
    prefixes = _prefixes(draft, by_kind, opaque)
    protocols = by_kind.get("protocol", [])
    if not protocols and not session.is_import:
        places = {one.match.prefix: one.line.place for one in term.conditions if one.match}
        exact |= {
            one.prefix: places[one.prefix]
            for one in prefixes or ()
            if one.minimum == one.maximum == one.prefix.prefixlen and one.prefix in places
        }
    if protocols:
        prefixes, odd = _of_protocols(prefixes, protocols, session)
        opaque += odd
    communities, odd_communities = _communities(draft, by_kind.get("community", ()))
    opaque += odd_communities
    return _Condition(
        prefixes=prefixes,
        communities=communities,
        opaque=tuple(opaque),
        never=never or prefixes == (),
    )


def _is_of_others(conditions: Iterable[From], session: Session) -> bool:
    """Whether a term is about other neighbours than the one whose routes come in."""
    names = [one.name for one in conditions]
    return session.is_import and bool(names) and session.neighbour not in names


def _prefixes(
    draft: Draft, by_kind: Mapping[str, list[From]], opaque: list[tuple[Line, str]]
) -> Patterns | None:
    """The prefixes that a term is about; None: all."""
    filters = by_kind.get("route-filter", [])
    lists = [*by_kind.get("prefix-list", ()), *by_kind.get("prefix-list-filter", ())]
    if filters and lists:
        opaque += [(one.line, f"{one.kind} {one.name} beside a route filter") for one in lists]
        lists = []
    if filters:
        try:
            return tuple(_longest([one.match for one in filters if one.match is not None]))
        except TooManyPatterns:
            opaque.append((filters[0].line, "too many route filters"))
            return None
    found: list[PrefixMatch] = []
    for one in lists:
        named = draft.prefix_lists.get(one.name)
        if named is None:
            why = f"there is no prefix list {one.name}, and Junos does not take the configuration"
            draft.ledger.mark(one.line, contradictory(why, BOTH_WAYS))
            opaque.append((one.line, f"prefix-list {one.name}"))
            return None
        named.used = True
        if named.opaque:
            opaque.append((one.line, f"prefix-list {one.name}: {named.opaque}"))
            return None
        found += [_listed(prefix, one.kind.rpartition(" ")[2]) for prefix in named.prefixes]
    return tuple(found) if lists else None


def _listed(prefix: IPv4Network, how: str) -> PrefixMatch:
    least = prefix.prefixlen + 1 if how == "longer" else prefix.prefixlen
    most = 32 if how in {"longer", "orlonger"} else prefix.prefixlen
    return PrefixMatch(prefix=prefix, minimum=least, maximum=most)


def _longest(matches: Sequence[PrefixMatch]) -> Iterator[PrefixMatch]:
    """What route filters admit together: in each of their prefixes, its own kind counts.

    Raises :class:`TooManyPatterns`.
    """
    prefixes = {one.prefix for one in matches}
    inner: dict[IPv4Network, list[IPv4Network]] = {}
    lengths = sorted({one.prefixlen for one in prefixes}, reverse=True)
    for prefix in prefixes:
        for length in lengths:
            above = prefix.supernet(new_prefix=length) if length < prefix.prefixlen else None
            if above in prefixes:
                inner.setdefault(above, []).append(prefix)
                break
    for one in matches:
        taken = [
            PrefixMatch(prefix=each, minimum=each.prefixlen, maximum=32)
            for each in inner.get(one.prefix, ())
            if each.prefixlen <= one.maximum
        ]
        if one.minimum <= one.maximum:
            yield from without([one], taken) if one.maximum > one.prefix.prefixlen else [one]


def _of_protocols(
    prefixes: Patterns | None, protocols: Sequence[From], session: Session
) -> tuple[Patterns | None, list[tuple[Line, str]]]:
    """The prefixes of a term that asks where a route comes from, and what is not modelled of it."""
    names = {one.name for one in protocols}
    if session.is_import:
        return (prefixes if "bgp" in names else ()), []
    others = [one for one in protocols if one.name not in {*OWN, "bgp"}]
    opaque = [(one.line, f"from protocol {one.name}") for one in others]
    if others:
        return prefixes, opaque
    every = [_only(one) for name in OWN for one in session.own.get(name, ())]
    own = [_only(one) for name in OWN if name in names for one in session.own.get(name, ())]
    found = [
        one
        for one in own
        if prefixes is None or any(pattern.matches(one.prefix) for pattern in prefixes)
    ]
    if "bgp" in names:
        if len(every) > _MOST_OWN:
            return prefixes, [(protocols[0].line, "from protocol bgp, beside many other routes")]
        try:
            found += without([ALL] if prefixes is None else prefixes, every)
        except TooManyPatterns:
            return prefixes, [(protocols[0].line, "from protocol bgp, beside many other routes")]
    return (None if found == [ALL] else tuple(dict.fromkeys(found))), []


def _only(prefix: IPv4Network) -> PrefixMatch:
    return PrefixMatch(prefix=prefix, minimum=prefix.prefixlen, maximum=prefix.prefixlen)


def _communities(
    draft: Draft, conditions: Sequence[From]
) -> tuple[tuple[str, ...], list[tuple[Line, str]]]:
    """The communities any one of which will do, and what is not modelled."""
    found: list[str] = []
    for one in conditions:
        members = _members(draft, one.name, one.line)
        if members is None or len(members) != 1:
            return (), [(each.line, f"from community {each.name}") for each in conditions]
        found += members
    return tuple(dict.fromkeys(found)), []


def _members(draft: Draft, name: str, line: Line) -> list[str] | None:
    """The communities that a name stands for; None where it has expressions."""
    named = draft.communities.get(name)
    if named is None:
        why = f"there is no community {name}, and Junos does not take the configuration"
        draft.ledger.mark(line, contradictory(why, BOTH_WAYS))
        return None
    named.used = True
    if named.opaque:
        return None
    try:
        return [community(member) for member in named.members]
    except ValueError:
        return None


# ------------------------------------------------------------------------------------------ actions


def _actions(
    draft: Draft, term: TermDraft, session: Session, reaching: set[Place], *, is_last: bool
) -> tuple[Changes, Disposition, list[tuple[Line, str]]]:
    """What a term sets, what becomes of the route, and what of it is not modelled."""
    preference: int | None = None
    med: int | None = None
    prepend = 0
    added: list[str] = []
    disposition = Disposition.NEXT
    odd: list[tuple[Line, str]] = []
    for one in term.actions:
        match one.kind:
            case "accept":
                disposition = Disposition.ACCEPT
            case "reject":
                disposition = Disposition.REJECT
            case "next policy" if not is_last:
                odd.append((one.line, "matching routes go on to the next policy"))
            case "local_preference":
                if session.is_import or not session.external:
                    reaching.add(one.line.place)
                    preference = _number(one)
            case "med":
                med = _number(one)
            case "prepend" if isinstance(one.value, tuple) and set(one.value) <= session.asns:
                prepend += len(one.value)
            case "add":
                members = _members(draft, str(one.value), one.line)
                if members is None:
                    odd.append((one.line, one.words))
                added += members or []
            case "odd" | "prepend":
                odd.append((one.line, one.words))
            case _:
                pass
    changes = Changes(
        local_preference=preference,
        med=med,
        prepend=prepend,
        add_communities=tuple(dict.fromkeys(added)),
    )
    rejects = disposition is Disposition.REJECT
    return (Changes() if rejects else changes), disposition, [] if rejects else odd


def _number(one: Then) -> int | None:
    return one.value if isinstance(one.value, int) else None
