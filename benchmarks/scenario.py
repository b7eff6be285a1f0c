"""What a scenario is: arms measured by turns, and what is made of the samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass

from benchmarks.samples import Measured, Sample, Verdict

Measure = Callable[[str], Measured]
"""Measure an arm once."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Options:
    """What may be told on the command line."""

    seconds: float
    """How long a scenario that is about endurance loads a tunnel, each way of loading it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Scenario:
    """``open`` builds the worlds, gives the measuring function, and takes them away.

    ``judge`` is pure: samples of this scenario to figures and verdicts.
    """

    name: str
    tells: str
    arms: tuple[str, ...]
    rounds: int
    open: Callable[[Options], AbstractContextManager[Measure]]
    judge: Callable[[Sequence[Sample]], list[Verdict]]
