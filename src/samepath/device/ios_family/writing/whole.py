"""What whole customer gateways of the family have in common."""

from __future__ import annotations

from collections.abc import Iterator

from samepath.device.ios_family.writing.clauses import Writer
from samepath.device.ios_family.writing.words import Words
from samepath.device.writing.customer import CustomerToWrite, TunnelToWrite
from samepath.device.writing.patch import NotWritable
from samepath.model.policy import Conditions, Disposition, Policy, Term

SITE = "SITE"
"""The list of the site's networks."""
MOST_ROUTES = 5000
"""Routes that a transit gateway may announce; a virtual private gateway announces fewer
(https://docs.aws.amazon.com/vpn/latest/s2svpn/vpn-limits.html)."""
STANDBY_DISTANCE = 10
"""Of a static route that stands by."""
DROP_DISTANCE = 250
"""Of a route that drops what no tunnel takes."""


def lines_of(name: str, policy: Policy, asn: int, words: Words) -> list[str]:
    """A map that says a policy. Raises :class:`NotWritable` at what is not modelled."""
    last = policy.terms[-1:] or (Term(disposition=Disposition.NEXT),)
    ends = last[0].conditions == Conditions() and last[0].disposition is not Disposition.NEXT
    terms = [*policy.terms, *([] if ends else [Term()])]
    made = Writer(words=words, asn=asn, taken={SITE}).anew(name, (), terms)
    if made is None:
        raise NotWritable(f"the policy of {name} has parts that are not modelled")
    return made.typed


def site_list(it: CustomerToWrite) -> Iterator[str]:
    """The list of the site's networks."""
    yield "!"
    yield "! What the site announces, and nothing else: a default route or another"
    yield "! network that leaked would draw traffic here."
    for number, network in enumerate(it.networks, start=1):
        yield f"ip prefix-list {SITE} seq {number * 5} permit {network}"


def speaker(it: CustomerToWrite) -> Iterator[str]:
    """The speaker's own lines, which open its block."""
    yield "!"
    yield f"router bgp {it.asn}"
    yield f" bgp router-id {it.address}"
    yield " bgp log-neighbor-changes"
    yield " ! What is equal otherwise is decided by what stays, not by which session is older."
    yield " bgp bestpath compare-routerid"
    yield " bgp deterministic-med"


def policies(tunnel: TunnelToWrite, *, shown: str) -> Iterator[str]:
    """What a neighbour is told and may tell; ``shown`` ends the remark on what is refused."""
    who = f"neighbor {tunnel.gateway_inside}"
    yield f"{who} prefix-list {SITE} out"
    yield f"{who} route-map VPN{tunnel.number}-IN in"
    yield f"{who} route-map VPN{tunnel.number}-OUT out"
    yield f"! What is refused is kept, so that {shown}."
    yield f"{who} soft-reconfiguration inbound"
    yield "! More routes than a gateway may announce are somebody's mistake."
    yield f"{who} maximum-prefix {MOST_ROUTES}"


def distance(it: CustomerToWrite, tunnel: TunnelToWrite) -> str:
    """What a static route into a tunnel ends with: the first tunnel's has the usual distance."""
    return "" if tunnel is it.tunnels[0] else f" {STANDBY_DISTANCE * (tunnel.number - 1)}"


def drops(routes: Iterator[str]) -> Iterator[str]:
    """Routes that drop what no tunnel takes, each as far as ``ip route NETWORK NOWHERE``."""
    yield "!"
    yield "! Without a tunnel packets to the VPC are dropped, and do not leave in the clear."
    yield from (f"{one} {DROP_DISTANCE}" for one in routes)
