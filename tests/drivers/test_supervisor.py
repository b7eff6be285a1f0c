"""What the supervisor knows of its children, without a process of its own."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from samepath.drivers.supervisor import AGAIN, PROCESS, Child, Found, Supervisor, order_of, stat_of


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
