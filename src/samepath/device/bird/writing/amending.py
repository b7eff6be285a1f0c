"""A session's policy made what it is to be, in the fewest lines of its file.

A filter that only this session has is changed in place: a statement gets another value, comes or
goes, and so does a branch. What is shared, or is no filter yet (``import all``, ``where``), becomes
a filter at the session itself, with all that it said and the change.

``birdc configure`` reads the file, and lets the routes of a channel whose filter has changed pass
through it again: it asks the neighbour for them (RFC 2918), and the session stays (BIRD's manual,
"Remote control", ``configure``: it is ``soft`` that would leave them alone;
``docs/lab-notes/0017-bird-configure.md``).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from samepath.device.bird.policy import BASE_PREFERENCE
from samepath.device.bird.reading.filters import Origin
from samepath.device.bird.reading.statements import Statement
from samepath.device.bird.writing.place import Place, Placed, place_of
from samepath.device.bird.writing.text import Edited
from samepath.device.bird.writing.wording import statements
from samepath.device.reading.source import Source
from samepath.device.writing.alignment import NEVER, aligned
from samepath.device.writing.diff import difference, patched
from samepath.device.writing.forms import REJECTS_ALL, Form, decides, forms, same_conditions
from samepath.device.writing.patch import Edit, NotWritable, Patch
from samepath.device.writing.trial import first_that_holds
from samepath.model.policy import Changes, Conditions, Disposition, Policy, Term
from samepath.model.policy_form import normal

_WIDEST = 90
"""Columns of a filter that stands on one line."""
_VALUE = re.compile(r"(preference|bgp_local_pref|bgp_med)=\w+")


def amend(edit: Edit) -> Patch:
    """The fewest lines that make an edit. Raises :class:`NotWritable`."""
    place = place_of(edit)
    was = tuple(one.term for one in place.terms)
    if was and normal(Policy(terms=was)) == normal(edit.after):
        return Patch(lines=(), reverts=(), resets=())
    ways = _Ways(place=place, edit=edit)
    found = sorted(ways.all(), key=lambda one: sum(_counts(line) for line in one.lines))
    return first_that_holds(edit, found, after, ways.otherwise)


def after(sources: Sequence[Source], lines: Sequence[str]) -> tuple[Source, ...]:
    """A machine's files after the lines of a patch."""
    return patched(sources, lines)


def _counts(line: str) -> bool:
    """Whether a line of a patch comes or goes. A remark that is kept has no price."""
    is_header = line.startswith(("+++ ", "--- "))
    return line[:1] in {"+", "-"} and not is_header and not line[1:].lstrip().startswith("#")


@dataclass(kw_only=True, slots=True)
class _Ways:
    """The ways to make an edit."""

    place: Place
    edit: Edit
    otherwise: str = "no lines were found that change this policy alone"
    """What is said where none of them does what is meant."""

    def all(self) -> Iterator[Patch]:
        """Each way that there is."""
        head, *rest = self.edit.after.terms or (Term(),)
        same = tuple(one.term for one in self.place.terms) == tuple(rest)
        if same and head.conditions == Conditions() and head.disposition is Disposition.NEXT:
            yield from self._tried(_Writing.in_front, (head,))
        ways = [] if self.place.is_shared else [_Writing.in_place]
        for way in (*ways, _Writing.as_copy, _Writing.anew):
            for form in forms(self.edit.after):
                yield from self._tried(way, form)

    def _tried(self, way: Callable[[_Writing, Form], bool], form: Form) -> Iterator[Patch]:
        writing = _Writing(place=self.place, asn=self.edit.bgp.asn.value, edit=self.edit)
        try:
            if way(writing, form):
                yield writing.patch()
        except NotWritable as error:
            self.otherwise = str(error)


