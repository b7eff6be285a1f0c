"""A route map as its clauses, and the lines that make one out of another.

A clause stays where it is if the new policy has a term with its conditions. What it sets may
change, by a line each; what of it is not modelled is not touched.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from samepath.device.ios_family.writing.words import Words, pattern, set_lines, unset
from samepath.device.reading.route_maps import RouteMapClause, Set
from samepath.model.policy import Changes, Disposition, Term
from samepath.model.policy_form import together

_STEP = 10
_OF_LISTS = 5
_LAST = 65535
_NO_WAY = 1_000_000


@dataclass(frozen=True, kw_only=True, slots=True)
class Held:
    """A clause that is there, with the term that it comes to."""

    clause: RouteMapClause
    term: Term


@dataclass(frozen=True, kw_only=True, slots=True)
class Step:
    """A clause of the map that is to be: an old one with a new term, or a new one."""

    before: Held | None
    term: Term
    number: int = 0


@dataclass(kw_only=True, slots=True)
class Lines:
    """Lines to be typed, and those that take them back, each in the order of typing."""

    typed: list[str] = field(default_factory=list)
    reverts: list[str] = field(default_factory=list)


@dataclass(frozen=True, kw_only=True, slots=True)
class Writer:
    """What is the same in all maps of a speaker; ``taken`` are names that lists have."""

    words: Words
    asn: int
    taken: Container[str]

    # ----------------------------------------------------------------- which clause becomes which

    def steps(
        self, held: Sequence[Held], terms: Sequence[Term]
    ) -> tuple[list[Step], list[Held]] | None:
        """The clauses of ``terms`` out of those held, by the fewest lines, and those that go.

        None: a term has parts that are not modelled, and no clause holds it.
        """
        costs = [[0] * (len(terms) + 1) for _ in range(len(held) + 1)]
        for i in range(len(held), -1, -1):
            for j in range(len(terms), -1, -1):
                ways = [
                    way + costs[i + di][j + dj] for way, di, dj in self._ways(held, terms, i, j)
                ]
                costs[i][j] = min(ways, default=0)
        if costs[0][0] >= _NO_WAY:
            return None
        steps: list[Step] = []
        gone: list[Held] = []
        i = j = 0
        while i < len(held) or j < len(terms):
            for way, di, dj in self._ways(held, terms, i, j):
                if way + costs[i + di][j + dj] == costs[i][j]:
                    break
            if dj:
                steps.append(Step(before=held[i] if di else None, term=terms[j]))
            else:
                gone.append(held[i])
            i, j = i + di, j + dj
        return steps, gone

    def _ways(
        self, held: Sequence[Held], terms: Sequence[Term], i: int, j: int
    ) -> Iterator[tuple[int, int, int]]:
        """What may be done next, with the number of lines that it takes."""
        if i < len(held) and j < len(terms) and _may_become(held[i].term, terms[j]):
            changed = self._changed(held[i].term, terms[j]).typed
            yield (len(changed) + 2 if changed else 0), 1, 1
        if i < len(held):
            yield 1, 1, 0
        if j < len(terms):
            yield (_NO_WAY if terms[j].opaque else len(self._new("", 0, terms[j]).typed)), 0, 1

    # ------------------------------------------------------------------------ the same map, changed

    def in_place(
        self, name: str, held: Sequence[Held], others: Iterable[int], terms: Sequence[Term]
    ) -> Lines | None:
        """The lines that make ``terms`` of a map; ``others`` are numbers of clauses left alone.

        None where there is no room between two clauses.
        """
        found = self.steps(held, terms)
        numbered = None if found is None else _numbered(found[0], others)
        if found is None or numbered is None:
            return None
        made = Lines()
        for one in found[1]:
            clause = one.clause
            verb = "permit" if clause.permits else "deny"
            made.typed.append(f"no route-map {name} {verb} {clause.number}")
        reverts: list[list[str]] = []
        for step in numbered:
            if step.before is None:
                lines = self._new(name, step.number, step.term)
            else:
                changed = self._changed(step.before.term, step.term)
                lines = Lines(
                    typed=list(_clause(name, step, changed.typed)),
                    reverts=list(_clause(name, step, changed.reverts)),
                )
            made.typed += lines.typed
            reverts.append(lines.reverts)
        made.reverts = [line for lines in reversed(reverts) for line in lines]
        for one in found[1]:
            made.reverts += self._copied(name, one, one.clause.number, one.term)
        return made

    def _changed(self, before: Term, after: Term) -> Lines:
        """Lines in a clause."""
        made = Lines()
        old = {} if _refuses(before) else set_lines(before.changes, self.asn)
        new = {} if _refuses(after) else set_lines(after.changes, self.asn)
        for attribute in (*old, *(one for one in new if one not in old)):
            was, to_be = old.get(attribute), new.get(attribute)
            if was == to_be:
                continue
            adds = self.words.sets_add and attribute in {"prepend", "add_communities"}
            if was is not None and (to_be is None or adds):
                made.typed.append(unset(self.words, attribute, was))
            if to_be is not None:
                made.typed.append(to_be)
            if to_be is not None and (was is None or adds):
                made.reverts.append(unset(self.words, attribute, to_be))
            if was is not None:
                made.reverts.append(was)
        goes, went = (one.disposition is Disposition.NEXT for one in (after, before))
        if goes != went:
            words = self.words.goes_on
            made.typed.append(words if goes else f"no {words}")
            made.reverts.append(f"no {words}" if goes else words)
        return made

    # ----------------------------------------------------------------------------- a map of its own

    def anew(self, name: str, held: Sequence[Held], terms: Sequence[Term]) -> Lines | None:
        """The lines of a new map; clauses that are there are copied, with what they do besides.

        None where a term has no words.
        """
        found = self.steps(held, terms)
        if found is None:
            return None
        steps = found[0]
        jumps = any(one.before and one.before.clause.goes_to is not None for one in steps)
        numbered = _numbered(steps, ()) if jumps else list(_renumbered(steps))
        if numbered is None:
            return None
        made = Lines()
        lists: list[str] = []
        for step in numbered:
            if step.before is None:
                lines = self._new(name, step.number, step.term)
                made.typed += lines.typed
                lists += lines.reverts[1:]
                continue
            made.typed += self._copied(name, step.before, step.number, step.term)
        made.reverts = [f"no route-map {name}", *lists]
        return made

    def _copied(self, name: str, held: Held, number: int, term: Term) -> Iterator[str]:
        """A clause as it stands, but for what of it is to be another term's."""
        clause = held.clause
        old, new = (set_lines(one.changes, self.asn) for one in (held.term, term))
        changed = {one for one in (*old, *new) if old.get(one) != new.get(one)}
        lines = [one.line for one in clause.matches]
        lines += [one.line for one in clause.sets if not changed.intersection(_attributes(one))]
        lines += clause.others
        if clause.calls is not None:
            lines.append(clause.calls[1])
        body = [" ".join(line.words) for line in lines]
        body += [line for attribute, line in new.items() if attribute in changed]
        if term.disposition is Disposition.NEXT:
            goes_on = clause.goes_on
            body.append(self.words.goes_on if goes_on is None else " ".join(goes_on.words))
        verb = "permit" if clause.permits else "deny"
        return _block(f"route-map {name} {verb} {number}", body)

    def _new(self, name: str, number: int, term: Term) -> Lines:
        """A new clause, with its lists."""
        own = f"{name}-{number}"
        while own in self.taken:
            own += "-A"
        body: list[str] = []
        made = Lines()
        verb = "deny" if _refuses(term) else "permit"
        made.reverts.append(f"no route-map {name} {verb} {number}")
        if term.conditions.prefixes:
            for place, one in enumerate(term.conditions.prefixes, start=1):
                entry = f"seq {place * _OF_LISTS} permit {pattern(one)}"
                made.typed.append(f"ip prefix-list {own} {entry}")
            made.reverts.append(f"no ip prefix-list {own}")
            body.append(f"match ip address prefix-list {own}")
        if term.conditions.communities:
            beginning = f"{self.words.community_list} {own}"
            made.typed += [f"{beginning} permit {one}" for one in term.conditions.communities]
            made.reverts.append(f"no {beginning}")
            body.append(f"match community {own}")
        if not _refuses(term):
            body += set_lines(term.changes, self.asn).values()
        if term.disposition is Disposition.NEXT:
            body.append(self.words.goes_on)
        made.typed += _block(f"route-map {name} {verb} {number}", body)
        return made


