"""Turns, repetitions and resumption."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import pytest
from benchmarks.__main__ import chosen
from benchmarks.catalogue import SCENARIOS
from benchmarks.run import ATTEMPTS, run, turns
from benchmarks.samples import Measured, Sample
from benchmarks.scenario import Measure, Options, Scenario

GOOD, SPOILT = Measured(values={"v": 1.0}), Measured(spoilt="busy")


class WentWrong(Exception):
    pass


class Bench:
    """A scenario whose answers are written down before."""

    def __init__(self, *answers: Measured | Exception, arms: tuple[str, ...] = ("a",)) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []
        self.built = 0
        self.kept: list[Sample] = []
        self.scenario = Scenario(
            name="x", tells="", arms=arms, rounds=1, open=self.open, judge=lambda _samples: []
        )

    @contextmanager
    def open(self, _options: Options) -> Iterator[Measure]:
        self.built += 1
        yield self.measure

    def measure(self, arm: str) -> Measured:
        self.asked.append(arm)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def run(self, rounds: int, there: Sequence[Sample] = ()) -> None:
        run(
            self.scenario, rounds, Options(seconds=1.0), there, self.kept.append,
            unsettled=(WentWrong,),
        )  # fmt: skip


def test_arms_take_turns_and_every_other_round_goes_backwards() -> None:
    assert [arm for _, arm in turns(("a", "b"), 3)] == ["a", "b", "b", "a", "a", "b"]


def test_a_spoilt_measurement_is_repeated_at_once_twice_at_most() -> None:
    bench = Bench(SPOILT, SPOILT, SPOILT, GOOD)

    bench.run(2)

    assert [(one.round, one.attempt) for one in bench.kept] == [(0, 0), (0, 1), (0, 2), (1, 0)]
    assert len([one for one in bench.kept if not one.valid]) == ATTEMPTS


def test_a_failed_measurement_counts_is_not_repeated_and_has_the_world_built_anew() -> None:
    bench = Bench(WentWrong("no"), GOOD)

    bench.run(2)

    assert [one.measured.failed for one in bench.kept] == ["WentWrong: no", ""]
    assert bench.built == 2


def test_any_other_error_ends_the_run() -> None:
    with pytest.raises(ZeroDivisionError):
        Bench(ZeroDivisionError(), GOOD).run(2)


def test_a_run_goes_on_with_what_is_left() -> None:
    first = Bench(GOOD, GOOD, SPOILT, ZeroDivisionError(), arms=("a", "b"))
    with pytest.raises(ZeroDivisionError):
        first.run(2)
    second = Bench(GOOD, GOOD, arms=("a", "b"))

    second.run(2, first.kept)

    assert [(one.round, one.arm, one.attempt) for one in second.kept] == [(1, "b", 1), (1, "a", 0)]


def test_a_run_that_is_whole_builds_nothing() -> None:
    first, second = Bench(GOOD), Bench()
    first.run(1)

    second.run(1, first.kept)

    assert second.built == 0


def test_scenarios_are_chosen_by_name_and_a_stranger_is_refused() -> None:
    assert [one.name for one in chosen("cut,up")] == ["cut", "up"]
    assert chosen("") == list(SCENARIOS)
    with pytest.raises(ValueError, match="no scenario tub"):
        chosen("tub")


def test_every_scenario_judges_an_empty_run_as_one_that_meets_no_aim_and_misses_none() -> None:
    for scenario in SCENARIOS:
        found = scenario.judge([])
        assert {one.met for one in found} == {None}, scenario.name
        assert any(one.too_few for one in found), scenario.name
