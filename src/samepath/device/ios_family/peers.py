"""Lines about a BGP neighbour, or about a group of neighbours."""

from __future__ import annotations

from collections.abc import Callable

from samepath.device.ios_family.draft import Draft, PeerDraft, is_address
from samepath.device.reading.modes import Entry, Outcome, Told, understood
from samepath.device.reading.support import (
    BOTH_WAYS,
    Part,
    contradictory,
    irrelevant,
    not_modelled,
    unknown,
)

TO_AWS = frozenset({Part.TO_AWS})
FROM_AWS = frozenset({Part.FROM_AWS})
TIME = frozenset({Part.TIME})
PARTS: dict[str, frozenset[Part]] = {
    "map_in": TO_AWS,
    "prefix_list_in": TO_AWS,
    "distribute_list_in": TO_AWS,
    "map_out": FROM_AWS,
    "prefix_list_out": FROM_AWS,
    "distribute_list_out": FROM_AWS,
    "default_originate": FROM_AWS,
    "weight": TO_AWS,
    "timers": TIME,
    "connect_retry": TIME,
    "bfd": TIME,
}
"""What a setting decides; the others decide whether the session is there."""


def _remote_as(draft: Draft, told: Told) -> Outcome:
    name, value = told.get("peer", str), told.get("as", object)
    peer = draft.bgp.peers.get(name)
    if told.negated:
        _forget_as(draft, told, peer)
        return None
    if peer is None:
        if not is_address(name):
            why = f"{draft.dialect.title} rejects it: there is no neighbour or group {name}"
            return unknown(why, BOTH_WAYS)
        peer = _new(draft, name, told, is_group=False)
    group = peer.settings.get("group")
    inherited = group and draft.bgp.peers[str(group.value)].settings.get("remote_as")
    if inherited:
        why = f"{draft.dialect.title} rejects it: its group has an AS"
        return contradictory(why, BOTH_WAYS)
    peer.settings.put("remote_as", value, told.line, draft.ledger, BOTH_WAYS)
    return None


def _forget_as(draft: Draft, told: Told, peer: PeerDraft | None) -> None:
    """A neighbour goes with its AS. A group stays, and its members lose theirs.

    FRR keeps such members without an AS, and old releases drop them (``bgpd/bgpd.c``,
    ``peer_group_remote_as_delete``): there is no session either way.
    """
    if peer is None:
        return
    if not peer.is_group:
        del draft.bgp.peers[peer.name]
    elif peer.settings.get("remote_as") is not None:
        peer.settings.put("remote_as", None, told.line, draft.ledger, BOTH_WAYS)
        for one in draft.bgp.peers.values():
            group = one.settings.get("group")
            if group is not None and group.value == peer.name:
                one.settings.values.pop("remote_as", None)


def _new(draft: Draft, name: str, told: Told, *, is_group: bool) -> PeerDraft:
    made = draft.bgp.peers[name] = PeerDraft(
        name=name, line=told.line, is_group=is_group, activated=draft.bgp.activates
    )
    return made


def _group(draft: Draft, told: Told) -> Outcome:
    name = told.get("peer", str)
    if is_address(name):
        return unknown(f"{draft.dialect.title} rejects it: a group has a name", BOTH_WAYS)
    if name not in draft.bgp.peers:
        _new(draft, name, told, is_group=True)
    return None


def _member(draft: Draft, told: Told) -> Outcome:
    name, group = told.get("peer", str), told.get("group", str)
    if group not in draft.bgp.peers or not draft.bgp.peers[group].is_group:
        return unknown(f"{draft.dialect.title} rejects it: there is no group {group}", BOTH_WAYS)
    peer = draft.bgp.peers.get(name)
    if peer is not None and peer.is_group:
        return unknown(f"{draft.dialect.title} rejects it: {name} is a group", BOTH_WAYS)
    if peer is None and not is_address(name):
        return unknown(f"{draft.dialect.title} rejects it: {name} is no neighbour", BOTH_WAYS)
    if peer is None:
        has_as = draft.bgp.peers[group].settings.get("remote_as") is not None
        if draft.dialect.member_needs_as and not has_as:
            why = f"{draft.dialect.title} rejects it: neither {name} nor the group has an AS yet"
            return unknown(why, BOTH_WAYS)
        peer = _new(draft, name, told, is_group=False)
    peer.settings.put("group", group, told.line, draft.ledger, BOTH_WAYS)
    return None


