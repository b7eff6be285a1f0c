"""A configuration as paths: ``set a b c`` lines, or the same in braces.

A path is what is looked for in the grammar. Values may be in quotes. ``delete a b`` takes back
every path before it that begins so (VyOS, "Command Line Interface", "Modify the configuration",
https://docs.vyos.io/en/latest/cli.html).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from samepath.device.reading.source import Line

_WORD = re.compile(r"\"([^\"]*)\"|'([^']*)'|(\S+)")
_PLAIN = re.compile(r"[\w./:@+-]+")
Words = tuple[str, ...]
_SET = re.compile(r"\s*set\s+(?:interfaces|protocols|policy|vpn|system|service|firewall|nat|vrf)\s")


def words_of(text: str) -> tuple[str, ...]:
    """The words of a line, those in quotes as one."""
    return tuple(
        next(group for group in found.groups() if group is not None)
        for found in _WORD.finditer(text)
    )


def is_comment(text: str) -> bool:
    """Whether a line is a remark."""
    return text.lstrip().startswith(("#", "//", "/*"))


def paths(lines: Iterable[Line]) -> Iterator[tuple[Line, tuple[str, ...]]]:
    """Each line that says something, with its path, which begins with ``set`` or another verb.

    A line that only opens a block has an empty path.
    """
    written = [line for line in lines if line.text.strip() and not is_comment(line.text)]
    if any(_SET.match(line.text) for line in written):
        yield from ((line, words_of(line.text)) for line in written)
    else:
        yield from _in_braces(written)


@dataclass(slots=True)
class _Node:
    """A part of a path: the lines that end there, and what goes on from there."""

    lines: list[int] = field(default_factory=list)
    below: dict[str, _Node] = field(default_factory=dict)

    def all_lines(self) -> Iterator[int]:
        """The lines of it, and of all that begins so."""
        left = [self]
        while left:
            one = left.pop()
            yield from one.lines
            left += one.below.values()


def taken_back(said: Iterable[tuple[Line, Words]]) -> dict[int, Line]:
    """The lines that a later ``delete`` takes back, by their positions, each with that line."""
    gone: dict[int, Line] = {}
    root = _Node()
    for at, (line, words) in enumerate(said):
        if words[:1] == ("set",):
            node = root
            for word in words[1:]:
                node = node.below.setdefault(word, _Node())
            node.lines.append(at)
        elif words[:1] == ("delete",) and len(words) > 1:
            *path, last = words[1:]
            above: _Node | None = root
            for word in path:
                above = None if above is None else above.below.get(word)
            node = _Node() if above is None else above.below.pop(last, _Node())
            gone.update(dict.fromkeys(node.all_lines(), line))
    return gone


def shown(words: Words) -> str:
    """Words as they are typed, in quotes where they hold more than plain letters."""
    return " ".join(one if _PLAIN.fullmatch(one) else _quoted(one) for one in words)


def _quoted(word: str) -> str:
    return f'"{word}"' if "'" in word else f"'{word}'"


def flat(lines: Iterable[Line]) -> Iterator[str]:
    """The texts of lines, those in braces as the commands that say the same, each in its place."""
    every = [*lines]
    if any(_SET.match(one.text) for one in every):
        yield from (one.text for one in every)
        return
    said = {line.place: shown(words) for line, words in paths(every)}
    yield from (said.get(one.place, "") for one in every)


def _in_braces(lines: Sequence[Line]) -> Iterator[tuple[Line, tuple[str, ...]]]:
    """A line that opens a block says something by itself only where the block is empty."""
    above: list[tuple[str, ...]] = []
    for number, line in enumerate(lines):
        text = line.text.strip()
        if text == "}":
            del above[-1:]
            continue
        opens = text.endswith("{")
        own = words_of(text[:-1] if opens else text)
        path = tuple(word for block in above for word in block)
        following = lines[number + 1].text.strip() if number + 1 < len(lines) else "}"
        if opens:
            above.append(own)
        yield line, () if opens and following != "}" else ("set", *path, *own)
