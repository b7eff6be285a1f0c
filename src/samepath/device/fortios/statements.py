"""The commands of a FortiOS configuration: words, quotes, and texts that go on over lines."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from samepath.device.reading.source import Line

_PIECE = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<plain>[^\s\"'\\]+)"
    r"|\"(?P<double>(?:[^\"\\]|\\.)*)\""
    r"|(?P<open>\")"
    r"|'(?P<single>[^'\n]*)'"
    r"|\\(?P<escaped>.)"
    r"|(?P<odd>.)",
    re.DOTALL,
)
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)
_QUOTE = re.compile(r"\\.|(\")")
_GO_ON = frozenset({"set", "append", "select"})
"""Commands whose quoted text may go on over lines."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """A command: its words without their quotes, and the lines that it stands on."""

    lines: tuple[Line, ...]
    words: tuple[str, ...] = field(repr=False)
    is_open: bool = False
    """Whether a quote of it is never closed."""

    @property
    def line(self) -> Line:
        """The line that it begins on."""
        return self.lines[0]


def statements(lines: Sequence[Line]) -> Iterator[Statement]:
    """The commands of a file. Empty lines and those that begin with ``#`` are none."""
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if not line.words or line.words[0].startswith("#"):
            continue
        words, is_open = _words(line.text)
        if is_open and words[0] in _GO_ON:
            end = _end(lines, at)
            if end is not None:
                text = "\n".join(one.text for one in lines[at - 1 : end])
                words, is_open = _words(text)
                yield Statement(lines=tuple(lines[at - 1 : end]), words=words, is_open=is_open)
                at = end
                continue
        yield Statement(lines=(line,), words=words, is_open=is_open)


def _end(lines: Sequence[Line], at: int) -> int | None:
    """The place after the line that closes a quote that is open before ``at``; None: none does."""
    for number in range(at, len(lines)):
        if sum(1 for one in _QUOTE.finditer(lines[number].text) if one[1]) % 2:
            return number + 1
    return None


def _words(text: str) -> tuple[tuple[str, ...], bool]:
    """The words, and whether a quote is left open; there is a word at least where there is text."""
    if '"' not in text and "'" not in text and "\\" not in text:
        return tuple(text.split()), False
    found: list[str] = []
    word: str | None = None
    is_open = False
    for piece in _PIECE.finditer(text):
        if piece.lastgroup == "space":
            if word is not None:
                found.append(word)
            word = None
        else:
            is_open = is_open or piece.lastgroup == "open"
            word = (word or "") + _ESCAPE.sub(r"\1", piece[piece.lastgroup or 0])
    if word is not None:
        found.append(word)
    return tuple(found), is_open
