"""Routing policy as the body of a BIRD filter.

Each term becomes an ``if``; what falls through goes on to the next term. BIRD has no weight: a
weight is a choice of one box before anything else, which is what BIRD's ``preference`` is, so it is
rendered as that (base 100, and BIRD's limit of 65535 holds).
"""

from __future__ import annotations

from collections.abc import Iterator

from samepath.device.policy import NotRenderable, modelled_terms
from samepath.model.policy import Changes, Conditions, Disposition, Policy, PrefixMatch

BASE_PREFERENCE = 100
"""BIRD's own for BGP; the prediction counts from the same (``weighed_from``)."""
MOST_PREFERENCE = 65535


def filter_lines(policy: Policy, asn: int) -> Iterator[str]:
    """The statements of ``policy``; a route that reaches their end goes on behind them."""
    for term in modelled_terms(policy):
        condition = _condition(term.conditions)
        yield f"if {condition} then {{"
        yield from _changes(term.changes, asn)
        if term.disposition is not Disposition.NEXT:
            yield f"{term.disposition.value};"
        yield "}"


def _condition(conditions: Conditions) -> str:
    parts = []
    if conditions.prefixes:
        patterns = ", ".join(_pattern(match) for match in conditions.prefixes)
        parts.append(f"net ~ [ {patterns} ]")
    if conditions.communities:
        pairs = ", ".join(f"({c.replace(':', ',')})" for c in conditions.communities)
        parts.append(f"bgp_community ~ [ {pairs} ]")
    return " && ".join(parts) or "true"


def _pattern(match: PrefixMatch) -> str:
    return f"{match.prefix}{{{match.minimum},{match.maximum}}}"


def _changes(changes: Changes, asn: int) -> Iterator[str]:
    if changes.weight is not None:
        if BASE_PREFERENCE + changes.weight > MOST_PREFERENCE:
            most = MOST_PREFERENCE - BASE_PREFERENCE
            raise NotRenderable(f"BIRD takes weights up to {most}, not weight {changes.weight}")
        yield f"preference = {BASE_PREFERENCE + changes.weight};"
    if changes.local_preference is not None:
        yield f"bgp_local_pref = {changes.local_preference};"
    if changes.med is not None:
        yield f"bgp_med = {changes.med};"
    yield from [f"bgp_path.prepend({asn});"] * changes.prepend
    for community in changes.add_communities:
        yield f"bgp_community.add(({community.replace(':', ',')}));"
