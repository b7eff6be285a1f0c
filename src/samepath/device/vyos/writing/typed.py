"""A VyOS's configuration once commands were typed."""

from __future__ import annotations

from collections.abc import Sequence

from samepath.device.reading.source import Place, Source
from samepath.device.vyos.paths import flat, paths
from samepath.device.vyos.writing.rules import has_one_value
from samepath.device.writing.patch import typed


def after(sources: Sequence[Source], lines: Sequence[str]) -> tuple[Source, ...]:
    """The files once these lines were typed: a value that they take the place of is gone.

    One in braces is the same in commands, each on its line.
    """
    told = [Source(name=one.name, text="\n".join(flat(one.lines()))) for one in sources]
    found = typed(told, lines)
    last: dict[tuple[str, ...], Place] = {}
    gone: set[Place] = set()
    for source in found:
        for line, words in paths(source.lines()):
            if words[:1] == ("set",) and has_one_value(words):
                before = last.get(words[:-1])
                gone |= set() if before is None else {before}
                last[words[:-1]] = line.place
    return tuple(_without(one, gone) for one in found)


def _without(source: Source, gone: set[Place]) -> Source:
    """A file whose other lines stay where they are."""
    kept = ["" if line.place in gone else line.text for line in source.lines()]
    return Source(name=source.name, text="\n".join(kept))
