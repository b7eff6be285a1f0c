"""Measure a scenario's arms by turns, round by round."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from benchmarks.samples import Measured, Sample
from benchmarks.scenario import Measure, Options, Scenario

ATTEMPTS = 3
"""A measurement that the machine spoilt is repeated twice at most."""


def turns(arms: Sequence[str], rounds: int) -> Iterator[tuple[int, str]]:
    """(round, arm): every arm once a round, every other round backwards."""
    for number in range(rounds):
        for arm in arms if number % 2 == 0 else reversed(arms):
            yield number, arm


def left(
    scenario: Scenario, rounds: int, samples: Sequence[Sample]
) -> Iterator[tuple[int, str, int]]:
    """(round, arm, next attempt) of all that is still to be measured."""
    mine = [sample for sample in samples if sample.scenario == scenario.name]
    for number, arm in turns(scenario.arms, rounds):
        there = [sample for sample in mine if (sample.round, sample.arm) == (number, arm)]
        if not any(sample.valid for sample in there) and len(there) < ATTEMPTS:
            yield number, arm, len(there)


def run(
    scenario: Scenario,
    rounds: int,
    options: Options,
    samples: Sequence[Sample],
    keep: Callable[[Sample], None],
    *,
    unsettled: tuple[type[Exception], ...],
) -> None:
    """Measure what is left of a scenario; ``keep`` is given each sample as it is there.

    An error in ``unsettled`` is a measurement that failed: it counts, and the worlds, whose state
    nobody knows then, are built anew for the rest. Any other error ends the run.
    """
    todo = list(left(scenario, rounds, samples))
    while todo:
        with scenario.open(options) as measure:
            while todo:
                number, arm, attempt = todo.pop(0)
                measured, again = _once(measure, arm, unsettled)
                sample = Sample(
                    scenario=scenario.name,
                    arm=arm,
                    round=number,
                    attempt=attempt,
                    measured=measured,
                )
                keep(sample)
                if not sample.valid and attempt + 1 < ATTEMPTS:
                    todo.insert(0, (number, arm, attempt + 1))
                if again:
                    break


def _once(
    measure: Measure, arm: str, unsettled: tuple[type[Exception], ...]
) -> tuple[Measured, bool]:
    try:
        return measure(arm), False
    except unsettled as error:
        return Measured(failed=f"{type(error).__name__}: {error}"), True
