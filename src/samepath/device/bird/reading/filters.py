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
from ipaddress import IPv4Network
from itertools import pairwise

from samepath.device.bird.policy import BASE_PREFERENCE
from samepath.device.bird.reading.statements import DEEPEST, Statement, Token
from samepath.device.reading.grammar import number_of
from samepath.device.reading.kinds import community
from samepath.device.reading.policies import AppliedPolicy, Clause
from samepath.device.reading.prefix_sets import TooManyPatterns, complement, without
from samepath.device.reading.source import Line, Place
from samepath.model.policy import (
    Changes,
    Conditions,
    Disposition,
    Opaque,
    Policy,
    PrefixMatch,
    Term,
)

_TOO_DEEP = "it is nested too deep"
_PREFIX = re.compile(r"\d+\.\d+\.\d+\.\d+/\d+")
ACCEPTS = Policy(terms=(Term(),))
REJECTS = Policy(terms=(Term(disposition=Disposition.REJECT),))


@dataclass(frozen=True, kw_only=True, slots=True)
class Condition:
    """What must hold: prefixes (None: any), communities (None: any), and what is not modelled."""

    prefixes: tuple[PrefixMatch, ...] | None = None
    communities: tuple[str, ...] | None = None
    opaque: tuple[str, ...] = ()
    never: bool = False
    words: tuple[str, ...] = ()

    def with_(self, other: Condition) -> Condition:
        """Both of them."""
        prefixes, opaque = self.prefixes, self.opaque + other.opaque
        if other.prefixes is not None:
            mine = prefixes
            prefixes = other.prefixes if mine is None else _both(mine, other.prefixes)
        communities = self.communities
        if other.communities is not None:
            if communities is not None:
                opaque = (*opaque, "two conditions on communities")
            communities = communities or other.communities
        return Condition(
            prefixes=prefixes,
            communities=communities,
            opaque=opaque,
            never=self.never or other.never or prefixes == (),
            words=self.words + other.words,
        )

    def otherwise(self) -> Condition:
        """What holds where it does not."""
        words = (f"not ({' and '.join(self.words)})",)
        if self.never:
            return Condition()
        if self.opaque or self.communities is not None:
            return Condition(opaque=words, words=words)
        if self.prefixes is None:
            return Condition(never=True)
        return Condition(prefixes=complement(self.prefixes), words=words)


def _both(one: Sequence[PrefixMatch], other: Sequence[PrefixMatch]) -> tuple[PrefixMatch, ...]:
    """What both sets of prefixes hold: the first without what the second does not hold."""
    return tuple(without(list(one), complement(other)))


