"""Samples know their code and options, and are not mixed with others."""

from __future__ import annotations

import json
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from benchmarks.origin import Changed, Origin, observe_origin, refusal
from benchmarks.samples import Measured, Sample, Verdict
from benchmarks.scenario import Options
from benchmarks.store import Kept, Store, days
from rich.console import Console

from benchmarks import __main__ as command

OPTIONS = Options(seconds=600)
HERE = Origin(commit="1" * 40, changes="", options=OPTIONS)
OTHERS = (
    Origin(commit="2" * 40, changes="", options=OPTIONS),
    Origin(commit="1" * 40, changes="abc", options=OPTIONS),
    Origin(commit="1" * 40, changes="", options=Options(seconds=60)),
)
AT = datetime(2026, 11, 27, 18, 0, tzinfo=UTC)
SAMPLE = Sample(scenario="up", arm="samepath", round=0, attempt=0, measured=Measured())


def kept(origin: Origin, at: datetime = AT) -> Kept:
    return Kept(sample=SAMPLE, origin=origin, at=at)


def git(tree: Path, *arguments: str) -> None:
    who = ("-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *who, "-C", str(tree), *arguments], check=True, capture_output=True)


@pytest.mark.parametrize("origin", [HERE, *OTHERS], ids=str)
def test_a_sample_on_disk_tells_its_commit_options_and_time(origin: Origin, tmp_path: Path) -> None:
    store = Store(tmp_path)

    store.append(kept(origin))

    assert store.load() == [kept(origin)]
    line = json.loads((tmp_path / "samples.jsonl").read_text())
    assert line["commit"] == origin.commit
    assert line["clean"] == (not origin.changes)
    assert line["options"] == {"seconds": origin.options.seconds}
    assert line["at"] == "2026-11-27T18:00:00+00:00"


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_a_run_does_not_go_on_with_samples_of_another_commit_or_other_options(
    other: Origin,
) -> None:
    assert refusal([HERE, HERE], HERE, Path("out")) == ""
    assert refusal([], HERE, Path("out")) == ""
    assert refusal([HERE, other], HERE, Path("out")) == (
        f"out has samples of {other}; this is commit 111111111111, SECONDS=600. They cannot stand "
        "in one table: measure into another directory (OUT=, --out), or forget the samples that "
        "are there (NEW=1, --new)"
    )


def test_what_is_not_committed_is_another_origin_until_it_is_gone(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / ".gitignore").write_text("/build/\n")
    (tmp_path / "a").write_text("1")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-qm", "first")
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "samples").write_text("ignored")
    clean = observe_origin(OPTIONS, tmp_path / "out", tmp_path)

    (tmp_path / "a").write_text("2")
    changed = observe_origin(OPTIONS, tmp_path / "out", tmp_path)
    (tmp_path / "a").write_text("1")
    (tmp_path / "new").write_text("x")
    more = observe_origin(OPTIONS, tmp_path / "out", tmp_path)
    (tmp_path / "new").write_text("y")
    other = observe_origin(OPTIONS, tmp_path / "out", tmp_path)
    (tmp_path / "new").unlink()

    assert clean.clean
    assert len(clean.commit) == 40
    assert observe_origin(OPTIONS, tmp_path / "out", tmp_path) == clean
    assert not any(one.clean for one in (changed, more, other))
    assert len({clean, changed, more, other}) == 4
    assert {one.commit for one in (changed, more, other)} == {clean.commit}