@dataclass(kw_only=True, slots=True)
class _Writing:
    """One way while it is written. Each is false where there is no such way."""

    place: Place
    asn: int
    edit: Edit
    edited: dict[str, Edited] = field(default_factory=dict)

    def patch(self) -> Patch:
        """What was written."""
        texts = [(name, one.text, one.result()) for name, one in self.edited.items()]
        return Patch(
            lines=tuple(line for one in texts for line in difference(*one)),
            reverts=tuple(
                line for name, old, new in reversed(texts) for line in difference(name, new, old)
            ),
            resets=("birdc configure",),
        )

    def _file(self, statement: Statement) -> Edited:
        name = statement.line.place.file
        return self.edited.setdefault(name, Edited(text=self.place.texts[name]))

    def in_place(self, form: Form) -> bool:
        """The filter itself is changed."""
        filter_ = self.place.filter
        return filter_ is not None and self._amend(filter_, form, self._file(filter_))

    def as_copy(self, form: Form) -> bool:
        """What the filter says, changed, in one at the session."""
        filter_ = self.place.filter
        if filter_ is None:
            return False
        copy = Edited(text=self.place.texts[filter_.line.place.file])
        if not self._amend(filter_, form, copy):
            return False
        self._say(copy.inner(filter_))
        return True

    def in_front(self, form: Form) -> bool:
        """What is said already, behind what is new."""
        said = self._said()
        if said:
            self._say([*self._statements(form[0]), *said])
        return bool(said)

    def anew(self, form: Form) -> bool:
        """All of it in new words."""
        if form == (Term(),):
            self._say([], plain="all")
        elif not form:
            self._say([], plain="none")
        else:
            lines = [line for term in form for line in self._statements(term)]
            self._say(lines if decides(form) else [*lines, "reject;"])
        return True

    # -------------------------------------------------------------------------------- the session

    def _said(self) -> list[str]:
        """The policy that there is, as the statements of a filter."""
        statement, filter_ = self.place.statement, self.place.filter
        if filter_ is not None:
            return Edited(text=self.place.texts[filter_.line.place.file]).inner(filter_)
        match () if statement is None else statement.words[1:]:
            case ["all"]:
                return ["accept;"]
            case ["none"]:
                return ["reject;"]
            case ["where", _, *_] if statement is not None:
                text = self.place.texts[statement.line.place.file]
                condition = text[statement.tokens[2].start : statement.tokens[-1].end]
                return [f"if {condition} then accept;", "reject;"]
            case _:
                return []

    def _say(self, lines: Sequence[str], plain: str = "") -> None:
        """Let the session itself say its policy."""
        word = self.edit.direction.value
        file = self._file(self.place.protocol)
        on_one = f"{word} filter {{ {' '.join(one.strip() for one in lines)} }};"
        is_simple = not any(set(one) & set('{}#"') for one in lines)
        if plain:
            new = [f"{word} {plain};"]
        elif is_simple and len(on_one) <= _WIDEST:
            new = [on_one]
        else:
            new = [f"{word} filter {{", *file.indented(lines), "};"]
        if self.place.is_own and self.place.statement is not None:
            file.replace(self.place.statement, new)
        elif self.place.channel is not None:
            file.behind(self.place.channel, new)
        else:
            file.behind(self.place.protocol, ["ipv4 {", *file.indented(new), "};"])

    def _statements(self, term: Term) -> list[str]:
        """A term in BIRD's words. Raises :class:`NotWritable`."""
        return statements(term, self.asn, self._file(self.place.protocol).step)

    # --------------------------------------------------------------------------------- the filter

    def _amend(self, filter_: Statement, form: Form, text: Edited) -> bool:
        """Change what a filter's block says."""
        terms = [one for one in self.place.terms if one.origin is not None or one.term.opaque]
        ends = bool(terms) and terms[-1].term == REJECTS_ALL
        if ends and not decides(form):
            form = (*form, REJECTS_ALL)
        elif not ends and form[-1:] == (REJECTS_ALL,):
            form = form[:-1]
        pairs = aligned(
            terms,
            form,
            changing=_cost_of_change,
            dropping=lambda one: self._cost_of_drop(filter_, one),
            adding=lambda one: NEVER if one.opaque else len(self._statements(one)),
        )
        if pairs is None or not terms:
            return False
        for at, (old, new) in enumerate(pairs):
            if new is None:
                self._drop(old, text)
            elif old is None:
                behind = next((one for one, _ in pairs[at:] if one is not None), None)
                before = next((one for one, _ in reversed(pairs[:at]) if one is not None), None)
                if not self._add(new, before, behind, filter_, text):
                    return False
            elif old.origin is not None and new.disposition is not Disposition.REJECT:
                self._change(old.origin, old.term.changes, new.changes, text)
        return True

    def _cost_of_drop(self, filter_: Statement, old: Placed) -> int:
        origin = old.origin
        if origin is None:
            return NEVER
        if not origin.within:
            return len(origin.changes) + (origin.end is not None)
        branch = origin.within[0]
        alone = sum(
            one.origin is not None and branch in one.origin.within for one in self.place.terms
        )
        return 1 if alone == 1 and not _has_other_side(branch, filter_) else NEVER

    def _drop(self, old: Placed | None, text: Edited) -> None:
        if old is None or old.origin is None:
            return
        if old.origin.within:
            text.remove(old.origin.within[0])
            return
        for one in (*old.origin.changes, old.origin.end):
            if one is not None:
                text.remove(one)

    def _add(
        self,
        new: Term,
        before: Placed | None,
        behind: Placed | None,
        filter_: Statement,
        text: Edited,
    ) -> bool:
        lines = self._statements(new)
        if not lines:
            return True
        if behind is None:
            text.behind(filter_, lines)
            return True
        first = None if behind.origin is None else _first(behind.origin)
        if first is None or first.words[:1] == ("else",):
            return False
        if before is not None and before.origin is not None and first in before.origin.within:
            return False
        text.before(first, lines)
        return True

    def _change(self, origin: Origin, old: Changes, new: Changes, text: Edited) -> None:
        """Change what a term changes."""
        more: list[str] = []
        for name, was, to_be in (
            ("preference", _preference(old.weight), _preference(new.weight)),
            ("bgp_local_pref", old.local_preference, new.local_preference),
            ("bgp_med", old.med, new.med),
        ):
            there = [one for one in origin.changes if _sets(one) == name]
            if was == to_be:
                continue
            if to_be is None:
                for one in there:
                    text.remove(one)
            elif there:
                value = there[-1].tokens[-1]
                text.put(value.start, value.end, str(to_be))
            else:
                more.append(f"{name} = {to_be};")
        prepends = [one for one in origin.changes if "prepend" in one.words]
        for one in prepends[new.prepend :] if new.prepend < old.prepend else ():
            text.remove(one)
        more += [f"bgp_path.prepend({self.asn});"] * (new.prepend - old.prepend)
        for added in (*old.add_communities, *new.add_communities):
            words = f"bgp_community.add(({added.replace(':', ',')}))"
            if added not in new.add_communities:
                for one in origin.changes:
                    if "".join(one.words) == words:
                        text.remove(one)
            elif added not in old.add_communities:
                more.append(f"{words};")
        if more:
            self._more(origin, more, text)

    def _more(self, origin: Origin, lines: list[str], text: Edited) -> None:
        """Add statements to a term's."""
        place = origin.end or origin.changes[0]
        if origin.within and origin.within[-1].block is None:
            start, end = text.span(place)
            text.put(start, end, f"{{ {' '.join(lines)} {text.text[start:end]} }}")
        else:
            text.before(place, lines)


