"""Policies of which not all is understood: each thing that they may do is an outcome."""

from __future__ import annotations

from dataclasses import replace

import pytest

from samepath.model.document import parse
from samepath.model.policy import (
    Changes,
    Conditions,
    Disposition,
    Opaque,
    Policy,
    PrefixMatch,
    Term,
)
from samepath.model.topology import Topology
from samepath.routing import ALL_UP, Report, check
from samepath.routing.assumption import Question

TEXT = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
customer_gateways:
  dc: {address: 198.51.100.1, platform: cisco-ios, firewall: interface}
sites: {office: {networks: [192.168.10.0/24, 192.168.20.0/24]}}
connections: {seoul: {mode: pinned}}
"""


def unread(source: str, disposition: Disposition = Disposition.REJECT, **more: object) -> Term:
    return Term(opaque=(Opaque(source=source),), disposition=disposition, **more)  # type: ignore[arg-type]


def with_policies(imports: tuple[Term, ...] = (), exports: tuple[Term, ...] = ()) -> Topology:
    """The topology with terms of the customer's for the first tunnel, before its own."""
    it = parse(TEXT).topology
    seoul = it.connections["seoul"]
    first, second = seoul.tunnels
    own = replace(
        first.customer_policy, imports=Policy(terms=imports), exports=Policy(terms=exports)
    )
    first = replace(first, customer_policy=own)
    return replace(it, connections={"seoul": replace(seoul, tunnels=(first, second))})


def asked(report: Report) -> set[Question]:
    return {
        question
        for one in report.states
        for outcome in one.outcomes
        for because in outcome.because
        for question, _ in because
    }


def ways(report: Report) -> set[tuple[str | None, str | None]]:
    return {outcome.result.ways.tunnels for one in report.states for outcome in one.outcomes}


FIRST, SECOND = "seoul/tunnel1/bgp", "seoul/tunnel2/bgp"


def test_a_term_that_may_refuse_a_route_leaves_both_ways_open_and_says_why() -> None:
    report = check(with_policies(imports=(unread("match as-path 7"),)), (ALL_UP,))

    assert ways(report) == {(FIRST, SECOND), (FIRST, FIRST)}
    assert report.sentence.startswith("with all up packets MAY be dropped")
    (question,) = asked(report)
    assert question.subject == "cgw:dc"
    assert question.what == 'whether what is not understood holds: "match as-path 7"'
    assert "undetermined" in {finding.code for finding in report.findings}


def test_a_term_that_is_about_no_route_there_is_not_asked_for() -> None:
    far = PrefixMatch(
        prefix=parse(TEXT).topology.sites["office"].networks[0], minimum=24, maximum=24
    )
    elsewhere = Conditions(prefixes=(far,))
    report = check(with_policies(imports=(unread("match tag 7", conditions=elsewhere),)), (ALL_UP,))

    assert asked(report) == set()
    assert ways(report) == {(FIRST, FIRST)}


def test_what_does_nothing_that_is_understood_is_not_asked_for() -> None:
    going_on = unread("set ip next-hop", Disposition.NEXT)
    last = unread("it calls the route map SLIP", Disposition.ACCEPT)
    report = check(with_policies(exports=(going_on, last)), (ALL_UP,))

    assert ways(report) == {(FIRST, FIRST)}
    assert asked(report) == set()


@pytest.mark.parametrize(("terms", "questions"), [(3, 3), (4, 1), (30, 1)])
def test_many_terms_are_asked_for_together(terms: int, questions: int) -> None:
    tagging = Changes(add_communities=("65000:1",))
    going_on = tuple(
        unread(f"match tag {tag}", Disposition.NEXT, changes=tagging) for tag in range(terms - 1)
    )
    report = check(
        with_policies(imports=(*going_on, unread("match as-path 7")), exports=going_on), (ALL_UP,)
    )

    assert len(asked(report)) == questions
    assert ways(report) == {(FIRST, SECOND), (FIRST, FIRST)}
