"""From samples to figures and verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest
from benchmarks.origin import Origin
from benchmarks.samples import Measured, Sample, failures, median, percentile
from benchmarks.scenario import Options
from benchmarks.scenarios import cut, hitless
from benchmarks.store import Kept, Store


def sample(
    arm: str, values: Mapping[str, float], number: int = 0, *, spoilt: str = "", failed: str = ""
) -> Sample:
    measured = Measured(values=values, spoilt=spoilt, failed=failed)
    return Sample(scenario="x", arm=arm, round=number, attempt=0, measured=measured)


def test_percentiles_of_a_hundred() -> None:
    assert [percentile(range(1, 101), p) for p in (50, 95, 99, 100)] == [50, 95, 99, 100]
    assert median([3, 1, 2, 10]) == 2.5


def test_a_failed_measurement_misses_the_aim_and_a_spoilt_one_does_not() -> None:
    verdict = failures([sample("a", {}, failed="no"), sample("a", {}, 1, spoilt="busy")])
    assert (verdict.value, verdict.samples, verdict.met) == (1, 1, False)


def test_no_measurement_reaches_no_aim() -> None:
    assert not any(verdict.met for verdict in cut.judge_limits({"a": 10.0}, [])[1:])


@pytest.mark.parametrize(
    ("ours", "clear", "missed"),
    [(150, 140, []), (166, 160, ["gap p99"]), (150, 119, ["gap p95"])],
)
def test_a_cut_is_judged_against_its_aim_and_the_control(
    ours: float, clear: float, missed: list[str]
) -> None:
    samples = [
        sample(arm, {"to-site": gap, "to-vpc": gap, "behind": 1.0}, number)
        for number in range(cut.ROUNDS)
        for arm, gap in ((cut.OURS, ours), (cut.CLEAR, clear))
    ]
    wrong = [v.figure for v in cut.judge_profile(cut.DEFAULT, samples) if v.met is False]
    assert wrong == [f"samepath, {way}: {one}" for way in cut.WAYS for one in missed]


def test_too_few_samples_reach_no_aim_and_miss_one_as_any() -> None:
    def verdicts(gap: float, rounds: int) -> set[tuple[bool | None, str]]:
        samples = [
            sample(arm, {"to-site": gap, "to-vpc": gap, "behind": 1.0}, number)
            for number in range(rounds)
            for arm in (cut.OURS, cut.CLEAR)
        ]
        judged = cut.judge_profile(cut.DEFAULT, samples)
        return {(one.met, one.word) for one in judged if "samepath" in one.figure and one.most}

    assert verdicts(150, cut.ROUNDS) == {(True, "met")}
    (few,) = verdicts(150, cut.ROUNDS - 1)
    assert few == (None, f"too few: n < {cut.ROUNDS}, {cut.CLEAR}: n < {cut.ROUNDS}")
    assert (False, "MISSED") in verdicts(166, 2)


def test_one_lost_packet_or_one_reset_is_too_many() -> None:
    lossy = sample("a", {"lost": 1, "sent": 10, "resets": 0})
    reset = sample("b", {"lost": 0, "sent": 10, "resets": 1})
    missed = [v.figure for v in hitless.judge(("a", "b"), [lossy, reset]) if v.met is False]
    assert missed == ["a: lost", "b: TCP resets"]


def test_an_interrupted_run_loses_only_the_line_that_was_cut(tmp_path: Path) -> None:
    origin = Origin(commit="1" * 40, changes="", options=Options(seconds=1))
    at = datetime(2026, 11, 27, tzinfo=UTC)
    kept = Kept(sample=sample("a", {"v": 1.5}), origin=origin, at=at)
    store = Store(tmp_path)
    store.append(kept)
    with (tmp_path / "samples.jsonl").open("a") as stream:
        stream.write('{"schema": "samepath.be')
    assert store.load() == [kept]
    assert (tmp_path / "samples.jsonl").read_text().count("schema") == 1
