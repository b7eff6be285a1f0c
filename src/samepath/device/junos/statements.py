"""Both forms of a Junos configuration, read into one tree: braces, and ``set`` commands."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from samepath.device.junos.rearranging import Rearranging, Refused, TooMuch
from samepath.device.junos.tree import Block, Node, Words, add, reached, walk
from samepath.device.reading.source import Line, Source
from samepath.device.reading.support import (
    ALL_PARTS,
    UNDERSTOOD,
    Ledger,
    contradictory,
    irrelevant,
    not_modelled,
    unknown,
)

_TOKEN = re.compile(
    r"(?P<space>[ \t\f\v\r]+)"
    r"|(?P<end>\n)"
    r"|(?P<remark>/\*.*?(?:\*/|\Z)|\#[^\n]*)"
    r"|\"(?P<quoted>(?:[^\"\\]|\\.)*)\""
    r"|(?P<sign>[{};\[\]])"
    r"|(?P<word>[^\s{};\[\]\"]+|\")",
    re.DOTALL,
)
_COMMANDS = re.compile(
    r"^[ \t]*(?:set|delete|deactivate|activate|edit|insert|rename|copy|top)\s", re.MULTILINE
)
_OPENS = re.compile(r"\{[ \t]*(?:\#.*|/\*.*)?$", re.MULTILINE)
_HARMLESS = frozenset(
    {"show", "commit", "run", "quit", "rollback", "annotate", "protect", "unprotect", "status"}
    | {"help", "save", "exit", "configure"}
)
_BETWEEN = {"insert": ("before", "after"), "copy": ("to",), "rename": ("to",)}
"""The commands that name two statements, and the words between these."""
_OF_ONE_VALUE = frozenset({"local-preference", "metric", "as-path-prepend"})
_SHORTEST_ACTION = 6
"""Words of ``policy-options policy-statement NAME then ACTION VALUE``."""
_TAGS = frozenset({"inactive:", "active:", "replace:", "protect:", "unprotect:", "delete:"})
_REJECTED = "Junos rejects it"
_DEEPEST = 100
"""Words of a statement that are looked at."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Token:
    kind: str
    text: str
    number: int
    """The number of its line, from 0."""


