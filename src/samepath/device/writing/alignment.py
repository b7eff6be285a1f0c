"""Two lists of terms laid beside each other, so that the fewest of them have to be touched."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import TypeVar

B = TypeVar("B")
A = TypeVar("A")
NEVER = 1 << 30
"""The cost of what cannot be done."""
_MOST = 1_000_000
"""Pairs that are compared at most; beyond, what lies between equal ends is taken as all new."""


def aligned(
    before: Sequence[B],
    after: Sequence[A],
    *,
    changing: Callable[[B, A], int],
    dropping: Callable[[B], int],
    adding: Callable[[A], int],
) -> tuple[tuple[B | None, A | None], ...] | None:
    """The cheapest pairs, in order, of what is there and what is to be; None: there is no way.

    A pair without its second is dropped, one without its first is added. The costs are lines, or
    :data:`NEVER`.
    """
    ends = _equal_ends(before, after, changing)
    head, tail = ends
    middle_before = before[head : len(before) - tail]
    middle_after = after[head : len(after) - tail]
    if len(middle_before) * len(middle_after) > _MOST:
        return None
    pairs = _cheapest(middle_before, middle_after, changing, dropping, adding)
    if pairs is None:
        return None
    first = tuple(zip(before[:head], after[:head], strict=True))
    last = tuple(zip(before[len(before) - tail :], after[len(after) - tail :], strict=True))
    return (*first, *pairs, *last)


def _equal_ends(
    before: Sequence[B], after: Sequence[A], changing: Callable[[B, A], int]
) -> tuple[int, int]:
    """How many are equal at the beginning, and at the end."""
    shorter = min(len(before), len(after))
    head = 0
    while head < shorter and changing(before[head], after[head]) == 0:
        head += 1
    tail = 0
    while tail < shorter - head and changing(before[-1 - tail], after[-1 - tail]) == 0:
        tail += 1
    return head, tail


def _cheapest(
    before: Sequence[B],
    after: Sequence[A],
    changing: Callable[[B, A], int],
    dropping: Callable[[B], int],
    adding: Callable[[A], int],
) -> tuple[tuple[B | None, A | None], ...] | None:
    drops, adds = [*map(dropping, before)], [*map(adding, after)]
    costs = [[0] * (len(after) + 1) for _ in range(len(before) + 1)]
    for (above, row), dropped in zip(pairwise(costs), drops, strict=True):
        row[0] = above[0] + dropped
    for at, added in enumerate(adds):
        costs[0][at + 1] = costs[0][at] + added
    for b, old in enumerate(before):
        for a, new in enumerate(after):
            costs[b + 1][a + 1] = min(
                costs[b][a] + changing(old, new),
                costs[b][a + 1] + drops[b],
                costs[b + 1][a] + adds[a],
            )
    if costs[-1][-1] >= NEVER:
        return None
    pairs: list[tuple[B | None, A | None]] = []
    b, a = len(before), len(after)
    while b or a:
        here = costs[b][a]
        if b and a and here == costs[b - 1][a - 1] + changing(before[b - 1], after[a - 1]):
            b, a = b - 1, a - 1
            pairs.append((before[b], after[a]))
        elif b and here == costs[b - 1][a] + drops[b - 1]:
            b -= 1
            pairs.append((before[b], None))
        else:
            a -= 1
            pairs.append((None, after[a]))
    return tuple(reversed(pairs))
