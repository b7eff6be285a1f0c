"""Policies as BIRD's filters: each word, and its order."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from tests.device.bird import speakers as made

from samepath.device.bird.policy import filter_lines
from samepath.device.policy import NotRenderable
from samepath.model.policy import Changes, Conditions, Disposition, Policy, PrefixMatch, Term

TEN = PrefixMatch(prefix=IPv4Network("10.0.0.0/8"), minimum=16, maximum=24)
ALL = PrefixMatch(prefix=IPv4Network("0.0.0.0/0"), minimum=0, maximum=32)


def lines(*terms: Term) -> list[str]:
    return list(filter_lines(Policy(terms=terms), asn=65000))


def test_an_empty_policy_says_nothing() -> None:
    assert lines() == []


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (Conditions(), "true"),
        (Conditions(prefixes=(TEN,)), "net ~ [ 10.0.0.0/8{16,24} ]"),
        (Conditions(prefixes=(TEN, ALL)), "net ~ [ 10.0.0.0/8{16,24}, 0.0.0.0/0{0,32} ]"),
        (Conditions(communities=("65000:1",)), "bgp_community ~ [ (65000,1) ]"),
        (
            Conditions(prefixes=(TEN,), communities=("65000:1", "1:2")),
            "net ~ [ 10.0.0.0/8{16,24} ] && bgp_community ~ [ (65000,1), (1,2) ]",
        ),
    ],
)
def test_conditions(conditions: Conditions, expected: str) -> None:
    assert lines(Term(conditions=conditions))[0] == f"if {expected} then {{"


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        (Changes(), []),
        (Changes(weight=10), ["preference = 110;"]),
        (Changes(local_preference=0), ["bgp_local_pref = 0;"]),
        (Changes(med=0), ["bgp_med = 0;"]),
        (Changes(prepend=2), ["bgp_path.prepend(65000);"] * 2),
        (Changes(add_communities=("1:2",)), ["bgp_community.add((1,2));"]),
    ],
)
def test_changes(changes: Changes, expected: list[str]) -> None:
    assert lines(Term(changes=changes))[1:-2] == expected


@pytest.mark.parametrize(
    ("disposition", "expected"),
    [
        (Disposition.ACCEPT, ["accept;"]),
        (Disposition.REJECT, ["reject;"]),
        (Disposition.NEXT, []),
    ],
)
def test_dispositions(disposition: Disposition, expected: list[str]) -> None:
    assert lines(Term(disposition=disposition))[1:-1] == expected


def test_a_weight_beyond_birds_preference_is_refused() -> None:
    """BIRD would refuse the whole file, and with it every other tunnel's session."""
    assert lines(Term(changes=Changes(weight=65435)))[1] == "preference = 65535;"
    with pytest.raises(NotRenderable, match="weight 65436"):
        lines(Term(changes=Changes(weight=65436)))


@given(policy=made.policies)
def test_terms_keep_their_order_and_nothing_else_is_said(policy: Policy) -> None:
    alone = [line for term in policy.terms for line in lines(term)]

    assert lines(*policy.terms) == alone
