"""A configuration as paths: ``set a b c`` lines, or the same in braces.

A path is what is looked for in the grammar. Values may be in quotes.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from samepath.device.reading.source import Line

_WORD = re.compile(r"\"([^\"]*)\"|'([^']*)'|(\S+)")
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