@dataclass(kw_only=True, slots=True)
class Reading:
    """A configuration while its files are read."""

    ledger: Ledger
    root: Node = field(default_factory=Node)
    keywords: frozenset[str] = frozenset()
    """The words of statements, which may be short in commands; names may not."""
    blocks: list[Block] = field(default_factory=list)
    _at: Words = ()
    """Where ``edit`` has led."""
    _rearranging: Rearranging = field(init=False)

    def __post_init__(self) -> None:
        self._rearranging = Rearranging(root=self.root, keywords=self.keywords)

    def read(self, source: Source) -> None:
        """Read a file of either form."""
        lines = [*source.lines()]
        text = "\n".join(line.text for line in lines)
        if _COMMANDS.search(text) and not _OPENS.search(text):
            self._at = ()
            for number, tokens in _by_line(text):
                self._command(lines[number], tokens)
        else:
            self._braces(lines, text)

    # ------------------------------------------------------------------------------ set commands

    def _command(self, line: Line, tokens: Sequence[_Token]) -> None:
        rest = [*tokens]
        while rest and rest[0].text == "top":
            rest.pop(0)
            self._at = ()
        if not rest:
            self.ledger.mark(line, UNDERSTOOD)
            return
        verb = rest.pop(0).text
        handlers: dict[str, Callable[[Line, list[Words]], None]] = {
            "set": self._set,
            "delete": self._delete,
            "deactivate": self._switch(inactive=True),
            "activate": self._switch(inactive=False),
            "edit": self._edit,
            "up": self._up,
        }
        if verb in handlers:
            handlers[verb](line, [(*self._at, *path)[:_DEEPEST] for path in _paths(rest)])
        elif verb in _BETWEEN:
            self._rearrange(line, verb, [token.text for token in rest])
        elif verb in {"replace", "wildcard"}:
            why = f"what `{verb}` changes is not modelled"
            self.ledger.mark(line, not_modelled(why, ALL_PARTS))
        elif verb in _HARMLESS:
            self.ledger.mark(line, irrelevant("it configures nothing"))
        else:
            why = f"{_REJECTED}: no command begins with `{verb[:40]}`"
            self.ledger.mark(line, unknown(why, ALL_PARTS))

    def _set(self, line: Line, paths: list[Words]) -> None:
        if paths == [self._at]:
            self.ledger.mark(line, unknown(f"{_REJECTED}: it is not complete", ALL_PARTS))
            return
        for path in paths:
            self._replace(line, path)
            add(self.root, path, (line,), None).by_keys = True

    def _replace(self, line: Line, path: Words) -> None:
        """A policy's action that has one value loses the one that it had."""
        if len(path) < _SHORTEST_ACTION or path[-3] != "then" or path[-2] not in _OF_ONE_VALUE:
            return
        for _, _, action in reached(self.root, path[:-1], self.keywords):
            for word in [*action.below]:
                for one in walk(action.below.pop(word)):
                    for each in one.lines:
                        why = f"{line.place} puts another in its place"
                        self.ledger.mark(each, irrelevant(why))

    def _rearrange(self, line: Line, verb: str, words: list[str]) -> None:
        """``insert A before B`` or ``after B``, ``copy A to B``, ``rename A to B``."""
        at = next((n for n in range(len(words) - 1, 0, -1) if words[n] in _BETWEEN[verb]), 0)
        if not at:
            self.ledger.mark(line, unknown(f"{_REJECTED}: it is not complete", ALL_PARTS))
            return
        path, other = (*self._at, *words[:at])[:_DEEPEST], tuple(words[at + 1 :])
        mark = UNDERSTOOD
        try:
            if verb == "insert":
                self._rearranging.beside(path, other, before=words[at] == "before")
            elif verb == "rename":
                self._rearranging.rename(path, other)
            else:
                self._rearranging.copy(path, other)
        except Refused as error:
            mark = unknown(f"{_REJECTED}: {error}", ALL_PARTS)
        except TooMuch as error:
            mark = not_modelled(str(error), ALL_PARTS)
        self.ledger.mark(line, mark)

    def _delete(self, line: Line, paths: list[Words]) -> None:
        found = sum(self.drop(self.root, path, line) for path in paths)
        self.ledger.mark(line, UNDERSTOOD if found else irrelevant("there is no such statement"))

    def drop(self, root: Node, path: Words, by: Line) -> bool:
        """Take a statement away with all below it, and say by which line."""
        found = reached(root, path, self.keywords)
        for above, word, gone in found:
            del above.below[word]
            for one in walk(gone):
                for each in one.lines:
                    self.ledger.mark(each, irrelevant(f"{by.place} deletes it"))
        return bool(found)

    def _switch(self, *, inactive: bool) -> Callable[[Line, list[Words]], None]:
        def handler(line: Line, paths: list[Words]) -> None:
            found = [
                node for path in paths for _, _, node in reached(self.root, path, self.keywords)
            ]
            for node in found:
                node.inactive = inactive
            mark = UNDERSTOOD if found else irrelevant("there is no such statement")
            self.ledger.mark(line, mark)

        return handler

    def _edit(self, line: Line, paths: list[Words]) -> None:
        self._at = paths[0]
        self.ledger.mark(line, UNDERSTOOD)

    def _up(self, line: Line, paths: list[Words]) -> None:
        words = paths[0][len(self._at) :]
        levels = int(words[0]) if words and words[0].isdecimal() and len(words[0]) < 4 else 1
        self._at = self._at[: max(len(self._at) - levels, 0)]
        self.ledger.mark(line, UNDERSTOOD)

    # ------------------------------------------------------------------------------------ braces

    def _braces(self, lines: Sequence[Line], text: str) -> None:
        reader = _Braces(reading=self, lines=lines)
        for token in _tokens(text):
            reader.take(token)
        reader.close()


@dataclass(kw_only=True, slots=True)
class _Open:
    """A block that is open, with where it stands in the tree."""

    block: Block | None
    node: Node
    is_empty: bool = True
    refused: bool = False
    """Whether it is no block of Junos, and what stands in it is refused."""