def _first(origin: Origin) -> Statement | None:
    """The first statement of the filter's own block that a term is of."""
    return next(iter((*origin.within, *origin.changes, *filter(None, [origin.end]))), None)


def _has_other_side(branch: Statement, filter_: Statement) -> bool:
    """Whether a branch is one of ``if`` and ``else``."""
    block = filter_.block or []
    at = next((n for n, one in enumerate(block) if one.tokens[0] is branch.tokens[0]), None)
    if at is None or "else" in block[at].words:
        return True
    return at + 1 < len(block) and block[at + 1].words[:1] == ("else",)


def _cost_of_change(old: Placed, new: Term) -> int:
    alike = same_conditions(old.term, new) and old.term.opaque == new.opaque
    if not alike or old.term.disposition is not new.disposition:
        return NEVER
    before, then = old.term.changes, new.changes
    if before == then or new.disposition is Disposition.REJECT:
        return 0
    if old.origin is None:
        return NEVER
    values = (
        before.weight != then.weight,
        before.local_preference != then.local_preference,
        before.med != then.med,
    )
    communities = {*before.add_communities} ^ {*then.add_communities}
    return sum(values) + abs(before.prepend - then.prepend) + len(communities)


def _sets(statement: Statement) -> str:
    """The attribute that a statement sets to a value; empty: none."""
    found = _VALUE.fullmatch("".join(statement.words))
    return "" if found is None else found[1]


def _preference(weight: int | None) -> int | None:
    return None if weight is None else BASE_PREFERENCE + weight
