"""FortiOS's interfaces, zones, static routes, and what its firewall does by its settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from ipaddress import IPv4Network

from samepath.device.fortios.node import Node
from samepath.device.fortios.tunnels import inside, is_down
from samepath.device.reading.configuration import Interface, StaticRoute
from samepath.device.reading.source import Said
from samepath.device.reading.support import (
    BOTH_WAYS,
    UNDERSTOOD,
    Part,
    contradictory,
    irrelevant,
    not_modelled,
)
from samepath.model.topology import ReversePath, SessionBinding

_DROPS = frozenset({Part.DROPS})
_EVERYTHING = IPv4Network("0.0.0.0/0")
_OFF = irrelevant("it is disabled")


def interfaces(
    tables: Iterable[tuple[str | None, Node]],
    zones: Mapping[str, Said[str]],
    checks: Mapping[str | None, Said[ReversePath]],
) -> Iterator[Interface]:
    """Every interface once; ``zones`` and ``checks`` say its zone and its domain's check of sources."""
    found: dict[str, tuple[str | None, list[Node]]] = {}
    for vrf, table in tables:
        for node in table.entries.values():
            found.setdefault(node.name, (vrf, []))[1].append(node)
    for name, (vrf, nodes) in found.items():
        yield _interface(name, vrf, nodes, zones.get(name), checks)


def _interface(
    name: str,
    vrf: str | None,
    nodes: list[Node],
    zone: Said[str] | None,
    checks: Mapping[str | None, Said[ReversePath]],
) -> Interface:
    node = nodes[-1]
    domain = next((one.text("vdom") for one in reversed(nodes) if "vdom" in one.settings), None)
    if domain is None and vrf is not None:
        domain = Said(value=vrf, place=node.place)
    shared = checks.get(None)
    check = shared if domain is None else checks.get(domain.value, shared)
    own = node.flag("src-check")
    if own is not None and not own.value:
        check = Said(value=ReversePath.OFF, place=own.place)
    return Interface(
        name=name,
        place=node.place,
        addresses=tuple(
            replace(one)
            for each in nodes
            for one in (inside(each), *map(inside, each.table("secondaryip")))
            if one is not None and one.value.ip.packed != bytes(4)
        ),
        description=node.text("description") or node.text("alias"),
        shutdown=is_down(node),
        vrf=domain,
        zone=zone,
        reverse_path=check,
        mtu=_mtu(node),
        mss=node.number("tcp-mss", 0, 65535),
    )


def _mtu(node: Node) -> Said[int] | None:
    said = node.number("mtu", 68, 65535)
    override = node.flag("mtu-override")
    physical = node.words("type") != ("tunnel",)
    if said is not None and physical and (override is None or not override.value):
        node.mark("mtu", irrelevant("`mtu-override` is not enabled"))
        return None
    return said


def zones(scopes: Iterable[Node]) -> tuple[tuple[str, ...], dict[str, Said[str]]]:
    """The zones, and the zone of each interface that has one."""
    names: dict[str, None] = {}
    of: dict[str, Said[str]] = {}
    for scope in scopes:
        for node in scope.table("system", "zone"):
            names[node.name] = None
            for interface in node.words("interface"):
                of[interface] = Said(value=node.name, place=node.place_of("interface"))
    return tuple(names), of


def checks(scope: Node) -> Said[ReversePath] | None:
    """The check of sources that a domain's settings say."""
    settings = scope.block("system", "settings")
    if settings is None:
        return None
    asymmetric = settings.flag("asymroute")
    if asymmetric is not None and asymmetric.value:
        return Said(value=ReversePath.OFF, place=asymmetric.place)
    strict = settings.flag("strict-src-check")
    if strict is None or not strict.value:
        return None
    return Said(value=ReversePath.STRICT, place=strict.place)


