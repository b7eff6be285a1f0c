"""What a neighbour's policy on a VyOS is made of, and who else uses it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from samepath.device.ios_family.draft import PeerDraft
from samepath.device.ios_family.lists import resolve
from samepath.device.ios_family.maps import list_filter
from samepath.device.reading.route_maps import Match
from samepath.device.vyos.draft import VyosDraft
from samepath.device.vyos.paths import Words, paths, taken_back
from samepath.device.vyos.reader import drafted
from samepath.device.vyos.writing.rules import Leaves
from samepath.device.vyos.writing.style import FAMILY, Style, style_of
from samepath.device.writing import route_map
from samepath.device.writing.patch import Edit
from samepath.device.writing.rules import rule
from samepath.model.change import Direction
from samepath.model.policy import Term

_KINDS = {"distribute_list": "distribute-list", "prefix_list": "prefix-list", "map": "route-map"}


@dataclass(frozen=True, kw_only=True, slots=True)
class Applied(route_map.Applied[Leaves]):
    """A direction of a neighbour.

    ``path`` is that of the neighbour. ``own`` are the paths below it that apply a map or a list, and
    ``inherited`` says what its group applies besides, by the kind.
    """

    style: Style
    path: Words
    own: dict[str, Words]
    inherited: frozenset[str]


def applied(edit: Edit) -> Applied:
    """The direction that an edit is about."""
    draft = drafted(edit.sources)
    said = _set(edit)
    speaker = draft.bgps[edit.bgp.vrf]
    peer = speaker.peers[str(edit.neighbour.address)]
    group = peer.settings.get("group")
    above = None if group is None else speaker.peers.get(str(group.value))
    way = "in" if edit.direction is Direction.IMPORT else "out"
    word = "import" if edit.direction is Direction.IMPORT else "export"
    path = _path(said, edit)
    below = {one[len(path) : -1]: one[len(path) :] for one in said if one[: len(path)] == path}
    applies = {
        kind: below[where]
        for kind in _KINDS.values()
        for where in ((kind, word), (*FAMILY, kind, word))
        if where in below
    }
    name = _value(peer, above, f"map_{way}")
    clauses = {} if name is None else draft.maps.get(name, {})
    of_map = [one for one in said if one[:3] == ("policy", "route-map", name)]
    return Applied(
        style=style_of(said),
        path=path,
        own=applies,
        inherited=frozenset(
            kind
            for kept, kind in _KINDS.items()
            if above is not None and above.settings.get(f"{kept}_{way}") is not None
        ),
        filters=tuple(_filters(draft, peer, above, way)),
        map_name=name if clauses else None,
        rules=tuple(
            rule(
                clauses[number],
                _leaves(of_map, ("policy", "route-map", name or "", "rule", str(number))),
                lambda match: resolve(draft, match),
                edit.bgp.asn.value,
            )
            for number in sorted(clauses)
        ),
        is_alone=bool(clauses) and _uses(said, name or "", edit, draft) == 1,
        taken=frozenset({*draft.maps, *draft.prefix_lists, *draft.community_lists}),
    )


def _set(edit: Edit) -> tuple[Words, ...]:
    """The paths that are set, without those that a ``delete`` has taken back."""
    said = [one for source in edit.sources for one in paths(source.lines())]
    gone = taken_back(said)
    return tuple(
        words[1:] for at, (_, words) in enumerate(said) if at not in gone and words[:1] == ("set",)
    )


def _path(said: Iterable[Words], edit: Edit) -> Words:
    """Where the configuration has the neighbour. The edit is of a reading that has found it."""
    name = str(edit.neighbour.address)
    for one in said:
        tables = one[2:3] if one[:2] == ("vrf", "name") else ()
        if "bgp" in one and tables == (() if edit.bgp.vrf is None else (edit.bgp.vrf,)):
            for at in range(len(one) - 1):
                if one[at : at + 2] == ("neighbor", name):
                    return one[: at + 2]
    raise AssertionError(name)


def _value(peer: PeerDraft, above: PeerDraft | None, name: str) -> str | None:
    found = peer.settings.get(name) or (None if above is None else above.settings.get(name))
    return None if found is None else str(found.value)


def _filters(
    draft: VyosDraft, peer: PeerDraft, above: PeerDraft | None, way: str
) -> Iterable[Term]:
    """What the lists do, in the order in which a route passes them."""
    for kind, is_prefix_list in (("distribute_list", False), ("prefix_list", True)):
        name = f"{kind}_{way}"
        found = peer.settings.get(name) or (None if above is None else above.settings.get(name))
        if found is not None:
            match = Match(
                kind="prefix-list" if is_prefix_list else "access-list",
                names=(str(found.value),),
                line=found.line,
            )
            yield from list_filter(draft, match, prefix_list=is_prefix_list).policy.terms


def _leaves(said: Iterable[Words], path: Words) -> tuple[Words, ...]:
    return tuple(
        dict.fromkeys(
            one[len(path) :]
            for one in said
            if one[: len(path)] == path and len(one) > len(path) and one[len(path)] != "description"
        )
    )


def _uses(said: Iterable[Words], name: str, edit: Edit, draft: VyosDraft) -> int:
    """How many neighbours, or other commands, have a map; those of a group have its."""
    count = 0
    for one in said:
        if one[:3] == ("policy", "route-map", name) or name not in one:
            continue
        calls = one[:2] == ("policy", "route-map") and "call" in one
        if calls or "route-map" in one[2:]:
            at = one.index("peer-group") + 1 if "peer-group" in one[:-1] else None
            count += 1 if at is None else max(1, _members(draft, edit, one[at]))
    return count


def _members(draft: VyosDraft, edit: Edit, group: str) -> int:
    peers = draft.bgps[edit.bgp.vrf].peers.values()
    found = [one.settings.get("group") for one in peers]
    return sum(one is not None and one.value == group for one in found)
