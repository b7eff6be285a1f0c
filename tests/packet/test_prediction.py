"""What ``samepath check`` predicts is what packets do: the same file, the same states, both read."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.packet.labs import Ways, probe, running, text_of, wait_used

from samepath.lab.faults import Fault
from samepath.lab.lab import Lab
from samepath.lab.status import StatusReader
from samepath.model.amend import amend
from samepath.model.document import parse
from samepath.model.elements import ElementKind
from samepath.routing.repair import repair
from samepath.routing.states import Condition, FailureState, single_states
from samepath.routing.verdict import Verdict, analyse_naively

EXAMPLE = Path(__file__).parents[2] / "examples" / "asymmetric-drop.yaml"
CROSSED = (
    "{customer_gateway: dc, tunnels: [{policy: {customer: {export: [{set: {med: 100}}]}}}, "
    "{policy: {customer: {import: [{set: {local_preference: 200}}], "
    "export: [{set: {med: 100}}]}}}]}"
)
CONNECTIONS = {
    "follow": "{customer_gateway: dc}",
    "follow, tunnel 2 active": "{customer_gateway: dc, active: 2}",
    "pinned": "{customer_gateway: dc, mode: pinned}",
    "crossed preferences": CROSSED,
    "a preference that is not mirrored": "{customer_gateway: dc, mode: plain, tunnels: "
    "[{}, {policy: {customer: {import: [{set: {local_preference: 200}}]}}}]}",
    "a steering gateway": "{customer_gateway: dc, tunnels: "
    "[{}, {policy: {gateway: {export: [{set: {med: 50}}]}}}]}",
    "static": "{customer_gateway: dc, routing: static, tunnel_defaults: "
    "{dpd: {delay: 1s, timeout: 4s}}}",
}


def produced(lab: Lab, state: FailureState) -> None:
    """Bring the lab into a state from all up."""
    for element, condition in state.conditions:
        lab.break_element(str(element), Fault.CUT, None)
        if condition is Condition.RETURNED:
            reader = StatusReader(lab)
            wait_used(reader, predicted_of(lab, other(state)))
            lab.heal(None)


def other(state: FailureState) -> FailureState:
    """The state in which what has returned here was still down."""
    ((element, _),) = state.conditions
    return FailureState(conditions=((element, Condition.DOWN),))


def predicted_of(lab: Lab, state: FailureState) -> Ways:
    (found,) = analyse_naively(lab.topology, [state])
    (outcome,) = found.outcomes
    assert outcome.result.verdict in {Verdict.SYMMETRIC, Verdict.ASYMMETRIC_TOLERATED}
    numbers = [int(str(name).split("/")[1][-1]) for name in outcome.result.ways.tunnels]
    return {"to-site": (numbers[0],), "to-vpc": (numbers[1],)}


def follows(text: str) -> None:
    """Bring a lab into each state of a tunnel's, and wait until packets do as predicted."""
    states = [
        state
        for state in single_states(parse(text).topology)
        if all(
            element.kind is ElementKind.TUNNEL and condition is not Condition.MAINTENANCE
            for element, condition in state.conditions
        )
    ]
    assert len(states) == 5
    with running("prediction", text) as lab, probe(lab) as pair:
        pair.wait_flowing(10.0)
        reader = StatusReader(lab)
        for state in states:
            produced(lab, state)
            wait_used(reader, predicted_of(lab, state))
            lab.heal(None)
            wait_used(reader, predicted_of(lab, states[0]))


@pytest.mark.parametrize("connection", CONNECTIONS.values(), ids=CONNECTIONS)
def test_each_direction_takes_the_tunnel_that_was_predicted(connection: str) -> None:
    """Down and up again, each tunnel, by every platform's rules that the lab runs."""
    follows(text_of(connection))


def test_a_repaired_topology_keeps_both_directions_on_one_tunnel_in_every_state() -> None:
    text = EXAMPLE.read_text()
    repaired = repair(parse(text).topology)
    assert len(repaired.changes) == 1
    for one in repaired.after.values():
        assert one.verdicts <= {Verdict.SYMMETRIC, Verdict.EXPECTED_OUTAGE}

    # The probe is one open flow, which this firewall lets hang; tests/packet/test_drill.py has both.
    follows(amend(text, repaired.changes).replace(", firewall: interface", ""))
