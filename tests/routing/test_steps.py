"""Each platform's order, step by step, and a table that notices if two steps change places.

A case is two routes: the first is better in one step, the second in every later one.
"""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address
from itertools import combinations, pairwise

import pytest
from tests.routing.routes import ASN, PREFIX, Answers, bgp, never

from samepath.routing.decision import Decision, decide
from samepath.routing.platforms import PLATFORMS
from samepath.routing.route import Origin, Route, Source
from samepath.routing.rules import Platform, Rules
from samepath.routing.steps import Step

IOS = (
    "WEIGHT LOCAL_PREFERENCE LOCAL_ORIGIN AS_PATH_LENGTH ORIGIN MED EBGP_OVER_IBGP IGP_METRIC"
    " MULTIPATH OLDEST ROUTER_ID CLUSTER_LENGTH PEER_ADDRESS"
)
FRR = IOS.replace("OLDEST", "SELECTED")
ORDERS = {
    Platform.AWS_VGW: "AS_PATH_LENGTH ORIGIN MED",
    Platform.AWS_TGW: "AS_PATH_LENGTH ORIGIN MED EBGP_OVER_IBGP MULTIPATH",
    Platform.BIRD: IOS.replace("WEIGHT ", "").replace("LOCAL_ORIGIN ", ""),
    Platform.FRR: FRR,
    Platform.QUAGGA: FRR,
    Platform.VYOS: FRR,
    Platform.CISCO_IOS: IOS,
    Platform.CISCO_ASA: IOS,
    Platform.JUNOS: FRR.replace("WEIGHT ", "").replace("LOCAL_ORIGIN ", ""),
    Platform.FORTIOS: IOS.replace("CLUSTER_LENGTH ", ""),
    Platform.PAN_OS: IOS.replace("OLDEST ", "").replace("CLUSTER_LENGTH ", ""),
    Platform.ROUTEROS: "WEIGHT LOCAL_PREFERENCE AS_PATH_LENGTH LOCAL_ORIGIN ORIGIN MED"
    " EBGP_OVER_IBGP ROUTER_ID CLUSTER_LENGTH PEER_ADDRESS",
}
"""Written by hand from the documents, not taken from the data under test."""

BETTER: dict[Step, dict[str, object]] = {
    Step.WEIGHT: {"weight": 200},
    Step.LOCAL_PREFERENCE: {"local_preference": 300},
    Step.LOCAL_ORIGIN: {"source": Source.LOCAL},
    Step.AS_PATH_LENGTH: {"as_path": (ASN,)},
    Step.ORIGIN: {"origin": Origin.IGP},
    Step.MED: {"med": 10},
    Step.EBGP_OVER_IBGP: {},
    Step.IGP_METRIC: {"igp_metric": 10},
    Step.MULTIPATH: {},
    Step.OLDEST: {"age": 0},
    Step.SELECTED: {"age": 0},
    Step.ROUTER_ID: {"peer_router_id": IPv4Address("192.0.2.1")},
    Step.CLUSTER_LENGTH: {"clusters": ()},
    Step.PEER_ADDRESS: {"peer_address": IPv4Address("192.0.2.1")},
}
WORSE: dict[Step, dict[str, object]] = {
    Step.WEIGHT: {"weight": 100},
    Step.LOCAL_PREFERENCE: {"local_preference": 200},
    Step.LOCAL_ORIGIN: {},
    Step.AS_PATH_LENGTH: {"as_path": (ASN, 64513)},
    Step.ORIGIN: {"origin": Origin.INCOMPLETE},
    Step.MED: {"med": 20},
    Step.EBGP_OVER_IBGP: {"source": Source.IBGP},
    Step.IGP_METRIC: {"igp_metric": 20},
    Step.MULTIPATH: {},
    Step.OLDEST: {"age": 1},
    Step.SELECTED: {"age": 1},
    Step.ROUTER_ID: {"peer_router_id": IPv4Address("192.0.2.2")},
    Step.CLUSTER_LENGTH: {"clusters": ("c",)},
    Step.PEER_ADDRESS: {"peer_address": IPv4Address("192.0.2.2")},
}


def order(platform: Platform) -> list[Step]:
    return [Step[name] for name in ORDERS[platform].split()]


CASES = [(platform, step) for platform in ORDERS for step in order(platform)]


