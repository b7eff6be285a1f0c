"""A FortiGate's configuration once commands were typed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from samepath.device.fortios.node import Node
from samepath.device.fortios.writing.device import tree_of
from samepath.device.reading.source import Place, Source

TYPED = "typed"
"""The file that commands are in which were typed: a block that another file leaves open is none."""


def after(sources: Sequence[Source], lines: Sequence[str]) -> tuple[Source, ...]:
    """The files once these lines were typed: a value that they take the place of is gone."""
    text = "".join(f"{one}\n" for one in lines)
    *others, last = sources
    if last.name == TYPED:
        found = [*others, Source(name=TYPED, text=last.text + text)]
    else:
        found = [*sources, Source(name=TYPED, text=text)]
    gone = {
        line.place
        for node in _nodes(tree_of(found).root)
        for setting, place in node.past
        if place.file == TYPED
        for line in setting.lines
    }
    return tuple(_without(one, gone) for one in found)


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    for below in (*node.entries.values(), *node.blocks.values()):
        yield from _nodes(below)


def _without(source: Source, gone: set[Place]) -> Source:
    """A file whose other lines stay where they are."""
    kept = ["" if line.place in gone else line.text for line in source.lines()]
    return Source(name=source.name, text="\n".join(kept))
