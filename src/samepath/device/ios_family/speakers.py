"""Lines about a BGP speaker as a whole, its address families, and what it announces by itself."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network

from samepath.device.ios_family.draft import BgpDraft, Draft, NetworkDraft, RedistributionDraft
from samepath.device.ios_family.peers import PEERS, TIME
from samepath.device.reading.configuration import Appears
from samepath.device.reading.grammar import number_of
from samepath.device.reading.modes import (
    Enter,
    Entry,
    Mode,
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
    BOTH_WAYS,
    Part,
    contradictory,
    irrelevant,
    not_modelled,
    unknown,
)

SPEAKER, FAMILY, OTHER_FAMILY = "bgp", "bgp ipv4", "bgp other family"
IGNORED = "ignored"
FROM_AWS = frozenset({Part.FROM_AWS})


def open_speaker(draft: Draft, told: Told) -> Outcome:
    """``router bgp ASN [vrf NAME]``; the same speaker may have several such blocks."""
    asn, vrf = told.get("asn", int), told.maybe("vrf", str)
    before = draft.bgps.get(vrf)
    if before is not None and before.asn.value != asn:
        why = f"{draft.dialect.title} rejects it, and the block: its AS is {before.asn.value}"
        return Enter(mode=IGNORED, mark=contradictory(why, BOTH_WAYS))
    if before is None:
        before = draft.bgps[vrf] = BgpDraft(asn=Said(value=asn, place=told.place), vrf=vrf)
    draft.in_bgp = draft.in_speaker = before
    return Enter(mode=SPEAKER)


def _family(draft: Draft, told: Told) -> Outcome:
    draft.in_bgp = draft.in_speaker
    vrf = told.maybe("vrf", str)
    if vrf is not None:
        whole = draft.bgp
        own = draft.bgps.get(vrf)
        if own is None:
            own = draft.bgps[vrf] = BgpDraft(asn=whole.asn, vrf=vrf, activates=whole.activates)
        draft.in_bgp = own
    draft.bgp.in_families = True
    return Enter(mode=FAMILY)


def _other_family(_draft: Draft, _told: Told) -> Outcome:
    return Enter(mode=OTHER_FAMILY, mark=irrelevant("it is about another family than IPv4 unicast"))


def knob(pattern: str, name: str, *, no: bool = True) -> Entry[Draft]:
    """A line that turns a knob of the choice of routes."""

    def handler(draft: Draft, told: Told) -> Outcome:
        value = told.maybe("value", object)
        if value is None:
            value = not told.negated
        elif told.negated:
            value = None
        draft.bgp.settings.put(name, value, told.line, draft.ledger, BOTH_WAYS)
        return None

    return understood(pattern, handler, no=no)


def _router_id(draft: Draft, told: Told) -> Outcome:
    said = None if told.negated else told.get("id", IPv4Address)
    draft.bgp.settings.put("router_id", said, told.line, draft.ledger, frozenset({Part.TO_AWS}))
    return None


def timers(draft: Draft, told: Told) -> Outcome:
    """``timers bgp KEEPALIVE HOLD``: those of every neighbour that has none of its own."""
    said = None if told.negated else (told.get("keepalive", int), told.get("hold", int))
    draft.bgp.settings.put("timers", said, told.line, draft.ledger, TIME)
    return None


def _default_family(draft: Draft, told: Told) -> Outcome:
    draft.bgp.activates = not told.negated
    return None


def _prefix(told: Told) -> IPv4Network:
    """The network of a line, which may have a mask, or the length of its class."""
    prefix = told.maybe("prefix", IPv4Network)
    if prefix is not None:
        return prefix
    address, length = told.get("address", IPv4Address), told.maybe("mask", int)
    if length is None:
        first = int(address) >> 24
        length = 8 if first < 128 else 16 if first < 192 else 24
        length = 0 if int(address) == 0 else length
    return IPv4Network((address, length), strict=False)


def _network(draft: Draft, told: Told) -> Outcome:
    prefix = _prefix(told)
    if told.negated:
        draft.bgp.networks.pop(prefix, None)
        return None
    draft.bgp.networks[prefix] = NetworkDraft(
        prefix=prefix, line=told.line, appears=None, route_map=told.maybe("map", str)
    )
    return None


def _aggregate(draft: Draft, told: Told) -> Outcome:
    prefix, words = _prefix(told), (told.maybe("rest", str) or "").split()
    if told.negated:
        draft.bgp.aggregates.pop(prefix, None)
        return None
    draft.bgp.aggregates[prefix] = NetworkDraft(
        prefix=prefix,
        line=told.line,
        appears=Appears.WHILE_PARTS,
        summary_only="summary-only" in words,
    )
    odd = [word for word in words if word not in {"summary-only", "as-set"}]
    return not_modelled(f"`{' '.join(odd)}` of an aggregate", FROM_AWS) if odd else None


def _redistribute(draft: Draft, told: Told) -> Outcome:
    words = told.get("what", str).split()
    source: list[str] = []
    found = RedistributionDraft(source="", line=told.line)
    odd = ""
    while words:
        word = words.pop(0)
        if word == "route-map" and words:
            found.route_map = words.pop(0)
        elif word == "metric" and words and number_of(words[0]) is not None:
            found.metric = number_of(words.pop(0))
        elif len(source) < 2 and not odd and (not source or word.isdigit()):
            source.append(word)
        else:
            odd = f"{odd} {word}".strip()
    if not source or (odd and draft.dialect.redistributes_plainly):
        why = f"`{odd}` has no place there" if odd else "it names no source"
        return unknown(f"{draft.dialect.title} rejects it: {why}", FROM_AWS)
    found.source = " ".join(source)
    if told.negated:
        draft.bgp.redistributions.pop(found.source, None)
        return None
    draft.bgp.redistributions[found.source] = found
    return not_modelled(f"`{odd}` of a redistribution", FROM_AWS) if odd else None


WITH_LENGTHS: list[Entry[Draft]] = [
    understood("network prefix=PREFIX [route-map map=WORD]", _network, no=True),
    understood("aggregate-address prefix=PREFIX [rest=*]", _aggregate, no=True),
    *recognised(("network PREFIX backdoor",), "it changes the distance of a route", BOTH_WAYS),
    *recognised(("network PREFIX label-index *",), "an odd network", FROM_AWS),
]
"""FRR takes a prefix with its length where IOS wants a mask."""
NETWORKS: list[Entry[Draft]] = [
    understood("network address=ADDRESS [mask mask=MASK] [route-map map=WORD]", _network, no=True),
    understood("aggregate-address address=ADDRESS mask=MASK [rest=*]", _aggregate, no=True),
    understood("redistribute what=*", _redistribute, no=True),
    *recognised(
        (
            "network ADDRESS mask MASK backdoor",
            "network ADDRESS backdoor",
        ),
        "a backdoor network changes the distance of a route",
        BOTH_WAYS,
    ),
    *recognised(
        ("network ADDRESS mask MASK nlri *",),
        "an odd network",
        FROM_AWS,
    ),
]
FAMILY_COMMANDS: list[Entry[Draft]] = [
    *PEERS,
    *NETWORKS,
    knob("maximum-paths value=1..256", "maximum_paths"),
    knob("maximum-paths ibgp value=1..256", "maximum_paths_ibgp"),
    *recognised(
        (
            "distance *",
            "table-map *",
            "bgp dampening [*]",
            "default-metric *",
            "import *",
            "export *",
        ),
        "it changes which routes are used",
        BOTH_WAYS,
    ),
    *recognised(
        ("default-information originate",),
        "a default route of another source is announced",
        FROM_AWS,
    ),
    *ignored(
        (
            "auto-summary",
            "synchronization",
            "bgp scan-time *",
            "bgp nexthop *",
            "bgp soft-reconfig-backup",
        ),
        "it changes nothing here",
    ),
]
SPEAKER_COMMANDS: list[Entry[Draft]] = [
    *FAMILY_COMMANDS,
    understood("bgp router-id id=ADDRESS", _router_id, no=True),
    understood("timers bgp keepalive=0..65535 hold=0..65535", timers, no=True),
    understood("bgp default ipv4-unicast", _default_family, no=True),
    knob("bgp default local-preference value=0..4294967295", "local_preference"),
    knob("bgp always-compare-med", "always_compare_med"),
    knob("bgp deterministic-med", "deterministic_med"),
    knob("bgp bestpath compare-routerid", "compare_router_id"),
    knob("bgp bestpath med missing-as-worst", "missing_med_as_worst"),
    knob("bgp bestpath med missing-as-worst confed", "missing_med_as_worst"),
    knob("bgp bestpath med confed missing-as-worst", "missing_med_as_worst"),
    knob("bgp bestpath as-path ignore", "ignore_as_path"),
    knob("bgp bestpath as-path multipath-relax [as-set|no-as-set]", "multipath_relax"),
    *recognised(
        (
            *("bgp bestpath as-path confed", "bgp bestpath med confed", "bgp bestpath bandwidth *"),
            *("bgp bestpath cost-community ignore", "bgp bestpath prefix-validate *"),
            *("bgp bestpath peer-type multipath-relax", "bgp bestpath igp-metric ignore"),
            *("bgp cluster-id *", "bgp confederation *", "bgp inject-map *", "bgp maxas-limit *"),
            *(
                "bgp listen *",
                "template *",
                "bgp advertise-best-external",
                "bgp additional-paths [*]",
            ),
            *("bgp client-to-client reflection", "bgp route-reflector *", "bgp enforce-first-as"),
            *("bgp conditional-advertisement *", "bgp reject-as-sets"),
        ),
        "known, and not modelled",
        BOTH_WAYS,
    ),
    *recognised(("bgp shutdown [*]",), "the speaker is shut down", BOTH_WAYS),
    *recognised(
        ("bgp fast-external-failover", "bgp graceful-restart [*]", "bgp update-delay *"),
        "it changes how soon a failure is noticed",
        TIME,
    ),
    *ignored(
        (
            *("bgp log-neighbor-changes [*]", "bgp log *", "bgp always-compare-routerid"),
            *("bgp graceful-shutdown", "bgp suppress-fib-pending [*]", "bgp suppress-duplicates"),
            *(
                "bgp minimum-holdtime *",
                "bgp default show-hostname",
                "bgp default show-nexthop-hostname",
            ),
            *("bgp aggregate-timer *", "bgp dmzlink-bw", "bgp upgrade-cli", "bgp asnotation *"),
            *("bgp session-dscp *", "bgp tcp-keepalive *", "bgp default subgroup-pkt-queue-max *"),
            *("coalesce-time *", "read-quanta *", "write-quanta *", "update-delay *"),
            *("bgp default ipv6-unicast", "bgp default ipv4-multicast", "bgp default ipv4-vpn"),
            *("bgp default ipv6-vpn", "bgp default l2vpn-evpn", "bgp ipv6-auto-ra", "bgp rpki *"),
        ),
        "it does not decide which routes are used or announced",
    ),
    opens("address-family ipv4 [unicast]", _family),
    opens("address-family ipv4 [unicast] vrf vrf=WORD", _family),
    opens("address-family *", _other_family, no=True),
    *leaving("exit"),
]


def _resume(draft: Draft) -> None:
    draft.in_bgp = draft.in_speaker


_OTHER = irrelevant("it is about another family than IPv4 unicast")
_REJECTED = unknown("the block it stands in is rejected", BOTH_WAYS)


def modes(
    speaker: list[Entry[Draft]], family: list[Entry[Draft]], around: str
) -> list[Mode[Draft]]:
    """The modes of a speaker, with a platform's own commands first."""
    ends: list[Entry[Draft]] = [*leaving("exit-address-family", "exit")]
    return [
        Mode(
            name=SPEAKER,
            commands=[*speaker, *SPEAKER_COMMANDS],
            around=around,
            parts=BOTH_WAYS,
            resume=_resume,
        ),
        Mode(
            name=FAMILY,
            commands=[*ends, *family, *FAMILY_COMMANDS],
            around=SPEAKER,
            parts=BOTH_WAYS,
        ),
        Mode(name=OTHER_FAMILY, commands=ends, around=SPEAKER, parts=frozenset(), otherwise=_OTHER),
        Mode(name=IGNORED, commands=ends, around=around, parts=frozenset(), otherwise=_REJECTED),
    ]
