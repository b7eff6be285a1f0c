"""Rules for sites with several customer gateways: who their hosts send to, what these share."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

from samepath.model.problems import Problem, at, did_you_mean
from samepath.model.topology import Platform, Site, Topology


def site_problems(topology: Topology) -> Iterator[Problem]:
    """First hops that cannot be, and what only several customer gateways can do together."""
    for site in topology.sites.values():
        yield from _first_hop(site)
        yield from _alone(site)
        yield from _priorities(site)
        if site.ibgp:
            yield from _asns(topology, site)
        yield from _next_hops(topology, site)


def _first_hop(site: Site) -> Iterator[Problem]:
    path = at("sites", site.name, "first_hop")
    concerns = (at("sites", site.name, "customer_gateways"),)
    if site.first_hop is None:
        return
    if site.first_hop not in site.customer_gateways:
        yield Problem(
            path=path,
            message=f"{site.first_hop} is no customer gateway of this site",
            advice=did_you_mean(site.first_hop, (*site.customer_gateways, "vrrp")),
            concerns=concerns,
        )
    if site.vrrp is not None:
        yield Problem(
            path=path,
            message=f"{site.first_hop} is not always the first hop where there is VRRP",
            advice="leave out one of first_hop and vrrp",
            concerns=(at("sites", site.name, "vrrp"),),
        )


def _alone(site: Site) -> Iterator[Problem]:
    """What a single customer gateway has nobody for."""
    if len(site.customer_gateways) > 1:
        return
    wanted = {
        "vrrp": site.vrrp is not None,
        "ibgp": site.ibgp,
        "state_sync": site.state_sync,
    }
    for key, given in wanted.items():
        if given:
            yield Problem(
                path=at("sites", site.name, key),
                message="this site has one customer gateway",
                advice="name the others in customer_gateways, or leave it out",
                concerns=(at("sites", site.name, "customer_gateways"),),
            )


def _priorities(site: Site) -> Iterator[Problem]:
    if site.vrrp is None:
        return
    ranked = zip(site.customer_gateways, site.vrrp.priorities, strict=True)
    for (one, priority), (other, same) in combinations(ranked, 2):
        if priority == same and one != other:
            yield Problem(
                path=at("sites", site.name, "vrrp", "priorities", other),
                message=f"{same} is also the priority of {one}, and then their addresses decide",
                advice="let no two have the same",
                concerns=(at("sites", site.name, "vrrp", "priorities", one),),
            )


def _next_hops(topology: Topology, site: Site) -> Iterator[Problem]:
    for position, name in enumerate(site.keeps_next_hop):
        path = at("sites", site.name, "keeps_next_hop", position)
        if name not in site.customer_gateways:
            yield Problem(
                path=path,
                message=f"{name} is no customer gateway of this site",
                advice=did_you_mean(name, site.customer_gateways),
                concerns=(at("sites", site.name, "customer_gateways"),),
            )
        elif not site.ibgp:
            yield Problem(
                path=path,
                message="its customer gateways speak no iBGP",
                advice="write ibgp: true, or leave it out",
                concerns=(at("sites", site.name, "ibgp"),),
            )
        elif name in topology.customer_gateways and (
            topology.customer_gateways[name].platform is Platform.BIRD
        ):
            yield Problem(
                path=path,
                message="the BIRD that samepath writes names itself as next hop",
                advice="leave it out, or name the device's own platform",
                concerns=(at("customer_gateways", name, "platform"),),
            )


def _asns(topology: Topology, site: Site) -> Iterator[Problem]:
    known = [
        topology.customer_gateways[name]
        for name in site.customer_gateways
        if name in topology.customer_gateways
    ]
    for first, other in pairwise(known):
        if first.asn != other.asn:
            yield Problem(
                path=at("sites", site.name, "ibgp"),
                message=f"{first.name} has the ASN {first.asn}, and {other.name} {other.asn}",
                advice="iBGP joins routers of one AS: give them one ASN, or leave ibgp out",
                concerns=(
                    at("customer_gateways", first.name, "asn"),
                    at("customer_gateways", other.name, "asn"),
                ),
            )
