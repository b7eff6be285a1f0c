"""Changes of a file as ``diff -u`` writes them, and what ``patch -p0`` makes of them.

The form is that of POSIX (``diff``, "Diff -u or -U Output Format"); the line about a missing end of
line is GNU's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import unified_diff

from samepath.device.reading.source import Source
from samepath.device.writing.patch import NotWritable

_LINE = re.compile(r"[^\n]*\n|[^\n]+")
_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+\d+(?:,(\d+))? @@")
_NO_END = "\\ No newline at end of file"
_HEADER = 2
"""Lines that name the file, before its hunks."""


def difference(name: str, before: str, after: str) -> tuple[str, ...]:
    """The lines that make ``after`` of ``before``; none where they are equal."""
    found: list[str] = []
    lines = (_LINE.findall(before), _LINE.findall(after))
    for number, line in enumerate(unified_diff(*lines, name, name)):
        bare = line.removesuffix("\n")
        found += [bare.rstrip() if number < _HEADER else bare]
        if bare == line:
            found.append(_NO_END)
    return tuple(found)


def patched(sources: Sequence[Source], lines: Sequence[str]) -> tuple[Source, ...]:
    """Files after differences. Raises :class:`NotWritable` where a file is not as it was."""
    texts = {one.name: one.text for one in sources}
    rest = [*lines]
    while rest:
        name = rest[0].removeprefix("--- ")
        if name not in texts or len(rest) < _HEADER:
            raise NotWritable(f"there is no file {name}")
        rest = rest[_HEADER:]
        hunks: list[tuple[int, list[str], list[str]]] = []
        while rest and (found := _HUNK.match(rest[0])) is not None:
            start, old, new = int(found[1]), int(found[2] or 1), int(found[3] or 1)
            before, after, rest = _sides(rest[1:], old, new)
            hunks.append((start - 1 if old else start, before, after))
        texts[name] = "".join(_put(name, _LINE.findall(texts[name]), hunks))
    return tuple(Source(name=one.name, text=texts[one.name]) for one in sources)


def _sides(lines: list[str], old: int, new: int) -> tuple[list[str], list[str], list[str]]:
    """The lines of a hunk before and after it, and what comes behind it."""
    before: list[str] = []
    after: list[str] = []
    at = 0
    while len(before) < old or len(after) < new:
        sign, text = lines[at][:1], lines[at][1:]
        at += 1
        end = "\n"
        if at < len(lines) and lines[at] == _NO_END:
            at, end = at + 1, ""
        if sign != "+":
            before.append(text + end)
        if sign != "-":
            after.append(text + end)
    return before, after, lines[at:]


def _put(
    name: str, lines: list[str], hunks: Sequence[tuple[int, list[str], list[str]]]
) -> Iterator[str]:
    at = 0
    for start, before, after in hunks:
        yield from lines[at:start]
        at = start + len(before)
        if lines[start:at] != before:
            raise NotWritable(f"{name} is not the file that the lines were made for")
        yield from after
    yield from lines[at:]