def _unnumbered(draft: Draft, told: Told) -> Outcome:
    name = told.get("peer", str)
    peer = draft.bgp.peers.get(name) or _new(draft, name, told, is_group=False)
    value = told.maybe("as", object)
    if value is not None:
        peer.settings.put("remote_as", value, told.line, draft.ledger, BOTH_WAYS)
    return None


def peer_of(draft: Draft, told: Told) -> PeerDraft | None:
    """The neighbour that a line is about, if there is one yet."""
    return draft.bgp.peers.get(told.get("peer", str))


def _rejected(draft: Draft, told: Told) -> Outcome:
    name = told.get("peer", str)
    return unknown(
        f"{draft.dialect.title} rejects it: no line before it makes {name} a neighbour or a group",
        BOTH_WAYS,
    )


Value = Callable[[Told], object]


def setting(pattern: str, name: str, value: Value) -> Entry[Draft]:
    """A line that gives a neighbour a value; with ``no`` it takes it back.

    A member of a group then has the group's again (``bgpd.c`` of FRR, ``peer_flag_inherit``; tried
    with 8.4.4).
    """

    def handler(draft: Draft, told: Told) -> Outcome:
        peer = peer_of(draft, told)
        if peer is None:
            return _rejected(draft, told)
        kept = f"{name}_{told.get('way', str)}" if told.has("way") else name
        if told.negated:
            peer.settings.values.pop(kept, None)
        else:
            parts = PARTS.get(kept, BOTH_WAYS)
            peer.settings.put(kept, value(told), told.line, draft.ledger, parts)
        return None

    return understood(f"neighbor peer=PEER {pattern}", handler, no=True)


def _activate(draft: Draft, told: Told) -> Outcome:
    peer = peer_of(draft, told)
    if peer is None:
        return _rejected(draft, told)
    peer.activated = not told.negated
    return None


def yes(_told: Told) -> object:
    """The value of a setting that is there or not."""
    return True


def _known(pattern: str, reason: str, parts: frozenset[Part]) -> Entry[Draft]:
    """A line about a neighbour that is not modelled."""

    def handler(draft: Draft, told: Told) -> Outcome:
        return (
            _rejected(draft, told) if peer_of(draft, told) is None else not_modelled(reason, parts)
        )

    return understood(f"neighbor peer=PEER {pattern}", handler, no=True)


def _noise(pattern: str) -> Entry[Draft]:
    """A line about a neighbour that changes nothing here."""

    def handler(draft: Draft, told: Told) -> Outcome:
        return _rejected(draft, told) if peer_of(draft, told) is None else _NOISE

    return understood(f"neighbor peer=PEER {pattern}", handler, no=True)


_NOISE = irrelevant("it does not decide which routes are exchanged here")


def _default(told: Told) -> object:
    return told.maybe("map", str) or ""


