"""What the supervisor knows of its children, without a process of its own."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from samepath.drivers.supervisor import (
    AGAIN,
    LOG_KEPT,
    LOG_MOST,
    PROCESS,
    Child,
    Found,
    Order,
    Supervisor,
    order_of,
    stat_of,
)


@pytest.fixture
def one() -> Iterator[Supervisor]:
    with socket.socket(socket.AF_UNIX) as listener:
        yield Supervisor("test", listener)


def adopted(one: Supervisor, name: str, pid: int, start: int) -> Child:
    """A daemon of an earlier supervisor; its pidfd is another process's, of which nothing is asked."""
    child = one._keep(Child(name, pid, start, None, os.pidfd_open(os.getpid())))
    assert child.handle is not None
    one._on(child.handle, lambda: None)
    return child


def running(one: Supervisor) -> list[str]:
    return [child.name for child in one._children.values()]


def test_the_end_of_an_adopted_daemon_is_not_that_of_the_child_that_got_its_number(
    one: Supervisor,
) -> None:
    old = adopted(one, "old", 100, 1)
    one._keep(Child("new", 100, 2, None))

    one._lost(old)

    assert running(one) == ["new"]
    assert list(one._ended) == ["old"]


def test_the_end_of_a_child_is_not_that_of_the_adopted_daemon_that_had_its_number(
    one: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    adopted(one, "old", 100, 1)
    one._keep(Child("new", 100, 2, None))
    ends = iter([(100, 0), (0, 0)])
    monkeypatch.setattr(os, "waitpid", lambda *_: next(ends))

    one._reap()

    assert running(one) == ["old"]
    assert list(one._ended) == ["new"]


def test_the_order_of_a_process_whose_number_another_one_has_now_is_not_that_ones() -> None:
    mine = stat_of(os.getpid())
    assert mine is not None
    environment = {PROCESS: "agent", AGAIN: "yes"}

    there = order_of(Found(os.getpid(), mine.start, environment), "/run/samepath/x")
    gone = order_of(Found(os.getpid(), mine.start - 1, environment), "/run/samepath/x")

    assert there is not None
    assert there.argv
    assert gone is None


def failing(folder: Path, name: str) -> Order:
    """An order that cannot be carried out: its log lies in a folder that is not there."""
    return Order(
        {
            "name": name,
            "argv": ["true"],
            "env": {},
            "namespace": "",
            "log": str(folder / "none" / "agent.log"),
            "digest": "",
            "again": True,
        }
    )


def test_whoever_is_started_again_and_again_fills_no_log_without_end(
    one: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "log").mkdir()
    long, short = tmp_path / "log" / "agent.log", tmp_path / "log" / "bird.log"
    long.write_text("a line of a traceback\n" * (LOG_MOST // 20))
    short.write_text("a line\n")
    one._due["agent"] = (0.0, failing(tmp_path, "agent"))

    one._start_due()

    assert LOG_KEPT // 2 < long.stat().st_size <= LOG_KEPT
    assert set(long.read_text().splitlines()) == {"a line of a traceback"}
    assert short.read_text() == "a line\n"
    assert list(one._due) == ["agent"]


def test_a_world_without_logs_is_no_reason_not_to_start_anything_again(
    one: Supervisor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    started: list[str] = []
    monkeypatch.setattr(one, "_run", lambda order: started.append(order.name))
    one._due["agent"] = (0.0, failing(tmp_path, "agent"))

    one._start_due()

    assert started == ["agent"]
