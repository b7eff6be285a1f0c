"""What a drill has measured, read from what ``samepath drill --json`` has printed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from samepath.model.topology import Topology
from samepath.routing.availability.switches import Gaps
from samepath.routing.verdict import pairs

SCHEMA = "samepath.drill/1"
LARGEST = 16 << 20
"""Bytes of such a file, at most: a row has about one thousandth of a MiB."""


class NotADrill(ValueError):
    """A file that holds no drill, or that of another topology; the text says which and why."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """The gaps of a drill.

    ``differing`` are the states in which it was not as predicted, ``busy`` those in which the machine
    was too busy to count: their gaps are not taken.
    """

    gaps: Gaps
    differing: tuple[str, ...]
    busy: tuple[str, ...]


def read_gaps(text: str, topology: Topology, *, filename: str) -> Measured:
    """The longest gap of either direction, by pair of networks and state.

    Packets are numbered between the hosts of one pair. What it shows holds for all networks between
    the same gateway and site, which change their way together. Raises :class:`NotADrill`.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise NotADrill(f"{filename} is no JSON: {error}") from error
    if not isinstance(document, Mapping) or document.get("schema") != SCHEMA:
        raise NotADrill(
            f"{filename} is no drill ({SCHEMA}); make one: samepath drill FILE --json > {filename}"
        )
    if document.get("fast_timers"):
        raise NotADrill(
            f"{filename} was drilled with --fast-timers, so that its gaps are not this topology's: "
            "drill it without"
        )
    known = {str(pair): pair for pair in pairs(topology)}
    gaps: dict[str, dict[str, float]] = {}
    differing: dict[str, None] = {}
    busy: dict[str, None] = {}
    for number, row in enumerate(_list(document, "states", filename)):
        place = f"{filename}: states[{number}]"
        state, name = _text(row, "state", place), _text(row, "pair", place)
        if name not in known:
            raise NotADrill(f"{place}: there is no pair {name} in this topology: drill this one")
        if row.get("as_predicted") is not True:
            differing[state] = None
        numbered = _mapping(row.get("measured"), f"{place}.measured").get("numbered")
        if numbered is None:
            continue
        found = tuple(_counted(_mapping(numbered, f"{place}.measured.numbered"), place))
        if not all(valid for _, valid in found):
            busy[state] = None
            continue
        mine = known[name]
        for other, pair in known.items():
            if (pair.gateway, pair.site_name) == (mine.gateway, mine.site_name):
                gaps.setdefault(other, {})[state] = max(gap for gap, _ in found) / 1000
    return Measured(gaps=gaps, differing=tuple(differing), busy=tuple(busy))


def _counted(numbered: Mapping[str, object], place: str) -> Iterator[tuple[float, bool]]:
    """The longest gap of each direction, in milliseconds, and whether it was counted well."""
    for way in ("to_site", "to_vpc"):
        where = f"{place}.measured.numbered.{way}"
        one = _mapping(numbered.get(way), where)
        gap = one.get("longest_gap_ms")
        if not isinstance(gap, int | float) or isinstance(gap, bool) or not 0 <= gap < 1e10:
            raise NotADrill(f"{where}.longest_gap_ms is no number of milliseconds")
        yield float(gap), one.get("valid") is True


def _list(document: Mapping[str, object], key: str, place: str) -> list[Mapping[str, object]]:
    found = document.get(key)
    if not isinstance(found, list):
        raise NotADrill(f"{place}: {key} is no list")
    return [_mapping(one, f"{place}: {key}[{number}]") for number, one in enumerate(found)]


def _mapping(value: object, place: str) -> Mapping[str, object]:
    if not isinstance(value, Mapping):
        raise NotADrill(f"{place} is no object")
    return value


def _text(row: Mapping[str, object], key: str, place: str) -> str:
    value = row.get(key)
    if not isinstance(value, str):
        raise NotADrill(f"{place}.{key} is no text")
    return value
