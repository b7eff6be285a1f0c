"""Logs stay small while they are written to, and are read on from where one was."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samepath.drivers.logs import GrowingLog, trim


def test_a_long_log_keeps_its_last_whole_lines_and_is_appended_to(tmp_path: Path) -> None:
    path = tmp_path / "charon.log"
    lines = [f"line {number}\n" for number in range(100)]
    with path.open("a") as writer:
        writer.writelines(lines)
        writer.flush()
        assert trim(tmp_path, most=500, kept=200) == ("charon.log",)
        writer.write("more\n")

    kept = path.read_text()
    assert "".join([*lines, "more\n"]).endswith(kept)
    assert kept.startswith("line ")
    assert 150 < len(kept) <= 205


def test_a_short_log_and_what_is_no_log_are_left_alone(tmp_path: Path) -> None:
    texts = {"short.log": "x\n" * 10, "other.txt": "x\n" * 1000}
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "other.txt.log").symlink_to(tmp_path / "nothing")

    assert trim(tmp_path, most=20, kept=10) == ()
    assert {name: (tmp_path / name).read_text() for name in texts} == texts


@given(texts=st.lists(st.text(alphabet="ab\n", max_size=8), max_size=8))
def test_every_whole_line_is_read_once(
    texts: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("log") / "x.log"
    log, read = GrowingLog(path), list[str]()
    for text in texts:
        with path.open("a") as writer:
            writer.write(text)
        lines, cut = log.read()
        assert not cut
        read += lines
    assert read == "".join(texts).split("\n")[:-1]


def test_of_a_log_that_was_cut_all_is_read_and_that_is_told(tmp_path: Path) -> None:
    path = tmp_path / "x.log"
    log = GrowingLog(path)
    assert log.read() == ([], False)
    path.write_text("one\n" * 100)
    assert log.read() == (["one"] * 100, False)
    assert trim(tmp_path, most=50, kept=12) == ("x.log",)
    with path.open("a") as writer:
        writer.write("two\n")

    assert log.read() == (["one", "one", "two"], True)
    assert log.read() == ([], False)
