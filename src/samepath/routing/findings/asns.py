"""Causes in AS numbers: what an AS_PATH loop check drops, and what passes that should not."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from samepath.routing.compile import customer_name, gateway_name, session_name
from samepath.routing.findings.detector import Detector
from samepath.routing.findings.evidence import Evidence
from samepath.routing.findings.finding import Finding, Kind, Severity

SITES_SHARE_ASN = Kind(
    code="sites-share-asn",
    severity=Severity.NOTE,
    means="sites on one gateway have the same ASN, and cannot reach each other through it",
    because="A gateway passes each site's prefixes on to the others (VPN "
    "CloudHub), with the site's ASN in the path. A site with that ASN takes it for a loop and "
    "drops it: AWS asks for a unique ASN for each.",
    advice="If the sites are to reach each other, give each an ASN of its own.",
)
GATEWAYS_SHARE_ASN = Kind(
    code="gateways-share-asn",
    severity=Severity.NOTE,
    means="a customer gateway joins gateways of the same ASN, whose VPCs cannot reach each other "
    "through it",
    because="The customer gateway passes one VPC's prefix on to the other gateway, which finds "
    "its own ASN in the path and drops it without a word.",
    advice="If the VPCs are to reach each other through the site, give each gateway an ASN of its "
    "own.",
)
TRANSIT = Kind(
    code="transit",
    severity=Severity.WARNING,
    means="a customer gateway passes one VPC's prefix on to another gateway",
    because="With different ASNs nothing stops it: the site carries what the VPCs have for each "
    "other, and the gateway may even take it for a way to a site of its own.",
    advice="Export the site's own networks only.",
)


def _sites_share_asn(it: Evidence) -> Iterator[Finding]:
    sites: dict[str, set[str]] = {}
    for site in it.topology.sites.values():
        for name in site.customer_gateways:
            sites.setdefault(name, set()).add(site.name)
    joined: dict[tuple[str, int], set[str]] = {}
    for connection, _ in it.bgp_tunnels:
        customer = it.topology.customer_gateways[connection.customer_gateway]
        joined.setdefault((connection.gateway, customer.asn), set()).add(customer.name)
    for (gateway, asn), customers in joined.items():
        # Two devices of one site hear of it by themselves.
        apart = {
            one
            for pair in combinations(sorted(customers), 2)
            if all(sites.get(each) for each in pair) and sites[pair[0]].isdisjoint(sites[pair[1]])
            for one in pair
        }
        if apart:
            names = ", ".join(sorted(apart))
            yield SITES_SHARE_ASN.at(
                gateway_name(gateway),
                f"the customer gateways {names} of different sites are all AS {asn}, so that none "
                "hears of another's networks through this gateway",
                "if they are to reach each other, give each an ASN of its own",
            )


def _gateways(it: Evidence) -> Iterator[Finding]:
    joined: dict[str, set[str]] = {}
    for connection, tunnel in it.bgp_tunnels:
        session = it.solution.network.sessions.get(session_name(connection, tunnel))
        name = connection.customer_gateway
        if session is not None and not session.end_of(customer_name(name)).own_only:
            joined.setdefault(name, set()).add(connection.gateway)
    for customer, names in joined.items():
        asns: dict[int, list[str]] = {}
        for name in sorted(names):
            asns.setdefault(it.topology.gateways[name].asn, []).append(name)
        for asn, same in asns.items():
            if len(same) > 1:
                yield GATEWAYS_SHARE_ASN.at(
                    customer_name(customer),
                    f"the gateways {', '.join(same)} are both AS {asn}: what it passes on from one "
                    "is dropped by the other",
                    "nothing, if the VPCs are not to reach each other; else give them different "
                    "ASNs",
                )
        for name in sorted(names):
            yield from _transit(it, customer, name)


def _transit(it: Evidence, customer: str, gateway: str) -> Iterator[Finding]:
    own = it.topology.gateways[gateway].asn
    others = {it.topology.gateways[name].asn for name in it.topology.gateways} - {own}
    mine = [
        session
        for session in it.solution.network.sessions_of[gateway_name(gateway)]
        if session.far_from(gateway_name(gateway)).router == customer_name(customer)
    ]
    passed = {
        route.prefix
        for session in mine
        for route in it.solution.heard[gateway_name(gateway), session.name].values()
        if others.intersection(route.as_path)
    }
    if passed:
        yield TRANSIT.at(
            customer_name(customer),
            f"it passes {', '.join(map(str, sorted(passed)))} on to {gateway_name(gateway)}, so "
            "that one VPC's traffic for the other goes through the site",
            "export the site's own networks only",
        )


DETECTORS = (
    Detector(kinds=(SITES_SHARE_ASN,), find=_sites_share_asn),
    Detector(kinds=(GATEWAYS_SHARE_ASN, TRANSIT), find=_gateways),
)
