"""Samples at rest: one line of JSON each, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.origin import Origin
from benchmarks.samples import Measured, Sample, Verdict
from benchmarks.scenario import Options

SCHEMA = "samepath.bench/1"


@dataclass(frozen=True, kw_only=True, slots=True)
class Kept:
    """A sample with the code and options that it is of, and when it was taken."""

    sample: Sample
    origin: Origin
    at: datetime


def to_line(kept: Kept) -> str:
    """A sample as a line of ``samples.jsonl``."""
    sample = kept.sample
    return json.dumps(
        {
            "schema": SCHEMA,
            "at": kept.at.astimezone(UTC).isoformat(timespec="seconds"),
            **_origin_json(kept.origin),
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


def parse_line(line: str) -> Kept:
    """The opposite of :func:`to_line`; ValueError for a line of another schema, or an older one."""
    found = json.loads(line)
    if found.get("schema") != SCHEMA:
        raise ValueError(f"this is no sample of {SCHEMA}: {line[:80]}")
    if not {"commit", "options"} <= found.keys():
        raise ValueError("a sample says of no commit and options that it is of them")
    sample = Sample(
        scenario=found["scenario"],
        arm=found["arm"],
        round=found["round"],
        attempt=found["attempt"],
        measured=Measured(values=found["values"], spoilt=found["spoilt"], failed=found["failed"]),
    )
    options = Options(seconds=found["options"]["seconds"])
    origin = Origin(commit=found["commit"], changes=found["changes"], options=options)
    return Kept(sample=sample, origin=origin, at=datetime.fromisoformat(found["at"]))


class Store:
    """The samples of a run, in a directory."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._samples = directory / "samples.jsonl"
        directory.mkdir(parents=True, exist_ok=True)

    def load(self) -> list[Kept]:
        """Every whole sample; a last line that was cut by a crash is none, and is taken away.

        Raises ValueError as :func:`parse_line` does.
        """
        if not self._samples.exists():
            return []
        text = self._samples.read_text()
        whole = text[: text.rfind("\n") + 1]
        found = [parse_line(line) for line in whole.splitlines()]
        if whole != text:
            self._samples.write_text(whole)
        return found

    def append(self, kept: Kept) -> None:
        """Keep one more."""
        with self._samples.open("a") as stream:
            stream.write(to_line(kept) + "\n")

    def clear(self) -> None:
        """Forget every sample: the next run is a new one."""
        self._samples.unlink(missing_ok=True)

    def write_results(
        self,
        origin: Origin,
        days: tuple[str, ...],
        verdicts: Iterable[tuple[str, Verdict]],
        spoilt: dict[str, int],
    ) -> None:
        """``results.json``: the figures, by scenario, of the code and on the days that are told."""
        figures = [
            {
                "scenario": scenario,
                "figure": verdict.figure,
                "value": _number(verdict.value),
                "unit": verdict.unit,
                "samples": verdict.samples,
                "most": _number(verdict.most),
                "least": _number(verdict.least),
                "met": verdict.met,
                "too_few": verdict.too_few,
            }
            for scenario, verdict in verdicts
        ]
        document = {
            "schema": SCHEMA,
            **_origin_json(origin),
            "days": list(days),
            "figures": figures,
            "spoilt": spoilt,
        }
        (self._directory / "results.json").write_text(json.dumps(document, indent=2) + "\n")


def days(kept: Iterable[Kept]) -> tuple[str, ...]:
    """The first and the last day (UTC) on which something was measured; one if they are the same."""
    found = sorted({one.at.astimezone(UTC).date().isoformat() for one in kept})
    return tuple(dict.fromkeys((found[0], found[-1]))) if found else ()


def _origin_json(origin: Origin) -> dict[str, object]:
    return {
        "commit": origin.commit,
        "clean": origin.clean,
        "changes": origin.changes,
        "options": {"seconds": origin.options.seconds},
    }


def _number(value: float | None) -> float | None:
    """JSON has no NaN."""
    return None if value is None or math.isnan(value) else value
