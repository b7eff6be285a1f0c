"""BIRD's filters as policy of ours, as far as it has room for them.

A filter runs from its first statement to an ``accept`` or a ``reject``; one that reaches its end
has made a mistake, and BIRD rejects the route. What is understood: conditions on ``net`` (a prefix,
a set of them, or a set that was defined) and on ``bgp_community``, ``true`` and ``false``;
``bgp_local_pref``, ``bgp_med``, ``bgp_path.prepend`` of the own AS, ``bgp_community.add``, and
``preference`` above the one that BGP has, which comes before all attributes as a weight does; and
``if`` with or without ``else``. Everything else is opaque, in its own words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from samepath.device.bird.policy import BASE_PREFERENCE
from samepath.device.bird.reading.conditions import TOO_DEEP, Condition, ConditionReading
from samepath.device.bird.reading.statements import DEEPEST, Statement, Token
from samepath.device.reading.grammar import number_of
from samepath.device.reading.kinds import community
from samepath.device.reading.policies import AppliedPolicy, Clause
from samepath.device.reading.prefix_sets import TooManyPatterns
from samepath.device.reading.source import Line, Place
from samepath.model.policy import (
    Changes,
    Conditions,
    Disposition,
    Opaque,
    Policy,
    Term,
)

ACCEPTS = Policy(terms=(Term(),))
REJECTS = Policy(terms=(Term(disposition=Disposition.REJECT),))


@dataclass(frozen=True, kw_only=True, slots=True)
class Origin:
    """The statements that a term is of: those that change something, and the one that ends it.

    ``within`` are the branches around them, the outermost first.
    """

    changes: tuple[Statement, ...]
    end: Statement | None
    within: tuple[Statement, ...]


@dataclass(kw_only=True, slots=True)
class Reading(ConditionReading):
    """A filter on its way to policy."""

    filters: Mapping[str, Statement]
    asn: int | None
    odd: list[tuple[Line, str]] = field(default_factory=list)
    origins: list[Origin] = field(default_factory=list)
    """Of each term of a filter, but for the last one, which rejects what comes to the end."""

    def filter_of(self, name: str, place: Place, statement: Statement) -> AppliedPolicy:
        """The policy of a filter's block."""
        try:
            terms, clauses = self._block(statement.block or [], Condition(), ())
        except TooManyPatterns:
            why = "its sets are too long to be worked out"
            self.odd.append((statement.line, why))
            terms, clauses = [Term(opaque=(Opaque(source=why),))], []
        terms.append(Term(disposition=Disposition.REJECT))
        return AppliedPolicy(
            name=name,
            place=place,
            policy=Policy(terms=tuple(_reached(terms))),
            clauses=tuple(clauses),
        )

    def where(self, place: Place, tokens: Sequence[Token]) -> AppliedPolicy:
        """The policy of ``where CONDITION``."""
        try:
            condition = self.condition(tokens)
        except TooManyPatterns:
            condition = Condition(opaque=("its sets are too long to be worked out",))
        self.odd += [
            (tokens[0].line, f"a condition that is not modelled: {text}")
            for text in condition.opaque
            if tokens
        ]
        terms = [] if condition.never else [_term(condition, Changes(), Disposition.ACCEPT, ())]
        terms.append(Term(disposition=Disposition.REJECT))
        clause = Clause(place=place, when=condition.words, sets=(), then="accept")
        policy = Policy(terms=tuple(_reached(terms)))
        return AppliedPolicy(name="where", place=place, policy=policy, clauses=(clause,))

    def _block(
        self,
        statements: Sequence[Statement],
        around: Condition,
        within: tuple[Statement, ...],
    ) -> tuple[list[Term], list[Clause]]:
        if len(within) > DEEPEST:
            self.origins.append(Origin(changes=(), end=None, within=within))
            self.odd.append((statements[0].line, TOO_DEEP))
            return [_term(around, Changes(), Disposition.NEXT, (TOO_DEEP,))], []
        terms: list[Term] = []
        clauses: list[Clause] = []
        changes, sets, opaque = Changes(), list[str](), list[str]()
        changing: list[Statement] = []

        def ended(end: Statement | None) -> None:
            self.origins.append(Origin(changes=tuple(changing), end=end, within=within))

        ifs: list[tuple[Condition, Condition]] = []
        for statement in _split(statements):
            words = statement.words
            branch = words[:1] in {("if",), ("else",)}
            if branch:
                if changes != Changes() or opaque:
                    ended(None)
                    changing = []
                    terms.append(_term(around, changes, Disposition.NEXT, opaque))
                    clauses.append(_clause(statement, around, sets, "go on"))
                    changes, sets, opaque = Changes(), [], []
                inner, body = self._branch(statement, around, ifs)
                if not inner.never:
                    more, told = self._block(body, inner, (*within, statement))
                    terms += more
                    clauses += told
                continue
            if words[0] in {"accept", "reject"}:
                ended(statement)
                verdict = Disposition.ACCEPT if words[0] == "accept" else Disposition.REJECT
                terms.append(_term(around, changes, verdict, opaque))
                clauses.append(_clause(statement, around, sets, words[0]))
                return terms, clauses
            changing.append(statement)
            changed = self._change(statement, changes)
            if changed is None:
                text = " ".join(words)
                opaque.append(text)
                self.odd.append((statement.line, f"not modelled: {text}"))
            else:
                changes = changed
            sets.append(" ".join(words).replace(" . ", ".").replace(" ( ", "(").replace(" )", ")"))
        if changes != Changes() or opaque:
            ended(None)
            terms.append(_term(around, changes, Disposition.NEXT, opaque))
            clauses.append(
                Clause(
                    place=statements[-1].line.place,
                    when=around.words,
                    sets=tuple(sets),
                    then="go on",
                )
            )
        return terms, clauses

    def _branch(
        self, statement: Statement, around: Condition, ifs: list[tuple[Condition, Condition]]
    ) -> tuple[Condition, list[Statement]]:
        """When a branch is taken, and what it does.

        ``ifs`` are those that may still have an ``else``, each with what holds around it; an
        ``else`` belongs to the last of them.
        """
        tokens, inner = statement.tokens, around
        if tokens[0].text == "else":
            outer, refused = ifs.pop() if ifs else (around, Condition(never=True))
            inner = outer.with_(refused.otherwise())
            tokens = tokens[1:]
        else:
            ifs.clear()
        while tokens and tokens[0].text == "if":
            then = next((n for n, one in enumerate(tokens) if one.text == "then"), len(tokens))
            condition = self.condition(tokens[1:then])
            self.odd += [
                (statement.line, f"a condition that is not modelled: {text}")
                for text in condition.opaque
            ]
            ifs.append((inner, condition))
            inner = inner.with_(condition)
            tokens = tokens[then + 1 :]
        return inner, _body(statement, tokens)

    def _change(self, statement: Statement, changes: Changes) -> Changes | None:
        """The changes with those of a statement; None if it is not modelled."""
        text = "".join(statement.words)
        assigned = re.fullmatch(r"(bgp_local_pref|bgp_med|preference)=(\d{1,10})", text)
        if assigned is not None:
            value = int(assigned[2])
            if assigned[1] == "bgp_med":
                return replace(changes, med=value)
            if assigned[1] == "preference":
                weight = value - BASE_PREFERENCE
                return None if weight < 0 else replace(changes, weight=weight)
            return replace(changes, local_preference=value)
        prepended = re.fullmatch(r"bgp_path\.prepend\((\w+)\)", text)
        if prepended is not None and self._number(prepended[1]) == self.asn is not None:
            return replace(changes, prepend=changes.prepend + 1)
        added = re.fullmatch(r"bgp_community\.add\(\((\d+),(\d+)\)\)", text)
        if added is not None:
            try:
                one = community(f"{added[1]}:{added[2]}")
            except ValueError:
                return None
            return replace(changes, add_communities=(*changes.add_communities, one))
        return changes if text.startswith("print") else None

    def _number(self, word: str) -> int | None:
        if word in self.defines:
            self.used.add(word)
            word = "".join(token.text for token in self.defines[word])
        return number_of(word)


