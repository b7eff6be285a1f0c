"""The statements of ``routing-options``, ``routing-instances`` and of other protocols than BGP."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network

from samepath.device.junos.bgp_commands import INSTANCE
from samepath.device.junos.draft import Draft, InstanceDraft, RouteDraft, Setting, Settings
from samepath.device.reading.modes import Entry, Outcome, Told, ignored, recognised, understood
from samepath.device.reading.source import Said
from samepath.device.reading.support import BOTH_WAYS, Part

_TO_AWS = frozenset({Part.TO_AWS})
_NO_EFFECT = "it changes nothing that is predicted"


def _instance(draft: Draft, told: Told) -> tuple[InstanceDraft, Settings]:
    found = draft.instance(told.maybe("instance", str))
    if found.settings is None:
        found.settings = Settings(line=told.line)
    return found, found.settings


def _of_instance(pattern: str, name: str, value: Callable[[Told], object]) -> Entry[Draft]:
    def handler(draft: Draft, told: Told) -> Outcome:
        draft.put(_instance(draft, told)[1], name, value(told), told.line, BOTH_WAYS)
        return None

    return understood(f"{INSTANCE} {pattern}", handler)


def _instance_interface(draft: Draft, told: Told) -> Outcome:
    name = told.get("interface", str)
    found = _instance(draft, told)[0]
    found.interfaces[name] = told.line
    draft.instance_of[name] = Said(value=told.get("instance", str), place=told.place)
    return None


def _forwarding(draft: Draft, told: Told) -> Outcome:
    draft.forwarding_export.append(Setting(value=told.get("value", str), line=told.line))
    return None


def _route(kind: str, draft: Draft, told: Told) -> RouteDraft:
    instance = _instance(draft, told)[0]
    routes = instance.statics if kind == "static" else instance.aggregates
    prefix = told.get("prefix", IPv4Network)
    found = routes.get(prefix)
    if found is None:
        found = RouteDraft(prefix=prefix, settings=Settings(line=told.line))
        routes[prefix] = found
    return found


_STATIC = f"{INSTANCE} routing-options [rib inet.0] static route prefix=PREFIX"
_AGGREGATE = f"{INSTANCE} routing-options [rib inet.0] aggregate|generate route prefix=PREFIX"


def _static(words: str, name: str, value: Callable[[Told], object]) -> Entry[Draft]:
    def handler(draft: Draft, told: Told) -> Outcome:
        settings = _route("static", draft, told).settings
        draft.put(settings, name, value(told), told.line, _TO_AWS)
        return None

    return understood(f"{_STATIC} {words}", handler)


def _opened_static(draft: Draft, told: Told) -> Outcome:
    _route("static", draft, told)
    return None


def _hop(draft: Draft, told: Told) -> Outcome:
    hop = told.get("hop", str)
    _route("static", draft, told).hops.setdefault(hop, Settings(line=told.line))
    return None


def _qualified(draft: Draft, told: Told) -> Outcome:
    hop = told.get("hop", str)
    settings = _route("static", draft, told).hops.setdefault(hop, Settings(line=told.line))
    for name in ("preference", "metric", "interface"):
        value = told.maybe(name, object)
        if value is not None:
            draft.put(settings, name, value, told.line, _TO_AWS)
    return None


def _aggregate(draft: Draft, told: Told) -> Outcome:
    _route("aggregate", draft, told)
    return None


_NUMBER = "0..4294967295"
ROUTING: list[Entry[Draft]] = [
    _of_instance(
        "routing-options autonomous-system value=ASN [loops 1..10]",
        "asn",
        lambda told: told.get("value", int),
    ),
    _of_instance(
        "routing-options router-id value=ADDRESS",
        "router_id",
        lambda told: told.get("value", IPv4Address),
    ),
    understood("routing-options forwarding-table export value=WORD", _forwarding),
    understood(_STATIC, _opened_static),
    understood(f"{_STATIC} next-hop hop=WORD", _hop),
    understood(
        f"{_STATIC} qualified-next-hop hop=WORD [preference preference={_NUMBER}]", _qualified
    ),
    understood(f"{_STATIC} qualified-next-hop hop=WORD [metric metric={_NUMBER}]", _qualified),
    understood(f"{_STATIC} qualified-next-hop hop=WORD [interface interface=WORD]", _qualified),
    _static("discard|reject|receive", "drops", lambda _told: True),
    _static(f"preference value={_NUMBER}", "preference", lambda told: told.get("value", int)),
    _static(f"metric value={_NUMBER}", "metric", lambda told: told.get("value", int)),
    _static(f"tag value={_NUMBER}", "tag", lambda told: told.get("value", int)),
    _of_instance(
        f"routing-options static defaults preference value={_NUMBER}",
        "static_preference",
        lambda told: told.get("value", int),
    ),
    *recognised((f"{_STATIC} next-table WORD",), "it goes to another table", _TO_AWS),
    *recognised((f"{_STATIC} no-install",), "no packet goes by it", _TO_AWS),
    *recognised(
        (
            f"{_STATIC} bfd-liveness-detection *",
            f"{_STATIC} qualified-next-hop WORD bfd-liveness-detection *",
        ),
        "BFD takes it away",
        (Part.TO_AWS, Part.TIME),
    ),
    *ignored(
        (
            *(
                f"{_STATIC} {one}"
                for one in ("no-readvertise", "readvertise", "retain", "no-retain")
            ),
            *(f"{_STATIC} {one}" for one in ("active", "passive", "install", "resolve")),
            *(f"{_STATIC} {one}" for one in ("no-resolve", "as-path *", "community *")),
            *(
                f"{INSTANCE} routing-options {one}"
                for one in ("rib inet6.0 *", "graceful-restart [*]")
            ),
            *(f"{INSTANCE} routing-options {one}" for one in ("nonstop-routing", "options *")),
            *("routing-options forwarding-table ecmp-fast-reroute", "routing-options multicast *"),
            *("routing-options resolution *", "routing-options traceoptions *"),
            *(
                "routing-options nonstop-routing",
                "routing-options forwarding-table chained-composite-next-hop *",
            ),
            *("routing-instances WORD description *", "routing-instances WORD vrf-table-label"),
            *(
                "routing-instances WORD instance-type virtual-router",
                "routing-instances WORD instance-type vrf",
            ),
            *("routing-instances WORD route-distinguisher *", "routing-options bgp *"),
            *(
                "routing-instances WORD instance-type forwarding",
                "routing-options max-interface-supported *",
            ),
        ),
        _NO_EFFECT,
    ),
    understood("routing-instances instance=WORD interface interface=WORD", _instance_interface),
    understood(_AGGREGATE, _aggregate),
    understood(f"{_AGGREGATE} *", _aggregate),
    *recognised(
        (
            *(
                f"{INSTANCE} routing-options {one}"
                for one in ("rib-groups *", "interface-routes *")
            ),
            *(
                f"{INSTANCE} routing-options {one}"
                for one in ("instance-import *", "instance-export *")
            ),
            *(
                f"{INSTANCE} routing-options {one}"
                for one in ("static rib-group *", "auto-export [*]")
            ),
            *(f"{INSTANCE} routing-options {one}" for one in ("confederation *", "multipath [*]")),
            *("routing-instances WORD vrf-import *", "routing-instances WORD vrf-export *"),
            *("routing-instances WORD vrf-target *", "routing-instances WORD instance-type *"),
            *("routing-options forwarding-table unicast-reverse-path *",),
        ),
        "known, and not modelled",
        BOTH_WAYS,
    ),
    *recognised(
        tuple(f"{INSTANCE} protocols {one} [*]" for one in ("ospf", "isis", "rip", "eigrp")),
        "its routes are not modelled",
        _TO_AWS,
    ),
    *ignored(
        tuple(
            f"{INSTANCE} protocols {one} [*]"
            for one in (
                *(
                    "ospf3",
                    "ripng",
                    "lldp",
                    "lldp-med",
                    "stp",
                    "rstp",
                    "mstp",
                    "vstp",
                    "igmp",
                    "pim",
                ),
                *(
                    "mpls",
                    "rsvp",
                    "ldp",
                    "l2-learning",
                    "router-advertisement",
                    "dot1x",
                    "vrrp",
                    "msdp",
                ),
                *("igmp-snooping", "mld", "mld-snooping", "neighbor-discovery", "router-discovery"),
                *(
                    "evpn",
                    "l2circuit",
                    "layer2-control",
                    "oam",
                    "sflow",
                    "loop-detect",
                    "iccp",
                    "dcbx",
                ),
            )
        ),
        _NO_EFFECT,
    ),
]
