"""What to tell an FRR so that it has a text in force, and no more than that.

Pure. A text and a running configuration have one form: a line that is indented belongs to the last
one that is indented less, and ``!``, ``exit`` and ``exit-...`` say nothing. FRR takes most lines a
second time without a change, but not all without a reset, so what is in force is not told again.

What a text does not say any more is taken away where it is of a kind that changes while a daemon
runs: a neighbour's route maps, route maps and their lists, and static routes. It is taken away at
the end, and of a neighbour that has got another map there is nothing to take away. Everything else
is as it was when the daemon was started, since another daemon is started for another topology.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Place = tuple[str, ...]
"""A line behind those that it belongs to: ``("router bgp 65000", "bgp router-id 192.0.2.1")``."""


def places(text: str) -> tuple[Place, ...]:
    """Every line of a configuration with what it belongs to, in order."""
    found: list[Place] = []
    inside: list[tuple[int, str]] = []
    for line in text.splitlines():
        words = line.strip()
        if not words or words.startswith(("!", "exit")) or words == "end":
            continue
        depth = len(line) - len(line.lstrip(" "))
        while inside and inside[-1][0] >= depth:
            inside.pop()
        found.append((*(name for _, name in inside), words))
        inside.append((depth, words))
    return tuple(found)


def changes(running: str, wanted: str) -> tuple[str, ...]:
    """The lines to tell in configuration mode, one after the other."""
    there, to_be = places(running), places(wanted)
    told = list(_told(frozenset(there), to_be))
    for place in (*_stale_maps(there, to_be), *_stale_names(there, to_be)):
        told += [*place, *("exit" for _ in place[:-1])]
    return tuple(told)


def _told(there: frozenset[Place], to_be: tuple[Place, ...]) -> Iterator[str]:
    """What is not in force, each line in its place."""
    at: Place = ()
    heads = {place[:depth] for place in to_be for depth in range(1, len(place))}
    for place in to_be:
        if place in there:
            continue  # A head is entered for what in it is not in force, if anything is.
        inside = place[:-1]
        shared = next(
            (n for n in range(min(len(at), len(inside)), 0, -1) if at[:n] == inside[:n]), 0
        )
        yield from ("exit" for _ in at[shared:])
        yield from inside[shared:]
        yield place[-1]
        at = place if place in heads or _opens(place[-1]) else inside
    yield from ("exit" for _ in at)


def _opens(words: str) -> bool:
    """Whether a line that has nothing in it is the head of a block all the same."""
    return words.startswith(("route-map ", "router ", "address-family ", "profile ")) or (
        words == "bfd"
    )


_MAP_OF = re.compile(r"(neighbor \S+ route-map) (\S+) (in|out)")
_NAMED = re.compile(
    r"(route-map|ip prefix-list|bgp community-list standard) (\S+) (?:permit|deny|seq)\b.*"
)


def _stale_maps(there: tuple[Place, ...], to_be: tuple[Place, ...]) -> Iterator[Place]:
    """The maps of neighbours that are to have none in this direction."""

    def of(place: Place) -> tuple[Place, str, str] | None:
        found = _MAP_OF.fullmatch(place[-1])
        return (place[:-1], found[1], found[3]) if found else None

    kept = {of(place) for place in to_be}
    for place in there:
        mine = of(place)
        if mine is not None and mine not in kept:
            yield (*place[:-1], f"no {place[-1]}")


def _stale_names(there: tuple[Place, ...], to_be: tuple[Place, ...]) -> Iterator[Place]:
    """Maps, lists and static routes that are not wanted any more; lists after the maps."""
    kept = {_name(place) for place in to_be}
    stale = dict.fromkeys(
        name for place in there if (name := _name(place)) is not None and name not in kept
    )
    for name in sorted(stale, key=lambda name: not name.startswith("route-map ")):
        yield (f"no {name}",)


def _name(place: Place) -> str | None:
    """What a line at the top is of: a map or a list by its name, a static route as a whole."""
    if len(place) > 1:
        return None
    (line,) = place
    found = _NAMED.fullmatch(line)
    if found:
        return f"{found[1]} {found[2]}"
    return line if line.startswith("ip route ") else None
