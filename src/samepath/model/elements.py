"""Names of elements: one grammar for everything of a VPN that can be named, broken or looked at.

``seoul`` is a connection, ``seoul/tunnel1`` its first tunnel, ``seoul/tunnel1/bgp`` the BGP session
in it; ``gw:``, ``cgw:``, ``vpc:``, ``host:`` and ``node:`` name what is no connection. The same
words serve to break and heal, in failure states, findings, drills, events and places in files.

The grammar is the table :class:`ElementKind`: a kind's value is the form of its names. Parsing
knows the forms only; whether a topology has such an element is :func:`resolve`'s question.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum

from samepath.model.problems import show
from samepath.model.topology import Connection, Topology, Tunnel
from samepath.model.topology_view import clusters, tunnels_of


class ElementKind(Enum):
    """What an element is; the value is the form of its name."""

    CONNECTION = "{name}"
    TUNNEL = "{name}/tunnel{tunnel}"
    PATH = "{name}/tunnel{tunnel}/path"
    """The outside path between the two ends."""
    IKE = "{name}/tunnel{tunnel}/ike"
    ESP = "{name}/tunnel{tunnel}/esp"
    BGP = "{name}/tunnel{tunnel}/bgp"
    ENDPOINT = "{name}/tunnel{tunnel}/endpoint"
    """The gateway's machine at this end of the tunnel."""
    ENDPOINT_CHARON = "{name}/tunnel{tunnel}/endpoint/charon"
    ENDPOINT_SPEAKER = "{name}/tunnel{tunnel}/endpoint/speaker"
    CUSTOMER = "{name}/tunnel{tunnel}/customer"
    """The customer gateway's end of the tunnel."""
    CUSTOMER_CHARON = "{name}/tunnel{tunnel}/customer/charon"
    GATEWAY = "gw:{name}"
    GATEWAY_ROUTER = "gw:{name}/router"
    CUSTOMER_GATEWAY = "cgw:{name}"
    CUSTOMER_LAN = "cgw:{name}/lan"
    CUSTOMER_PATH = "cgw:{name}/path"
    """The outside path that all its tunnels share."""
    CUSTOMER_ROUTER = "cgw:{name}/router"
    FIRST_MEMBER = "cgw:{name}/member1"
    """Of a customer gateway that is two machines, the one that is active while all is up."""
    SECOND_MEMBER = "cgw:{name}/member2"
    VPC = "vpc:{name}"
    SITE = "site:{name}"
    HOST = "host:{name}"
    NODE = "node:{name}"

    @property
    def has_tunnel(self) -> bool:
        """Whether elements of this kind belong to one tunnel."""
        return "{tunnel}" in self.value


MEMBERS = (ElementKind.FIRST_MEMBER, ElementKind.SECOND_MEMBER)
"""The two machines of a customer gateway that is a cluster."""

_PATTERNS = {
    kind: re.compile(
        kind.value.replace("{name}", r"(?P<name>[a-z][a-z0-9-]{0,62})").replace(
            "{tunnel}", r"(?P<tunnel>[12])"
        )
    )
    for kind in ElementKind
}


