"""A neighbour's policy made what it is to be, in the fewest commands.

There are four ways. A statement that nothing else applies is changed in place: a term gets an
action, another value, a term in front of it, or is deactivated. One that others apply too is copied
first, and the copy is changed. What is for every route may stand in a statement of its own in front
of the chain. And there is a new statement in place of all. Each way that there is for an edit is
written, and the shortest one that reads as what is meant is taken.

Nothing has to be reset: a commit makes the routing process go through its policies again, and what
was heard is kept (Juniper, "Routing Policies, Firewall Filters, and Traffic Policers User Guide").
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Network

from samepath.device.junos.draft import TermDraft
from samepath.device.junos.terms import undecided
from samepath.device.junos.writing.place import Place, Placed, place_of
from samepath.device.junos.writing.wording import (
    Communities,
    action,
    command,
    leaf,
    members,
    most_lines,
    term_lines,
    term_path,
    values,
)
from samepath.device.reading.source import Source
from samepath.device.writing.alignment import NEVER, aligned
from samepath.device.writing.patch import Edit, NotWritable, Patch
from samepath.device.writing.trial import first_that_holds
from samepath.model.change import Direction
from samepath.model.policy import Changes, Conditions, Disposition, Policy, PrefixMatch, Term
from samepath.model.policy_form import normal, together

_NAME = "SAMEPATH"
_TYPED = "typed"
_Pair = tuple[Placed | None, Term | None]


def amend(edit: Edit) -> Patch:
    """The fewest commands that make an edit. Raises :class:`NotWritable`."""
    _refuse(edit)
    place = place_of(edit)
    if normal(Policy(terms=tuple(one.term for one in place.terms))) == normal(edit.after):
        return Patch(lines=(), reverts=(), resets=())
    ways = _Ways(edit=edit, place=place)
    found = sorted(ways.closed(), key=lambda one: len(one.lines))
    return first_that_holds(edit, (*found, *ways.open()), after, ways.otherwise)


def after(sources: Sequence[Source], lines: Sequence[str]) -> tuple[Source, ...]:
    """A device's files once commands were typed: they come last, whatever form the files have."""
    *others, last = sources
    text = "".join(f"{one}\n" for one in lines)
    if last.name == _TYPED:
        return (*others, Source(name=_TYPED, text=last.text + text))
    return (*sources, Source(name=_TYPED, text=text))


def _refuse(edit: Edit) -> None:
    """Raise :class:`NotWritable` at what Junos has no words for."""
    remote = edit.neighbour.remote_as
    internal = remote is not None and remote.value in {edit.bgp.asn.value, "internal"}
    for term in edit.after.terms:
        if term.disposition is Disposition.REJECT:
            continue
        if term.changes.weight is not None:
            raise NotWritable("Junos has no weight: what it chooses by first is local-preference")
        announces = edit.direction is Direction.EXPORT and not internal
        if announces and term.changes.local_preference is not None:
            raise NotWritable("local-preference does not reach a neighbour of another AS")
        if term.changes.prepend and not edit.bgp.asn.value and edit.neighbour.local_as is None:
            raise NotWritable("no line says the device's own AS, which would be put in front")


# ----------------------------------------------------------------------------------------- the ways


