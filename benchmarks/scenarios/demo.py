"""How long ``samepath demo`` takes, from the order until nothing of it is left."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.samples import Measured, Sample, Verdict, durations
from benchmarks.scenario import Measure, Options, Scenario
from benchmarks.worlds import remove

NAME = "bench-demo"
ARM = "samepath"
AIM_S = 180.0
"""Seconds: its help says "in under three minutes"."""
ROUNDS = 3


def judge(samples: Sequence[Sample]) -> list[Verdict]:
    """The median is told, the longest has the aim."""
    return durations(samples, ARM, AIM_S, ROUNDS)


def _measure(_arm: str) -> Measured:
    command = [str(Path(sys.executable).parent / "samepath"), "demo", "--name", NAME]
    started = time.monotonic()
    try:
        done = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=2 * AIM_S
        )
    except subprocess.TimeoutExpired:
        return Measured(failed=f"demo did not end within {2 * AIM_S:g} s")
    seconds = time.monotonic() - started
    if done.returncode != 0:
        return Measured(failed=f"demo ended with {done.returncode}: {done.stderr.strip()}")
    return Measured(values={"seconds": seconds})


@contextmanager
def _build(_options: Options) -> Iterator[Measure]:
    remove(NAME)
    try:
        yield _measure
    finally:
        remove(NAME)


SCENARIOS = (
    Scenario(
        name="demo",
        tells="samepath demo, from the order until nothing of it is left",
        arms=(ARM,),
        rounds=ROUNDS,
        open=_build,
        judge=judge,
    ),
)
