"""Reading systemd-networkd's files: which XFRM interface has which id, and which addresses.

strongSwan binds a tunnel to the id of an interface that somebody else makes; here is who does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from ipaddress import IPv4Interface

from samepath.device.reading.configuration import Interface
from samepath.device.reading.grammar import number_of
from samepath.device.reading.source import Line, Place, Said, Source
from samepath.device.reading.support import (
    BOTH_WAYS,
    UNDERSTOOD,
    Ledger,
    Part,
    irrelevant,
    not_modelled,
    unknown,
)
from samepath.device.reading.tunnels import Tunnel

_OURS = re.compile(r"^\[(?:NetDev|Match|Xfrm)\]\s*$", re.MULTILINE)
_SECTION = re.compile(r"\[(\w+)\]")
_NOISE = irrelevant("it makes no interface of a tunnel, and gives none an address")
_ROUTING = not_modelled("what networkd routes by itself", BOTH_WAYS)
_TUNNEL = frozenset({Part.TUNNEL})


def is_ours(text: str) -> bool:
    """Whether a text is a file of systemd-networkd."""
    return _OURS.search(text) is not None


@dataclass(kw_only=True, slots=True)
class Link:
    """An interface as its files have it. ``xfrm`` is the id by which tunnels are bound to it."""

    name: str
    place: Place
    addresses: list[Said[IPv4Interface]] = field(default_factory=list)
    mtu: Said[int] | None = None
    xfrm: int | None = None


@dataclass(kw_only=True, slots=True)
class _File:
    """What one file says; it is about the interface of the name that stands in it."""

    link: Link
    ledger: Ledger


def read(sources: Iterable[Source], ledger: Ledger) -> tuple[Link, ...]:
    """The interfaces of all files, those of one name as one."""
    found: dict[str, Link] = {}
    for source in sources:
        link = _read(source, ledger)
        before = found.setdefault(link.name, link)
        if before is not link:
            before.addresses += link.addresses
            before.mtu = before.mtu or link.mtu
            before.xfrm = before.xfrm or link.xfrm
    return tuple(found.values())


def _read(source: Source, ledger: Ledger) -> Link:
    file = _File(link=Link(name="", place=Place(file=source.name, line=1)), ledger=ledger)
    section = ""
    for line in source.lines():
        text = line.text.strip()
        opened = _SECTION.fullmatch(text)
        if not text or text[0] in "#;":
            continue
        if opened is not None:
            section = opened[1]
            ledger.mark(line, UNDERSTOOD)
            continue
        key, _, value = text.partition("=")
        handler = _KEYS.get((section, key.strip()))
        if handler is not None:
            handler(file, line, value.strip())
        else:
            ledger.mark(line, _ROUTING if _routes(section, key.strip()) else _NOISE)
    return file.link


def _routes(section: str, key: str) -> bool:
    return section in {"Route", "RoutingPolicyRule"} or key in {"VRF", "DHCP", "Gateway"}


def _name(file: _File, line: Line, value: str) -> None:
    file.link.name, file.link.place = value, line.place
    file.ledger.mark(line, UNDERSTOOD)


def _understood(file: _File, line: Line, _value: str) -> None:
    file.ledger.mark(line, UNDERSTOOD)


def _id(file: _File, line: Line, value: str) -> None:
    number = number_of(value)
    if not number:
        why = "networkd rejects it: the id of an interface is a number above 0"
        file.ledger.mark(line, unknown(why, _TUNNEL))
        return
    file.link.xfrm = number
    file.ledger.mark(line, UNDERSTOOD)


def _mtu(file: _File, line: Line, value: str) -> None:
    number = number_of(value)
    if number is None:
        file.ledger.mark(line, not_modelled("a size that is not in plain bytes", _TUNNEL))
        return
    file.link.mtu = Said(value=number, place=line.place)
    file.ledger.mark(line, UNDERSTOOD)


def _address(file: _File, line: Line, value: str) -> None:
    if ":" in value:
        file.ledger.mark(line, irrelevant("it is about IPv6"))
        return
    try:
        address = IPv4Interface(value)
    except ValueError:
        file.ledger.mark(line, unknown("networkd rejects it: it is no address", _TUNNEL))
        return
    file.link.addresses.append(Said(value=address, place=line.place))
    file.ledger.mark(line, UNDERSTOOD)


_KEYS: Mapping[tuple[str, str], Callable[[_File, Line, str], None]] = {
    ("NetDev", "Name"): _name,
    ("NetDev", "Kind"): _understood,
    ("NetDev", "MTUBytes"): _mtu,
    ("Xfrm", "InterfaceId"): _id,
    ("Xfrm", "Independent"): _understood,
    ("Match", "Name"): _name,
    ("Network", "Address"): _address,
    ("Address", "Address"): _address,
    ("Link", "MTUBytes"): _mtu,
}


# ------------------------------------------------------------------------------- what they come to


def bound(tunnels: Iterable[Tunnel], links: Sequence[Link]) -> tuple[Tunnel, ...]:
    """The tunnels, each with the name, the address and the MTU of the interface of its id."""
    by_id = {link.xfrm: link for link in links if link.xfrm is not None}

    def with_link(tunnel: Tunnel) -> Tunnel:
        link = by_id.get(tunnel.interface_id.value) if tunnel.interface_id is not None else None
        if link is None:
            return tunnel
        return replace(
            tunnel,
            interface=link.name,
            inside=link.addresses[0] if link.addresses else tunnel.inside,
            mtu=link.mtu or tunnel.mtu,
        )

    return tuple(map(with_link, tunnels))


def interfaces(links: Iterable[Link]) -> tuple[Interface, ...]:
    """The interfaces that have something to say."""
    return tuple(
        Interface(name=link.name, place=link.place, addresses=tuple(link.addresses), mtu=link.mtu)
        for link in links
    )
