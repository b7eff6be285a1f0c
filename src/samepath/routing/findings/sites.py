"""Causes at a site: what nothing leads to, and several customer gateways that do not agree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

from samepath.model.elements import Element, ElementKind
from samepath.model.problems import at
from samepath.model.topology import Tracking
from samepath.model.topology_view import ibgp_neighbours
from samepath.routing.compile import customer_name, neighbour_name, tunnel_name, tunnel_of
from samepath.routing.findings.defaults import follows_default
from samepath.routing.findings.detector import Detector
from samepath.routing.findings.evidence import (
    Evidence,
    alike,
    either,
    judgements,
    policy_path,
    some,
)
from samepath.routing.findings.finding import Finding, Kind, Severity
from samepath.routing.findings.parting import parted
from samepath.routing.forwarding import End, Path
from samepath.routing.route import Source
from samepath.routing.selection import resolves
from samepath.routing.states import Condition
from samepath.routing.steps import Step
from samepath.routing.verdict import PairInState, Verdict

UNCONNECTED = Kind(
    code="unconnected",
    severity=Severity.ERROR,
    means="no connection leads to a site's network",
    because="There is nothing to judge: nothing can ever arrive there.",
    advice="Give one of the site's customer gateways a connection.",
)
IDLE_CUSTOMER_GATEWAY = Kind(
    code="idle-customer-gateway",
    severity=Severity.WARNING,
    means="a site's customer gateway has no connection",
    because="What looks like a second way out of the site is none, and hosts that send to it reach "
    "nothing.",
    advice="Give it a connection, or leave it out.",
)
VPC_WITHOUT_GATEWAY = Kind(
    code="vpc-without-gateway",
    severity=Severity.WARNING,
    means="a VPC has no gateway",
    because="Nothing can lead to it.",
    advice="Give it a gateway, or leave it out.",
)
FIRST_CUSTOMER_GATEWAY = Kind(
    code="first-customer-gateway",
    severity=Severity.NOTE,
    means="a site has several customer gateways, and its hosts are taken to send to the first",
    because="Which device has the address that the hosts send to is not said in the file.",
    advice="Say it: first_hop names a device, vrrp lets several share the address.",
)
LAN_LOSS_NOT_WITHDRAWN = Kind(
    code="lan-loss-not-withdrawn",
    severity=Severity.WARNING,
    means="a customer gateway that has lost its LAN goes on announcing it",
    because="The tunnels are up and BGP is up: the gateway has no reason to use another device, "
    "and what it sends is lost behind this one.",
    advice="Announce the site's networks only while there is a route to them.",
)
OTHER_DEVICE = Kind(
    code="other-device",
    severity=Severity.WARNING,
    means="the gateway sends by one customer gateway, the hosts by another",
    because="Both devices announce the same networks, and neither knows what the other prefers. "
    "Devices that track connections drop what another one has seen begin.",
    advice="Let the gateway prefer the device that the hosts send to: announce the same prefixes by "
    "both, and prepend on every tunnel of the others. Or let the devices share their sessions.",
)

VRRP_IGNORES_TUNNELS = Kind(
    code="vrrp-ignores-tunnels",
    severity=Severity.WARNING,
    means="the device that holds the hosts' router address keeps it when its tunnels are down",
    because="VRRP looks at the LAN. A master whose tunnels have all gone still answers for the "
    "router's address, and without iBGP to the other device it has nowhere to send.",
    advice="Let VRRP track the tunnels (vrrp: {tracks: tunnels}), or join the devices by iBGP.",
)
NO_TAKEOVER = Kind(
    code="no-takeover",
    severity=Severity.WARNING,
    means="a site has several customer gateways, and its hosts send to one of them whatever happens",
    because="The other devices announce the site and may receive for it; what the hosts send ends "
    "with the one that they know.",
    advice="Let the devices share the hosts' router address (vrrp).",
)
VRRP_STAYS = Kind(
    code="vrrp-stays",
    severity=Severity.WARNING,
    means="VRRP leaves the hosts with the device that took over, and the gateway returns to the other",
    because="Without preemption a device that is back does not become master again. Its BGP sessions "
    "are, and the gateway prefers them as before: the two directions pass two devices until somebody "
    "moves the address.",
    advice="Let VRRP preempt (vrrp: {preempt: true}), or let the devices share their sessions.",
)
PREFERENCE_NOT_SHARED = Kind(
    code="preference-not-shared",
    severity=Severity.WARNING,
    means="one of a site's customer gateways sets a local preference that the others never hear",
    because="Local preference is carried by iBGP only (and weight by nothing): without iBGP "
    "between the devices each chooses by itself, and hosts get the choice of the device that "
    "they send to.",
    advice="Join the site's customer gateways by iBGP (ibgp: true), or let the hosts' router be the "
    "preferred device.",
)
NEXT_HOP_UNREACHABLE = Kind(
    code="next-hop-unreachable",
    severity=Severity.WARNING,
    means="one of a site's customer gateways tells the others a next hop that they cannot reach",
    because="A route whose next hop cannot be reached is not used (RFC 4271, 9.1.2). The iBGP session "
    "is up and carries the routes, and a device without a tunnel drops packets all the same.",
    advice="Let the device name itself (`next-hop-self`), or give the others a route to the inside "
    "addresses of its tunnels.",
)


def _unconnected(it: Evidence) -> Iterator[Finding]:
    joined = {pair.site for pair in it.by_pair}
    connected = {one.customer_gateway for one in it.topology.connections.values()}
    for site in it.topology.sites.values():
        lonely = [one for one in site.networks if not any(each.subnet_of(one) for each in joined)]
        if lonely:
            yield UNCONNECTED.at(
                str(Element(kind=ElementKind.SITE, name=site.name)),
                f"no connection leads to {', '.join(map(str, lonely))}",
                "give one of its customer gateways a connection",
            )
            continue
        for name in site.customer_gateways:
            if name not in connected:
                yield IDLE_CUSTOMER_GATEWAY.at(
                    customer_name(name),
                    f"it stands before {site.name}, and no connection leads to it",
                    "give it a connection, or leave it out",
                )


def _vpcs(it: Evidence) -> Iterator[Finding]:
    served = {gateway.vpc for gateway in it.topology.gateways.values()}
    for vpc in it.topology.vpcs:
        if vpc not in served:
            yield VPC_WITHOUT_GATEWAY.at(
                str(Element(kind=ElementKind.VPC, name=vpc)),
                "it has no gateway, so that nothing leads to it",
                "give it a gateway, or leave it out",
            )


def _first_of_several(it: Evidence) -> Iterator[Finding]:
    """What is assumed of a site with more than one customer gateway."""
    for site in it.topology.sites.values():
        if len(site.customer_gateways) > 1 and site.first_hop is None and site.vrrp is None:
            first, *others = site.customer_gateways
            yield FIRST_CUSTOMER_GATEWAY.at(
                str(Element(kind=ElementKind.SITE, name=site.name)),
                f"its hosts are taken to send to {first} alone, the first in the file: that "
                f"{', '.join(others)} takes over their router's address is not said",
                "say vrrp or first_hop; else read what is lost with that device as lost without "
                "VRRP",
            )


def _takeover(it: Evidence) -> Iterator[Finding]:
    """What becomes of the hosts' packets when their device has no tunnel, or is gone."""
    for site in it.topology.sites.values():
        if len(site.customer_gateways) < 2:
            continue
        place = str(Element(kind=ElementKind.SITE, name=site.name))
        if site.vrrp is not None and site.vrrp.tracks is Tracking.NOTHING and not site.ibgp:
            yield VRRP_IGNORES_TUNNELS.at(
                place,
                f"VRRP looks at the LAN only: {site.usual_first_hop} keeps the hosts' router "
                "address when its tunnels are down, and their packets end there",
                "vrrp: {tracks: tunnels}, or ibgp: true",
                path=at("sites", site.name, "vrrp"),
            )
        if site.vrrp is None and site.first_hop is not None:
            others = ", ".join(one for one in site.customer_gateways if one != site.first_hop)
            yield NO_TAKEOVER.at(
                place,
                f"its hosts send to {site.first_hop} whatever happens: {others} is no way out for "
                "them when it is gone",
                "let the devices share the hosts' router address (vrrp)",
                path=at("sites", site.name, "first_hop"),
            )


