"""Silence of a far address, and a question that could not be put, are told apart."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Self

import pytest

from samepath.drivers import programs
from samepath.lab.ping import CannotPing, answers, ask, at_an_end, few, judge, many, received


@pytest.mark.parametrize(
    ("status", "words", "verdict"),
    [
        pytest.param(0, "", True, id="an answer"),
        pytest.param(1, "", False, id="no answer"),
        pytest.param(
            1, "ping: local error: message too long, mtu=1400\n", False, id="too large to leave"
        ),
        pytest.param(2, "ping: connect: Network is unreachable\n", False, id="no way there"),
        pytest.param(
            2, "ping: SO_BINDTODEVICE seoul-t1: No such device\n", None, id="no device to ask by"
        ),
        pytest.param(
            1,
            "nsenter: cannot open /run/netns/x: No such file or directory\n",
            None,
            id="no namespace to ask in",
        ),
        pytest.param(
            127,
            "nsenter: failed to execute ping: No such file or directory\n",
            None,
            id="no ping",
        ),
    ],
)
def test_what_ping_ends_with_is_a_verdict_only_where_it_has_asked(
    status: int, words: str, verdict: bool | None
) -> None:
    assert judge(status, words) is verdict


def test_without_ping_it_is_told_what_installs_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(programs, "SEARCH", str(tmp_path))

    with pytest.raises(CannotPing, match="apt-get install"):
        answers("sp-test--host-app", "192.0.2.1")


def test_a_namespace_that_is_not_there_is_told_and_no_silence() -> None:
    with pytest.raises(CannotPing, match="sp-none--host-app: nsenter: cannot open"):
        answers("sp-none--host-app", "192.0.2.1")


@pytest.mark.parametrize(
    ("words", "answered"),
    [
        ("200 packets transmitted, 194 received, 3% packet loss, time 500ms", 194),
        ("9 packets transmitted, 9 received, +2 duplicates, 0% packet loss, time 1ms", 9),
        ("3 packets transmitted, 0 received, +3 errors, 100% packet loss, time 4ms", 0),
        ("", 0),
    ],
)
def test_answers_are_counted(words: str, answered: int) -> None:
    assert received(words) == answered


class _Pings:
    """Stands for the ping processes: notes when each begins and when it is waited for."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *endings: tuple[int, str, str]) -> None:
        self.notes: list[str] = []
        self.environments: list[dict[str, str]] = []
        self._endings = list(endings)
        monkeypatch.setattr("shutil.which", lambda name, **_: f"/usr/bin/{name}")
        monkeypatch.setattr(subprocess, "Popen", self._begin)

    def _begin(self, words: list[str], *, env: dict[str, str], **_: object) -> _Ping:
        self.environments.append(env)
        self.notes.append(f"begin {words[-1]}")
        return _Ping(words[-1], self.notes, self._endings.pop(0))


class _Ping:
    def __init__(self, far: str, notes: list[str], ending: tuple[int, str, str]) -> None:
        self._far = far
        self._notes = notes
        self.returncode, self._said, self._complaints = ending

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._notes.append(f"end {self._far}")

    def communicate(self) -> tuple[str, str]:
        self._notes.append(f"wait {self._far}")
        return self._said, self._complaints

    def kill(self) -> None:
        self._notes.append(f"kill {self._far}")


@pytest.mark.parametrize(
    ("answered", "lost"),
    [((1, 2, 3, 4, 5), 0), ((1, 3, 5), 0), ((3, 4, 5), 2), ((1, 2), 3), ((4, 2, 4), 2), ((), 0)],
)
def test_what_is_lost_at_an_end_is_counted_apart(answered: tuple[int, ...], lost: int) -> None:
    lines = [f"64 bytes from 192.0.2.1: icmp_seq={n} ttl=64 time=0.05 ms" for n in answered]
    others = ["From 192.0.2.9 icmp_seq=1 Destination Host Unreachable", "5 packets transmitted"]

    assert at_an_end("\n".join((*lines, *others)), 5) == lost


def test_questions_are_asked_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    pings = _Pings(monkeypatch, (0, "200 received", ""), (1, "0 received", ""))

    heard = ask(many("one", "192.0.2.1"), few("other", "192.0.2.2"))

    assert [str(each) for each in heard] == ["0 of 200", "3 of 3"]
    assert pings.notes[:3] == ["begin 192.0.2.1", "begin 192.0.2.2", "wait 192.0.2.1"]


def test_where_one_cannot_be_asked_nobody_waits_for_the_others(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pings = _Pings(monkeypatch, (2, "", "ping: socket: Operation not permitted"), (0, "", ""))

    with pytest.raises(CannotPing, match=r"192\.0\.2\.1 from one: ping: socket"):
        ask(many("one", "192.0.2.1"), few("other", "192.0.2.2"))

    assert "wait 192.0.2.2" not in pings.notes
    assert pings.notes.index("kill 192.0.2.2") < pings.notes.index("end 192.0.2.2")


def test_a_ping_gets_little_of_our_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_KEY", "Planted.0123456789")
    pings = _Pings(monkeypatch, (1, "0 received", ""))

    assert not answers("nowhere", "192.0.2.1")
    (environment,) = pings.environments
    assert environment["LC_ALL"] == "C"
    assert "A_KEY" not in environment
