"""A world's directory: root-only, one changer at a time, also while it comes and goes."""

from __future__ import annotations

import fcntl
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from samepath.cli.errors import exit_code
from samepath.cli.exit_codes import ExitCode
from samepath.lab.lab import Lab, NoSuchLab, machine_of, running_labs
from samepath.node import home as module
from samepath.node.home import (
    CannotKeep,
    Home,
    InvalidWorldName,
    NotAllowed,
    WorldBusy,
    worlds,
    write_private,
)


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


def is_locked(world: Path) -> bool:
    with (world / "lock").open() as stream:
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def test_a_world_is_locked_for_itself_and_no_longer_than_it_is_changed(tmp_path: Path) -> None:
    with Home("a", tmp_path).locked():
        with Home("b", tmp_path).locked():
            assert worlds(tmp_path) == ("a", "b")
            assert is_locked(tmp_path / "b")
        assert not is_locked(tmp_path / "b")
        assert is_locked(tmp_path / "a")
    assert not is_locked(tmp_path / "a")


def _file(path: Path) -> None:
    path.write_text("kept")


def _dangling(path: Path) -> None:
    path.symlink_to(path.parent / "nothing")


@pytest.mark.parametrize("put", [_file, _dangling])
@pytest.mark.parametrize("place", [".", "a", "a/etc", "a/run", "a/log"])
def test_what_is_in_the_way_is_named_and_not_waited_for(
    tmp_path: Path, place: str, put: Callable[[Path], None]
) -> None:
    root = tmp_path / "root"
    in_the_way = root / place
    in_the_way.parent.mkdir(parents=True, exist_ok=True)
    put(in_the_way)

    for use in (Home("a", root).create, Home("a", root).locked().__enter__):
        with pytest.raises(CannotKeep, match=f"{in_the_way} is in the way"):
            use()
    assert in_the_way.is_symlink() or in_the_way.read_text() == "kept"
    assert exit_code(CannotKeep) is ExitCode.WORLD


def test_a_lock_that_leads_elsewhere_is_not_followed(tmp_path: Path) -> None:
    home = Home("a", tmp_path / "root")
    home.create()
    (home.path / "lock").symlink_to(tmp_path / "nothing" / "lock")

    with pytest.raises(CannotKeep), home.locked():
        pytest.fail("the lock is nowhere")


def test_a_file_in_the_place_of_a_lab_is_no_lab(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("kept")

    with pytest.raises(NoSuchLab):
        Lab.running("a", tmp_path)
    assert running_labs(tmp_path) == ()


HOLDER = """
import sys
from pathlib import Path
from samepath.node.home import Home
with Home("a", Path(sys.argv[1])).locked():
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def holder(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that holds the lock of the world ``a``."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_dead_process_holds_no_lock(tmp_path: Path, holder: subprocess.Popen[str]) -> None:
    assert is_locked(tmp_path / "a")
    holder.kill()
    holder.wait()
    assert not is_locked(tmp_path / "a")


def test_who_waits_is_told_for_whom_and_goes_on_when_that_one_has_ended(
    tmp_path: Path, holder: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TELL_AFTER", 0.05)
    home, told = Home("a", tmp_path), list[str]()

    def hear(sentence: str) -> None:
        told.append(sentence)
        holder.kill()

    home.on_wait = hear
    with home.locked():
        assert is_locked(tmp_path / "a")

    (sentence,) = told
    assert sentence.startswith(f"a is being changed by process {holder.pid} ({sys.executable} -c")
    assert sentence.endswith("; waiting until it has ended")


@pytest.mark.parametrize(
    ("number", "words"), [(signal.SIGCONT, "); it"), (signal.SIGSTOP, "), which is stopped; it")]
)
def test_after_the_limit_the_error_names_who_holds_the_lock_and_nothing_was_done(
    tmp_path: Path, holder: subprocess.Popen[str], number: signal.Signals, words: str
) -> None:
    holder.send_signal(number)
    began = time.monotonic()

    with pytest.raises(WorldBusy) as caught, Home("a", tmp_path).locked(0.2):
        pytest.fail("another process holds the lock")

    assert 0.2 <= time.monotonic() - began < 20.0
    text = str(caught.value)
    assert text.startswith(f"a is being changed by process {holder.pid} (")
    assert text.endswith(f"{words} has not ended within 0.2 s, and nothing was done")
    assert is_locked(tmp_path / "a")
    assert exit_code(WorldBusy) is ExitCode.WORLD


def test_who_waits_twice_for_the_same_process_is_told_once(
    tmp_path: Path, holder: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TELL_AFTER", 0.0)
    home, told = Home("a", tmp_path), list[str]()
    home.on_wait = told.append
    for _ in range(2):
        with pytest.raises(WorldBusy), home.locked(0.1):
            pytest.fail("another process holds the lock")

    assert len(told) == 1
    assert holder.poll() is None


def test_a_holder_that_could_not_say_who_it_is_is_another_process(
    tmp_path: Path, holder: subprocess.Popen[str]
) -> None:
    (tmp_path / "a" / "lock").write_text("")

    with (
        pytest.raises(WorldBusy, match="a is being changed by another process; it has not"),
        Home("a", tmp_path).locked(0.0),
    ):
        pytest.fail("another process holds the lock")
    assert holder.poll() is None


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


ELSEWHERE = [
    "..",
    ".",
    "",
    "../other",
    "../../other",
    "a/b",
    "/other",
    "a\0b",
    "-x",
    ".x",
    "a b",
    "a--b",
    "a-",
    "x" * 64,
]


@pytest.mark.parametrize("name", ELSEWHERE)
def test_a_name_that_leads_elsewhere_is_refused_before_anything_is_touched(
    tmp_path: Path, name: str
) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "kept").write_text("kept")
    root = tmp_path / "root"

    for use in (Home, machine_of, Lab.running):
        with pytest.raises(InvalidWorldName, match="is no name of a lab"):
            use(name, root)

    assert (other / "kept").read_text() == "kept"
    assert not root.exists()
    assert exit_code(InvalidWorldName) is ExitCode.INPUT


@pytest.mark.parametrize("name", ["test-lab", "a", "Lab_1.x", "x" * 31])
def test_a_plain_name_is_a_child_of_the_root(tmp_path: Path, name: str) -> None:
    home = Home(name, tmp_path / "root")
    home.create()
    assert home.path.parent == tmp_path / "root"

    home.remove()
    assert not (tmp_path / "root").exists()


def test_a_link_in_the_place_of_a_world_is_not_followed(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "kept").write_text("kept")
    root = tmp_path / "root"
    root.mkdir()
    (root / "lab").symlink_to(other)

    Home("lab", root).remove()

    assert (other / "kept").read_text() == "kept"


def test_worlds_that_may_not_be_looked_into_are_roots(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir(mode=0o700)
    monkeypatch.setattr("os.access", lambda *_: False)

    with pytest.raises(NotAllowed):
        worlds(tmp_path)


def test_who_removes_a_world_may_find_that_another_one_has_taken_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = Home("a", tmp_path / "samepath")
    home.create()
    rename = Path.rename

    def and_then_another_one_removes_it(path: Path, target: str) -> Path:
        moved = rename(path, target)
        Home("a", tmp_path / "samepath").remove()
        return moved

    monkeypatch.setattr(Path, "rename", and_then_another_one_removes_it)
    home.remove()

    assert not (tmp_path / "samepath").exists()
