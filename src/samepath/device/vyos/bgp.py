"""BGP, static routes and interfaces of VyOS."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from samepath.device.ios_family.draft import (
    InterfaceDraft,
    NetworkDraft,
    RedistributionDraft,
)
from samepath.device.ios_family.peers import PARTS
from samepath.device.reading.configuration import Appears, StaticRoute
from samepath.device.reading.modes import Entry, Outcome, Told, ignored, recognised, understood
from samepath.device.reading.source import Said
from samepath.device.reading.support import BOTH_WAYS, Part
from samepath.device.vyos.draft import VyosDraft
from samepath.model.topology import ReversePath

TO_AWS = frozenset({Part.TO_AWS})
FROM_AWS = frozenset({Part.FROM_AWS})
TIME = frozenset({Part.TIME})
_BGP = "[vrf name vrf=WORD] protocols bgp [asn=ASN]"
_UNICAST = "[family=address-family ipv4-unicast]"


def _vrf(draft: VyosDraft, told: Told) -> str | None:
    """The table of a line, whose AS is noted where its path has it."""
    vrf, asn = told.maybe("vrf", str), told.maybe("asn", int)
    if asn is not None:
        draft.is_old = True
        draft.asns[vrf] = (Said(value=asn, place=told.place), told.line)
    return vrf


def _system_as(draft: VyosDraft, told: Told) -> Outcome:
    vrf = _vrf(draft, told)
    draft.asns[vrf] = (Said(value=told.get("as", int), place=told.place), told.line)
    draft.speaker(vrf, told.line)
    return None


Value = Callable[[Told], object]


def yes(_told: Told) -> object:
    """The value of a setting that is there or not."""
    return True


def keep(name: str) -> Value:
    """What the line keeps by a name."""
    return lambda told: told.get(name, object)


def _both(pattern: str, name: str, value: Value) -> Iterable[Entry[VyosDraft]]:
    """A line of a neighbour, and of a group."""

    def handler(draft: VyosDraft, told: Told) -> Outcome:
        vrf = _vrf(draft, told)
        is_group = told.has("is_group")
        peer = draft.peer(vrf, told.get("peer", str), told.line, is_group=is_group)
        if told.has("family"):
            draft.families.add((vrf, peer.name))
        if name:
            ways = {"import": "in", "export": "out"}
            way = told.maybe("way", str)
            kept = f"{name}_{ways[way]}" if way else name
            parts = PARTS.get(kept, BOTH_WAYS)
            peer.settings.put(kept, value(told), told.line, draft.ledger, parts)
        return None

    for who in ("neighbor", "is_group=peer-group"):
        yield understood(f"{_BGP} {who} peer=PEER {pattern}".rstrip(), handler)


def _known(patterns: Iterable[str], reason: str, parts: frozenset[Part]) -> list[Entry[object]]:
    return recognised(
        [f"{_BGP} {who} PEER {one}" for who in ("neighbor", "peer-group") for one in patterns],
        reason,
        parts,
    )


def _speaker(pattern: str, name: str, value: Value) -> Entry[VyosDraft]:
    def handler(draft: VyosDraft, told: Told) -> Outcome:
        speaker = draft.speaker(_vrf(draft, told), told.line)
        speaker.settings.put(name, value(told), told.line, draft.ledger, BOTH_WAYS)
        return None

    return understood(f"{_BGP} {pattern}", handler)


def _bfd_profile(draft: VyosDraft, told: Told) -> Outcome:
    profile = draft.bfd_profiles.setdefault(told.get("profile", str), {})
    profile[told.get("what", str)] = told.get("n", int)
    return None


BFD: list[Entry[VyosDraft]] = [
    understood(
        "protocols bfd profile profile=WORD interval what=transmit n=10..60000", _bfd_profile
    ),
    understood(
        "protocols bfd profile profile=WORD interval what=receive n=10..60000", _bfd_profile
    ),
    understood(
        "protocols bfd profile profile=WORD interval what=multiplier n=2..255", _bfd_profile
    ),
]
"""BFD's profiles (vyos-1x, ``interface-definitions/include/bfd/common.xml.i``)."""


def _network(draft: VyosDraft, told: Told) -> Outcome:
    networks = draft.speaker(_vrf(draft, told), told.line).networks
    prefix = told.get("prefix", IPv4Network)
    made = networks.setdefault(prefix, NetworkDraft(prefix=prefix, line=told.line, appears=None))
    made.route_map = told.maybe("map", str) or made.route_map
    return None


