"""Two sites that a gateway joins (AWS's CloudHub): each end's device is judged by itself."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.routing.fleets import fleets
from tests.routing.test_evaluator import equal
from tests.routing.topologies import CLOUDHUB, RING, TWO_GATEWAYS

from samepath.model.document import parse
from samepath.model.topology import Topology
from samepath.routing.evaluator import analyse
from samepath.routing.report import Report, check
from samepath.routing.states import single_states
from samepath.routing.verdict import Transition, Verdict, analyse_naively, pairs

SECOND = "two, tunnels: [{}, {policy: {customer: {import: [{set: {local_preference: 200}}]}}}]}"


def hub(one: str = "", two: str = "", connection: str = "") -> Topology:
    text = CLOUDHUB.replace("asn: 65001", f"asn: 65001{one}").replace(
        "asn: 65002", f"asn: 65002{two}"
    )
    return parse(
        text.replace("k2: {customer_gateway: two}", connection or "k2: {customer_gateway: two}")
    ).topology


def between(report: Report, site: str, state: str = "all up") -> set[Any]:
    """The tunnels of both directions at a site, and the verdict, of its pairs with the other one."""
    return {
        (*(outcome.result.ways.tunnels), outcome.result.verdict, outcome.result.transition)
        for one in report.states
        if one.pair.far is not None and one.pair.site_name == site and one.state.name == state
        for outcome in one.outcomes
    }


def test_each_site_is_judged_by_its_own_tunnels() -> None:
    report = check(hub(", platform: cisco-ios, firewall: interface"), between_sites=True)
    north, south = ("k1/tunnel1/bgp",) * 2, ("k2/tunnel1/bgp",) * 2
    assert between(report, "north") == {(*north, Verdict.SYMMETRIC, None)}
    assert between(report, "south") == {(*south, Verdict.SYMMETRIC, None)}

    other = ("k1/tunnel2/bgp",) * 2
    moved = between(report, "north", "k1/tunnel1 down")
    assert moved == {(*other, Verdict.SYMMETRIC, Transition.HANGS)}
    stayed = between(report, "south", "k1/tunnel1 down")
    assert stayed == {(*south, Verdict.SYMMETRIC, Transition.SURVIVES)}


def test_a_preference_that_is_crossed_at_one_site_drops_there() -> None:
    it = hub("", ", platform: cisco-ios, firewall: interface", f"k2: {{customer_gateway: {SECOND}")
    report = check(it, between_sites=True)
    assert {told[2] for told in between(report, "south")} == {Verdict.ASYMMETRIC_DROPPED}
    assert {told[:2] for told in between(report, "south")} == {("k2/tunnel1/bgp", "k2/tunnel2/bgp")}
    assert {told[2] for told in between(report, "north")} == {Verdict.SYMMETRIC}


def test_sites_of_one_as_number_do_not_hear_each_other() -> None:
    text = CLOUDHUB.replace("65002", "65001")
    report = check(parse(text).topology, between_sites=True)
    assert {told[2] for told in between(report, "north")} == {Verdict.UNREACHABLE}
    assert {one.pair.far for one in check(parse(text).topology).states} == {None}


def test_with_one_site_s_device_down_the_outage_is_expected_at_both() -> None:
    report = check(hub(), between_sites=True)
    for site in ("north", "south"):
        assert {told[2] for told in between(report, site, "cgw:two down")} == {
            Verdict.EXPECTED_OUTAGE
        }


@pytest.mark.parametrize(("text", "count"), [(TWO_GATEWAYS, 0), (CLOUDHUB, 4), (RING, 2)])
def test_each_two_networks_of_sites_that_a_gateway_joins_are_two_pairs(
    text: str, count: int
) -> None:
    it = parse(text).topology
    told = pairs(it, between_sites=True)
    assert len(set(told)) == len(told) == len(pairs(it)) + count


@settings(deadline=None, max_examples=25)
@given(it=fleets(customers=2, more=1), data=st.data())
def test_both_evaluators_say_the_same_between_sites(it: Topology, data: st.DataObject) -> None:
    states = tuple(single_states(it))[:: data.draw(st.integers(3, 9))]
    equal(
        analyse(it, states, between_sites=True),
        analyse_naively(it, states, between_sites=True),
    )
