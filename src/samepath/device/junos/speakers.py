"""Junos's BGP: what a neighbour has from its group and the speaker, and what is announced.

Junos has no list of networks to announce: an export policy lets routes pass that are in the table,
of any protocol, and behind the last policy the default of BGP announces routes of BGP alone. So
here a speaker announces the networks that some neighbour's export lets pass, and each neighbour's
policy ends with a term that rejects those of them that come to its end.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from ipaddress import IPv4Address, IPv4Network

from samepath.device.junos.chains import Get, Peer, peers_of
from samepath.device.junos.draft import (
    Draft,
    InstanceDraft,
    Setting,
    said,
)
from samepath.device.junos.terms import OWN, Compiled, undecided
from samepath.device.reading.configuration import Announced, Appears, Bgp, Knobs, Neighbour
from samepath.device.reading.policies import AppliedPolicy, Clause
from samepath.device.reading.source import Place, Said
from samepath.device.reading.support import (
    BOTH_WAYS,
    Part,
    contradictory,
    not_modelled,
)
from samepath.model.policy import Conditions, Disposition, Policy, PrefixMatch, Term
from samepath.model.topology import Bfd
from samepath.routing.policy import apply
from samepath.routing.route import Route
from samepath.routing.route import Source as Origin

_MOST_TRIED = 200_000
"""Own routes times terms that are tried; beyond, every own route counts as announced."""
_MULTIPLIER = 3
_MULTIHOP_TTL = 64
_EQUAL_PATHS = 16
"""Equal routes that Junos uses together at most by default."""


def speaker(draft: Draft, instance: InstanceDraft, reaching: set[Place]) -> Bgp | None:
    """The speaker of a routing table; None where it has none."""
    if instance.bgp is None:
        return None
    asn = _asn(draft, instance)
    origins = own_routes(draft, instance)
    peers = [*peers_of(draft, instance, asn, origins, reaching)]
    networks = _networks(peers, origins, asn.value)
    rejected = tuple(
        PrefixMatch(prefix=one, minimum=one.prefixlen, maximum=one.prefixlen) for one in networks
    )
    return Bgp(
        asn=asn,
        vrf=instance.name,
        router_id=None if instance.settings is None else _router_id(draft, instance),
        neighbours=tuple(_neighbour(draft, peer, rejected) for peer in peers),
        networks=tuple(
            Announced(prefix=prefix, place=place, appears=Appears.WHILE_ROUTED)
            for prefix, place in networks.items()
        ),
        knobs=_knobs(draft, instance, peers),
    )


def _router_id(draft: Draft, instance: InstanceDraft) -> Said[IPv4Address] | None:
    found = None if instance.settings is None else instance.settings.said("router_id", IPv4Address)
    shared = draft.instance(None).settings
    return found or (None if shared is None else shared.said("router_id", IPv4Address))


def _asn(draft: Draft, instance: InstanceDraft) -> Said[int]:
    """The speaker's AS: its table's, the device's, or the one that all neighbours are told."""
    for one in (instance, draft.instance(None)):
        found = None if one.settings is None else one.settings.said("asn", int)
        if found is not None:
            return found
    assert instance.bgp is not None  # noqa: S101 - its caller has looked
    told = [
        local
        for group in instance.groups.values()
        for settings in (group.settings, *group.neighbours.values())
        if (local := settings.said("local_as", int)) is not None
    ]
    shared = instance.bgp.said("local_as", int)
    told += [] if shared is None else [shared]
    if told and len({one.value for one in told}) == 1:
        return told[0]
    why = "it says no AS, and Junos does not take the configuration"
    draft.ledger.mark(instance.bgp.line, contradictory(why, BOTH_WAYS))
    return Said(value=0, place=instance.bgp.line.place)


def own_routes(draft: Draft, instance: InstanceDraft) -> dict[str, dict[IPv4Network, Place]]:
    """The routes of a table that do not come by BGP, as far as the configuration tells them."""
    direct = {
        each.value.network: each.place
        for name, interface in draft.interfaces.items()
        if (name in instance.interfaces if instance.name else name not in draft.instance_of)
        for each in interface.addresses
    }
    return {
        "static": {prefix: one.settings.line.place for prefix, one in instance.statics.items()},
        "direct": direct,
        "aggregate": {
            prefix: one.settings.line.place for prefix, one in instance.aggregates.items()
        },
    }


# --------------------------------------------------------------------------------------- neighbours


def _applied(
    draft: Draft, names: list[Setting], compiled: Compiled, default: list[Term], place: Place
) -> AppliedPolicy | None:
    """Policies with the default behind them; None where there is neither."""
    if not names and not default:
        return None
    terms, clauses = [*compiled.terms], [*compiled.clauses]
    if default:
        terms += default
        when = ("it is no route of BGP",)
        clauses.append(Clause(place=place, when=when, sets=(), then="reject"))
    return AppliedPolicy(
        name=", then ".join(str(one.value) for one in names) or "the default of BGP",
        place=names[-1].line.place if names else place,
        policy=Policy(terms=tuple(terms)),
        clauses=tuple(clauses),
        defined=all(str(one.value) in draft.policies for one in names),
    )


