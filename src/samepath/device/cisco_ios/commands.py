"""The commands of IOS beside those of its family, and its modes.

A running configuration says what differs from the defaults. A script, as AWS offers one for
download, ends its blocks by ``exit``, and says the same thing more than once.
"""

from __future__ import annotations

from samepath.device.cisco_ios import crypto, interfaces
from samepath.device.cisco_ios.draft import IosDraft
from samepath.device.ios_family import lists, maps, speakers
from samepath.device.ios_family.draft import Draft
from samepath.device.ios_family.peers import OF_IOS, setting, yes
from samepath.device.reading.kinds import KINDS
from samepath.device.reading.modes import (
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
    unknown,
)

TOP, ACCESS_LIST, VRF, ENDED = "top", "access list", "vrf", "after the end"
TO_AWS = frozenset({Part.TO_AWS})
_AFTER = unknown("IOS rejects it: the configuration has ended above", ALL_PARTS)
_IN_VRF = irrelevant("the table itself; what is in it counts where it is used")


def _host_name(draft: Draft, told: Told) -> Outcome:
    draft.host_name = Said(value=told.get("name", str), place=told.place)
    return None


def _release(draft: Draft, told: Told) -> Outcome:
    draft.release = Said(value=told.get("release", str), place=told.place)
    return None


def _access_list(draft: Draft, told: Told) -> Outcome:
    draft.in_list = told.get("name", str)
    return Enter(mode=ACCESS_LIST)


def _vrf(_draft: Draft, _told: Told) -> Outcome:
    return Enter(mode=VRF, mark=_IN_VRF)


def _end(_draft: Draft, _told: Told) -> Outcome:
    return Enter(mode=ENDED)


_SPEAKER: list[Entry[Draft]] = [
    *OF_IOS,
    setting("fall-over bfd [single-hop|multi-hop]", "bfd", yes),
    setting(
        "timers keepalive=0..65535 hold=0..65535 0..65535",
        "timers",
        lambda told: (told.get("keepalive", int), told.get("hold", int)),
    ),
    understood("timers bgp keepalive=0..65535 hold=0..65535 0..65535", speakers.timers, no=True),
    setting("next-hop-self all", "next_hop_self", yes),
    *recognised(
        ("maximum-paths eibgp 1..32", "maximum-paths import *", "bgp redistribute-internal"),
        "known, and not modelled",
        BOTH_WAYS,
    ),
    *recognised(
        ("neighbor PEER fall-over route-map WORD", "bgp recursion *", "bgp nopeerup-delay *"),
        "it changes how soon a failure is noticed",
        (Part.TIME,),
    ),
    *recognised(
        ("neighbor PEER aigp [*]", "neighbor PEER cost-community *", "neighbor PEER dmzlink-bw"),
        "an attribute that is not modelled",
        BOTH_WAYS,
    ),
    *ignored(
        ("neighbor PEER send-label [*]", "neighbor PEER ebgp-requires-policy", "snmp context *"),
        "it does not decide which routes are exchanged here",
    ),
]
_TOP: list[Entry[IosDraft]] = [
    opens("router bgp asn=ASN", speakers.open_speaker),
    *maps.OPEN,
    *lists.PREFIX_LISTS,
    *lists.numbered_lists("ip"),
    *interfaces.TOP,
    *crypto.TOP,
    opens("ip access-list [standard|extended] name=WORD", _access_list),
    understood("access-list name=1..2699 verb=permit|deny what=*", lists.access_list),
    opens("vrf definition *", _vrf),
    opens("ip vrf WORD", _vrf),
    opens("end", _end),
    understood("hostname name=WORD", _host_name),
    understood("version release=WORD", _release),
    *recognised(
        ("router ospf *", "router ospfv3 *", "router eigrp *", "router rip", "router isis [*]"),
        "its routes are not modelled",
        TO_AWS,
    ),
    *recognised(
        ("ip local policy *", "ip sla *", "track *", "event manager *", "ip default-network *"),
        "it may change routes by itself",
        BOTH_WAYS,
    ),
    *recognised(("ip nat *",), "translations are not modelled", (Part.DROPS, Part.FROM_AWS)),
    *recognised(("ip cef *", "ip load-sharing *"), "how packets are spread", TO_AWS),
    *recognised(("bfd *", "bfd-template *"), "BFD's own blocks", (Part.TIME,)),
    *recognised(("redundancy *", "ip as-path *"), "known, and not modelled", BOTH_WAYS),
    *ignored(
        (
            *("service *", "boot-start-marker", "boot-end-marker", "boot *", "logging *", "aaa *"),
            *("enable *", "username *", "clock *", "ntp *", "snmp-server *", "snmp *", "line *"),
            *(
                "control-plane [*]",
                "end",
                "exit",
                "banner *",
                "license *",
                "diagnostic *",
                "memory *",
            ),
            *(
                "spanning-tree *",
                "multilink *",
                "ip domain *",
                "ip domain-name *",
                "ip name-server *",
            ),
            *(
                "ip http *",
                "ip ssh *",
                "ip scp *",
                "ip tftp *",
                "ip ftp *",
                "ip forward-protocol *",
            ),
            *("ip cef", "ip icmp *", "ip tcp *", "ip finger", "ip source-route", "ip bootp *"),
            *(
                "ip classless",
                "ip subnet-zero",
                "ip multicast-routing [*]",
                "ip pim *",
                "ip flow-*",
            ),
            *(
                "ip bgp-community new-format",
                "ip dhcp *",
                "ip domain-lookup",
                "ip host *",
                "ip arp *",
            ),
            *("ipv6 *", "cdp *", "lldp *", "vtp *", "vlan *", "mpls *", "l2vpn *", "ethernet *"),
            *(
                "class-map *",
                "policy-map *",
                "flow *",
                "redundancy",
                "subscriber *",
                "transceiver *",
            ),
            *(
                "platform *",
                "hw-module *",
                "card *",
                "archive *",
                "archive",
                "alias *",
                "privilege *",
            ),
            *(
                "tacacs *",
                "tacacs-server *",
                "radius *",
                "radius-server *",
                "key chain *",
                "login *",
            ),
            *("call-home", "call-home *", "gateway", "voice *", "voice-card *", "dial-peer *"),
            *("mgcp *", "sip-ua", "scheduler *", "process *", "exception *", "dot11 *", "wsma *"),
            *(
                "netconf *",
                "netconf-yang [*]",
                "restconf",
                "telemetry *",
                "object-group *",
                "time-range *",
            ),
            *(
                "security *",
                "parser *",
                "file *",
                "warm-reboot",
                "monitor *",
                "errdisable *",
                "udld *",
            ),
            *("no-op", "interface range *", "bridge *", "vpdn *", "vpdn-group *", "guestshell *"),
            *("iox", "app-hosting *", "appqoe *", "sdwan", "ip rtcp *", "ip sla enable *", "utd *"),
            *(
                "config-register *",
                "configure *",
                "device-tracking *",
                "ip access-list resequence *",
            ),
            *("macro *", "mac *", "mac-address-table *", "password *", "fabric *", "stackwise *"),
        ),
        "it changes nothing that is predicted",
    ),
]
_CLAUSE_ENDS = leaving("exit")
_ACCESS_LIST: list[Entry[Draft]] = [
    understood("[1..2147483647] verb=permit|deny what=*", lists.access_list),
    *ignored(("remark *", "[1..2147483647] remark *"), "it is for people"),
    *recognised(("evaluate *", "dynamic *"), "an entry of another kind", (Part.DROPS,)),
    *leaving("exit"),
]


