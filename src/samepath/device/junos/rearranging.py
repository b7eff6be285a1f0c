"""``insert``, ``copy`` and ``rename``: what is in the tree, at another place or by another name.

Each names a statement, and behind ``before``, ``after`` or ``to`` another one at the same place,
with as many words as it takes to tell them apart (Juniper, "Inserting a New Identifier in a Junos
Configuration", "Copying a Junos Statement in the Configuration", "rename").
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from samepath.device.junos.tree import Node, Words, reached


class TooMuch(ValueError):
    """Copies of copies would make more than is any use."""


class Refused(ValueError):
    """What Junos does not take; the text says why."""


@dataclass(kw_only=True, slots=True)
class Rearranging:
    """Commands that rearrange a tree. Each raises :class:`Refused`, or :class:`TooMuch`."""

    root: Node
    keywords: frozenset[str]
    left: int = 50_000
    """Words that may still be moved or copied."""

    def beside(self, path: Words, other: Words, *, before: bool) -> None:
        """Put a statement before or after another one of its kind."""
        for above, word, node in self._found(path, other):
            if other[-1] == word or other[-1] not in above.below:
                raise Refused(f"there is no `{other[-1][:40]}` beside it")
            self._spend(len(above.below))
            ordered: dict[str, Node] = {}
            for key, below in above.below.items():
                if key == other[-1]:
                    pair = {word: node, key: below} if before else {key: below, word: node}
                    ordered |= pair
                elif key != word:
                    ordered[key] = below
            above.below = ordered

    def rename(self, path: Words, other: Words) -> None:
        """Give a statement another name, at its place."""
        for above, word, _ in self._new(path, other):
            self._spend(len(above.below))
            above.below = {
                other[-1] if key == word else key: below for key, below in above.below.items()
            }

    def copy(self, path: Words, other: Words) -> None:
        """Put a copy of a statement behind those beside it; its lines are those of its original."""
        for above, _, node in self._new(path, other):
            copy = Node()
            stack = [(node, copy)]
            while stack:
                old, new = stack.pop()
                self._spend(1)
                new.lines, new.block = [*old.lines], old.block
                new.inactive, new.by_keys = old.inactive, old.by_keys
                for word, below in old.below.items():
                    new.below[word] = Node()
                    stack.append((below, new.below[word]))
            above.below[other[-1]] = copy

    def _new(self, path: Words, other: Words) -> Iterator[tuple[Node, str, Node]]:
        for above, word, node in self._found(path, other):
            if other[-1] in above.below:
                raise Refused(f"there is a `{other[-1][:40]}` already")
            yield above, word, node

    def _found(self, path: Words, other: Words) -> list[tuple[Node, str, Node]]:
        found = reached(self.root, path, self.keywords)
        if not found or not other:
            raise Refused("there is no such statement")
        return found

    def _spend(self, words: int) -> None:
        self.left -= words
        if self.left < 0:
            raise TooMuch("it moves or copies too much")
