"""From what was read of a speaker to its value: groups inherited, policies joined, doubts marked."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address
from typing import TypeVar

from samepath.device.ios_family import maps
from samepath.device.ios_family.draft import (
    BgpDraft,
    Draft,
    NetworkDraft,
    PeerDraft,
    Setting,
    is_address,
)
from samepath.device.ios_family.lists import mark_lists
from samepath.device.reading.configuration import (
    Announced,
    Appears,
    Bgp,
    DefaultOriginate,
    Knobs,
    Neighbour,
    Redistribution,
)
from samepath.device.reading.policies import AppliedPolicy
from samepath.device.reading.route_maps import Match
from samepath.device.reading.source import Line, Said
from samepath.device.reading.support import BOTH_WAYS, Part, contradictory
from samepath.model.topology import Bfd

T = TypeVar("T")
Get = Callable[[str], Setting | None]


def speakers(draft: Draft, defaults: Knobs, *, networks: Appears) -> tuple[Bgp, ...]:
    """Every speaker; ``defaults`` holds what the configuration says of all of them.

    ``networks`` is when a network appears of which its line does not say it.
    """
    found = tuple(_speaker(draft, one, defaults, networks) for one in draft.bgps.values())
    maps.mark_maps(draft)
    mark_lists(draft)
    return found


def said(setting: Setting | None, kind: type[T]) -> Said[T] | None:
    """A setting as a value; of a wrong kind it is none."""
    if setting is None or not isinstance(setting.value, kind):
        return None
    return Said(value=setting.value, place=setting.line.place)


def _speaker(draft: Draft, one: BgpDraft, defaults: Knobs, networks: Appears) -> Bgp:
    return Bgp(
        asn=one.asn,
        vrf=one.vrf,
        router_id=said(one.settings.get("router_id"), IPv4Address),
        neighbours=tuple(
            _neighbour(draft, one, peer) for peer in one.peers.values() if not peer.is_group
        ),
        networks=tuple(_announced(draft, one, each, networks) for each in one.networks.values()),
        aggregates=tuple(
            _announced(draft, one, each, networks) for each in one.aggregates.values()
        ),
        redistributions=tuple(
            Redistribution(
                source=each.source,
                place=each.line.place,
                policy=_map(draft, one, each.route_map, each.line, Part.FROM_AWS),
                metric=each.metric,
            )
            for each in one.redistributions.values()
        ),
        knobs=_knobs(one, defaults),
    )


def _knobs(one: BgpDraft, defaults: Knobs) -> Knobs:
    def switch(name: str) -> Said[bool] | None:
        return said(one.settings.get(name), bool)

    def number(name: str) -> Said[int] | None:
        return said(one.settings.get(name), int)

    return Knobs(
        always_compare_med=switch("always_compare_med") or defaults.always_compare_med,
        deterministic_med=switch("deterministic_med") or defaults.deterministic_med,
        missing_med_as_worst=switch("missing_med_as_worst") or defaults.missing_med_as_worst,
        compare_router_id=switch("compare_router_id") or defaults.compare_router_id,
        ignore_as_path=switch("ignore_as_path") or defaults.ignore_as_path,
        multipath_relax=switch("multipath_relax") or defaults.multipath_relax,
        maximum_paths=number("maximum_paths") or defaults.maximum_paths,
        maximum_paths_ibgp=number("maximum_paths_ibgp") or defaults.maximum_paths_ibgp,
        local_preference=number("local_preference") or defaults.local_preference,
        requires_policy=switch("requires_policy") or defaults.requires_policy,
    )


def _map(
    draft: Draft, one: BgpDraft, name: str | None, line: Line, part: Part
) -> AppliedPolicy | None:
    return None if name is None else maps.applied(draft, name, line, one.asn.value, part)


def _announced(draft: Draft, one: BgpDraft, each: NetworkDraft, usual: Appears) -> Announced:
    checked = one.settings.values.get("network_check")
    if checked is not None:
        usual = Appears.WHILE_ROUTED if checked.value else Appears.ALWAYS
    return Announced(
        prefix=each.prefix,
        place=each.line.place,
        appears=each.appears or usual,
        policy=_map(draft, one, each.route_map, each.line, Part.FROM_AWS),
        summary_only=each.summary_only,
    )


def _neighbour(draft: Draft, one: BgpDraft, peer: PeerDraft) -> Neighbour:
    group = peer.settings.get("group")
    inherited = one.peers[str(group.value)] if group is not None else None

    def get(name: str) -> Setting | None:
        own = peer.settings.values.get(name)
        if own is None and inherited is not None:
            return inherited.settings.get(name)
        return peer.settings.get(name)

    remote = get("remote_as")
    if remote is None:
        why = "the neighbour has no AS, so that there is no session"
        draft.ledger.mark(peer.line, contradictory(why, BOTH_WAYS))
    timers = get("timers") or one.settings.get("timers")
    keepalive, hold = _timers(timers)
    default = get("default_originate")
    return Neighbour(
        address=IPv4Address(peer.name) if is_address(peer.name) else peer.name,
        place=peer.line.place,
        remote_as=said(remote, int) or said(remote, str),
        local_as=said(get("local_as"), int),
        group=None if inherited is None else inherited.name,
        description=said(get("description"), str),
        shutdown=said(get("shutdown"), bool),
        activated=peer.activated or (inherited is not None and inherited.activated),
        update_source=said(get("update_source"), str),
        keepalive=keepalive,
        hold=hold,
        connect_retry=said(get("connect_retry"), int),
        bfd=_bfd(get("bfd")),
        multihop=said(get("multihop"), int),
        imports=maps.joined(list(_policies(draft, one, get, "in"))),
        exports=maps.joined(list(_policies(draft, one, get, "out"))),
        default_originate=None
        if default is None
        else DefaultOriginate(
            place=default.line.place,
            policy=_map(draft, one, str(default.value) or None, default.line, Part.FROM_AWS),
        ),
        next_hop_self=said(get("next_hop_self"), bool),
        weight=said(get("weight"), int),
        allow_own_as=said(get("allow_own_as"), int),
        route_limit=said(get("route_limit"), int),
        reflector_client=said(get("reflector_client"), bool),
        signed=said(get("signed"), bool),
    )


def _timers(setting: Setting | None) -> tuple[Said[int] | None, Said[int] | None]:
    if setting is None or not isinstance(setting.value, tuple):
        return None, None
    keepalive, hold = (Said(value=int(one), place=setting.line.place) for one in setting.value)
    return keepalive, hold


def _bfd(setting: Setting | None) -> Said[Bfd | None] | None:
    if setting is None:
        return None
    value = setting.value if isinstance(setting.value, Bfd) else None
    return Said(value=value, place=setting.line.place)


def _policies(draft: Draft, one: BgpDraft, get: Get, way: str) -> Iterator[AppliedPolicy]:
    """The policies of a direction in the order in which a route has to pass them."""
    part = Part.TO_AWS if way == "in" else Part.FROM_AWS
    for kind in ("distribute_list", "prefix_list"):
        found = get(f"{kind}_{way}")
        if found is not None:
            prefix_list = kind == "prefix_list"
            match = Match(
                kind="prefix-list" if prefix_list else "access-list",
                names=(str(found.value),),
                line=found.line,
            )
            yield maps.list_filter(draft, match, prefix_list=prefix_list)
    found = get(f"map_{way}")
    if found is not None:
        name, asn = str(found.value), one.asn.value
        yield maps.applied(draft, name, found.line, asn, part, is_told=True)
