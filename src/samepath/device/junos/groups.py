"""``apply-groups``: what a block inherits of the groups that it names, or that one above it names.

A group is a tree of its own. What it says of a block holds there unless the block says it itself.
``<*>`` in a group stands for every name that the block has.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

from samepath.device.junos.tree import Node, Words

_MOST = 200_000
"""Words that are inherited at most."""


class TooMuchInherited(ValueError):
    """The groups would make more than is any use."""


def inherit(root: Node) -> set[str]:
    """Let every block inherit what it applies; returns the groups that are applied.

    Raises :class:`TooMuchInherited`.
    """
    groups = root.below.get("groups")
    budget = [_MOST]
    used: set[str] = set()
    for path, node in [*_applying(root)]:
        applied = node.below["apply-groups"]
        for name in [*applied.below]:
            group = None if groups is None else groups.below.get(name)
            if group is None or group.inactive or applied.inactive:
                continue
            used.add(name)
            for source in _at(group, path):
                _merge(node, source, budget)
    return used


def _applying(root: Node) -> Iterator[tuple[Words, Node]]:
    """The blocks that name groups, the inner ones first: what is nearer counts more."""
    found: list[tuple[Words, Node]] = []
    stack: list[tuple[Words, Node]] = [((), root)]
    while stack:
        path, node = stack.pop()
        if "apply-groups" in node.below:
            found.append((path, node))
        stack += [
            ((*path, word), below)
            for word, below in node.below.items()
            if path or word not in {"groups", "apply-groups"}
        ]
    return iter(sorted(found, key=lambda one: -len(one[0])))


def _at(group: Node, path: Words) -> list[Node]:
    """What a group says of a block."""
    nodes = [group]
    for word in path:
        nodes = [
            below
            for node in nodes
            for key, below in node.below.items()
            if key == word or (_is_pattern(key) and _fits(key, word))
        ]
    return nodes


def _is_pattern(word: str) -> bool:
    return word.startswith("<") and word.endswith(">")


def _fits(pattern: str, word: str) -> bool:
    return fnmatchcase(word, pattern[1:-1])


def _merge(target: Node, source: Node, budget: list[int]) -> None:
    """Add to a block what a group says of it, in front of what it says itself."""
    stack = [(target, source)]
    while stack:
        into, of = stack.pop()
        inherited: dict[str, Node] = {}
        for word, below in of.below.items():
            budget[0] -= 1
            if budget[0] < 0:
                raise TooMuchInherited("the groups make too much of it")
            if _is_pattern(word):
                stack += [(one, below) for key, one in into.below.items() if _fits(word, key)]
                continue
            own = into.below.get(word)
            if own is None:
                own = inherited[word] = Node(
                    lines=[*below.lines],
                    block=below.block,
                    inactive=below.inactive,
                    by_keys=below.by_keys,
                    inherited=True,
                )
            stack.append((own, below))
        if inherited:
            into.below = {**inherited, **into.below}
