"""Mutations of a configuration that a parser gets further with than with flipped bytes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random  # noqa: TID251 - seeded by the fuzzer, which keeps what it makes

Lines = list[str]


def mutated(text: str, words: Sequence[str], seed: int) -> str:
    """The text with a few lines, words or characters otherwise; ``words`` are those of a platform."""
    chance = Random(seed)
    lines = text.split("\n")
    for _ in range(chance.randint(1, 4)):
        chance.choice(_MUTATIONS)(lines, words, chance)
    return "\n".join(lines)


def _at(lines: Lines, chance: Random) -> int:
    return chance.randrange(len(lines)) if lines else 0


def _drop(lines: Lines, _: Sequence[str], chance: Random) -> None:
    start = _at(lines, chance)
    del lines[start : start + chance.randint(1, 5)]


def _repeat(lines: Lines, _: Sequence[str], chance: Random) -> None:
    start = _at(lines, chance)
    lines[start:start] = lines[start : start + chance.randint(1, 5)] * chance.randint(1, 3)


def _move(lines: Lines, _: Sequence[str], chance: Random) -> None:
    start, count = _at(lines, chance), chance.randint(1, 5)
    some = lines[start : start + count]
    del lines[start : start + count]
    place = _at(lines, chance)
    lines[place:place] = some


def _reword(lines: Lines, words: Sequence[str], chance: Random) -> None:
    if not lines or not words:
        return
    place = _at(lines, chance)
    own = lines[place].split(" ")
    own[chance.randrange(len(own))] = chance.choice(words)
    lines[place] = " ".join(own)


def _add_word(lines: Lines, words: Sequence[str], chance: Random) -> None:
    if not lines or not words:
        return
    place = _at(lines, chance)
    own = lines[place].split(" ")
    own.insert(chance.randint(0, len(own)), chance.choice(words))
    lines[place] = " ".join(own)


def _cut(lines: Lines, _: Sequence[str], chance: Random) -> None:
    if lines:
        place = _at(lines, chance)
        lines[place] = lines[place][: chance.randint(0, len(lines[place]))]


def _odd(lines: Lines, _: Sequence[str], chance: Random) -> None:
    place = _at(lines, chance)
    lines[place:place] = [chance.choice(_ODD) * chance.choice((1, 1, 50))]


_ODD = ("{", "}", '"', "'", "#", "!", "/*", "*/", "\t", "\x00", "\u2028", "é", "no ", ";", "0", "[")
_MUTATIONS: Sequence[Callable[[Lines, Sequence[str], Random], None]] = (
    *(_drop, _repeat, _move, _reword, _reword, _add_word, _add_word, _cut, _odd),
)
