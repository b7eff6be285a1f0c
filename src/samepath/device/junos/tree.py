"""The tree that a Junos configuration is, whichever form it is written in.

A statement is a path of words from the top. ``set`` adds one, ``delete`` takes one away with all
below it, ``deactivate`` and ``inactive:`` leave it there and without effect.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from samepath.device.reading.source import Line

Words = tuple[str, ...]


@dataclass(kw_only=True, slots=True)
class Block:
    """A pair of braces: the lines that open and close it, and what was found within."""

    above: Block | None
    lines: list[Line] = field(default_factory=list)
    counts: bool = False
    """Whether a statement within it has a state."""
    matters: bool = False
    """Whether one within it has an effect."""


@dataclass(kw_only=True, slots=True, eq=False)
class Node:
    """A word of statements, with those that go on from it."""

    below: dict[str, Node] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    """Those of the statement that ends here; empty: none does."""
    block: Block | None = None
    inactive: bool = False
    by_keys: bool = False
    """Whether it was written as a command, whose words may be short."""
    inherited: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """A statement of the tree."""

    words: Words = field(repr=False)
    lines: tuple[Line, ...]
    block: Block | None
    active: bool
    by_keys: bool
    inherited: bool

    @property
    def line(self) -> Line:
        """The line that it begins on."""
        return self.lines[0]


def add(root: Node, words: Sequence[str], lines: tuple[Line, ...], block: Block | None) -> Node:
    """Add a statement. One that is there already has its lines too."""
    node = root
    for word in words:
        below = node.below.get(word)
        if below is None:
            below = node.below[word] = Node()
        node = below
    node.lines += lines
    node.block = block
    return node


def find(root: Node, words: Sequence[str]) -> Node | None:
    """The node that a path leads to."""
    node: Node | None = root
    for word in words:
        if node is None:
            return None
        node = node.below.get(word)
    return node


def reached(
    root: Node, words: Sequence[str], keywords: frozenset[str]
) -> list[tuple[Node, str, Node]]:
    """What the path of a command leads to: the node above, the word there, and the node.

    Words of commands may be short, both those of the path and those that were set before. Names are
    never short: of a pair of words the longer one is among the ``keywords``. More than one node is
    found where one statement was spelled in more than one way.
    """
    found: list[tuple[Node, str, Node]] = []
    nodes = [root]
    for word in words:
        found = [
            (node, key, node.below[key])
            for node in nodes
            for key in _spellings(node, word, keywords)
        ]
        nodes = [below for _, _, below in found]
    return found


def _spellings(node: Node, word: str, keywords: frozenset[str]) -> list[str]:
    """The words below a node that a word means; none where it is too short to tell."""
    found = [word] if word in node.below else []
    if word in keywords:
        return found + [key for key in node.below if key not in keywords and word.startswith(key)]
    longer = [key for key in node.below if key in keywords and key.startswith(word)]
    return found or (longer if len(longer) == 1 else [])


def walk(root: Node) -> Iterator[Statement]:
    """Every statement, in the order in which its words came up; without recursion."""
    stack: list[tuple[Node, Words, bool]] = [(root, (), True)]
    while stack:
        node, words, active = stack.pop()
        active = active and not node.inactive
        if node.lines:
            yield Statement(
                words=words,
                lines=tuple(node.lines),
                block=node.block,
                active=active,
                by_keys=node.by_keys,
                inherited=node.inherited,
            )
        stack += [(below, (*words, word), active) for word, below in reversed(node.below.items())]
