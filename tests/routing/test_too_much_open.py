"""Where too much is open of a state, that is told of it, and the rest of the report is there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

import pytest

from samepath.model.document import parse
from samepath.routing import ALL_UP, FailureState, Report, check, single_states
from samepath.routing.assumption import TooManyOutcomes
from samepath.routing.availability.prospects import outlooks
from samepath.routing.evaluator import analyse
from samepath.routing.findings.openness import TOO_MUCH_OPEN
from samepath.routing.grouping import blocks
from samepath.routing.repair.choice import chosen
from samepath.routing.repair.goal import RepairMode, fault, is_lost, rank
from samepath.routing.verdict import PairInState, analyse_naively

SIX_EQUAL = """\
samepath: 1
vpcs: {cloud: {cidr: 10.0.0.0/16}}
gateways: {gw: {vpc: cloud, kind: transit}}
customer_gateways: {d0: {address: 198.51.100.1, platform: junos}}
sites: {office: {networks: [192.168.10.0/24]}}
connections: {k0: {}, k1: {}, k2: {}}
"""
"""Six equal tunnels: the gateway's hash and the device choose, and nobody says what binds."""
OPEN = parse(SIX_EQUAL).topology
STATES: Mapping[str, FailureState] = {one.name: one for one in single_states(OPEN)}
DOWN, BACK = STATES["k0/tunnel1 down"], STATES["k0/tunnel1 in maintenance + k0/tunnel1 returned"]


@cache
def report() -> Report:
    return check(OPEN, (ALL_UP, DOWN, BACK))


def in_state(state: FailureState) -> PairInState:
    (found,) = report().of(state)
    return found


def test_a_state_of_which_too_much_is_open_is_undetermined_and_names_the_questions() -> None:
    one = in_state(DOWN)
    assert not one.outcomes
    assert one.undetermined
    assert {question.subject for question in one.questions} == {"cgw:d0", "gw:gw"}
    assert "to what its firewall binds a session" in {each.what for each in one.questions}
    with pytest.raises(TooManyOutcomes, match="cgw:d0: to what its firewall binds a session"):
        one.complete()


@pytest.mark.parametrize("state", [ALL_UP, BACK], ids=str)
def test_the_other_states_are_told(state: FailureState) -> None:
    one = in_state(state)
    assert one.outcomes
    assert not one.questions
    assert one.complete() is one


def test_the_oracle_says_the_same() -> None:
    assert tuple(analyse(OPEN, (ALL_UP, DOWN))) == analyse_naively(OPEN, (ALL_UP, DOWN))


def test_the_sentence_says_that_nobody_can_say() -> None:
    assert report().sentence == (
        "with all up packets MAY be dropped or lost, nobody can say; of 2 failure states 2 MAY "
        "drop, lose or hang, nobody can say"
    )


def test_it_is_a_finding_with_the_questions_and_the_states() -> None:
    (finding,) = (one for one in report().findings if one.code == TOO_MUCH_OPEN.code)
    assert finding.place == "gw:gw"
    assert "(k0/tunnel1 down)" in finding.what
    assert "gw:gw: which of its equal paths the flow's hash takes" in finding.what


def test_its_row_is_not_well_and_stands_beside_the_others() -> None:
    (block,) = blocks(report())
    (row,) = (row for row in block.rows if not row.told)
    assert row.states == (in_state(DOWN),)
    assert not row.is_well


def test_for_a_repair_it_is_a_fault_but_where_no_policy_could_leave_less_open() -> None:
    one = in_state(DOWN)
    assert rank(one) == 2
    for mode in RepairMode:
        found = fault(mode, one, {})
        assert found is not None
        assert found.what == "too much is open to say what becomes of packets"
        assert is_lost(mode, one)
        assert fault(mode, one, {(one.pair, one.state): one}) is None
        assert fault(mode, one, {(one.pair, one.state): in_state(ALL_UP)}) is not None


def test_a_mode_is_not_chosen_as_if_no_firewall_minded() -> None:
    choice = chosen(OPEN, {(in_state(DOWN).pair, DOWN): in_state(DOWN)})
    assert choice.mode is RepairMode.SYMMETRIC
    assert choice.why == "of some states too much is open to say whether a firewall minds"


def test_an_availability_takes_it_for_an_outage_or_none(monkeypatch: pytest.MonkeyPatch) -> None:
    (outlook,) = outlooks(OPEN)
    monkeypatch.setattr(outlook.member, "judged", lambda *_, **__: in_state(DOWN))
    found = outlook.of(DOWN.conditions)
    assert (found.outage.low, found.outage.high) == (0, 1)
    assert not found.final
    assert outlook.ways(DOWN.conditions) != outlook.ways(BACK.conditions)