class InvalidElement(ValueError):
    """A name of no element: of no form that the grammar knows, or of nothing in the topology.

    ``near`` holds the names that may have been meant, the nearest first.
    """

    def __init__(self, text: str, reason: str, near: tuple[str, ...] = ()) -> None:
        self.text = text
        self.near = near
        hint = f"; did you mean {' or '.join(near)}?" if near else ""
        super().__init__(f"{show(text)} {reason}{hint}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Element:
    """An element by kind, name and, for a part of a tunnel, the tunnel's number."""

    kind: ElementKind
    name: str
    tunnel: int | None = None

    def __post_init__(self) -> None:
        """Refuse what the grammar has no name for."""
        if self.kind.has_tunnel is (self.tunnel is None) or not _PATTERNS[self.kind].fullmatch(
            str(self)
        ):
            raise InvalidElement(str(self), "is not the name of an element")

    def __str__(self) -> str:
        return self.kind.value.format(name=self.name, tunnel=self.tunnel)


def is_of(text: str, element: str) -> bool:
    """Whether ``text`` names ``element`` or a part of it; both are names that the grammar knows."""
    return text == element or text.startswith(f"{element}/")


def try_parse(text: str) -> Element | None:
    """The element that ``text`` names, or None if it is of no form that the grammar knows."""
    for kind, pattern in _PATTERNS.items():
        if match := pattern.fullmatch(text):
            found = match.groupdict()
            number = found.get("tunnel")
            tunnel = None if number is None else int(number)
            return Element(kind=kind, name=found["name"], tunnel=tunnel)
    return None


def parse(text: str) -> Element:
    """The element that ``text`` names. Raises :class:`InvalidElement`."""
    element = try_parse(text)
    if element is None:
        raise InvalidElement(text, f"{_NO_NAME}, such as {', '.join(_FORMS[:-1])} or {_FORMS[-1]}")
    return element


_NO_NAME = "is not the name of an element"
_FORMS = ("seoul", "seoul/tunnel1", "seoul/tunnel1/bgp", "gw:vgw", "cgw:dc/lan", "host:pc1")


def all_elements(topology: Topology) -> Iterator[Element]:
    """Every element that ``topology`` has, whole things before their parts."""
    for connection in topology.connections.values():
        yield Element(kind=ElementKind.CONNECTION, name=connection.name)
        for tunnel in connection.tunnels:
            for kind in ElementKind:
                if kind.has_tunnel:
                    yield Element(kind=kind, name=connection.name, tunnel=tunnel.number)
    for kind, names in _NAMED:
        for name in names(topology):
            yield Element(kind=kind, name=name)


def element_called(topology: Topology, text: str) -> Element:
    """The element of ``topology`` that ``text`` names. Raises :class:`InvalidElement`."""
    element = try_parse(text)
    if element is None:
        if near := _near(topology, text):
            raise InvalidElement(text, _NO_NAME, near)
        return parse(text)
    resolve(topology, element)
    return element


def resolve(topology: Topology, element: Element) -> None:
    """Return if ``topology`` has ``element``; raise :class:`InvalidElement` if it has not."""
    if element not in all_elements(topology):
        near = _near(topology, str(element))
        there = ", ".join(topology.connections) or "none"
        reason = "is not in this topology" + ("" if near else f"; its connections are: {there}")
        raise InvalidElement(str(element), reason, near)


_LONGEST_NAME = 100
"""Characters of a word that are compared with names: all that a name has, and no novel."""


def _near(topology: Topology, text: str) -> tuple[str, ...]:
    """The names of elements of ``topology`` that are like ``text``, the nearest first."""
    known = [str(candidate) for candidate in all_elements(topology)]
    return tuple(get_close_matches(text[:_LONGEST_NAME].lower(), known, n=3))


def tunnel_called(topology: Topology, text: str) -> tuple[Connection, Tunnel]:
    """The connection and the tunnel that ``text`` names. Raises :class:`InvalidElement`."""
    there = {
        f"{connection.name}/tunnel{tunnel.number}": (connection, tunnel)
        for connection, tunnel in tunnels_of(topology)
    }
    if text not in there:
        raise InvalidElement(text, f"is no tunnel; there are: {', '.join(there)}")
    return there[text]


def _hosts(topology: Topology) -> Iterator[str]:
    for vpc in topology.vpcs.values():
        yield from vpc.hosts
    for site in topology.sites.values():
        yield from site.hosts


_NAMED: tuple[tuple[ElementKind, Callable[[Topology], Iterable[str]]], ...] = (
    (ElementKind.GATEWAY, lambda topology: topology.gateways),
    (ElementKind.GATEWAY_ROUTER, lambda topology: topology.gateways),
    (ElementKind.CUSTOMER_GATEWAY, lambda topology: topology.customer_gateways),
    (ElementKind.CUSTOMER_LAN, lambda topology: topology.customer_gateways),
    (ElementKind.CUSTOMER_PATH, lambda topology: topology.customer_gateways),
    (ElementKind.CUSTOMER_ROUTER, lambda topology: topology.customer_gateways),
    (ElementKind.FIRST_MEMBER, clusters),
    (ElementKind.SECOND_MEMBER, clusters),
    (ElementKind.VPC, lambda topology: topology.vpcs),
    (ElementKind.SITE, lambda topology: topology.sites),
    (ElementKind.HOST, _hosts),
)
"""Where a topology has the names of each kind. It has no nodes: those are a machine's matter."""