def test_what_is_measured_is_no_part_of_the_origin(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    git(tmp_path, "commit", "-qm", "first", "--allow-empty")
    clean = observe_origin(OPTIONS, tmp_path / "results", tmp_path)
    (tmp_path / "results").mkdir()
    (tmp_path / "results" / "samples.jsonl").write_text("{}\n")
    assert observe_origin(OPTIONS, tmp_path / "results", tmp_path) == clean
    assert observe_origin(OPTIONS, tmp_path / "other", tmp_path) != clean


def test_a_run_ends_where_the_code_changes_under_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    origins = iter([HERE, HERE, OTHERS[0]])
    monkeypatch.setattr(command, "observe_origin", lambda *_: next(origins))
    sample = kept(HERE).sample

    def measure_twice(*arguments: Any, **_: Any) -> None:  # noqa: ANN401 - run's own
        keep = arguments[4]
        keep(sample)
        keep(sample)

    monkeypatch.setattr(command, "run", measure_twice)
    with pytest.raises(Changed, match="has changed while it was measured"):
        command.main(["--only", "memory", "--out", str(tmp_path)])
    assert len(Store(tmp_path).load()) == 1


def test_code_outside_a_repository_is_of_no_known_commit_and_not_called_clean(
    tmp_path: Path,
) -> None:
    origin = observe_origin(OPTIONS, tmp_path / "out", tmp_path)
    assert (origin.commit, origin.clean) == ("", False)
    assert str(origin) == "no commit that is known, SECONDS=600"


@pytest.mark.parametrize("other", OTHERS, ids=str)
def test_the_command_refuses_the_directory_of_another_run_and_keeps_its_samples(
    other: Origin,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(command, "observe_origin", lambda *_: HERE)
    monkeypatch.setattr(command, "run", None)
    store = Store(tmp_path)
    store.append(kept(other))

    assert command.main(["--only", "memory", "--out", str(tmp_path)]) == command.UNUSABLE

    assert f"has samples of {other}; this is {HERE}." in capsys.readouterr().err
    assert store.load() == [kept(other)]


def test_the_command_refuses_samples_that_tell_no_commit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "run", None)
    line = '{"schema": "samepath.bench/1", "scenario": "up"}\n'
    (tmp_path / "samples.jsonl").write_text(line)

    assert command.main(["--only", "memory", "--out", str(tmp_path)]) == command.UNUSABLE

    assert "says of no commit" in capsys.readouterr().err


def test_the_days_are_the_first_and_the_last() -> None:
    later = AT + timedelta(days=1)
    assert days([]) == ()
    assert days([kept(HERE), kept(HERE)]) == ("2026-11-27",)
    assert days([kept(HERE, later), kept(HERE)]) == ("2026-11-27", "2026-11-28")


def test_the_table_tells_commit_options_days_and_the_samples_of_each_row() -> None:
    console = Console(width=120)
    verdict = Verdict(figure="longest", value=3, unit="s", samples=4, most=5, enough=5)

    with console.capture() as captured:
        command.show(console, HERE, ("2026-11-27", "2026-11-28"), [("up", verdict)], {})

    told = captured.get()
    assert "commit 111111111111, SECONDS=600, 2026-11-27 to 2026-11-28" in told
    (row,) = (line for line in told.splitlines() if "longest" in line)
    assert [cell.strip() for cell in row.split("│")[1:-1]] == [
        "up", "longest", "3 s", "<= 5", "4", "too few: n < 5",
    ]  # fmt: skip


def test_results_tell_commit_options_days_and_what_rests_on_too_few(tmp_path: Path) -> None:
    verdict = Verdict(figure="longest", value=float("nan"), unit="s", samples=0, most=5)

    Store(tmp_path).write_results(HERE, ("2026-11-27",), [("up", verdict)], {})

    found = json.loads((tmp_path / "results.json").read_text())
    assert (found["commit"], found["clean"], found["days"]) == (HERE.commit, True, ["2026-11-27"])
    assert found["options"] == {"seconds": 600}
    (figure,) = found["figures"]
    assert (figure["samples"], figure["met"], figure["too_few"]) == (0, None, "n < 1")


@pytest.mark.parametrize(
    ("values", "status"),
    [
        ([(1, 5)], command.FINE),
        ([(1, 5), (1, 4)], command.TOO_FEW),
        ([(1, 4), (9, 5)], command.MISSED),
    ],
)
def test_the_exit_status_tells_missed_before_too_few_before_met(
    values: list[tuple[float, int]], status: int
) -> None:
    told = Verdict(figure="told", value=1, unit="s", samples=0)
    found = [
        Verdict(figure="f", value=value, unit="s", samples=samples, most=5, enough=5)
        for value, samples in values
    ]
    assert command.outcome([("x", one) for one in (told, *found)]) == status