def _aggregate(draft: VyosDraft, told: Told) -> Outcome:
    aggregates = draft.speaker(_vrf(draft, told), told.line).aggregates
    prefix = told.get("prefix", IPv4Network)
    made = aggregates.setdefault(
        prefix, NetworkDraft(prefix=prefix, line=told.line, appears=Appears.WHILE_PARTS)
    )
    made.summary_only = made.summary_only or told.has("summary")
    made.route_map = told.maybe("map", str) or made.route_map
    return None


def _redistribute(draft: VyosDraft, told: Told) -> Outcome:
    source = told.get("source", str)
    found = draft.speaker(_vrf(draft, told), told.line).redistributions
    made = found.setdefault(source, RedistributionDraft(source=source, line=told.line))
    made.route_map = told.maybe("map", str) or made.route_map
    made.metric = told.maybe("metric", int) if told.has("metric") else made.metric
    return None


_SOURCES = "source=connected|static|kernel|ospf|rip|isis|babel"
BGP: list[Entry[VyosDraft]] = [
    understood(f"{_BGP} system-as as=ASN", _system_as),
    understood(f"{_BGP} local-as as=ASN", _system_as),
    *_both("", "", yes),
    *_both(_UNICAST, "", yes),
    *_both("remote-as as=internal|external|ASN", "remote_as", keep("as")),
    *_both("peer-group group=WORD", "group", keep("group")),
    *_both("description text=*", "description", keep("text")),
    *_both("shutdown", "shutdown", yes),
    *_both("update-source source=WORD", "update_source", keep("source")),
    *_both("ebgp-multihop hops=1..255", "multihop", keep("hops")),
    *_both("timers keepalive seconds=0..65535", "keepalive", keep("seconds")),
    *_both("timers holdtime seconds=0..65535", "hold", keep("seconds")),
    *_both("timers connect seconds=0..65535", "connect_retry", keep("seconds")),
    *_both("bfd", "bfd", yes),
    *_both("bfd profile profile=WORD", "bfd_profile", keep("profile")),
    *_both("bfd check-control-plane-failure", "bfd", yes),
    *_both("local-as as=ASN [*]", "local_as", keep("as")),
    *_both(f"{_UNICAST} weight weight=0..65535", "weight", keep("weight")),
    *_both(f"{_UNICAST} route-map way=import|export map=WORD", "map", keep("map")),
    *_both(f"{_UNICAST} prefix-list way=import|export list=WORD", "prefix_list", keep("list")),
    *_both(
        f"{_UNICAST} distribute-list way=import|export list=WORD", "distribute_list", keep("list")
    ),
    *_both(f"{_UNICAST} nexthop-self [force]", "next_hop_self", yes),
    *_both(f"{_UNICAST} route-reflector-client", "reflector_client", yes),
    *_both("password *", "signed", yes),
    *_both(f"{_UNICAST} maximum-prefix most=1..4294967295", "route_limit", keep("most")),
    *_both(f"{_UNICAST} allowas-in", "allow_own_as", lambda _told: 3),
    *_both(f"{_UNICAST} allowas-in number times=1..10", "allow_own_as", keep("times")),
    *_both(
        f"{_UNICAST} default-originate [route-map map=WORD]",
        "default_originate",
        lambda told: told.maybe("map", str) or "",
    ),
    *_both(f"{_UNICAST} soft-reconfiguration inbound", "", yes),
    *_known(
        (f"{_UNICAST.replace('family=', '')} filter-list import *",), "a filter of AS paths", TO_AWS
    ),
    *_known(
        (f"{_UNICAST.replace('family=', '')} filter-list export *",),
        "a filter of AS paths",
        FROM_AWS,
    ),
    *_known(
        tuple(
            f"{_UNICAST.replace('family=', '')} {one}"
            for one in (
                *("as-override", "remove-private-as [*]", "attribute-unchanged [*]"),
                *("unsuppress-map *", "conditionally-advertise *", "route-server-client"),
                *("addpath-tx-all", "addpath-tx-per-as"),
            )
        ),
        "known, and not modelled",
        BOTH_WAYS,
    ),
    *_known(
        ("ttl-security *", "interface [*]", "enforce-first-as"),
        "known, and not modelled",
        BOTH_WAYS,
    ),
    *ignored(
        [
            f"{_BGP} {who} PEER {one}"
            for who in ("neighbor", "peer-group")
            for one in (
                *("advertisement-interval *", "capability *", "disable-capability-negotiation"),
                *(
                    "disable-connected-check",
                    "graceful-restart *",
                    "override-capability",
                    "passive",
                ),
                *("port *", "solo", "strict-capability-match", "address-family ipv6-unicast [*]"),
                *(
                    "address-family ipv4-unicast disable-send-community *",
                    "disable-send-community *",
                ),
                *("address-family ipv4-unicast capability *", "address-family l2vpn-evpn [*]"),
            )
        ],
        "it does not decide which routes are exchanged here",
    ),
    _speaker("parameters router-id id=ADDRESS", "router_id", keep("id")),
    _speaker("parameters always-compare-med", "always_compare_med", yes),
    _speaker("parameters deterministic-med", "deterministic_med", yes),
    _speaker("parameters bestpath compare-routerid", "compare_router_id", yes),
    _speaker("parameters bestpath med missing-as-worst", "missing_med_as_worst", yes),
    _speaker("parameters bestpath as-path ignore", "ignore_as_path", yes),
    _speaker("parameters bestpath as-path multipath-relax", "multipath_relax", yes),
    _speaker(
        "parameters default local-pref value=0..4294967295", "local_preference", keep("value")
    ),
    _speaker("parameters ebgp-requires-policy", "requires_policy", yes),
    _speaker(
        "[address-family ipv4-unicast] maximum-paths ebgp n=1..256", "maximum_paths", keep("n")
    ),
    _speaker(
        "[address-family ipv4-unicast] maximum-paths ibgp n=1..256", "maximum_paths_ibgp", keep("n")
    ),
    _speaker("timers keepalive seconds=0..65535", "keepalive", keep("seconds")),
    _speaker("timers holdtime seconds=0..65535", "hold", keep("seconds")),
    understood(
        f"{_BGP} [address-family ipv4-unicast] network prefix=PREFIX [route-map map=WORD]", _network
    ),
    understood(
        f"{_BGP} [address-family ipv4-unicast] aggregate-address prefix=PREFIX "
        "[summary=summary-only] [route-map map=WORD]",
        _aggregate,
    ),
    understood(
        f"{_BGP} [address-family ipv4-unicast] redistribute {_SOURCES} [route-map map=WORD]",
        _redistribute,
    ),
    understood(
        f"{_BGP} [address-family ipv4-unicast] redistribute {_SOURCES} metric metric=0..4294967295",
        _redistribute,
    ),
    *recognised(
        (
            *(f"{_BGP} parameters distance *", f"{_BGP} parameters confederation *"),
            *(f"{_BGP} parameters cluster-id *", f"{_BGP} parameters dampening *"),
            *(f"{_BGP} parameters bestpath *", f"{_BGP} address-family ipv4-unicast distance *"),
            *(f"{_BGP} listen *", f"{_BGP} address-family ipv4-unicast network PREFIX backdoor"),
            *(f"{_BGP} [address-family ipv4-unicast] aggregate-address PREFIX as-set",),
            *(f"{_BGP} parameters no-client-to-client-reflection",),
        ),
        "known, and not modelled",
        BOTH_WAYS,
    ),
    *recognised(
        (f"{_BGP} parameters no-fast-external-failover", f"{_BGP} parameters graceful-restart [*]"),
        "it changes how soon a failure is noticed",
        TIME,
    ),
    *ignored(
        (
            *(f"{_BGP} parameters log-neighbor-changes", f"{_BGP} address-family ipv6-unicast [*]"),
            *(
                f"{_BGP} parameters default no-ipv4-unicast",
                f"{_BGP} parameters minimum-holdtime *",
            ),
            *(f"{_BGP} address-family l2vpn-evpn [*]", f"{_BGP} parameters network-import-check"),
            *(f"{_BGP} parameters suppress-fib-pending", f"{_BGP} address-family ipv4-unicast"),
        ),
        "it changes nothing here",
    ),
]