def _modes() -> dict[str, Mode[IosDraft]]:
    clause: list[Entry[IosDraft]] = [*maps.OF_IOS, *maps.CLAUSE, *_CLAUSE_ENDS]
    ends: list[Entry[IosDraft]] = [*leaving("exit")]
    bgp: list[Mode[IosDraft]] = [
        Mode(
            name=one.name,
            commands=one.commands,
            around=one.around,
            parts=one.parts,
            otherwise=one.otherwise,
            resume=one.resume,
        )
        for one in speakers.modes(_SPEAKER, _SPEAKER, TOP)
    ]
    found: list[Mode[IosDraft]] = [
        Mode(name=TOP, commands=_TOP, around=None, parts=ALL_PARTS),
        *bgp,
        Mode(name=maps.MODE, commands=clause, around=TOP, parts=BOTH_WAYS),
        Mode(name=interfaces.INTERFACE, commands=interfaces.COMMANDS, around=TOP, parts=ALL_PARTS),
        Mode(name=interfaces.ZONE, commands=interfaces.ZONES, around=TOP, parts=ALL_PARTS),
        Mode(name=ACCESS_LIST, commands=_ACCESS_LIST, around=TOP, parts=BOTH_WAYS),
        Mode(name=VRF, commands=ends, around=TOP, parts=frozenset(), otherwise=_IN_VRF),
        Mode(name=ENDED, commands=(), around=None, parts=ALL_PARTS, otherwise=_AFTER),
        *crypto.modes(TOP),
    ]
    return {mode.name: mode for mode in found}


WALKER: Walker[IosDraft] = Walker(
    modes=_modes(),
    kinds=KINDS,
    comment=lambda word: word[0] == "!",
    rejects="IOS knows no such line",
)
