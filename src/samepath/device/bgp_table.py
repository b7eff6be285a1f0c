"""BGP tables as devices print them: FRR's JSON, and the text of IOS and of what descends from it.

``show bgp ipv4 unicast json`` of FRR has a list of paths for each prefix. The text of
``show ip bgp`` has a line a path, in columns below their titles::

       Network          Next Hop            Metric LocPrf Weight Path
    *> 10.0.0.0/16      169.254.10.1           100             0 64512 i
    *                   169.254.11.1           200             0 64512 i

The status stands before the prefix; ``>`` is the best path, ``=`` (Quagga, FRR) and ``m``
(IOS) one that is used beside it. Numbers end where their title does. A prefix that is too long for
its column has a line to itself, and one that repeats is left out. IOS and Quagga leave the length
away from a prefix that is a whole network of class A, B or C.

Sources: "BGP Commands: show ip bgp" in Cisco's command reference; FRR's ``bgpd/bgp_route.c``
(``route_vty_out``) and real output of 8.4.4.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from samepath.device.reading.grammar import number_of
from samepath.routing.observation import Seen


class NotABgpTable(ValueError):
    """A text that is no BGP table of a known form; it says where and why."""


_TITLES = re.compile(r"\s*Network\s+Next Hop\s+Metric\s+LocPrf\s+Weight\s+Path\s*")
_PREFIX = re.compile(r"(\d+\.\d+\.\d+\.\d+)(/\d+)?")
_STATUS = re.compile(r"[^\d]*(?=\d)")
_SHIFT = 2
"""Columns by which a line may stand beside its titles: some releases of IOS put in a space."""
_OWN = IPv4Address(0)
"""The next hop of what a router announces by itself."""


def is_ios_text(text: str) -> bool:
    """Whether this is the text of ``show ip bgp``."""
    return any(_TITLES.fullmatch(line) for line in text.splitlines())


def from_frr_json(text: str) -> tuple[Seen, ...]:
    """The paths in ``show bgp ipv4 unicast json``. Raises :class:`NotABgpTable`."""
    try:
        told = json.loads(text)
        routes = told["routes"]
        return tuple(
            _path(IPv4Network(prefix), path) for prefix, paths in routes.items() for path in paths
        )
    except json.JSONDecodeError as error:
        raise NotABgpTable(f"line {error.lineno}: this is no JSON: {error.msg}") from error
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        what = "the JSON is not that of `show bgp ipv4 unicast json`"
        raise NotABgpTable(f"{what} ({type(error).__name__}: {error})") from error


def _path(prefix: IPv4Network, path: dict[str, Any]) -> Seen:
    hops = [IPv4Address(hop["ip"]) for hop in path["nexthops"]]
    peer = path.get("peerId")
    # FRR calls itself "(unspec)" where a route is its own.
    heard = _PREFIX.fullmatch(peer) is not None if isinstance(peer, str) else hops != [_OWN]
    return Seen(
        prefix=prefix,
        neighbour=(IPv4Address(peer) if isinstance(peer, str) else hops[0]) if heard else None,
        used=bool(path.get("bestpath") or path.get("multipath")),
        as_path=_as_path(path["path"]),
        med=_number(path.get("metric", 0)),
        local_preference=_number(path.get("locPrf")),
    )


def _number(value: object) -> int | None:
    if value is None or isinstance(value, int):
        return value
    raise ValueError(f"{value!r} is no number")


def _as_path(text: str) -> tuple[int, ...] | None:
    """An AS path; None where it has sets or confederations, which are not compared."""
    numbers = [number_of(word) for word in text.split()]
    known = tuple(one for one in numbers if one is not None)
    return known if len(known) == len(numbers) else None


def from_ios_text(text: str) -> tuple[Seen, ...]:
    """The paths in the text of ``show ip bgp``. Raises :class:`NotABgpTable`."""
    return tuple(_paths(text.splitlines()))


def _paths(lines: list[str]) -> Iterator[Seen]:
    title: str | None = None
    prefix: IPv4Network | None = None
    waiting: str | None = None
    """The status of a path whose prefix had a line to itself."""
    for number, line in enumerate(lines, start=1):
        if _TITLES.fullmatch(line):
            title = line
            continue
        first = _STATUS.match(line)
        if title is None or first is None or not _PREFIX.search(line):
            continue
        status, place = first[0], first.end()
        try:
            if place < title.index("Next Hop") - _SHIFT:
                shown = _PREFIX.match(line, place)
                prefix = _network(shown)
                place = shown.end() if shown else place
                if not line[place:].strip():
                    waiting = status
                    continue
            yield _line(prefix, status if waiting is None else waiting, line, place, title)
            waiting = None
        except (ValueError, IndexError) as error:
            raise NotABgpTable(f"line {number}: this is no path: {line!r} ({error})") from error


def _network(shown: re.Match[str] | None) -> IPv4Network:
    if shown is None:
        raise ValueError("it starts with no prefix")
    address = IPv4Address(shown[1])
    if shown[2]:
        return IPv4Network(f"{address}{shown[2]}")
    first = int(address) >> 24
    length = 8 if first < 128 else 16 if first < 192 else 24
    return IPv4Network((address, 0 if int(address) == 0 else length))


def _line(prefix: IPv4Network | None, status: str, line: str, place: int, title: str) -> Seen:
    """The path that stands in ``line`` from ``place`` on."""
    if prefix is None:
        raise ValueError("nothing before it has a prefix")
    hop, *words = re.finditer(r"\S+", line[place:])
    columns: dict[str, int] = {}
    while "Weight" not in columns:
        word = words.pop(0)
        columns[_column(title, place + word.end())] = int(word[0])
    *path, origin = (word[0] for word in words)
    if origin not in {"i", "e", "?"}:
        raise ValueError("it does not end in i, e or ?")
    neighbour = IPv4Address(hop[0])
    return Seen(
        prefix=prefix,
        neighbour=None if neighbour == _OWN else neighbour,
        used=any(mark in status for mark in ">=m"),
        as_path=_as_path(" ".join(path)),
        med=columns.get("Metric", 0),
        local_preference=columns.get("LocPrf"),
    )


def _column(title: str, end: int) -> str:
    """The column of a number, which ends where its title does."""
    ends = {name: title.index(name) + len(name) for name in ("Metric", "LocPrf", "Weight")}
    nearest = min(ends, key=lambda name: abs(ends[name] - end))
    if abs(ends[nearest] - end) > _SHIFT:
        raise ValueError("its numbers stand below no title")
    return nearest
