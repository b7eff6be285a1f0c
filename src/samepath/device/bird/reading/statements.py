"""BIRD's configuration as statements: words, blocks, and the lines that they stand on.

The lexer follows BIRD's manual (``doc/bird.sgml``, "Configuration file syntax"): remarks are ``#``
to the end of a line, and ``/* */``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from samepath.device.reading.source import Line, Source

_TOKEN = re.compile(
    r"(?P<space>\s+|#[^\n]*|/\*.*?(?:\*/|\Z))"
    r"|(?P<string>\"[^\"\n]*\"?)"
    r"|(?P<word>[A-Za-z0-9_.:/%]+(?:-[A-Za-z0-9_.]+)*|'[^'\n]*'?)"
    r"|(?P<sign>&&|\|\||!=|!~|<=|>=|[^\s])",
    re.DOTALL,
)
DEEPEST = 40
"""Blocks within blocks that are read; no configuration has a quarter of them."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Token:
    """A word or a sign, its line, and from where to where it stands in the text of its file."""

    text: str
    line: Line
    start: int
    end: int


@dataclass(kw_only=True, slots=True)
class Statement:
    """Words, and the block that follows them, if one does."""

    tokens: list[Token] = field(default_factory=list)
    block: list[Statement] | None = None
    opened: Token | None = None
    """The brace that opens the block."""
    closed: Token | None = None
    """The one that ends it."""

    @property
    def words(self) -> tuple[str, ...]:
        """Its words and signs."""
        return tuple(token.text for token in self.tokens)

    @property
    def line(self) -> Line:
        """Where it begins."""
        return self.tokens[0].line

    def lines(self) -> Iterator[Line]:
        """Every line that it stands on, without its block's."""
        return (token.line for token in self.tokens)

    def every(self) -> Iterator[Statement]:
        """It, and all that is in its block."""
        yield self
        for one in self.block or ():
            yield from one.every()


def tokens(source: Source) -> Iterator[Token]:
    """The words and signs of a file."""
    lines = list(source.lines())
    number, last = 0, 0
    for found in _TOKEN.finditer(source.text):
        number += source.text.count("\n", last, found.start())
        last = found.start()
        if found.lastgroup != "space":
            text = found[0].strip("'") if found.lastgroup == "word" else found[0]
            yield Token(text=text, line=lines[number], start=found.start(), end=found.end())


def statements(source: Source) -> list[Statement]:
    """The statements of a file. A brace that is too many ends nothing."""
    top: list[Statement] = []
    open_blocks: list[list[Statement]] = [top]
    owners: list[Statement] = []
    current = Statement()
    nested = 0
    for token in tokens(source):
        if token.text in {"(", "["}:
            nested += 1
        elif token.text in {")", "]"}:
            nested = max(nested - 1, 0)
        if token.text == "{" and not nested and len(open_blocks) < DEEPEST:
            current.block = []
            current.opened = token
            owners.append(current)
            if not current.tokens:
                current.tokens.append(token)
            open_blocks[-1].append(current)
            open_blocks.append(current.block)
            current = Statement()
        elif token.text == "}" and not nested:
            if current.tokens:
                open_blocks[-1].append(current)
                current = Statement()
            if len(open_blocks) > 1:
                open_blocks.pop()
                owners.pop().closed = token
        elif token.text == ";" and not nested:
            if current.tokens:
                open_blocks[-1].append(current)
                current = Statement()
        else:
            current.tokens.append(token)
    if current.tokens:
        open_blocks[-1].append(current)
    return top