PEERS: list[Entry[Draft]] = [
    understood("neighbor peer=PEER remote-as as=internal|external|ASN", _remote_as, no=True),
    understood("neighbor peer=PEER peer-group", _group),
    understood("neighbor peer=PEER peer-group group=WORD", _member),
    understood("neighbor peer=PEER activate", _activate, no=True),
    setting("description text=*", "description", lambda told: told.get("text", str)),
    setting("shutdown [message *]", "shutdown", yes),
    setting("update-source source=WORD", "update_source", lambda told: told.get("source", str)),
    setting(
        "timers keepalive=0..65535 hold=0..65535",
        "timers",
        lambda told: (told.get("keepalive", int), told.get("hold", int)),
    ),
    setting(
        "timers connect seconds=1..65535", "connect_retry", lambda told: told.get("seconds", int)
    ),
    setting("ebgp-multihop [hops=1..255]", "multihop", lambda told: told.maybe("hops", int) or 255),
    setting("weight weight=0..65535", "weight", lambda told: told.get("weight", int)),
    setting("allowas-in [times=1..10]", "allow_own_as", lambda told: told.maybe("times", int) or 3),
    setting("next-hop-self", "next_hop_self", yes),
    setting("route-reflector-client", "reflector_client", yes),
    setting("password [*]", "signed", yes),
    setting("route-map map=WORD way=in|out", "map", lambda told: told.get("map", str)),
    setting("prefix-list list=WORD way=in|out", "prefix_list", lambda told: told.get("list", str)),
    setting(
        "distribute-list list=WORD way=in|out",
        "distribute_list",
        lambda told: told.get("list", str),
    ),
    setting("default-originate [route-map map=WORD]", "default_originate", _default),
    setting(
        "maximum-prefix most=1..4294967295 [*]", "route_limit", lambda told: told.get("most", int)
    ),
    setting("local-as as=ASN [*]", "local_as", lambda told: told.get("as", int)),
    *(
        _known(pattern, reason, parts)
        for pattern, reason, parts in (
            ("filter-list WORD in", "a filter of AS paths", TO_AWS),
            ("filter-list WORD out", "a filter of AS paths", FROM_AWS),
            (
                "unsuppress-map WORD",
                "parts of an aggregate that are announced all the same",
                FROM_AWS,
            ),
            ("advertise-map *", "a conditional announcement", FROM_AWS),
            ("as-override", "it replaces the neighbour's AS in paths", FROM_AWS),
            ("remove-private-as [*]", "it takes private AS numbers out of paths", FROM_AWS),
            ("remove-private-AS [*]", "it takes private AS numbers out of paths", FROM_AWS),
            ("attribute-unchanged [*]", "attributes that are announced as they came", FROM_AWS),
            ("next-hop-unchanged [*]", "next hops that are announced as they came", FROM_AWS),
            ("route-server-client", "a route server", BOTH_WAYS),
            ("ttl-security [*]", "packets that come from farther away are dropped", BOTH_WAYS),
            ("soo *", "a site of origin", TO_AWS),
            ("additional-paths [*]", "more than one path of a prefix", BOTH_WAYS),
        )
    ),
    *(
        _noise(words)
        for words in (
            *("soft-reconfiguration inbound", "send-community [*]", "advertisement-interval [*]"),
            *("dont-capability-negotiate", "capability [*]", "override-capability"),
            *("disable-connected-check", "enforce-first-as"),
        )
    ),
]
OF_FRR: list[Entry[Draft]] = [
    *(
        _noise(words)
        for words in (
            *("strict-capability-match", "passive", "port 0..65535", "solo", "graceful-restart"),
            *("graceful-restart-helper", "graceful-restart-disable", "addpath-tx-all-paths"),
            *("addpath-tx-bestpath-per-AS", "interface WORD", "sender-as-path-loop-detection"),
            *("timers delayopen 1..240", "tcp-mss 1..65535", "role *", "software-version"),
        )
    ),
]
"""Noise that FRR knows, and IOS does not."""
OF_IOS: list[Entry[Draft]] = [
    _known("inherit [*]", "a template", BOTH_WAYS),
    _known("advertise [*]", "more than one path of a prefix", FROM_AWS),
    *(
        _noise(words)
        for words in (
            *("ha-mode [*]", "log-neighbor-changes", "fall-over", "transport [*]", "version [*]"),
            *("translate-update [*]", "slow-peer [*]", "path-attribute [*]", "send-label [*]"),
            *("soft-reconfiguration [inbound]",),
        )
    ),
]
"""The same the other way round."""
UNNUMBERED: list[Entry[Draft]] = [
    understood("neighbor peer=WORD interface [v6only]", _unnumbered),
    understood(
        "neighbor peer=WORD interface [v6only] remote-as as=internal|external|ASN", _unnumbered
    ),
    understood("neighbor peer=WORD interface [v6only] peer-group group=WORD", _unnumbered),
]
