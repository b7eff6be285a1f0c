"""No aim is called met by fewer samples than it is to rest on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest
from benchmarks.catalogue import SCENARIOS
from benchmarks.samples import Measured, Sample, Verdict
from benchmarks.scenario import Scenario
from benchmarks.scenarios import cut, fleet, hitless, sizes, stability, throughput, up

BY_NAME = {scenario.name: scenario for scenario in SCENARIOS}
LEAST: Mapping[str, int] = {
    "cut": 50,
    "cut-fast": 50,
    "cut-hold": 5,
    "cut-static": 5,
    "hitless": 20,
    "kill": 20,
    "sizes": 1,
    "up": 5,
    "demo": 3,
    "devices": 3,
    "throughput": 10,
    "stability": 1,
    "gateway-gone": 20,
    "idle-moves": 1,
    "takeover": 10,
}
"""Samples of every arm that a verdict rests on, at least."""


def fine(scenario: str, arm: str) -> Mapping[str, float]:
    """Values that reach every aim."""
    match scenario:
        case "fleet":
            return {"wall": 0.1, "analysis": 0.001, "findings": 0.1, "repair": 1.0, "peak": 10}
        case "devices":
            return {"reading": 2, "peak": 100}
        case "up" | "demo":
            return {"seconds": 2}
        case "idle-moves":
            quiet = {"VRRP moves": 0, "BFD downs": 0, "BGP resets": 0}
            return {**quiet, "delivered": 100, "seconds": 600}
        case "cut" | "cut-fast" | "cut-hold" | "cut-static" | "gateway-gone":
            return {"to-site": 40, "to-vpc": 40, "behind": 1}
        case "takeover":
            return {"to-site": 40, "to-vpc": 40, "behind": 1, "tcp kept": 2, "udp kept": 2}
        case "kill" | "hitless":
            return {"lost": 0, "sent": 6000, "resets": 0}
        case "sizes":
            return {"to-site": 1, "to-vpc": 1}
        case "throughput":
            return {"bits": 100}
        case "stability":
            quiet = {"BFD downs": 0, "BGP resets": 0, "other tunnels used": 0}
            more = {"capacity": 100, "offered over capacity": 2} if arm == stability.UDP else {}
            return {**quiet, **more, "delivered": 100, "seconds": 600}
        case _:
            raise AssertionError(scenario)


def samples(
    scenario: Scenario, rounds: Mapping[str, int], more: Mapping[str, float] | None = None
) -> list[Sample]:
    return [
        Sample(
            scenario=scenario.name,
            arm=arm,
            round=number,
            attempt=0,
            measured=Measured(values={**fine(scenario.name, arm), **(more or {})}),
        )
        for arm in scenario.arms
        for number in range(rounds[arm])
    ]


def words(verdicts: Sequence[Verdict]) -> set[str]:
    """What is said of the figures that have an aim."""
    return {one.word for one in verdicts if one.most is not None or one.least is not None}


JUDGED = [one for one in SCENARIOS if one.name != "memory"]


def by_name(scenario: Scenario) -> str:
    return scenario.name


@pytest.mark.parametrize("scenario", JUDGED, ids=by_name)
def test_a_scenario_of_its_own_rounds_can_meet_every_aim(scenario: Scenario) -> None:
    assert scenario.rounds >= LEAST.get(scenario.name, 1)
    found = scenario.judge(samples(scenario, dict.fromkeys(scenario.arms, scenario.rounds)))
    assert words(found) == {"met"}


@pytest.mark.parametrize("name", LEAST)
def test_with_a_sample_too_few_of_every_arm_no_aim_is_met(name: str) -> None:
    scenario = BY_NAME[name]
    found = scenario.judge(samples(scenario, dict.fromkeys(scenario.arms, LEAST[name] - 1)))
    assert all(word.startswith("too few: ") for word in words(found))


@pytest.mark.parametrize("profile", [cut.DEFAULT, cut.FAST], ids=lambda one: one.name)
@pytest.mark.parametrize("scarce", [cut.OURS, cut.CLEAR])
def test_a_cut_rests_on_fifty_of_ours_and_fifty_of_the_control(
    profile: cut.Profile, scarce: str
) -> None:
    scenario = BY_NAME[profile.name]
    found = scenario.judge(samples(scenario, {cut.OURS: 50, cut.CLEAR: 50, scarce: 49}))
    few = "too few: n < 50" if scarce == cut.OURS else "too few: clear veth: n < 50"
    assert words(found) == {few, "too few: n < 100"}


def test_a_cut_without_a_control_says_so_and_misses_nothing() -> None:
    found = cut.judge_profile(cut.DEFAULT, samples(BY_NAME["cut"], {cut.OURS: 50, cut.CLEAR: 0}))
    assert words(found) == {"too few: clear veth: n < 50", "too few: n < 100"}


@pytest.mark.parametrize("name", ["cut-hold", "cut-static", "hitless", "kill", "sizes"])
def test_one_scarce_arm_leaves_the_others_their_verdicts(name: str) -> None:
    scenario = BY_NAME[name]
    scarce = scenario.arms[-1]
    rounds = dict.fromkeys(scenario.arms, scenario.rounds) | {scarce: scenario.rounds - 1}

    found = [one for one in scenario.judge(samples(scenario, rounds)) if one.most is not None]

    few = {one.figure for one in found if one.word == f"too few: n < {scenario.rounds}"}
    met = {one.figure for one in found if one.word == "met"}
    assert few
    assert all(figure.startswith((f"{scarce}:", f"{scarce},")) for figure in few)
    assert {one.figure for one in found} - few - met == {"measurements that failed"}
    assert met


def test_every_thing_that_costs_nothing_is_done_beside_a_hundred_thousand_packets() -> None:
    scenario = BY_NAME["hitless"]
    rounds = dict.fromkeys(scenario.arms, 20)

    few = scenario.judge(samples(scenario, rounds, {"sent": 4999}))
    enough = scenario.judge(samples(scenario, rounds, {"sent": 5000}))

    assert "too few: packets < 100000" in words(few)
    assert words(enough) == {"met"}
    assert {one.value for one in enough if "packets counted" in one.figure} == {100_000}


def test_failback_and_each_rekeying_from_either_end_and_from_both_are_measured() -> None:
    sides = ("by the gateway", "by the customer", "by both")
    sas = ("IKE", "CHILD_SA")
    assert set(BY_NAME["hitless"].arms) == {
        hitless.FAILBACK,
        *(f"{sa} rekeyed {side}" for sa in sas for side in sides),
    }


def test_every_size_is_measured_with_icmp_open_and_filtered_each_way() -> None:
    figures = {one.figure for one in sizes.judge([])}
    for size in (1500, 1492, 1400):
        for icmp in ("", ", ICMP filtered"):
            for way in ("to-site", "to-vpc"):
                assert f"{size}{icmp}, {way}: not complete" in figures


def test_stability_rests_on_ten_minutes_of_each_load() -> None:
    scenario = BY_NAME["stability"]
    rounds = dict.fromkeys(scenario.arms, 1)
    short = scenario.judge(samples(scenario, rounds, {"seconds": 599}))
    # Two halves are no whole: what is looked for may take its time.
    halves = scenario.judge(samples(scenario, dict.fromkeys(scenario.arms, 2), {"seconds": 300}))

    assert words(short) == {"too few: 599 s < 600 s", "met"}
    assert [one.figure for one in short if one.word == "met"] == ["measurements that failed"]
    assert "too few: 300 s < 600 s" in words(halves)


def test_a_pair_is_a_round_in_which_both_were_measured() -> None:
    scenario = BY_NAME["throughput"]
    rounds = dict.fromkeys(scenario.arms, 12) | {throughput.HAND: 9}

    found = scenario.judge(samples(scenario, rounds))

    (ratio,) = (one for one in found if one.least is not None)
    assert (ratio.samples, ratio.word) == (9, "too few: n < 10")


def test_what_failed_is_missed_however_few_there_are() -> None:
    failed = Sample(scenario="up", arm=up.ARM, round=0, attempt=0, measured=Measured(failed="no"))
    found = {one.figure: one.word for one in up.judge([failed])}
    assert found["measurements that failed"] == "MISSED"
    assert found["longest"] == "too few: n < 5"


def test_a_fleet_rests_on_its_own_rounds() -> None:
    scenario = BY_NAME["fleet"]
    found = scenario.judge(samples(scenario, dict.fromkeys(scenario.arms, fleet.ROUNDS - 1)))
    assert words(found) == {f"too few: n < {fleet.ROUNDS}", "too few: n < 20"}