def _vrrp_stays(it: Evidence) -> Iterator[Finding]:
    customers = frozenset(map(customer_name, it.topology.customer_gateways))
    together = {pair for pair, one in it.usual.items() if not _two_devices(one, customers)}

    def stays(one: PairInState) -> bool:
        vrrp = it.topology.sites[one.pair.site_name].vrrp
        return (
            vrrp is not None
            and not vrrp.preempt
            and one.pair in together
            and any(
                has is Condition.RETURNED and element.kind in _MASTERS
                for element, has in one.state.conditions
            )
            and bool(_two_devices(one, customers))
        )

    for group in alike(it, stays):
        site = it.topology.sites[group.pairs[0].site_name]
        enters, leaves = _two_devices(group.states[0], customers)[0]
        yield VRRP_STAYS.at(
            str(Element(kind=ElementKind.SITE, name=site.name)),
            f"{group.networks}: when {enters} is back, VRRP leaves the hosts' router address with "
            f"{leaves}, and the gateway returns to {enters} ({group.named})",
            "let VRRP preempt (preempt: true), or let the devices share their sessions",
            path=at("sites", site.name, "vrrp", "preempt"),
        )


def _two_devices(one: PairInState, customers: frozenset[str]) -> list[tuple[str, str]]:
    """The devices by which packets come and go, where these are two."""
    passed = (
        (_first(told.ways.to_site, customers), _last(told.ways.to_vpc, customers))
        for told in judgements(one)
        if None not in told.ways.tunnels
    )
    return [(enters, leaves) for enters, leaves in passed if enters != leaves]


