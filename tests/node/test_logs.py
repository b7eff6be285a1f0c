"""Logs are cut at their beginning while their daemons go on writing."""

from __future__ import annotations

import os
from pathlib import Path

from samepath.drivers.supervisor import LOG_KEPT as KEPT
from samepath.drivers.supervisor import LOG_MOST as MOST
from samepath.node.logs import trim

LINE = "2026-01-01 00:00:00.000 a line of a log\n"


def test_a_short_log_is_left_as_it_is(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("x" * 100)

    assert trim(tmp_path, most=100, kept=50) == ()
    assert log.read_text() == "x" * 100


def test_of_a_long_log_the_last_whole_lines_are_kept(tmp_path: Path) -> None:
    log, other = tmp_path / "a.log", tmp_path / "secrets.json"
    lines = [f"{number:04} {LINE}" for number in range(3000)]
    log.write_text("".join(lines))
    other.write_text("x" * MOST * 2)

    size = log.stat().st_size
    assert trim(tmp_path, most=size - 1, kept=size // 2) == ("a.log",)

    rest = log.read_text().splitlines(keepends=True)
    assert rest == lines[-len(rest) :]
    assert size // 2 - len(lines[0]) <= log.stat().st_size <= size // 2
    assert other.stat().st_size == MOST * 2


def test_whoever_writes_to_it_goes_on_at_its_new_end(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    writer = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    while path.stat().st_size <= MOST:
        os.write(writer, LINE.encode() * 100)
    trim(tmp_path)
    os.write(writer, b"the next one\n")
    os.close(writer)

    text = path.read_text()
    assert text.endswith(LINE + "the next one\n")
    assert set(text.removesuffix("the next one\n").splitlines(keepends=True)) == {LINE}
    assert KEPT // 2 < path.stat().st_size <= KEPT + 100


def test_a_log_of_one_endless_line_is_cut_too(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_text("x" * 1000)
    trim(tmp_path, most=900, kept=100)

    assert path.stat().st_size == 100