def _split(statements: Sequence[Statement]) -> Iterator[Statement]:
    """The statements; an ``else`` behind a statement without a block is one of its own."""
    for statement in statements:
        words = statement.words
        if words and words[0] == "if" and "else" in words:
            at = words.index("else")
            yield Statement(tokens=statement.tokens[:at])
            yield Statement(tokens=statement.tokens[at:], block=statement.block)
        elif words:
            yield statement


def _body(statement: Statement, rest: Sequence[Token]) -> list[Statement]:
    """What a branch does: its block, or its one statement."""
    if statement.block is None:
        return [Statement(tokens=list(rest))] if rest else []
    if rest:  # ``if a then if b then { }``
        return [Statement(tokens=list(rest), block=statement.block)]
    return statement.block


def _term(
    condition: Condition, changes: Changes, verdict: Disposition, opaque: Sequence[str]
) -> Term:
    return Term(
        conditions=Conditions(
            prefixes=condition.prefixes or (), communities=condition.communities or ()
        ),
        changes=Changes() if verdict is Disposition.REJECT else changes,
        disposition=verdict,
        opaque=tuple(Opaque(source=text) for text in (*condition.opaque, *opaque)),
    )


def _clause(statement: Statement, condition: Condition, sets: Sequence[str], then: str) -> Clause:
    return Clause(place=statement.line.place, when=condition.words, sets=tuple(sets), then=then)


def _reached(terms: Sequence[Term]) -> Iterator[Term]:
    for term in terms:
        yield term
        always = term.conditions == Conditions() and not term.opaque
        if always and term.disposition is not Disposition.NEXT:
            return