def _refuses(term: Term) -> bool:
    return term.disposition is Disposition.REJECT


def _may_become(before: Term, after: Term) -> bool:
    """Whether a clause may get another term without being made anew."""
    same = (before.conditions, before.opaque) == (after.conditions, after.opaque)
    return same and _refuses(before) == _refuses(after)


def _block(first: str, body: Iterable[str]) -> Iterator[str]:
    yield first
    yield from (f" {line}" for line in body)
    yield "exit"


def _attributes(one: Set) -> set[str]:
    """What a line of a clause sets, as far as it is modelled."""
    return (
        set() if one.opaque else {*set_lines(one.changes, 1), *(["prepend"] * bool(one.prepended))}
    )


def _clause(name: str, step: Step, body: Sequence[str]) -> Iterator[str]:
    if body and step.before is not None:
        verb = "permit" if step.before.clause.permits else "deny"
        yield from _block(f"route-map {name} {verb} {step.number}", body)


def _renumbered(steps: Iterable[Step]) -> Iterator[Step]:
    for place, step in enumerate(steps, start=1):
        yield replace(step, number=place * _STEP)


def _numbered(steps: Sequence[Step], others: Iterable[int]) -> list[Step] | None:
    """The steps with numbers for the new ones; None where there is no room."""
    occupied = sorted({*others, *(one.before.clause.number for one in steps if one.before)})
    made: list[Step] = []
    below = 0
    for place, step in enumerate(steps):
        if step.before is not None:
            below = step.before.clause.number
            made.append(replace(step, number=below))
            continue
        following = (one.before.clause.number for one in steps[place:] if one.before)
        limit = next(following, None)
        run = next((n for n, one in enumerate(steps[place:]) if one.before), len(steps) - place)
        above = min((one for one in occupied if one > below), default=None)
        if limit is None and above is None:
            number = below + _STEP
        else:
            ceiling = above if above is not None else _LAST
            number = below + (ceiling - below) // (run + 1)
        if number <= below or number > _LAST or number in occupied:
            return None
        made.append(replace(step, number=number))
        below = number
    return made


def merged(terms: Sequence[Term]) -> tuple[Term, ...] | None:
    """Terms whose first one, for every route, is in all others; None where that changes them."""
    first, *others = terms
    pending = first.changes
    found: list[Term] = []
    for term in others:
        if term.disposition is Disposition.REJECT:
            found.append(term)
        elif term.disposition is Disposition.NEXT:
            if _touch(pending, term.changes):
                return None
            found.append(term)
        else:
            found.append(replace(term, changes=together(pending, term.changes)))
    return tuple(found)


def _touch(first: Changes, then: Changes) -> bool:
    """Whether two changes are about one attribute."""
    return bool({*set_lines(first, 1)} & {*set_lines(then, 1)})
