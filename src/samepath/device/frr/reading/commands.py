"""The commands of FRR and Quagga beside those of their family.

FRR's own parser (8.4.4) was asked where it was in doubt: it takes abbreviations, returns from a
block by itself, refuses a line that ends in a remark, and lets a later line about the same thing
count.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from samepath.device.ios_family import lists, maps, speakers
from samepath.device.ios_family.draft import Draft, InterfaceDraft
from samepath.device.ios_family.peers import OF_FRR, UNNUMBERED, setting, yes
from samepath.device.reading.configuration import StaticRoute
from samepath.device.reading.grammar import number_of
from samepath.device.reading.kinds import KINDS
from samepath.device.reading.modes import (
    LATER,
    Enter,
    Entry,
    Mode,
    Outcome,
    Told,
    Walker,
    ignored,
    leaving,
    opens,
    recognised,
    understood,
)
from samepath.device.reading.source import Said
from samepath.device.reading.support import (
    ALL_PARTS,
    BOTH_WAYS,
    Part,
    irrelevant,
    not_modelled,
    unknown,
)
from samepath.model.topology import Bfd

TOP, INTERFACE, VRF, BLOCK = "top", "interface", "vrf", "other block"
ENDED = "after the end"
TO_AWS = frozenset({Part.TO_AWS})
_OTHER_BLOCK = irrelevant("its block is not about the choice of routes")


def _host_name(draft: Draft, told: Told) -> Outcome:
    draft.host_name = Said(value=told.get("name", str), place=told.place)
    return None


def _release(draft: Draft, told: Told) -> Outcome:
    draft.release = Said(value=told.get("release", str), place=told.place)
    return None


def _profile(draft: Draft, told: Told) -> Outcome:
    value = told.get("profile", str)
    draft.settings.put("profile", value, told.line, draft.ledger, BOTH_WAYS)
    return None


def _interface(draft: Draft, told: Told) -> Outcome:
    name = told.get("name", str)
    draft.in_interface = draft.interfaces.setdefault(
        name, InterfaceDraft(name=name, line=told.line)
    )
    vrf = told.maybe("vrf", str)
    if vrf is not None:
        draft.interface.settings.put("vrf", vrf, told.line, draft.ledger, TO_AWS)
    return Enter(mode=INTERFACE)


def _address(draft: Draft, told: Told) -> Outcome:
    value = told.get("address", IPv4Interface)
    draft.interface.addresses.append(Said(value=value, place=told.place))
    return None


def _interface_setting(pattern: str, name: str) -> Entry[Draft]:
    def handler(draft: Draft, told: Told) -> Outcome:
        value = None if told.negated else told.maybe("value", object) or True
        draft.interface.settings.put(name, value, told.line, draft.ledger, TO_AWS)
        return None

    return understood(pattern, handler, no=True)


def _to_kernel(draft: Draft, told: Told) -> Outcome:
    """A map on the way to the kernel, which most often only sets the source of the host's packets."""
    draft.kernel_maps.append((told.get("map", str), told.line))
    return LATER


def _vrf(draft: Draft, told: Told) -> Outcome:
    value = told.get("name", str)
    draft.settings.put("in_vrf", value, told.line, draft.ledger, frozenset())
    draft.in_list = value
    return Enter(mode=VRF)


def _static(draft: Draft, told: Told) -> Outcome:
    prefix = told.maybe("prefix", IPv4Network)
    if prefix is None:
        prefix = IPv4Network(
            (told.get("address", IPv4Address), told.get("mask", int)), strict=False
        )
    return _route(draft, told, prefix, vrf=None)


def _static_in_vrf(draft: Draft, told: Told) -> Outcome:
    return _route(draft, told, told.get("prefix", IPv4Network), vrf=draft.in_list)


_DROPPING = {"null0", "blackhole", "reject"}
_MOST_DISTANCE = 255


def _route(draft: Draft, told: Told, prefix: IPv4Network, *, vrf: str | None) -> Outcome:
    """The words after the prefix: where to, and how far away that is."""
    words = told.get("where", str).split()
    hop: IPv4Address | None = None
    interface: str | None = None
    try:
        hop = IPv4Address(words[0])
        words.pop(0)
    except ValueError:
        pass
    named: dict[str, str] = {} if vrf is None else {"vrf": vrf}
    distance: int | None = None
    drops = hop is None and words[:1] != [] and words[0].lower() in _DROPPING
    if drops:
        words.pop(0)
    while words:
        word = words.pop(0)
        if word in {"tag", "vrf", "nexthop-vrf", "table", "label", "color"} and words:
            named[word] = words.pop(0)
        elif word == "onlink":
            continue
        elif distance is None and number_of(word, _MOST_DISTANCE):
            distance = number_of(word)
        elif interface is None and not drops and not word.isdigit():
            interface = word
        else:
            return unknown(f"FRR rejects it: `{word[:40]}` has no place there", BOTH_WAYS)
    if not drops and hop is None and interface is None:
        return unknown("FRR rejects it: it leads nowhere", BOTH_WAYS)
    route = StaticRoute(
        prefix=prefix,
        place=told.place,
        next_hop=hop,
        interface=interface,
        distance=distance,
        tag=number_of(named.get("tag", "")),
        vrf=named.get("vrf"),
    )
    if told.negated:
        draft.statics = [
            one
            for one in draft.statics
            if (one.prefix, one.next_hop, one.interface) != (prefix, hop, interface)
        ]
    else:
        draft.statics.append(route)
    return None


