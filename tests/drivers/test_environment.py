"""What of our own environment goes on to the programs that a driver runs."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from samepath.drivers.inside import run_inside
from samepath.drivers.processes import Processes
from samepath.drivers.programs import SEARCH
from samepath.linux.environment import small, without

OURS = {
    "PATH": "/usr/sbin:/usr/bin",
    "HOME": "/root",
    "LC_ALL": "C",
    "A_KEY": "Planted.0123456789",
    "LC_KEY": "Planted.0123456789",
    "EDITOR": "ed",
}
SMALL = {"PATH": "/usr/sbin:/usr/bin", "HOME": "/root", "LC_ALL": "C"}
FINDING = {**SMALL, "PATH": f"{SMALL['PATH']}:{SEARCH}"}
"""With the folders in which programs are looked for, whoever looks."""


@pytest.fixture(autouse=True)
def _ours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.environ", dict(OURS))


def test_a_program_of_ours_gets_only_what_it_needs() -> None:
    assert small(OURS) == SMALL


def test_a_users_command_gets_all_but_the_variables_with_keys() -> None:
    assert without(OURS, {"A_KEY", "LC_KEY"}) == {**SMALL, "EDITOR": "ed"}


def test_what_a_world_adopts_gets_little_or_what_it_is_given_and_the_mark(tmp_path: Path) -> None:
    processes = Processes(tmp_path, "w")

    assert processes.adopting() == {**FINDING, "SAMEPATH_WORLD": "w"}
    assert processes.adopting({"EDITOR": "ed"}) == {"EDITOR": "ed", "SAMEPATH_WORLD": "w"}


def test_every_program_that_a_driver_runs_gets_little(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    given: list[dict[str, str]] = []

    class _Ran(Exception):
        pass

    def run(*_: object, env: dict[str, str], **__: object) -> None:
        given.append(env)
        raise _Ran

    monkeypatch.setattr(subprocess, "run", run)
    with pytest.raises(_Ran):
        run_inside("nowhere", "", "nft", "-f", "-")
    with pytest.raises(_Ran):
        Processes(tmp_path, "w").ensure_supervisor()

    assert given == [FINDING, FINDING]
