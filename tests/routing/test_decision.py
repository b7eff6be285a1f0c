"""What a router uses: MED and its traps, age, router ids, distances, multipath, and questions."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import IPv4Address
from itertools import permutations

import pytest
from tests.routing.routes import ASN, Answers, bgp, never, other

from samepath.routing.assumption import explore
from samepath.routing.decision import Decision, best_of, decide
from samepath.routing.gateways import AWS_TGW, AWS_VGW
from samepath.routing.platforms import (
    BIRD,
    CISCO_ASA,
    CISCO_IOS,
    FORTIOS,
    FRR,
    JUNOS,
    PAN_OS,
    PLATFORMS,
    QUAGGA,
    ROUTEROS,
    VYOS,
)
from samepath.routing.route import LATE, Origin, Route, Source
from samepath.routing.rules import WORST_MED, AsPaths, Multipath, Platform, Rules
from samepath.routing.steps import Step, Sureness

ROUTER = "cgw:fw1"
OTHER_ASN = 64999
ONE_PATH = Multipath()


def used(decision: Decision) -> list[str]:
    return [route.session for route in decision.chosen]


def outcomes(rules: Rules, *candidates: Route) -> set[tuple[str, ...]]:
    return {
        one.result
        for one in explore(lambda ask: tuple(used(decide(rules, candidates, ask, ROUTER))))
    }


def ids(number: int) -> IPv4Address:
    return IPv4Address(f"192.0.2.{number}")


# ------------------------------------------------------------------------------------------- MED


def test_med_is_not_compared_between_neighbour_ases() -> None:
    low = bgp("t1", med=10, as_path=(ASN,), peer_router_id=ids(2))
    high = bgp("dx", med=20, as_path=(OTHER_ASN,), peer_router_id=ids(1))

    assert used(decide(BIRD, [low, high], never, ROUTER)) == ["dx"]
    always = replace(BIRD, always_compare_med=True)
    assert used(decide(always, [low, high], never, ROUTER)) == ["t1"]


def test_routes_of_the_own_as_have_their_med_compared() -> None:
    low = bgp("r1", source=Source.IBGP, as_path=(), med=10, peer_router_id=ids(2))
    high = bgp("r2", source=Source.IBGP, as_path=(), med=20, peer_router_id=ids(1))

    assert used(decide(FRR, [low, high], never, ROUTER)) == ["r1"]


@pytest.mark.parametrize(
    "rules", [BIRD, FRR, QUAGGA, VYOS, CISCO_IOS, CISCO_ASA, JUNOS, FORTIOS, PAN_OS, ROUTEROS]
)
def test_a_missing_med_is_the_best_one(rules: Rules) -> None:
    missing, low = bgp("t1", med=None), bgp("t2", med=1)

    assert used(decide(rules, [missing, low], never, ROUTER)) == ["t1"]
    worst = replace(rules, missing_med=WORST_MED)
    assert used(decide(worst, [missing, low], never, ROUTER)) == ["t2"]


@pytest.mark.parametrize(("med", "wins"), [(99, "t2"), (101, "t1")])
def test_a_missing_med_is_100_on_a_transit_gateway(med: int, wins: str) -> None:
    missing, given = bgp("t1", med=None), bgp("t2", med=med)

    assert used(decide(AWS_TGW, [missing, given], never, "tgw")) == [wins]


def test_what_a_vgw_takes_for_a_missing_med_is_asked_where_it_matters() -> None:
    missing, given = bgp("t1", med=None), bgp("t2", med=50)

    assert outcomes(AWS_VGW, missing, given) == {("t1",), ("t2",)}
    assert used(decide(AWS_VGW, [missing], never, ROUTER)) == ["t1"]
    shorter = replace(given, as_path=(ASN,))
    longer = replace(missing, as_path=(ASN, ASN))
    assert used(decide(AWS_VGW, [longer, shorter], never, ROUTER)) == ["t2"]


def cycle(*ages: int | None) -> list[Route]:
    """Three routes: a beats b by MED, b beats c and c beats a by the metric to the next hop."""
    return [
        bgp("a", med=50, igp_metric=30, age=ages[0]),
        bgp("b", med=100, igp_metric=10, age=ages[1]),
        bgp("c", med=0, igp_metric=20, age=ages[2], as_path=(OTHER_ASN,)),
    ]


@pytest.mark.parametrize("rules", [CISCO_IOS, FRR, QUAGGA, VYOS, CISCO_ASA])
@pytest.mark.parametrize(("ages", "wins"), [((0, 1, 2), "a"), ((1, 2, 0), "c"), ((2, 0, 1), "b")])
def test_without_deterministic_med_the_oldest_of_a_cycle_meets_the_rest_last(
    rules: Rules, ages: tuple[int, int, int], wins: str
) -> None:
    # Newest first: each pair's winner meets the next older one. In a cycle, the oldest wins.
    decision = decide(rules, cycle(*ages), never, ROUTER)

    assert used(decision) == [wins]
    assert decision.step is Step.ARRIVAL


@pytest.mark.parametrize(("ages", "wins"), [((0, 1, 2), "c"), ((1, 2, 0), "b"), ((2, 0, 1), "a")])
def test_bird_compares_each_newcomer_with_its_best(ages: tuple[int, int, int], wins: str) -> None:
    assert used(decide(BIRD, cycle(*ages), never, ROUTER)) == [wins]


def test_where_the_order_of_arrival_is_unknown_and_matters_one_question_names_all() -> None:
    answers = Answers({"which of these routes it ends on": "b"})

    assert used(decide(CISCO_IOS, cycle(None, None, None), answers, ROUTER)) == ["b"]
    assert [one.answers for one in answers.asked] == [("a", "b", "c")]
    assert outcomes(CISCO_IOS, *cycle(None, None, None)) == {("a",), ("b",), ("c",)}


def test_a_route_that_beats_every_other_needs_no_order_of_arrival() -> None:
    a, b, c = cycle(None, None, None)
    best = replace(a, igp_metric=5)

    decision = decide(CISCO_IOS, [best, b, c], never, ROUTER)
    assert used(decision) == ["a"]
    assert {one.step: used_by(one.removed) for one in decision.removals} == {
        Step.MED: ["b"],
        Step.IGP_METRIC: ["c"],
    }


def test_a_route_that_cannot_win_in_any_order_is_not_among_the_answers() -> None:
    answers = Answers()
    worst = bgp("d", med=200, igp_metric=40, age=None)
    decide(CISCO_IOS, [*cycle(None, None, None), worst], answers, ROUTER)

    assert [one.answers for one in answers.asked] == [("a", "b", "c")]


def test_ages_do_not_help_where_nobody_says_how_routes_meet() -> None:
    assert outcomes(FORTIOS, *cycle(0, 1, 2)) == {("a",), ("b",), ("c",)}


def test_how_losers_would_do_among_themselves_is_not_asked() -> None:
    best = bgp("a", med=50, igp_metric=5, age=0)
    losers = [
        bgp("b", med=100, igp_metric=20, age=1, peer_router_id=None),
        bgp("c", med=0, igp_metric=20, age=2, peer_router_id=None, as_path=(OTHER_ASN,)),
    ]
    rules = replace(CISCO_IOS, compare_router_id=True)

    assert used(decide(rules, [best, *losers], never, ROUTER)) == ["a"]


def test_routes_that_meet_in_pairs_may_be_used_together() -> None:
    together = Multipath(ebgp=8, ebgp_paths=AsPaths.SAME_LENGTH)
    routes = [
        bgp("a", med=50, peer_router_id=ids(1)),
        bgp("b", med=100, peer_router_id=ids(2)),
        bgp("c", med=0, peer_router_id=ids(3), as_path=(OTHER_ASN,)),
    ]
    decision = decide(replace(BIRD, multipath=together), routes, never, ROUTER)

    assert (used(decision), decision.best) == (["a", "c"], routes[0])
    assert [(one.step, used_by(one.removed)) for one in decision.removals] == [(Step.MED, ["b"])]


def used_by(routes: tuple[Route, ...]) -> list[str]:
    return [route.session for route in routes]


def test_deterministic_med_compares_within_each_neighbour_as_first() -> None:
    for ages in permutations(range(3)):
        rules = replace(CISCO_IOS, deterministic_med=True)
        assert used(decide(rules, cycle(*ages), never, ROUTER)) == ["c"]


# ---------------------------------------------------------------------------- age and router ids


def two(**changes: object) -> tuple[Route, Route]:
    return (
        bgp("t1", age=0, peer_router_id=ids(2), **changes),
        bgp("t2", age=1, peer_router_id=ids(1), **changes),
    )


@pytest.mark.parametrize("rules", [CISCO_IOS, CISCO_ASA, QUAGGA, JUNOS, FORTIOS])
def test_the_oldest_route_stays_unless_router_ids_are_compared(rules: Rules) -> None:
    assert used(decide(rules, two(), never, ROUTER)) == ["t1"]
    compared = replace(rules, compare_router_id=True)
    assert used(decide(compared, two(), never, ROUTER)) == ["t2"]


@pytest.mark.parametrize("rules", [BIRD, PAN_OS, ROUTEROS])
def test_some_platforms_do_not_look_at_age(rules: Rules) -> None:
    assert used(decide(rules, two(), never, ROUTER)) == ["t2"]


def test_bird_can_be_told_to_prefer_the_older() -> None:
    rules = replace(BIRD, compare_router_id=False)
    assert used(decide(rules, two(), never, ROUTER)) == ["t1"]


def test_age_does_not_count_between_routes_of_the_own_as() -> None:
    assert used(decide(CISCO_IOS, two(source=Source.IBGP), never, ROUTER)) == ["t2"]


def test_an_unknown_age_is_asked_with_the_sessions_as_answers() -> None:
    t1, t2 = (replace(one, age=None) for one in two())
    answers = Answers()
    decide(CISCO_IOS, [t2, t1], answers, ROUTER)

    (question,) = answers.asked
    assert (question.subject, question.answers) == (ROUTER, ("t1", "t2"))
    assert question.what == "which of these routes it has had longest"


@pytest.mark.parametrize("rules", [CISCO_IOS, FRR])
def test_what_came_last_of_all_is_younger_than_what_has_an_unknown_age(rules: Rules) -> None:
    one_path = replace(rules, multipath=ONE_PATH)
    t1, t2 = bgp("t1", age=None), bgp("t2", age=None)
    late, later = bgp("t3", age=LATE), bgp("t4", age=LATE + 1)

    assert outcomes(one_path, t1, t2, late) == {("t1",), ("t2",)}
    assert outcomes(one_path, later, late) == {("t3",)}


def test_only_the_routes_that_may_be_the_oldest_are_asked_for() -> None:
    answers = Answers()
    routes = [bgp("t1", age=5), bgp("t2", age=6), bgp("t3", age=None)]
    decide(CISCO_IOS, routes, answers, ROUTER)

    assert [one.answers for one in answers.asked] == [("t1", "t3")]


@pytest.mark.parametrize("rules", [replace(FRR, multipath=ONE_PATH), QUAGGA, JUNOS])
def test_the_selected_route_stays_and_where_it_is_gone_the_router_id_decides(rules: Rules) -> None:
    t1, t2 = two()

    assert used(decide(rules, [t1, t2], never, ROUTER, selected="t2")) == ["t2"]
    assert used(decide(rules, [t1, t2], never, ROUTER, selected="t1")) == ["t1"]
    assert used(decide(rules, [t1, t2], never, ROUTER, selected="t3")) == ["t2"]


def test_an_unknown_router_id_is_asked_with_the_sessions_as_answers() -> None:
    t1, t2 = bgp("seoul/tunnel1", peer_router_id=None), bgp("seoul/tunnel2", peer_router_id=None)
    answers = Answers({"which of these neighbours": "seoul/tunnel2"})

    assert used(decide(BIRD, [t1, t2], answers, ROUTER)) == ["seoul/tunnel2"]
    (question,) = answers.asked
    assert question.answers == ("seoul/tunnel1", "seoul/tunnel2")
    assert question.what == "which of these neighbours has the lowest router id"


def test_the_originator_stands_in_for_the_router_id() -> None:
    reflected = {"source": Source.IBGP, "peer_router_id": ids(9)}
    low = bgp("r2", originator=ids(1), clusters=("1", "2"), **reflected)
    high = bgp("r1", originator=ids(2), clusters=("1",), **reflected)

    assert used(decide(BIRD, [low, high], never, ROUTER)) == ["r2"]
    same = replace(high, originator=ids(1))
    assert used(decide(BIRD, [low, same], never, ROUTER)) == ["r1"]


# ----------------------------------------------------------------------- weight and local routes


@pytest.mark.parametrize("rules", [CISCO_IOS, CISCO_ASA, FRR, QUAGGA, VYOS, FORTIOS, PAN_OS])
def test_a_local_route_weighs_more_than_any_local_preference(rules: Rules) -> None:
    local = bgp("network", source=Source.LOCAL, as_path=())
    heard = bgp("t1", local_preference=500)

    decision = decide(rules, [local, heard], never, ROUTER)
    assert (used(decision), decision.step) == (["network"], Step.WEIGHT)
    heavier = replace(heard, weight=40000)
    assert used(decide(rules, [local, heavier], never, ROUTER)) == ["t1"]


@pytest.mark.parametrize("rules", [JUNOS, AWS_VGW, AWS_TGW])
def test_weight_means_nothing_where_a_platform_has_none(rules: Rules) -> None:
    heavy, short = bgp("t1", weight=500, as_path=(ASN, ASN)), bgp("t2")

    assert used(decide(rules, [heavy, short], never, ROUTER)) == ["t2"]


def test_a_missing_local_preference_is_100() -> None:
    missing, low = bgp("t1", local_preference=None), bgp("t2", local_preference=99, age=-1)

    for rules in (BIRD, FRR, CISCO_IOS, JUNOS):
        assert used(decide(rules, [missing, low], never, ROUTER)) == ["t1"]


def test_the_length_of_as_paths_can_be_ignored() -> None:
    long, short = bgp("t1", as_path=(ASN, ASN), med=1), bgp("t2", med=2)

    assert used(decide(CISCO_IOS, [long, short], never, ROUTER)) == ["t2"]
    ignoring = replace(CISCO_IOS, ignore_as_path=True)
    assert used(decide(ignoring, [long, short], never, ROUTER)) == ["t1"]


# -------------------------------------------------------------------------------------- distance


def test_a_static_route_overrides_bgp_everywhere() -> None:
    for rules in PLATFORMS.values():
        static = other("vti1", Source.STATIC)
        decision = decide(rules, [bgp("t1"), bgp("t2", age=None), static], never, ROUTER)
        assert (used(decision), decision.step) == (["vti1"], Step.DISTANCE)


def test_ospf_overrides_bgp_on_bird_and_junos_and_not_on_cisco() -> None:
    routes = [bgp("t1"), other("r2", Source.OSPF)]

    assert used(decide(BIRD, routes, never, ROUTER)) == ["r2"]
    assert used(decide(JUNOS, routes, never, ROUTER)) == ["r2"]
    assert used(decide(CISCO_IOS, routes, never, ROUTER)) == ["t1"]


def test_bgp_chooses_before_its_choice_meets_other_protocols() -> None:
    # iBGP wins in BGP by its local preference, and then loses to OSPF: the eBGP route would not.
    ebgp = bgp("t1")
    ibgp = bgp("r2", source=Source.IBGP, local_preference=200)
    ospf = other("r3", Source.OSPF)
    decision = decide(CISCO_IOS, [ebgp, ibgp, ospf], never, ROUTER)

    assert used(decision) == ["r3"]
    assert [one.step for one in decision.removals] == [Step.LOCAL_PREFERENCE, Step.DISTANCE]
    assert used(decide(CISCO_IOS, [ebgp, ospf], never, ROUTER)) == ["t1"]


def test_a_preference_that_bird_s_filter_sets_outranks_local_preference() -> None:
    preferred = bgp("t1", distance=110)
    other_one = bgp("t2", local_preference=500)

    assert used(decide(BIRD, [preferred, other_one], never, ROUTER)) == ["t1"]


def test_equal_static_routes_are_used_together_or_asked_for() -> None:
    statics = [other("vti1", Source.STATIC), other("vti2", Source.STATIC)]

    assert used(decide(CISCO_IOS, statics, never, ROUTER)) == ["vti1", "vti2"]
    assert outcomes(AWS_VGW, *statics) == {("vti1",), ("vti2",)}
    better = replace(statics[1], distance=0)
    assert used(decide(CISCO_IOS, [statics[0], better], never, ROUTER)) == ["vti2"]


def test_protocols_of_equal_distance_are_asked_for() -> None:
    static = other("vti1", Source.STATIC, distance=20)

    assert outcomes(CISCO_IOS, bgp("t1"), static) == {("t1",), ("vti1",)}


def test_of_two_other_protocols_of_equal_distance_one_is_asked_for() -> None:
    static = other("vti1", Source.STATIC, distance=110)

    assert outcomes(CISCO_IOS, other("r2", Source.OSPF), static) == {("r2",), ("vti1",)}


def test_ospf_prefers_its_own_routes_and_the_lower_metric() -> None:
    routes = [
        other("r1", Source.OSPF_EXTERNAL, igp_metric=1),
        other("r2", Source.OSPF, igp_metric=20),
        other("r3", Source.OSPF, igp_metric=10),
    ]

    assert used(decide(CISCO_IOS, routes, never, ROUTER)) == ["r3"]
    assert used(decide(CISCO_IOS, routes[:2], never, ROUTER)) == ["r2"]


# ------------------------------------------------------------------------------------- multipath


def test_frr_and_a_transit_gateway_use_equal_routes_together_and_others_do_not() -> None:
    several = {
        platform
        for platform, rules in PLATFORMS.items()
        if len(decide(rules, two(), Answers(), ROUTER).chosen) == 2
    }

    assert several == {Platform.FRR, Platform.VYOS, Platform.AWS_TGW}


def test_multipath_asks_nothing_that_only_the_best_of_them_depends_on() -> None:
    t1, t2 = (replace(one, age=None, peer_router_id=None) for one in two())
    decision = decide(FRR, [t1, t2], never, ROUTER)

    assert (used(decision), decision.best) == (["t1", "t2"], None)


def test_the_best_of_several_is_asked_for_where_a_neighbour_sees_the_difference() -> None:
    t1, t2 = (replace(one, age=None, peer_router_id=None) for one in two())
    decision = decide(FRR, [t1, t2], never, ROUTER)

    assert best_of(FRR, decision, never, ROUTER, next_hop_self=True) == t1
    answers = Answers({"which of these routes it had": "t2"})
    assert best_of(FRR, decision, answers, ROUTER, next_hop_self=False) == t2
    tagged = replace(t2, communities=frozenset({"64512:1"}))
    decision = decide(FRR, [t1, tagged], never, ROUTER)
    assert best_of(FRR, decision, answers, ROUTER, next_hop_self=True) == tagged


@pytest.mark.parametrize(
    ("paths", "together"),
    [(AsPaths.SAME_PATH, 1), (AsPaths.SAME_NEIGHBOUR, 2), (AsPaths.SAME_LENGTH, 3)],
)
def test_multipath_looks_at_as_paths_as_closely_as_it_is_told(
    paths: AsPaths, together: int
) -> None:
    rules = replace(FRR, multipath=Multipath(ebgp=8, ebgp_paths=paths))
    routes = [
        bgp("t1", as_path=(ASN, 1), age=0),
        bgp("t2", as_path=(ASN, 2), age=1),
        bgp("t3", as_path=(OTHER_ASN, 3), age=2),
    ]

    assert used(decide(rules, routes, never, ROUTER)) == ["t1", "t2", "t3"][:together]


def test_one_next_hop_is_used_once_and_the_limit_holds() -> None:
    hop = IPv4Address("169.254.10.1")
    same = [bgp(name, next_hop=hop, age=age) for age, name in enumerate(("t1", "t2"))]
    third = bgp("t3", age=2)

    assert used(decide(FRR, [*same, third], never, ROUTER)) == ["t1", "t3"]
    limited = replace(FRR, multipath=Multipath(ebgp=2, ebgp_paths=AsPaths.SAME_NEIGHBOUR))
    routes = [bgp(name, age=age) for age, name in enumerate(("t3", "t1", "t2", "t4"))]
    decision = decide(limited, routes, never, ROUTER)
    assert len(decision.chosen) == 2
    assert decision.best == routes[0]


def test_routes_of_unlike_med_are_not_used_together() -> None:
    t1, t2 = bgp("t1", med=100), bgp("t2", med=200)

    assert used(decide(FRR, [t1, t2], never, ROUTER)) == ["t1"]
    assert used(decide(AWS_TGW, [t1, t2], never, "tgw")) == ["t1"]


@pytest.mark.parametrize(
    ("rules", "together"), [(FRR, ["a", "c", "d"]), (BIRD, ["a", "c"])], ids=["frr", "bird"]
)
def test_frr_takes_back_for_multipath_what_lost_by_med_in_another_as_and_bird_does_not(
    rules: Rules, together: list[str]
) -> None:
    """BIRD was seen in networks 231, 1329, 1356, 1493 and 1821 of seed 3 (lab note 0008)."""
    relaxed = replace(rules.multipath, ebgp=8, ebgp_paths=AsPaths.SAME_LENGTH)
    rules = replace(rules, deterministic_med=True, compare_router_id=True, multipath=relaxed)
    routes = [
        bgp("a", med=50, peer_router_id=ids(1)),
        bgp("b", med=100, peer_router_id=ids(2)),
        bgp("c", med=0, peer_router_id=ids(3), as_path=(OTHER_ASN,)),
        bgp("d", med=9, peer_router_id=ids(4), as_path=(OTHER_ASN,)),
    ]

    assert used(decide(rules, routes, never, ROUTER)) == together


def test_a_transit_gateway_never_combines_two_neighbour_ases() -> None:
    routes = [bgp("a1"), bgp("a2"), bgp("b1", as_path=(OTHER_ASN,))]

    assert outcomes(AWS_TGW, *routes) == {("a1", "a2"), ("b1",)}
    answers = Answers()
    decide(AWS_TGW, routes, answers, "tgw")
    assert [one.answers for one in answers.asked] == [("a1", "b1")]


def test_a_transit_gateway_without_ecmp_chooses_for_itself() -> None:
    assert outcomes(replace(AWS_TGW, multipath=ONE_PATH), *two()) == {("t1",), ("t2",)}


# ------------------------------------------------------------------------------------------- AWS


def test_a_vgw_chooses_for_itself_between_equal_routes() -> None:
    answers = Answers({"which of these equal routes": "t2"})
    decision = decide(AWS_VGW, two(), answers, "vgw")

    assert (used(decision), decision.step) == (["t2"], Step.OWN_CHOICE)
    assert decision.removals[-1].sureness is Sureness.UNDOCUMENTED
    assert [one.answers for one in answers.asked] == [("t1", "t2")]


@pytest.mark.parametrize("rules", [AWS_VGW, AWS_TGW])
def test_whether_aws_compares_origin_is_asked_only_if_it_matters(rules: Rules) -> None:
    igp, incomplete = bgp("t1", med=200), bgp("t2", origin=Origin.INCOMPLETE)

    # By MED t2 wins, by origin t1.
    assert outcomes(rules, igp, incomplete) == {("t1",), ("t2",)}
    # Both say t1.
    assert used(decide(rules, [replace(igp, med=1), incomplete], never, "gateway")) == ["t1"]
    # The AS path has decided before.
    longer = replace(incomplete, as_path=(ASN, ASN))
    assert used(decide(rules, [igp, longer], never, "gateway")) == ["t1"]


def test_a_vgw_drops_the_worse_med_of_an_as_and_chooses_among_the_rest() -> None:
    routes = [bgp("a1", med=1), bgp("a2", med=2), bgp("b1", med=3, as_path=(OTHER_ASN,))]

    assert outcomes(AWS_VGW, *routes) == {("a1",), ("b1",)}


# ----------------------------------------------------------------------------- marks and the rest


def test_a_removal_carries_the_weakest_mark_of_what_it_rests_on() -> None:
    (by_step,) = decide(CISCO_IOS, [bgp("t1", med=1), bgp("t2", med=2)], never, ROUTER).removals
    assert by_step.sureness is Sureness.DOCUMENTED
    (default,) = decide(CISCO_IOS, [bgp("t1", med=None), bgp("t2")], never, ROUTER).removals
    assert default.sureness is Sureness.GENERAL_KNOWLEDGE
    (read,) = decide(FRR, [bgp("t1", med=None), bgp("t2")], never, ROUTER).removals
    assert read.sureness is Sureness.SOURCE
    (known,) = decide(CISCO_ASA, [bgp("t1", med=1), bgp("t2", med=2)], never, ROUTER).removals
    assert known.sureness is Sureness.GENERAL_KNOWLEDGE


def test_without_a_candidate_nothing_is_used() -> None:
    assert decide(FRR, [], never, ROUTER) == Decision(chosen=(), best=None)


def test_a_single_candidate_is_used_without_a_step() -> None:
    for rules in PLATFORMS.values():
        decision = decide(rules, [bgp("t1", age=None, peer_router_id=None)], never, ROUTER)
        assert (used(decision), decision.step) == (["t1"], None)
