"""One way to make an edit, while its commands are written, and those that take them back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from samepath.device.junos.draft import TermDraft
from samepath.device.junos.writing.place import Place, Placed
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
from samepath.device.writing.alignment import NEVER, aligned
from samepath.device.writing.patch import Edit, NotWritable, Patch
from samepath.model.change import Direction
from samepath.model.policy import Conditions, Disposition, Term

_NAME = "SAMEPATH"
_Pair = tuple[Placed | None, Term | None]


def are_same(before: Sequence[Placed], after: Sequence[Term]) -> bool:
    """Whether terms stay as they are."""
    return len(before) == len(after) and all(
        _likeness(one.term) == _likeness(other) and one.term.changes == other.changes
        for one, other in zip(before, after, strict=True)
    )


def _likeness(term: Term) -> object:
    """What an action of a term does not change."""
    conditions = term.conditions
    return (
        frozenset(conditions.prefixes),
        frozenset(conditions.communities),
        term.opaque,
        term.disposition,
    )


@dataclass(kw_only=True, slots=True)
class Writing:
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
            elif old.origin is not None and not are_same([old], [new]):
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
