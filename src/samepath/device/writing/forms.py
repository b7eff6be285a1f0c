"""The forms in which a list of clauses may say a policy.

A clause is a term, tried in turn, and what no clause takes up is rejected: so are the route maps of
IOS, FRR, VyOS and FortiOS. A change for every route may stand in a clause of its own that goes on,
or in each clause; which of the two takes fewer lines depends on what is there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from samepath.model.policy import Changes, Conditions, Disposition, Policy, Term
from samepath.model.policy_form import normal, together

Form = tuple[Term, ...]
REJECTS_ALL = Term(disposition=Disposition.REJECT)


def forms(policy: Policy) -> tuple[Form, ...]:
    """The forms of a policy, the one nearest to its own terms first.

    None of them has the last term that rejects everything, which a list of clauses has by itself,
    unless the term before it goes on: some platforms accept what the last clause sends on.
    """
    found = (policy.terms, _in_each(policy), normal(policy).terms)
    return tuple(dict.fromkeys(tuple(_ended(one)) for one in found))


def fewest_lines(
    policy: Policy, lines: Callable[[Form], tuple[str, ...] | None]
) -> tuple[str, ...] | None:
    """The shortest that ``lines`` makes of the forms of a policy; None where it makes none."""
    found = (lines(form or (REJECTS_ALL,)) for form in forms(policy))
    return min((one for one in found if one is not None), key=len, default=None)


def decides(form: Form) -> bool:
    """Whether the last term of a form takes up every route."""
    return bool(form) and is_end(form[-1])


def is_end(term: Term) -> bool:
    """Whether no route comes past a term."""
    always = term.conditions == Conditions() and not term.opaque
    return always and term.disposition is not Disposition.NEXT


def same_conditions(one: Term, other: Term) -> bool:
    """Whether two terms match the same routes, as far as they say so alike."""
    return set(one.conditions.prefixes) == set(other.conditions.prefixes) and set(
        one.conditions.communities
    ) == set(other.conditions.communities)


def _ended(terms: Form) -> Iterator[Term]:
    goes_on = False
    for term in terms:
        rejects = term.disposition is Disposition.REJECT
        if rejects and is_end(term):
            yield from (REJECTS_ALL,) * goes_on
            return
        yield replace(term, changes=Changes()) if rejects else term
        if is_end(term):
            return
        goes_on = term.disposition is Disposition.NEXT
    yield Term()


def _in_each(policy: Policy) -> Form:
    """What a term does to every route that goes on, in the terms behind it."""
    found: list[Term] = []
    pending = Changes()
    for term in (*policy.terms, Term()):
        goes_on = term.disposition is Disposition.NEXT
        always = term.conditions == Conditions() and not term.opaque
        if goes_on and always and not term.changes.add_communities:
            pending = together(pending, term.changes)
        elif goes_on:
            found += [Term(changes=pending, disposition=term.disposition)] * (pending != Changes())
            found.append(term)
            pending = Changes()
        else:
            found.append(replace(term, changes=together(pending, term.changes)))
    return tuple(found)