_MASTERS = frozenset({ElementKind.CUSTOMER_GATEWAY, ElementKind.CUSTOMER_LAN})
"""What a device may lose so that another one becomes master."""


def _preferences(it: Evidence) -> Iterator[Finding]:
    # iBGP carries a local preference, and nothing carries a weight.
    deaf = {"local_preference": _others(it, ibgp=False), "weight": _others(it, ibgp=None)}
    for connection, tunnel in it.bgp_tunnels:
        for position, term in enumerate(tunnel.customer_policy.imports.terms):
            for change, others in deaf.items():
                names = sorted(others.get(connection.customer_gateway, ()))
                if names and getattr(term.changes, change) is not None:
                    yield PREFERENCE_NOT_SHARED.at(
                        tunnel_name(connection, tunnel),
                        f"the {change.replace('_', ' ')} that {connection.customer_gateway} sets "
                        f"here is not heard by {', '.join(names)} before the same site",
                        "local preference, with ibgp: true at the site; or let its hosts send to "
                        "this device",
                        path=policy_path(connection, tunnel, "customer", "import", position),
                    )


def _others(it: Evidence, *, ibgp: bool | None) -> dict[str, set[str]]:
    """The other customer gateways of each one's sites; of those with ``ibgp`` so, or of all."""
    found: dict[str, set[str]] = {}
    for site in it.topology.sites.values():
        if ibgp is None or site.ibgp is ibgp:
            for name in site.customer_gateways:
                found.setdefault(name, set()).update({*site.customer_gateways} - {name})
    return found


def _next_hops(it: Evidence) -> Iterator[Finding]:
    """Next hops that a device keeps in iBGP, and that the other one cannot reach.

    While that one has better routes of its own it may hear none of them: it is when these are gone
    that it has to use them, so that what the device itself hears in its tunnels is looked at.
    """
    network = it.solution.network
    for both in ibgp_neighbours(it.topology):
        internal = network.sessions[neighbour_name(*both.names)]
        for hearing, telling in permutations(map(customer_name, both.names)):
            if internal.end_of(telling).next_hop_self:
                continue
            router = network.routers[hearing]
            useless = [
                route
                for session in network.sessions_of[telling]
                for route in it.solution.heard[telling, session.name].values()
                if route.source is Source.EBGP
                and not resolves(router, replace(route, source=Source.IBGP))
            ]
            if useless:
                prefixes = some(sorted({str(route.prefix) for route in useless}), "prefixes")
                now = it.solution.heard[hearing, internal.name]
                hears = (
                    "hears"
                    if any(route.prefix in now for route in useless)
                    else "gets, when its own routes are gone,"
                )
                yield NEXT_HOP_UNREACHABLE.at(
                    telling,
                    f"{hearing} {hears} {prefixes} from it with the next hop "
                    f"{useless[0].next_hop}, to which it has no route, and does not use it",
                    "let it name itself as next hop (next-hop-self) towards the other device",
                    path=at("sites", both.site.name, "keeps_next_hop"),
                )


