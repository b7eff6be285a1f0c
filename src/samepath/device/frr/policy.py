"""Routing policy as a route map of FRR, with the lists that its clauses name.

Each term becomes a clause; a term that goes on to the next one has ``on-match next``. A route that
no clause has ended meets the last one, which permits it, since a map ends by itself in a deny.

A map's name ends in a digest of what it says. So a changed policy is another map: it is made beside
the old one, a neighbour goes over to it in one command, and at no moment does a neighbour have half
a map, or none, which would withdraw its routes (RFC 8212).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from samepath.device.ios_family.writing.words import pattern, set_lines
from samepath.device.policy import modelled_terms
from samepath.linux.marks import digest
from samepath.model.policy import Changes, Disposition, Policy, Term

LAST = 65535
"""The number of a map's last clause, the highest that there is."""
_SEQUENCE = 5
"""What FRR counts a list's entries by."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RouteMap:
    """A route map and its lists, in the order in which they are told."""

    name: str
    lines: tuple[str, ...]


def route_map(name: str, mode: Changes, policy: Policy, asn: int) -> RouteMap:
    """The map of one direction of a session: what the mode changes first, then the policy's terms.

    Raises :class:`~samepath.device.policy.NotRenderable`.
    """
    named = f"{name}-{digest(repr((mode, policy, asn)))[:8]}"
    terms = [*_of_mode(mode), *modelled_terms(policy)]
    lists: list[str] = []
    clauses: list[str] = []
    for number, term in enumerate(terms, start=1):
        its_list = f"{named}-{number}"
        lists += _lists(its_list, term)
        clauses += _clause(named, number, its_list, term, asn)
    last = (f"route-map {named} permit {LAST}", "exit")
    return RouteMap(name=named, lines=(*lists, *clauses, *last))


def _of_mode(changes: Changes) -> Iterator[Term]:
    if changes != Changes():
        yield Term(changes=changes, disposition=Disposition.NEXT)


def _lists(name: str, term: Term) -> Iterator[str]:
    permitted = dict.fromkeys(map(pattern, term.conditions.prefixes))
    for number, one in enumerate(permitted, start=1):
        yield f"ip prefix-list {name} seq {number * _SEQUENCE} permit {one}"
    for number, community in enumerate(dict.fromkeys(term.conditions.communities), start=1):
        yield f"bgp community-list standard {name} seq {number * _SEQUENCE} permit {community}"


def _clause(name: str, number: int, its_list: str, term: Term, asn: int) -> Iterator[str]:
    verb = "deny" if term.disposition is Disposition.REJECT else "permit"
    yield f"route-map {name} {verb} {number}"
    if term.conditions.prefixes:
        yield f" match ip address prefix-list {its_list}"
    if term.conditions.communities:
        yield f" match community {its_list}"
    yield from (f" {line}" for line in set_lines(term.changes, asn).values())
    if term.disposition is Disposition.NEXT:
        yield " on-match next"
    yield "exit"
