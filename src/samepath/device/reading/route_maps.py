"""Route maps, in the form that IOS, FRR, VyOS and FortiOS share, as policy of ours.

A clause matches if every one of its conditions holds, and of a condition with more than one list
any list will do. A clause that permits sets, and ends the map or goes on; one that denies ends it.
A route that no clause has permitted is denied.

What becomes of a route that a clause has permitted and sent on, and that no later clause takes up,
differs: to FRR the last clause decides (``docs/lab-notes/0014-route-maps.md``), so that such a
route is denied unless it was the last clause that sent it on. What IOS does is not written down.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from samepath.device.reading.policies import Clause
from samepath.device.reading.prefix_sets import complement
from samepath.device.reading.source import Line
from samepath.model.policy import (
    Changes,
    Conditions,
    Disposition,
    Opaque,
    Policy,
    PrefixMatch,
    Term,
)


@dataclass(frozen=True, kw_only=True, slots=True)
class Resolved:
    """What a condition comes to: prefixes, communities, nothing, or something not modelled.

    ``prefixes`` and ``communities``: None is no condition on them, an empty one matches no route.
    """

    words: str
    prefixes: tuple[PrefixMatch, ...] | None = None
    communities: tuple[str, ...] | None = None
    opaque: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Match:
    """A condition as it is written; ``names`` are the lists, any one of which will do."""

    kind: str
    names: tuple[str, ...]
    line: Line


@dataclass(frozen=True, kw_only=True, slots=True)
class Set:
    """A change as it is written: what it comes to, or why it is not modelled."""

    line: Line
    changes: Changes = field(default_factory=Changes)
    prepended: tuple[int, ...] = ()
    """AS numbers in front of the path; only the own one can be modelled."""
    words: str = ""
    opaque: str = ""


@dataclass(kw_only=True, slots=True)
class RouteMapClause:
    """A clause while it is read."""

    number: int
    permits: bool
    line: Line
    matches: list[Match] = field(default_factory=list)
    sets: list[Set] = field(default_factory=list)
    goes_on: Line | None = None
    """The line that sends a matching route on to the next clause."""
    goes_to: int | None = None
    """The number of the clause, or the one after it, that it is sent on to."""
    calls: tuple[str, Line] | None = None
    others: list[Line] = field(default_factory=list)
    """Lines that change nothing in the choice of routes."""


Resolve = Callable[[Match], Resolved]


@dataclass(frozen=True, kw_only=True, slots=True)
class Compiled:
    """A route map as policy, with its clauses in words.

    ``odd`` are the lines that are not modelled, with the reason of each; ``calls`` the maps that
    it calls.
    """

    policy: Policy
    clauses: tuple[Clause, ...]
    numbers: tuple[int | None, ...] = ()
    """Of each term, the number of the clause that it is; None: it stands for the end of the map."""
    odd: tuple[tuple[Line, str], ...] = ()
    calls: tuple[str, ...] = ()


def compile_map(
    clauses: Iterable[RouteMapClause],
    resolve: Resolve,
    asn: int | None,
    *,
    sets_at_end: bool = False,
    last_decides: bool = True,
) -> Compiled:
    """A route map as policy; ``asn`` is whose prepending is prepending of the own AS.

    ``sets_at_end``: a later clause sees the route as it came, and not what earlier ones have set.
    ``last_decides``: a route that was sent on, and that no later clause takes up, is denied. If
    not, nobody says what becomes of it.
    """
    ordered = sorted(clauses, key=lambda one: one.number)
    numbers = [one.number for one in ordered]
    terms: list[tuple[Term, int | None]] = []
    accepting: list[tuple[Term, int | None]] = []
    words: list[Clause] = []
    odd: list[tuple[Line, str]] = []
    added: set[str] = set()
    for place, clause in enumerate(ordered):
        resolved = [(match, resolve(match)) for match in _joined(clause.matches)]
        skips = clause.goes_to is not None and bisect_left(numbers, clause.goes_to) > place + 1
        odd += _odd(clause, resolved, asn, skips=skips)
        unsure = not last_decides and not any(map(_ends_all, ordered[place + 1 :]))
        if unsure and clause.goes_on is not None and clause is not ordered[-1]:
            why = "what becomes of a route that goes on, and meets no later clause, is not sure"
            odd.append((clause.goes_on, why))
        words.append(_words(clause, resolved, is_last=place == len(ordered) - 1))
        term = _term(clause, [one for _, one in resolved], asn)
        if term is None:
            continue
        if sets_at_end and added.intersection(term.conditions.communities):
            why = "a community that an earlier clause may have added decides"
            term = replace(term, opaque=(*term.opaque, Opaque(source=why)))
        if skips and clause.permits:
            why = f"matching routes go on to clause {clause.goes_to}"
            term = replace(term, opaque=(*term.opaque, Opaque(source=why)))
        terms.append((term, clause.number))
        if term.disposition is Disposition.NEXT:
            added.update(term.changes.add_communities)
            if clause is ordered[-1] or not last_decides:
                sent_on = _sent_on(term, clause, is_last=clause is ordered[-1])
                accepting.append((sent_on, None))
    terms += [*accepting, (Term(disposition=Disposition.REJECT), None)]
    reached = list(_reached(terms))
    return Compiled(
        policy=Policy(terms=tuple(term for term, _ in reached)),
        numbers=tuple(number for _, number in reached),
        clauses=tuple(words),
        odd=tuple(odd),
        calls=tuple(one.calls[0] for one in ordered if one.calls is not None),
    )


def _sent_on(term: Term, clause: RouteMapClause, *, is_last: bool) -> Term:
    """What becomes of a route that a clause has sent on, and that no later one takes up."""
    doubt = f"whether clause {clause.number}, which sends routes on, has permitted them"
    unsure = () if is_last else (Opaque(source=doubt),)
    return Term(conditions=term.conditions, opaque=(*term.opaque, *unsure))


def _odd(
    clause: RouteMapClause,
    resolved: Iterable[tuple[Match, Resolved]],
    asn: int | None,
    *,
    skips: bool,
) -> Iterator[tuple[Line, str]]:
    """The lines of a clause that are not modelled, and why."""
    for match, comes_to in resolved:
        if comes_to.opaque:
            yield match.line, "a condition that is not modelled"
    for one in clause.sets if clause.permits else ():
        if one.opaque:
            yield one.line, f"not modelled: {one.opaque}"
        elif one.prepended and set(one.prepended) != {asn}:
            yield one.line, "it prepends another AS than the own one"
    if clause.calls is not None:
        yield clause.calls[1], f"what the map {clause.calls[0]} does, which is called"
    if skips and clause.permits and clause.goes_on is not None:
        yield clause.goes_on, "it goes past other clauses"


def _ends_all(clause: RouteMapClause) -> bool:
    """Whether every route that comes to a clause ends there."""
    return not clause.matches and clause.calls is None and clause.goes_on is None


def _reached(
    terms: Iterable[tuple[Term, int | None]],
) -> Iterator[tuple[Term, int | None]]:
    """The terms up to the first one that no route comes past."""
    for term, number in terms:
        yield term, number
        always = term.conditions == Conditions() and not term.opaque
        if always and term.disposition is not Disposition.NEXT:
            return


def filtering(prefixes: Sequence[PrefixMatch]) -> Term | None:
    """What a list of prefixes on a session does: what it does not permit is rejected.

    None where it permits everything. Raises :class:`~samepath.device.reading.prefix_sets.TooManyPatterns`.
    """
    refused = complement(prefixes)
    if not refused:
        return None
    return Term(conditions=Conditions(prefixes=refused), disposition=Disposition.REJECT)


def _joined(matches: Iterable[Match]) -> Iterator[Match]:
    """The conditions, those of one kind as one: any of their lists will do."""
    by_kind: dict[str, Match] = {}
    for match in matches:
        before = by_kind.get(match.kind)
        if before is None:
            by_kind[match.kind] = match
        else:
            by_kind[match.kind] = replace(before, names=(*before.names, *match.names))
    return iter(by_kind.values())


def _term(clause: RouteMapClause, resolved: Sequence[Resolved], asn: int | None) -> Term | None:
    """The term of a clause; None if it can match no route."""
    prefixes: tuple[PrefixMatch, ...] | None = None
    communities: tuple[str, ...] | None = None
    opaque: list[Opaque] = []
    for one in resolved:
        if one.prefixes == () or one.communities == ():
            return None
        opaque += [Opaque(source=text) for text in one.opaque]
        if one.prefixes is not None:
            if prefixes is not None:
                opaque.append(Opaque(source=f"{one.words}, beside another condition on prefixes"))
            prefixes = prefixes or one.prefixes
        communities = communities or one.communities
    changes, more = _changes(clause, asn) if clause.permits else (Changes(), ())
    opaque += [Opaque(source=text) for text in more]
    if clause.calls is not None:
        opaque.append(Opaque(source=f"it calls the route map {clause.calls[0]}"))
    disposition = Disposition.ACCEPT if clause.permits else Disposition.REJECT
    if clause.permits and clause.goes_on is not None:
        disposition = Disposition.NEXT
    return Term(
        conditions=Conditions(prefixes=prefixes or (), communities=communities or ()),
        changes=changes,
        disposition=disposition,
        opaque=tuple(opaque),
    )


def _changes(clause: RouteMapClause, asn: int | None) -> tuple[Changes, tuple[str, ...]]:
    """What a clause sets; of two lines about one attribute the last one counts."""
    values: dict[str, object] = {}
    opaque: list[str] = []
    for one in clause.sets:
        if one.opaque:
            opaque.append(one.opaque)
        if one.prepended:
            if set(one.prepended) == {asn}:
                values["prepend"] = len(one.prepended)
            else:
                opaque.append(one.words)
        for name in ("local_preference", "weight", "med"):
            value = getattr(one.changes, name)
            if value is not None:
                values[name] = value
        if one.changes.add_communities:
            values["add_communities"] = one.changes.add_communities
    return replace(Changes(), **values), tuple(opaque)  # type: ignore[arg-type]


def _words(
    clause: RouteMapClause, resolved: Iterable[tuple[Match, Resolved]], *, is_last: bool
) -> Clause:
    then = "accept" if clause.permits else "reject"
    if clause.permits and clause.goes_on is not None and not is_last:
        then = "go on"
    if clause.calls is not None:
        then = f"call {clause.calls[0]}, {then}"
    return Clause(
        place=clause.line.place,
        when=tuple(one.words for _, one in resolved),
        sets=tuple(one.words for one in clause.sets if clause.permits),
        then=then,
    )
