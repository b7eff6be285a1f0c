"""A policy applied to a route: what becomes of it, and by which term.

What a policy sets and what of it takes effect are two things, and the second is the caller's: LOCAL_PREF
that is set on export reaches a neighbour only within the AS (RFC 4271, 5.1.5), and weight that is
set on export reaches nobody, since no message carries it. Prepending on import lengthens this
router's own view of the path, and so steers what it sends, not what it receives. What happens to a
route in a session without a policy (RFC 8212), or behind the last term, is a fact of the session.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from samepath.model.policy import Changes, Conditions, Disposition, Opaque, Policy
from samepath.routing.route import Route


@dataclass(frozen=True, kw_only=True, slots=True)
class Applied:
    """What a policy makes of a route.

    ``route`` is None where it is rejected. ``term`` is the number, from 0, of the term that accepted
    or rejected it; None where it got past the last one.
    """

    route: Route | None
    term: int | None


Unread = tuple[Opaque, ...]
"""What is not understood of a term."""


def as_if_read(_: Unread) -> bool:
    """Takes a term of which not all is understood to match by what is."""
    return True


def apply(
    policy: Policy, route: Route, own_asn: int, matches: Callable[[Unread], bool] = as_if_read
) -> Applied:
    """Try ``route`` against the terms in turn; ``own_asn`` is what prepending puts in front.

    A term sees the changes of those before it that went on to the next. ``matches`` says of a term
    of which not all is understood, and all that is holds, whether it matches.
    """
    for number, term in enumerate(policy.terms):
        if not _holds(term.conditions, route):
            continue
        if term.opaque and not _does_nothing(policy, number) and not matches(term.opaque):
            continue
        if term.disposition is Disposition.REJECT:
            return Applied(route=None, term=number)
        route = _changed(term.changes, route, own_asn)
        if term.disposition is Disposition.ACCEPT:
            return Applied(route=route, term=number)
    return Applied(route=route, term=None)


def _does_nothing(policy: Policy, number: int) -> bool:
    """Whether a route is the same with a term as without it."""
    term = policy.terms[number]
    is_last = number == len(policy.terms) - 1
    goes_on = Disposition.NEXT, *((Disposition.ACCEPT,) if is_last else ())
    return term.changes == Changes() and term.disposition in goes_on


def _holds(conditions: Conditions, route: Route) -> bool:
    prefixes, communities = conditions.prefixes, conditions.communities
    if prefixes and not any(one.matches(route.prefix) for one in prefixes):
        return False
    return not communities or not route.communities.isdisjoint(communities)


def _changed(changes: Changes, route: Route, own_asn: int) -> Route:
    def either(new: int | None, old: int | None) -> int | None:
        return old if new is None else new

    return replace(
        route,
        local_preference=either(changes.local_preference, route.local_preference),
        weight=either(changes.weight, route.weight),
        med=either(changes.med, route.med),
        as_path=(own_asn,) * changes.prepend + route.as_path,
        communities=route.communities.union(changes.add_communities),
    )
