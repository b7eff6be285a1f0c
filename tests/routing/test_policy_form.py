"""The normal form of a policy does what the policy does, and form alone makes no difference."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samepath.model.policy import (
    Changes,
    Conditions,
    Disposition,
    Opaque,
    Policy,
    PrefixMatch,
    Term,
)
from samepath.model.policy_form import normal
from samepath.routing.policy import apply
from samepath.routing.route import Route, Source

_PREFIXES = tuple(map(IPv4Network, ("10.0.0.0/8", "10.1.0.0/16", "192.168.0.0/16")))
_COMMUNITIES = ("65000:1", "65000:2")
ACCEPT, REJECT, NEXT = Disposition.ACCEPT, Disposition.REJECT, Disposition.NEXT

matches = st.builds(
    lambda prefix, longer: PrefixMatch(
        prefix=prefix, minimum=prefix.prefixlen, maximum=prefix.prefixlen + longer
    ),
    st.sampled_from(_PREFIXES),
    st.sampled_from((0, 8)),
)
terms = st.builds(
    Term,
    conditions=st.builds(
        Conditions,
        prefixes=st.lists(matches, max_size=2).map(tuple),
        communities=st.lists(st.sampled_from(_COMMUNITIES), max_size=1).map(tuple),
    ),
    changes=st.builds(
        Changes,
        local_preference=st.sampled_from((None, 100, 200)),
        med=st.sampled_from((None, 0, 10)),
        prepend=st.integers(0, 2),
        add_communities=st.lists(st.sampled_from(_COMMUNITIES), max_size=1).map(tuple),
    ),
    disposition=st.sampled_from(Disposition),
)
policies = st.lists(terms, max_size=5).map(lambda found: Policy(terms=tuple(found)))
routes = st.builds(
    lambda prefix, communities: Route(
        prefix=prefix, source=Source.EBGP, session="s", communities=frozenset(communities)
    ),
    st.sampled_from((*_PREFIXES, IPv4Network("10.1.2.0/24"))),
    st.lists(st.sampled_from(_COMMUNITIES), max_size=2),
)


@given(policies, routes)
def test_it_does_what_the_policy_does(policy: Policy, route: Route) -> None:
    it = normal(policy)
    assert apply(it, route, 65000).route == apply(policy, route, 65000).route


@given(policies)
def test_it_is_its_own_normal_form(policy: Policy) -> None:
    assert normal(normal(policy)) == normal(policy)


@given(policies)
def test_its_last_term_is_for_every_route(policy: Policy) -> None:
    last = normal(policy).terms[-1]
    assert last.conditions == Conditions()
    assert last.disposition is not NEXT


PREFER = Changes(local_preference=200)
SITE = Conditions(prefixes=(PrefixMatch(prefix=_PREFIXES[2], minimum=16, maximum=16),))
LISTED = Term(conditions=SITE, disposition=REJECT)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ((), (Term(),)),
        ((Term(changes=PREFER, disposition=NEXT),), (Term(changes=PREFER),)),
        (
            (Term(changes=PREFER, disposition=NEXT), LISTED),
            (LISTED, Term(changes=PREFER)),
        ),
        ((Term(conditions=SITE),), ()),
        ((Term(disposition=REJECT), Term(changes=PREFER)), (Term(disposition=REJECT),)),
        ((LISTED, Term(disposition=REJECT)), (Term(disposition=REJECT, changes=PREFER),)),
    ],
)
def test_two_ways_of_writing_it_are_one(one: tuple[Term, ...], other: tuple[Term, ...]) -> None:
    assert normal(Policy(terms=one)) == normal(Policy(terms=other))


def test_policies_that_differ_stay_apart() -> None:
    one = Policy(terms=(Term(changes=PREFER),))
    assert normal(one) != normal(Policy())
    assert normal(Policy(terms=(LISTED,))) != normal(Policy())


@pytest.mark.parametrize("conditions", [Conditions(), SITE])
@pytest.mark.parametrize("disposition", Disposition)
def test_a_term_that_is_not_understood_is_never_needless(
    conditions: Conditions, disposition: Disposition
) -> None:
    unknown = (Opaque(source="match as-path 7"),)
    term = Term(conditions=conditions, disposition=disposition, opaque=unknown)
    last = Term(disposition=REJECT if disposition is REJECT else ACCEPT)
    assert normal(Policy(terms=(term, last))) == Policy(terms=(term, last))
