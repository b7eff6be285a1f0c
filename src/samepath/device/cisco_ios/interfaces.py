"""Interfaces and their names, zones, and static routes."""

from __future__ import annotations

import re
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Interface, IPv4Network

from samepath.device.cisco_ios.draft import IosDraft
from samepath.device.ios_family.draft import InterfaceDraft
from samepath.device.reading.configuration import StaticRoute
from samepath.device.reading.grammar import number_of
from samepath.device.reading.modes import (
    Enter,
    Entry,
    Outcome,
    Told,
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
    unknown,
)
from samepath.model.topology import Bfd, ReversePath

INTERFACE, ZONE = "interface", "zone"
_MOST_DISTANCE = 255
_KINDS = (
    *("Tunnel", "GigabitEthernet", "TenGigabitEthernet", "FastEthernet", "Ethernet", "Loopback"),
    *("Vlan", "Port-channel", "Serial", "Dialer", "BDI", "Cellular", "Virtual-Template"),
    *("HundredGigE", "TwentyFiveGigE", "Null", "VirtualPortGroup", "Multilink"),
)
_NAME = re.compile(r"([A-Za-z-]+)\s*([\d/.:]+)")


def interface_name(words: str) -> str:
    """The whole name of an interface that may be abbreviated: ``Gi 0/1`` is GigabitEthernet0/1."""
    found = _NAME.fullmatch(words)
    if found is None:
        return words
    kinds = [one for one in _KINDS if one.lower().startswith(found[1].lower())]
    return f"{kinds[0] if kinds else found[1]}{found[2]}"


def is_interface_name(words: str) -> bool:
    """Whether a word can be the name of an interface."""
    return _NAME.fullmatch(words) is not None


def _open(draft: IosDraft, told: Told) -> Outcome:
    name = interface_name(told.get("name", str))
    draft.in_interface = draft.interfaces.setdefault(
        name, InterfaceDraft(name=name, line=told.line)
    )
    return Enter(mode=INTERFACE)


def _address(draft: IosDraft, told: Told) -> Outcome:
    if told.negated:
        draft.interface.addresses.clear()
        return None
    address = IPv4Interface((told.get("address", IPv4Address), told.get("mask", int)))
    said = Said(value=address, place=told.place)
    if told.has("secondary"):
        draft.interface.addresses.append(said)
    else:
        draft.interface.addresses[:1] = [said]
    return None


def _no_address(draft: IosDraft, told: Told) -> Outcome:
    if not told.negated:
        return unknown("IOS rejects it: it is not complete", ALL_PARTS)
    draft.interface.addresses.clear()
    return None


def _says(pattern: str, name: str, parts: frozenset[Part]) -> Entry[IosDraft]:
    """A line of an interface that says something; with ``no`` it takes it back."""

    def handler(draft: IosDraft, told: Told) -> Outcome:
        value: object = told.maybe("value", object)
        value = True if value is None else value
        if name in {"source", "destination"} and isinstance(value, str):
            value = interface_name(value)
        said = None if told.negated else value
        draft.interface.settings.put(name, said, told.line, draft.ledger, parts)
        return None

    return understood(pattern, handler, no=True)


def _reverse_path(draft: IosDraft, told: Told) -> Outcome:
    strict = told.maybe("how", str) != "any"
    value = None if told.negated else ReversePath.STRICT if strict else ReversePath.LOOSE
    parts = frozenset({Part.DROPS})
    draft.interface.settings.put("reverse_path", value, told.line, draft.ledger, parts)
    return None


def _bfd(draft: IosDraft, told: Told) -> Outcome:
    interval = max(told.get("transmit", int), told.get("receive", int))
    value = Bfd(interval=timedelta(milliseconds=interval), multiplier=told.get("times", int))
    parts = frozenset({Part.TIME})
    draft.interface.settings.put("bfd", value, told.line, draft.ledger, parts)
    return None


def _zone(draft: IosDraft, told: Told) -> Outcome:
    draft.zones.setdefault(told.get("name", str), told.line)
    return Enter(mode=ZONE)


def _static(draft: IosDraft, told: Told) -> Outcome:
    prefix = IPv4Network((told.get("address", IPv4Address), told.get("mask", int)), strict=False)
    words = told.get("where", str).split()
    hop: IPv4Address | None = None
    interface: str | None = None
    if is_interface_name(words[0]) and not words[0][0].isdigit():
        interface = interface_name(words.pop(0))
    elif len(words) > 1 and is_interface_name(f"{words[0]}{words[1]}") and words[0].isalpha():
        interface = interface_name(f"{words.pop(0)}{words.pop(0)}")
    if words and words[0].count(".") == 3:
        try:
            hop = IPv4Address(words.pop(0))
        except ValueError as error:
            return unknown(f"IOS rejects it: {error}", BOTH_WAYS)
    named: dict[str, str] = {}
    distance: int | None = None
    while words:
        word = words.pop(0)
        if word in {"tag", "name", "track"} and words:
            named[word] = words.pop(0)
        elif word in {"permanent", "global", "multicast", "dhcp"}:
            named[word] = word
        elif distance is None and number_of(word, _MOST_DISTANCE):
            distance = number_of(word)
        else:
            return unknown(f"IOS rejects it: `{word[:40]}` has no place there", BOTH_WAYS)
    if hop is None and interface is None and "dhcp" not in named:
        return unknown("IOS rejects it: it leads nowhere", BOTH_WAYS)
    drops = interface == "Null0"
    vrf = told.maybe("vrf", str)
    if told.negated:
        gone = (prefix, hop, None if drops else interface)
        draft.statics = [
            one for one in draft.statics if (one.prefix, one.next_hop, one.interface) != gone
        ]
        return None
    draft.statics.append(
        StaticRoute(
            prefix=prefix,
            place=told.place,
            next_hop=hop,
            interface=None if drops else interface,
            distance=distance,
            tag=number_of(named.get("tag", "")),
            track=f"track {named['track']}" if "track" in named else None,
            name=named.get("name"),
            vrf=vrf,
        )
    )
    return None