def binding(scope: Node) -> Said[SessionBinding] | None:
    """Whether a domain keeps no sessions."""
    settings = scope.block("system", "settings")
    asymmetric = None if settings is None else settings.flag("asymroute")
    if asymmetric is None or not asymmetric.value:
        return None
    return Said(value=SessionBinding.STATELESS, place=asymmetric.place)


def mark_settings(scope: Node) -> None:
    """Settings that say what holds anyway."""
    settings = scope.block("system", "settings")
    for name in ("auxiliary-session", "tcp-session-without-syn", "bfd"):
        if settings is not None and settings.words(name) == ("disable",):
            settings.mark(name, irrelevant("it is off by default"))
    shared = scope.block("system", "global")
    if shared is not None and shared.words("anti-replay") == ("strict",):
        shared.mark("anti-replay", irrelevant("it is so by default"))


# ------------------------------------------------------------------------------------ static routes


def static_routes(scope: Node, vrf: str | None) -> Iterator[StaticRoute]:
    """The static routes of a domain that are enabled."""
    for node in scope.table("router", "static"):
        status = node.one_of("status", "enable", "disable")
        if status is not None and status.value == "disable":
            node.unused = "the route is disabled"
            continue
        prefix = node.network("dst")
        if "dstaddr" in node.settings:
            why = "where it leads to stands in an address object"
            node.mark("dstaddr", not_modelled(why, {Part.TO_AWS}))
            continue
        number = node.number("vrf", 0, 511)
        if number is not None and number.value:
            node.mark("vrf", not_modelled("a routing table within the device", BOTH_WAYS))
        drops = node.is_on("blackhole")
        gateway, device = node.address("gateway"), node.text("device")
        if gateway is None and device is None and not drops:
            if not any(name in node.settings for name in node.schema.marks):
                why = "it leads nowhere, and FortiOS does not take it"
                node.mark_opening(contradictory(why, {Part.TO_AWS}))
            continue
        distance = node.number("distance", 1, 255)
        priority = node.number("priority", 0, 2**32 - 1)
        tag = node.number("tag", 0, 2**32 - 1)
        yield StaticRoute(
            prefix=_EVERYTHING if prefix is None else prefix.value,
            place=node.place,
            next_hop=None if drops or gateway is None else gateway.value,
            interface=None if drops or device is None else device.value,
            distance=None if distance is None else distance.value,
            priority=None if priority is None else priority.value,
            tag=None if tag is None else tag.value,
            vrf=vrf,
        )


# ------------------------------------------------------------------------------------ the firewall


def mark_policies(scope: Node, tunnels: Iterable[str], zone_of: Mapping[str, Said[str]]) -> None:
    """Mark the policies that let one tunnel's packets pass and not the other's.

    Which flows a policy lets pass is not predicted; that it makes a difference between tunnels is
    what no prediction takes into account.
    """
    names = {name: {name, "any"} for name in tunnels}
    for name, names_of in names.items():
        zone = zone_of.get(name)
        if zone is not None:
            names_of.add(zone.value)
    policies = [*scope.table("firewall", "policy")]
    passing = [one for one in policies if _accepts(one)]
    for side in ("srcintf", "dstintf"):
        named = {word for one in passing for word in one.words(side)}
        let = {name for name, names_of in names.items() if named & names_of}
        if not let or len(let) == len(names):
            continue
        without = ", ".join(sorted(names.keys() - let))
        telling = {word for name in let for word in names[name]}
        for one in passing:
            if telling.intersection(one.words(side)):
                why = f"what it lets pass is not let pass by {without}"
                one.mark(side, not_modelled(why, _DROPS))
    for one in policies:
        for side in ("srcintf", "dstintf", "action", "status"):
            if side in one.settings and not one.marked.get(side):
                one.mark(side, UNDERSTOOD)


def _accepts(node: Node) -> bool:
    status = node.one_of("status", "enable", "disable")
    return node.words("action") == ("accept",) and (status is None or status.value == "enable")
