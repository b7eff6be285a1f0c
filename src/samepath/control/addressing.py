"""Addresses of the links inside a gateway and a customer gateway.

They are taken from 192.0.0.0/24 (IETF protocol assignments, RFC 6890), which no VPC and no site
network may use, and every gateway has namespaces of its own, so each counts from the start again.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

LINKS = IPv4Network("192.0.0.0/24")
INTERNET_HOP = IPv4Interface("192.0.2.1/32")
"""The internet router's address on every outside link (TEST-NET-1, RFC 5737)."""
MOST_LINKS = 127
"""Endpoints of one gateway (or tunnels of one customer gateway); the last /31 is the VPC's."""


class TooManyLinks(ValueError):
    """A gateway or a customer gateway has more tunnels than its internal links can be numbered."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Link:
    """A /31 (RFC 3021) between two namespaces: ``upper`` is the router's side."""

    upper: IPv4Interface
    lower: IPv4Interface


def link(index: int) -> Link:
    """The ``index``-th link of a router, from 0; index 127 leads to the VPC."""
    if not 0 <= index <= MOST_LINKS:
        msg = f"a router here has room for {MOST_LINKS} tunnels, not for {index + 1}"
        raise TooManyLinks(msg)
    base = LINKS.network_address + 2 * index
    return Link(upper=IPv4Interface((base, 31)), lower=IPv4Interface((base + 1, 31)))


VPC_LINK = link(MOST_LINKS)
SYNC_LINK, OUTSIDE_LEGS, LAN_LEGS = (link(MOST_LINKS - number) for number in (1, 2, 3))
"""What the two machines of a cluster have for themselves: the link between them, and addresses on
the legs that they share. The first has the upper one of each."""


def of_member(pair: Link, member: int) -> IPv4Address:
    """The address that a machine of a cluster, 1 or 2, has of such a pair."""
    return (pair.upper if member == 1 else pair.lower).ip


def router_id(index: int) -> IPv4Address:
    """A BGP identifier that is unique within one gateway."""
    return LINKS.network_address + index