# --------------------------------------------------------------------------- routes and interfaces


def _static(draft: VyosDraft, told: Told) -> Outcome:
    hop, interface = told.maybe("hop", object), told.maybe("interface", str)
    next_hop = hop if isinstance(hop, IPv4Address) else None
    if next_hop is None and isinstance(hop, str):
        interface = interface or hop
    route = StaticRoute(
        prefix=told.get("prefix", IPv4Network),
        place=told.place,
        next_hop=next_hop,
        interface=interface,
        distance=told.maybe("distance", int),
        vrf=told.maybe("vrf", str),
    )
    which = (route.prefix, route.next_hop, route.interface, route.vrf)
    if which not in draft.routes or route.distance is not None:
        draft.routes[which] = route
    return None


_ROUTE = "[vrf name vrf=WORD] protocols static route prefix=PREFIX"
_DISTANCE = "[distance distance=1..255]"
ROUTES: list[Entry[VyosDraft]] = [
    understood(f"{_ROUTE} next-hop hop=ADDRESS|WORD {_DISTANCE}", _static),
    understood(f"{_ROUTE} next-hop hop=ADDRESS|WORD interface interface=WORD", _static),
    understood(f"{_ROUTE} interface interface=WORD {_DISTANCE}", _static),
    understood(f"{_ROUTE} blackhole {_DISTANCE}", _static),
    understood(f"{_ROUTE} reject {_DISTANCE}", _static),
    understood(
        f"[vrf name vrf=WORD] protocols static interface-route prefix=PREFIX "
        f"next-hop-interface interface=WORD {_DISTANCE}",
        _static,
    ),
    *ignored(
        (f"{_ROUTE.replace('vrf=', '').replace('prefix=', '')} description *",), "it is for people"
    ),
    *ignored(
        (_ROUTE.replace("vrf=", "").replace("prefix=", ""),),
        "what leads there is said by other lines",
    ),
    *recognised(
        (
            *("protocols static route PREFIX next-hop WORD bfd *", "protocols static table *"),
            *("protocols static route PREFIX next-hop WORD disable", "protocols static arp *"),
            *("protocols static route PREFIX *", "policy route *", "policy local-route *"),
            *("protocols failover *", "load-balancing *"),
        ),
        "known, and not modelled",
        TO_AWS,
    ),
    *recognised(
        ("protocols ospf *", "protocols rip *", "protocols isis *"),
        "its routes are not modelled",
        TO_AWS,
    ),
]


