"""Reading devices: configurations of a hundred thousand lines, each long in another way."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from benchmarks.analysing import AnalysisFailed, measured
from benchmarks.devices import KINDS
from benchmarks.samples import Measured, Sample, Verdict, failures, largest, values_of
from benchmarks.scenario import Measure, Options, Scenario

MOST_S = 5.0
ROUNDS = 3


def judge(samples: Sequence[Sample]) -> list[Verdict]:
    """The slowest reading of each kind of text has the aim."""
    return [
        failures(samples, ROUNDS * len(KINDS)),
        *(
            Verdict(
                figure=f"100,000 lines: {kind}",
                value=largest(found := values_of(samples, kind, "reading")),
                unit="s",
                samples=len(found),
                most=MOST_S,
                enough=ROUNDS,
            )
            for kind in KINDS
        ),
    ]


@contextmanager
def _build(_options: Options) -> Iterator[Measure]:
    def measure(arm: str) -> Measured:
        try:
            return Measured(values=measured("device", arm))
        except AnalysisFailed as error:
            return Measured(failed=str(error))

    yield measure


SCENARIOS = (
    Scenario(
        name="devices",
        tells="reading a device's configuration of 100,000 lines",
        arms=tuple(KINDS),
        rounds=ROUNDS,
        open=_build,
        judge=judge,
    ),
)
