"""Receipts: what one process has taken, and no other."""

from __future__ import annotations

from pathlib import Path

from samepath.node.receipts import FILE, Process, Receipts

FIRST, AGAIN = Process(pid=7, start=1), Process(pid=7, start=2)


def test_what_was_noted_is_known_to_a_later_agent(tmp_path: Path) -> None:
    Receipts(tmp_path).note("bird", FIRST, "configuration", "d1")
    Receipts(tmp_path).note("bird", FIRST, "other", "d2")

    assert Receipts(tmp_path).taken("bird", FIRST) == {"configuration": "d1", "other": "d2"}


def test_a_process_with_the_same_id_has_taken_nothing(tmp_path: Path) -> None:
    receipts = Receipts(tmp_path)
    receipts.note("bird", FIRST, "configuration", "d1")

    assert receipts.taken("bird", AGAIN) == {}


def test_a_restart_throws_the_old_receipts_of_that_daemon_away(tmp_path: Path) -> None:
    receipts = Receipts(tmp_path)
    receipts.note("bird", FIRST, "configuration", "d1")
    receipts.note("bird-2", FIRST, "configuration", "d2")
    receipts.note("bird", AGAIN, "configuration", "d3")

    assert receipts.taken("bird", FIRST) == {}
    assert receipts.taken("bird", AGAIN) == {"configuration": "d3"}
    assert receipts.taken("bird-2", FIRST) == {"configuration": "d2"}


def test_what_is_forgotten_is_forgotten_alone(tmp_path: Path) -> None:
    receipts = Receipts(tmp_path)
    receipts.note("charon", FIRST, "a", "d1")
    receipts.note("charon", FIRST, "b", "d2")
    receipts.forget("charon", FIRST, "a")
    receipts.forget("charon", FIRST, "never there")

    assert receipts.taken("charon", FIRST) == {"b": "d2"}


def test_a_spoilt_file_means_that_nothing_is_known(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('{"bird 7')
    receipts = Receipts(tmp_path)
    assert receipts.taken("bird", FIRST) == {}
    receipts.note("bird", FIRST, "configuration", "d1")
    assert receipts.taken("bird", FIRST) == {"configuration": "d1"}


def test_a_process_knows_whether_an_earlier_one_had_taken_something(tmp_path: Path) -> None:
    receipts = Receipts(tmp_path)
    first, second = Process(pid=7, start=100), Process(pid=7, start=200)
    assert not receipts.has_earlier("charon-ep-a-1", first)

    receipts.note("charon-ep-a-1", first, "a-1", "x")
    assert not receipts.has_earlier("charon-ep-a-1", first)
    assert not receipts.has_earlier("charon-ep-a-2", second)
    assert receipts.has_earlier("charon-ep-a-1", second)

    receipts.note("charon-ep-a-1", second, "a-1", "x")
    assert not receipts.has_earlier("charon-ep-a-1", second)
