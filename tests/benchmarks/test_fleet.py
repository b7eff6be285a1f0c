"""The fleets that are measured, what is read of their process, and how the figures are judged."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from benchmarks.analysing import AnalysisFailed, measured, peak_of_untrusted
from benchmarks.fleets import fleet
from benchmarks.samples import Measured, Sample
from benchmarks.scenarios.fleet import ARMS, ONE, judge

from samepath.model.validation import problems
from samepath.routing.evaluator import analyse
from samepath.routing.states import ALL_UP

FINE: Mapping[str, Mapping[str, float]] = {
    ONE: {"wall": 0.4, "analysis": 0.01},
    "100 connections": {"analysis": 0.1, "findings": 0.1, "repair": 1.0, "peak": 50},
    "1000 connections": {"analysis": 0.2, "findings": 0.1, "repair": 1.0, "peak": 50},
    "10000 connections": {"analysis": 1.9, "findings": 0.1, "repair": 9.0, "peak": 300},
}


def missed(values: Mapping[str, Mapping[str, float]]) -> list[str]:
    samples = [
        Sample(scenario="fleet", arm=arm, round=0, attempt=0, measured=Measured(values=values[arm]))
        for arm in (ONE, *ARMS)
    ]
    return [one.figure for one in judge(samples) if one.met is False]


def test_a_fleet_is_a_topology_that_may_be_built() -> None:
    it = fleet(40, 2)
    assert problems(it) == ()
    assert len(it.connections) == 40
    assert max(len(site.networks) for site in it.sites.values()) == 2


def test_a_fleet_has_connections_that_fare_differently_and_many_that_are_alike() -> None:
    it = analyse(fleet(300, 2))
    verdicts = {verdict for told in it.told() for verdict in told.verdicts}

    assert sum(told.count for told in it.told() if told.state == ALL_UP) == 600
    assert 20 < len(it.kinds) < 100
    assert len(verdicts) > 2


def test_figures_within_their_aims_miss_none() -> None:
    assert missed(FINE) == []


@pytest.mark.parametrize(
    ("arm", "values", "figures"),
    [
        (ONE, {"wall": 0.6, "analysis": 0.01}, ["samepath check, wall"]),
        (ONE, {"wall": 0.4, "analysis": 0.03}, ["its analysis, every state"]),
        (
            "10000 connections",
            {"analysis": 2.1, "findings": 3, "repair": 21.0, "peak": 1200},
            [f"10000 connections, {what}" for what in ("analysis", "findings", "repair", "memory")],
        ),
        (
            "1000 connections",
            {"analysis": 0.1, "findings": 0.1, "repair": 1.0, "peak": 50},
            ["a connection of 10000 against one of 1000"],
        ),
    ],
)
def test_what_is_slower_or_larger_misses_its_aim(
    arm: str, values: Mapping[str, float], figures: list[str]
) -> None:
    assert missed({**FINE, arm: values}) == figures


def test_an_analysis_that_fails_says_why() -> None:
    with pytest.raises(AnalysisFailed, match=r"nothing\.yaml"):
        measured("file", "nothing.yaml")


def test_the_peak_of_memory_is_read_from_the_kernels_words() -> None:
    assert peak_of_untrusted("VmPeak:\t  9 kB\nVmHWM:\t  2000 kB\n") == 2.048
    with pytest.raises(ValueError, match="VmHWM"):
        peak_of_untrusted("")
