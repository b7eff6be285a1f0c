"""What FRR's bgpd says of its neighbours, and its zebra of routes, from JSON to values.

Pure. Each parser takes what it knows by its key and passes over the rest, and raises
:class:`NotUnderstood` where a thing cannot be what it is called. Written against real output of
8.4.4.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from samepath.drivers.errors import NotUnderstood

ESTABLISHED = "Established"


@dataclass(frozen=True, kw_only=True, slots=True)
class Neighbour:
    """A BGP neighbour.

    ``state`` is ``Established``, ``Active`` and so on. ``uptime`` are the whole seconds since it is
    established, counted by bgpd on the monotonic clock; None: it is not. ``accepted`` are the routes
    that were heard and let in. ``bfd`` is bgpd's word for it, ``Up`` or ``Down``; None without BFD.
    ``last_error`` is how the last session ended, also of one that is up again, or why there is none
    yet.
    """

    address: IPv4Address
    state: str
    uptime: int | None = None
    accepted: int = 0
    bfd: str | None = None
    last_error: str = ""


def parse_neighbours(text: str) -> tuple[Neighbour, ...]:
    """The answer to ``show bgp neighbors json``."""
    return tuple(
        _neighbour(_address(name), told)
        for name, told in _object(text).items()
        if isinstance(told, dict)
    )


def parse_received(text: str) -> int:
    """How many routes the answer to ``show bgp ... received-routes json`` tells of."""
    return _number(_object(text), "totalPrefixCounter")


def parse_static_devices(text: str) -> tuple[str, ...]:
    """The interfaces that the answer to ``show ip route static json`` leads into."""
    devices: dict[str, None] = {}
    for prefix, routes in _object(text).items():
        if not isinstance(routes, list):
            raise NotUnderstood(f"zebra does not tell the routes to {prefix}")
        for route in routes:
            hops = route.get("nexthops", []) if isinstance(route, dict) else []
            for hop in hops if isinstance(hops, list) else []:
                if isinstance(hop, dict) and hop.get("active") is True:
                    devices[str(hop.get("interfaceName", ""))] = None
    return tuple(devices)


def _object(text: str) -> dict[str, Any]:
    try:
        told = json.loads(text)
    except ValueError as error:
        raise NotUnderstood(f"an FRR answers {text[:80]!r}, which is not JSON") from error
    if not isinstance(told, dict):
        raise NotUnderstood(f"an FRR answers {text[:80]!r}, which is no object")
    return told


def _address(text: str) -> IPv4Address:
    try:
        return IPv4Address(text)
    except AddressValueError as error:
        raise NotUnderstood(f"bgpd has a neighbour {text!r}") from error


def _neighbour(address: IPv4Address, told: Mapping[str, Any]) -> Neighbour:
    state = told.get("bgpState")
    if not isinstance(state, str):
        raise NotUnderstood(f"bgpd does not tell the state of {address}")
    family = _part(_part(told, "addressFamilyInfo"), "ipv4Unicast")
    bfd = _part(told, "peerBfdInfo").get("status")
    return Neighbour(
        address=address,
        state=state,
        uptime=_number(told, "bgpTimerUpMsec") // 1000 if state == ESTABLISHED else None,
        accepted=_number(family, "acceptedPrefixCounter"),
        bfd=bfd if isinstance(bfd, str) else None,
        # Of one that stands and is the first, bgpd tells what it waited for before.
        last_error=str(told.get("lastResetDueTo", ""))
        if state != ESTABLISHED or _number(told, "connectionsDropped")
        else "",
    )


def _part(of: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    part = of.get(key, {})
    return part if isinstance(part, dict) else {}


def _number(of: Mapping[str, Any], key: str) -> int:
    number = of.get(key, 0)
    if not isinstance(number, int):
        raise NotUnderstood(f"bgpd tells {number!r} for {key}")
    return number
