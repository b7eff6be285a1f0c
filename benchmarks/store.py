"""Samples at rest: one line of JSON each, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path

from benchmarks.samples import Measured, Sample, Verdict

SCHEMA = "samepath.bench/1"


def to_line(sample: Sample) -> str:
    """A sample as a line of ``samples.jsonl``."""
    return json.dumps(
        {
            "schema": SCHEMA,
            "scenario": sample.scenario,
            "arm": sample.arm,
            "round": sample.round,
            "attempt": sample.attempt,
            "values": dict(sample.measured.values),
            "spoilt": sample.measured.spoilt,
            "failed": sample.measured.failed,
        },
        sort_keys=True,
    )


def parse_line(line: str) -> Sample:
    """The opposite of :func:`to_line`; ValueError for a line of another schema."""
    found = json.loads(line)
    if found.get("schema") != SCHEMA:
        raise ValueError(f"this is no sample of {SCHEMA}: {line[:80]}")
    return Sample(
        scenario=found["scenario"],
        arm=found["arm"],
        round=found["round"],
        attempt=found["attempt"],
        measured=Measured(values=found["values"], spoilt=found["spoilt"], failed=found["failed"]),
    )


class Store:
    """The samples of a run, in a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._samples = directory / "samples.jsonl"
        directory.mkdir(parents=True, exist_ok=True)

    def load(self) -> list[Sample]:
        """Every whole sample; a last line that was cut by a crash is none, and is taken away."""
        if not self._samples.exists():
            return []
        text = self._samples.read_text()
        whole = text[: text.rfind("\n") + 1]
        if whole != text:
            self._samples.write_text(whole)
        return [parse_line(line) for line in whole.splitlines()]

    def append(self, sample: Sample) -> None:
        """Keep one more."""
        with self._samples.open("a") as stream:
            stream.write(to_line(sample) + "\n")

    def clear(self) -> None:
        """Forget every sample: the next run is a new one."""
        self._samples.unlink(missing_ok=True)

    def write_results(
        self, verdicts: Iterable[tuple[str, Verdict]], spoilt: dict[str, int]
    ) -> None:
        """``results.json``: the figures, by scenario."""
        figures = [
            {
                "scenario": scenario,
                "figure": verdict.figure,
                "value": None if math.isnan(verdict.value) else verdict.value,
                "unit": verdict.unit,
                "samples": verdict.samples,
                "most": verdict.most,
                "least": verdict.least,
                "met": verdict.met,
            }
            for scenario, verdict in verdicts
        ]
        document = {"schema": SCHEMA, "figures": figures, "spoilt": spoilt}
        (self._directory / "results.json").write_text(json.dumps(document, indent=2) + "\n")
