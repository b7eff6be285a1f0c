"""A world's directory: root-only, one changer at a time, also while it comes and goes."""

from __future__ import annotations

import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from samepath.node.home import Home, WorldBusy, worlds, write_private


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_everything_is_root_only(tmp_path: Path) -> None:
    home = Home("a", tmp_path / "samepath")
    home.create()

    parts = [home.path, *(home.path / part for part in ("etc", "run", "log"))]
    assert {mode(path) for path in parts} == {0o700}


def test_what_is_there_already_is_made_root_only(tmp_path: Path) -> None:
    home = Home("a", tmp_path)
    home.path.mkdir(mode=0o755)
    home.create()

    assert mode(home.path) == 0o700


def test_worlds_are_listed_and_removed(tmp_path: Path) -> None:
    root = tmp_path / "samepath"
    first, second = Home("a", root), Home("b", root)
    assert worlds(root) == ()
    first.create()
    second.create()
    assert worlds(root) == ("a", "b")
    first.remove()
    first.remove()
    assert (first.exists(), second.exists()) == (False, True)
    second.remove()
    assert not root.exists()


def test_a_second_changer_is_told_that_the_world_is_busy(tmp_path: Path) -> None:
    with Home("a", tmp_path).locked():
        with pytest.raises(WorldBusy, match="'a'"), Home("a", tmp_path).locked(wait=False):
            pytest.fail("two at a time")
        with Home("b", tmp_path).locked(wait=False):
            assert worlds(tmp_path) == ("a", "b")
    with Home("a", tmp_path).locked(wait=False):
        assert Home("a", tmp_path).exists()


HOLDER = """
import sys
from pathlib import Path
from samepath.node.home import Home
with Home("a", Path(sys.argv[1])).locked():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_dead_process_holds_no_lock(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(WorldBusy), Home("a", tmp_path).locked(wait=False):
            pytest.fail("two at a time")
        holder.kill()
    with Home("a", tmp_path).locked(wait=False):
        assert Home("a", tmp_path).exists()


def test_only_one_changes_a_world_that_is_removed_and_made_again(tmp_path: Path) -> None:
    """A waiter finds its lock file gone, makes the world anew, and is alone there, too."""
    root = tmp_path / "samepath"
    inside: list[int] = []
    most: list[int] = []

    def change(who: int) -> None:
        for _ in range(100):
            home = Home("a", root)
            with home.locked():
                inside.append(who)
                most.append(len(inside))
                (home.path / "etc" / "x").write_text("x")
                inside.remove(who)
                home.remove()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(change, who) for who in range(4)]:
            done.result()
    assert (len(most), max(most)) == (400, 1)


def test_a_private_file_is_replaced_at_once(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")

    assert (path.read_text(), mode(path)) == ("new", 0o600)
    assert [found.name for found in tmp_path.iterdir()] == ["secrets.json"]
