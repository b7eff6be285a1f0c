"""The normal form of a policy: two that do the same to every route, written in two ways, are one.

A platform that has a policy from us says it in its own way: a change for every route may stand in
each clause, or in one of its own that goes on. :func:`normal` takes such freedom out. It says
nothing of policies that differ in more than their form; that two normal forms differ does not prove
that the policies do.
"""

from __future__ import annotations

from dataclasses import replace

from samepath.model.policy import Changes, Conditions, Disposition, Policy, Term

_ACCEPTS, _REJECTS, _GOES_ON = Disposition.ACCEPT, Disposition.REJECT, Disposition.NEXT


def normal(policy: Policy) -> Policy:
    """The policy with every freedom of its form taken out; its last term is for every route.

    - What a term without conditions changes, and then goes on, is in the terms behind it.
    - A term that changes nothing and goes on is not there, nor what stands behind a term that ends
      every route, nor what a route gets as well from the last term.
    - Conditions are sorted, each once.
    """
    terms: list[Term] = []
    pending = Changes()
    for term in (*map(_sorted, policy.terms), Term()):
        goes_on = term.disposition is _GOES_ON
        merged = together(pending, term.changes)
        always = term.conditions == Conditions() and not term.opaque
        if goes_on and always and not term.changes.add_communities:
            pending = merged
            continue
        if goes_on:
            if term.changes == Changes() and not term.opaque:
                continue
            if always:
                terms.append(replace(term, changes=merged))
            else:
                terms += [*_flushed(pending), term]
            pending = Changes()
            continue
        rejects = term.disposition is _REJECTS
        terms.append(replace(term, changes=Changes() if rejects else merged))
        if always:
            break
    return Policy(terms=tuple(_without_needless(terms)))


def together(first: Changes, then: Changes) -> Changes:
    """What two changes come to, one after the other."""

    def either(new: int | None, old: int | None) -> int | None:
        return old if new is None else new

    return Changes(
        local_preference=either(then.local_preference, first.local_preference),
        weight=either(then.weight, first.weight),
        med=either(then.med, first.med),
        prepend=first.prepend + then.prepend,
        add_communities=tuple(sorted({*first.add_communities, *then.add_communities})),
    )


def _sorted(term: Term) -> Term:
    conditions = Conditions(
        prefixes=tuple(
            sorted(
                set(term.conditions.prefixes),
                key=lambda one: (one.prefix, one.minimum, one.maximum),
            )
        ),
        communities=tuple(sorted(set(term.conditions.communities))),
    )
    return replace(term, conditions=conditions, changes=together(Changes(), term.changes))


def _flushed(pending: Changes) -> list[Term]:
    return [] if pending == Changes() else [Term(changes=pending, disposition=_GOES_ON)]


def _without_needless(terms: list[Term]) -> list[Term]:
    """Without terms just before the last that do to a route what the last one does."""
    *others, last = terms
    while others:
        before = others[-1]
        same = before.disposition is last.disposition and before.changes == last.changes
        if not same or before.opaque:
            break
        others.pop()
    return [*others, last]