def _bfd(told: Told) -> object:
    if not told.has("multiplier"):
        return True
    interval = max(told.get("receive", int), told.get("transmit", int))
    return Bfd(interval=timedelta(milliseconds=interval), multiplier=told.get("multiplier", int))


_IGP = not_modelled("its routes are not modelled", TO_AWS)
_KNOWN = not_modelled("known, and not modelled", BOTH_WAYS)
_AFTER = unknown("FRR rejects it: the configuration has ended above", ALL_PARTS)
_LEFT = "FRR leaves the configuration here, as no block is open, and rejects what follows"
_NEW_LISTS = (8, 4)
"""A release that knows no ``ip community-list`` any more, as was tried."""


def _igp(_draft: Draft, _told: Told) -> Outcome:
    return Enter(mode=BLOCK, mark=_IGP)


def _known_block(_draft: Draft, _told: Told) -> Outcome:
    return Enter(mode=BLOCK, mark=_KNOWN)


def _inner_block(_draft: Draft, _told: Told) -> Outcome:
    return Enter(mode=BLOCK, mark=_OTHER_BLOCK)


def _end(_draft: Draft, _told: Told) -> Outcome:
    return Enter(mode=ENDED)


def _left(_draft: Draft, _told: Told) -> Outcome:
    return unknown(_LEFT, ALL_PARTS)


def release_number(release: str) -> tuple[int, int] | None:
    """The number of a release, as far as it is one: ``8.4.4`` is (8, 4)."""
    found = re.match(r"(\d{1,4})\.(\d{1,4})", release)
    return (int(found[1]), int(found[2])) if found else None


def _until(entry: Entry[Draft]) -> Entry[Draft]:
    """A command that newer releases do not know."""
    handler = entry.what.handler
    if handler is None:
        return entry

    def checked(draft: Draft, told: Told) -> Outcome:
        number = None if draft.release is None else release_number(draft.release.value)
        if number is not None and number >= _NEW_LISTS:
            return unknown("FRR rejects it: from release 8 on it begins with `bgp`", BOTH_WAYS)
        return handler(draft, told)

    return replace(entry, what=replace(entry.what, handler=checked))


def _other_block(_draft: Draft, _told: Told) -> Outcome:
    return Enter(mode=BLOCK, mark=_OTHER_BLOCK)