def candidates(steps: list[Step], at: Step) -> tuple[Route, Route]:
    first, second = bgp("first"), bgp("second")
    for step in steps[: steps.index(at)]:
        first, second = (replace(one, **BETTER[step]) for one in (first, second))  # type: ignore[arg-type]
        if step is Step.LOCAL_ORIGIN:
            first, second = (replace(one, source=Source.EBGP) for one in (first, second))
    # Backwards, so that of steps that share a field the earlier one has its way.
    for step in reversed(steps[steps.index(at) + 1 :]):
        first = replace(first, **WORSE[step])  # type: ignore[arg-type]
        second = replace(second, **BETTER[step])  # type: ignore[arg-type]
    first = replace(first, **BETTER[at])  # type: ignore[arg-type]
    return first, replace(second, **WORSE[at])  # type: ignore[arg-type]


def outcome(rules: Rules, steps: list[Step], at: Step) -> Decision:
    before = Step.MULTIPATH in steps and steps.index(at) <= steps.index(Step.MULTIPATH)
    number = 4 if before else 1
    rules = replace(
        rules,
        compare_router_id=False,
        multipath=replace(rules.multipath, ebgp=number, ibgp=number),
    )
    return decide(rules, candidates(steps, at), Answers({"whether": "yes"}), "cgw:fw1")


def holds(rules: Rules, steps: list[Step], at: Step) -> bool:
    """Whether the case comes out as the table says."""
    decision = outcome(rules, steps, at)
    if at is Step.MULTIPATH:
        return len(decision.chosen) == 2
    return [one.session for one in decision.chosen] == ["first"] and decision.step is at


@pytest.mark.parametrize(("platform", "step"), CASES, ids=lambda one: one.name)
def test_a_step_outweighs_all_later_ones(platform: Platform, step: Step) -> None:
    assert holds(PLATFORMS[platform], order(platform), step)


@pytest.mark.parametrize("platform", ORDERS)
def test_the_table_notices_each_pair_of_steps_that_change_places(platform: Platform) -> None:
    rules, steps = PLATFORMS[platform], order(platform)
    assert len(rules.order) == len(steps)
    unnoticed = []
    for number, _ in enumerate(pairwise(rules.order)):
        swapped = list(rules.order)
        swapped[number : number + 2] = reversed(swapped[number : number + 2])
        wrong = replace(rules, order=tuple(swapped))
        if all(holds(wrong, steps, step) for step in steps):
            unnoticed.append(rules.order[number])
    assert unnoticed == []


@pytest.mark.parametrize("platform", ORDERS)
def test_the_table_notices_each_step_that_is_left_out(platform: Platform) -> None:
    rules, steps = PLATFORMS[platform], order(platform)
    for left_out in rules.order:
        if left_out.step is Step.MED:
            continue  # No router is without it, and the algorithm is built around it.
        wrong = replace(rules, order=tuple(one for one in rules.order if one is not left_out))
        assert not all(holds(wrong, steps, step) for step in steps), left_out


def test_every_platform_is_in_the_table() -> None:
    assert set(ORDERS) == set(Platform) == set(PLATFORMS)


CISCO = "connected static ebgp ospf=ospf-external ibgp=local"
BEST_FIRST = {
    Platform.AWS_VGW: "connected=local static ebgp",
    Platform.AWS_TGW: "connected static local ebgp=ibgp",
    Platform.BIRD: "connected static=local ospf=ospf-external ebgp=ibgp",
    Platform.FRR: CISCO,
    Platform.QUAGGA: CISCO,
    Platform.VYOS: CISCO,
    Platform.CISCO_IOS: CISCO,
    Platform.CISCO_ASA: CISCO,
    Platform.JUNOS: "connected static ospf local ospf-external ebgp=ibgp",
    Platform.FORTIOS: CISCO,
    Platform.PAN_OS: "connected static ebgp ospf ospf-external ibgp=local",
    Platform.ROUTEROS: CISCO,
}


@pytest.mark.parametrize("platform", BEST_FIRST)
def test_sources_stand_in_the_order_of_their_distance(platform: Platform) -> None:
    ranks = [[Source(name) for name in rank.split("=")] for rank in BEST_FIRST[platform].split()]
    rules = PLATFORMS[platform]
    assert sum(map(len, ranks)) == len(rules.distances.defaults)
    for better, worse in combinations(ranks, 2):
        for one in better:
            for less in worse:
                first = Route(prefix=PREFIX, source=one, session="first")
                second = Route(prefix=PREFIX, source=less, session="second")
                if not rules.distances.one_table and first.is_bgp and second.is_bgp:
                    continue  # These meet in BGP's own table, by BGP's own steps.
                decision = decide(rules, [second, first], never, "cgw:fw1")
                assert decision.chosen == (first,)
                assert decision.step is Step.DISTANCE
    for rank in ranks:
        values = {rules.distances.default(source).value for source in rank}
        assert len(values) == 1
