"""Configurations of a hundred thousand lines, each long in another way."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice

LINES = 100_000
_FRR = "frr defaults traditional"
_LINE = 62_500
"""Addresses that one first byte and a half are good for."""


def _address(number: int) -> str:
    return f"10.{number // _LINE}.{number // 250 % 250}.{number % 250}"


def neighbours() -> Iterator[str]:
    """Neighbours, each with maps and lists of its own."""
    count = LINES // 12
    yield from (_FRR, "router bgp 65000")
    for number in range(count):
        peer = _address(number)
        yield f" neighbor {peer} remote-as 65001"
        yield f" neighbor {peer} timers 10 30"
        yield f" neighbor {peer} route-map M{number} in"
        yield f" neighbor {peer} route-map M{number} out"
    for number in range(count):
        yield f"route-map M{number} permit 10"
        yield f" match ip address prefix-list P{number}"
        yield " set local-preference 200"
        yield from (
            f"ip prefix-list P{number} permit 10.{each}.{number % 250}.0/24" for each in range(5)
        )


def one_list() -> Iterator[str]:
    """One prefix list, which a neighbour filters by."""
    yield from (_FRR, "router bgp 65000", " neighbor 10.0.0.1 remote-as 65001")
    yield " neighbor 10.0.0.1 prefix-list P in"
    yield from (f"ip prefix-list P permit {_address(number)}/32" for number in range(LINES))


def one_map() -> Iterator[str]:
    """Maps with as many clauses as one can have."""
    yield from (_FRR, "router bgp 65000", " neighbor 10.0.0.1 remote-as 65001")
    yield " neighbor 10.0.0.1 route-map M in"
    for number in range(1, LINES // 2):
        yield f"route-map M permit {number}"
        yield " match ip address prefix-list P"


def unknown() -> Iterator[str]:
    """Lines that nobody knows, no two of them the same."""
    yield from (_FRR, "router bgp 65000")
    yield from (f" neighbor x{number} frobnicate {number}" for number in range(LINES))


def routes() -> Iterator[str]:
    """Static routes, as IOS writes them."""
    yield from ("version 17.9", "interface Tunnel1", " ip address 10.9.9.1 255.255.255.252")
    yield from (f"ip route {_address(number)} 255.255.255.255 Tunnel1" for number in range(LINES))


KINDS: Mapping[str, Callable[[], Iterator[str]]] = {
    "neighbours": neighbours,
    "one list": one_list,
    "one map": one_map,
    "unknown lines": unknown,
    "routes of IOS": routes,
}


def text(kind: str) -> str:
    """A configuration of :data:`LINES` lines."""
    return "\n".join(islice(KINDS[kind](), LINES))
