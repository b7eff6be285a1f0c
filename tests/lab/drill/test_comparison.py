"""What counts as predicted: one outcome that fits is enough, and all that differs is told."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from samepath.lab.drill.comparison import PASSES, Flows, Measured, compare
from samepath.lab.probe import Answer
from samepath.model.document import parse
from samepath.model.elements import parse as element
from samepath.routing.fate import Initiator, Transition
from samepath.routing.states import ALL_UP, Condition, FailureState
from samepath.routing.verdict import Judgement, PairInState, analyse_naively

EXAMPLES = Path(__file__).parents[3] / "examples"
RETURNED = FailureState(conditions=((element("seoul/tunnel1"), Condition.RETURNED),))
NO_LAN = FailureState(conditions=((element("cgw:dc/lan"), Condition.DOWN),))


def predicted(name: str, state: FailureState) -> PairInState:
    topology = parse((EXAMPLES / f"{name}.yaml").read_text()).topology
    (found,) = analyse_naively(topology, [state])
    return found


GOOD = predicted("active-standby", RETURNED)
DROPS = predicted("asymmetric-drop", RETURNED)
FATES = {
    Transition.SURVIVES: Answer.ANSWERED,
    Transition.HANGS: Answer.SILENT,
    Transition.CUT_OFF: Answer.SILENT,
    Transition.RESETS: Answer.RESET,
    None: None,
}


def as_said(judgement: Judgement) -> Measured:
    """What is measured where everything is as one outcome says."""
    to_site, to_vpc = (
        () if tunnel is None else (tunnel.removesuffix("/bgp"),)
        for tunnel in judgement.ways.tunnels
    )
    return Measured(
        to_site=to_site,
        to_vpc=to_vpc,
        flows={
            end: Flows(
                new=dict.fromkeys(
                    ("tcp", "udp"), Answer.ANSWERED if fate.verdict in PASSES else Answer.SILENT
                ),
                kept=dict.fromkeys(("tcp", "udp"), FATES[fate.transition]),
            )
            for end, fate in judgement.fates
        },
        lost=None,
        seconds=1.0,
    )


@pytest.mark.parametrize("row", [GOOD, DROPS, predicted("active-standby", NO_LAN)])
def test_what_is_as_predicted_does_not_differ(row: PairInState) -> None:
    (outcome,) = row.outcomes
    assert compare(row, as_said(outcome.result)).differences == ()


SEEN = as_said(GOOD.outcomes[0].result)
DROPPED = as_said(DROPS.outcomes[0].result)


def with_flows(measured: Measured, end: Initiator, flows: Flows) -> Measured:
    return replace(measured, flows={**measured.flows, end: flows})


@pytest.mark.parametrize(
    ("row", "measured", "told"),
    [
        (
            GOOD,
            replace(SEEN, to_vpc=("seoul/tunnel2",)),
            "packets to the VPC take seoul/tunnel2, and seoul/tunnel1 was predicted",
        ),
        (
            GOOD,
            replace(SEEN, to_site=("seoul/tunnel1", "seoul/tunnel2")),
            "packets to the site take seoul/tunnel1 and seoul/tunnel2, and seoul/tunnel1 was",
        ),
        (GOOD, replace(SEEN, to_site=()), "packets to the site take no tunnel, and seoul/tunnel1"),
        (
            GOOD,
            with_flows(
                SEEN,
                Initiator.SITE,
                replace(SEEN.flows[Initiator.SITE], new={"tcp": Answer.SILENT}),
            ),
            "a new TCP flow of the site is silent, and that it passes was predicted",
        ),
        (
            DROPS,
            with_flows(
                DROPPED,
                Initiator.VPC,
                replace(DROPPED.flows[Initiator.VPC], new={"udp": Answer.ANSWERED}),
            ),
            "a new UDP flow of the VPC is answered, and asymmetric_dropped was predicted",
        ),
        (
            DROPS,
            with_flows(
                DROPPED,
                Initiator.VPC,
                replace(DROPPED.flows[Initiator.VPC], kept={"tcp": Answer.RESET}),
            ),
            "an open TCP flow of the VPC is reset, and that it hangs was predicted",
        ),
    ],
)
def test_what_differs_is_told(row: PairInState, measured: Measured, told: str) -> None:
    (difference,) = compare(row, measured).differences
    assert difference.startswith(told)


def test_where_nothing_is_delivered_packets_may_be_lost_behind_the_tunnel_and_in_no_other() -> None:
    row = predicted("active-standby", NO_LAN)
    (outcome,) = row.outcomes
    assert outcome.result.ways.to_site.tunnel == "seoul/tunnel1/bgp"
    nothing = replace(as_said(outcome.result), to_site=())

    assert compare(row, nothing).differences == ()
    assert compare(row, replace(nothing, to_site=("seoul/tunnel1",))).differences == ()
    (told,) = compare(row, replace(nothing, to_site=("seoul/tunnel2",))).differences
    assert told.startswith("packets to the site take seoul/tunnel2")


def test_one_of_several_outcomes_is_enough_and_what_fits_best_is_what_is_told() -> None:
    row = replace(GOOD, state=ALL_UP, outcomes=(*DROPS.outcomes, *GOOD.outcomes))

    assert compare(row, SEEN).differences == ()
    assert compare(row, DROPPED).differences == ()
    assert len(compare(row, replace(SEEN, to_vpc=())).differences) == 1