def _neighbour(draft: Draft, peer: Peer, rejected: tuple[PrefixMatch, ...]) -> Neighbour:
    get, place = peer.get, peer.own.line.place
    remote: Said[int] | Said[str] | None = said(get("peer_as"), int)
    if remote is None:
        kind = get("type")
        if kind is not None and kind.value == "internal":
            remote = Said(value="internal", place=kind.line.place)
        else:
            why = "the neighbour has no AS, and Junos does not take the configuration"
            draft.ledger.mark(peer.own.line, contradictory(why, BOTH_WAYS))
    left = undecided(peer.outgoing.terms, rejected)
    default = (
        [Term(conditions=Conditions(prefixes=left), disposition=Disposition.REJECT)] if left else []
    )
    exports = _applied(draft, peer.exports, peer.outgoing, default, place)
    metric = said(get("metric_out"), int)
    if metric is not None:
        exports = _with_metric(exports, metric)
    preference = get("preference")
    if preference is not None:
        why = "the preference of BGP's routes is not modelled"
        draft.ledger.mark(preference.line, not_modelled(why, {Part.TO_AWS}))
    return Neighbour(
        address=peer.address,
        place=place,
        remote_as=remote,
        local_as=said(get("local_as"), int),
        group=peer.group.name,
        description=said(get("description"), str),
        shutdown=said(get("disable"), bool),
        activated=get("other_family") is None or get("inet") is not None,
        update_source=said(get("local_address"), str),
        hold=said(get("hold"), int),
        bfd=_bfd(get),
        multihop=said(get("multihop"), int) or _multihop(get),
        imports=_applied(draft, peer.imports, peer.incoming, [], place),
        exports=exports,
        allow_own_as=said(get("allow_own_as"), int),
        route_limit=said(get("route_limit"), int),
        reflector_client=said(get("cluster"), bool),
        signed=said(get("signed"), bool),
    )


def _with_metric(exports: AppliedPolicy | None, metric: Said[int]) -> AppliedPolicy:
    """``metric-out``: the MED of what is announced, unless a policy sets another."""
    name = f"metric-out {metric.value}"
    clause = Clause(place=metric.place, when=(), sets=(name,), then="go on")
    term = Term(changes=replace(Term().changes, med=metric.value), disposition=Disposition.NEXT)
    if exports is None:
        return AppliedPolicy(
            name=name, place=metric.place, policy=Policy(terms=(term,)), clauses=(clause,)
        )
    return replace(
        exports,
        policy=Policy(terms=(term, *exports.policy.terms)),
        clauses=(clause, *exports.clauses),
    )


def _multihop(get: Get) -> Said[int] | None:
    found = get("multihop_on")
    return None if found is None else Said(value=_MULTIHOP_TTL, place=found.line.place)


def _bfd(get: Get) -> Said[Bfd | None] | None:
    """BFD; its interval is the longest of what is said of sending and receiving."""
    found = [one for name in ("bfd_interval", "bfd_transmit", "bfd_receive") if (one := get(name))]
    multiplier = get("bfd_multiplier")
    if not found:
        return None if multiplier is None else Said(value=None, place=multiplier.line.place)
    interval = max(int(str(one.value)) for one in found)
    times = _MULTIPLIER if multiplier is None else int(str(multiplier.value))
    bfd = Bfd(interval=timedelta(milliseconds=interval), multiplier=times)
    return Said(value=bfd, place=found[0].line.place)


# ----------------------------------------------------------------------------------------- networks


def _networks(
    peers: list[Peer], origins: Mapping[str, Mapping[IPv4Network, Place]], asn: int
) -> dict[IPv4Network, Place]:
    """The routes that do not come by BGP and that some neighbour's policies let pass."""
    candidates: dict[IPv4Network, Place] = {}
    for peer in peers:
        candidates |= peer.outgoing.exact
    for name in OWN:
        candidates |= origins[name]
    policies: dict[Policy, None] = {}
    for peer in peers:
        closed = [*peer.outgoing.terms, Term(disposition=Disposition.REJECT)]
        policies[Policy(terms=tuple(closed))] = None
    size = sum(len(one.conditions.prefixes) + 1 for policy in policies for one in policy.terms)
    if len(candidates) * size > _MOST_TRIED:
        return candidates
    return {
        prefix: place
        for prefix, place in candidates.items()
        if any(
            apply(policy, Route(prefix=prefix, source=Origin.LOCAL, session=""), asn).route
            is not None
            for policy in policies
        )
    }


# -------------------------------------------------------------------------------------------- knobs


def _knobs(draft: Draft, instance: InstanceDraft, peers: list[Peer]) -> Knobs:
    bgp = instance.bgp
    assert bgp is not None  # noqa: S101 - its caller has looked

    def switch(name: str) -> Said[bool] | None:
        return bgp.said(name, bool)

    told = [one for peer in peers if (one := peer.get("multipath") or peer.get("multiple_as"))]
    paths: Said[int] | None = None
    if told and len(told) == len(peers) and _balances(draft):
        paths = Said(value=_EQUAL_PATHS, place=told[0].line.place)
    elif told:
        why = (
            "without a policy that balances the load in `forwarding-table export`, one of the "
            "equal routes is used, and which one is not known"
            if not _balances(draft)
            else "only some of the neighbours' routes are used together"
        )
        for one in told:
            draft.ledger.mark(one.line, not_modelled(why, {Part.TO_AWS}))
    relaxed = next((one for peer in peers if (one := peer.get("multiple_as"))), None)
    return Knobs(
        always_compare_med=switch("always_compare_med"),
        compare_router_id=switch("compare_router_id"),
        ignore_as_path=switch("ignore_as_path"),
        multipath_relax=said(relaxed, bool),
        maximum_paths=paths,
    )


def _balances(draft: Draft) -> bool:
    """Whether a policy between the routing table and the forwarding table keeps equal routes."""
    return any(
        action.kind == "load-balance"
        for one in draft.forwarding_export
        if (policy := draft.policies.get(str(one.value))) is not None
        for term in policy.ordered()
        for action in term.actions
    )
