"""Prediction at size: one connection from the command line, and fleets built in memory.

Analysis counts the processor's seconds of one thread; only the command line is timed by the wall.
"""

from __future__ import annotations

import math
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.analysing import AnalysisFailed, measured
from benchmarks.samples import Measured, Sample, Verdict, failures, largest, median, values_of
from benchmarks.scenario import Measure, Options, Scenario
from benchmarks.worlds import topology

ONE = "one connection"
SIZES = (100, 1_000, 10_000)
ARMS = {f"{size} connections": size for size in SIZES}
WALL_S, ANALYSIS_S = 0.5, 0.020
FLEET_S, FLEET_MB = 2.0, 1000.0
REPAIR_S = 20.0
"""Seconds, of the same order as the analysis."""
ROUNDS = 5
LINEAR = 1.5
"""How many times what a connection costs in the middle fleet one may cost in the largest."""


def judge(samples: Sequence[Sample]) -> list[Verdict]:
    """The slowest has the aim, and the price of a connection must not grow with the fleet."""
    wall, analysis = (values_of(samples, ONE, name) for name in ("wall", "analysis"))
    found = [
        failures(samples, ROUNDS * (1 + len(ARMS))),
        _longest("samepath check, wall", wall, "s", WALL_S),
        _longest("its analysis, every state", analysis, "s", ANALYSIS_S),
    ]
    for arm, size in ARMS.items():
        most = (FLEET_S, FLEET_MB) if size == SIZES[-1] else (None, None)
        seconds = values_of(samples, arm, "analysis")
        found += [
            _longest(f"{arm}, analysis", seconds, "s", most[0]),
            _longest(f"{arm}, findings", values_of(samples, arm, "findings"), "s", most[0]),
            _longest(
                f"{arm}, repair", values_of(samples, arm, "repair"), "s", most[0] and REPAIR_S
            ),
            _longest(f"{arm}, memory", values_of(samples, arm, "peak"), "MB", most[1]),
        ]
    each = [median(values_of(samples, arm, "analysis")) / size for arm, size in ARMS.items()]
    found.append(
        Verdict(
            figure=f"a connection of {SIZES[-1]} against one of {SIZES[-2]}",
            value=each[-1] / each[-2] if each[-2] else math.nan,
            unit="",
            samples=len(values_of(samples, list(ARMS)[-1], "analysis")),
            most=LINEAR,
            enough=ROUNDS,
        )
    )
    return found


def _longest(figure: str, values: Sequence[float], unit: str, most: float | None) -> Verdict:
    return Verdict(
        figure=figure,
        value=largest(values),
        unit=unit,
        samples=len(values),
        most=most,
        enough=ROUNDS,
    )


def _one(path: Path) -> dict[str, float]:
    command = [str(Path(sys.executable).parent / "samepath"), "check", str(path)]
    started = time.monotonic()
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    wall = time.monotonic() - started
    if done.returncode != 0:
        raise AnalysisFailed(f"check ended with {done.returncode}: {done.stderr.strip()}")
    return {"wall": wall, **measured("file", str(path))}


@contextmanager
def _build(_options: Options) -> Iterator[Measure]:
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "vpn.yaml"
        path.write_text(topology("bench-fleet"))

        def measure(arm: str) -> Measured:
            try:
                found = _one(path) if arm == ONE else measured("fleet", str(ARMS[arm]))
            except AnalysisFailed as error:
                return Measured(failed=str(error))
            return Measured(values=found)

        yield measure


SCENARIOS = (
    Scenario(
        name="fleet",
        tells="prediction of one connection, and of fleets with 100 networks a connection",
        arms=(ONE, *ARMS),
        rounds=ROUNDS,
        open=_build,
        judge=judge,
    ),
)
