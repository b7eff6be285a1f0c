"""FortiOS's BGP: the speaker of a virtual domain and its neighbours."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network

from samepath.device.fortios.node import Node
from samepath.device.fortios.policies import Policies
from samepath.device.reading.configuration import (
    Announced,
    Appears,
    Bgp,
    DefaultOriginate,
    Knobs,
    Neighbour,
    Redistribution,
)
from samepath.device.reading.kinds import asn as as_number
from samepath.device.reading.source import Said
from samepath.device.reading.support import (
    BOTH_WAYS,
    UNDERSTOOD,
    Part,
    contradictory,
    irrelevant,
)
from samepath.model.topology import Bfd

_MOST = 2**32 - 1
_SECONDS = 65535
_ALL_PATHS = 255
"""Equal routes that FortiOS uses together at most by default (``ecmp-max-paths``)."""


def speaker(
    scope: Node, name: str | None, policies: Policies, interfaces: Node | None
) -> Bgp | None:
    """The BGP speaker of a domain of this name; None where it has none."""
    node = scope.block("router", "bgp")
    if node is None:
        return None
    asn = _asn(node)
    if asn is None:
        if not any(True for _ in node.table("neighbor")):
            return None
        why = "it says no AS, so that BGP does not run"
        node.mark_opening(contradictory(why, BOTH_WAYS))
        asn = Said(value=0, place=node.place)
    check = node.flag("network-import-check")
    appears = Appears.ALWAYS if check is not None and not check.value else Appears.WHILE_ROUTED
    return Bgp(
        asn=asn,
        vrf=name,
        router_id=node.address("router-id"),
        neighbours=tuple(_neighbours(node, asn.value, policies, [*_reached(interfaces)])),
        networks=tuple(_networks(node, asn.value, policies, appears)),
        aggregates=tuple(_aggregates(node)),
        redistributions=tuple(_redistributions(node, asn.value, policies)),
        knobs=_knobs(node),
    )


def _asn(node: Node) -> Said[int] | None:
    said = node.text("as")
    if said is None or said.value == "0":
        return None
    try:
        return Said(value=as_number(said.value), place=said.place)
    except ValueError as error:
        node.reject("as", str(error))
        return None


def _knobs(node: Node) -> Knobs:
    def paths(name: str) -> Said[int] | None:
        said = node.flag(name)
        if said is None:
            return None
        return Said(value=_ALL_PATHS if said.value else 1, place=said.place)

    return Knobs(
        always_compare_med=node.flag("always-compare-med"),
        deterministic_med=node.flag("deterministic-med"),
        missing_med_as_worst=node.flag("bestpath-med-missing-as-worst"),
        compare_router_id=node.flag("bestpath-cmp-routerid"),
        ignore_as_path=node.flag("bestpath-as-path-ignore"),
        maximum_paths=paths("ebgp-multipath"),
        maximum_paths_ibgp=paths("ibgp-multipath"),
        local_preference=node.number("default-local-preference", 0, _MOST),
    )


def _networks(node: Node, asn: int, policies: Policies, appears: Appears) -> Iterator[Announced]:
    for entry in node.table("network"):
        prefix = entry.network("prefix")
        if prefix is None:
            entry.mark_opening(contradictory("it says no prefix", {Part.FROM_AWS}))
            continue
        own = entry.one_of("network-import-check", "global", "enable", "disable")
        when = appears
        if own is not None and own.value != "global":
            when = Appears.WHILE_ROUTED if own.value == "enable" else Appears.ALWAYS
        yield Announced(
            prefix=prefix.value,
            place=prefix.place,
            appears=when,
            policy=policies.map(entry, "route-map", asn, Part.FROM_AWS),
        )


def _aggregates(node: Node) -> Iterator[Announced]:
    for entry in node.table("aggregate-address"):
        prefix = entry.network("prefix")
        if prefix is not None:
            yield Announced(
                prefix=prefix.value,
                place=prefix.place,
                appears=Appears.WHILE_PARTS,
                summary_only=entry.is_on("summary-only"),
            )


def _redistributions(node: Node, asn: int, policies: Policies) -> Iterator[Redistribution]:
    for path, block in node.blocks.items():
        if path[0] == "redistribute" and block.is_on("status"):
            yield Redistribution(
                source=path[1],
                place=block.place_of("status"),
                policy=policies.map(block, "route-map", asn, Part.FROM_AWS),
            )


# --------------------------------------------------------------------------------------- neighbours


def _neighbours(
    bgp: Node, asn: int, policies: Policies, reached: Sequence[tuple[IPv4Network, Bfd]]
) -> Iterator[Neighbour]:
    for node in bgp.table("neighbor"):
        try:
            address = IPv4Address(node.name)
        except ValueError:
            odd = ":" not in node.name
            node.unused = "FortiOS rejects it: no address" if odd else "it is about IPv6"
            if odd:
                node.mark_opening(contradictory("it is no address of a neighbour", BOTH_WAYS))
            continue
        yield _neighbour(bgp, node, address, asn, policies, reached)


def _signed(node: Node) -> Said[bool] | None:
    if not node.words("password"):
        return None
    return Said(value=True, place=node.place_of("password"))


def _neighbour(
    bgp: Node,
    node: Node,
    address: IPv4Address,
    asn: int,
    policies: Policies,
    reached: Sequence[tuple[IPv4Network, Bfd]],
) -> Neighbour:
    remote = node.number("remote-as", 1, _MOST)
    if remote is None:
        why = "the neighbour has no AS, so that there is no session"
        node.mark_opening(contradictory(why, BOTH_WAYS))
    external = remote is None or remote.value != asn
    activated = node.flag("activate")
    default = node.flag("capability-default-originate")
    originates = default is not None and default.value
    if not originates and "default-originate-routemap" in node.settings:
        why = "the default route is not originated"
        node.mark("default-originate-routemap", irrelevant(why))
    keepalive, hold = _timers(bgp, node)
    return Neighbour(
        address=address,
        place=node.place,
        remote_as=remote,
        local_as=node.number("local-as", 1, _MOST),
        description=node.text("description"),
        shutdown=_only_on(node.flag("shutdown")),
        activated=activated is None or activated.value,
        update_source=node.text("update-source") or node.text("interface"),
        keepalive=keepalive,
        hold=hold,
        connect_retry=node.number("connect-timer", 0, _SECONDS),
        bfd=_bfd(node, address, reached),
        multihop=_multihop(node),
        imports=policies.of_neighbour(node, "in", asn, external=external),
        exports=policies.of_neighbour(node, "out", asn, external=external),
        default_originate=None
        if default is None or not originates
        else DefaultOriginate(
            place=default.place,
            policy=policies.map(
                node, "default-originate-routemap", asn, Part.FROM_AWS, external=external
            ),
        ),
        next_hop_self=_only_on(node.flag("next-hop-self")),
        weight=node.number("weight", 0, _SECONDS),
        allow_own_as=_allowed(node),
        route_limit=node.number("maximum-prefix", 1, _MOST),
        reflector_client=_only_on(node.flag("route-reflector-client")),
        signed=_signed(node),
    )


def _only_on(said: Said[bool] | None) -> Said[bool] | None:
    return said if said is not None and said.value else None


def _timers(bgp: Node, node: Node) -> tuple[Said[int] | None, Said[int] | None]:
    """The neighbour's timers, and where it has none, the speaker's."""
    keepalive = node.number("keep-alive-timer", 0, _SECONDS)
    hold = node.number("holdtime-timer", 0, _SECONDS)
    return (
        keepalive or bgp.number("keepalive-timer", 0, _SECONDS),
        hold or bgp.number("holdtime-timer", 3, _SECONDS),
    )


def _multihop(node: Node) -> Said[int] | None:
    enforced = node.flag("ebgp-enforce-multihop")
    if enforced is None or not enforced.value:
        if "ebgp-multihop-ttl" in node.settings:
            node.mark("ebgp-multihop-ttl", irrelevant("multihop is not enforced"))
        return None
    return node.number("ebgp-multihop-ttl", 1, 255) or Said(value=255, place=enforced.place)


def _allowed(node: Node) -> Said[int] | None:
    enabled = node.flag("allowas-in-enable")
    times = node.number("allowas-in", 1, 10)
    if enabled is None or not enabled.value:
        return None
    return times or Said(value=3, place=enabled.place)


def _bfd(
    node: Node, address: IPv4Address, reached: Iterable[tuple[IPv4Network, Bfd]]
) -> Said[Bfd | None] | None:
    """BFD, with the times of the interface that the neighbour is reached by."""
    said = node.flag("bfd")
    if said is None or not said.value:
        return None
    bfd = next((bfd for network, bfd in reached if address in network), None)
    return Said(value=bfd, place=said.place)


def _reached(interfaces: Node | None) -> Iterator[tuple[IPv4Network, Bfd]]:
    """The networks of the interfaces that say BFD's times."""
    for one in interfaces.entries.values() if interfaces is not None else ():
        bfd = _times(one)
        for name in ("remote-ip", "ip"):
            said = one.interface_address(name)
            if bfd is not None and said is not None:
                yield said.value.network, bfd


def _times(interface: Node) -> Bfd | None:
    """BFD's times of an interface, if it says them all."""
    names = ("bfd-desired-min-tx", "bfd-required-min-rx", "bfd-detect-mult")
    values = [interface.number(name, 1, 100000) for name in names]
    if any(value is None for value in values):
        return None
    send, receive, multiplier = (value.value for value in values if value is not None)
    for name in ("bfd", *names):
        interface.mark(name, UNDERSTOOD)
    return Bfd(interval=timedelta(milliseconds=max(send, receive)), multiplier=multiplier)