@dataclass(kw_only=True, slots=True)
class _Ways:
    """The ways to make an edit."""

    edit: Edit
    place: Place
    otherwise: str = (
        "no commands were found that change this policy alone: where its statements come from "
        "groups, it has to be changed by hand"
    )
    """What is said where none of them does what is meant."""

    def closed(self) -> Iterator[Patch]:
        """Each way that lets nothing new pass but what is named."""
        terms = self.edit.after.terms
        shapes = dict.fromkeys((terms, distributed(terms), normal(self.edit.after).terms))
        told = dict.fromkeys(map(self._told, shapes))
        for way in dict.fromkeys((*shapes, *told)):
            yield from self._tried(_Writing.in_place, way)
        if _is_for_every_route(terms[:1]) and _are_same(self.place.terms, terms[1:]):
            yield from self._tried(_Writing.in_front, terms[:1])
        for way in told:
            yield from self._tried(_Writing.anew, way)

    def open(self) -> Iterator[Patch]:
        """What else there is: everything that comes into the routing table is announced."""
        if self.edit.direction is Direction.EXPORT:
            yield from self._tried(_Writing.anew, normal(self.edit.after).terms)

    def _told(self, terms: tuple[Term, ...]) -> tuple[Term, ...]:
        """The terms as a new statement has them.

        An announcement ends with the networks that the device announces, and without what the
        default of BGP does by itself: a last term that lets everything pass would let pass
        whatever comes into the routing table.
        """
        if self.edit.direction is Direction.IMPORT:
            return terms
        own = _exactly(one.prefix for one in self.edit.bgp.networks)
        found: list[Term] = []
        last = Term()
        for term in terms:
            if term.conditions == Conditions() and not _goes_on(term):
                last = term
                break
            found.append(term)
        if last.disposition is Disposition.REJECT:
            return (*found, last)
        by_default = Conditions(prefixes=undecided(found[:-1], own))
        if found and found[-1] == Term(conditions=by_default, disposition=Disposition.REJECT):
            found.pop()
        elif left := undecided(found, own):
            found.append(replace(last, conditions=Conditions(prefixes=left)))
        if last.changes != Changes():
            found.append(Term(changes=last.changes, disposition=Disposition.NEXT))
        return tuple(found)

    def _tried(
        self, way: Callable[[_Writing, tuple[Term, ...]], Patch | None], terms: tuple[Term, ...]
    ) -> Iterator[Patch]:
        try:
            found = way(_Writing(place=self.place, edit=self.edit), terms)
        except NotWritable as error:
            self.otherwise = str(error)
            return
        if found is not None:
            yield found


def _exactly(networks: Iterable[IPv4Network]) -> tuple[PrefixMatch, ...]:
    return tuple(
        PrefixMatch(prefix=one, minimum=one.prefixlen, maximum=one.prefixlen) for one in networks
    )


def _is_for_every_route(terms: Sequence[Term]) -> bool:
    return bool(terms) and all(
        one.conditions == Conditions() and not one.opaque and one.disposition is Disposition.NEXT
        for one in terms
    )


def _are_same(before: Sequence[Placed], after: Sequence[Term]) -> bool:
    return len(before) == len(after) and all(
        _likeness(one.term) == _likeness(other) and one.term.changes == other.changes
        for one, other in zip(before, after, strict=True)
    )


def distributed(terms: tuple[Term, ...]) -> tuple[Term, ...]:
    """The same policy with what the first terms do to every route in each of those behind them."""
    pending, found = Changes(), list[Term]()
    rest = [*terms]
    while rest:
        term = rest.pop(0)
        if _is_for_every_route([term]) and not term.changes.add_communities:
            pending = together(pending, term.changes)
        elif term.disposition is Disposition.NEXT and pending != Changes():
            return terms
        elif term.disposition is Disposition.ACCEPT:
            found.append(
                Term(
                    conditions=term.conditions,
                    changes=together(pending, term.changes),
                    disposition=term.disposition,
                    opaque=term.opaque,
                )
            )
        else:
            found.append(term)
        if term.conditions == Conditions() and not _goes_on(term):
            return tuple(found)
    if pending != Changes():
        found.append(Term(changes=pending, disposition=Disposition.NEXT))
    return tuple(found)


def _goes_on(term: Term) -> bool:
    return bool(term.opaque) or term.disposition is Disposition.NEXT


def _likeness(term: Term) -> object:
    """What an action of a term does not change."""
    conditions = term.conditions
    return (
        frozenset(conditions.prefixes),
        frozenset(conditions.communities),
        term.opaque,
        term.disposition,
    )


# ---------------------------------------------------------------------------------------- the words


