"""The grammar of a command line: patterns of words, matched with or without abbreviations.

A pattern is a line of words. A lower-case word stands for itself, an upper-case one for a value of
that kind (:class:`Kinds`), ``1..255`` for a number; ``a|b`` is either, ``[...]`` may be left out,
``name=`` in front of a word keeps what stood there, and ``name=*`` keeps all that is left::

    neighbor peer=PEER route-map map=WORD way=in|out

All patterns of a mode make one tree, so that a line costs the number of its words, however many
commands there are. A command line may abbreviate a word as long as one command fits, as IOS and FRR
take it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Generic, TypeVar

from samepath.device.reading.secret import first_announcing

D = TypeVar("D")
What_co = TypeVar("What_co", covariant=True)
T = TypeVar("T")
Kind = Callable[[str], object]
"""Turns a word into a value; ValueError if it is none."""
_RANGE = re.compile(r"(\d+)\.\.(\d+)")
_REST = "*"
_MOST_NEAR = 10_000
"""Strange words whose nearest known one is kept."""
_LONGEST = 40
"""Letters of a strange word that are shown."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Command(Generic[What_co]):
    """A pattern, and what whoever reads the line does with it."""

    pattern: str
    what: What_co
    opens: bool = False
    """Whether it opens a block."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Matched(Generic[What_co]):
    """A command that fits a line, and the values that it keeps."""

    command: Command[What_co]
    values: Mapping[str, object]

    def has(self, name: str) -> bool:
        """Whether something was kept by this name."""
        return name in self.values

    def get(self, name: str, kind: type[T]) -> T:
        """What was kept, which the pattern says is of this kind."""
        value = self.values[name]
        assert isinstance(value, kind)  # noqa: S101 - the pattern says so
        return value

    def maybe(self, name: str, kind: type[T]) -> T | None:
        """The same where the pattern lets it be left out."""
        return self.get(name, kind) if name in self.values else None


@dataclass(kw_only=True, slots=True)
class _Node(Generic[D]):
    """Where the words so far lead; edges keep a value by a name, or none by an empty one."""

    words: dict[str, list[tuple[str, _Node[D]]]] = field(default_factory=dict)
    kinds: list[tuple[str, Kind, str, _Node[D]]] = field(default_factory=list)
    rest: tuple[str, Command[D]] | None = None
    end: Command[D] | None = None


class Grammar(Generic[D]):
    """The commands of a mode."""

    def __init__(
        self, commands: Sequence[Command[D]], kinds: Mapping[str, Kind], *, abbreviates: bool = True
    ) -> None:
        self._root: _Node[D] = _Node()
        self._kinds = kinds
        self._abbreviates = abbreviates
        self._near: dict[tuple[int, str], str] = {}
        for command in commands:
            for variant in _variants(
                command.pattern.replace("[", " [ ").replace("]", " ] ").split()
            ):
                self._insert(variant, command)

    def _insert(self, tokens: Sequence[str], command: Command[D]) -> None:
        nodes = [self._root]
        for token in tokens:
            name, _, spec = token.rpartition("=")
            if spec == _REST:
                for node in nodes:
                    node.rest = (name, command)
                return
            made = [node for node in nodes for node in self._edges(node, name, spec)]
            nodes = made
        for node in nodes:
            node.end = node.end or command

    def _edges(self, node: _Node[D], name: str, spec: str) -> Iterator[_Node[D]]:
        for one in spec.split("|"):
            kind = self._kind(one)
            if kind is None:
                edges = node.words.setdefault(one, [])
                found = next((after for kept, after in edges if kept == name), None)
                if found is None:
                    found = _Node()
                    edges.append((name, found))
            else:
                found = next((n for s, _, kept, n in node.kinds if (s, kept) == (one, name)), None)
                if found is None:
                    found = _Node()
                    node.kinds.append((one, kind, name, found))
            yield found

    def _kind(self, spec: str) -> Kind | None:
        limits = _RANGE.fullmatch(spec)
        if limits is not None:
            return between(int(limits[1]), int(limits[2]))
        return self._kinds[spec] if spec[:1].isupper() else None

    def match(self, words: Sequence[str]) -> Matched[D] | None:
        """The command that fits; None if there is none, or more than one."""
        found = self._match(self._root, words, 0)
        commands = {id(one.command) for one in found}
        return found[0] if len(commands) == 1 else None

    def _match(self, node: _Node[D], words: Sequence[str], at: int) -> list[Matched[D]]:
        """Every command that fits from here on, of the edges that fit the next word best."""
        if at == len(words):
            return [] if node.end is None else [Matched(command=node.end, values={})]
        word = words[at]
        exact = [
            _keeping(name, word, one)
            for name, after in node.words.get(word, ())
            for one in self._match(after, words, at + 1)
        ]
        if exact:
            return exact
        if (
            self._abbreviates
            and word not in node.words
            and (
                shortened := [
                    _keeping(name, whole, one)
                    for whole, edges in node.words.items()
                    if whole.startswith(word) and whole != word
                    for name, after in edges
                    for one in self._match(after, words, at + 1)
                ]
            )
        ):
            return shortened
        for _spec, kind, name, after in node.kinds:
            try:
                value = kind(word)
            except ValueError:
                continue
            if found := self._match(after, words, at + 1):
                return [_keeping(name, value, one) for one in found]
        if node.rest is not None:
            name, command = node.rest
            return [_keeping(name, " ".join(words[at:]), Matched(command=command, values={}))]
        return []

    def why_not(self, words: Sequence[str]) -> str:
        """Why no command fits: how far the words are known, and what the next one may have meant.

        No word is quoted that stands behind one that announces a secret.
        """
        if self._match(self._root, words, 0):
            return "more than one command could be meant"
        node, at = self._farthest(self._root, words, 0)
        if at == len(words):
            return "it is not complete" if at else "it is empty"
        shown = words[at][:_LONGEST]
        near = self._near.get((id(node), shown))
        if near is None:
            if len(self._near) >= _MOST_NEAR:
                self._near.clear()
            near = self._near[id(node), shown] = _nearest(shown, node.words)
        meant = f"; did it mean `{near}`?" if near else ""
        if not at:
            return f"no command begins with `{shown}`{meant}"
        telling = first_announcing(words[:at])
        if telling is not None:
            return f"what stands behind `{' '.join(words[: telling + 1])}` does not fit{meant}"
        return f"`{' '.join(words[:at])}` does not go on with `{shown}`{meant}"

    def knows(self, words: Sequence[str]) -> bool:
        """Whether a command begins with the first of these words."""
        return self._farthest(self._root, words, 0)[1] > 0

    def _farthest(self, node: _Node[D], words: Sequence[str], at: int) -> tuple[_Node[D], int]:
        if at == len(words):
            return node, at
        best = (node, at)
        for after in self._next(node, words[at]):
            found = self._farthest(after, words, at + 1)
            best = max(best, found, key=lambda one: one[1])
        return best

    def _next(self, node: _Node[D], word: str) -> Iterator[_Node[D]]:
        if word in node.words:
            yield from (after for _, after in node.words[word])
        elif self._abbreviates:
            for whole, edges in node.words.items():
                if whole.startswith(word):
                    yield from (after for _, after in edges)
        for _spec, kind, _name, after in node.kinds:
            try:
                kind(word)
            except ValueError:
                continue
            yield after


def _nearest(word: str, known: Iterable[str]) -> str:
    """The word that could have been meant, if there is one."""
    found = get_close_matches(word, list(known), n=1)
    return found[0] if found else ""


def _keeping(name: str, value: object, found: Matched[D]) -> Matched[D]:
    if not name:
        return found
    return Matched(command=found.command, values={name: value, **found.values})


def between(least: int, most: int) -> Callable[[str], int]:
    """Numbers from ``least`` to ``most``."""

    def number(word: str) -> int:
        if not (word.isascii() and word.isdigit()) or len(word) > 12:
            raise ValueError(f"{word[:40]!r} is no number")
        value = int(word)
        if not least <= value <= most:
            raise ValueError(f"{value} is not between {least} and {most}")
        return value

    return number


def number_of(word: str, most: int = 2**32 - 1) -> int | None:
    """The number from 0 to ``most`` that a word is; None if it is none."""
    try:
        return between(0, most)(word)
    except ValueError:
        return None


def _variants(tokens: Sequence[str]) -> Iterator[list[str]]:
    """The pattern with and without each part that may be left out."""
    if "[" not in tokens:
        yield list(tokens)
        return
    start = tokens.index("[")
    depth, end = 0, start
    for end in range(start, len(tokens)):
        depth += {"[": 1, "]": -1}.get(tokens[end], 0)
        if not depth:
            break
    before, within, after = tokens[:start], tokens[start + 1 : end], tokens[end + 1 :]
    for rest in _variants(after):
        yield [*before, *rest]
        for inner in _variants(within):
            yield [*before, *inner, *rest]
