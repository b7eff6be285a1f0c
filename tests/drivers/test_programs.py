"""A program is there for the doctor exactly where it is there for whoever runs it."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from samepath.control import parts
from samepath.drivers import machine, programs, supervisor
from samepath.linux.facts import Program
from samepath.linux.objects import Daemon


def program(folder: Path, name: str) -> Path:
    path = folder / name
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def test_what_lies_only_on_the_callers_path_is_not_there_for_a_daemon(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program(tmp_path, "bird-of-mine")
    monkeypatch.setenv("PATH", str(tmp_path))

    assert shutil.which("bird-of-mine") is not None
    assert programs.find("bird-of-mine") is None


def test_the_doctor_looks_where_the_supervisor_looks(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    assert programs.SEARCH == supervisor.PATH
    monkeypatch.setattr(programs, "SEARCH", str(tmp_path))
    program(tmp_path, "chrt")
    program(tmp_path, "nsenter")

    assert machine.observe_machine().programs == {Program.CHRT, Program.NSENTER}


def test_whoever_runs_a_program_finds_it_without_a_path_of_his_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("PATH")
    assert programs.environment()["PATH"] == programs.SEARCH
    monkeypatch.setenv("PATH", "/mine")
    assert programs.environment()["PATH"] == f"/mine:{programs.SEARCH}"


def test_the_doctor_looks_for_every_program_that_a_daemon_is_started_by() -> None:
    made = (*parts.bird("b", "n", ""), *parts.charon("c", "n", ""))
    words = [item.argv for item in made if isinstance(item, Daemon)]
    started = {words[0][0], words[1][0], words[1][-1]}
    assert started <= {one.value for one in Program}
