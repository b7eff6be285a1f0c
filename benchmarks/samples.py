"""Samples, percentiles and verdicts. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class Measured:
    """What one measurement gave.

    ``spoilt`` says how the machine spoilt it, ``failed`` what did not come about; a measurement
    that is neither counts.
    """

    values: Mapping[str, float] = field(default_factory=dict)
    spoilt: str = ""
    failed: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sample:
    """A measurement with its place in the run: the scenario, the arm, the round, the attempt."""

    scenario: str
    arm: str
    round: int
    attempt: int
    measured: Measured

    @property
    def valid(self) -> bool:
        """Whether it says something of what was measured (a failure does)."""
        return not self.measured.spoilt


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """A figure of the summary against its aim."""

    figure: str
    value: float
    unit: str
    samples: int
    most: float | None = None
    least: float | None = None
    enough: int = 1
    """Samples without which no aim is reached, however good they are."""
    lacking: str = ""
    """What else there is too little of for an aim to be reached, in words (``n < 50``)."""

    @property
    def met(self) -> bool | None:
        """Whether the aim was reached; None where there is none, or too little to say so."""
        if self.most is None and self.least is None:
            return None
        if (self.most is not None and self.value > self.most) or (
            self.least is not None and self.value < self.least
        ):
            return False
        if self._shortage:
            return None
        return not math.isnan(self.value)

    @property
    def too_few(self) -> str:
        """What was measured too little for the aim to be reached, in words; empty otherwise."""
        if self.met is not None or (self.most is None and self.least is None):
            return ""
        return self._shortage

    @property
    def word(self) -> str:
        """What a table says of it."""
        if self.met is None:
            return f"too few: {self.too_few}" if self.too_few else ""
        return "met" if self.met else "MISSED"

    @property
    def _shortage(self) -> str:
        few = f"n < {self.enough}" if self.samples < self.enough else ""
        return ", ".join(words for words in (few, self.lacking) if words)


def percentile(values: Iterable[float], percent: float) -> float:
    """The smallest value that at least ``percent`` per cent of the values do not exceed.

    Nearest rank: always a value that was measured. NaN of no values.
    """
    ordered = sorted(values)
    if not ordered:
        return math.nan
    return ordered[max(0, math.ceil(percent / 100 * len(ordered)) - 1)]


def median(values: Iterable[float]) -> float:
    """The middle value, or the mean of the two in the middle. NaN of no values."""
    ordered = sorted(values)
    if not ordered:
        return math.nan
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2


def largest(values: Iterable[float]) -> float:
    """The largest value. NaN of no values, which reaches no aim."""
    return max(values, default=math.nan)


def values_of(samples: Iterable[Sample], arm: str, name: str) -> list[float]:
    """The value called ``name`` of every sample of an arm that counts."""
    return [
        sample.measured.values[name]
        for sample in samples
        if sample.arm == arm and sample.valid and not sample.measured.failed
    ]


def durations(samples: Sequence[Sample], arm: str, aim: float, enough: int) -> list[Verdict]:
    """Of an arm's ``seconds`` the median is told, and the longest has the aim."""
    seconds = values_of(samples, arm, "seconds")
    return [
        failures(samples, enough),
        Verdict(figure="median", value=median(seconds), unit="s", samples=len(seconds)),
        Verdict(
            figure="longest",
            value=largest(seconds),
            unit="s",
            samples=len(seconds),
            most=aim,
            enough=enough,
        ),
    ]


def fewer(values: Sequence[float], enough: int, of: str) -> str:
    """Says so where an arm called ``of`` has fewer samples than ``enough``; empty otherwise."""
    return f"{of}: n < {enough}" if len(values) < enough else ""


def failures(samples: Sequence[Sample], enough: int = 1) -> Verdict:
    """How many measurements did not come to their end; the aim is none of ``enough`` or more."""
    valid = [sample for sample in samples if sample.valid]
    return Verdict(
        figure="measurements that failed",
        value=sum(bool(sample.measured.failed) for sample in valid),
        unit="",
        samples=len(valid),
        most=0,
        enough=enough,
    )
