"""A policy applied to a route: terms in their order, what they set, what is not understood."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Network

import pytest
from tests.routing.routes import ASN, bgp

from samepath.model.policy import (
    Changes,
    Conditions,
    Disposition,
    Opaque,
    Policy,
    PrefixMatch,
    Term,
)
from samepath.routing.policy import Applied, Unread, apply

OWN = 65000
ROUTE = bgp("t1", communities=frozenset({"64512:1"}))
HERE = Conditions(prefixes=(PrefixMatch(prefix=IPv4Network("10.0.0.0/8"), minimum=16, maximum=24),))
ELSEWHERE = Conditions(
    prefixes=(PrefixMatch(prefix=IPv4Network("10.0.0.0/8"), minimum=17, maximum=24),)
)


def policy(*terms: Term) -> Policy:
    return Policy(terms=terms)


def test_an_empty_policy_leaves_a_route_alone() -> None:
    assert apply(Policy(), ROUTE, OWN) == Applied(route=ROUTE, term=None)


@pytest.mark.parametrize(
    ("changes", "attribute", "value"),
    [
        (Changes(local_preference=0), "local_preference", 0),
        (Changes(weight=7), "weight", 7),
        (Changes(med=0), "med", 0),
        (Changes(prepend=2), "as_path", (OWN, OWN, ASN)),
        (Changes(add_communities=("64512:2",)), "communities", {"64512:1", "64512:2"}),
    ],
)
def test_a_term_sets_what_it_says_and_nothing_else(
    changes: Changes, attribute: str, value: object
) -> None:
    applied = apply(policy(Term(changes=changes)), ROUTE, OWN)

    assert applied.term == 0
    assert applied.route is not None
    assert getattr(applied.route, attribute) == value
    assert replace(applied.route, **{attribute: getattr(ROUTE, attribute)}) == ROUTE


def test_the_first_term_that_holds_decides_and_is_named() -> None:
    applied = apply(
        policy(
            Term(conditions=ELSEWHERE, disposition=Disposition.REJECT),
            Term(conditions=HERE, changes=Changes(med=5)),
            Term(disposition=Disposition.REJECT),
        ),
        ROUTE,
        OWN,
    )

    assert applied == Applied(route=replace(ROUTE, med=5), term=1)


def test_a_rejected_route_is_gone_and_the_term_is_named() -> None:
    rejecting = policy(Term(conditions=HERE, disposition=Disposition.REJECT))

    assert apply(rejecting, ROUTE, OWN) == Applied(route=None, term=0)


def test_a_community_or_another_is_enough_and_prefix_and_community_must_both_hold() -> None:
    either = Conditions(communities=("64512:9", "64512:1"))
    assert apply(policy(Term(conditions=either)), ROUTE, OWN).term == 0
    neither = Conditions(communities=("64512:9",))
    assert apply(policy(Term(conditions=neither)), ROUTE, OWN).term is None
    both = replace(HERE, communities=("64512:9",))
    assert apply(policy(Term(conditions=both)), ROUTE, OWN).term is None


def test_a_term_sees_what_those_before_it_have_set() -> None:
    tag = Term(changes=Changes(add_communities=("1:1",), prepend=1), disposition=Disposition.NEXT)
    then = Term(conditions=Conditions(communities=("1:1",)), changes=Changes(prepend=1))
    applied = apply(policy(tag, then), ROUTE, OWN)

    assert applied.term == 1
    assert applied.route is not None
    assert applied.route.as_path == (OWN, OWN, ASN)


def test_past_the_last_term_a_route_keeps_what_was_set_and_no_term_is_named() -> None:
    tag = Term(changes=Changes(med=9), disposition=Disposition.NEXT)

    assert apply(policy(tag), ROUTE, OWN) == Applied(route=replace(ROUTE, med=9), term=None)


@pytest.mark.parametrize(("holds", "term"), [(True, 2), (False, 3)])
def test_what_is_not_understood_is_asked_only_where_it_may_matter(
    term: int, *, holds: bool
) -> None:
    line, far, late = (Opaque(source=text) for text in ("match tag 7", "match rpki", "set metric"))
    asked = []

    def matches(unread: Unread) -> bool:
        asked.append(unread)
        return holds

    applied = apply(
        policy(
            Term(conditions=ELSEWHERE, opaque=(far,)),
            Term(conditions=HERE, disposition=Disposition.NEXT),
            Term(conditions=HERE, opaque=(line,), disposition=Disposition.REJECT),
            Term(conditions=HERE, disposition=Disposition.REJECT),
            Term(opaque=(late,)),
        ),
        ROUTE,
        OWN,
        matches,
    )

    assert applied == Applied(route=None, term=term)
    assert asked == [(line,)]