@dataclass(kw_only=True, slots=True)
class Reading:
    """A filter on its way to policy."""

    defines: Mapping[str, Sequence[Token]]
    filters: Mapping[str, Statement]
    asn: int | None
    odd: list[tuple[Line, str]] = field(default_factory=list)
    used: set[str] = field(default_factory=set)

    def filter_of(self, name: str, place: Place, statement: Statement) -> AppliedPolicy:
        """The policy of a filter's block."""
        try:
            terms, clauses = self._block(statement.block or [], Condition())
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
            condition = self._condition(tokens)
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
        self, statements: Sequence[Statement], around: Condition, depth: int = 0
    ) -> tuple[list[Term], list[Clause]]:
        if depth > DEEPEST:
            self.odd.append((statements[0].line, _TOO_DEEP))
            return [_term(around, Changes(), Disposition.NEXT, (_TOO_DEEP,))], []
        terms: list[Term] = []
        clauses: list[Clause] = []
        changes, sets, opaque = Changes(), list[str](), list[str]()
        ifs: list[tuple[Condition, Condition]] = []
        for statement in _split(statements):
            words = statement.words
            branch = words[:1] in {("if",), ("else",)}
            if branch:
                if changes != Changes() or opaque:
                    terms.append(_term(around, changes, Disposition.NEXT, opaque))
                    clauses.append(_clause(statement, around, sets, "go on"))
                    changes, sets, opaque = Changes(), [], []
                inner, body = self._branch(statement, around, ifs)
                if not inner.never:
                    more, told = self._block(body, inner, depth + 1)
                    terms += more
                    clauses += told
                continue
            if words[0] in {"accept", "reject"}:
                verdict = Disposition.ACCEPT if words[0] == "accept" else Disposition.REJECT
                terms.append(_term(around, changes, verdict, opaque))
                clauses.append(_clause(statement, around, sets, words[0]))
                return terms, clauses
            changed = self._change(statement, changes)
            if changed is None:
                text = " ".join(words)
                opaque.append(text)
                self.odd.append((statement.line, f"not modelled: {text}"))
            else:
                changes = changed
            sets.append(" ".join(words).replace(" . ", ".").replace(" ( ", "(").replace(" )", ")"))
        if changes != Changes() or opaque:
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
            condition = self._condition(tokens[1:then])
            self.odd += [
                (statement.line, f"a condition that is not modelled: {text}")
                for text in condition.opaque
            ]
            ifs.append((inner, condition))
            inner = inner.with_(condition)
            tokens = tokens[then + 1 :]
        return inner, _body(statement, tokens)

    def _condition(self, tokens: Sequence[Token], depth: int = 0) -> Condition:
        if depth > DEEPEST:
            return Condition(opaque=(_TOO_DEEP,), words=(_TOO_DEEP,))
        tokens = _unwrapped(tokens)
        words = [token.text for token in tokens]
        joints = _joints(tokens)
        if joints:
            found = self._condition(tokens[: joints[0]], depth + 1)
            for joint, end in pairwise([*joints, len(tokens)]):
                after = self._condition(tokens[joint + 1 : end], depth + 1)
                both = words[joint] == "&&"
                found = found.with_(after) if both else self._either((found, after), words[:end])
            return found
        if words[:1] == ["!"]:
            return self._condition(tokens[1:], depth + 1).otherwise()
        match words:
            case ["true"]:
                return Condition()
            case ["false"]:
                return Condition(never=True)
            case ["net", "=", prefix] if _PREFIX.fullmatch(prefix):
                return self._net([tokens[2]], words)
            case ["net", "!=", prefix] if _PREFIX.fullmatch(prefix):
                return self._net([tokens[2]], words).otherwise()
            case ["net", "~", *_]:
                return self._net(tokens[2:], words)
            case ["net", "!~", *_]:
                return self._net(tokens[2:], words).otherwise()
            case ["bgp_community", "~", *_]:
                return self._communities(tokens[2:], words)
            case _:
                text = " ".join(words)
                return Condition(opaque=(text,), words=(text,))

    @staticmethod
    def _either(found: Sequence[Condition], words: Sequence[str]) -> Condition:
        text = " ".join(words)
        live = [one for one in found if not one.never]
        if not live:
            return Condition(never=True)
        simple = all(
            one.prefixes is not None and one.communities is None and not one.opaque for one in live
        )
        if not simple:
            return Condition(opaque=(text,), words=(text,))
        joined = tuple(match for one in live for match in one.prefixes or ())
        return Condition(prefixes=joined, words=(text,))

    def _net(self, tokens: Sequence[Token], words: Sequence[str]) -> Condition:
        text = " ".join(words)
        matches = self._prefixes(tokens)
        if matches is None:
            return Condition(opaque=(text,), words=(text,))
        return Condition(prefixes=matches, never=not matches, words=(_short(text),))

    def _prefixes(self, tokens: Sequence[Token], depth: int = 0) -> tuple[PrefixMatch, ...] | None:
        """A prefix, a set in brackets, or the name of one; None if it is none of these."""
        if len(tokens) == 1 and tokens[0].text in self.defines and depth < 8:
            self.used.add(tokens[0].text)
            return self._prefixes(self.defines[tokens[0].text], depth + 1)
        texts = [token.text for token in tokens]
        if texts[:1] == ["["] and texts[-1:] == ["]"]:
            texts = texts[1:-1]
        found: list[PrefixMatch] = []
        for item in _items(texts):
            match = _pattern(item)
            if match is None:
                return None
            found.append(match)
        return tuple(found)

    def _communities(self, tokens: Sequence[Token], words: Sequence[str]) -> Condition:
        texts = "".join(token.text for token in tokens)
        if len(tokens) == 1 and texts in self.defines:
            self.used.add(texts)
            texts = "".join(token.text for token in self.defines[texts])
        found = re.findall(r"\((\d+),(\d+)\)", texts)
        text = " ".join(words)
        if not found or re.sub(r"\(\d+,\d+\)", "", texts).strip("[],"):
            return Condition(opaque=(text,), words=(text,))
        try:
            communities = tuple(community(f"{high}:{low}") for high, low in found)
        except ValueError:
            return Condition(opaque=(text,), words=(text,))
        return Condition(communities=communities, words=(_short(text),))

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


def _unwrapped(tokens: Sequence[Token]) -> Sequence[Token]:
    """Without the brackets around all of it."""
    while len(tokens) > 1 and tokens[0].text == "(" and _closing(tokens) == len(tokens) - 1:
        tokens = tokens[1:-1]
    return tokens


def _closing(tokens: Sequence[Token]) -> int:
    depth = 0
    for number, token in enumerate(tokens):
        depth += {"(": 1, ")": -1}.get(token.text, 0)
        if not depth:
            return number
    return -1


def _joints(tokens: Sequence[Token]) -> list[int]:
    """Where the ``&&`` and ``||`` are that stand in no brackets.

    The two bind alike, from the left (BIRD's ``conf/confbase.Y``: ``%left AND OR``).
    """
    found = []
    depth = 0
    for number, token in enumerate(tokens):
        depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(token.text, 0)
        if token.text in {"&&", "||"} and not depth:
            found.append(number)
    return found


def _items(texts: Sequence[str]) -> Iterator[str]:
    item = ""
    depth = 0
    for text in texts:
        depth += {"{": 1, "}": -1}.get(text, 0)
        if text == "," and not depth:
            yield item
            item = ""
        else:
            item += text
    if item:
        yield item


_ITEM = re.compile(r"(\d+\.\d+\.\d+\.\d+)/(\d+)([+-]?)(?:\{(\d+),(\d+)\})?")


def _pattern(item: str) -> PrefixMatch | None:
    """``10.0.0.0/8``, ``/8+``, ``/8-`` (its parents, not modelled), ``/8{16,24}``."""
    found = _ITEM.fullmatch(item)
    if found is None or found[3] == "-":
        return None
    try:
        prefix = IPv4Network(f"{found[1]}/{found[2]}", strict=False)
    except ValueError:
        return None
    low = high = prefix.prefixlen
    if found[3] == "+":
        high = 32
    if found[4] is not None:
        least, most = number_of(found[4]), number_of(found[5], 32)
        if least is None or most is None or not prefix.prefixlen <= least <= most:
            return None
        low, high = least, most
    return PrefixMatch(prefix=prefix, minimum=low, maximum=high)


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


_LONGEST = 60
_LOOSE = re.compile(r" (?=[+,)\]}.])|(?<=[(\[{.]) | (?=\()")


def _short(text: str) -> str:
    """The words of a statement as people write them, and not all of a long one."""
    tidy = _LOOSE.sub("", text)
    return tidy if len(tidy) <= _LONGEST else f"{tidy[:_LONGEST]}..."