_WHERE = "where=*"
_TUNNEL = frozenset({Part.TUNNEL})
_DROPS = frozenset({Part.DROPS})
_TO_AWS = frozenset({Part.TO_AWS})
TOP: list[Entry[IosDraft]] = [
    opens("interface name=*", _open),
    opens("zone security name=WORD", _zone),
    understood(f"ip route address=ADDRESS mask=MASK {_WHERE}", _static, no=True),
    understood(f"ip route vrf vrf=WORD address=ADDRESS mask=MASK {_WHERE}", _static, no=True),
    *recognised(
        ("zone-pair *", "ip inspect *", "class-map type inspect *", "policy-map type inspect *"),
        "what the firewall lets pass is not modelled",
        _DROPS,
    ),
    *recognised(("parameter-map type inspect *",), "how sessions are inspected", _DROPS),
    *recognised(("zone *",), "a zone of another kind", _DROPS),
]
ZONES: list[Entry[IosDraft]] = [*ignored(("description *",), "it is for people"), *leaving("exit")]
COMMANDS: list[Entry[IosDraft]] = [
    understood("ip address address=ADDRESS mask=MASK [secondary=secondary]", _address, no=True),
    understood("ip address", _no_address, no=True),
    _says("description value=*", "description", frozenset()),
    _says("shutdown", "shutdown", ALL_PARTS),
    _says("vrf forwarding value=WORD", "vrf", _TO_AWS),
    _says("ip vrf forwarding value=WORD", "vrf", _TO_AWS),
    _says("ip mtu value=68..65535", "mtu", _TUNNEL),
    _says("ip tcp adjust-mss value=500..1460", "mss", _TUNNEL),
    _says("zone-member security value=WORD", "zone", _DROPS),
    understood("ip verify unicast source reachable-via how=rx|any [*]", _reverse_path, no=True),
    understood("ip verify unicast reverse-path [*]", _reverse_path, no=True),
    _says("tunnel source value=ADDRESS|WORD", "source", _TUNNEL),
    _says("tunnel source value=*", "source", _TUNNEL),
    _says("tunnel destination value=ADDRESS|WORD", "destination", _TUNNEL),
    _says("tunnel mode value=*", "mode", _TUNNEL),
    _says("tunnel protection ipsec profile value=WORD [shared]", "protection", _TUNNEL),
    understood(
        "bfd interval transmit=9..60000 min_rx receive=9..60000 multiplier times=3..50", _bfd
    ),
    *recognised(
        (
            "tunnel vrf *",
            "tunnel key *",
            "keepalive [*]",
            "ip nhrp *",
            "if-state *",
            "ip unnumbered *",
        ),
        "known, and not modelled",
        _TUNNEL,
    ),
    *recognised(("crypto map *", "crypto ipsec *"), "tunnels of a crypto map", _TUNNEL),
    *recognised(("ip policy *",), "a policy that goes past the routing table", BOTH_WAYS),
    *recognised(
        ("ip access-group *", "ip inspect *", "ip virtual-reassembly-out", "ip nat *"),
        "what a filter or a translation does is not modelled",
        _DROPS,
    ),
    *recognised(("standby *", "vrrp *", "glbp *"), "who answers for the LAN's router", _TO_AWS),
    *ignored(("ip address dhcp [*]", "ip address negotiated"), "its address comes from elsewhere"),
    *recognised(("ip address *",), "an address that the file does not tell", _TUNNEL),
    *ignored(
        (
            *(
                "mtu *",
                "duplex *",
                "speed *",
                "negotiation *",
                "media-type *",
                "bandwidth *",
                "delay *",
            ),
            *("ip virtual-reassembly [*]", "ip redirects", "ip proxy-arp", "ip unreachables"),
            *(
                "ip ospf *",
                "ip pim *",
                "ip igmp *",
                "ip flow *",
                "ip route-cache [*]",
                "ip directed-broadcast",
            ),
            *(
                "ip helper-address *",
                "ipv6 *",
                "cdp *",
                "lldp *",
                "mop *",
                "load-interval *",
                "hold-queue *",
            ),
            *("logging event *", "snmp *", "service-policy *", "switchport [*]", "spanning-tree *"),
            *("encapsulation *", "channel-group *", "carrier-delay *", "arp *", "ntp *", "isis *"),
            *("ip nbar *", "ip rip *", "ip authentication *", "ip load-sharing *", "ip dns *"),
            *(
                "tunnel path-mtu-discovery [*]",
                "tunnel bandwidth *",
                "qos *",
                "platform *",
                "power *",
            ),
            *(
                "mpls *",
                "traffic-shape *",
                "clock *",
                "fair-queue [*]",
                "ip mask-reply",
                "ip eigrp *",
            ),
            *("ip summary-address *", "vlan-id *", "dialer *", "ppp *", "pppoe *", "udld *"),
            *("ip split-horizon [*]", "ip accounting *", "ip mroute-cache", "backup *", "plim *"),
        ),
        "it is not about the way of packets to AWS",
    ),
    *leaving("exit"),
]
