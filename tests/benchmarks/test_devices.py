"""The texts that are measured, and how their reading is judged."""

from __future__ import annotations

import pytest
from benchmarks.devices import KINDS, LINES, text
from benchmarks.samples import Measured, Sample
from benchmarks.scenarios.devices import judge

from samepath.device.readers import detect
from samepath.device.reading.source import Source
from samepath.model.topology import Platform


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_is_long_and_tells_its_platform(kind: str) -> None:
    made = text(kind)
    of_ios = kind == "routes of IOS"

    assert LINES * 0.9 < made.count("\n") <= LINES
    platform = detect([Source(name="x", text=made)])
    assert platform is (Platform.CISCO_IOS if of_ios else Platform.FRR)


@pytest.mark.parametrize(("seconds", "missed"), [(4.9, 0), (5.1, len(KINDS))])
def test_a_reading_of_more_than_five_seconds_misses_its_aim(seconds: float, missed: int) -> None:
    samples = [
        Sample(
            scenario="devices",
            arm=kind,
            round=number,
            attempt=0,
            measured=Measured(values={"reading": seconds}),
        )
        for kind in KINDS
        for number in range(3)
    ]

    assert len([one for one in judge(samples) if one.met is False]) == missed
