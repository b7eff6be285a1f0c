"""What whole customer gateways of the family have in common."""

from __future__ import annotations

from samepath.device.ios_family.writing.clauses import Writer
from samepath.device.ios_family.writing.words import Words
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
