"""The folder of a page: refused at once where it is not fit, and never left half written."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from samepath.cli.output import CannotWrite
from samepath.cli.page import MARK, PageFolder, UnusableFolder
from samepath.report.page import GENERATOR

OURS = f"<!DOCTYPE html>\n<head>\n{MARK}\n"


def names(folder: Path) -> list[str]:
    return sorted(one.name for one in folder.iterdir())


def test_a_folder_that_is_not_there_is_made_with_those_above_it(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    with PageFolder(folder) as page:
        page.write("hello é")
    assert (folder / "index.html").read_text(encoding="utf-8") == "hello é"
    assert names(folder) == ["index.html"]


def test_an_earlier_page_stays_until_the_new_one_is_there(tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(OURS)
    with PageFolder(tmp_path) as page:
        assert page.file.read_text() == OURS
        page.write("new")
        assert page.file.read_text() == "new"
    assert names(tmp_path) == ["index.html"]


def test_where_nothing_is_written_nothing_is_left_and_it_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "a" / "b"
    with pytest.raises(ZeroDivisionError), PageFolder(folder):
        raise ZeroDivisionError
    assert names(tmp_path) == []
    assert capsys.readouterr().err == f"samepath: no page is written to {folder}\n"


def test_where_nothing_is_written_an_earlier_page_stays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "index.html").write_text(OURS)
    with pytest.raises(KeyboardInterrupt), PageFolder(tmp_path):
        raise KeyboardInterrupt
    assert (tmp_path / "index.html").read_text() == OURS
    assert names(tmp_path) == ["index.html"]
    assert capsys.readouterr().err == (
        f"samepath: no page is written to {tmp_path}; an earlier one is as it was\n"
    )


def test_what_a_killed_run_has_tried_is_in_nobodys_way(tmp_path: Path) -> None:
    (tmp_path / ".index.html.1").write_text("half")
    with PageFolder(tmp_path) as page:
        page.write("new")
    assert names(tmp_path) == [".index.html.1", "index.html"]


@pytest.mark.parametrize(
    ("name", "text"),
    [("index.html", "<html>somebody's</html>"), ("notes.txt", ""), (".index.html.bak", "")],
)
def test_a_folder_with_what_is_not_ours_is_refused(tmp_path: Path, name: str, text: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(UnusableFolder, match=f"holds what no drill has written: {name};"):
        PageFolder(tmp_path).__enter__()
    assert (tmp_path / name).read_text() == text
    assert names(tmp_path) == [name]


def test_many_strangers_are_counted(tmp_path: Path) -> None:
    (tmp_path / "b").touch()
    (tmp_path / "a").mkdir()
    with pytest.raises(UnusableFolder, match="has written: a and 1 more;"):
        PageFolder(tmp_path).__enter__()


@pytest.mark.parametrize("below", ["", "a/b"])
def test_a_file_is_no_folder(tmp_path: Path, below: str) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UnusableFolder, match=r"no page can be written to .*: Not a directory"):
        PageFolder(tmp_path / "file" / below).__enter__()
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_that_takes_nothing_is_refused_and_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(UnusableFolder, match=r"no page can be written to /proc/page: "):
        PageFolder(Path("/proc/page")).__enter__()
    (tmp_path / "made").mkdir()
    long = tmp_path / "made" / "new" / ("x" * 300)
    with pytest.raises(UnusableFolder, match="File name too long"):
        PageFolder(long).__enter__()
    assert names(tmp_path / "made") == []


def test_a_page_that_cannot_be_written_is_told_and_the_earlier_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "index.html").write_text(OURS)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with (
        pytest.raises(CannotWrite, match="cannot be written: No space left on device"),
        PageFolder(tmp_path) as page,
    ):
        page.write("new")
    assert (tmp_path / "index.html").read_text() == OURS
    assert names(tmp_path) == ["index.html"]


def test_a_page_says_by_whom_it_was_made() -> None:
    assert GENERATOR in MARK