_SPEAKER: list[Entry[Draft]] = [
    *OF_FRR,
    *speakers.WITH_LENGTHS,
    *UNNUMBERED,
    setting("bfd [profile WORD]", "bfd", _bfd),
    setting("bfd multiplier=2..255 receive=50..60000 transmit=50..60000", "bfd", _bfd),
    setting("bfd check-control-plane-failure [profile WORD]", "bfd", _bfd),
    setting("next-hop-self force|all", "next_hop_self", yes),
    setting("allowas-in origin", "allow_own_as", lambda _told: 1),
    speakers.knob("bgp ebgp-requires-policy", "requires_policy"),
    speakers.knob("bgp network import-check", "network_check"),
]
_FAMILY: list[Entry[Draft]] = [
    *OF_FRR,
    *speakers.WITH_LENGTHS,
    setting("next-hop-self force|all", "next_hop_self", yes),
    setting("allowas-in origin", "allow_own_as", lambda _told: 1),
]
_WHERE = "where=*"
_PREFIX_LISTS = "ip prefix-list name=WORD [seq seq=0..4294967295]"
_TOP: list[Entry[Draft]] = [
    opens("router bgp asn=ASN [vrf vrf=WORD]", speakers.open_speaker),
    opens("router bgp asn=ASN as-notation WORD", speakers.open_speaker),
    *maps.OPEN_IN_FULL,
    *lists.PREFIX_LISTS,
    understood(f"{_PREFIX_LISTS} verb=permit|deny any", lists.prefix_list),
    *lists.numbered_lists("bgp"),
    *map(_until, lists.numbered_lists("ip")),
    understood(
        "access-list name=WORD [seq 1..4294967295] verb=permit|deny what=*", lists.access_list
    ),
    understood(f"ip route prefix=PREFIX {_WHERE}", _static, no=True),
    understood(f"ip route address=ADDRESS mask=MASK {_WHERE}", _static, no=True),
    opens("interface name=WORD [vrf vrf=WORD]", _interface),
    opens("vrf name=WORD", _vrf),
    understood("hostname name=WORD", _host_name),
    understood("frr version release=*", _release),
    understood("frr defaults profile=WORD", _profile),
    *(
        opens(pattern, _other_block)
        for pattern in (
            *("line *", "key chain *", "rpki [*]", "pseudowire *", "l2vpn *", "nexthop-group *"),
            *("mpls ldp", "segment-routing", "router pim [*]", "router vrrp *"),
        )
    ),
    *(
        opens(pattern, _igp)
        for pattern in (
            *("router ospf [*]", "router ospf6 [*]", "router rip [*]", "router ripng [*]"),
            *("router eigrp *", "router isis *", "router babel", "router openfabric *"),
        )
    ),
    *(opens(pattern, _known_block) for pattern in ("bfd", "pbr-map *")),
    opens("end", _end),
    understood("exit", _left),
    understood("ip protocol WORD route-map map=WORD", _to_kernel),
    *recognised(("ip protocol *",), "a map between BGP and the kernel", TO_AWS),
    *recognised(("ip import-table *", "ip table *"), "another table", TO_AWS),
    *ignored(
        (
            *("log *", "debug *", "service *", "password *", "enable *", "banner *", "username *"),
            *("ip forwarding", "ipv6 *", "ip multicast-routing", "agentx", "domainname *"),
            *("bgp update-delay *", "bgp suppress-fib-pending", "bgp session-dscp *"),
            *("bgp send-extra-data zebra", "bgp route-map delay-timer *", "zebra *", "fpm *"),
            *(
                "allow-external-route-update",
                "ip router-id *",
                "router-id *",
                "vni *",
                "watchfrr *",
            ),
            *("mac access-list *", "ip igmp *", "ip pim *", "ip ssmpingd *", "vrrp *"),
            *("no-header", "integrated-vtysh-config", "ip nht resolve-via-default"),
            *("route-map WORD optimization", "netns *"),
        ),
        "it changes nothing that is predicted",
    ),
]
_INTERFACE: list[Entry[Draft]] = [
    understood("ip address address=INTERFACE [*]", _address),
    _interface_setting("description value=*", "description"),
    _interface_setting("shutdown", "shutdown"),
    *ignored(
        (
            *("bandwidth *", "link-detect", "multicast [*]", "mpls *", "ipv6 *", "ip ospf *"),
            *("ip pim *", "ip igmp *", "ip rip *", "link-params", "evpn *", "ip router *"),
        ),
        "it is not about the way of packets to AWS",
    ),
    *recognised(("pbr-policy *",), "a policy that goes past the routing table", BOTH_WAYS),
    *leaving("exit"),
]
_VRF: list[Entry[Draft]] = [
    understood(f"ip route prefix=PREFIX {_WHERE}", _static_in_vrf, no=True),
    *ignored(
        ("vni *", "ip router-id *", "ipv6 *", "ip nht *", "netns *"), "it changes nothing here"
    ),
    *leaving("exit-vrf", "exit"),
]
_ENDS: list[Entry[Draft]] = [*leaving("exit")]


_INNER: list[Entry[Draft]] = [
    *(
        opens(pattern, _inner_block)
        for pattern in (
            "profile *",
            "peer *",
            "key 0..4294967295",
            "address-family *",
            "traffic-eng",
        )
    ),
    *leaving("exit", "exit-address-family"),
]


def _modes() -> dict[str, Mode[Draft]]:
    found = [
        Mode(name=TOP, commands=_TOP, around=None, parts=ALL_PARTS),
        *speakers.modes(_SPEAKER, _FAMILY, TOP),
        Mode(
            name=maps.MODE,
            commands=[*maps.OF_FRR, *maps.CLAUSE, *_ENDS],
            around=TOP,
            parts=BOTH_WAYS,
        ),
        Mode(name=INTERFACE, commands=_INTERFACE, around=TOP, parts=TO_AWS),
        Mode(name=VRF, commands=_VRF, around=TOP, parts=TO_AWS),
        Mode(name=ENDED, commands=(), around=None, parts=ALL_PARTS, otherwise=_AFTER),
        Mode(name=BLOCK, commands=_INNER, around=TOP, parts=frozenset(), otherwise=_OTHER_BLOCK),
    ]
    return {mode.name: mode for mode in found}


WALKER: Walker[Draft] = Walker(
    modes=_modes(),
    kinds=KINDS,
    comment=lambda word: word[0] in "!#",
    rejects="FRR knows no such line",
    is_whole=True,
)
