"""The known situations: what is predicted of each, and what ``samepath check`` shows of it.

``SAMEPATH_UPDATE=1`` writes the texts in ``golden`` anew; the change is then read as a diff.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.model import golden
from tests.routing.shown import shown

from samepath.model.document import parse
from samepath.routing import Report, Verdict, check

GOLDEN = Path(__file__).parent / "golden"
NAMES = sorted(path.stem for path in GOLDEN.glob("*.yaml"))

SYMMETRIC, TOLERATED = {Verdict.SYMMETRIC}, {Verdict.ASYMMETRIC_TOLERATED}
DROPPED, OUTAGE = {Verdict.ASYMMETRIC_DROPPED}, {Verdict.EXPECTED_OUTAGE}


def judged(name: str) -> Report:
    return check(parse((GOLDEN / f"{name}.yaml").read_text()).topology)


def verdicts(name: str) -> dict[str, set[Verdict]]:
    """The verdicts of each state."""
    return {one.state.name: set(one.verdicts) for one in judged(name).states}


def assert_well(told: dict[str, set[Verdict]]) -> None:
    """Symmetric wherever the only customer gateway works."""
    lost = {state for state, one in told.items() if one == OUTAGE}
    assert {"cgw:dc down", "cgw:dc/lan down"} <= lost
    assert all(state.startswith("cgw:dc") for state in lost)
    assert all(one == SYMMETRIC for state, one in told.items() if state not in lost)


def codes(name: str) -> set[str]:
    return {finding.code for finding in judged(name).findings}


@pytest.mark.parametrize("name", NAMES)
def test_what_is_shown_of_a_situation_is_in_the_tree(name: str) -> None:
    golden.check(GOLDEN / f"{name}.txt", shown(GOLDEN / f"{name}.yaml"))


def test_active_and_standby_as_intended_agree_in_every_state() -> None:
    assert_well(verdicts("active-standby"))
    assert codes("active-standby") == set()


def test_an_frr_that_is_pinned_both_ways_agrees_in_every_state_and_withdraws_a_site_it_has_lost() -> (
    None
):
    assert_well(verdicts("pinned-frr"))
    assert codes("pinned-frr") == {"pinned"}
    (lan,) = (one for one in judged("pinned-frr").states if one.state.name == "cgw:dc/lan down")
    assert {outcome.result.ways.tunnels[0] for outcome in lan.outcomes} == {None}


def test_a_crossed_preference_is_dropped_with_all_up_and_fine_with_either_tunnel_down() -> None:
    told = verdicts("crossed-by-interface")
    assert told["all up"] == DROPPED
    for tunnel in (1, 2):
        assert told[f"seoul/tunnel{tunnel} down"] == SYMMETRIC
        assert told[f"seoul/tunnel{tunnel}/bgp down"] == SYMMETRIC
        assert told[f"seoul/tunnel{tunnel} returned"] == DROPPED


def test_the_same_at_a_stateless_router_passes() -> None:
    crossed, stateless = verdicts("crossed-by-interface"), verdicts("crossed-stateless")
    assert stateless == {
        state: TOLERATED if one == DROPPED else one for state, one in crossed.items()
    }
    assert "asymmetric-drop" not in codes("crossed-stateless")


def test_prepending_alone_is_asymmetric_and_the_cause_is_found() -> None:
    assert verdicts("prepend-only")["all up"] == DROPPED
    assert {"asymmetric-drop", "prepend-only"} <= codes("prepend-only")


def test_local_preference_alone_is_asymmetric_and_the_cause_is_found() -> None:
    assert verdicts("local-preference-only")["all up"] == TOLERATED
    assert "local-preference-only" in codes("local-preference-only")


def test_both_together_are_symmetric_in_every_state() -> None:
    assert_well(verdicts("both"))


def test_med_alone_agrees_until_the_gateway_moves_its_own_for_maintenance() -> None:
    told = verdicts("med-only")
    split = {state for state, one in told.items() if one == TOLERATED}
    assert "seoul/tunnel1 in maintenance" in split
    assert all(state.startswith("seoul/tunnel1 in maintenance") for state in split)
    assert codes("med-only") == {"maintenance-splits"}


def test_where_asymmetry_is_allowed_nothing_is_dropped_whatever_is_chosen() -> None:
    told = verdicts("asymmetry-allowed")
    assert told["all up"] == {Verdict.SYMMETRIC, Verdict.ASYMMETRIC_TOLERATED}
    assert not {Verdict.ASYMMETRIC_DROPPED, Verdict.UNREACHABLE} & set().union(*told.values())


def test_two_customer_gateways_of_which_one_stands_by_agree_while_the_first_lives() -> None:
    told = verdicts("two-customer-gateways")
    assert told["all up"] == SYMMETRIC
    assert all(told[f"one/tunnel{number} down"] == SYMMETRIC for number in (1, 2))
    assert "undetermined" not in codes("two-customer-gateways")


def test_two_customer_gateways_that_share_address_and_sessions_are_well_in_every_state() -> None:
    told = verdicts("two-shared-customer-gateways")
    assert set(map(frozenset, told.values())) == {frozenset(SYMMETRIC)}
    assert codes("two-shared-customer-gateways") == set()


def test_of_two_equal_customer_gateways_nobody_can_say_which_is_used() -> None:
    told = verdicts("two-equal-customer-gateways")
    assert told["all up"] == {Verdict.SYMMETRIC, Verdict.ASYMMETRIC_DROPPED}
    assert "undetermined" in codes("two-equal-customer-gateways")
