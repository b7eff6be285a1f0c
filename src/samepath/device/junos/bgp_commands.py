"""The statements of ``protocols bgp``, at each of its levels."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address

from samepath.device.junos.draft import Draft, GroupDraft, Settings
from samepath.device.reading.modes import Entry, Outcome, Told, ignored, recognised, understood
from samepath.device.reading.support import BOTH_WAYS, Part, irrelevant, not_modelled

INSTANCE = "[routing-instances instance=WORD]"
_BGP = f"{INSTANCE} protocols bgp"
_LEVEL = f"{_BGP} [group group=WORD [neighbor neighbor=WORD]]"
_TO_AWS = frozenset({Part.TO_AWS})
_TIME = frozenset({Part.TIME})
_TRUE = "yes"


def level(draft: Draft, told: Told) -> Settings:
    """The settings of the level that a statement stands at, which come to be with it."""
    instance = draft.instance(told.maybe("instance", str))
    if instance.bgp is None:
        instance.bgp = Settings(line=told.line)
    name = told.maybe("group", str)
    if name is None:
        return instance.bgp
    group = instance.groups.get(name)
    if group is None:
        group = GroupDraft(name=name, settings=Settings(line=told.line))
        instance.groups[name] = group
    neighbour = told.maybe("neighbor", str)
    if neighbour is None:
        return group.settings
    return group.neighbours.setdefault(neighbour, Settings(line=told.line))


def _is_ipv6(told: Told) -> bool:
    return ":" in (told.maybe("neighbor", str) or "")


def _opened(draft: Draft, told: Told) -> Outcome:
    if _is_ipv6(told):
        return irrelevant("it is about IPv6")
    level(draft, told)
    return None


def _setting(
    words: str, name: str, value: Callable[[Told], object], parts: frozenset[Part] = BOTH_WAYS
) -> Entry[Draft]:
    def handler(draft: Draft, told: Told) -> Outcome:
        if _is_ipv6(told):
            return irrelevant("it is about IPv6")
        draft.put(level(draft, told), name, value(told), told.line, parts)
        return None

    return understood(f"{_LEVEL} {words}", handler)


def _odd_inet(words: str) -> Entry[Draft]:
    """A statement of the IPv4 family, which is on with it, that changes what is exchanged."""

    def handler(draft: Draft, told: Told) -> Outcome:
        draft.put(level(draft, told), "inet", value=True, line=told.line, parts=BOTH_WAYS)
        return not_modelled("known, and not modelled", BOTH_WAYS)

    return understood(f"{_LEVEL} family inet unicast {words}", handler)


def _number(words: str, name: str, parts: frozenset[Part] = BOTH_WAYS) -> Entry[Draft]:
    return _setting(words, name, lambda told: told.get("value", int), parts)


def _switch(words: str, name: str, parts: frozenset[Part] = BOTH_WAYS) -> Entry[Draft]:
    return _setting(words, name, lambda _told: True, parts)


def _member(words: str, name: str) -> Entry[Draft]:
    def handler(draft: Draft, told: Told) -> Outcome:
        if _is_ipv6(told):
            return irrelevant("it is about IPv6")
        draft.append(level(draft, told), name, told.get("value", str), told.line)
        return None

    return understood(f"{_LEVEL} {words}", handler)


def _at_levels(*words: str) -> list[str]:
    return [f"{_LEVEL} {one}" for one in words]


_NUMBER = "value=0..4294967295"
BGP: list[Entry[Draft]] = [
    understood(f"{_BGP}", _opened),
    understood(f"{_BGP} group group=WORD", _opened),
    understood(f"{_BGP} group group=WORD neighbor neighbor=WORD", _opened),
    _setting("type value=internal|external", "type", lambda told: told.get("value", str)),
    _setting("peer-as value=ASN", "peer_as", lambda told: told.get("value", int)),
    _setting("local-as value=ASN", "local_as", lambda told: told.get("value", int)),
    _setting("local-as value=ASN loops 1..10", "local_as", lambda told: told.get("value", int)),
    _setting(
        "local-as value=ASN private|alias|no-prepend-global-as",
        "local_as",
        lambda told: told.get("value", int),
    ),
    *ignored(_at_levels("local-as private|alias|no-prepend-global-as"), "it says how paths look"),
    _setting("description value=*", "description", lambda told: told.get("value", str)),
    _setting(
        "local-address value=ADDRESS", "local_address", lambda t: str(t.get("value", IPv4Address))
    ),
    _setting("local-interface value=WORD", "local_address", lambda told: told.get("value", str)),
    _number("hold-time value=0..65535", "hold", _TIME),
    _number(f"metric-out {_NUMBER}", "metric_out"),
    _number(f"preference {_NUMBER}", "preference", _TO_AWS),
    _number("multihop ttl value=1..255", "multihop"),
    _setting("multihop", "multihop_on", lambda _told: _TRUE),
    _switch("multipath", "multipath"),
    _switch("multipath multiple-as", "multiple_as"),
    _switch("disable", "disable"),
    _switch("shutdown", "disable"),
    _switch("cluster WORD", "cluster"),
    _number("bfd-liveness-detection minimum-interval value=1..255000", "bfd_interval", _TIME),
    _number(
        "bfd-liveness-detection transmit-interval minimum-interval value=1..255000",
        "bfd_transmit",
        _TIME,
    ),
    _number(
        "bfd-liveness-detection minimum-receive-interval value=1..255000", "bfd_receive", _TIME
    ),
    _number("bfd-liveness-detection multiplier value=1..255", "bfd_multiplier", _TIME),
    _number("family inet unicast loops value=1..10", "allow_own_as"),
    _number("family inet unicast prefix-limit maximum value=1..4294967295", "route_limit"),
    _number("family inet unicast accepted-prefix-limit maximum value=1..4294967295", "route_limit"),
    _member("import value=*", "imports"),
    _member("export value=*", "exports"),
    _setting("family inet unicast", "inet", lambda _told: True),
    _setting("family inet any", "inet", lambda _told: True),
    *(_odd_inet(f"{word} [*]") for word in ("rib-group", "add-path", "damping", "topology")),
    _setting("family inet unicast *", "inet", lambda _told: True),
    _setting("family inet", "inet", lambda _told: True),
    _setting("family inet6 [*]", "other_family", lambda _told: True),
    _setting(
        "family inet-vpn|inet6-vpn|evpn|l2vpn|route-target|traffic-engineering [*]",
        "other_family",
        lambda _told: True,
    ),
    _switch("path-selection always-compare-med", "always_compare_med"),
    _switch("path-selection external-router-id", "compare_router_id"),
    _switch("path-selection as-path-ignore", "ignore_as_path"),
    *recognised(
        _at_levels("path-selection cisco-non-deterministic", "path-selection med-plus-igp [*]"),
        "another choice of routes",
        BOTH_WAYS,
    ),
    *recognised(_at_levels("path-selection l2vpn-use-bgp-rules"), "not modelled", BOTH_WAYS),
    *ignored(
        _at_levels(
            *("local-preference 0..4294967295", "passive", "log-updown", "traceoptions *"),
            *("traceoptions", "mtu-discovery", "tcp-mss *", "tcp-aggressive-transmission"),
            *("out-delay *", "remove-private *", "remove-private", "advertise-inactive"),
            *(
                "advertise-external [*]",
                "no-client-reflect",
                "no-aggregator-id",
                "accept-remote-nexthop",
            ),
            *(
                "enforce-first-as",
                "keep all|none",
                "output-queue-priority *",
                "idle-after-switch-over *",
            ),
            *("bgp-error-tolerance [*]", "vpn-apply-export", "precision-timers", "snmp-options *"),
            *("outbound-route-filter *", "bfd-liveness-detection version *", "ttl 1..255"),
            *("bfd-liveness-detection session-mode *", "bfd-liveness-detection no-adaptation"),
            *(
                "bfd-liveness-detection holddown-interval *",
                "include-mp-next-hop",
                "rfc6514-compliant-safi129",
            ),
            *("bfd-liveness-detection detection-time *", "bfd-liveness-detection authentication *"),
            *("bfd-liveness-detection transmit-interval threshold *", "no-prepend-global-as"),
            *("optimal-route-reflection *", "rib-sharding *", "update-threading *", "hold-down *"),
        ),
        "it changes nothing that is predicted",
    ),
    _setting("authentication-key *", "signed", lambda _told: True),
    _setting("authentication-key-chain *", "signed", lambda _told: True),
    *ignored(_at_levels("authentication-algorithm *"), "the key is what signs a session"),
    *recognised(
        _at_levels(
            "graceful-restart", "graceful-restart *", "minimum-hold-time *", "graceful-shutdown *"
        ),
        "routes stay without their session, or timers are bounded",
        (Part.TIME,),
    ),
    *recognised(
        _at_levels(
            *("damping", "as-override", "advertise-peer-as", "no-advertise-peer-as", "allow *"),
            *("peer-as-list *", "add-path *", "multipath list-nexthop", "multipath disable"),
            *(
                "multipath vpn-unequal-cost [*]",
                "advertise-from-main-vpn-tables",
                "dynamic-neighbor *",
            ),
            *("multipath allow-protection", "multipath pause-computation-during-churn"),
            *(
                "multihop no-nexthop-change",
                "next-hop-self *",
                "defaults *",
                "advertise-bgp-static *",
            ),
        ),
        "known, and not modelled",
        BOTH_WAYS,
    ),
]