def _interface(draft: VyosDraft, told: Told) -> InterfaceDraft:
    name = told.get("name", str)
    unit = told.maybe("unit", str)
    name = f"{name}.{unit}" if unit else name
    return draft.interfaces.setdefault(name, InterfaceDraft(name=name, line=told.line))


def _address(draft: VyosDraft, told: Told) -> Outcome:
    found = _interface(draft, told)
    found.addresses.append(Said(value=told.get("address", IPv4Interface), place=told.place))
    return None


def _says(pattern: str, name: str, value: Value) -> Entry[VyosDraft]:
    def handler(draft: VyosDraft, told: Told) -> Outcome:
        settings = _interface(draft, told).settings
        settings.put(name, value(told), told.line, draft.ledger, BOTH_WAYS)
        return None

    return understood(f"{_INTERFACE} {pattern}".rstrip(), handler)


def _named(draft: VyosDraft, told: Told) -> Outcome:
    _interface(draft, told)
    return None


_CHECKS = {"strict": ReversePath.STRICT, "loose": ReversePath.LOOSE, "disable": ReversePath.OFF}
_KINDS = "ethernet|vti|loopback|dummy|tunnel|bonding|bridge|wireguard|pppoe|switch|openvpn"
_INTERFACE = f"interfaces {_KINDS} name=WORD [vif unit=WORD]"
INTERFACES: list[Entry[VyosDraft]] = [
    understood(_INTERFACE, _named),
    understood(f"{_INTERFACE} address address=INTERFACE", _address),
    _says("description text=*", "description", keep("text")),
    _says("mtu mtu=68..16000", "mtu", keep("mtu")),
    _says("ip adjust-mss mss=500..65535", "mss", keep("mss")),
    _says("disable", "shutdown", yes),
    _says("vrf vrf=WORD", "vrf", keep("vrf")),
    _says(
        "ip source-validation check=strict|loose|disable",
        "reverse_path",
        lambda told: _CHECKS[told.get("check", str)],
    ),
    *ignored(
        (f"{_INTERFACE.replace('name=', '').replace('unit=', '')} address dhcp|dhcpv6",),
        "its address comes from elsewhere",
    ),
    *recognised(
        (
            f"{_INTERFACE.replace('name=', '').replace('unit=', '')} address *",
            "firewall options interface WORD adjust-mss *",
        ),
        "an address, or a size, that the file does not tell",
        (Part.TUNNEL,),
    ),
    *recognised(
        (f"{_INTERFACE.replace('name=', '').replace('unit=', '')} firewall *",),
        "what a filter lets pass is not modelled",
        (Part.DROPS,),
    ),
    *ignored(("interfaces *",), "it is not about the way of packets to AWS"),
]