def _lan(it: Evidence) -> Iterator[Finding]:
    for one in it.states:
        for element, condition in one.state.conditions:
            lan_lost = element.kind is ElementKind.CUSTOMER_LAN and condition is Condition.DOWN
            comes_here = any(
                way.end is not End.DELIVERED and customer_name(element.name) in way.routers
                for told in judgements(one)
                for way in (told.ways.to_site,)
            )
            if lan_lost and comes_here and Verdict.UNREACHABLE in one.verdicts:
                yield LAN_LOSS_NOT_WITHDRAWN.at(
                    str(element),
                    "its site networks are announced although it has lost its way to them, "
                    "and the gateway may go on sending them here",
                    "announce them only while there is a route to them",
                )


def _other_device(it: Evidence) -> Iterator[Finding]:
    customers = frozenset(map(customer_name, it.topology.customer_gateways))
    for one in it.all_up:
        apart: dict[tuple[str, str, str], list[tuple[str, str]]] = {}
        for judgement in judgements(one):
            enters = _first(judgement.ways.to_site, customers)
            leaves = _last(judgement.ways.to_vpc, customers)
            to_site, to_vpc = judgement.ways.tunnels
            if to_site is None or to_vpc is None or enters == leaves:
                continue
            advice = _to_prefer(it, judgement.ways.to_site, to_vpc, enters=enters, leaves=leaves)
            apart.setdefault((enters, leaves, advice), []).append((to_site, to_vpc))
        may = "may come" if len(one.outcomes) > 1 else "come"
        for (enters, leaves, advice), tunnels in apart.items():
            to_site, to_vpc = (either(map(tunnel_of, its)) for its in zip(*tunnels, strict=True))
            yield OTHER_DEVICE.at(
                leaves,
                f"the hosts' packets leave by it ({to_vpc}), and the gateway's {may} by {enters} "
                f"({to_site})",
                advice,
            )


def _to_prefer(it: Evidence, to_site: Path, to_vpc: str, *, enters: str, leaves: str) -> str:
    """What makes the gateway prefer the device that the hosts' packets leave by."""
    route = next(hop.route for hop in to_site.hops if hop.route.session == to_site.tunnel)
    match parted(it, to_site, to_vpc):
        case Step.DISTANCE:
            return (
                f"use the same routing for the connections of both: the gateway's static route to "
                f"{enters} goes before what it hears from {leaves}"
            )
        case None:
            return (
                f"announce {route.prefix} by {leaves}, too: the longest match goes before all "
                "preferences, and prepending changes nothing"
            )
        case Step.AS_PATH_LENGTH:
            return (
                f"prepend on the export of every tunnel of {enters}, more than on those of {leaves}"
            )
        case _ if follows_default(it, to_site):
            return (
                f"announce the site's networks by {leaves}: no export policy sees the default route"
            )
        case _:
            return (
                f"prepend on the export of every tunnel of {enters}, so that the gateway prefers "
                f"{leaves}"
            )


def _first(way: Path, customers: frozenset[str]) -> str:
    return next((router for router in way.routers if router in customers), "")


def _last(way: Path, customers: frozenset[str]) -> str:
    return next((router for router in reversed(way.routers) if router in customers), "")


DETECTORS = (
    Detector(kinds=(UNCONNECTED, IDLE_CUSTOMER_GATEWAY), find=_unconnected),
    Detector(kinds=(VPC_WITHOUT_GATEWAY,), find=_vpcs),
    Detector(kinds=(FIRST_CUSTOMER_GATEWAY,), find=_first_of_several),
    Detector(kinds=(VRRP_IGNORES_TUNNELS, NO_TAKEOVER), find=_takeover),
    Detector(kinds=(VRRP_STAYS,), find=_vrrp_stays),
    Detector(kinds=(PREFERENCE_NOT_SHARED,), find=_preferences),
    Detector(kinds=(NEXT_HOP_UNREACHABLE,), find=_next_hops),
    Detector(kinds=(LAN_LOSS_NOT_WITHDRAWN,), find=_lan),
    Detector(kinds=(OTHER_DEVICE,), find=_other_device),
)
