"""Where a speaker applies route maps, and who else has the one that a neighbour has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from samepath.device.ios_family.draft import BgpDraft, Draft, PeerDraft, Setting
from samepath.device.reading.source import Source
from samepath.model.change import Direction

OURS = "SAMEPATH-"
"""What the name of a map begins with that a writer has made."""
_FILTERS = ("distribute-list", "prefix-list")
_SHORTEST = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Applied:
    """A neighbour's map in one direction; ``own`` is its line's, ``inherited`` its group's."""

    bgp: BgpDraft
    peer: PeerDraft
    group: PeerDraft | None
    direction: Direction
    own: str | None
    inherited: str | None

    @property
    def way(self) -> str:
        """The direction, as a line ends."""
        return _WAYS[self.direction]

    @property
    def name(self) -> str | None:
        """The map that counts."""
        return self.own if self.own is not None else self.inherited

    @property
    def filters(self) -> tuple[str, ...]:
        """The lists that it filters by in this direction, as its lines say it."""
        found = []
        for kind in _FILTERS:
            setting = self.peer.settings.get(f"{kind.replace('-', '_')}_{self.way}")
            if setting is not None:
                found.append(f"neighbor {self.peer.name} {kind} {setting.value} {self.way}")
        return tuple(found)

    def applies(self, name: str) -> str:
        """The line that gives the neighbour a map."""
        return f"neighbor {self.peer.name} route-map {name} {self.way}"


_WAYS = {Direction.IMPORT: "in", Direction.EXPORT: "out"}


def applied(bgp: BgpDraft, peer: PeerDraft, direction: Direction) -> Applied:
    """A neighbour's map."""
    setting = peer.settings.get("group")
    group = None if setting is None else bgp.peers[str(setting.value)]
    kind = f"map_{_WAYS[direction]}"
    return Applied(
        bgp=bgp,
        peer=peer,
        group=group,
        direction=direction,
        own=_text(peer.settings.get(kind)),
        inherited=None if group is None else _text(group.settings.get(kind)),
    )


def _text(setting: Setting | None) -> str | None:
    return None if setting is None else str(setting.value)


def members(bgp: BgpDraft, group: PeerDraft) -> Iterator[PeerDraft]:
    """The neighbours of a group."""
    for one in bgp.peers.values():
        setting = one.settings.get("group")
        if setting is not None and setting.value == group.name:
            yield one


def is_alone(draft: Draft, sources: Sequence[Source], mine: Applied) -> bool:
    """Whether nothing else of the device uses a neighbour's map."""
    everyone = (
        applied(bgp, peer, direction)
        for bgp in draft.bgps.values()
        for peer in bgp.peers.values()
        if not peer.is_group
        for direction in Direction
    )
    name = mine.name
    others = [one for one in everyone if one.name == name and not _is_same(one, mine)]
    elsewhere = (name in words for words in _of_other_families(sources))
    return (
        not others and not any(elsewhere) and not any(_uses(one, name) for one in _lines(sources))
    )


def _is_same(one: Applied, other: Applied) -> bool:
    return one.peer is other.peer and one.direction is other.direction


def _lines(sources: Iterable[Source]) -> Iterator[list[str]]:
    return (line.text.split() for source in sources for line in source.lines())


def _of_other_families(sources: Iterable[Source]) -> Iterator[list[str]]:
    """The lines of address families that are not read, such as IPv6's: they use maps, too."""
    inside = False
    for words in _lines(sources):
        if words and _is_short(words[0], "address-family"):
            inside = words[1:2] != ["ipv4"] or words[2:3] not in ([], ["unicast"], ["vrf"])
        elif words and words[0] in {"exit-address-family", "router"}:
            inside = False
        elif inside and words and words[0] != "no":
            yield words


def _uses(words: Sequence[str], name: str | None) -> bool:
    """Whether a line uses a map of this name: not one that defines it, or that a neighbour has."""
    if name not in words or words[0] == "no" or words[0][0] in "!#":
        return False
    if _is_short(words[0], "route-map"):
        return words[1] == name and len(words) > 2 and not words[2].startswith(("p", "d"))
    of_neighbour = _is_short(words[0], "neighbor") and words[-1] in {"in", "out"}
    return not of_neighbour and any(
        word == name
        and (before == "call" or before.endswith("map") or _is_short(before, "route-map"))
        for before, word in pairwise(words)
    )


def _is_short(word: str, whole: str) -> bool:
    return len(word) >= _SHORTEST and whole.startswith(word)
