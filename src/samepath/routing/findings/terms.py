"""Causes in the terms of a policy: what never matches, and so never does what it says."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network

from samepath.model.policy import Conditions, Disposition, Policy, PrefixMatch, Term
from samepath.model.topology import Policies
from samepath.routing.compile import tunnel_name
from samepath.routing.findings.detector import Detector
from samepath.routing.findings.evidence import Evidence, ends_of, policy_path
from samepath.routing.findings.finding import Finding, Kind, Severity
from samepath.routing.network import DEFAULT

TERM_UNREACHED = Kind(
    code="term-unreached",
    severity=Severity.WARNING,
    means="an earlier term of the policy takes every route that this one would match",
    because="The first term that matches ends the policy (unless it says next): this one never "
    "does what it says.",
    advice="Put the narrower term first.",
)
TERM_WITHOUT_ROUTE = Kind(
    code="term-without-route",
    severity=Severity.WARNING,
    means="no route that comes to a policy has what a term of it asks for",
    because="A preference on a prefix that nobody announces, or on a community that nobody sets, "
    "is in the file and not in force: often a typing mistake, or a network that has moved. "
    "(A term that rejects is a guard, and is not looked at.)",
    advice="Compare the term's prefixes with what is announced, and its communities with what the "
    "other end sets.",
)


def _terms(it: Evidence) -> Iterator[Finding]:
    added = {
        community
        for _, tunnel in it.bgp_tunnels
        for policies in (tunnel.customer_policy, tunnel.gateway_policy)
        for policy in (policies.imports, policies.exports)
        for term in policy.terms
        for community in term.changes.add_communities
    }
    for connection, tunnel in it.bgp_tunnels:
        (_, gateway), (_, customer) = ends_of(connection)
        ends: tuple[tuple[str, Policies, str, str], ...] = (
            ("customer", tunnel.customer_policy, customer, gateway),
            ("gateway", tunnel.gateway_policy, gateway, customer),
        )
        for end, policies, own, other in ends:
            for direction, policy, sender in (
                ("import", policies.imports, other),
                ("export", policies.exports, own),
            ):
                if not policy.terms:
                    continue
                prefixes = frozenset(it.solution.tables[sender])
                if direction == "export" and policies.default_originate:
                    # What is asked for there is, and goes past: another cause (defaults).
                    prefixes |= {DEFAULT}
                for position, kind, what, advice in _idle(policy, prefixes, added):
                    yield kind.at(
                        tunnel_name(connection, tunnel),
                        f"term {position} of the {end}'s {direction} policy never matches: {what}",
                        advice,
                        path=policy_path(connection, tunnel, end, direction, position),
                    )


def _idle(
    policy: Policy, prefixes: frozenset[IPv4Network], communities: set[str]
) -> Iterator[tuple[int, Kind, str, str]]:
    """The terms that never match: their positions, and why."""
    for position, term in enumerate(policy.terms):
        before = next(
            (
                number
                for number, earlier in enumerate(policy.terms[:position])
                if earlier.disposition is not Disposition.NEXT
                and _covers(earlier.conditions, term.conditions)
            ),
            None,
        )
        asked = term.conditions
        if before is not None:
            what = f"term {before} has taken every such route before"
            yield position, TERM_UNREACHED, what, "put the narrower term first"
        elif _is_guard(term):
            continue
        elif asked.prefixes and not any(
            one.matches(prefix) for one in asked.prefixes for prefix in prefixes
        ):
            what = f"nothing in {', '.join(map(_spelled, asked.prefixes))} comes here"
            yield position, TERM_WITHOUT_ROUTE, what, "compare it with what is announced"
        elif asked.communities and communities.isdisjoint(asked.communities):
            what = f"nobody adds the community {' or '.join(asked.communities)}"
            yield position, TERM_WITHOUT_ROUTE, what, "add it at the other end"


def _is_guard(term: Term) -> bool:
    return term.disposition is Disposition.REJECT


def _covers(earlier: Conditions, later: Conditions) -> bool:
    """Whether whatever meets ``later`` meets ``earlier``, too."""
    if earlier.communities and not (
        later.communities and set(later.communities) <= set(earlier.communities)
    ):
        return False
    if not earlier.prefixes:
        return True
    return bool(later.prefixes) and all(
        any(_holds(wide, narrow) for wide in earlier.prefixes) for narrow in later.prefixes
    )


def _holds(wide: PrefixMatch, narrow: PrefixMatch) -> bool:
    return (
        narrow.prefix.subnet_of(wide.prefix)
        and wide.minimum <= narrow.minimum
        and narrow.maximum <= wide.maximum
    )


def _spelled(match: PrefixMatch) -> str:
    length = match.prefix.prefixlen
    if match.minimum == match.maximum == length:
        return str(match.prefix)
    return f"{match.prefix} with lengths {match.minimum} to {match.maximum}"


DETECTORS = (Detector(kinds=(TERM_UNREACHED, TERM_WITHOUT_ROUTE), find=_terms),)
