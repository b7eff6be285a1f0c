"""Policies as FRR's route maps: each word, and its order."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.device.bird import speakers as made

from samepath.device.frr.policy import route_map
from samepath.model.policy import Changes, Conditions, Disposition, Policy, PrefixMatch, Term

NOTHING = Changes()


def lines(*terms: Term, mode: Changes = NOTHING) -> list[str]:
    """The lines of a map, which is called ``x`` in them."""
    made_map = route_map("map", mode, Policy(terms=terms), 65000)
    return [line.replace(made_map.name, "x") for line in made_map.lines]


LAST = ["route-map x permit 65535", "exit"]


def test_an_empty_policy_is_a_map_that_lets_everything_pass() -> None:
    assert lines() == LAST


@pytest.mark.parametrize(
    ("minimum", "maximum", "words"),
    [
        (8, 8, "10.0.0.0/8"),
        (8, 32, "10.0.0.0/8 le 32"),
        (16, 24, "10.0.0.0/8 ge 16 le 24"),
        (16, 16, "10.0.0.0/8 ge 16 le 16"),
        (9, 32, "10.0.0.0/8 ge 9 le 32"),
    ],
)
def test_the_lengths_of_a_prefix(minimum: int, maximum: int, words: str) -> None:
    match = PrefixMatch(prefix=IPv4Network("10.0.0.0/8"), minimum=minimum, maximum=maximum)

    assert lines(Term(conditions=Conditions(prefixes=(match, match)))) == [
        f"ip prefix-list x-1 seq 5 permit {words}",
        "route-map x permit 1",
        " match ip address prefix-list x-1",
        "exit",
        *LAST,
    ]


def test_one_of_several_communities_is_enough() -> None:
    conditions = Conditions(communities=("65000:1", "1:2", "1:2"))

    assert lines(Term(conditions=conditions, disposition=Disposition.REJECT)) == [
        "bgp community-list standard x-1 seq 5 permit 65000:1",
        "bgp community-list standard x-1 seq 10 permit 1:2",
        "route-map x deny 1",
        " match community x-1",
        "exit",
        *LAST,
    ]


def test_changes_are_made_before_the_next_term_is_tried() -> None:
    changes = Changes(
        local_preference=200, weight=10, med=50, prepend=2, add_communities=("65000:2", "1:2")
    )

    assert lines(Term(changes=changes, disposition=Disposition.NEXT), Term()) == [
        "route-map x permit 1",
        " set weight 10",
        " set local-preference 200",
        " set metric 50",
        " set as-path prepend 65000 65000",
        " set community 65000:2 1:2 additive",
        " on-match next",
        "exit",
        "route-map x permit 2",
        "exit",
        *LAST,
    ]


def test_what_the_mode_changes_comes_first_and_goes_on() -> None:
    assert lines(Term(disposition=Disposition.REJECT), mode=Changes(prepend=1)) == [
        "route-map x permit 1",
        " set as-path prepend 65000",
        " on-match next",
        "exit",
        "route-map x deny 2",
        "exit",
        *LAST,
    ]


@given(
    one=made.policies,
    other=made.policies,
    modes=st.tuples(*[st.sampled_from([NOTHING, Changes(med=1)])] * 2),
)
def test_two_maps_have_one_name_exactly_where_they_say_the_same(
    one: Policy, other: Policy, modes: tuple[Changes, Changes]
) -> None:
    first, second = (
        route_map("map", mode, policy, 65000)
        for mode, policy in zip(modes, (one, other), strict=True)
    )

    assert (first.name == second.name) == ((modes[0], one) == (modes[1], other))