@dataclass(kw_only=True, slots=True)
class _Braces:
    """The reader of the form with braces."""

    reading: Reading
    lines: Sequence[Line]
    pending: list[_Token] = field(default_factory=list)
    in_list: bool = False
    stack: list[_Open] = field(init=False)

    def __post_init__(self) -> None:
        self.stack = [_Open(block=None, node=self.reading.root)]

    def take(self, token: _Token) -> None:
        """Read a token."""
        if token.kind != "sign" or token.text in "[]":
            self.pending.append(token)
        elif token.text == ";":
            self._statement(token)
        elif token.text == "{":
            self._open(token)
        else:
            self._close(token)

    def _spanned(self, *more: _Token) -> tuple[Line, ...]:
        numbers = dict.fromkeys(token.number for token in (*self.pending, *more))
        return tuple(self.lines[number] for number in numbers)

    def _place(self, paths: list[Words], lines: tuple[Line, ...], tags: set[str]) -> list[Node]:
        top = self.stack[-1]
        top.is_empty = False
        made = []
        for path in paths:
            if "delete:" in tags or "replace:" in tags:
                self.reading.drop(top.node, path, lines[0])
            if "delete:" in tags:
                continue
            node = add(top.node, path[:_DEEPEST], lines, top.block)
            node.inactive = node.inactive or "inactive:" in tags
            made.append(node)
        return made

    def _statement(self, token: _Token) -> None:
        lines = self._spanned(token)
        tags, rest = _tagged(self.pending)
        self.pending.clear()
        paths = _paths(rest)
        if self.stack[-1].refused:
            self._reject(lines, "it stands in a block that is none")
        elif paths == [()]:
            self._reject(lines, "there is nothing before `;`")
        elif not self._place(paths, lines, tags):
            for line in lines:
                self.reading.ledger.mark(line, UNDERSTOOD)

    def _open(self, token: _Token) -> None:
        lines = self._spanned(token)
        tags, rest = _tagged(self.pending)
        self.pending.clear()
        path = _paths(rest)[0]
        nested = self.stack[-1].refused or "delete:" in tags
        refused = nested or not path or len(self.stack) >= _DEEPEST
        if refused:
            self._reject(lines, "it opens a block without a name, or too deep a one")
        block = Block(above=self.stack[-1].block, lines=[*lines])
        self.reading.blocks.append(block)
        if "replace:" in tags and not refused:
            self.reading.drop(self.stack[-1].node, path, lines[0])
        made = [] if refused else self._place([path], (), tags - {"replace:"})
        node = made[0] if made else Node()
        self.stack.append(_Open(block=block, node=node, refused=refused))

    def _close(self, token: _Token) -> None:
        line = self.lines[token.number]
        if self.pending:
            self._reject(self._spanned(), "`;` is missing")
            self.pending.clear()
        if len(self.stack) == 1:
            self.reading.ledger.mark(line, unknown(f"{_REJECTED}: it closes nothing", ()))
            return
        done = self.stack.pop()
        if done.block is not None:
            if done.is_empty and not done.node.below:
                done.node.lines += done.block.lines
                done.node.block = done.block.above
            if done.block.lines[-1].place != line.place:
                done.block.lines.append(line)

    def _reject(self, lines: tuple[Line, ...], why: str) -> None:
        for line in lines:
            self.reading.ledger.mark(line, unknown(f"{_REJECTED}: {why}", ALL_PARTS))

    def close(self) -> None:
        """The file is at its end."""
        if self.pending:
            self._reject(self._spanned(), "the file ends within it")
        for one in self.stack[1:]:
            if one.block is not None:
                why = "it is not closed, as in a file that was cut off"
                self.reading.ledger.mark(one.block.lines[0], contradictory(why, ALL_PARTS))


def _tagged(tokens: Sequence[_Token]) -> tuple[set[str], list[_Token]]:
    """The tags in front of a statement, and the rest of it."""
    at = 0
    while at < len(tokens) and tokens[at].text in _TAGS:
        at += 1
    return {token.text for token in tokens[:at]}, [*tokens[at:]]


def _tokens(text: str) -> Iterator[_Token]:
    """The words and signs of a text, without remarks."""
    number = 0
    for found in _TOKEN.finditer(text):
        kind = found.lastgroup or ""
        if kind == "end":
            number += 1
        elif kind == "remark":
            number += found[0].count("\n")
        elif kind != "space":
            yield _Token(kind=kind, text=found[kind], number=number)
            number += found[0].count("\n")


def _by_line(text: str) -> Iterator[tuple[int, list[_Token]]]:
    """The tokens of each line that has some."""
    line: list[_Token] = []
    for token in _tokens(text):
        if line and token.number != line[0].number:
            yield line[0].number, line
            line = []
        line.append(token)
    if line:
        yield line[0].number, line


def _paths(tokens: Sequence[_Token]) -> list[Words]:
    """The statements that a line of words is: one for each member of a list in brackets."""
    before: list[str] = []
    members: list[str] | None = None
    inside = False
    for token in tokens:
        if token.kind == "sign" and token.text == "[":
            inside, members = True, members or []
        elif token.kind == "sign" and token.text == "]":
            inside = False
        elif inside and members is not None:
            members.append(token.text)
        elif token.kind != "sign" or token.text not in "{};":
            before.append(token.text)
    if not members:
        return [tuple(before)]
    return [(*before[:_DEEPEST], member) for member in members]