@dataclass(kw_only=True, slots=True)
class _Writing:
    """One way while it is written; a later line's revert comes first."""

    place: Place
    edit: Edit
    lines: list[str] = field(default_factory=list)
    reverts: list[str] = field(default_factory=list)
    communities: Communities = field(init=False)
    copies: dict[str, str] = field(default_factory=dict)
    """The new name of each statement that was copied."""
    names: set[str] = field(default_factory=set)
    """New names."""

    def __post_init__(self) -> None:
        self.communities = Communities(draft=self.place.draft, free=self._free)

    def in_place(self, terms: tuple[Term, ...]) -> Patch | None:
        """The statements of the chain changed, or their copies; None: they cannot be."""
        if not self.place.names or self.place.names[-1] not in self.place.draft.policies:
            return None
        pairs = aligned(
            self.place.terms,
            terms,
            changing=self._cost_of_change,
            dropping=lambda one: 0 if one.origin is None else 1,
            adding=self._cost_of_new,
        )
        if pairs is None:
            return None
        for at, (old, new) in enumerate(pairs):
            if new is None:
                self._drop(old)
            elif old is None:
                self._add(new, _behind(pairs[at:]))
            elif old.origin is not None and not _are_same([old], [new]):
                self._change(old.origin.term, old.origin.policy, old.term, new)
        if self.copies:
            self._apply([self.copies.get(name, name) for name in self.place.names])
        return self._patch()

    def in_front(self, terms: tuple[Term, ...]) -> Patch:
        """A statement for every route in front of the chain."""
        name = self._new_statement(terms)
        self._apply([name, *self.place.names])
        return self._patch()

    def anew(self, terms: tuple[Term, ...]) -> Patch:
        """A statement in place of the chain."""
        self._apply([self._new_statement(terms)])
        return self._patch()

    def _patch(self) -> Patch:
        return Patch(
            lines=(*self.communities.lines(), *self.lines),
            reverts=(*self.reverts, *self.communities.reverts()),
            resets=(),
        )

    def _free(self, name: str) -> str:
        found = self.place.free(name, self.names)
        self.names.add(found)
        return found

    def _do(self, line: str, revert: str) -> None:
        self.lines.append(line)
        self.reverts.insert(0, revert)

    # ------------------------------------------------------------------------------ statements

    def _new_name(self) -> str:
        address = str(self.edit.neighbour.address).replace(".", "-")
        way = "IN" if self.edit.direction is Direction.IMPORT else "OUT"
        return self._free(f"{_NAME}-{address}-{way}")

    def _new_statement(self, terms: tuple[Term, ...]) -> str:
        unwritten = [one.source for term in terms for one in term.opaque]
        if unwritten:
            raise NotWritable(
                "it takes a statement of its own, and a part of the policy is not understood: "
                f"{unwritten[0]}"
            )
        name = self._new_name()
        alone = len(terms) == 1 and terms[0].conditions == Conditions()
        written: list[str] = []
        for number, term in enumerate(terms, start=1):
            path = term_path(name, "" if alone else f"T{number}")
            written += term_lines(path, term, self.place.asn, self.communities)
        imports = self.edit.direction is Direction.IMPORT
        nothing = "then accept" if imports else "then next policy"
        self.lines += written or [f"set {term_path(name, '')} {nothing}"]
        self.reverts.insert(0, f"delete {term_path(name, '')}")
        return name

    def _statement(self, name: str) -> str:
        """A statement of the chain that may be changed: itself, or the copy of one that is shared."""
        if name not in self.place.shared:
            return name
        if name not in self.copies:
            copy = self.copies[name] = self._new_name()
            old, new = term_path(name, ""), command("policy-statement", copy)
            self.lines.append(f"copy {old} to {new}")
            self.reverts.insert(0, f"delete {term_path(copy, '')}")
        return self.copies[name]

    def _apply(self, names: list[str]) -> None:
        """Let the neighbour have another chain."""
        path = self.place.path
        if self.place.is_own:
            self._do(f"delete {path}", f"set {path} {members([*self.place.names])}")
        self._do(f"set {path} {members(names)}", f"delete {path}")

    # ------------------------------------------------------------------------------------ terms

    def _cost_of_change(self, old: Placed, new: Term) -> int:
        if _likeness(old.term) != _likeness(new):
            return NEVER
        if old.term.changes == new.changes or new.disposition is Disposition.REJECT:
            return 0
        if old.origin is None:
            return NEVER
        before, then = old.term.changes, new.changes
        gone = {*before.add_communities} - {*then.add_communities}
        if not all(self._added_alone(old.origin.term, one) for one in gone):
            return NEVER
        more = {*then.add_communities} - {*before.add_communities}
        one, other = values(before), values(then)
        changed = [name for name in {*one, *other} if one.get(name) != other.get(name)]
        return len(gone) + len(more) + len(changed)

    def _cost_of_new(self, term: Term) -> int:
        announces = self.edit.direction is Direction.EXPORT
        every = term.conditions == Conditions() and term.disposition is Disposition.ACCEPT
        if term.opaque or (announces and every):
            return NEVER
        return most_lines(term) + 1

    def _added_alone(self, term: TermDraft, value: str) -> str | None:
        """The name by which a term adds a community and nothing else."""
        for one in term.actions:
            if one.kind == "add" and self.communities.members(str(one.value)) == (value,):
                return str(one.value)
        return None

    def _change(self, term: TermDraft, policy: str, old: Term, new: Term) -> None:
        statement = self._statement(policy)
        path = f"{term_path(statement, term.name)} then"
        before, then = values(old.changes), values(new.changes)
        for name in dict.fromkeys((*before, *then)):
            if before.get(name) == then.get(name):
                continue
            was = None if name not in before else action(name, before[name], self.place.asn)
            to_be = None if name not in then else action(name, then[name], self.place.asn)
            line = f"delete {path} {leaf(name)}" if to_be is None else f"set {path} {to_be}"
            revert = f"delete {path} {leaf(name)}" if was is None else f"set {path} {was}"
            self._within(statement, line, revert)
        for value in old.changes.add_communities:
            if value not in new.changes.add_communities:
                added = command(self._added_alone(term, value) or "")
                words = f"{path} community add {added}"
                self._within(statement, f"delete {words}", f"set {words}")
        for value in dict.fromkeys(new.changes.add_communities):
            if value not in old.changes.add_communities:
                words = f"{path} community add {command(self.communities.name(value))}"
                self._within(statement, f"set {words}", f"delete {words}")

    def _within(self, statement: str, line: str, revert: str) -> None:
        """Change a statement; a copy goes as a whole when it is taken back."""
        self.lines.append(line)
        if statement not in self.copies.values():
            self.reverts.insert(0, revert)

    def _drop(self, old: Placed | None) -> None:
        if old is None or old.origin is None:
            return
        statement = self._statement(old.origin.policy)
        name = old.origin.term.name
        path = term_path(statement, name) + ("" if name else " then")
        self._within(statement, f"deactivate {path}", f"activate {path}")

    def _add(self, new: Term, behind: Placed | None) -> None:
        """Add a term in front of another one, or behind all."""
        origin = None if behind is None else behind.origin
        statement = self._statement(self.place.names[-1] if origin is None else origin.policy)
        name = self._free(_NAME)
        path = term_path(statement, name)
        found = term_lines(path, new, self.place.asn, self.communities)
        if not found:
            return
        self.lines += found
        if origin is not None and origin.term.name:
            beside = command("term", origin.term.name)
            self.lines.append(f"insert {path} before {beside}")
        if statement not in self.copies.values():
            self.reverts.insert(0, f"delete {path}")


def _behind(pairs: Sequence[_Pair]) -> Placed | None:
    """The next term that stands in a statement."""
    return next((old for old, _ in pairs if old is not None and old.origin is not None), None)
